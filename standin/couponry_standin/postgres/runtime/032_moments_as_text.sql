-- Dates and times as T-SQL writes them.

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
