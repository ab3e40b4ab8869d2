-- RAISERROR and FORMATMESSAGE: texts with places for arguments.

-- One argument as its place in the text wants it. ``kind``: s a string, i an integer, anything else
-- is not known (NULL).
CREATE OR REPLACE FUNCTION tsql.format_argument(
    flags text, width int4, digits int4, big bool, letter text, argument text, kind text, place int4
) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
    value text := coalesce(argument, '(null)');
    number numeric;
    sign text := '';
BEGIN
    IF argument IS NOT NULL AND (letter = 's') <> (kind = 's') THEN
        PERFORM tsql.raise(2786, format(
            'The data type of substitution parameter %s does not match the expected type of the'
            ' format specification.', place), 16, 1);
    ELSIF letter = 's' THEN
        value := left(value, coalesce(digits, length(value)));
    ELSIF argument IS NOT NULL THEN
        number := argument::numeric;
        IF letter IN ('d', 'i') THEN
            sign := CASE WHEN number < 0 THEN '-' WHEN flags LIKE '%+%' THEN '+'
                WHEN flags LIKE '% %' THEN ' ' ELSE '' END;
            value := abs(number)::text;
        ELSE
            number := CASE WHEN number < 0 THEN number + CASE WHEN big THEN 18446744073709551616
                ELSE 4294967296 END ELSE number END;
            value := CASE letter
                WHEN 'u' THEN number::text
                WHEN 'o' THEN to_oct((number - CASE WHEN number > 9223372036854775807
                    THEN 18446744073709551616 ELSE 0 END)::int8)
                ELSE to_hex((number - CASE WHEN number > 9223372036854775807
                    THEN 18446744073709551616 ELSE 0 END)::int8) END;
            IF flags LIKE '%#%' AND number <> 0 AND letter <> 'u' THEN
                sign := CASE letter WHEN 'o' THEN '0' ELSE '0x' END;
            END IF;
            IF letter = 'X' THEN
                value := upper(value);
                sign := upper(sign);
            END IF;
        END IF;
        value := lpad(value, greatest(length(value), digits), '0');
        IF flags LIKE '%0%' AND flags NOT LIKE '%-%' AND digits IS NULL THEN
            value := lpad(value, greatest(length(value), width - length(sign)), '0');
        END IF;
        value := sign || value;
    END IF;
    IF width IS NULL OR length(value) >= width THEN
        RETURN value;
    END IF;
    RETURN CASE WHEN flags LIKE '%-%' THEN rpad(value, width) ELSE lpad(value, width) END;
END $$;

CREATE OR REPLACE FUNCTION tsql.format_message(message text, args text[], kinds text[])
RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
    rest text := message;
    answer text := '';
    spec text[];
    width int4;
    digits int4;
    used int4 := 0;
BEGIN
    LOOP
        EXIT WHEN strpos(rest, '%') = 0;
        answer := answer || left(rest, strpos(rest, '%') - 1);
        rest := substr(rest, strpos(rest, '%'));
        IF rest LIKE '\%\%%' THEN
            answer := answer || '%';
            rest := substr(rest, 3);
            CONTINUE;
        END IF;
        spec := regexp_match(
            rest, '^%([-+0 #]*)(\*|\d+)?(?:\.(\*|\d+))?(h|l|I64)?([sdiuxXo])(.*)$');
        IF spec IS NULL THEN
            PERFORM tsql.raise(2787, format('Invalid format specification: ''%s''.',
                substring(rest FROM '^%[-+0 #]*[*0-9]*(?:\.[*0-9]*)?(?:h|l|I64)?.?')), 16, 1);
        END IF;
        width := CASE WHEN spec[2] <> '*' THEN spec[2]::int4 END;
        IF spec[2] = '*' THEN
            used := used + 1;
            width := args[used]::int4;
            IF width < 0 THEN
                spec[1] := spec[1] || '-';
                width := -width;
            END IF;
        END IF;
        digits := CASE WHEN spec[3] <> '*' THEN spec[3]::int4 END;
        IF spec[3] = '*' THEN
            used := used + 1;
            digits := args[used]::int4;
        END IF;
        used := used + 1;
        -- Nothing beyond the end of a message is seen.
        answer := answer || tsql.format_argument(
            spec[1], CASE WHEN width > 2048 THEN 2048 ELSE width END,
            CASE WHEN digits > 2048 THEN 2048 ELSE digits END, spec[4] IS NOT DISTINCT FROM 'I64', spec[5], args[used],
            kinds[used], used);
        rest := spec[6];
    END LOOP;
    answer := answer || rest;
    RETURN CASE WHEN length(answer) > 2047 THEN left(answer, 2044) || '...' ELSE answer END;
END $$;
