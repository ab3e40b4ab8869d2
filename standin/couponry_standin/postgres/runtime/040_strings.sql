-- Built-in functions of strings, beyond PostgreSQL's own.

CREATE OR REPLACE FUNCTION tsql.txt(value bpchar) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT (value::tsql.padded)::text $$;

CREATE OR REPLACE FUNCTION tsql.subbytes(value bytea, start int8, size int8) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    first int8 := greatest(start, 1);
    past int8 := least(start + size, 2147483647);
BEGIN
    IF size < 0 THEN
        PERFORM tsql.raise(537,
            'Invalid length parameter passed to the LEFT or SUBSTRING function.', 16, 3);
    END IF;
    IF past <= first THEN
        RETURN '\x';
    END IF;
    RETURN substring(value FROM first::int4 FOR (past - first)::int4);
END $$;

CREATE OR REPLACE FUNCTION tsql.translate(value text, source text, target text, fold bool)
RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    olds text;
    news text;
BEGIN
    IF length(source) <> length(target) THEN
        PERFORM tsql.raise(9828, 'The second and third arguments of the TRANSLATE built-in '
            'function must contain an equal number of characters.', 16, 1);
    END IF;
    IF fold THEN
        -- Each in both cases before the next: the first of equals is the one that counts.
        SELECT string_agg(v.old, '' ORDER BY c.place), string_agg(c.new, '' ORDER BY c.place)
        INTO olds, news
        FROM ROWS FROM (string_to_table(source, NULL), string_to_table(target, NULL))
            WITH ORDINALITY AS c (old, new, place)
        CROSS JOIN LATERAL (VALUES (c.old), (lower(c.old)), (upper(c.old))) AS v (old)
        WHERE length(v.old) = 1;
        RETURN translate(value, olds, news);
    END IF;
    RETURN translate(value, source, target);
END $$;

CREATE OR REPLACE FUNCTION tsql.char(code int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF code NOT BETWEEN 0 AND 255 THEN
        RETURN NULL;
    END IF;
    RETURN tsql.cp1252_text(set_byte('\x00', 0, code));
END $$;

CREATE OR REPLACE FUNCTION tsql.nchar(code int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN code NOT BETWEEN 1 AND 65535 THEN NULL
        WHEN code BETWEEN 55296 AND 57343 THEN chr(65533) ELSE chr(code) END
$$;

CREATE OR REPLACE FUNCTION tsql.ascii(value text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN value <> '' THEN get_byte(tsql.cp1252(left(value, 1)), 0) END
$$;

CREATE OR REPLACE FUNCTION tsql.unicode(value text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN value = '' THEN NULL
        WHEN ascii(value) > 65535 THEN 55296 + ((ascii(value) - 65536) >> 10)
        ELSE ascii(value) END
$$;

CREATE OR REPLACE FUNCTION tsql.str(value numeric, width int4, places int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    digits text;
    room int4;
BEGIN
    IF width NOT BETWEEN 1 AND 8000 OR places < 0 THEN
        RETURN NULL;
    END IF;
    IF length(trunc(value)::text) > width THEN
        RETURN repeat('*', width);
    END IF;
    room := width - length(trunc(value)::text) - 1;
    digits := round(value, greatest(least(places, 16, room), 0))::text;
    RETURN lpad(digits, width);
END $$;

CREATE OR REPLACE FUNCTION tsql.quotename(value text, mark text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE
        WHEN length(value) > 128 THEN NULL
        WHEN left(mark, 1) IN ('[', ']', '') THEN '[' || replace(value, ']', ']]') || ']'
        WHEN left(mark, 1) IN ('''', '"', '`')
            THEN left(mark, 1) || replace(value, left(mark, 1), repeat(left(mark, 1), 2))
                || left(mark, 1)
        WHEN left(mark, 1) IN ('(', ')') THEN '(' || replace(value, ')', '))') || ')'
        WHEN left(mark, 1) IN ('<', '>') THEN '<' || replace(value, '>', '>>') || '>'
        WHEN left(mark, 1) IN ('{', '}') THEN '{' || replace(value, '}', '}}') || '}'
    END
$$;

CREATE OR REPLACE FUNCTION tsql.soundex(value text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := upper(substring(value FROM '^[A-Za-z]+'));
    codes text;
BEGIN
    IF word IS NULL THEN
        RETURN '0000';
    END IF;
    -- H and W do not part equal codes, vowels do.
    codes := translate(word, 'HW', '');
    codes := CASE WHEN left(word, 1) IN ('H', 'W') THEN left(word, 1) ELSE '' END || codes;
    codes := translate(codes, 'BFPVCGJKQSXZDTLMNRAEIOUYHW', '11112222222233455600000000');
    codes := regexp_replace(codes, '(.)\1+', '\1', 'g');
    RETURN rpad(left(word, 1) || replace(substr(codes, 2), '0', ''), 4, '0');
END $$;

CREATE OR REPLACE FUNCTION tsql.difference(a text, b text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT count(*)::int4 FROM generate_series(1, 4) AS i
    WHERE substr(rpad(left(tsql.soundex(a), 4), 4), i, 1)
        = substr(rpad(left(tsql.soundex(b), 4), 4), i, 1)
$$;

-- STRING_SPLIT with its ordinal.
CREATE OR REPLACE FUNCTION tsql.string_split(value text, separator text)
RETURNS TABLE (value_ text, ordinal int8)
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql ROWS 10 AS $$
BEGIN
    IF separator IS NULL OR tsql.units(separator) <> 1 THEN
        PERFORM tsql.raise(214, 'Procedure expects parameter ''separator'' of type '
            '''nchar(1)/nvarchar(1)''.', 16, 11);
    END IF;
    IF value = '' THEN
        RETURN QUERY SELECT ''::text, 1::int8;
        RETURN;
    END IF;
    RETURN QUERY SELECT t.part, t.place
        FROM string_to_table(value, separator) WITH ORDINALITY AS t (part, place);
END $$;

-- GENERATE_SERIES gets nowhere by steps of nothing.
CREATE OR REPLACE FUNCTION tsql.series_step(step numeric) RETURNS numeric
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF step = 0 THEN
        PERFORM tsql.raise(4199,
            'Argument value 0 is invalid for argument 3 of generate_series function.', 16, 1);
    END IF;
    RETURN step;
END $$;

CREATE OR REPLACE FUNCTION tsql.check_joined(value text, units int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) > units AND tsql.units(value) > units THEN
        PERFORM tsql.raise(9829, 'STRING_AGG aggregation result exceeded the limit of 8000 bytes. '
            'Use LOB types to avoid result truncation.', 16, 1);
    END IF;
    RETURN value;
END $$;
