-- Built-in functions of dates and times, and the clock.

-- The wall clock, stable so that an index may serve a comparison with it.
CREATE OR REPLACE FUNCTION tsql.clock() RETURNS timestamptz
STABLE PARALLEL SAFE LANGUAGE internal AS 'clock_timestamp';

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
