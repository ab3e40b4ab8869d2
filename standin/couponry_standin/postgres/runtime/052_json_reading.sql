-- JSON_VALUE, JSON_QUERY and OPENJSON.

CREATE OR REPLACE FUNCTION tsql.json_value(doc text, path text[], strict_path bool) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    found json := tsql.json_document(doc) #> path;
    kind text := json_typeof(found);
    result text;
BEGIN
    IF kind IS NULL THEN
        IF strict_path THEN
            PERFORM tsql.raise_no_property();
        END IF;
        RETURN NULL;
    END IF;
    IF kind IN ('object', 'array') THEN
        IF strict_path THEN
            PERFORM tsql.raise(13623,
                'Scalar value cannot be found in the specified JSON path.', 16, 2);
        END IF;
        RETURN NULL;
    END IF;
    result := found #>> '{}';
    IF octet_length(result) > 4000 AND tsql.units(result) > 4000 THEN
        IF strict_path THEN
            PERFORM tsql.raise(13625, 'String value in the specified JSON path would be '
                'truncated.', 16, 1);
        END IF;
        RETURN NULL;
    END IF;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION tsql.json_query(doc text, path text[], strict_path bool) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    found json := tsql.json_document(doc) #> path;
    kind text := json_typeof(found);
BEGIN
    IF kind IN ('object', 'array') THEN
        RETURN btrim(found::text, E' \t\r\n');
    ELSIF strict_path AND kind IS NULL THEN
        PERFORM tsql.raise_no_property();
    ELSIF strict_path THEN
        PERFORM tsql.raise(13624,
            'Object or array cannot be found in the specified JSON path.', 16, 2);
    END IF;
    RETURN NULL;
END $$;

-- A scalar as text, strings unescaped; objects, arrays and null give NULL.
CREATE OR REPLACE FUNCTION tsql.json_text(element json) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE json_typeof(element)
        WHEN 'object' THEN NULL WHEN 'array' THEN NULL ELSE element #>> '{}' END
$$;

-- The same of a property; a string that only looks like an object costs a second look.
CREATE OR REPLACE FUNCTION tsql.json_member(element json, name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN left(element ->> name, 1) IN ('{', '[')
            AND json_typeof(element -> name) IN ('object', 'array') THEN NULL
        ELSE element ->> name END
$$;

CREATE OR REPLACE FUNCTION tsql.json_scalar_strict(element json, path text[]) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    kind text := json_typeof(element #> path);
BEGIN
    IF kind IS NULL THEN
        PERFORM tsql.raise_no_property();
    ELSIF kind IN ('object', 'array') THEN
        PERFORM tsql.raise(13623,
            'Scalar value cannot be found in the specified JSON path.', 16, 2);
    END IF;
    RETURN element #>> path;
END $$;

CREATE OR REPLACE FUNCTION tsql.json_fragment(element json, path text[], strict_path bool)
RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    found json := element #> path;
    kind text := json_typeof(found);
BEGIN
    IF kind IN ('object', 'array') THEN
        RETURN btrim(found::text, E' \t\r\n');
    ELSIF strict_path AND kind IS NULL THEN
        PERFORM tsql.raise_no_property();
    ELSIF strict_path THEN
        PERFORM tsql.raise(13624,
            'Object or array cannot be found in the specified JSON path.', 16, 2);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tsql.base64_bytes(value text) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT decode(value, 'base64') $$;

-- What OPENJSON opens: the object or array at the path, NULL when a lax path finds none.
CREATE OR REPLACE FUNCTION tsql.json_opened(doc text, path text) RETURNS json
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    found json;
    kind text;
BEGIN
    IF doc IS NULL THEN
        RETURN NULL;
    END IF;
    found := tsql.json_document(doc);
    IF path IS NULL OR path = '$' THEN
        RETURN found;
    END IF;
    found := found #> tsql.json_path(path);
    kind := json_typeof(found);
    IF kind IN ('object', 'array') THEN
        RETURN found;
    ELSIF tsql.json_strict(path) AND kind IS NULL THEN
        PERFORM tsql.raise_no_property();
    ELSIF tsql.json_strict(path) THEN
        PERFORM tsql.raise(13611, 'Value referenced by JSON path is not an array or object and '
            'cannot be opened with OPENJSON.', 16, 1);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION tsql.openjson(doc text, path text)
RETURNS TABLE (key text, value text, type int2)
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql ROWS 100 AS $$
DECLARE
    opened json := tsql.json_opened(doc, path);
BEGIN
    IF opened IS NULL THEN
        RETURN;
    ELSIF json_typeof(opened) = 'array' THEN
        RETURN QUERY
            SELECT (e.place - 1)::text,
                CASE e.kind WHEN 'null' THEN NULL WHEN 'string' THEN e.item #>> '{}'
                    ELSE btrim(e.item::text, E' \t\r\n') END,
                tsql.json_kind(e.kind)
            FROM (SELECT a.item, a.place, json_typeof(a.item) AS kind
                  FROM json_array_elements(opened) WITH ORDINALITY AS a (item, place)) AS e;
    ELSE
        RETURN QUERY
            SELECT e.name,
                CASE e.kind WHEN 'null' THEN NULL WHEN 'string' THEN e.item #>> '{}'
                    ELSE btrim(e.item::text, E' \t\r\n') END,
                tsql.json_kind(e.kind)
            FROM (SELECT o.name, o.item, json_typeof(o.item) AS kind
                  FROM json_each(opened) AS o (name, item)) AS e;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tsql.json_kind(name text) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE name WHEN 'null' THEN 0 WHEN 'string' THEN 1 WHEN 'number' THEN 2
        WHEN 'boolean' THEN 3 WHEN 'array' THEN 4 ELSE 5 END::int2
$$;

-- The rows of OPENJSON … WITH: the elements of an array, or the one object.
CREATE OR REPLACE FUNCTION tsql.json_elements(doc text, path text) RETURNS SETOF json
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql ROWS 100 AS $$
DECLARE
    opened json := tsql.json_opened(doc, path);
BEGIN
    IF opened IS NULL THEN
        RETURN;
    ELSIF json_typeof(opened) = 'array' THEN
        RETURN QUERY SELECT json_array_elements(opened);
    ELSE
        RETURN NEXT opened;
    END IF;
END $$;

-- JSON_PATH_EXISTS: no error of the path, none of the text.
CREATE OR REPLACE FUNCTION tsql.json_path_exists(doc text, path text[], strict_path bool)
RETURNS int4 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN doc IS JSON THEN (doc::json #> path IS NOT NULL)::int4 ELSE 0 END
$$;
