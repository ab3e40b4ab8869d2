-- Catalogue views: principals and permissions.

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
