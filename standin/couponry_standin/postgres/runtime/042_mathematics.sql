-- Built-in functions of numbers.

-- TOP (…) PERCENT.
CREATE OR REPLACE FUNCTION tsql.percent(share float8) RETURNS float8
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF share IS NULL OR share NOT BETWEEN 0 AND 100 THEN
        PERFORM tsql.raise(1031, 'Percent values must be between 0 and 100.', 15, 1);
    END IF;
    RETURN share;
END $$;

-- FETCH NEXT … ROWS.
CREATE OR REPLACE FUNCTION tsql.fetched(count int8) RETURNS int8
IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF count = 0 THEN
        PERFORM tsql.raise(10744,
            'The number of rows provided for a FETCH clause must be greater then zero.', 15, 1);
    END IF;
    RETURN count;
END $$;

CREATE OR REPLACE FUNCTION tsql.isnumeric(value text) RETURNS int4
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(
        btrim(value, E' \t\n\r\u000B\f\u00A0') ~ '^[+-]?\s*[$€£¥]?\s*[+-]?(\d[\d,]*\.?\d*|\.\d+)([eEdD][+-]?\d{1,3})?$'
        OR btrim(value) IN ('+', '-', '.', ',', '\', '$', '€', '£', '¥', '¤')
        -- All blanks but the plain one are an amount of nothing.
        OR btrim(value) ~ '^[\t\n\r\u000B\f\u00A0]+$', false)::int4
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
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value = 0 THEN
        PERFORM tsql.raise(40517, 'The stand-in does not support the cotangent of zero. It refuses '
            'what it cannot run as SQL Server would.', 16, 1);
    END IF;
    RETURN cot(value);
END $$;

-- How far LAG and LEAD look.
CREATE OR REPLACE FUNCTION tsql.neighbour(distance int4) RETURNS int4
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF distance < 0 THEN
        PERFORM tsql.raise(8730,
            'Offset parameter for Lag and Lead functions cannot be a negative value.', 16, 1);
    END IF;
    RETURN distance;
END $$;
