-- The catalogue tells each user of what he has a permission on, as SQL Server's does: names of
-- objects, their columns, keys and constraints. Who may define or grant sees all. Types are for
-- everybody.

CREATE OR REPLACE FUNCTION tsql.sees_all() RETURNS bool STABLE LANGUAGE plpgsql AS $$
DECLARE
    mine int4[];
BEGIN
    IF tsql.user_name() = 'dbo' THEN
        RETURN true;
    END IF;
    mine := ARRAY(SELECT tsql.memberships(tsql.user_name()));
    -- db_owner, db_securityadmin, db_ddladmin
    RETURN mine && ARRAY[16384, 16386, 16387] OR coalesce((
        SELECT bool_and(p.state <> 'D') FROM tsql.permissions AS p
        WHERE p.class = 'DATABASE' AND p.permission IN ('CONTROL', 'ALTER', 'VIEW DEFINITION')
            AND p.grantee_id = ANY (mine)), false);
END $$;

-- Whether a permission is one on objects of a type: EXECUTE on a database reaches no table.
CREATE OR REPLACE FUNCTION tsql.concerns(permission text, type text) RETURNS bool
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE
        WHEN permission IN ('CONTROL', 'ALTER', 'VIEW DEFINITION', 'TAKE OWNERSHIP') THEN true
        WHEN permission = 'EXECUTE' THEN type IN ('P', 'FN')
        WHEN permission IN ('SELECT', 'REFERENCES') THEN type IN ('U', 'V', 'IF', 'TF')
        WHEN permission IN ('INSERT', 'UPDATE', 'DELETE') THEN type IN ('U', 'V', 'SO')
        ELSE false END
$$;

CREATE OR REPLACE FUNCTION tsql.seen_ids() RETURNS SETOF int4 STABLE LANGUAGE plpgsql AS $$
DECLARE
    mine int4[] := ARRAY(SELECT tsql.memberships(tsql.user_name()));
BEGIN
    RETURN QUERY
    WITH held AS (
        SELECT p.* FROM tsql.permissions AS p WHERE p.grantee_id = ANY (mine)
        UNION ALL
        -- db_datareader, db_datawriter
        SELECT 'DATABASE', 0, '', r.permission, 'G', 0
        FROM (VALUES (16390, 'SELECT'), (16391, 'INSERT')) AS r (role, permission)
        WHERE r.role = ANY (mine)
    ), reached AS (
        SELECT o.object_id, h.permission, h.state
        FROM tsql.objects AS o
        JOIN held AS h ON h.class = 'DATABASE'
            OR h.class = 'SCHEMA' AND lower(h.schema_name) = lower(o.schema_name)
            OR h.class = 'OBJECT' AND h.object_id = o.object_id
        WHERE o.parent_object_id = 0 AND tsql.concerns(h.permission, o.type)
    )
    SELECT DISTINCT g.object_id FROM reached AS g
    WHERE g.state <> 'D' AND NOT EXISTS (
        SELECT FROM reached AS d
        WHERE d.object_id = g.object_id AND d.state = 'D'
            AND d.permission IN (g.permission, 'CONTROL'));
END $$;

CREATE OR REPLACE VIEW tsql.seen AS
SELECT o.* FROM tsql.objects AS o
WHERE (SELECT tsql.sees_all()) OR o.type IN ('TT', 'AL')
    OR coalesce(nullif(o.parent_object_id, 0), o.object_id) IN (SELECT tsql.seen_ids());

-- The text of a module is told to those who may define it, not to those who may use it.
CREATE OR REPLACE FUNCTION tsql.may_read_text(id int4) RETURNS bool STABLE LANGUAGE sql AS $$
    SELECT tsql.sees_all() OR tsql.has_permission(tsql.user_name(), id, 'VIEW DEFINITION')
        OR tsql.has_permission(tsql.user_name(), id, 'ALTER')
$$;
