-- Conversions between strings, bytes and numbers, with SQL Server's errors.

CREATE OR REPLACE FUNCTION tsql.to_tinyint(value numeric) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value BETWEEN 0 AND 255 THEN
        RETURN value::int2;
    END IF;
    PERFORM tsql.raise(220,
        'Arithmetic overflow error for data type tinyint, value = ' || trunc(value) || '.', 16, 2);
END $$;

-- A float, or the result of a function that computes with floats, as an integer.
CREATE OR REPLACE FUNCTION tsql.float_int(value float8, low int8, high int8, target text)
RETURNS int8 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF trunc(value) >= low AND trunc(value) <= high THEN
        RETURN trunc(value)::int8;
    END IF;
    PERFORM tsql.raise(232, format(
        'Arithmetic overflow error for type %s, value = %s.', target,
        CASE WHEN abs(value) < 1e31 THEN value::numeric::numeric(38, 6)::text ELSE value::text END
    ), 16, 3);
END $$;

-- The result of arithmetic on two tinyints.
CREATE OR REPLACE FUNCTION tsql.tinyint(value int4) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value BETWEEN 0 AND 255 THEN
        RETURN value::int2;
    END IF;
    PERFORM tsql.raise(8115,
        'Arithmetic overflow error converting expression to data type tinyint.', 16, 2);
END $$;

CREATE OR REPLACE FUNCTION tsql.to_smallint(value numeric) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF value BETWEEN -32768 AND 32767 THEN
        RETURN value::int2;
    END IF;
    PERFORM tsql.raise(220,
        'Arithmetic overflow error for data type smallint, value = ' || trunc(value) || '.', 16, 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.try_int(value numeric, low int8, high int8) RETURNS int8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN value BETWEEN low AND high THEN value::int8 END
$$;

-- A number of another type as a decimal.
CREATE OR REPLACE FUNCTION tsql.to_numeric(value numeric, digits int4, scale int4, source text)
RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF abs(round(value, scale)) < 10::numeric ^ (digits - scale) THEN
        RETURN round(value, scale);
    END IF;
    PERFORM tsql.raise(8115,
        'Arithmetic overflow error converting ' || source || ' to data type numeric.',
        16, CASE WHEN source IN ('float', 'real') THEN 6 ELSE 8 END);
END $$;

-- A result that may have more digits than its type.
CREATE OR REPLACE FUNCTION tsql.within(value numeric, digits int4, scale int4)
RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
    IF abs(round(value, scale)) < 10::numeric ^ (digits - scale) THEN
        RETURN round(value, scale);
    END IF;
    PERFORM tsql.raise(8115,
        'Arithmetic overflow error converting expression to data type numeric.', 16, 2);
END $$;

CREATE OR REPLACE FUNCTION tsql.try_numeric(value numeric, digits int4, scale int4) RETURNS numeric
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN abs(round(value, scale)) < 10::numeric ^ (digits - scale)
           THEN round(value, scale) END
$$;

CREATE OR REPLACE FUNCTION tsql.text_int(value text, source text, target text, attempt bool)
RETURNS int8 IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    digits text := btrim(value, E' \t\r\n');
    number numeric;
    low numeric;
    high numeric;
BEGIN
    IF target IN ('int', 'bigint') AND length(value) < 10 AND value <> ''
        AND ltrim(value, '0123456789') = ''
    THEN
        RETURN value::int8; -- the usual case, without regular expressions
    END IF;
    IF digits ~ '^[+-]?\d{0,60}$' THEN
        number := CASE WHEN digits IN ('', '+', '-') THEN 0 ELSE digits::numeric END;
        low := CASE target WHEN 'tinyint' THEN 0 WHEN 'smallint' THEN -32768
            WHEN 'int' THEN -2147483648 ELSE -9223372036854775808 END;
        high := CASE target WHEN 'tinyint' THEN 255 WHEN 'smallint' THEN 32767
            WHEN 'int' THEN 2147483647 ELSE 9223372036854775807 END;
        IF number BETWEEN low AND high THEN
            RETURN number::int8;
        ELSIF attempt THEN
            RETURN NULL;
        ELSIF target = 'int' THEN
            PERFORM tsql.raise(248, 'The conversion of the ' || source || ' value ''' || value
                || ''' overflowed an int column.', 16, 1);
        ELSIF target = 'bigint' THEN
            PERFORM tsql.raise(8115,
                'Arithmetic overflow error converting expression to data type bigint.', 16, 2);
        ELSE
            PERFORM tsql.raise(244, 'The conversion of the ' || source || ' value ''' || value
                || ''' overflowed an INT' || CASE target WHEN 'tinyint' THEN '1' ELSE '2' END
                || ' column. Use a larger integer column.', 16, 1);
        END IF;
    ELSIF attempt THEN
        RETURN NULL;
    ELSIF target = 'bigint' THEN
        PERFORM tsql.raise(8114, 'Error converting data type ' || source || ' to bigint.', 16, 5);
    END IF;
    PERFORM tsql.raise(245, 'Conversion failed when converting the ' || source || ' value '''
        || value || ''' to data type ' || target || '.', 16, 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.text_bit(value text, source text, attempt bool) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := lower(btrim(value));
BEGIN
    IF word = 'true' THEN
        RETURN 1;
    ELSIF word IN ('false', '') THEN
        RETURN 0;
    ELSIF word ~ '^[+-]?\d+$' THEN
        RETURN (word::numeric <> 0)::int4::int2;
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(245, 'Conversion failed when converting the ' || source || ' value '''
        || value || ''' to data type bit.', 16, 1);
END $$;

CREATE OR REPLACE FUNCTION tsql.text_numeric(
    value text, source text, digits int4, scale int4, attempt bool
) RETURNS numeric IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := btrim(value);
    number numeric;
BEGIN
    IF word ~ '^[+-]?(\d+\.?\d*|\.\d+)$' THEN
        number := round(word::numeric, scale);
        IF abs(number) < 10::numeric ^ (digits - scale) THEN
            RETURN number;
        ELSIF attempt THEN
            RETURN NULL;
        END IF;
        PERFORM tsql.raise(8115,
            'Arithmetic overflow error converting ' || source || ' to data type numeric.', 16, 8);
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(8114, 'Error converting data type ' || source || ' to numeric.', 16, 5);
END $$;

CREATE OR REPLACE FUNCTION tsql.text_float(value text, source text, attempt bool) RETURNS float8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := btrim(value);
BEGIN
    IF word = '' THEN
        RETURN 0;
    ELSIF word ~ '^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$'
        AND pg_input_is_valid(word, 'float8')
    THEN
        RETURN word::float8;
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(8114, 'Error converting data type ' || source || ' to float.', 16, 5);
END $$;

CREATE OR REPLACE FUNCTION tsql.to_money(value numeric, small bool, attempt bool) RETURNS numeric
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    amount numeric := round(value, 4);
BEGIN
    IF (CASE WHEN small THEN amount BETWEEN -214748.3648 AND 214748.3647
             ELSE amount BETWEEN -922337203685477.5808 AND 922337203685477.5807 END)
    THEN
        RETURN amount;
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(8115, 'Arithmetic overflow error converting expression to data type '
        || CASE WHEN small THEN 'smallmoney' ELSE 'money' END || '.', 16, 2);
END $$;

CREATE OR REPLACE FUNCTION tsql.text_money(value text, small bool, attempt bool) RETURNS numeric
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := replace(btrim(value), ',', '');
BEGIN
    IF word = '' THEN
        RETURN 0.0000;
    END IF;
    word := regexp_replace(word, '^([+-]?)\s*[$£¥€]\s*', '\1');
    IF word ~ '^[+-]?(\d+\.?\d*|\.\d+)$' THEN
        RETURN tsql.to_money(word::numeric, small, attempt);
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(235,
        'Cannot convert a char value to money. The char value has incorrect syntax.', 16, 0);
END $$;

-- The last bytes as a big-endian integer, as SQL Server reads a binary.
CREATE OR REPLACE FUNCTION tsql.bytes_int(value bytea, width int4) RETURNS int8
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    result int8 := 0;
    size int4 := length(value);
BEGIN
    FOR i IN greatest(size - width, 0) .. size - 1 LOOP
        result := (result << 8) | get_byte(value, i);
    END LOOP;
    IF width = 4 AND result > 2147483647 THEN
        result := result - 4294967296;
    ELSIF width = 2 AND result > 32767 THEN
        result := result - 65536;
    END IF;
    RETURN result;
END $$;

CREATE OR REPLACE FUNCTION tsql.bytes_right(value bytea, size int4) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN length(value) >= size
        THEN substring(value FROM length(value) - size + 1)
        ELSE decode(repeat('00', size - length(value)), 'hex') || value END
$$;

CREATE OR REPLACE FUNCTION tsql.bytes_pad(value bytea, size int4) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN length(value) >= size THEN substring(value FROM 1 FOR size)
        ELSE value || decode(repeat('00', size - length(value)), 'hex') END
$$;

CREATE OR REPLACE FUNCTION tsql.hex_bytes(value text, style int4, attempt bool) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    digits text := value;
BEGIN
    IF style = 1 THEN
        digits := CASE WHEN value ~ '^0[xX]' THEN substr(value, 3) ELSE 'no' END;
    END IF;
    IF length(digits) % 2 = 0 AND digits ~ '^[0-9a-fA-F]*$' THEN
        RETURN decode(digits, 'hex');
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(8114, 'Error converting data type varchar to varbinary.', 16, 5);
END $$;

-- Style 0: six significant digits; 1: eight, 2: sixteen, 3: seventeen, all with an exponent.
CREATE OR REPLACE FUNCTION tsql.float_text(value float8, style int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    places int4 := CASE style WHEN 0 THEN 5 WHEN 1 THEN 7 WHEN 2 THEN 15 ELSE 16 END;
    parts text[];
    power int4;
    mantissa text;
BEGIN
    IF value = 0 AND style = 0 THEN
        RETURN '0';
    END IF;
    parts := regexp_match(
        btrim(to_char(value, '9.' || repeat('0', places) || 'EEEE')),
        '^(-?[\d.]+)e([+-]\d+)$');
    power := parts[2]::int4;
    mantissa := parts[1];
    IF style = 0 THEN
        IF power BETWEEN -4 AND 5 THEN
            RETURN trim_scale((mantissa || 'e' || power)::numeric)::text;
        END IF;
        mantissa := regexp_replace(mantissa, '\.?0*$', '');
    END IF;
    RETURN mantissa || 'e' || CASE WHEN power < 0 THEN '-' ELSE '+' END
        || lpad(abs(power)::text, 3, '0');
END $$;

CREATE OR REPLACE FUNCTION tsql.text_guid(value text, attempt bool) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    word text := ltrim(value);
BEGIN
    word := CASE WHEN left(word, 1) = '{' AND substr(word, 38, 1) = '}'
        THEN substr(word, 2, 36) ELSE left(word, 36) END;
    IF word ~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' THEN
        RETURN word::uuid;
    ELSIF attempt THEN
        RETURN NULL;
    END IF;
    PERFORM tsql.raise(8169,
        'Conversion failed when converting from a character string to uniqueidentifier.', 16, 2);
END $$;

-- The first three groups of a uniqueidentifier are little-endian in its bytes.
CREATE OR REPLACE FUNCTION tsql.guid_bytes(value uuid) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    h text := replace(value::text, '-', '');
BEGIN
    RETURN decode(
        substr(h, 7, 2) || substr(h, 5, 2) || substr(h, 3, 2) || substr(h, 1, 2)
        || substr(h, 11, 2) || substr(h, 9, 2) || substr(h, 15, 2) || substr(h, 13, 2)
        || substr(h, 17), 'hex');
END $$;

CREATE OR REPLACE FUNCTION tsql.bytes_guid(value bytea) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    h text := left(rpad(encode(value, 'hex'), 32, '0'), 32);
BEGIN
    RETURN (substr(h, 7, 2) || substr(h, 5, 2) || substr(h, 3, 2) || substr(h, 1, 2)
        || substr(h, 11, 2) || substr(h, 9, 2) || substr(h, 15, 2) || substr(h, 13, 2)
        || substr(h, 17))::uuid;
END $$;

-- SQL Server sorts uniqueidentifier by its last group first.
CREATE OR REPLACE FUNCTION tsql.guid_key(value uuid) RETURNS bytea
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE plpgsql AS $$
DECLARE
    h text := replace(value::text, '-', '');
BEGIN
    RETURN decode(
        substr(h, 21) || substr(h, 17, 4) || substr(h, 15, 2) || substr(h, 13, 2)
        || substr(h, 11, 2) || substr(h, 9, 2)
        || substr(h, 7, 2) || substr(h, 5, 2) || substr(h, 3, 2) || substr(h, 1, 2), 'hex');
END $$;
