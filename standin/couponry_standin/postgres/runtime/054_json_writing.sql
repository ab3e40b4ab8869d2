-- FOR JSON and JSON_MODIFY.

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
