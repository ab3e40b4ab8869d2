-- Catalogue views: databases, sessions and their waits, rows and room.

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
