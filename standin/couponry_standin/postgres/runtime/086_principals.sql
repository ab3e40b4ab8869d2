-- Principals, roles and permissions.

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
        id := tsql.find_object(securable, NULL);
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
