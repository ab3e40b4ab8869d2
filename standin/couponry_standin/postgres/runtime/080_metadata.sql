-- Who is asking, and what is where.

-- A fact that the session keeps in a setting: login, user, app, host, original_login, database.
CREATE OR REPLACE FUNCTION tsql.setting(name text) RETURNS text
STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT nullif(current_setting('tsql.' || name, true), '')
$$;

CREATE OR REPLACE FUNCTION tsql.spid() RETURNS int2 STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(tsql.setting('spid')::int4, pg_backend_pid() % 32768)::int2
$$;

-- Milliseconds, -1 for no limit.
CREATE OR REPLACE FUNCTION tsql.lock_timeout() RETURNS int4 STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN setting::int4 = 0 THEN -1 ELSE setting::int4 END
    FROM pg_settings WHERE name = 'lock_timeout'
$$;

CREATE OR REPLACE FUNCTION tsql.session_context(key text) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (nullif(current_setting('tsql.session_context', true), '')::jsonb) ->> lower(key)
$$;

CREATE OR REPLACE FUNCTION tsql.keep_session_context(key text, value text) RETURNS int4
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('tsql.session_context', (
        coalesce(nullif(current_setting('tsql.session_context', true), '')::jsonb, '{}')
        || jsonb_build_object(lower(key), value))::text, false);
    RETURN 0;
END $$;

-- ---------------------------------------------------------------- names

-- The parts of a name, brackets and quotes taken off; NULL when it is no name.
CREATE OR REPLACE FUNCTION tsql.name_parts(name text) RETURNS text[]
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    rest text := btrim(name);
    result text[] := '{}';
    found text[];
BEGIN
    LOOP
        found := regexp_match(rest, '^\[((?:[^\]]|\]\])*)\]\s*(\.?)\s*(.*)$');
        IF found IS NOT NULL THEN
            result := result || replace(found[1], ']]', ']');
        ELSE
            found := regexp_match(rest, '^"((?:[^"]|"")*)"\s*(\.?)\s*(.*)$');
            IF found IS NOT NULL THEN
                result := result || replace(found[1], '""', '"');
            ELSE
                found := regexp_match(rest, '^([^."\[]*)(\.?)(.*)$');
                IF found IS NULL THEN
                    RETURN NULL;
                END IF;
                result := result || btrim(found[1]);
            END IF;
        END IF;
        EXIT WHEN found[2] = '' AND found[3] = '';
        IF found[2] = '' THEN
            RETURN NULL;
        END IF;
        rest := btrim(found[3]);
    END LOOP;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION tsql.parsename(name text, part int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN cardinality(p.parts) <= 4 AND part BETWEEN 1 AND 4
        THEN nullif(p.parts[cardinality(p.parts) + 1 - part], '') END
    FROM (SELECT tsql.name_parts(name) AS parts) AS p
$$;

CREATE OR REPLACE FUNCTION tsql.object_id(name text, type text) RETURNS int4
STABLE PARALLEL RESTRICTED LANGUAGE plpgsql AS $$
DECLARE
    parts text[] := tsql.name_parts(name);
    n int4 := cardinality(parts);
    result int4;
BEGIN
    IF n = 3 AND lower(parts[1]) = 'tempdb' AND parts[3] LIKE '#%' THEN
        SELECT o.object_id INTO result FROM tsql.temporary_objects() AS o
        WHERE o.type = 'U' AND lower(o.name) = lower(parts[3])
            AND (object_id.type IS NULL OR upper(object_id.type) = 'U');
        RETURN result;
    END IF;
    IF parts IS NULL OR n > 3
        OR n = 3 AND parts[1] <> '' AND lower(parts[1]) <> lower(tsql.database_name())
    THEN
        RETURN NULL;
    END IF;
    SELECT o.object_id INTO result
    FROM tsql.objects AS o
    WHERE lower(o.name) = lower(parts[n])
        AND lower(o.schema_name) = lower(coalesce(nullif(parts[n - 1], ''), 'dbo'))
        AND o.type NOT IN ('TT', 'AL')
        AND (object_id.type IS NULL OR upper(btrim(object_id.type)) = o.type);
    IF result IS NULL AND lower(coalesce(parts[n - 1], 'sys')) IN ('sys', '') THEN
        SELECT v.object_id INTO result FROM sys.system_objects AS v
        WHERE v.name = lower(parts[n]) AND lower(parts[n - 1]) = 'sys';
    END IF;
    RETURN result;
END $$;

-- Databases are PostgreSQL's, numbered by their age; master is always the first.
CREATE OR REPLACE FUNCTION tsql.database_list()
RETURNS TABLE (database_id int4, name text, pg_name text)
STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN d.datname = 'master' THEN 1
               ELSE 4 + (row_number() OVER (ORDER BY d.datname = 'master', d.oid))::int4 END,
           CASE WHEN d.datname = current_database() THEN tsql.database_name()
               ELSE d.datname::text END,
           d.datname::text
    FROM pg_database AS d
    WHERE d.datallowconn AND NOT d.datistemplate
        AND d.datname NOT IN ('postgres', 'tsql_template', 'tsql_template_unfinished')
$$;
CREATE OR REPLACE FUNCTION tsql.db_id() RETURNS int4 STABLE LANGUAGE sql AS $$
    SELECT d.database_id FROM tsql.database_list() AS d WHERE d.pg_name = current_database()
$$;
CREATE OR REPLACE FUNCTION tsql.db_id(wanted text) RETURNS int4 STABLE LANGUAGE sql AS $$
    SELECT d.database_id FROM tsql.database_list() AS d WHERE lower(d.name) = lower(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.db_name() RETURNS text
STABLE LANGUAGE sql AS $$ SELECT tsql.database_name() $$;
CREATE OR REPLACE FUNCTION tsql.db_name(id int4) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT d.name FROM tsql.database_list() AS d WHERE d.database_id = id
$$;

CREATE OR REPLACE FUNCTION tsql.object_id(name text) RETURNS int4
STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT tsql.object_id(name, NULL) $$;

CREATE OR REPLACE FUNCTION tsql.object_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.name FROM tsql.objects AS o WHERE o.object_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.object_name(id int4, database int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.name FROM tsql.objects AS o WHERE o.object_id = id AND database = tsql.db_id()
$$;
CREATE OR REPLACE FUNCTION tsql.object_schema_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.schema_name FROM tsql.objects AS o WHERE o.object_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.object_schema_name(id int4, database int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.schema_name FROM tsql.objects AS o
    WHERE o.object_id = id AND database = tsql.db_id()
$$;
CREATE OR REPLACE FUNCTION tsql.object_definition(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(o.definition, o.doc ->> 'definition') FROM tsql.objects AS o
    WHERE o.object_id = id
$$;

CREATE OR REPLACE FUNCTION tsql.schema_name() RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT 'dbo' $$;
CREATE OR REPLACE FUNCTION tsql.schema_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT s.name FROM tsql.schemas AS s WHERE s.schema_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.schema_id() RETURNS int4
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT 1 $$;
CREATE OR REPLACE FUNCTION tsql.schema_id(wanted text) RETURNS int4
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT s.schema_id FROM tsql.schemas AS s WHERE lower(s.name) = lower(wanted)
$$;

CREATE OR REPLACE FUNCTION tsql.option(wanted text) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.value FROM tsql.options AS o WHERE upper(o.name) = upper(wanted)
$$;

CREATE OR REPLACE FUNCTION tsql.database_property(wanted text, property text) RETURNS text
STABLE LANGUAGE sql AS $$
    SELECT CASE property
        WHEN 'collation' THEN coalesce(tsql.option('COLLATION'), 'SQL_Latin1_General_CP1_CI_AS')
        WHEN 'status' THEN 'ONLINE'
        WHEN 'updateability' THEN 'READ_WRITE'
        WHEN 'useraccess' THEN 'MULTI_USER'
        WHEN 'recovery' THEN coalesce(tsql.option('RECOVERY'), 'FULL')
        WHEN 'version' THEN '957'
        WHEN 'lcid' THEN '1033'
        WHEN 'comparisonstyle' THEN '196609'
        WHEN 'isansinullsenabled' THEN '0'
        WHEN 'isautoclose' THEN '0'
        WHEN 'isautoshrink' THEN '0'
        WHEN 'isfulltextenabled' THEN '0'
        WHEN 'isinstandby' THEN '0'
        WHEN 'isparameterizationforced' THEN '0'
    END
    WHERE tsql.db_id(wanted) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION tsql.collation_property(collation_name text, property text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'codepage' THEN CASE WHEN collation_name ILIKE '%\_UTF8' THEN 65001 ELSE 1252 END
        WHEN 'lcid' THEN 1033
        WHEN 'comparisonstyle' THEN CASE WHEN collation_name ~* '_BIN2?(_UTF8)?$' THEN 0
            WHEN collation_name ~* '_CS' THEN 196608 ELSE 196609 END
        WHEN 'version' THEN CASE WHEN collation_name ~* '_100_' THEN 2 ELSE 0 END
    END
$$;

-- ---------------------------------------------------------------- types

CREATE TABLE IF NOT EXISTS tsql.system_types (
    name text PRIMARY KEY,
    system_type_id int4 NOT NULL,
    user_type_id int4 NOT NULL,
    max_length int4 NOT NULL,
    digits int4 NOT NULL,
    scale int4 NOT NULL,
    takes_collation bool NOT NULL
);
INSERT INTO tsql.system_types VALUES
    ('image', 34, 34, 16, 0, 0, false), ('text', 35, 35, 16, 0, 0, true),
    ('uniqueidentifier', 36, 36, 16, 0, 0, false), ('date', 40, 40, 3, 10, 0, false),
    ('time', 41, 41, 5, 16, 7, false), ('datetime2', 42, 42, 8, 27, 7, false),
    ('datetimeoffset', 43, 43, 10, 34, 7, false), ('tinyint', 48, 48, 1, 3, 0, false),
    ('smallint', 52, 52, 2, 5, 0, false), ('int', 56, 56, 4, 10, 0, false),
    ('smalldatetime', 58, 58, 4, 16, 0, false), ('real', 59, 59, 4, 24, 0, false),
    ('money', 60, 60, 8, 19, 4, false), ('datetime', 61, 61, 8, 23, 3, false),
    ('float', 62, 62, 8, 53, 0, false), ('ntext', 99, 99, 16, 0, 0, true),
    ('bit', 104, 104, 1, 1, 0, false), ('decimal', 106, 106, 17, 38, 38, false),
    ('numeric', 108, 108, 17, 38, 38, false), ('smallmoney', 122, 122, 4, 10, 4, false),
    ('bigint', 127, 127, 8, 19, 0, false), ('varbinary', 165, 165, 8000, 0, 0, false),
    ('varchar', 167, 167, 8000, 0, 0, true), ('binary', 173, 173, 8000, 0, 0, false),
    ('char', 175, 175, 8000, 0, 0, true), ('timestamp', 189, 189, 8, 0, 0, false),
    ('nvarchar', 231, 231, 8000, 0, 0, true), ('nchar', 239, 239, 8000, 0, 0, true),
    ('sysname', 231, 256, 256, 0, 0, true)
ON CONFLICT DO NOTHING;

-- The catalogue's name of a type: rowversion is timestamp there.
CREATE OR REPLACE FUNCTION tsql.system_type(type jsonb) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE type ->> 'name' WHEN 'rowversion' THEN 'timestamp' ELSE type ->> 'name' END
$$;

-- Bytes that a value may take; -1 for max.
CREATE OR REPLACE FUNCTION tsql.type_bytes(type jsonb) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (CASE
        WHEN type ->> 'name' IN ('char', 'varchar', 'binary', 'varbinary')
            THEN (type ->> 'length')::int4
        WHEN type ->> 'name' IN ('nchar', 'nvarchar')
            THEN CASE WHEN (type ->> 'length')::int4 = -1 THEN -1
                 ELSE 2 * (type ->> 'length')::int4 END
        WHEN type ->> 'name' IN ('text', 'ntext', 'image', 'uniqueidentifier') THEN 16
        WHEN type ->> 'name' = 'decimal' THEN
            CASE WHEN (type ->> 'precision')::int4 < 10 THEN 5
                 WHEN (type ->> 'precision')::int4 < 20 THEN 9
                 WHEN (type ->> 'precision')::int4 < 29 THEN 13 ELSE 17 END
        WHEN type ->> 'name' IN ('time', 'datetime2', 'datetimeoffset') THEN
            CASE WHEN (type ->> 'scale')::int4 < 3 THEN 3
                 WHEN (type ->> 'scale')::int4 < 5 THEN 4 ELSE 5 END
            + CASE type ->> 'name' WHEN 'datetime2' THEN 3 WHEN 'datetimeoffset' THEN 5 ELSE 0 END
        WHEN type ->> 'name' IN ('bit', 'tinyint') THEN 1
        WHEN type ->> 'name' = 'smallint' THEN 2
        WHEN type ->> 'name' = 'date' THEN 3
        WHEN type ->> 'name' IN ('int', 'real', 'smallmoney', 'smalldatetime') THEN 4
        ELSE 8 END)::int2
$$;

CREATE OR REPLACE FUNCTION tsql.type_digits(type jsonb) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (CASE type ->> 'name'
        WHEN 'decimal' THEN (type ->> 'precision')::int4
        WHEN 'bit' THEN 1 WHEN 'tinyint' THEN 3 WHEN 'smallint' THEN 5 WHEN 'int' THEN 10
        WHEN 'bigint' THEN 19 WHEN 'money' THEN 19 WHEN 'smallmoney' THEN 10
        WHEN 'float' THEN 53 WHEN 'real' THEN 24 WHEN 'date' THEN 10
        WHEN 'datetime' THEN 23 WHEN 'smalldatetime' THEN 16
        WHEN 'time' THEN 8 + (type ->> 'scale')::int4 + sign((type ->> 'scale')::int4)
        WHEN 'datetime2' THEN 19 + (type ->> 'scale')::int4 + sign((type ->> 'scale')::int4)
        WHEN 'datetimeoffset'
            THEN 26 + (type ->> 'scale')::int4 + sign((type ->> 'scale')::int4)
        ELSE 0 END)::int2
$$;

CREATE OR REPLACE FUNCTION tsql.type_scale(type jsonb) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (CASE type ->> 'name'
        WHEN 'decimal' THEN (type ->> 'scale')::int4
        WHEN 'money' THEN 4 WHEN 'smallmoney' THEN 4 WHEN 'datetime' THEN 3
        WHEN 'time' THEN (type ->> 'scale')::int4
        WHEN 'datetime2' THEN (type ->> 'scale')::int4
        WHEN 'datetimeoffset' THEN (type ->> 'scale')::int4
        ELSE 0 END)::int2
$$;

CREATE OR REPLACE FUNCTION tsql.bit(value bool) RETURNS int2
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT value::int4::int2 $$;

-- ---------------------------------------------------------------- principals

CREATE OR REPLACE FUNCTION tsql.user_name() RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT coalesce(tsql.setting('user'), 'dbo') $$;
CREATE OR REPLACE FUNCTION tsql.user_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT p.name FROM tsql.principals AS p WHERE p.principal_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.principal_id(wanted text) RETURNS int4
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT p.principal_id FROM tsql.principals AS p WHERE lower(p.name) = lower(wanted)
$$;

-- Every role that a principal belongs to, itself and public included.
CREATE OR REPLACE FUNCTION tsql.memberships(wanted text) RETURNS SETOF int4
STABLE PARALLEL SAFE LANGUAGE sql ROWS 5 AS $$
    WITH RECURSIVE held (id) AS (
        SELECT p.principal_id FROM tsql.principals AS p WHERE lower(p.name) = lower(wanted)
        UNION
        SELECT m.role_id FROM held JOIN tsql.role_members AS m ON m.member_id = held.id
    )
    SELECT id FROM held UNION SELECT 0
$$;

-- 1 or 0; NULL when either does not exist.
CREATE OR REPLACE FUNCTION tsql.is_rolemember(role text, member text) RETURNS int4
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.principal_id(member) IS NULL THEN NULL
        ELSE (r.principal_id IN (SELECT tsql.memberships(member)))::int4 END
    FROM tsql.principals AS r
    WHERE lower(r.name) = lower(role) AND r.type = 'R'
$$;

-- The one server role that the stand-in knows members of is sysadmin: who enters as dbo.
CREATE OR REPLACE FUNCTION tsql.is_srvrolemember(role text, wanted text) RETURNS int4
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE
        WHEN lower(role) = 'public' THEN 1
        WHEN lower(role) NOT IN ('sysadmin', 'serveradmin', 'securityadmin', 'processadmin',
            'setupadmin', 'bulkadmin', 'diskadmin', 'dbcreator') THEN NULL
        WHEN lower(wanted) = 'sa' THEN 1
        WHEN lower(wanted) = lower(tsql.setting('login'))
            THEN (lower(role) = 'sysadmin' AND tsql.user_name() = 'dbo')::int4
        ELSE 0
    END
$$;

-- An application logs in as application@tenant, and its SID is that id.
CREATE OR REPLACE FUNCTION tsql.suser_sid(wanted text) RETURNS bytea
STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN lower(wanted) = 'sa' THEN '\x01'::bytea
        WHEN wanted ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@'
            THEN tsql.guid_bytes(split_part(wanted, '@', 1)::uuid)
        WHEN EXISTS (SELECT FROM tsql.principals AS p
                     WHERE lower(p.name) = lower(wanted) AND p.external_id IS NOT NULL)
            THEN (SELECT tsql.guid_bytes(p.external_id) FROM tsql.principals AS p
                  WHERE lower(p.name) = lower(wanted))
        ELSE substring(sha256(convert_to(lower(wanted), 'UTF8')) FROM 1 FOR 16) END
$$;
CREATE OR REPLACE FUNCTION tsql.suser_sname(sid bytea) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT n.name
    FROM (SELECT 'sa' UNION SELECT tsql.setting('login')
          UNION SELECT p.login FROM tsql.principals AS p) AS n (name)
    WHERE tsql.suser_sid(n.name) = sid
    LIMIT 1
$$;

-- A permission on an object, its schema or the database; DENY outweighs GRANT.
CREATE OR REPLACE FUNCTION tsql.has_permission(wanted text, object_id int4, permission text)
RETURNS bool STABLE LANGUAGE plpgsql AS $$
DECLARE
    mine int4[] := ARRAY(SELECT tsql.memberships(wanted));
    schema_wanted text := (SELECT o.schema_name FROM tsql.objects AS o
                           WHERE o.object_id = has_permission.object_id);
    named text := upper(permission);
    denied bool;
    granted bool;
BEGIN
    IF 16384 = ANY (mine) THEN
        RETURN true;
    END IF;
    SELECT bool_or(p.state = 'D'), bool_or(p.state IN ('G', 'W')) INTO denied, granted
    FROM tsql.permissions AS p
    WHERE p.grantee_id = ANY (mine) AND p.permission IN (named, 'CONTROL')
        AND (p.class = 'DATABASE'
            OR p.class = 'SCHEMA' AND lower(p.schema_name) = lower(schema_wanted)
            OR p.class = 'OBJECT' AND p.object_id = has_permission.object_id);
    IF denied OR named = 'SELECT' AND 16392 = ANY (mine)
        OR named IN ('INSERT', 'UPDATE', 'DELETE') AND 16393 = ANY (mine)
    THEN
        RETURN false;
    END IF;
    RETURN coalesce(granted, false) OR named = 'SELECT' AND 16390 = ANY (mine)
        OR named IN ('INSERT', 'UPDATE', 'DELETE') AND 16391 = ANY (mine);
END $$;

CREATE OR REPLACE FUNCTION tsql.has_perms_by_name(securable text, class text, permission text)
RETURNS int4 STABLE LANGUAGE plpgsql AS $$
DECLARE
    id int4;
    named text := CASE WHEN upper(permission) = 'ANY' THEN 'CONNECT' ELSE upper(permission) END;
BEGIN
    IF class IS NULL OR lower(class) IN ('server', 'database') THEN
        IF tsql.is_rolemember('db_owner', tsql.user_name()) = 1 OR named = 'CONNECT' THEN
            RETURN 1;
        END IF;
        RETURN coalesce((
            SELECT bool_and(p.state <> 'D')::int4 FROM tsql.permissions AS p
            WHERE p.class = 'DATABASE' AND p.permission IN (named, 'CONTROL')
                AND p.grantee_id IN (SELECT tsql.memberships(tsql.user_name()))), 0);
    ELSIF lower(class) = 'object' THEN
        id := tsql.object_id(securable);
        RETURN CASE WHEN id IS NOT NULL
            THEN tsql.has_permission(tsql.user_name(), id, named)::int4 END;
    ELSIF lower(class) = 'schema' THEN
        IF tsql.schema_id(securable) IS NULL THEN
            RETURN NULL;
        ELSIF tsql.is_rolemember('db_owner', tsql.user_name()) = 1 THEN
            RETURN 1;
        END IF;
        RETURN coalesce((
            SELECT bool_and(p.state <> 'D')::int4 FROM tsql.permissions AS p
            WHERE (p.class = 'DATABASE'
                OR p.class = 'SCHEMA' AND lower(p.schema_name) = lower(securable))
                AND p.permission IN (named, 'CONTROL')
                AND p.grantee_id IN (SELECT tsql.memberships(tsql.user_name()))), 0);
    END IF;
    RETURN NULL;
END $$;
