-- JSON_VALUE, JSON_QUERY, JSON_MODIFY, OPENJSON and what FOR JSON needs.
-- The type json keeps the text as it was written; jsonb would not.

CREATE OR REPLACE FUNCTION tsql.isjson(doc text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (doc IS JSON OBJECT OR doc IS JSON ARRAY)::int4
$$;

-- The first character at which a text stops being JSON, counted from 0.
CREATE OR REPLACE FUNCTION tsql.json_break(doc text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    place int4 := 1;
    size int4 := length(doc);
    stack text := '';
    expects text := 'value'; -- value, first (value or ]), key, firstkey (key or }), colon, after
    ch text;
    token text;
BEGIN
    LOOP
        place := place + length(substring(substr(doc, place) FROM '^[ \t\r\n]*'));
        IF place > size THEN
            RETURN size;
        END IF;
        ch := substr(doc, place, 1);
        IF expects IN ('value', 'first') THEN
            IF ch = ']' AND expects = 'first' THEN
                stack := left(stack, -1);
                expects := 'after';
                place := place + 1;
            ELSIF ch IN ('{', '[') THEN
                stack := stack || ch;
                expects := CASE ch WHEN '{' THEN 'firstkey' ELSE 'first' END;
                place := place + 1;
            ELSIF stack = '' THEN
                RETURN place - 1;
            ELSE
                token := substring(substr(doc, place) FROM
                    '^("([^"\\\x01-\x1f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|true|false|null'
                    '|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)');
                IF token IS NULL THEN
                    RETURN place - 1;
                END IF;
                place := place + length(token);
                expects := 'after';
            END IF;
        ELSIF expects IN ('key', 'firstkey') THEN
            IF ch = '}' AND expects = 'firstkey' THEN
                stack := left(stack, -1);
                expects := 'after';
                place := place + 1;
            ELSE
                token := substring(substr(doc, place) FROM
                    '^"(?:[^"\\\x01-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"');
                IF token IS NULL THEN
                    RETURN place - 1;
                END IF;
                place := place + length(token);
                expects := 'colon';
            END IF;
        ELSIF expects = 'colon' THEN
            IF ch <> ':' THEN
                RETURN place - 1;
            END IF;
            expects := 'value';
            place := place + 1;
        ELSE
            IF stack = '' THEN
                RETURN place - 1;
            ELSIF ch = ',' THEN
                expects := CASE right(stack, 1) WHEN '{' THEN 'key' ELSE 'value' END;
            ELSIF ch = (CASE right(stack, 1) WHEN '{' THEN '}' ELSE ']' END) THEN
                stack := left(stack, -1);
            ELSE
                RETURN place - 1;
            END IF;
            place := place + 1;
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION tsql.raise_bad_json(doc text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place int4 := tsql.json_break(doc);
    ch text := substr(doc, place + 1, 1);
BEGIN
    PERFORM tsql.raise(13609, 'JSON text is not properly formatted. Unexpected character '''
        || CASE WHEN ch = '' THEN '.' ELSE ch END || ''' is found at position ' || place || '.',
        16, 4);
END $$;

-- A text as json; anything but an object or an array is error 13609.
CREATE OR REPLACE FUNCTION tsql.json_document(doc text) RETURNS json
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF doc IS JSON OBJECT OR doc IS JSON ARRAY THEN
        RETURN doc::json;
    END IF;
    PERFORM tsql.raise_bad_json(doc);
END $$;

-- ---------------------------------------------------------------- paths known only at run time

CREATE OR REPLACE FUNCTION tsql.json_strict(path text) RETURNS bool
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT ltrim(path) LIKE 'strict %' $$;

-- The path of JSON_MODIFY may say `append` first.
CREATE OR REPLACE FUNCTION tsql.json_appends(path text) RETURNS bool
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT lower(ltrim(path)) LIKE 'append %' $$;

CREATE OR REPLACE FUNCTION tsql.json_target(path text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT regexp_replace(path, '^ *append +', '', 'i')
$$;

CREATE OR REPLACE FUNCTION tsql.json_path(path text) RETURNS text[]
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    rest text := regexp_replace(path, '^ *((lax|strict) +)?', '');
    place int4 := length(path) - length(rest);
    steps text[] := '{}';
    parts text[];
BEGIN
    IF left(rest, 1) = '$' THEN
        rest := substr(rest, 2);
        place := place + 1;
        WHILE rest <> '' LOOP
            parts := regexp_match(rest, '^(?:\."([^"]*)"|\.([[:alnum:]_$]+)|\[(\d+)\])');
            EXIT WHEN parts IS NULL;
            steps := steps || coalesce(parts[1], parts[2], parts[3]);
            parts := regexp_match(rest, '^(\."[^"]*"|\.[[:alnum:]_$]+|\[\d+\])');
            place := place + length(parts[1]);
            rest := substr(rest, length(parts[1]) + 1);
        END LOOP;
        IF rest = '' THEN
            RETURN steps;
        END IF;
    END IF;
    PERFORM tsql.raise(13607, 'JSON path is not properly formatted. Unexpected character '''
        || CASE WHEN rest = '' THEN '.' ELSE left(rest, 1) END || ''' is found at position '
        || place || '.', 16, 3);
END $$;

CREATE OR REPLACE FUNCTION tsql.raise_no_property() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tsql.raise(13608, 'Property cannot be found on the specified JSON path.', 16, 5);
END $$;

-- ---------------------------------------------------------------- reading

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

-- ---------------------------------------------------------------- writing

-- A string as the inside of a JSON string; SQL Server escapes the solidus too.
CREATE OR REPLACE FUNCTION tsql.json_escape(value text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    quoted text;
BEGIN
    IF value !~ '[\x01-\x1f"\\/]' THEN
        RETURN value;
    END IF;
    quoted := to_json(value)::text;
    RETURN replace(substr(quoted, 2, length(quoted) - 2), '/', '\/');
END $$;

-- Sets, removes or appends to the value at a path. Blanks between the tokens are not kept.
CREATE OR REPLACE FUNCTION tsql.json_modify(
    doc text, path text[], strict_path bool, appends bool, value text
) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    node json;
BEGIN
    IF doc IS NULL THEN
        RETURN NULL;
    END IF;
    node := tsql.json_document(doc);
    RETURN tsql.json_modified(node, path, strict_path, appends, value);
END $$;

CREATE OR REPLACE FUNCTION tsql.json_modified(
    node json, path text[], strict_path bool, appends bool, value text
) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    kind text := json_typeof(node);
    result text := '';
    member record;
    found bool := false;
    place int4 := 0;
    piece text;
BEGIN
    IF path = '{}' THEN
        IF appends AND kind = 'array' THEN
            result := left(btrim(node::text), -1);
            RETURN result || CASE WHEN json_array_length(node) > 0 THEN ',' ELSE '' END
                || coalesce(value, 'null') || ']';
        ELSIF appends THEN
            PERFORM tsql.raise(13621, 'Array cannot be found in the specified JSON path.', 16, 1);
        END IF;
        RETURN coalesce(value, CASE WHEN strict_path THEN 'null' END);
    END IF;
    IF kind = 'object' THEN
        FOR member IN SELECT o.name, o.item FROM json_each(node) AS o (name, item) LOOP
            piece := member.item::text;
            IF member.name = path[1] AND NOT found THEN
                found := true;
                piece := tsql.json_modified(member.item, path[2:], strict_path, appends, value);
                CONTINUE WHEN piece IS NULL; -- lax: NULL removes the property
            END IF;
            result := result || ',' || to_json(member.name)::text || ':' || piece;
        END LOOP;
        IF NOT found THEN
            IF strict_path THEN
                PERFORM tsql.raise_no_property();
            ELSIF cardinality(path) = 1 AND value IS NOT NULL THEN
                result := result || ',' || to_json(path[1])::text || ':'
                    || CASE WHEN appends THEN '[' || value || ']' ELSE value END;
            END IF;
        END IF;
        RETURN '{' || substr(result, 2) || '}';
    ELSIF kind = 'array' THEN
        FOR member IN SELECT a.item FROM json_array_elements(node) AS a (item) LOOP
            piece := member.item::text;
            IF place::text = path[1] THEN
                found := true;
                piece := coalesce(
                    tsql.json_modified(member.item, path[2:], strict_path, appends, value), 'null');
            END IF;
            place := place + 1;
            result := result || ',' || piece;
        END LOOP;
        IF NOT found AND strict_path THEN
            PERFORM tsql.raise_no_property();
        END IF;
        RETURN '[' || substr(result, 2) || ']';
    END IF;
    IF strict_path THEN
        PERFORM tsql.raise_no_property();
    END IF;
    RETURN node::text;
END $$;

-- JSON_PATH_EXISTS: no error of the path, none of the text.
CREATE OR REPLACE FUNCTION tsql.json_path_exists(doc text, path text[], strict_path bool)
RETURNS int4 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN doc IS JSON THEN (doc::json #> path IS NOT NULL)::int4 ELSE 0 END
$$;
