-- Dates and times: rounding, text forms, parsing, parts. DateStyle is ISO in every session.

-- datetime counts 1/300 of a second and shows them as .000, .003 and .007.
CREATE OR REPLACE FUNCTION tsql.round_datetime(value timestamp) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    micros int8 := extract(microseconds FROM value)::int8 % 1000000;
    ticks int8;
BEGIN
    IF value < '1753-01-01' OR value >= '10000-01-01' THEN
        PERFORM tsql.raise(242, 'The conversion of a datetime2 data type to a datetime data type '
            'resulted in an out-of-range value.', 16, 3);
    END IF;
    IF micros = 0 THEN
        RETURN value;
    END IF;
    ticks := (micros * 300 + 500000) / 1000000;
    RETURN value + ((ticks * 1000 + 150) / 300 * 1000 - micros) * interval '1 microsecond';
END $$;

CREATE OR REPLACE FUNCTION tsql.to_smalldatetime(value timestamp, source text) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result timestamp := date_trunc('minute', value + interval '30.001 seconds');
BEGIN
    IF result < '1900-01-01' OR result > '2079-06-06 23:59:00' THEN
        PERFORM tsql.raise(242, 'The conversion of a ' || source || ' data type to a smalldatetime '
            'data type resulted in an out-of-range value.', 16, 3);
    END IF;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION tsql.round_smalldatetime(value timestamp) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT tsql.to_smalldatetime(value, 'datetime2')
$$;

CREATE OR REPLACE FUNCTION tsql.moment_days(value timestamp) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (extract(epoch FROM value - '1900-01-01'::timestamp) / 86400)::float8
$$;

CREATE OR REPLACE FUNCTION tsql.days_moment(days numeric) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF days < -53690 OR days >= 2958464 THEN
        PERFORM tsql.raise(8115,
            'Arithmetic overflow error converting expression to data type datetime.', 16, 2);
    END IF;
    RETURN tsql.round_datetime('1900-01-01'::timestamp
        + trunc(days)::int4 * interval '1 day'
        + round((days - trunc(days)) * 86400000000)::float8 * interval '1 microsecond');
END $$;

CREATE OR REPLACE FUNCTION tsql.add_days(value timestamp, days numeric) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN tsql.round_datetime(value + trunc(days)::int4 * interval '1 day'
        + round((days - trunc(days)) * 86400000000)::float8 * interval '1 microsecond');
EXCEPTION WHEN datetime_field_overflow OR numeric_value_out_of_range THEN
    PERFORM tsql.raise(8115,
        'Arithmetic overflow error converting expression to data type datetime.', 16, 2);
END $$;

-- datetimeoffset travels as text in local form; these read and write it.
CREATE OR REPLACE FUNCTION tsql.dto_offset(value text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    zone text := right(value, 6);
BEGIN
    RETURN (substr(zone, 2, 2)::int4 * 60 + substr(zone, 5, 2)::int4)
        * CASE left(zone, 1) WHEN '-' THEN -1 ELSE 1 END;
END $$;

CREATE OR REPLACE FUNCTION tsql.dto_local(value text) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN left(value, length(value) - 6)::timestamp;
END $$;

CREATE OR REPLACE FUNCTION tsql.dto_utc(value text) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF right(value, 6) = '+00:00' THEN
        RETURN left(value, length(value) - 6)::timestamp;
    END IF;
    RETURN tsql.dto_local(value) - tsql.dto_offset(value) * interval '1 minute';
END $$;

CREATE OR REPLACE FUNCTION tsql.zone_text(minutes int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN minutes < 0 THEN '-' ELSE '+' END
        || lpad((abs(minutes) / 60)::text, 2, '0') || ':' || lpad((abs(minutes) % 60)::text, 2, '0')
$$;

CREATE OR REPLACE FUNCTION tsql.dto(local timestamp, minutes int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN local::text || tsql.zone_text(minutes);
END $$;

-- 9812 and 9813: an offset that is none, and one that leads out of the years 1 to 9999.
CREATE OR REPLACE FUNCTION tsql.dto_zoned(local timestamp, minutes int4, routine text)
RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF minutes NOT BETWEEN -840 AND 840 THEN
        PERFORM tsql.raise(9812,
            'The timezone provided to builtin function ' || routine || ' is invalid.', 16, 0);
    END IF;
    IF local NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'
        OR local - minutes * interval '1 minute'
            NOT BETWEEN '0001-01-01' AND '9999-12-31 23:59:59.999999'
    THEN
        PERFORM tsql.raise(9813, 'The timezone provided to builtin function ' || routine
            || ' would cause the datetimeoffset to overflow the range of valid date range in '
            'either UTC or local time.', 16, 0);
    END IF;
    RETURN tsql.dto(local, minutes);
END $$;

CREATE OR REPLACE FUNCTION tsql.dto_round(value text, digits int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN tsql.dto(tsql.round_fraction(tsql.dto_local(value), digits), tsql.dto_offset(value));
END $$;

CREATE OR REPLACE FUNCTION tsql.round_fraction(value timestamp, digits int4) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE digits WHEN 0 THEN value::timestamp(0) WHEN 1 THEN value::timestamp(1)
        WHEN 2 THEN value::timestamp(2) WHEN 3 THEN value::timestamp(3)
        WHEN 4 THEN value::timestamp(4) WHEN 5 THEN value::timestamp(5) ELSE value END;
END $$;

CREATE OR REPLACE FUNCTION tsql.switch_offset(value text, minutes int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN tsql.dto_zoned(
        tsql.dto_utc(value) + minutes * interval '1 minute', minutes, 'switchoffset'
    );
END $$;

CREATE OR REPLACE FUNCTION tsql.zone_minutes(zone text, routine text) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    parts text[] := regexp_match(btrim(zone), '^([+-])(\d\d):(\d\d)$');
BEGIN
    IF parts IS NULL OR parts[2]::int4 > 14 OR parts[3]::int4 > 59 THEN
        PERFORM tsql.raise(9812, 'The timezone provided to builtin function ' || routine
            || ' is invalid.', 16, 0);
    END IF;
    RETURN (parts[2]::int4 * 60 + parts[3]::int4) * CASE parts[1] WHEN '-' THEN -1 ELSE 1 END;
END $$;

-- ---------------------------------------------------------------- text forms

CREATE OR REPLACE FUNCTION tsql.fraction_text(value timestamp, digits int4, point text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN digits = 0 THEN '' ELSE point || left(to_char(value, 'US') || '0', digits) END
$$;

CREATE OR REPLACE FUNCTION tsql.moment_text(value timestamp, style int4, digits int4, legacy bool)
RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    long_year bool := style >= 100 OR style IN (0, 9, 13, 20, 21, 23, 25);
    y text := to_char(value, CASE WHEN long_year THEN 'YYYY' ELSE 'YY' END);
    places int4 := CASE WHEN legacy THEN 3 ELSE digits END;
    fraction text := tsql.fraction_text(value, places, CASE WHEN legacy THEN ':' ELSE '.' END);
BEGIN
    RETURN CASE
        WHEN style IN (0, 100) THEN to_char(value, 'Mon ') || lpad(to_char(value, 'FMDD'), 2)
            || ' ' || y || ' ' || lpad(to_char(value, 'FMHH12'), 2) || to_char(value, ':MIAM')
        WHEN style IN (1, 101) THEN to_char(value, 'MM/DD/') || y
        WHEN style IN (2, 102) THEN y || to_char(value, '.MM.DD')
        WHEN style IN (3, 103) THEN to_char(value, 'DD/MM/') || y
        WHEN style IN (4, 104) THEN to_char(value, 'DD.MM.') || y
        WHEN style IN (5, 105) THEN to_char(value, 'DD-MM-') || y
        WHEN style IN (6, 106) THEN to_char(value, 'DD Mon ') || y
        WHEN style IN (7, 107) THEN to_char(value, 'Mon DD, ') || y
        WHEN style IN (8, 24, 108) THEN to_char(value, 'HH24:MI:SS')
        WHEN style IN (9, 109) THEN to_char(value, 'Mon ') || lpad(to_char(value, 'FMDD'), 2)
            || ' ' || y || ' ' || lpad(to_char(value, 'FMHH12'), 2) || to_char(value, ':MI:SS')
            || fraction || to_char(value, 'AM')
        WHEN style IN (10, 110) THEN to_char(value, 'MM-DD-') || y
        WHEN style IN (11, 111) THEN y || to_char(value, '/MM/DD')
        WHEN style IN (12, 112) THEN y || to_char(value, 'MMDD')
        WHEN style IN (13, 113) THEN to_char(value, 'DD Mon ') || y || to_char(value, ' HH24:MI:SS')
            || fraction
        WHEN style IN (14, 114) THEN to_char(value, 'HH24:MI:SS') || fraction
        WHEN style IN (20, 120) THEN to_char(value, 'YYYY-MM-DD HH24:MI:SS')
        WHEN style IN (21, 25, 121) THEN to_char(value, 'YYYY-MM-DD HH24:MI:SS')
            || tsql.fraction_text(value, places, '.')
        WHEN style = 23 THEN to_char(value, 'YYYY-MM-DD')
        ELSE to_char(value, 'YYYY-MM-DD"T"HH24:MI:SS')
            || CASE WHEN to_char(value, 'US') = '000000' THEN ''
               ELSE tsql.fraction_text(value, places, '.') END
            || CASE WHEN style = 127 AND legacy THEN 'Z' ELSE '' END
    END;
END $$;

CREATE OR REPLACE FUNCTION tsql.date_text(value date, style int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF style IN (0, 100, 9, 109) THEN
        RETURN to_char(value, 'Mon ') || lpad(to_char(value, 'FMDD'), 2) || to_char(value, ' YYYY');
    ELSIF style IN (13, 113) THEN
        RETURN to_char(value, 'DD Mon YYYY');
    ELSIF style IN (20, 21, 23, 25, 120, 121, 126, 127) THEN
        RETURN to_char(value, 'YYYY-MM-DD');
    ELSIF style IN (8, 14, 24, 108, 114) THEN
        PERFORM tsql.raise(8114, 'Error converting data type date to varchar.', 16, 5);
    END IF;
    RETURN tsql.moment_text(value::timestamp, style, 0, false);
END $$;

CREATE OR REPLACE FUNCTION tsql.time_text(value time, style int4, digits int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    moment timestamp := '1900-01-01'::date + value;
BEGIN
    IF style IN (0, 100) THEN
        RETURN lpad(to_char(moment, 'FMHH12'), 2) || to_char(moment, ':MIAM');
    ELSIF style IN (9, 109) THEN
        RETURN lpad(to_char(moment, 'FMHH12'), 2) || to_char(moment, ':MI:SS')
            || tsql.fraction_text(moment, digits, '.') || to_char(moment, 'AM');
    ELSIF style IN (8, 20, 24, 108, 120) THEN
        RETURN to_char(moment, 'HH24:MI:SS');
    ELSIF style IN (13, 14, 21, 25, 113, 114, 121, 126, 127) THEN
        RETURN to_char(moment, 'HH24:MI:SS') || tsql.fraction_text(moment, digits, '.');
    END IF;
    PERFORM tsql.raise(8114, 'Error converting data type time to varchar.', 16, 5);
END $$;

CREATE OR REPLACE FUNCTION tsql.dto_text(value text, style int4, digits int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    zone text := right(value, 6);
    utc text;
BEGIN
    IF style = 127 THEN
        utc := tsql.moment_text(tsql.dto_utc(value), 126, digits, false);
        RETURN utc || 'Z';
    ELSIF style = 126 THEN
        RETURN tsql.moment_text(tsql.dto_local(value), 126, digits, false) || zone;
    ELSIF style IN (0, 9, 13, 20, 21, 25, 100, 109, 113, 120, 121) THEN
        RETURN tsql.moment_text(tsql.dto_local(value), style, digits, false) || ' ' || zone;
    END IF;
    RETURN tsql.moment_text(tsql.dto_local(value), style, digits, false);
END $$;

-- ---------------------------------------------------------------- parsing

-- Splits what T-SQL accepts as a date, a time or both. All NULL: not a date. The fraction is
-- six digits; zone is minutes or NULL; precise says that the text has more digits than datetime.
CREATE OR REPLACE FUNCTION tsql.parse_moment(
    value text, style int4,
    OUT moment timestamp, OUT zone int4, OUT shaped bool, OUT precise bool, OUT has_date bool
) IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := btrim(value, E' \t\r\n');
    parts text[];
    clock text[];
    rest text := '';
    y text;
    m text;
    d text;
    hour int4 := 0;
    months constant text := 'jan feb mar apr may jun jul aug sep oct nov dec';
    month_name constant text := '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
    style_order text;
    written text;
BEGIN
    shaped := false;
    precise := false;
    has_date := true;
    -- The usual case, without regular expressions: 2026-01-31, 2026-01-31T10:11, … 10:11:12.123456.
    IF length(value) IN (10, 16, 19, 21, 22, 23, 24, 25, 26)
        AND translate(value, '123456789T', '000000000 ')
            = left('0000-00-00 00:00:00.000000', length(value))
        AND substr(value, 12, 2) < '24' AND substr(value, 18, 1) < '6'
        AND pg_input_is_valid(value, 'timestamp')
    THEN
        moment := value::timestamp;
        shaped := true;
        precise := length(value) > 23;
        RETURN;
    END IF;
    style_order := CASE WHEN style IN (3, 4, 5, 103, 104, 105) THEN 'dmy'
        WHEN style IN (2, 11, 12, 102, 111, 112) THEN 'ymd' ELSE 'mdy' END;
    parts := regexp_match(word, '^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]\s*(\S.*))?$');
    IF parts IS NOT NULL THEN
        y := parts[1]; m := parts[2]; d := parts[3]; rest := coalesce(parts[4], '');
    ELSIF word = '' THEN
        y := '1900'; m := '1'; d := '1';
    ELSE
        parts := regexp_match(word, '^(\d{4})(\d\d)(\d\d)(?:[T ]\s*(\S.*))?$');
        IF parts IS NOT NULL THEN
            y := parts[1]; m := parts[2]; d := parts[3]; rest := coalesce(parts[4], '');
        ELSE
            parts := regexp_match(word, '^(\d\d)(\d\d)(\d\d)$');
            IF parts IS NOT NULL THEN
                y := parts[1]; m := parts[2]; d := parts[3];
            ELSE
                parts := regexp_match(word,
                    '^(\d{1,4})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{1,4})(?:\s+(\S.*))?$');
                IF parts IS NOT NULL THEN
                    rest := coalesce(parts[4], '');
                    IF length(parts[1]) = 4 OR style_order = 'ymd' THEN
                        y := parts[1]; m := parts[2]; d := parts[3];
                    ELSIF style_order = 'dmy' THEN
                        d := parts[1]; m := parts[2]; y := parts[3];
                    ELSE
                        m := parts[1]; d := parts[2]; y := parts[3];
                    END IF;
                ELSE
                    parts := regexp_match(word, '^' || month_name
                        || '\s*(\d{1,2})?\s*,?\s*(\d{4}|\d\d)(?:\s+(\S.*))?$', 'i');
                    IF parts IS NOT NULL THEN
                        m := parts[1]; d := coalesce(parts[2], '1'); y := parts[3];
                        rest := coalesce(parts[4], '');
                    ELSE
                        parts := regexp_match(word, '^(\d{1,2})\s*' || month_name
                            || '\s*,?\s*(\d{4}|\d\d)(?:\s+(\S.*))?$', 'i');
                        IF parts IS NOT NULL THEN
                            d := parts[1]; m := parts[2]; y := parts[3];
                            rest := coalesce(parts[4], '');
                        ELSE
                            y := '1900'; m := '1'; d := '1'; rest := word; has_date := false;
                        END IF;
                    END IF;
                END IF;
            END IF;
        END IF;
    END IF;
    IF m ~ '^[A-Za-z]' THEN
        m := ((strpos(months, lower(left(m, 3))) + 3) / 4)::text;
    END IF;
    IF length(y) <= 2 THEN
        y := (CASE WHEN y::int4 < 50 THEN 2000 ELSE 1900 END + y::int4)::text;
    END IF;
    IF rest <> '' THEN
        clock := regexp_match(rest, '^(\d{1,2})(?::([0-5]?\d)(?::([0-5]?\d)(?:[.:](\d{1,9}))?)?)?'
            '\s*(AM|PM)?\s*(Z|[+-]\d\d:\d\d)?$', 'i');
        IF clock IS NULL OR (clock[2] IS NULL AND clock[5] IS NULL) THEN
            RETURN;
        END IF;
        hour := clock[1]::int4;
        IF clock[5] IS NOT NULL THEN
            IF hour > 12 AND lower(clock[5]) = 'am' THEN
                RETURN;
            END IF;
            hour := CASE WHEN hour > 12 THEN hour
                ELSE hour % 12 + CASE lower(clock[5]) WHEN 'pm' THEN 12 ELSE 0 END END;
        END IF;
        IF clock[6] IS NOT NULL THEN
            zone := CASE WHEN upper(clock[6]) = 'Z' THEN 0
                ELSE tsql.zone_minutes(clock[6], 'datetimeoffset') END;
        END IF;
        precise := coalesce(length(clock[4]) > 3, false);
    END IF;
    IF length(clock[4]) > 7 THEN
        RETURN;
    END IF;
    shaped := true;
    IF hour > 23 THEN
        RETURN;
    END IF;
    written := lpad(y, 4, '0') || '-' || lpad(m, 2, '0') || '-' || lpad(d, 2, '0') || ' '
        || lpad(hour::text, 2, '0') || ':' || lpad(coalesce(clock[2], '0'), 2, '0') || ':'
        || lpad(coalesce(clock[3], '0'), 2, '0') || '.' || left(coalesce(clock[4], '0'), 6);
    IF pg_input_is_valid(written, 'timestamp') THEN
        moment := written::timestamp;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tsql.raise_not_a_moment() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tsql.raise(241,
        'Conversion failed when converting date and/or time from character string.', 16, 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.text_moment(
    value text, target text, source text, style int4, attempt bool
) RETURNS timestamp IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    parsed record := tsql.parse_moment(value, style);
    legacy bool := target IN ('datetime', 'smalldatetime');
BEGIN
    IF parsed.moment IS NOT NULL AND NOT (legacy AND (parsed.precise OR coalesce(parsed.zone, 0) <> 0)) THEN
        IF target = 'datetime' AND parsed.moment < '1753-01-01'
            OR target = 'smalldatetime'
            AND parsed.moment NOT BETWEEN '1900-01-01' AND '2079-06-06 23:59:29.998'
        THEN
            parsed.moment := NULL;
        ELSE
            RETURN parsed.moment;
        END IF;
    ELSIF parsed.moment IS NOT NULL THEN
        parsed.shaped := false;
    END IF;
    IF attempt THEN
        RETURN NULL;
    ELSIF legacy AND parsed.shaped THEN
        PERFORM tsql.raise(242, 'The conversion of a ' || source || ' data type to a ' || target
            || ' data type resulted in an out-of-range value.', 16, 3);
    END IF;
    PERFORM tsql.raise_not_a_moment();
END $$;

CREATE OR REPLACE FUNCTION tsql.text_date(value text, style int4, attempt bool) RETURNS date
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    parsed record := tsql.parse_moment(value, style);
BEGIN
    IF parsed.moment IS NULL AND NOT attempt THEN
        PERFORM tsql.raise_not_a_moment();
    END IF;
    RETURN parsed.moment::date;
END $$;

CREATE OR REPLACE FUNCTION tsql.text_time(value text, attempt bool) RETURNS time
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    parsed record := tsql.parse_moment(value, 0);
BEGIN
    IF parsed.moment IS NULL AND NOT attempt THEN
        PERFORM tsql.raise_not_a_moment();
    END IF;
    RETURN parsed.moment::time;
END $$;

CREATE OR REPLACE FUNCTION tsql.text_dto(value text, digits int4, style int4, attempt bool)
RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    parsed record := tsql.parse_moment(value, style);
BEGIN
    IF parsed.moment IS NULL THEN
        IF attempt THEN
            RETURN NULL;
        END IF;
        PERFORM tsql.raise_not_a_moment();
    END IF;
    RETURN tsql.dto(tsql.round_fraction(parsed.moment, digits), coalesce(parsed.zone, 0));
END $$;
