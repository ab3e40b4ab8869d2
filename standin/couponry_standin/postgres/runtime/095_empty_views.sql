-- Catalogue views of what no database here has.

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
