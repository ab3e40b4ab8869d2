-- Strings: lengths in UTF-16 units, code page 1252, storing into columns.

-- The way from bpchar to text that keeps trailing blanks: PostgreSQL's own cast drops them. Both
-- steps are mere names for the same bytes, so that nothing is computed where a string is read.
DO $$ BEGIN
    IF to_regtype('tsql.padded') IS NULL THEN
        CREATE TYPE tsql.padded;
        CREATE FUNCTION tsql.padded_in(cstring) RETURNS tsql.padded
        IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'textin';
        CREATE FUNCTION tsql.padded_out(tsql.padded) RETURNS cstring
        IMMUTABLE STRICT PARALLEL SAFE LANGUAGE internal AS 'textout';
        CREATE TYPE tsql.padded (INPUT = tsql.padded_in, OUTPUT = tsql.padded_out, LIKE = text);
        CREATE CAST (bpchar AS tsql.padded) WITHOUT FUNCTION;
        CREATE CAST (tsql.padded AS text) WITHOUT FUNCTION;
    END IF;
END $$;

-- A character beyond the basic plane counts as two units, as in SQL Server's nvarchar.
CREATE OR REPLACE FUNCTION tsql.units(value text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    chars int4 := length(value);
BEGIN
    IF octet_length(value) <= chars + 2 THEN
        RETURN chars; -- fewer than three extra bytes: no character of four bytes
    END IF;
    RETURN chars + length(regexp_replace(value, '[^\U00010000-\U0010FFFF]+', '', 'g'));
END $$;

CREATE OR REPLACE FUNCTION tsql.len(value text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN tsql.units(rtrim(value, ' '));
END $$;

-- The first units of a string; a pair that would be torn apart is left out.
CREATE OR REPLACE FUNCTION tsql.cut(value text, units int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) <= units THEN
        RETURN value;
    END IF;
    RETURN tsql.substring(value, 1, units);
END $$;

CREATE OR REPLACE FUNCTION tsql.substring(value text, start int8, units int8) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    first int8 := greatest(start, 1);
    past int8 := start + units;
BEGIN
    IF units < 0 THEN
        PERFORM tsql.raise(537,
            'Invalid length parameter passed to the LEFT or SUBSTRING function.', 16, 3);
    END IF;
    IF past <= first THEN
        RETURN '';
    END IF;
    first := least(first, 2147483647);
    past := least(past, 2147483647);
    IF octet_length(value) <= length(value) + 2 OR value !~ '[\U00010000-\U0010FFFF]' THEN
        RETURN substr(value, first::int4, (past - first)::int4);
    END IF;
    RETURN coalesce((
        SELECT string_agg(ch, '' ORDER BY n)
        FROM (
            SELECT ch, n,
                   1 + coalesce(sum(CASE WHEN ascii(ch) > 65535 THEN 2 ELSE 1 END)
                       OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS at,
                   CASE WHEN ascii(ch) > 65535 THEN 2 ELSE 1 END AS width
            FROM string_to_table(value, NULL) WITH ORDINALITY AS c (ch, n)
        ) AS placed
        WHERE at >= first AND at + width <= past
    ), '');
END $$;

CREATE OR REPLACE FUNCTION tsql.right(value text, units int8) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF units < 0 THEN
        PERFORM tsql.raise(536, 'Invalid length parameter passed to the RIGHT function.', 16, 2);
    END IF;
    RETURN tsql.substring(value, greatest(tsql.units(value) - units, 0) + 1, units);
END $$;

-- Where a needle stands, from 1, or 0; in units.
CREATE OR REPLACE FUNCTION tsql.charindex(needle text, value text, start int8) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    place int4;
    skip int4 := least(greatest(start, 1) - 1, 2147483646);
BEGIN
    IF needle = '' THEN
        RETURN 0;
    END IF;
    IF octet_length(value) <= length(value) + 2 OR value !~ '[\U00010000-\U0010FFFF]' THEN
        IF skip = 0 THEN
            RETURN strpos(value, needle);
        END IF;
        place := strpos(substr(value, skip + 1), needle);
        RETURN CASE WHEN place = 0 THEN 0 ELSE place + skip END;
    END IF;
    place := strpos(tsql.substring(value, skip + 1, 2147483647), needle);
    IF place = 0 THEN
        RETURN 0;
    END IF;
    RETURN skip + 1 + tsql.units(left(tsql.substring(value, skip + 1, 2147483647), place - 1));
END $$;

CREATE OR REPLACE FUNCTION tsql.stuff(value text, start int8, units int8, piece text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value IS NULL OR start IS NULL OR units IS NULL OR start <= 0 OR units < 0
        OR start > tsql.units(value)
    THEN
        RETURN NULL;
    END IF;
    RETURN tsql.substring(value, 1, start - 1) || coalesce(piece, '')
        || tsql.substring(value, start + units, 2147483647);
END $$;

CREATE OR REPLACE FUNCTION tsql.replicate(value text, times int8) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN times < 0 THEN NULL ELSE repeat(value, times::int4) END
$$;

-- Not more often than there is room for. PostgreSQL's least() would take the limit for NULL.
CREATE OR REPLACE FUNCTION tsql.replicate(value text, times int8, most int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN times < 0 THEN NULL ELSE repeat(value, least(times, most)::int4) END
$$;

-- REPLACE ignores case under a case-insensitive collation.
CREATE OR REPLACE FUNCTION tsql.replace_folded(value text, needle text, piece text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF needle = '' OR strpos(lower(value), lower(needle)) = 0 THEN
        RETURN value;
    END IF;
    RETURN regexp_replace(value, regexp_replace(needle, '([\\.^$*+?()\[\]{}|])', '\\\1', 'g'),
        replace(piece, '\', '\\'), 'gi');
END $$;

-- The letters without their accents, for collations that do not see them.
CREATE OR REPLACE FUNCTION tsql.unaccented(value text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    bare text;
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN value;
    END IF;
    bare := regexp_replace(normalize(value, NFD), '[\u0300-\u036F]', '', 'g');
    IF bare ~ '[ßæœøđłþÆŒØĐŁÞ]' THEN
        bare := translate(bare, 'øđłØĐŁ', 'odlODL');
        bare := replace(replace(replace(replace(bare, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
        bare := replace(replace(replace(bare, 'Æ', 'AE'), 'Œ', 'OE'), 'Þ', 'TH');
    END IF;
    RETURN bare;
END $$;

-- What code page 1252 lacks becomes what looks like it, else a question mark (two for a surrogate pair).
CREATE OR REPLACE FUNCTION tsql.ansi(value text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN value;
    END IF;
    IF value ~ '[^\x01-\x7f\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]' THEN
        value := tsql.best_fit(regexp_replace(value, '[\U00010000-\U0010FFFF]', '??', 'g'));
    END IF;
    RETURN regexp_replace(value, '[^\x01-\x7f\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g');
END $$;

CREATE OR REPLACE FUNCTION tsql.cp1252(value text) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN convert_to(value, 'UTF8');
    END IF;
    RETURN convert_to(tsql.ansi(value), 'WIN1252');
END $$;

CREATE OR REPLACE FUNCTION tsql.cp1252_text(value bytea) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF encode(value, 'escape') !~ '\\(000|20[15]|21[0567]|215|220|235)' THEN
        RETURN convert_from(value, 'WIN1252');
    END IF;
    RETURN (
        SELECT string_agg(
            CASE WHEN b IN (0, 129, 141, 143, 144, 157) THEN '?'
                 ELSE convert_from(set_byte('\x00', 0, b), 'WIN1252') END, '' ORDER BY i)
        FROM (SELECT i, get_byte(value, i) AS b
              FROM generate_series(0, length(value) - 1) AS i) AS bytes
    );
END $$;

-- nvarchar as SQL Server's bytes: UTF-16, little-endian.
CREATE OR REPLACE FUNCTION tsql.utf16(value text) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN decode(
            regexp_replace(encode(convert_to(value, 'UTF8'), 'hex'), '(..)', '\100', 'g'), 'hex');
    END IF;
    RETURN decode((
        SELECT string_agg(
            CASE WHEN cp < 65536 THEN tsql.swapped(cp)
                 ELSE tsql.swapped(55296 + ((cp - 65536) >> 10))
                   || tsql.swapped(56320 + ((cp - 65536) & 1023)) END, '' ORDER BY n)
        FROM (SELECT ascii(ch) AS cp, n
              FROM string_to_table(value, NULL) WITH ORDINALITY AS c (ch, n)) AS codes
    ), 'hex');
END $$;

CREATE OR REPLACE FUNCTION tsql.swapped(unit int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT lpad(to_hex(unit & 255), 2, '0') || lpad(to_hex(unit >> 8), 2, '0')
$$;

-- Bytes read as UTF-16; a lone half of a pair becomes the replacement character, U+0000 vanishes.
CREATE OR REPLACE FUNCTION tsql.utf16_text(value bytea) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result text := '';
    unit int4;
    high int4 := 0;
BEGIN
    FOR i IN 0 .. length(value) / 2 - 1 LOOP
        unit := get_byte(value, 2 * i) + 256 * get_byte(value, 2 * i + 1);
        IF unit BETWEEN 56320 AND 57343 AND high > 0 THEN
            result := result || chr(65536 + ((high - 55296) << 10) + unit - 56320);
            high := 0;
            CONTINUE;
        END IF;
        IF high > 0 THEN
            result := result || chr(65533);
            high := 0;
        END IF;
        IF unit BETWEEN 55296 AND 56319 THEN
            high := unit;
        ELSIF unit BETWEEN 56320 AND 57343 THEN
            result := result || chr(65533);
        ELSIF unit > 0 THEN
            result := result || chr(unit);
        END IF;
    END LOOP;
    RETURN result || CASE WHEN high > 0 THEN chr(65533) ELSE '' END;
END $$;

-- Into a column: too long is an error, unless only blanks are lost.
CREATE OR REPLACE FUNCTION tsql.fit(value text, units int4, table_name text, column_name text)
RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) <= units OR tsql.units(value) <= units THEN
        RETURN value;
    END IF;
    IF tsql.len(value) <= units THEN
        RETURN tsql.substring(value, 1, units);
    END IF;
    PERFORM tsql.raise_too_long(tsql.substring(value, 1, units), table_name, column_name);
END $$;

CREATE OR REPLACE FUNCTION tsql.fit_bytes(value bytea, size int4, table_name text, column_name text)
RETURNS bytea IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF octet_length(value) <= size THEN
        RETURN value;
    END IF;
    PERFORM tsql.raise_too_long(
        '0x' || upper(encode(substring(value FROM 1 FOR size), 'hex')), table_name, column_name);
END $$;

CREATE OR REPLACE FUNCTION tsql.raise_too_long(kept text, table_name text, column_name text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tsql.raise(2628, format(
        'String or binary data would be truncated in table ''%s'', column ''%s''. '
        'Truncated value: ''%s''.',
        CASE WHEN table_name LIKE 'tempdb.%' THEN table_name
             WHEN table_name LIKE 'dbo.#%' THEN 'tempdb.' || table_name
             ELSE tsql.database_name() || '.' || table_name END,
        column_name, kept), 16, 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.database_name() RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(nullif(current_setting('tsql.database', true), ''), current_database()::text)
$$;

-- An integer that its string cannot hold: a star for varchar, an error for nvarchar.
CREATE OR REPLACE FUNCTION tsql.digits_fit(
    value text, units int4, star bool, target text, attempt bool
) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF length(value) <= units THEN
        RETURN value;
    ELSIF star THEN
        RETURN '*';
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(8115,
        'Arithmetic overflow error converting expression to data type ' || target || '.', 16, 2);
END $$;

CREATE OR REPLACE FUNCTION tsql.number_fit(
    value text, units int4, source text, target text, attempt bool
) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF length(value) <= units THEN
        RETURN value;
    ELSIF attempt THEN
        RETURN NULL;
    ELSIF source IN ('money', 'smallmoney') THEN
        PERFORM tsql.raise(234,
            'There is insufficient result space to convert a money value to ' || target || '.',
            16, 2);
    ELSIF source = 'numeric' THEN
        PERFORM tsql.raise(8115,
            'Arithmetic overflow error converting numeric to data type ' || target || '.', 16, 5);
    END IF;
    PERFORM tsql.raise(232,
        'Arithmetic overflow error for type ' || target || ', value = ' || value || '.', 16, 2);
END $$;

-- LIKE with a pattern that is known only at run time; ``blanks``: those that the value has more at its end do not count, as in a varchar.
CREATE OR REPLACE FUNCTION tsql.matches(value text, pattern text, mark text, blanks bool)
RETURNS bool IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value IS NULL OR pattern IS NULL THEN
        RETURN NULL;
    END IF;
    IF mark IS NULL AND strpos(pattern, '[') = 0 AND NOT (blanks AND right(value, 1) = ' ') THEN
        RETURN value LIKE pattern ESCAPE '';
    END IF;
    IF length(mark) <> 1 THEN
        PERFORM tsql.raise(506, 'The invalid escape character "' || mark
            || '" was specified in a LIKE predicate.', 16, 1);
    END IF;
    RETURN value ~ ('^' || tsql.pattern_regex(pattern, mark)
        || CASE WHEN blanks THEN ' *$' ELSE '$' END);
END $$;

CREATE OR REPLACE FUNCTION tsql.pattern_regex(pattern text, mark text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result text := '';
    members text;
    ch text;
    high text;
    i int4 := 1;
    n int4 := length(pattern);
    closing int4;
    negated bool;
BEGIN
    WHILE i <= n LOOP
        ch := substr(pattern, i, 1);
        i := i + 1;
        IF ch = mark AND i <= n THEN
            result := result || regexp_replace(substr(pattern, i, 1), '([^[:alnum:]_])', '\\\1');
            i := i + 1;
        ELSIF ch = '%' THEN
            result := result || '.*';
        ELSIF ch = '_' THEN
            result := result || '.';
        ELSIF ch = '[' THEN
            IF strpos(substr(pattern, i + 1), ']') = 0 THEN
                RETURN '(?!)'; -- an open bracket matches nothing
            END IF;
            negated := substr(pattern, i, 1) = '^';
            IF negated THEN
                i := i + 1;
            END IF;
            members := '';
            closing := i;
            WHILE closing <= n AND (substr(pattern, closing, 1) <> ']' OR closing = i) LOOP
                ch := substr(pattern, closing, 1);
                IF ch = mark AND closing < n THEN
                    closing := closing + 1;
                    ch := substr(pattern, closing, 1);
                END IF;
                high := substr(pattern, closing + 2, 1);
                IF substr(pattern, closing + 1, 1) = '-' AND high NOT IN ('', ']') THEN
                    closing := closing + 2;
                    -- A range that goes backwards has no members.
                    IF ascii(ch) <= ascii(high) THEN
                        members := members || regexp_replace(ch, '([]\\^[-])', '\\\1')
                            || '-' || regexp_replace(high, '([]\\^[-])', '\\\1');
                    END IF;
                ELSE
                    members := members || regexp_replace(ch, '([]\\^[-])', '\\\1');
                END IF;
                closing := closing + 1;
            END LOOP;
            result := result || CASE
                WHEN members <> '' THEN '[' || CASE WHEN negated THEN '^' ELSE '' END || members || ']'
                WHEN negated THEN '.' ELSE '(?!)' END;
            i := closing + 1;
        ELSE
            result := result || regexp_replace(ch, '([\\.^$*+?()\[\]{}|])', '\\\1');
        END IF;
    END LOOP;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION tsql.patindex(pattern text, value text, fold bool) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    body text := tsql.pattern_regex(trim(BOTH '%' FROM pattern), NULL);
    place int4;
BEGIN
    IF left(pattern, 1) <> '%' THEN
        body := '^' || body;
    END IF;
    IF right(pattern, 1) <> '%' OR pattern = '' THEN
        body := body || '$';
    END IF;
    place := regexp_instr(value, body, 1, 1, 0, CASE WHEN fold THEN 'i' ELSE 'c' END);
    RETURN CASE WHEN place = 0 THEN 0 ELSE tsql.units(left(value, place - 1)) + 1 END;
END $$;
