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
