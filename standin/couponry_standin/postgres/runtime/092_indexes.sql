-- Catalogue views: indexes, constraints and sequences.

CREATE OR REPLACE VIEW tsql.index_list AS
SELECT o.object_id, o.schema_name, o.name AS table_name, i.value AS doc, i.value ->> 'name' AS name,
    (i.value ->> 'index_id')::int4 AS index_id
FROM tsql.seen AS o
CROSS JOIN LATERAL jsonb_array_elements(o.doc -> 'indexes') AS i (value)
WHERE o.type IN ('U', 'TT') AND jsonb_typeof(o.doc -> 'indexes') = 'array';

CREATE OR REPLACE VIEW sys.indexes AS
SELECT i.object_id, i.name, i.index_id,
    CASE WHEN (i.doc ->> 'clustered')::bool THEN 1 ELSE 2 END::int2 AS type,
    CASE WHEN (i.doc ->> 'clustered')::bool THEN 'CLUSTERED' ELSE 'NONCLUSTERED' END AS type_desc,
    tsql.bit((i.doc ->> 'unique')::bool) AS is_unique, 1 AS data_space_id,
    0::int2 AS ignore_dup_key,
    tsql.bit(coalesce((i.doc ->> 'primary')::bool, false)) AS is_primary_key,
    tsql.bit(coalesce((i.doc ->> 'unique_constraint')::bool, false)) AS is_unique_constraint,
    0::int2 AS fill_factor, 0::int2 AS is_padded, 0::int2 AS is_disabled,
    0::int2 AS is_hypothetical, 0::int2 AS is_ignored_in_optimization, 1::int2 AS allow_row_locks,
    1::int2 AS allow_page_locks, tsql.bit(i.doc ->> 'filter' IS NOT NULL) AS has_filter,
    i.doc ->> 'filter' AS filter_definition, 0::int2 AS auto_created,
    0::int2 AS optimize_for_sequential_key
FROM tsql.index_list AS i
UNION ALL
SELECT o.object_id, NULL, 0, 0, 'HEAP', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, NULL, 0, 0
FROM tsql.seen AS o
WHERE o.type = 'U' AND NOT EXISTS (
    SELECT FROM tsql.index_list AS i
    WHERE i.object_id = o.object_id AND (i.doc ->> 'clustered')::bool);

CREATE OR REPLACE VIEW sys.index_columns AS
SELECT i.object_id, i.index_id, k.place::int4 AS index_column_id, c.column_id,
    CASE WHEN k.included THEN 0 ELSE k.place END::int2 AS key_ordinal,
    0::int2 AS partition_ordinal, tsql.bit(coalesce(k.descending, false)) AS is_descending_key,
    tsql.bit(k.included) AS is_included_column, 0::int2 AS column_store_order_ordinal
FROM tsql.index_list AS i
CROSS JOIN LATERAL (
    SELECT e.value ->> 0 AS name, (e.value ->> 1)::bool AS descending, false AS included, e.place
    FROM jsonb_array_elements(i.doc -> 'columns') WITH ORDINALITY AS e (value, place)
    UNION ALL
    SELECT e.value, false, true, e.place + jsonb_array_length(i.doc -> 'columns')
    FROM jsonb_array_elements_text(i.doc -> 'include') WITH ORDINALITY AS e (value, place)
) AS k
JOIN tsql.column_list AS c ON c.object_id = i.object_id AND lower(c.name) = lower(k.name);

-- ---------------------------------------------------------------- constraints

CREATE OR REPLACE VIEW sys.key_constraints AS
SELECT o.*, (c.doc ->> 'index_id')::int4 AS unique_index_id,
    tsql.bit((c.doc ->> 'system_named')::bool) AS is_system_named, 1::int2 AS is_enforced
FROM sys.objects AS o JOIN tsql.objects AS c ON c.object_id = o.object_id
WHERE c.type IN ('PK', 'UQ');

CREATE OR REPLACE VIEW sys.check_constraints AS
SELECT o.*, tsql.bit(coalesce((c.doc ->> 'disabled')::bool, false)) AS is_disabled,
    0::int2 AS is_not_for_replication,
    tsql.bit(NOT coalesce((c.doc ->> 'trusted')::bool, true)) AS is_not_trusted,
    coalesce((SELECT l.column_id FROM tsql.column_list AS l
              WHERE l.object_id = c.parent_object_id AND l.name = c.doc ->> 'column'), 0)
        AS parent_column_id,
    c.doc ->> 'definition' AS definition, 1::int2 AS uses_database_collation,
    tsql.bit((c.doc ->> 'system_named')::bool) AS is_system_named
FROM sys.objects AS o JOIN tsql.objects AS c ON c.object_id = o.object_id
WHERE c.type = 'C';

CREATE OR REPLACE VIEW sys.default_constraints AS
SELECT o.*,
    coalesce((SELECT l.column_id FROM tsql.column_list AS l
              WHERE l.object_id = c.parent_object_id AND l.name = c.doc ->> 'column'), 0)
        AS parent_column_id,
    c.doc ->> 'definition' AS definition,
    tsql.bit((c.doc ->> 'system_named')::bool) AS is_system_named
FROM sys.objects AS o JOIN tsql.objects AS c ON c.object_id = o.object_id
WHERE c.type = 'D';

CREATE OR REPLACE FUNCTION tsql.action_code(action text) RETURNS int2
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE action WHEN 'CASCADE' THEN 1 WHEN 'SET NULL' THEN 2 WHEN 'SET DEFAULT' THEN 3
        ELSE 0 END::int2
$$;

CREATE OR REPLACE VIEW sys.foreign_keys AS
SELECT o.*, (c.doc ->> 'references')::int4 AS referenced_object_id,
    (SELECT i.index_id FROM tsql.index_list AS i
     WHERE i.object_id = (c.doc ->> 'references')::int4 AND (i.doc ->> 'unique')::bool
        AND (SELECT jsonb_agg(k.value -> 0 ORDER BY k.value ->> 0)
             FROM jsonb_array_elements(i.doc -> 'columns') AS k (value))
            = (SELECT jsonb_agg(k.value ORDER BY k.value #>> '{}')
               FROM jsonb_array_elements(c.doc -> 'referenced_columns') AS k (value))
     ORDER BY i.index_id LIMIT 1) AS key_index_id,
    tsql.bit(coalesce((c.doc ->> 'disabled')::bool, false)) AS is_disabled,
    0::int2 AS is_not_for_replication,
    tsql.bit(NOT coalesce((c.doc ->> 'trusted')::bool, true)) AS is_not_trusted,
    tsql.action_code(c.doc ->> 'on_delete') AS delete_referential_action,
    replace(c.doc ->> 'on_delete', ' ', '_') AS delete_referential_action_desc,
    tsql.action_code(c.doc ->> 'on_update') AS update_referential_action,
    replace(c.doc ->> 'on_update', ' ', '_') AS update_referential_action_desc,
    tsql.bit((c.doc ->> 'system_named')::bool) AS is_system_named
FROM sys.objects AS o JOIN tsql.objects AS c ON c.object_id = o.object_id
WHERE c.type = 'F';

CREATE OR REPLACE VIEW sys.foreign_key_columns AS
SELECT f.object_id AS constraint_object_id, k.place::int4 AS constraint_column_id,
    f.parent_object_id, p.column_id AS parent_column_id,
    (f.doc ->> 'references')::int4 AS referenced_object_id, r.column_id AS referenced_column_id
FROM tsql.seen AS f
CROSS JOIN LATERAL ROWS FROM (
    jsonb_array_elements_text(f.doc -> 'columns'),
    jsonb_array_elements_text(f.doc -> 'referenced_columns')
) WITH ORDINALITY AS k (own, other, place)
JOIN tsql.column_list AS p ON p.object_id = f.parent_object_id AND p.name = k.own
JOIN tsql.column_list AS r
    ON r.object_id = (f.doc ->> 'references')::int4 AND r.name = k.other
WHERE f.type = 'F';

CREATE OR REPLACE VIEW sys.sequences AS
SELECT o.*, (q.doc ->> 'start')::int8 AS start_value, (q.doc ->> 'increment')::int8 AS increment,
    (q.doc ->> 'minimum')::int8 AS minimum_value, (q.doc ->> 'maximum')::int8 AS maximum_value,
    tsql.bit((q.doc ->> 'cycle')::bool) AS is_cycling, 1::int2 AS is_cached,
    (q.doc ->> 'cache')::int4 AS cache_size, t.system_type_id::int2 AS system_type_id,
    t.user_type_id, tsql.type_digits(q.doc -> 'type') AS precision, 0::int2 AS scale,
    coalesce(pg_sequence_last_value(to_regclass(
        format('%I.%I', tsql.mangle(q.schema_name), tsql.mangle(q.name)))),
        (q.doc ->> 'start')::int8) AS current_value,
    tsql.bit(NOT (q.doc ->> 'cycle')::bool AND coalesce(pg_sequence_last_value(to_regclass(
        format('%I.%I', tsql.mangle(q.schema_name), tsql.mangle(q.name))))
        = (CASE WHEN (q.doc ->> 'increment')::int8 > 0 THEN q.doc ->> 'maximum'
            ELSE q.doc ->> 'minimum' END)::int8, false)) AS is_exhausted
FROM sys.objects AS o
JOIN tsql.objects AS q ON q.object_id = o.object_id
JOIN tsql.system_types AS t ON t.name = tsql.system_type(q.doc -> 'type')
WHERE q.type = 'SO';
