-- Dates and times: rounding, text forms, parsing, parts. DateStyle is ISO in every session.

-- datetime counts 1/300 of a second and shows them as .000, .003 and .007.
CREATE OR REPLACE FUNCTION tsql.to_datetime(value timestamp, source text) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    micros int8 := extract(microseconds FROM value)::int8 % 1000000;
    ticks int8;
BEGIN
    IF value < '1753-01-01' OR value >= '10000-01-01' THEN
        PERFORM tsql.raise(242, 'The conversion of a ' || source || ' data type to a datetime data type '
            'resulted in an out-of-range value.', 16, 3);
    END IF;
    IF micros = 0 THEN
        RETURN value;
    END IF;
    ticks := (micros * 300 + 500000) / 1000000;
    value := value + ((ticks * 1000 + 150) / 300 * 1000 - micros) * interval '1 microsecond';
    IF value >= '10000-01-01' THEN
        PERFORM tsql.raise(242, 'The conversion of a ' || source || ' data type to a datetime data type '
            'resulted in an out-of-range value.', 16, 3);
    END IF;
    RETURN value;
END $$;

CREATE OR REPLACE FUNCTION tsql.round_datetime(value timestamp) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    RETURN tsql.to_datetime(value, 'datetime2');
END $$;

-- A datetime with the thirds of milliseconds that its three digits stand for.
CREATE OR REPLACE FUNCTION tsql.exact_datetime(value timestamp) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    micros int8 := extract(microseconds FROM value)::int8 % 1000000;
BEGIN
    IF micros % 10000 = 0 THEN
        RETURN value;
    END IF;
    RETURN value + (((micros * 300 + 500000) / 1000000 * 20000 + 3) / 6 - micros)
        * interval '1 microsecond';
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

-- Halves up; before the year 2000, by which PostgreSQL counts, it would round them down.
CREATE OR REPLACE FUNCTION tsql.round_fraction(value timestamp, digits int4) RETURNS timestamp
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    later timestamp := value + interval '730485 days';
BEGIN
    RETURN CASE digits WHEN 0 THEN later::timestamp(0) WHEN 1 THEN later::timestamp(1)
        WHEN 2 THEN later::timestamp(2) WHEN 3 THEN later::timestamp(3)
        WHEN 4 THEN later::timestamp(4) WHEN 5 THEN later::timestamp(5) ELSE later END
        - interval '730485 days';
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
