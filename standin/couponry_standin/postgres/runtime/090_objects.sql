-- The catalogue views of T-SQL, schema sys, are read from tsql.objects and its friends.
-- Here: schemas, objects and types.

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
FROM tsql.seen AS o
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
    tsql.bit(t.doc ? 'check_option') AS with_check_option, 0::int2 AS is_date_correlation_view
FROM sys.objects AS o
JOIN tsql.objects AS t ON t.object_id = o.object_id
WHERE o.type = 'V ';

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
FROM tsql.seen AS o
JOIN tsql.schemas AS s ON lower(s.name) = lower(o.schema_name)
LEFT JOIN tsql.system_types AS b ON b.name = tsql.system_type(o.doc -> 'base')
WHERE o.type IN ('TT', 'AL');

CREATE OR REPLACE VIEW sys.table_types AS
SELECT t.*, t.user_type_id AS type_table_object_id, 0::int2 AS is_memory_optimized
FROM sys.types AS t WHERE t.is_table_type = 1;
