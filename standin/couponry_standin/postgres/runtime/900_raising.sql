-- What compiled procedures and batches call when something goes wrong, and what CATCH sees.

CREATE SCHEMA IF NOT EXISTS tsql_code;

-- The T-SQL line of each PL/pgSQL line of a compiled function, the column at which its statement
-- begins, and, where procedures are expanded in it, the procedure that the line is of ('' for the
-- module's own).
CREATE TABLE IF NOT EXISTS tsql.code_lines (
    function_name text PRIMARY KEY,
    module text NOT NULL,
    lines int4[] NOT NULL,
    owners text[],
    cols int4[]
);
ALTER TABLE tsql.code_lines ADD COLUMN IF NOT EXISTS owners text[];
ALTER TABLE tsql.code_lines ADD COLUMN IF NOT EXISTS cols int4[];

-- Where the innermost compiled function of a call stack had got.
CREATE OR REPLACE FUNCTION tsql.place_of(
    context text, OUT procedure text, OUT line int4, OUT col int4
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    place text[] := regexp_match(
        context, 'PL/pgSQL function (?:tsql_code\.)?"?([^"( ]+_[0-9a-f]{16})"?\([^\n]*line (\d+)'
    );
    at int4 := place[2]::int4 - 1;
BEGIN
    SELECT coalesce(nullif(c.owners[at], ''), c.module), coalesce(nullif(c.lines[at], 0), 1),
        c.cols[at]
    INTO procedure, line, col
    FROM tsql.code_lines AS c WHERE c.function_name = place[1];
END $$;

-- An error as compiled code carries it: number, severity, state, message, procedure, line.
CREATE OR REPLACE FUNCTION tsql.caught(
    sqlstate text, message text, detail text, hint text, schema_name text, table_name text,
    column_name text, constraint_name text, datatype text, context text, module text, line int4
) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    mapped record;
    place text[];
    known record;
    at_col int4;
    procedure text := module;
    at_line int4 := line;
BEGIN
    SELECT * INTO mapped FROM tsql.error_of(
        sqlstate, message, detail, schema_name, table_name, column_name, constraint_name, datatype
    );
    IF sqlstate = 'TS000' AND hint LIKE '%|%' THEN
        -- THROW in an inline function tells its own place.
        procedure := split_part(hint, '|', 1);
        at_line := split_part(hint, '|', 2)::int4;
    ELSIF line = 0 THEN
        known := tsql.place_of(context);
        IF known.line IS NOT NULL THEN
            procedure := known.procedure;
            at_line := known.line;
            at_col := known.col;
        END IF;
    END IF;
    IF mapped.number = 40517 AND mapped.message NOT LIKE '%(line %' THEN
        -- The compiler did not see it coming: it would have told the place itself.
        at_col := coalesce(at_col, (tsql.place_of(context)).col);
        mapped.message := replace(
            mapped.message, '. It refuses', format(
                ' (line %s, column %s). It refuses', greatest(at_line, 1), greatest(at_col, 1)));
        RAISE LOG 'unmapped error %: % at %', sqlstate, message, context;
    ELSIF mapped.number = 8630 THEN
        -- The client gets no PostgreSQL text; whoever mends the stand-in finds it in the log.
        RAISE LOG 'unmapped error %: % at %', sqlstate, message, context;
    ELSIF mapped.number = 547 THEN
        -- The message names the statement that the client ran; PostgreSQL names it in the context
        -- only, below those that the actions of foreign keys run for it.
        SELECT matched INTO place
        FROM regexp_matches(
            split_part(context, 'PL/pgSQL function tsql_code.', 1),
            '(?:^|\n)SQL statement "(?:WITH .*? AS \()?(UPDATE|DELETE|INSERT|MERGE)\M', 'g'
        ) WITH ORDINALITY AS found (matched, place)
        ORDER BY found.place DESC LIMIT 1;
        IF place[1] IS NOT NULL THEN
            mapped.message := regexp_replace(
                mapped.message, '^The (INSERT|UPDATE|DELETE) ', 'The ' || place[1] || ' ');
        END IF;
    ELSIF mapped.number = 515 THEN
        place := regexp_match(context, 'SQL statement "(?:WITH .*? AS \()?(UPDATE|DELETE|INSERT)\M');
        IF place[1] = 'UPDATE' THEN
            mapped.message := regexp_replace(mapped.message, ' INSERT fails\.$', ' UPDATE fails.');
        END IF;
    END IF;
    RETURN ARRAY[
        mapped.number::text, mapped.severity::text, mapped.state::text, mapped.message, procedure,
        at_line::text
    ];
END $$;

-- THROW substitutes nothing, yet a percent sign wants to be doubled: one before a blank, a dot or an
-- exclamation mark is lost, and one that a conversion might begin with takes the whole text along.
CREATE OR REPLACE FUNCTION tsql.thrown_text(message text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE
        WHEN position('%' IN message) = 0 THEN message
        WHEN replace(message, '%%', '') ~ '%[diosuxX]' THEN ' '
        ELSE replace(
            regexp_replace(replace(message, '%%', E'\x01'), '%([ .!])', '\1', 'g'), E'\x01', '%')
    END
$$;

-- THROW number, message, state: its own arguments are checked as SQL Server does.
CREATE OR REPLACE FUNCTION tsql.thrown(
    number int4, message text, state int4, module text, line int4
) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF number IS NULL OR number < 50000 THEN
        PERFORM tsql.raise(
            35100,
            format(
                'Error number %s in the THROW statement is outside the valid range. Specify an error'
                ' number in the valid range of 50000 to 2147483647.', coalesce(number::text, 'NULL')
            ), 16, 10
        );
    END IF;
    RETURN ARRAY[
        number::text, '16', coalesce(state, 0)::text, tsql.thrown_text(coalesce(message, '')),
        module, line::text
    ];
END $$;

CREATE OR REPLACE FUNCTION tsql.throw(
    number int4, message text, state int4, module text, line int4
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    error text[] := tsql.thrown(number, message, state, module, line);
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'TS000', MESSAGE = error[4],
        DETAIL = error[1] || ',' || error[2] || ',' || error[3],
        HINT = error[5] || '|' || error[6];
END $$;

-- RAISERROR: C-style substitution of %s, %d, %i, %u, %x, %X, %o with width, and %%.
CREATE OR REPLACE FUNCTION tsql.raiserror(
    message text, severity int4, state int4, args text[], kinds text[], is_number bool,
    module text, line int4
) RETURNS text[] LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF is_number AND (message::int8 < 13000 OR message::int8 = 50000) THEN
        PERFORM tsql.raise(2732, format('Error number %s is invalid. The number must be from 13000'
            ' through 2147483647 and it cannot be 50000.', message), 16, 1);
    ELSIF is_number THEN
        PERFORM tsql.raise(
            18054,
            format(
                'Error %s, severity %s, state %s was raised, but no message with that error number'
                ' was found in sys.messages. If error is larger than 50000, make sure the'
                ' user-defined message is added using sp_addmessage.', message, severity, state
            ), 16, 1
        );
    ELSIF severity > 18 THEN
        PERFORM tsql.raise(
            2754,
            'Error severity levels greater than 18 can only be specified by members of the sysadmin'
            ' role, using the WITH LOG option.', 16, 1
        );
    END IF;
    RETURN ARRAY[
        '50000', greatest(severity, 0)::text, greatest(least(state, 255), 0)::text,
        tsql.format_message(coalesce(message, ''), args, kinds), module, line::text
    ];
END $$;

-- ERROR_NUMBER() and its kin, asked in a procedure that a CATCH block called.
CREATE OR REPLACE FUNCTION tsql.remember_error(error text[]) RETURNS void LANGUAGE sql AS $$
    SELECT set_config('tsql.error', error::text, false)
$$;

CREATE OR REPLACE FUNCTION tsql.error_field(field int4) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (nullif(current_setting('tsql.error', true), '')::text[])[field]
$$;

-- Errors that doom a transaction even with XACT_ABORT OFF (when caught), as conversions do.
CREATE OR REPLACE FUNCTION tsql.dooms(number int4) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT number IN (213, 241, 242, 244, 245, 248, 295, 1205, 3960, 8114, 13609)
$$;

-- Errors that end the batch where nothing catches them.
CREATE OR REPLACE FUNCTION tsql.aborts_batch(number int4) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT number IN (208, 213, 241, 242, 244, 245, 248, 295, 1205, 3930, 3960, 3998, 13609, 40517)
$$;

CREATE OR REPLACE FUNCTION tsql.raise_doomed() RETURNS void LANGUAGE sql AS $$
    SELECT tsql.raise(
        3930,
        'The current transaction cannot be committed and cannot support operations that write to the'
        ' log file. Roll back the transaction.', 16, 1
    )
$$;

-- The compiler took a statement to stand inside a transaction, and it does not.
CREATE OR REPLACE FUNCTION tsql.raise_uncovered() RETURNS void LANGUAGE sql AS $$
    SELECT tsql.raise(
        40517,
        'The stand-in does not support a write outside a transaction in a procedure that begins its'
        ' transaction under a condition. It refuses what it cannot run as SQL Server would.', 16, 1
    )
$$;
