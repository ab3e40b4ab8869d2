-- What the built-in functions of T-SQL need beyond PostgreSQL's own.

-- The wall clock, stable so that an index may serve a comparison with it.
-- TOP (…) PERCENT.
CREATE OR REPLACE FUNCTION tsql.percent(share float8) RETURNS float8
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF share IS NULL OR share NOT BETWEEN 0 AND 100 THEN
        PERFORM tsql.raise(1031, 'Percent values must be between 0 and 100.', 15, 1);
    END IF;
    RETURN share;
END $$;

CREATE OR REPLACE FUNCTION tsql.clock() RETURNS timestamptz
STABLE PARALLEL SAFE LANGUAGE internal AS 'clock_timestamp';

CREATE OR REPLACE FUNCTION tsql.txt(value bpchar) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT (value::tsql.padded)::text $$;

-- ---------------------------------------------------------------- strings

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

CREATE OR REPLACE FUNCTION tsql.check_joined(value text, units int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) > units AND tsql.units(value) > units THEN
        PERFORM tsql.raise(9829, 'STRING_AGG aggregation result exceeded the limit of 8000 bytes. '
            'Use LOB types to avoid result truncation.', 16, 1);
    END IF;
    RETURN value;
END $$;

-- ---------------------------------------------------------------- numbers

CREATE OR REPLACE FUNCTION tsql.isnumeric(value text) RETURNS int4
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(
        btrim(value) ~ '^[+-]?\s*[$€£¥]?\s*[+-]?(\d[\d,]*\.?\d*|\.\d+)([eEdD][+-]?\d{1,3})?$'
        OR btrim(value) IN ('+', '-', '.', ',', '$', '€', '£', '¥'), false)::int4
$$;

CREATE OR REPLACE FUNCTION tsql.round(value numeric, places int4, cut int4) RETURNS numeric
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN cut = 0 THEN round(value, places) ELSE trunc(value, places) END
$$;

CREATE OR REPLACE FUNCTION tsql.round(value float8, places int4, cut int4) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT tsql.round(value::numeric, places, cut)::float8
$$;

CREATE OR REPLACE FUNCTION tsql.raise_float() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tsql.raise(3623, 'An invalid floating point operation occurred.', 16, 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.power(value float8, exponent float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value < 0 AND exponent <> trunc(exponent) THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN power(value, exponent);
END $$;

CREATE OR REPLACE FUNCTION tsql.power_exact(value numeric, exponent numeric) RETURNS numeric
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value < 0 AND exponent <> trunc(exponent) THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN power(value, exponent);
END $$;

CREATE OR REPLACE FUNCTION tsql.sqrt(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value < 0 THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN sqrt(value);
END $$;

CREATE OR REPLACE FUNCTION tsql.log(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value <= 0 THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN ln(value);
END $$;

CREATE OR REPLACE FUNCTION tsql.log10(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value <= 0 THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN log(value);
END $$;

CREATE OR REPLACE FUNCTION tsql.asin(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value NOT BETWEEN -1 AND 1 THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN asin(value);
END $$;

CREATE OR REPLACE FUNCTION tsql.acos(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value NOT BETWEEN -1 AND 1 THEN
        PERFORM tsql.raise_float();
    END IF;
    RETURN acos(value);
END $$;

CREATE OR REPLACE FUNCTION tsql.exp(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT exp(value) $$;
CREATE OR REPLACE FUNCTION tsql.sin(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT sin(value) $$;
CREATE OR REPLACE FUNCTION tsql.cos(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT cos(value) $$;
CREATE OR REPLACE FUNCTION tsql.tan(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT tan(value) $$;
CREATE OR REPLACE FUNCTION tsql.atan(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT atan(value) $$;
CREATE OR REPLACE FUNCTION tsql.cot(value float8) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$ SELECT cot(value) $$;

-- ---------------------------------------------------------------- minimum and maximum

CREATE OR REPLACE FUNCTION tsql.smaller_folded(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN lower(b)::bpchar < lower(a)::bpchar THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.greater_folded(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN lower(b)::bpchar > lower(a)::bpchar THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.smaller_dto(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.dto_utc(b) < tsql.dto_utc(a) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.greater_dto(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.dto_utc(b) > tsql.dto_utc(a) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.smaller_guid(a uuid, b uuid) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.guid_key(b) < tsql.guid_key(a) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.greater_guid(a uuid, b uuid) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.guid_key(b) > tsql.guid_key(a) THEN b ELSE a END
$$;
CREATE OR REPLACE AGGREGATE tsql.min_folded(text) (
    SFUNC = tsql.smaller_folded, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.max_folded(text) (
    SFUNC = tsql.greater_folded, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.min_dto(text) (
    SFUNC = tsql.smaller_dto, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.max_dto(text) (
    SFUNC = tsql.greater_dto, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.min_guid(uuid) (
    SFUNC = tsql.smaller_guid, STYPE = uuid, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.max_guid(uuid) (
    SFUNC = tsql.greater_guid, STYPE = uuid, PARALLEL = SAFE);

-- ---------------------------------------------------------------- dates and times

CREATE OR REPLACE FUNCTION tsql.in_range(value timestamp, type_name text) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value >= '10000-01-01' OR value < '0001-01-01'
        OR type_name = 'datetime' AND value < '1753-01-01'
        OR type_name = 'smalldatetime' AND value NOT BETWEEN '1900-01-01' AND '2079-06-06 23:59:29'
    THEN
        PERFORM tsql.raise(517,
            'Adding a value to a ''' || type_name || ''' column caused an overflow.', 16, 1);
    END IF;
    RETURN value;
END $$;

CREATE OR REPLACE FUNCTION tsql.dto_add(value text, step interval) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tsql.in_range(tsql.dto_utc(value) + step, 'datetimeoffset');
    RETURN tsql.in_range(tsql.dto_local(value) + step, 'datetimeoffset')::text || right(value, 6);
END $$;

-- Counts the boundaries between two moments; a week begins on Sunday.
CREATE OR REPLACE FUNCTION tsql.datediff(part text, a timestamp, b timestamp, big bool) RETURNS int8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result numeric;
BEGIN
    CASE part
        WHEN 'year' THEN
            result := extract(year FROM b) - extract(year FROM a);
        WHEN 'quarter' THEN
            result := (extract(year FROM b) - extract(year FROM a)) * 4
                + extract(quarter FROM b) - extract(quarter FROM a);
        WHEN 'month' THEN
            result := (extract(year FROM b) - extract(year FROM a)) * 12
                + extract(month FROM b) - extract(month FROM a);
        WHEN 'week' THEN
            result := (b::date - '0001-01-07'::date + 7) / 7
                - (a::date - '0001-01-07'::date + 7) / 7;
        WHEN 'hour', 'minute', 'second', 'millisecond' THEN
            result := extract(epoch FROM date_trunc(part || 's', b) - date_trunc(part || 's', a));
            result := CASE part WHEN 'hour' THEN result / 3600 WHEN 'minute' THEN result / 60
                WHEN 'second' THEN result ELSE result * 1000 END;
        WHEN 'microsecond' THEN
            result := extract(epoch FROM b - a) * 1000000;
        WHEN 'nanosecond' THEN
            result := extract(epoch FROM b - a) * 1000000000;
        ELSE
            PERFORM tsql.raise(9806, 'The datepart ' || part || ' is not supported by date '
                'function datediff.', 16, 10);
    END CASE;
    IF abs(result) > (CASE WHEN big THEN 9223372036854775807 ELSE 2147483647 END) THEN
        PERFORM tsql.raise(535, 'The ' || CASE WHEN big THEN 'datediff_big' ELSE 'datediff' END
            || ' function resulted in an overflow. The number of dateparts separating two '
            'date/time instances is too large. Try to use '
            || CASE WHEN big THEN 'datediff_big' ELSE 'datediff' END
            || ' with a less precise datepart.', 16, 0);
    END IF;
    RETURN result::int8;
END $$;

CREATE OR REPLACE FUNCTION tsql.week(value date) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (extract(doy FROM value)::int4 - 1
        + extract(dow FROM date_trunc('year', value::timestamp))::int4) / 7 + 1
$$;

CREATE OR REPLACE FUNCTION tsql.make_moment(
    type_name text, y int4, m int4, d int4, hour int4, minute int4, second int4,
    fraction int4, digits int4
) RETURNS timestamp IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF y BETWEEN (CASE type_name WHEN 'datetime' THEN 1753 WHEN 'smalldatetime' THEN 1900
                  ELSE 1 END) AND 9999
        AND m BETWEEN 1 AND 12
        AND d BETWEEN 1 AND extract(day FROM make_date(y, m, 1) + interval '1 month - 1 day')
        AND hour BETWEEN 0 AND 23 AND minute BETWEEN 0 AND 59 AND second BETWEEN 0 AND 59
        AND fraction BETWEEN 0 AND 10 ^ digits - 1
    THEN
        RETURN make_timestamp(y, m, d, hour, minute, second)
            + trunc(fraction * 10::numeric ^ (6 - digits))::int8 * interval '1 microsecond';
    END IF;
    PERFORM tsql.raise(289, 'Cannot construct data type ' || type_name
        || ', some of the arguments have values which are not valid.', 16, 1);
END $$;

-- ---------------------------------------------------------------- random bytes and digests

-- PostgreSQL's strong randomness comes to SQL as uuids of 122 random bits: three of them, hashed,
-- make 32 bytes.
CREATE OR REPLACE FUNCTION tsql.crypt_gen_random(size int4) RETURNS bytea
VOLATILE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result bytea := '\x';
BEGIN
    IF size NOT BETWEEN 1 AND 8000 THEN
        RETURN NULL;
    END IF;
    WHILE length(result) < size LOOP
        result := result
            || sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                || uuid_send(gen_random_uuid()));
    END LOOP;
    RETURN substring(result FROM 1 FOR size);
END $$;

CREATE OR REPLACE FUNCTION tsql.hashbytes(algorithm text, value bytea) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE upper(rtrim(algorithm))
        WHEN 'SHA2_256' THEN sha256(value)
        WHEN 'SHA2_512' THEN sha512(value)
        WHEN 'MD5' THEN decode(md5(value), 'hex')
        WHEN 'SHA1' THEN tsql.sha1(value)
        WHEN 'SHA' THEN tsql.sha1(value)
    END;
END $$;

-- PostgreSQL has no SHA-1 of its own: the digest of FIPS 180-4, word by word.
CREATE OR REPLACE FUNCTION tsql.sha1(value bytea) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    mask constant int8 := 4294967295;
    size int4 := length(value);
    padded bytea := value || '\x80'::bytea
        || decode(repeat('00', ((119 - size % 64) % 64)), 'hex') || int8send(size::int8 * 8);
    h0 int8 := 1732584193;
    h1 int8 := 4023233417;
    h2 int8 := 2562383102;
    h3 int8 := 271733878;
    h4 int8 := 3285377520;
    a int8; b int8; c int8; d int8; e int8; f int8; k int8; t int8;
    w int8[];
BEGIN
    FOR block IN 0 .. length(padded) / 64 - 1 LOOP
        FOR i IN 0 .. 15 LOOP
            w[i] := get_byte(padded, block * 64 + i * 4) * 16777216::int8
                + get_byte(padded, block * 64 + i * 4 + 1) * 65536
                + get_byte(padded, block * 64 + i * 4 + 2) * 256
                + get_byte(padded, block * 64 + i * 4 + 3);
        END LOOP;
        FOR i IN 16 .. 79 LOOP
            t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
            w[i] := ((t << 1) | (t >> 31)) & mask;
        END LOOP;
        a := h0; b := h1; c := h2; d := h3; e := h4;
        FOR i IN 0 .. 79 LOOP
            IF i < 20 THEN
                f := (b & c) | ((b # mask) & d); k := 1518500249;
            ELSIF i < 40 THEN
                f := b # c # d; k := 1859775393;
            ELSIF i < 60 THEN
                f := (b & c) | (b & d) | (c & d); k := 2400959708;
            ELSE
                f := b # c # d; k := 3395469782;
            END IF;
            t := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[i]) & mask;
            e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := t;
        END LOOP;
        h0 := (h0 + a) & mask; h1 := (h1 + b) & mask; h2 := (h2 + c) & mask;
        h3 := (h3 + d) & mask; h4 := (h4 + e) & mask;
    END LOOP;
    RETURN substring(int8send(h0) FROM 5) || substring(int8send(h1) FROM 5)
        || substring(int8send(h2) FROM 5) || substring(int8send(h3) FROM 5)
        || substring(int8send(h4) FROM 5);
END $$;
