-- READ_COMMITTED_SNAPSHOT OFF: who reads waits for who has written and not committed.
--
-- PostgreSQL's readers never wait. So while the option is OFF, writers say that they write: a trigger
-- on each table takes, until the transaction ends, a shared lock on the table's mark and an exclusive
-- lock on the number of the process, and makes the lock of an updated row one that FOR KEY SHARE
-- waits for. UPDLOCK stays FOR NO KEY UPDATE, which it does not wait for: S and U go together, S and
-- X do not. What readers ask for is compiled into them (compiler/waiting.py).

CREATE OR REPLACE FUNCTION tsql.table_mark(id int4) RETURNS int8
IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT (1::int8 << 62) + id
$$;

CREATE OR REPLACE FUNCTION tsql.writer_mark(pid int4) RETURNS int8
IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT (1::int8 << 62) + (1::int8 << 40) + pid
$$;

CREATE OR REPLACE FUNCTION tsql.mark_writer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(tsql.table_mark(tg_argv[0]::int4)),
        pg_advisory_xact_lock(tsql.writer_mark(pg_backend_pid()));
    IF tg_op = 'UPDATE' THEN
        EXECUTE format('SELECT FROM %s WHERE ctid = $1 FOR UPDATE', tg_relid::regclass)
        USING old.ctid;
    END IF;
    RETURN CASE tg_op WHEN 'DELETE' THEN old ELSE new END;
END $$;

-- The triggers of all tables, or of one, as the option is; where one is right already, nothing is
-- locked.
CREATE OR REPLACE FUNCTION tsql.mark_writers(schema_name text = NULL, table_name text = NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    marked bool := tsql.option('READ_COMMITTED_SNAPSHOT') IS DISTINCT FROM 'ON';
    id int4;
    relation text;
BEGIN
    FOR id, relation IN
        SELECT o.object_id, format('%I.%I', tsql.mangle(o.schema_name), tsql.mangle(o.name))
        FROM tsql.objects AS o
        WHERE o.type = 'U' AND (o.schema_name, o.name)
            = (coalesce(mark_writers.schema_name, o.schema_name), coalesce(table_name, o.name))
        AND marked IS DISTINCT FROM EXISTS (
            SELECT FROM pg_trigger AS t WHERE t.tgname = 'tsql_writer' AND t.tgrelid
                = format('%I.%I', tsql.mangle(o.schema_name), tsql.mangle(o.name))::regclass)
    LOOP
        EXECUTE CASE WHEN marked THEN
            format('CREATE TRIGGER tsql_writer BEFORE INSERT OR UPDATE OR DELETE ON %s'
                ' FOR EACH ROW EXECUTE FUNCTION tsql.mark_writer(%s)', relation, id)
        ELSE
            format('DROP TRIGGER tsql_writer ON %s', relation)
        END;
    END LOOP;
END $$;

-- Wait for those who have written to a table and not ended; whether there was anybody.
--
-- Nobody stands in a queue for the mark itself: a writer would have to wait behind the reader.
CREATE OR REPLACE FUNCTION tsql.await_writers(id int4) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    mark int8 := tsql.table_mark(id);
    writer int4;
BEGIN
    IF pg_try_advisory_lock(mark) AND pg_advisory_unlock(mark) THEN
        RETURN false;
    END IF;
    FOR writer IN
        SELECT l.pid FROM pg_locks AS l
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.mode = 'ShareLock'
            AND (l.classid::int8 << 32 | l.objid::int8) = mark AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    LOOP
        PERFORM tsql.await_writer(writer);
    END LOOP;
    RETURN true;
END $$;

-- A lock that is undone at once: one of the session would survive an error between the two calls.
CREATE OR REPLACE FUNCTION tsql.await_writer(pid int4) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(tsql.writer_mark(pid));
    RAISE SQLSTATE 'TS001';
EXCEPTION
    WHEN SQLSTATE 'TS001' THEN
        NULL;
END $$;
