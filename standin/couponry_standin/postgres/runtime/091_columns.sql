-- Catalogue views: columns, parameters and modules.

CREATE OR REPLACE VIEW tsql.column_list AS
SELECT o.object_id, o.schema_name, o.name AS object_name, o.type AS object_type,
    coalesce((c.value ->> 'column_id')::int4, c.place::int4) AS column_id, c.value AS doc,
    c.value ->> 'name' AS name, c.value -> 'type' AS type
FROM tsql.seen AS o
CROSS JOIN LATERAL jsonb_array_elements(o.doc -> 'columns') WITH ORDINALITY AS c (value, place)
WHERE o.type IN ('U', 'V', 'IF', 'TF', 'TT') AND jsonb_typeof(o.doc -> 'columns') = 'array';

CREATE OR REPLACE VIEW sys.columns AS
SELECT c.object_id, c.name, c.column_id, t.system_type_id::int2 AS system_type_id,
    coalesce((c.doc ->> 'type_id')::int4, t.user_type_id) AS user_type_id,
    tsql.type_bytes(c.type) AS max_length, tsql.type_digits(c.type) AS precision,
    tsql.type_scale(c.type) AS scale, c.type ->> 'collation' AS collation_name,
    tsql.bit(coalesce((c.doc ->> 'nullable')::bool, true)) AS is_nullable,
    1::int2 AS is_ansi_padded, tsql.bit(coalesce((c.doc ->> 'rowguidcol')::bool, false))
        AS is_rowguidcol,
    tsql.bit(coalesce(jsonb_typeof(c.doc -> 'identity') = 'array', false)) AS is_identity,
    tsql.bit(c.doc ->> 'computed' IS NOT NULL) AS is_computed, 0::int2 AS is_filestream,
    0::int2 AS is_replicated, 0::int2 AS is_non_sql_subscribed, 0::int2 AS is_merge_published,
    0::int2 AS is_dts_replicated, 0::int2 AS is_xml_document, 0 AS xml_collection_id,
    coalesce((SELECT d.object_id FROM tsql.seen AS d
              WHERE d.type = 'D' AND d.parent_object_id = c.object_id
                AND d.doc ->> 'column' = c.name LIMIT 1), 0) AS default_object_id,
    0 AS rule_object_id, 0::int2 AS is_sparse, 0::int2 AS is_column_set,
    0::int2 AS generated_always_type, 'NOT_APPLICABLE'::text AS generated_always_type_desc,
    0::int2 AS is_hidden, 0::int2 AS is_masked
FROM tsql.column_list AS c
JOIN tsql.system_types AS t ON t.name = tsql.system_type(c.type);

CREATE OR REPLACE VIEW sys.all_columns AS SELECT * FROM sys.columns;

CREATE OR REPLACE VIEW sys.computed_columns AS
SELECT c.object_id, c.name, c.column_id, c.system_type_id, c.user_type_id, c.max_length,
    c.precision, c.scale, c.collation_name, c.is_nullable, l.doc ->> 'computed' AS definition,
    1::int2 AS uses_database_collation, tsql.bit((l.doc ->> 'persisted')::bool) AS is_persisted,
    c.is_computed
FROM sys.columns AS c
JOIN tsql.column_list AS l ON l.object_id = c.object_id AND l.column_id = c.column_id
WHERE c.is_computed = 1;

CREATE OR REPLACE FUNCTION tsql.identity_sequence(object_id int4) RETURNS regclass
STABLE LANGUAGE sql AS $$
    SELECT pg_get_serial_sequence(
        format('%I.%I', tsql.mangle(c.schema_name), tsql.mangle(c.object_name)),
        tsql.mangle(c.name))::regclass
    FROM tsql.column_list AS c
    WHERE c.object_id = $1 AND jsonb_typeof(c.doc -> 'identity') = 'array'
$$;

CREATE OR REPLACE VIEW sys.identity_columns AS
SELECT c.object_id, c.name, c.column_id, c.system_type_id, c.user_type_id, c.max_length,
    c.precision, c.scale, c.collation_name, c.is_nullable, c.is_identity,
    (l.doc -> 'identity' ->> 0)::int8 AS seed_value,
    (l.doc -> 'identity' ->> 1)::int8 AS increment_value,
    pg_sequence_last_value(tsql.identity_sequence(c.object_id)) AS last_value,
    0::int2 AS is_not_for_replication
FROM sys.columns AS c
JOIN tsql.column_list AS l ON l.object_id = c.object_id AND l.column_id = c.column_id
WHERE c.is_identity = 1;

CREATE OR REPLACE VIEW tsql.parameter_list AS
SELECT o.object_id, o.schema_name, o.name AS object_name, o.type AS object_type,
    p.place::int4 AS parameter_id, p.value AS doc, p.value ->> 'name' AS name,
    p.value -> 'type' AS type
FROM tsql.seen AS o
CROSS JOIN LATERAL jsonb_array_elements(o.doc -> 'parameters') WITH ORDINALITY AS p (value, place)
WHERE o.type IN ('P', 'IF', 'FN', 'TF') AND jsonb_typeof(o.doc -> 'parameters') = 'array'
UNION ALL
SELECT o.object_id, o.schema_name, o.name, o.type, 0, '{"output": true}', '', o.doc -> 'returns'
FROM tsql.seen AS o
WHERE o.type = 'FN' AND jsonb_typeof(o.doc -> 'returns') = 'object';

CREATE OR REPLACE VIEW sys.parameters AS
SELECT p.object_id, p.name, p.parameter_id,
    coalesce(t.system_type_id, 243)::int2 AS system_type_id,
    coalesce((p.doc ->> 'type_id')::int4, t.user_type_id, 243) AS user_type_id,
    CASE WHEN t.name IS NULL THEN -1 ELSE tsql.type_bytes(p.type) END::int2 AS max_length,
    coalesce(tsql.type_digits(p.type), 0)::int2 AS precision,
    coalesce(tsql.type_scale(p.type), 0)::int2 AS scale,
    tsql.bit(coalesce((p.doc ->> 'output')::bool, false)) AS is_output,
    0::int2 AS is_cursor_ref,
    -- As in SQL Server: defaults of T-SQL modules are only in their text.
    0::int2 AS has_default_value, 0::int2 AS is_xml_document, NULL::text AS default_value,
    0 AS xml_collection_id, tsql.bit(t.name IS NULL) AS is_readonly,
    1::int2 AS is_nullable
FROM tsql.parameter_list AS p
LEFT JOIN tsql.system_types AS t ON t.name = tsql.system_type(p.type);

CREATE OR REPLACE VIEW sys.all_parameters AS SELECT * FROM sys.parameters;

CREATE OR REPLACE VIEW sys.sql_modules AS
SELECT o.object_id,
    CASE WHEN (SELECT tsql.sees_all()) OR tsql.may_read_text(o.object_id) THEN o.definition END
        AS definition, 1::int2 AS uses_ansi_nulls, 1::int2 AS uses_quoted_identifier,
    tsql.bit(coalesce(o.doc -> 'options' ? 'SCHEMABINDING', false)) AS is_schema_bound,
    0::int2 AS uses_database_collation,
    tsql.bit(coalesce(o.doc -> 'options' ? 'RECOMPILE', false)) AS is_recompiled,
    0::int2 AS null_on_null_input, NULL::int4 AS execute_as_principal_id,
    0::int2 AS uses_native_compilation, 0::int2 AS is_inlineable
FROM tsql.seen AS o
WHERE o.type IN ('P', 'V', 'IF', 'FN', 'TF') AND o.definition IS NOT NULL;

CREATE OR REPLACE VIEW sys.all_sql_modules AS SELECT * FROM sys.sql_modules;
