-- The catalogue views of T-SQL, schema sys: everything is read from tsql.objects and its friends.

CREATE OR REPLACE VIEW sys.schemas AS
SELECT s.name, s.schema_id, coalesce(tsql.principal_id(s.owner), 1) AS principal_id
FROM tsql.schemas AS s;

CREATE OR REPLACE VIEW sys.system_objects AS
SELECT c.relname::text AS name, -(c.oid::int8 % 2147483647)::int4 AS object_id,
    NULL::int4 AS principal_id, CASE n.nspname WHEN 'sys' THEN 4 ELSE 3 END AS schema_id,
    0 AS parent_object_id, 'V '::bpchar AS type, 'VIEW'::text AS type_desc,
    '2022-10-08 06:31:58'::timestamp AS create_date,
    '2022-10-08 06:31:58'::timestamp AS modify_date, 1::int2 AS is_ms_shipped,
    0::int2 AS is_published, 0::int2 AS is_schema_published
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('sys', 'tsql_is') AND c.relkind = 'v';

CREATE OR REPLACE VIEW sys.objects AS
SELECT o.name, o.object_id, NULL::int4 AS principal_id, s.schema_id, o.parent_object_id,
    rpad(o.type, 2)::bpchar AS type,
    CASE o.type
        WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'P' THEN 'SQL_STORED_PROCEDURE'
        WHEN 'IF' THEN 'SQL_INLINE_TABLE_VALUED_FUNCTION'
        WHEN 'TF' THEN 'SQL_TABLE_VALUED_FUNCTION' WHEN 'FN' THEN 'SQL_SCALAR_FUNCTION'
        WHEN 'PK' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UQ' THEN 'UNIQUE_CONSTRAINT'
        WHEN 'F' THEN 'FOREIGN_KEY_CONSTRAINT' WHEN 'C' THEN 'CHECK_CONSTRAINT'
        WHEN 'D' THEN 'DEFAULT_CONSTRAINT' WHEN 'SO' THEN 'SEQUENCE_OBJECT'
        WHEN 'TT' THEN 'TYPE_TABLE' END AS type_desc,
    tsql.round_datetime(o.create_date) AS create_date,
    tsql.round_datetime(o.modify_date) AS modify_date,
    0::int2 AS is_ms_shipped, 0::int2 AS is_published, 0::int2 AS is_schema_published
FROM tsql.objects AS o
JOIN tsql.schemas AS s ON lower(s.name) = lower(o.schema_name)
WHERE o.type <> 'AL';

CREATE OR REPLACE VIEW sys.all_objects AS
SELECT * FROM sys.objects UNION ALL SELECT * FROM sys.system_objects;

CREATE OR REPLACE VIEW sys.tables AS
SELECT o.*, (SELECT max((c.value ->> 'column_id')::int4)
             FROM jsonb_array_elements(t.doc -> 'columns') AS c) AS max_column_id_used,
    0::int2 AS lock_on_bulk_load, 1::int2 AS uses_ansi_nulls, 0::int2 AS is_replicated,
    0::int2 AS has_replication_filter, 0::int2 AS is_merge_published,
    0::int2 AS has_unchecked_assembly_data, 0 AS text_in_row_limit,
    0::int2 AS large_value_types_out_of_row, 0::int2 AS is_tracked_by_cdc,
    0::int2 AS lock_escalation, 'TABLE'::text AS lock_escalation_desc, 0::int2 AS is_filetable,
    0::int2 AS is_memory_optimized, 0::int2 AS durability,
    'SCHEMA_AND_DATA'::text AS durability_desc, 0::int2 AS temporal_type,
    'NON_TEMPORAL_TABLE'::text AS temporal_type_desc, NULL::int4 AS history_table_id,
    0::int2 AS is_external, 0::int2 AS is_node, 0::int2 AS is_edge
FROM sys.objects AS o
JOIN tsql.objects AS t ON t.object_id = o.object_id
WHERE t.type = 'U';

CREATE OR REPLACE VIEW sys.views AS
SELECT o.*, 0::int2 AS is_replicated, 0::int2 AS has_replication_filter,
    0::int2 AS has_opaque_metadata, 0::int2 AS has_unchecked_assembly_data,
    0::int2 AS with_check_option, 0::int2 AS is_date_correlation_view
FROM sys.objects AS o WHERE o.type = 'V ';

CREATE OR REPLACE VIEW sys.all_views AS
SELECT * FROM sys.all_objects AS o WHERE o.type = 'V ';

CREATE OR REPLACE VIEW sys.procedures AS
SELECT o.*, 0::int2 AS is_auto_executed, 0::int2 AS is_execution_replicated,
    0::int2 AS is_repl_serializable_only, 0::int2 AS skips_repl_constraints
FROM sys.objects AS o WHERE o.type = 'P ';

-- ---------------------------------------------------------------- types

CREATE OR REPLACE VIEW sys.types AS
SELECT t.name, t.system_type_id::int2 AS system_type_id, t.user_type_id, 4 AS schema_id,
    NULL::int4 AS principal_id, t.max_length::int2 AS max_length, t.digits::int2 AS precision,
    t.scale::int2 AS scale,
    CASE WHEN t.takes_collation THEN 'SQL_Latin1_General_CP1_CI_AS' END AS collation_name,
    (t.name <> 'timestamp')::int4::int2 AS is_nullable, (t.name = 'sysname')::int4::int2
        AS is_user_defined,
    0::int2 AS is_assembly_type, 0 AS default_object_id, 0 AS rule_object_id,
    0::int2 AS is_table_type
FROM tsql.system_types AS t
UNION ALL
SELECT o.name, CASE o.type WHEN 'TT' THEN 243 ELSE b.system_type_id END::int2, o.object_id,
    s.schema_id, NULL,
    CASE o.type WHEN 'TT' THEN -1 ELSE tsql.type_bytes(o.doc -> 'base') END,
    coalesce(tsql.type_digits(o.doc -> 'base'), 0), coalesce(tsql.type_scale(o.doc -> 'base'), 0),
    o.doc -> 'base' ->> 'collation', tsql.bit(coalesce((o.doc ->> 'nullable')::bool, false)),
    1, 0, 0, 0, tsql.bit(o.type = 'TT')
FROM tsql.objects AS o
JOIN tsql.schemas AS s ON lower(s.name) = lower(o.schema_name)
LEFT JOIN tsql.system_types AS b ON b.name = tsql.system_type(o.doc -> 'base')
WHERE o.type IN ('TT', 'AL');

CREATE OR REPLACE VIEW sys.table_types AS
SELECT t.*, t.user_type_id AS type_table_object_id, 0::int2 AS is_memory_optimized
FROM sys.types AS t WHERE t.is_table_type = 1;

-- ---------------------------------------------------------------- columns and parameters

CREATE OR REPLACE VIEW tsql.column_list AS
SELECT o.object_id, o.schema_name, o.name AS object_name, o.type AS object_type,
    coalesce((c.value ->> 'column_id')::int4, c.place::int4) AS column_id, c.value AS doc,
    c.value ->> 'name' AS name, c.value -> 'type' AS type
FROM tsql.objects AS o
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
    coalesce((SELECT d.object_id FROM tsql.objects AS d
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
FROM tsql.objects AS o
CROSS JOIN LATERAL jsonb_array_elements(o.doc -> 'parameters') WITH ORDINALITY AS p (value, place)
WHERE o.type IN ('P', 'IF', 'FN', 'TF') AND jsonb_typeof(o.doc -> 'parameters') = 'array'
UNION ALL
SELECT o.object_id, o.schema_name, o.name, o.type, 0, '{"output": true}', '', o.doc -> 'returns'
FROM tsql.objects AS o
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
SELECT o.object_id, o.definition, 1::int2 AS uses_ansi_nulls, 1::int2 AS uses_quoted_identifier,
    tsql.bit(coalesce(o.doc -> 'options' ? 'SCHEMABINDING', false)) AS is_schema_bound,
    0::int2 AS uses_database_collation,
    tsql.bit(coalesce(o.doc -> 'options' ? 'RECOMPILE', false)) AS is_recompiled,
    0::int2 AS null_on_null_input, NULL::int4 AS execute_as_principal_id,
    0::int2 AS uses_native_compilation, 0::int2 AS is_inlineable
FROM tsql.objects AS o
WHERE o.type IN ('P', 'V', 'IF', 'FN', 'TF') AND o.definition IS NOT NULL;

CREATE OR REPLACE VIEW sys.all_sql_modules AS SELECT * FROM sys.sql_modules;

-- ---------------------------------------------------------------- indexes

CREATE OR REPLACE VIEW tsql.index_list AS
SELECT o.object_id, o.schema_name, o.name AS table_name, i.value AS doc, i.value ->> 'name' AS name,
    (i.value ->> 'index_id')::int4 AS index_id
FROM tsql.objects AS o
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
FROM tsql.objects AS o
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
FROM tsql.objects AS f
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
    0::int2 AS is_exhausted
FROM sys.objects AS o
JOIN tsql.objects AS q ON q.object_id = o.object_id
JOIN tsql.system_types AS t ON t.name = tsql.system_type(q.doc -> 'type')
WHERE q.type = 'SO';

-- ---------------------------------------------------------------- principals and permissions

CREATE OR REPLACE VIEW sys.database_principals AS
SELECT p.name, p.principal_id, p.type::bpchar AS type,
    CASE p.type WHEN 'R' THEN 'DATABASE_ROLE' WHEN 'E' THEN 'EXTERNAL_USER' ELSE 'SQL_USER' END
        AS type_desc,
    CASE WHEN p.type <> 'R' THEN 'dbo' END AS default_schema_name,
    tsql.round_datetime(p.create_date) AS create_date,
    tsql.round_datetime(p.create_date) AS modify_date,
    tsql.principal_id(p.owner) AS owning_principal_id,
    CASE WHEN p.type <> 'R' THEN coalesce(tsql.guid_bytes(p.external_id),
        tsql.suser_sid(coalesce(p.login, p.name))) END AS sid,
    tsql.bit(p.is_fixed) AS is_fixed_role,
    CASE WHEN p.type = 'E' THEN 4 WHEN p.login IS NOT NULL THEN 1 ELSE 0 END AS authentication_type,
    CASE WHEN p.type = 'E' THEN 'EXTERNAL' WHEN p.login IS NOT NULL THEN 'INSTANCE'
        ELSE 'NONE' END AS authentication_type_desc,
    NULL::text AS default_language_name, NULL::int4 AS default_language_lcid,
    0::int2 AS allow_encrypted_value_modifications
FROM tsql.principals AS p;

CREATE OR REPLACE VIEW sys.database_role_members AS
SELECT m.role_id AS role_principal_id, m.member_id AS member_principal_id
FROM tsql.role_members AS m;

CREATE OR REPLACE VIEW sys.database_permissions AS
SELECT CASE p.class WHEN 'DATABASE' THEN 0 WHEN 'SCHEMA' THEN 3 WHEN 'TYPE' THEN 6 ELSE 1 END::int2
        AS class,
    CASE p.class WHEN 'OBJECT' THEN 'OBJECT_OR_COLUMN' ELSE p.class END AS class_desc,
    CASE p.class WHEN 'SCHEMA' THEN tsql.schema_id(p.schema_name) ELSE p.object_id END AS major_id,
    0 AS minor_id, p.grantee_id AS grantee_principal_id, 1 AS grantor_principal_id,
    rpad(CASE p.permission
        WHEN 'SELECT' THEN 'SL' WHEN 'INSERT' THEN 'IN' WHEN 'UPDATE' THEN 'UP'
        WHEN 'DELETE' THEN 'DL' WHEN 'EXECUTE' THEN 'EX' WHEN 'REFERENCES' THEN 'RF'
        WHEN 'CONTROL' THEN 'CL' WHEN 'ALTER' THEN 'AL' WHEN 'CONNECT' THEN 'CO'
        WHEN 'VIEW DEFINITION' THEN 'VW' WHEN 'VIEW DATABASE STATE' THEN 'VWDS'
        WHEN 'TAKE OWNERSHIP' THEN 'TO' ELSE '' END, 4)::bpchar AS type,
    p.permission AS permission_name, p.state::bpchar AS state,
    CASE p.state WHEN 'D' THEN 'DENY' WHEN 'W' THEN 'GRANT_WITH_GRANT_OPTION' ELSE 'GRANT' END
        AS state_desc
FROM tsql.permissions AS p
UNION ALL
SELECT 0, 'DATABASE', 0, 0, u.principal_id, 1, 'CO  ', 'CONNECT', 'G', 'GRANT'
FROM tsql.principals AS u
WHERE u.type <> 'R' AND u.principal_id NOT IN (2, 3, 4)
    AND NOT EXISTS (SELECT FROM tsql.permissions AS p
                    WHERE p.grantee_id = u.principal_id AND p.permission = 'CONNECT');

-- ---------------------------------------------------------------- databases and sessions

-- Options of other databases lie in those: they show SQL Server's defaults here.
CREATE OR REPLACE VIEW sys.databases AS
SELECT d.name, d.database_id, NULL::int4 AS source_database_id, '\x01'::bytea AS owner_sid,
    '2022-10-08 06:31:58'::timestamp AS create_date,
    coalesce(CASE WHEN d.pg_name = current_database() THEN tsql.option('COMPATIBILITY_LEVEL') END,
        '160')::int2 AS compatibility_level,
    coalesce(CASE WHEN d.pg_name = current_database() THEN tsql.option('COLLATION') END,
        'SQL_Latin1_General_CP1_CI_AS') AS collation_name,
    0::int2 AS user_access, 'MULTI_USER'::text AS user_access_desc, 0::int2 AS is_read_only,
    0::int2 AS is_auto_close_on, 0::int2 AS is_auto_shrink_on, 0::int2 AS state,
    'ONLINE'::text AS state_desc, 0::int2 AS is_in_standby,
    tsql.bit(d.pg_name = current_database() AND tsql.option('ALLOW_SNAPSHOT_ISOLATION') = 'ON')
        AS snapshot_isolation_state,
    CASE WHEN d.pg_name = current_database() AND tsql.option('ALLOW_SNAPSHOT_ISOLATION') = 'ON'
        THEN 'ON' ELSE 'OFF' END AS snapshot_isolation_state_desc,
    tsql.bit(d.pg_name = current_database() AND tsql.option('READ_COMMITTED_SNAPSHOT') = 'ON')
        AS is_read_committed_snapshot_on,
    1::int2 AS recovery_model, 'FULL'::text AS recovery_model_desc,
    0::int2 AS is_ansi_nulls_on, 0::int2 AS is_quoted_identifier_on, 0::int2 AS is_trustworthy_on,
    0::int2 AS is_broker_enabled, 0::int2 AS is_encrypted, 0::int2 AS is_accelerated_database_recovery_on
FROM tsql.database_list() AS d;

-- The session's own row.
CREATE OR REPLACE VIEW sys.dm_exec_sessions AS
SELECT tsql.spid() AS session_id,
    tsql.round_datetime((SELECT a.backend_start AT TIME ZONE 'UTC' FROM pg_stat_activity AS a
                         WHERE a.pid = pg_backend_pid())) AS login_time,
    tsql.setting('host') AS host_name, tsql.setting('app') AS program_name,
    NULL::int4 AS host_process_id, 7 AS client_version, 'ODBC'::text AS client_interface_name,
    tsql.suser_sid(tsql.setting('login')) AS security_id, tsql.setting('login') AS login_name,
    'running'::text AS status, 0 AS cpu_time, 0 AS memory_usage, 'us_english'::text AS language,
    'mdy'::text AS date_format, 7::int2 AS date_first, 
    coalesce(tsql.setting('isolation'), '2')::int2 AS transaction_isolation_level,
    tsql.lock_timeout() AS lock_timeout, 0 AS deadlock_priority, 1::int2 AS is_user_process,
    coalesce(tsql.setting('original_login'), tsql.setting('login')) AS original_login_name,
    tsql.db_id()::int2 AS database_id, 0 AS open_transaction_count;

-- What the sessions of all databases are doing. A session of PostgreSQL's bears the number of the
-- T-SQL session in its name; whoever is not the owner sees its own only.
CREATE OR REPLACE FUNCTION tsql.session_of(application text) RETURNS int2
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT substring(application FROM '^session (\d+)$')::int2
$$;

CREATE OR REPLACE FUNCTION tsql.requests() RETURNS TABLE (
    session_id int2, start_time timestamp, pg_database text, blocking_session_id int2,
    wait_type text, wait_time int4, elapsed int4
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_stat_clear_snapshot();
    RETURN QUERY
    SELECT tsql.session_of(a.application_name),
        tsql.round_datetime(a.query_start AT TIME ZONE 'UTC'), a.datname::text,
        coalesce((
            SELECT tsql.session_of(b.application_name)
            FROM unnest(pg_blocking_pids(a.pid)) AS w (pid)
            JOIN pg_stat_activity AS b ON b.pid = w.pid
            WHERE a.wait_event_type = 'Lock' ORDER BY 1 LIMIT 1), 0::int2),
        CASE WHEN a.wait_event_type = 'Lock' THEN tsql.wait_type(a.pid)
            WHEN a.wait_event = 'PgSleep' THEN 'WAITFOR' END,
        CASE WHEN a.wait_event_type = 'Lock' OR a.wait_event = 'PgSleep'
            THEN tsql.since(a.query_start) ELSE 0 END,
        tsql.since(a.query_start)
    FROM pg_stat_activity AS a
    WHERE a.state = 'active' AND tsql.session_of(a.application_name) IS NOT NULL
        AND (tsql.session_of(a.application_name) = tsql.spid()
            OR tsql.is_rolemember('db_owner', tsql.user_name()) = 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.since(moment timestamptz) RETURNS int4
VOLATILE LANGUAGE sql AS $$
    SELECT least(extract(epoch FROM clock_timestamp() - moment) * 1000, 2147483647)::int4
$$;

CREATE OR REPLACE FUNCTION tsql.wait_type(waiting int4) RETURNS text VOLATILE LANGUAGE sql AS $$
    SELECT CASE WHEN l.mode LIKE '%Share%' AND l.mode NOT LIKE '%Exclusive%' THEN 'LCK_M_S'
        ELSE 'LCK_M_X' END
    FROM pg_locks AS l WHERE l.pid = waiting AND NOT l.granted LIMIT 1
$$;

CREATE OR REPLACE VIEW sys.dm_exec_requests AS
SELECT r.session_id, 0 AS request_id, r.start_time,
    CASE WHEN r.wait_type IS NULL THEN 'running' ELSE 'suspended' END AS status,
    'EXECUTE'::text AS command,
    CASE WHEN r.pg_database = current_database() THEN tsql.db_id()::int2 END AS database_id,
    r.blocking_session_id, r.wait_type, r.wait_time, coalesce(r.wait_type, 'MISCELLANEOUS')
        AS last_wait_type, ''::text AS wait_resource, 0 AS open_transaction_count,
    r.elapsed AS total_elapsed_time
FROM tsql.requests() AS r;

CREATE OR REPLACE VIEW sys.dm_os_waiting_tasks AS
SELECT r.session_id, 0 AS exec_context_id, r.wait_time::int8 AS wait_duration_ms, r.wait_type,
    nullif(r.blocking_session_id, 0::int2) AS blocking_session_id,
    NULL::text AS resource_description
FROM tsql.requests() AS r WHERE r.wait_type IS NOT NULL;

-- The catalogue views themselves: clients look here for what they may ask.
CREATE OR REPLACE VIEW sys.system_views AS
SELECT c.relname::text AS name, -(c.oid::int8 % 2000000000)::int4 AS object_id,
    NULL::int4 AS principal_id, 4 AS schema_id, 0 AS parent_object_id, 'V '::bpchar AS type,
    'VIEW'::text AS type_desc, '2022-01-01'::timestamp AS create_date,
    '2022-01-01'::timestamp AS modify_date, 1::int2 AS is_ms_shipped, 0::int2 AS is_published,
    0::int2 AS is_schema_published
FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace = 'sys'::regnamespace;

CREATE OR REPLACE FUNCTION tsql.row_count(schema_name text, table_name text) RETURNS int8
STABLE LANGUAGE plpgsql AS $$
DECLARE
    result int8;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I.%I', tsql.mangle(schema_name), tsql.mangle(table_name))
        INTO result;
    RETURN result;
END $$;

-- Rows are counted, pages are PostgreSQL's 8 KB pages.
CREATE OR REPLACE VIEW sys.dm_db_partition_stats AS
SELECT (i.object_id::int8 << 16) + i.index_id AS partition_id, i.object_id, i.index_id,
    1 AS partition_number, p.pages AS in_row_data_page_count, p.pages AS in_row_used_page_count,
    p.pages AS in_row_reserved_page_count, 0::int8 AS lob_used_page_count,
    0::int8 AS lob_reserved_page_count, 0::int8 AS row_overflow_used_page_count,
    0::int8 AS row_overflow_reserved_page_count, p.pages AS used_page_count,
    p.pages AS reserved_page_count, tsql.row_count(o.schema_name, o.name) AS row_count
FROM sys.indexes AS i
JOIN tsql.objects AS o ON o.object_id = i.object_id AND o.type = 'U'
LEFT JOIN tsql.index_list AS l ON l.object_id = i.object_id AND l.index_id = i.index_id
CROSS JOIN LATERAL (
    SELECT pg_relation_size(to_regclass(format('%I.%I', tsql.mangle(o.schema_name),
        CASE WHEN i.index_id < 2 THEN tsql.mangle(o.name) ELSE l.doc ->> 'pg_name' END))) / 8192
) AS p (pages);

CREATE OR REPLACE VIEW sys.partitions AS
SELECT s.partition_id, s.object_id, s.index_id, 1 AS partition_number, s.partition_id AS hobt_id,
    s.row_count AS rows, 0::int2 AS filestream_filegroup_id, 0::int2 AS data_compression,
    'NONE'::text AS data_compression_desc
FROM sys.dm_db_partition_stats AS s;

-- ---------------------------------------------------------------- what no database here has

CREATE OR REPLACE VIEW sys.triggers AS
SELECT o.name, o.object_id, 0::int2 AS parent_class, ''::text AS parent_class_desc,
    o.parent_object_id AS parent_id, o.type, o.type_desc, o.create_date, o.modify_date,
    o.is_ms_shipped, 0::int2 AS is_disabled, 0::int2 AS is_not_for_replication,
    0::int2 AS is_instead_of_trigger
FROM sys.objects AS o WHERE false;

CREATE OR REPLACE VIEW sys.synonyms AS
SELECT o.*, ''::text AS base_object_name FROM sys.objects AS o WHERE false;

CREATE OR REPLACE VIEW sys.extended_properties AS
SELECT 1::int2 AS class, 'OBJECT_OR_COLUMN'::text AS class_desc, 0 AS major_id, 0 AS minor_id,
    ''::text AS name, ''::text AS value
WHERE false;

CREATE OR REPLACE VIEW sys.dm_exec_procedure_stats AS
SELECT 0 AS database_id, 0 AS object_id, 'P '::bpchar AS type,
    'SQL_STORED_PROCEDURE'::text AS type_desc, '1900-01-01'::timestamp AS cached_time,
    '1900-01-01'::timestamp AS last_execution_time, 0::int8 AS execution_count,
    0::int8 AS total_worker_time, 0::int8 AS last_worker_time, 0::int8 AS min_worker_time,
    0::int8 AS max_worker_time, 0::int8 AS total_physical_reads, 0::int8 AS total_logical_writes,
    0::int8 AS total_logical_reads, 0::int8 AS total_elapsed_time, 0::int8 AS last_elapsed_time,
    0::int8 AS min_elapsed_time, 0::int8 AS max_elapsed_time
WHERE false;

-- ---------------------------------------------------------------- functions over the views

CREATE OR REPLACE FUNCTION tsql.type_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT t.name FROM sys.types AS t WHERE t.user_type_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.type_id(wanted text) RETURNS int4
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT t.user_type_id FROM sys.types AS t
    WHERE lower(t.name) = lower(tsql.parsename(wanted, 1)) LIMIT 1
$$;
CREATE OR REPLACE FUNCTION tsql.col_length(table_name text, column_name text) RETURNS int2
STABLE LANGUAGE sql AS $$
    SELECT c.max_length FROM sys.columns AS c
    WHERE c.object_id = tsql.object_id(table_name) AND lower(c.name) = lower(column_name)
$$;
CREATE OR REPLACE FUNCTION tsql.col_name(id int4, wanted int4) RETURNS text
STABLE LANGUAGE sql AS $$
    SELECT c.name FROM tsql.column_list AS c WHERE c.object_id = id AND c.column_id = wanted
$$;
CREATE OR REPLACE FUNCTION tsql.columnproperty(id int4, wanted text, property text) RETURNS int4
STABLE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'allowsnull' THEN c.is_nullable WHEN 'columnid' THEN c.column_id
        WHEN 'ordinal' THEN c.column_id WHEN 'iscomputed' THEN c.is_computed
        WHEN 'isidentity' THEN c.is_identity WHEN 'isrowguidcol' THEN c.is_rowguidcol
        WHEN 'precision' THEN CASE WHEN c.precision > 0 THEN c.precision
            WHEN c.collation_name IS NOT NULL AND c.system_type_id IN (231, 239)
                THEN CASE WHEN c.max_length < 0 THEN -1 ELSE c.max_length / 2 END
            ELSE c.max_length END
        WHEN 'scale' THEN c.scale WHEN 'charmaxlen' THEN c.max_length
        WHEN 'isxmlindexable' THEN 0 WHEN 'ishidden' THEN 0 WHEN 'issparse' THEN 0
        WHEN 'generatedalwaystype' THEN 0 WHEN 'isfulltextindexed' THEN 0
        WHEN 'usesansitrim' THEN 1
        WHEN 'isdeterministic' THEN CASE WHEN c.is_computed = 1 THEN 1 END
    END
    FROM sys.columns AS c WHERE c.object_id = id AND lower(c.name) = lower(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.objectproperty(id int4, property text) RETURNS int4
STABLE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'istable' THEN (o.type IN ('U', 'TT'))::int4
        WHEN 'isusertable' THEN (o.type = 'U')::int4
        WHEN 'isview' THEN (o.type = 'V')::int4
        WHEN 'isprocedure' THEN (o.type = 'P')::int4
        WHEN 'isscalarfunction' THEN (o.type = 'FN')::int4
        WHEN 'isinlinefunction' THEN (o.type = 'IF')::int4
        WHEN 'istablefunction' THEN (o.type IN ('IF', 'TF'))::int4
        WHEN 'isprimarykey' THEN (o.type = 'PK')::int4
        WHEN 'isuniquecnst' THEN (o.type = 'UQ')::int4
        WHEN 'isforeignkey' THEN (o.type = 'F')::int4
        WHEN 'ischeckcnst' THEN (o.type = 'C')::int4
        WHEN 'isdefaultcnst' THEN (o.type = 'D')::int4
        WHEN 'isconstraint' THEN (o.type IN ('PK', 'UQ', 'F', 'C', 'D'))::int4
        WHEN 'ismsshipped' THEN 0 WHEN 'istrigger' THEN 0 WHEN 'isencrypted' THEN 0
        WHEN 'ownerid' THEN 1 WHEN 'schemaid' THEN tsql.schema_id(o.schema_name)
        WHEN 'isansinullson' THEN 1 WHEN 'isquotedidenton' THEN 1
        WHEN 'isschemabound' THEN coalesce(o.doc -> 'options' ? 'SCHEMABINDING', false)::int4
        WHEN 'tablehasprimarykey' THEN EXISTS (SELECT FROM tsql.objects AS k
            WHERE k.parent_object_id = o.object_id AND k.type = 'PK')::int4
        WHEN 'tablehasforeignkey' THEN EXISTS (SELECT FROM tsql.objects AS k
            WHERE k.parent_object_id = o.object_id AND k.type = 'F')::int4
        WHEN 'tablehasidentity' THEN EXISTS (SELECT FROM sys.columns AS c
            WHERE c.object_id = o.object_id AND c.is_identity = 1)::int4
        WHEN 'tablehasindex' THEN EXISTS (SELECT FROM tsql.index_list AS i
            WHERE i.object_id = o.object_id)::int4
        WHEN 'tablehasclustindex' THEN EXISTS (SELECT FROM sys.indexes AS i
            WHERE i.object_id = o.object_id AND i.index_id = 1)::int4
    END
    FROM tsql.objects AS o WHERE o.object_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.objectpropertyex(id int4, property text) RETURNS int4
STABLE LANGUAGE sql AS $$ SELECT tsql.objectproperty(id, property) $$;
CREATE OR REPLACE FUNCTION tsql.indexproperty(id int4, wanted text, property text) RETURNS int4
STABLE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'isunique' THEN i.is_unique WHEN 'isclustered' THEN (i.index_id = 1)::int4
        WHEN 'indexid' THEN i.index_id WHEN 'isdisabled' THEN 0 WHEN 'ishypothetical' THEN 0
        WHEN 'isstatistics' THEN 0 WHEN 'indexfillfactor' THEN 0 WHEN 'ispadindex' THEN 0
    END
    FROM sys.indexes AS i WHERE i.object_id = id AND lower(i.name) = lower(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.ident_seed(wanted text) RETURNS numeric STABLE LANGUAGE sql AS $$
    SELECT i.seed_value::numeric FROM sys.identity_columns AS i
    WHERE i.object_id = tsql.object_id(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.ident_incr(wanted text) RETURNS numeric STABLE LANGUAGE sql AS $$
    SELECT i.increment_value::numeric FROM sys.identity_columns AS i
    WHERE i.object_id = tsql.object_id(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.ident_current(wanted text) RETURNS numeric
STABLE LANGUAGE sql AS $$
    SELECT coalesce(i.last_value, i.seed_value)::numeric FROM sys.identity_columns AS i
    WHERE i.object_id = tsql.object_id(wanted)
$$;
