-- Dates and times as T-SQL reads them.

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
