-- What compiled code asks before or while it reads.

-- Under SNAPSHOT a table is read only where the database allows it, and never in a transaction that
-- began under another level.
CREATE OR REPLACE FUNCTION tsql.check_snapshot(trancount int4) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF tsql.option('ALLOW_SNAPSHOT_ISOLATION') IS DISTINCT FROM 'ON' THEN
        PERFORM tsql.raise(3952, format(
            'Snapshot isolation transaction failed accessing database ''%s'' because snapshot '
            'isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot '
            'isolation.', tsql.database_name()), 16, 1);
    ELSIF trancount > 0 AND current_setting('transaction_isolation') <> 'repeatable read' THEN
        PERFORM tsql.raise(3951, format(
            'Transaction failed in database ''%s'' because the statement was run under snapshot '
            'isolation but the transaction did not start in snapshot isolation. You cannot change '
            'the isolation level of the transaction to snapshot after the transaction has started '
            'unless the transaction was originally started under snapshot isolation level.',
            tsql.database_name()), 16, 1);
    END IF;
END $$;

-- A recursion that has come to its last level: MAXRECURSION, or 100.
CREATE OR REPLACE FUNCTION tsql.too_deep(most int4) RETURNS int4 LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tsql.raise(530, format(
        'The statement terminated. The maximum recursion %s has been exhausted before statement '
        'completion.', most), 16, 1);
    RETURN NULL;
END $$;

-- DBCC CHECKIDENT: what it tells. ``mode``: NORESEED, RESEED (to what the column holds), or SET.
CREATE OR REPLACE FUNCTION tsql.check_identity(id int4, mode text, value int8) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    counter regclass := tsql.identity_sequence(id);
    present int8 := pg_sequence_last_value(counter);
    held int8;
    found record;
BEGIN
    SELECT c.* INTO found FROM tsql.column_list AS c
    WHERE c.object_id = id AND jsonb_typeof(c.doc -> 'identity') = 'array';
    EXECUTE format('SELECT max(%I)::int8 FROM %I.%I', tsql.mangle(found.name),
        tsql.mangle(found.schema_name), tsql.mangle(found.object_name)) INTO held;
    IF mode = 'SET' THEN
        -- Before the first row the value is the one that this row gets.
        PERFORM setval(counter, value, present IS NOT NULL);
        RETURN format('Checking identity information: current identity value ''%s''.',
            coalesce(present::text, 'NULL'));
    ELSIF mode = 'RESEED' AND held > coalesce(present, held - 1) THEN
        PERFORM setval(counter, held, true);
    END IF;
    RETURN format(
        'Checking identity information: current identity value ''%s'', current column value ''%s''.',
        coalesce(present::text, 'NULL'), coalesce(held::text, 'NULL'));
END $$;

-- An aggregate has left a NULL out: the statement's end warns of it.
CREATE OR REPLACE FUNCTION tsql.null_seen(value anyelement) RETURNS anyelement
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF current_setting('tsql.nulls', true) IS DISTINCT FROM '1' THEN
        PERFORM set_config('tsql.nulls', '1', false);
    END IF;
    RETURN NULL;
END $$;

-- WAITFOR DELAY: hh:mm, hh:mm:ss or hh:mm:ss.mmm, below a day.
CREATE OR REPLACE FUNCTION tsql.wait_seconds(delay text) RETURNS float8
IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
    parts text[] := regexp_match(btrim(delay), '^(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$');
BEGIN
    IF parts IS NULL OR parts[1]::int4 > 23 OR parts[2]::int4 > 59 OR parts[3]::float8 >= 60 THEN
        PERFORM tsql.raise(148, format('Incorrect time syntax in time string ''%s'' used with'
            ' WAITFOR.', delay), 15, 1);
    END IF;
    RETURN parts[1]::float8 * 3600 + parts[2]::float8 * 60 + coalesce(parts[3], '0')::float8;
END $$;

-- A database that an earlier version made has its writers say that they write from now on.
SELECT tsql.mark_writers();
