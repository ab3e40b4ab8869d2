-- Temporary tables are PostgreSQL's own. What T-SQL knows of them stands in a temporary table, too:
-- a session sees its own only, and ROLLBACK brings both back together.

CREATE OR REPLACE FUNCTION tsql.prepare_temporary() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('pg_temp.tsql_objects') IS NULL THEN
        CREATE TEMPORARY TABLE tsql_objects (LIKE tsql.objects INCLUDING DEFAULTS);
        ALTER TABLE pg_temp.tsql_objects
            ALTER object_id SET DEFAULT -nextval('tsql.object_id_seq');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tsql.temporary_objects() RETURNS SETOF tsql.objects
STABLE PARALLEL RESTRICTED LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('pg_temp.tsql_objects') IS NOT NULL THEN
        RETURN QUERY EXECUTE 'SELECT * FROM pg_temp.tsql_objects';
    END IF;
END $$;

-- Another table of that name begins or ends in an inner scope: the outer one steps aside, or back.
CREATE OR REPLACE FUNCTION tsql.rename_temporary(id int4, old text, new text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    pg_name text;
    pg_new text;
BEGIN
    EXECUTE format('ALTER TABLE pg_temp.%I RENAME TO %I', tsql.mangle(old), tsql.mangle(new));
    FOR pg_name IN
        SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = format('pg_temp.%I', tsql.mangle(new))::regclass
    LOOP
        -- Names of indexes are their own; a number in front keeps those of both tables apart.
        pg_new := CASE WHEN starts_with(pg_name, id || ' ')
            THEN substr(pg_name, length(id::text) + 2) ELSE id || ' ' || pg_name END;
        EXECUTE format('ALTER INDEX pg_temp.%I RENAME TO %I', pg_name, pg_new);
    END LOOP;
    EXECUTE 'UPDATE pg_temp.tsql_objects SET name = $1 WHERE object_id = $2' USING new, id;
END $$;

-- The row type of a table variable in a function: its name tells its content.
CREATE OR REPLACE FUNCTION tsql.make_row_type(name text, create_text text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regtype(name) IS NULL THEN
        EXECUTE create_text;
    END IF;
END $$;
