-- INFORMATION_SCHEMA, in the schema tsql_is: PostgreSQL has an information_schema of its own.

CREATE OR REPLACE VIEW tsql_is.schemata AS
SELECT tsql.database_name() AS catalog_name, s.name AS schema_name, s.owner AS schema_owner,
    NULL::text AS default_character_set_catalog, NULL::text AS default_character_set_schema,
    'iso_1'::text AS default_character_set_name
FROM tsql.schemas AS s;

CREATE OR REPLACE VIEW tsql_is.tables AS
SELECT tsql.database_name() AS table_catalog, o.schema_name AS table_schema, o.name AS table_name,
    CASE o.type WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END::text AS table_type
FROM tsql.seen AS o WHERE o.type IN ('U', 'V');

CREATE OR REPLACE VIEW tsql_is.views AS
SELECT tsql.database_name() AS table_catalog, o.schema_name AS table_schema, o.name AS table_name,
    CASE WHEN length(o.definition) <= 4000 THEN tsql.object_definition(o.object_id) END AS view_definition,
    CASE WHEN o.doc ? 'check_option' THEN 'CASCADE' ELSE 'NONE' END::text AS check_option, 'NO'::text AS is_updatable
FROM tsql.seen AS o WHERE o.type = 'V';

-- The facts of a type as several views show them.
CREATE OR REPLACE FUNCTION tsql.type_facts(
    type jsonb, OUT data_type text, OUT characters int4, OUT octets int4, OUT digits int2,
    OUT radix int2, OUT scale int4, OUT fraction int2, OUT charset text, OUT collation_name text
) IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    data_type := tsql.system_type(type);
    IF data_type IN ('char', 'varchar', 'nchar', 'nvarchar', 'binary', 'varbinary') THEN
        octets := tsql.type_bytes(type);
        characters := type ->> 'length';
    ELSIF data_type IN ('text', 'ntext', 'image') THEN
        octets := 2147483647;
        characters := CASE data_type WHEN 'ntext' THEN 1073741823 ELSE 2147483647 END;
    ELSIF data_type IN ('date', 'time', 'datetime', 'datetime2', 'smalldatetime', 'datetimeoffset')
    THEN
        fraction := tsql.type_scale(type);
    ELSIF data_type IN ('float', 'real') THEN
        digits := tsql.type_digits(type);
        radix := 2;
    ELSIF data_type IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney')
    THEN
        digits := tsql.type_digits(type);
        radix := 10;
        scale := tsql.type_scale(type);
    END IF;
    IF data_type IN ('char', 'varchar', 'text') THEN
        charset := 'iso_1';
    ELSIF data_type IN ('nchar', 'nvarchar', 'ntext') THEN
        charset := 'UNICODE';
    END IF;
    collation_name := type ->> 'collation';
END $$;

CREATE OR REPLACE VIEW tsql_is.columns AS
SELECT tsql.database_name() AS table_catalog, c.schema_name AS table_schema,
    c.object_name AS table_name, c.name AS column_name, c.column_id AS ordinal_position,
    c.doc ->> 'default' AS column_default,
    CASE WHEN coalesce((c.doc ->> 'nullable')::bool, true) THEN 'YES' ELSE 'NO' END::text
        AS is_nullable,
    f.data_type, f.characters AS character_maximum_length, f.octets AS character_octet_length,
    f.digits AS numeric_precision, f.radix AS numeric_precision_radix, f.scale AS numeric_scale,
    f.fraction AS datetime_precision, NULL::text AS character_set_catalog,
    NULL::text AS character_set_schema, f.charset AS character_set_name,
    NULL::text AS collation_catalog, NULL::text AS collation_schema, f.collation_name,
    NULL::text AS domain_catalog, NULL::text AS domain_schema, NULL::text AS domain_name
FROM tsql.column_list AS c
CROSS JOIN LATERAL tsql.type_facts(c.type) AS f
WHERE c.object_type IN ('U', 'V');

CREATE OR REPLACE VIEW tsql_is.routines AS
SELECT tsql.database_name() AS specific_catalog, o.schema_name AS specific_schema,
    o.name AS specific_name, tsql.database_name() AS routine_catalog,
    o.schema_name AS routine_schema, o.name AS routine_name,
    CASE o.type WHEN 'P' THEN 'PROCEDURE' ELSE 'FUNCTION' END::text AS routine_type,
    CASE o.type WHEN 'IF' THEN 'TABLE' WHEN 'TF' THEN 'TABLE' WHEN 'FN' THEN f.data_type END AS data_type,
    f.characters AS character_maximum_length, f.octets AS character_octet_length,
    f.collation_name, f.charset AS character_set_name, f.digits AS numeric_precision,
    f.radix AS numeric_precision_radix, f.scale::int2 AS numeric_scale,
    f.fraction AS datetime_precision, 'SQL'::text AS routine_body,
    CASE WHEN length(o.definition) <= 4000 THEN tsql.object_definition(o.object_id) END AS routine_definition,
    NULL::text AS external_name, NULL::text AS external_language, NULL::text AS parameter_style,
    'NO'::text AS is_deterministic, CASE o.type WHEN 'P' THEN 'MODIFIES' ELSE 'READS' END::text
        AS sql_data_access,
    CASE WHEN o.type <> 'P' THEN 'NO' END AS is_null_call, NULL::text AS sql_path,
    'YES'::text AS schema_level_routine, CASE o.type WHEN 'P' THEN -1 ELSE 0 END::int2
        AS max_dynamic_result_sets,
    'NO'::text AS is_user_defined_cast, 'NO'::text AS is_implicitly_invocable,
    tsql.round_datetime(o.create_date) AS created,
    tsql.round_datetime(o.modify_date) AS last_altered
FROM tsql.seen AS o
LEFT JOIN LATERAL tsql.type_facts(
    CASE WHEN o.type = 'FN' THEN o.doc -> 'returns' END) AS f ON true
WHERE o.type IN ('P', 'IF', 'FN', 'TF');

CREATE OR REPLACE VIEW tsql_is.parameters AS
SELECT tsql.database_name() AS specific_catalog, p.schema_name AS specific_schema,
    p.object_name AS specific_name, p.parameter_id AS ordinal_position,
    CASE WHEN coalesce((p.doc ->> 'output')::bool, false) AND p.parameter_id > 0 THEN 'INOUT'
        WHEN p.parameter_id = 0 THEN 'OUT' ELSE 'IN' END::text AS parameter_mode,
    CASE WHEN p.parameter_id = 0 THEN 'YES' ELSE 'NO' END::text AS is_result,
    'NO'::text AS as_locator, p.name AS parameter_name, coalesce(nullif(f.data_type, 'table'), 'table type')
        AS data_type,
    f.characters AS character_maximum_length, f.octets AS character_octet_length,
    NULL::text AS collation_catalog, NULL::text AS collation_schema, f.collation_name,
    NULL::text AS character_set_catalog, NULL::text AS character_set_schema,
    f.charset AS character_set_name, f.digits AS numeric_precision,
    f.radix AS numeric_precision_radix, f.scale AS numeric_scale,
    f.fraction AS datetime_precision, NULL::text AS interval_type,
    NULL::int2 AS interval_precision, NULL::text AS user_defined_type_catalog,
    NULL::text AS user_defined_type_schema, NULL::text AS user_defined_type_name
FROM tsql.parameter_list AS p
LEFT JOIN LATERAL tsql.type_facts(p.type) AS f ON true;

CREATE OR REPLACE VIEW tsql_is.table_constraints AS
SELECT tsql.database_name() AS constraint_catalog, c.schema_name AS constraint_schema,
    c.name AS constraint_name, tsql.database_name() AS table_catalog,
    t.schema_name AS table_schema, t.name AS table_name,
    CASE c.type WHEN 'PK' THEN 'PRIMARY KEY' WHEN 'UQ' THEN 'UNIQUE' WHEN 'F' THEN 'FOREIGN KEY'
        ELSE 'CHECK' END::text AS constraint_type,
    'NO'::text AS is_deferrable, 'NO'::text AS initially_deferred
FROM tsql.seen AS c JOIN tsql.objects AS t ON t.object_id = c.parent_object_id
WHERE c.type IN ('PK', 'UQ', 'F', 'C');

CREATE OR REPLACE VIEW tsql_is.check_constraints AS
SELECT tsql.database_name() AS constraint_catalog, c.schema_name AS constraint_schema,
    c.name AS constraint_name, c.doc ->> 'definition' AS check_clause
FROM tsql.seen AS c WHERE c.type = 'C';

CREATE OR REPLACE VIEW tsql_is.key_column_usage AS
SELECT tsql.database_name() AS constraint_catalog, c.schema_name AS constraint_schema,
    c.name AS constraint_name, tsql.database_name() AS table_catalog,
    t.schema_name AS table_schema, t.name AS table_name, k.column_name,
    k.place::int4 AS ordinal_position
FROM tsql.seen AS c
JOIN tsql.objects AS t ON t.object_id = c.parent_object_id
CROSS JOIN LATERAL (
    SELECT CASE jsonb_typeof(e.value) WHEN 'array' THEN e.value ->> 0 ELSE e.value #>> '{}' END,
        e.place
    FROM jsonb_array_elements(c.doc -> 'columns') WITH ORDINALITY AS e (value, place)
) AS k (column_name, place)
WHERE c.type IN ('PK', 'UQ', 'F');

CREATE OR REPLACE VIEW tsql_is.constraint_column_usage AS
SELECT u.table_catalog, u.table_schema, u.table_name, u.column_name, u.constraint_catalog,
    u.constraint_schema, u.constraint_name
FROM tsql_is.key_column_usage AS u
UNION ALL
SELECT tsql.database_name(), t.schema_name, t.name, c.doc ->> 'column', tsql.database_name(),
    c.schema_name, c.name
FROM tsql.seen AS c JOIN tsql.objects AS t ON t.object_id = c.parent_object_id
WHERE c.type = 'C' AND c.doc ->> 'column' IS NOT NULL;

CREATE OR REPLACE VIEW tsql_is.constraint_table_usage AS
SELECT u.table_catalog, u.table_schema, u.table_name, u.constraint_catalog, u.constraint_schema,
    u.constraint_name
FROM tsql_is.table_constraints AS u;

CREATE OR REPLACE VIEW tsql_is.referential_constraints AS
SELECT tsql.database_name() AS constraint_catalog, f.schema_name AS constraint_schema,
    f.name AS constraint_name, tsql.database_name() AS unique_constraint_catalog,
    r.schema_name AS unique_constraint_schema,
    (SELECT i.name FROM sys.foreign_keys AS k
     JOIN sys.indexes AS i ON i.object_id = k.referenced_object_id AND i.index_id = k.key_index_id
     WHERE k.object_id = f.object_id) AS unique_constraint_name,
    'SIMPLE'::text AS match_option, f.doc ->> 'on_update' AS update_rule,
    f.doc ->> 'on_delete' AS delete_rule
FROM tsql.seen AS f
JOIN tsql.objects AS r ON r.object_id = (f.doc ->> 'references')::int4
WHERE f.type = 'F';

-- SQL Server's first four numbers are of type sql_variant; all that a sequence here counts is bigint.
CREATE OR REPLACE VIEW tsql_is.sequences AS
SELECT tsql.database_name() AS sequence_catalog, s.name AS sequence_schema,
    q.name AS sequence_name, t.name AS data_type, q.precision AS numeric_precision,
    10::int2 AS numeric_precision_radix, q.scale::int4 AS numeric_scale, q.start_value,
    q.minimum_value, q.maximum_value, q.increment, q.is_cycling AS cycle_option,
    NULL::text AS declared_data_type, NULL::int2 AS declared_numeric_precision,
    NULL::int4 AS declared_numeric_scale
FROM sys.sequences AS q
JOIN tsql.schemas AS s ON s.schema_id = q.schema_id
JOIN sys.types AS t ON t.user_type_id = q.system_type_id;
