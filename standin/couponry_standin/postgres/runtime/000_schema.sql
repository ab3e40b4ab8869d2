-- The catalogue of a T-SQL database and the function that raises T-SQL's errors.
-- Every T-SQL database is a copy of a template that these files made.

CREATE SCHEMA IF NOT EXISTS tsql;
CREATE SCHEMA IF NOT EXISTS sys;
CREATE SCHEMA IF NOT EXISTS tsql_is;
CREATE SCHEMA IF NOT EXISTS dbo;

CREATE SEQUENCE IF NOT EXISTS tsql.object_id_seq AS int4 START WITH 901578250 INCREMENT BY 16;
CREATE SEQUENCE IF NOT EXISTS tsql.principal_id_seq AS int4 START WITH 5;
-- One cache of one: a row version that is taken later must be the greater one.
CREATE SEQUENCE IF NOT EXISTS tsql.rowversion_seq AS int8 START WITH 2001;

CREATE TABLE IF NOT EXISTS tsql.objects (
    object_id int4 PRIMARY KEY DEFAULT nextval('tsql.object_id_seq'),
    schema_name text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    parent_object_id int4 NOT NULL DEFAULT 0,
    definition text,
    doc jsonb NOT NULL DEFAULT '{}',
    create_date timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC'),
    modify_date timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')
);
CREATE UNIQUE INDEX IF NOT EXISTS objects_name
    ON tsql.objects (lower(schema_name), lower(name));
CREATE INDEX IF NOT EXISTS objects_parent ON tsql.objects (parent_object_id);

CREATE TABLE IF NOT EXISTS tsql.schemas (
    schema_id int4 PRIMARY KEY,
    name text NOT NULL,
    owner text NOT NULL DEFAULT 'dbo'
);
CREATE UNIQUE INDEX IF NOT EXISTS schemas_name ON tsql.schemas (lower(name));

CREATE TABLE IF NOT EXISTS tsql.principals (
    principal_id int4 PRIMARY KEY DEFAULT nextval('tsql.principal_id_seq'),
    name text NOT NULL,
    type text NOT NULL,
    login text,
    owner text,
    is_fixed bool NOT NULL DEFAULT false,
    create_date timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')
);
CREATE UNIQUE INDEX IF NOT EXISTS principals_name ON tsql.principals (lower(name));
-- Of users FROM EXTERNAL PROVIDER: the object id that they were made with, else the id of the first
-- access token that came in their name.
ALTER TABLE tsql.principals ADD COLUMN IF NOT EXISTS external_id uuid;
CREATE UNIQUE INDEX IF NOT EXISTS principals_external_id ON tsql.principals (external_id);

CREATE TABLE IF NOT EXISTS tsql.role_members (
    role_id int4 NOT NULL REFERENCES tsql.principals ON DELETE CASCADE,
    member_id int4 NOT NULL REFERENCES tsql.principals ON DELETE CASCADE,
    PRIMARY KEY (role_id, member_id)
);

CREATE TABLE IF NOT EXISTS tsql.permissions (
    class text NOT NULL,
    object_id int4 NOT NULL DEFAULT 0,
    schema_name text NOT NULL DEFAULT '',
    permission text NOT NULL,
    state text NOT NULL,
    grantee_id int4 NOT NULL REFERENCES tsql.principals ON DELETE CASCADE,
    PRIMARY KEY (class, object_id, schema_name, permission, grantee_id)
);

CREATE TABLE IF NOT EXISTS tsql.options (
    name text PRIMARY KEY,
    value text
);

-- Used in the database master only.
CREATE TABLE IF NOT EXISTS tsql.logins (
    name text PRIMARY KEY,
    password text,
    default_database text NOT NULL DEFAULT 'master',
    disabled bool NOT NULL DEFAULT false
);

INSERT INTO tsql.schemas (schema_id, name, owner) VALUES
    (1, 'dbo', 'dbo'), (2, 'guest', 'guest'), (3, 'INFORMATION_SCHEMA', 'INFORMATION_SCHEMA'),
    (4, 'sys', 'sys')
ON CONFLICT DO NOTHING;

INSERT INTO tsql.principals (principal_id, name, type, login, owner, is_fixed) VALUES
    (0, 'public', 'R', NULL, 'dbo', false),
    (1, 'dbo', 'S', 'sa', NULL, false),
    (2, 'guest', 'S', NULL, NULL, false),
    (3, 'INFORMATION_SCHEMA', 'S', NULL, NULL, false),
    (4, 'sys', 'S', NULL, NULL, false),
    (16384, 'db_owner', 'R', NULL, 'dbo', true),
    (16385, 'db_accessadmin', 'R', NULL, 'dbo', true),
    (16386, 'db_securityadmin', 'R', NULL, 'dbo', true),
    (16387, 'db_ddladmin', 'R', NULL, 'dbo', true),
    (16389, 'db_backupoperator', 'R', NULL, 'dbo', true),
    (16390, 'db_datareader', 'R', NULL, 'dbo', true),
    (16391, 'db_datawriter', 'R', NULL, 'dbo', true),
    (16392, 'db_denydatareader', 'R', NULL, 'dbo', true),
    (16393, 'db_denydatawriter', 'R', NULL, 'dbo', true)
ON CONFLICT DO NOTHING;

INSERT INTO tsql.role_members (role_id, member_id) VALUES (16384, 1) ON CONFLICT DO NOTHING;

INSERT INTO tsql.options (name, value) VALUES
    ('COLLATION', 'SQL_Latin1_General_CP1_CI_AS'),
    ('COMPATIBILITY_LEVEL', '160'),
    ('READ_COMMITTED_SNAPSHOT', 'OFF'),
    ('ALLOW_SNAPSHOT_ISOLATION', 'OFF'),
    ('RECOVERY', 'FULL')
ON CONFLICT DO NOTHING;

-- DETAIL carries number, severity and state; error_of reads them back.
CREATE OR REPLACE FUNCTION tsql.raise(
    number int4, message text, severity int4 DEFAULT 16, state int4 DEFAULT 1
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'TS000',
        MESSAGE = coalesce(message, ''),
        DETAIL = number || ',' || severity || ',' || state;
END $$;
