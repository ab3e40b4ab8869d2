-- What is where: databases, schemas, objects and their names.

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

-- The number of an object, whoever asks.
CREATE OR REPLACE FUNCTION tsql.find_object(name text, type text) RETURNS int4
STABLE PARALLEL RESTRICTED LANGUAGE plpgsql AS $$
DECLARE
    parts text[] := tsql.name_parts(name);
    n int4 := cardinality(parts);
    result int4;
BEGIN
    IF n = 3 AND lower(parts[1]) = 'tempdb' AND parts[3] LIKE '#%' THEN
        SELECT o.object_id INTO result FROM tsql.temporary_objects() AS o
        WHERE o.type = 'U' AND lower(o.name) = lower(parts[3])
            AND (find_object.type IS NULL OR upper(find_object.type) = 'U');
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
        AND (find_object.type IS NULL OR upper(btrim(find_object.type)) = o.type);
    IF result IS NULL AND lower(coalesce(parts[n - 1], 'sys')) IN ('sys', '') THEN
        SELECT v.object_id INTO result FROM sys.system_objects AS v
        WHERE v.name = lower(parts[n]) AND lower(parts[n - 1]) = 'sys';
    END IF;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION tsql.object_id(name text, type text) RETURNS int4
STABLE PARALLEL RESTRICTED LANGUAGE plpgsql AS $$
DECLARE
    found int4 := tsql.find_object(name, type);
BEGIN
    -- Temporary tables and the system's own views are nobody's secret.
    RETURN CASE WHEN tsql.sees_all() OR EXISTS (SELECT FROM tsql.seen AS o WHERE o.object_id = found)
        OR NOT EXISTS (SELECT FROM tsql.objects AS o WHERE o.object_id = found) THEN found END;
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
    SELECT o.name FROM tsql.seen AS o WHERE o.object_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.object_name(id int4, database int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.name FROM tsql.seen AS o WHERE o.object_id = id AND database = tsql.db_id()
$$;
CREATE OR REPLACE FUNCTION tsql.object_schema_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.schema_name FROM tsql.seen AS o WHERE o.object_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.object_schema_name(id int4, database int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT o.schema_name FROM tsql.seen AS o
    WHERE o.object_id = id AND database = tsql.db_id()
$$;
CREATE OR REPLACE FUNCTION tsql.object_definition(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(o.definition, o.doc ->> 'definition') FROM tsql.seen AS o
    WHERE o.object_id = id AND tsql.may_read_text(coalesce(nullif(o.parent_object_id, 0), id))
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
