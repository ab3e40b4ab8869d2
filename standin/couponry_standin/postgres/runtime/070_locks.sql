-- Application locks: sp_getapplock, sp_releaseapplock, APPLOCK_TEST, APPLOCK_MODE; at the end, the
-- locks of keys.
--
-- PostgreSQL's advisory locks are shared or exclusive, T-SQL has five modes. A resource therefore
-- has three keys, always taken in this order:
--
--     mode             all        intent     update
--     Exclusive        exclusive
--     IntentShared     shared
--     Shared           shared     shared
--     Update           shared     shared     exclusive
--     IntentExclusive  shared     exclusive
--
-- Two IntentExclusive exclude each other here, which SQL Server allows: stricter, never laxer.
-- A lock that a transaction owns ends with it: releasing it earlier has no effect.

CREATE OR REPLACE FUNCTION tsql.applock_key(resource text, aspect text) RETURNS int8
STABLE STRICT LANGUAGE sql AS $$
    SELECT hashtextextended(
        'applock' || E'\x1f' || current_database() || E'\x1f' || aspect || E'\x1f'
        || left(resource, 255), 0)
$$;

CREATE OR REPLACE FUNCTION tsql.applock_aspects(mode text) RETURNS text[]
IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT CASE lower(mode)
        WHEN 'exclusive' THEN ARRAY['all', 'x']
        WHEN 'intentshared' THEN ARRAY['all', 's']
        WHEN 'shared' THEN ARRAY['all', 's', 'intent', 's']
        WHEN 'update' THEN ARRAY['all', 's', 'intent', 's', 'update', 'x']
        WHEN 'intentexclusive' THEN ARRAY['all', 's', 'intent', 'x']
    END
$$;

CREATE OR REPLACE FUNCTION tsql.applock_take(key int8, kind text, owner text, waits bool)
RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    IF NOT waits THEN
        RETURN CASE
            WHEN owner = 'session' AND kind = 'x' THEN pg_try_advisory_lock(key)
            WHEN owner = 'session' THEN pg_try_advisory_lock_shared(key)
            WHEN kind = 'x' THEN pg_try_advisory_xact_lock(key)
            ELSE pg_try_advisory_xact_lock_shared(key) END;
    ELSIF owner = 'session' AND kind = 'x' THEN
        PERFORM pg_advisory_lock(key);
    ELSIF owner = 'session' THEN
        PERFORM pg_advisory_lock_shared(key);
    ELSIF kind = 'x' THEN
        PERFORM pg_advisory_xact_lock(key);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(key);
    END IF;
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION tsql.applock_drop(key int8, kind text) RETURNS bool
LANGUAGE sql AS $$
    SELECT CASE WHEN kind = 'x' THEN pg_advisory_unlock(key)
        ELSE pg_advisory_unlock_shared(key) END
$$;

-- 0 granted, 1 granted after waiting, -1 time-out, -3 deadlock victim, -999 wrong parameters.
-- The time-out is in milliseconds: -1 waits for ever, NULL as the session's SET LOCK_TIMEOUT says.
CREATE OR REPLACE FUNCTION tsql.getapplock(resource text, mode text, owner text, timeout_ms int4)
RETURNS int4 LANGUAGE plpgsql AS $$
DECLARE
    aspects text[] := tsql.applock_aspects(mode);
    holder text := lower(coalesce(owner, 'transaction'));
    before text := current_setting('lock_timeout');
    taken int4 := 0;
    answer int4 := 0;
BEGIN
    IF resource IS NULL OR resource = '' OR aspects IS NULL
        OR holder NOT IN ('session', 'transaction') OR timeout_ms < -1
    THEN
        RETURN -999;
    END IF;
    BEGIN
        FOR i IN 1 .. cardinality(aspects) BY 2 LOOP
            IF NOT tsql.applock_take(
                tsql.applock_key(resource, aspects[i]), aspects[i + 1], holder, false)
            THEN
                IF timeout_ms = 0 THEN
                    RAISE lock_not_available;
                END IF;
                IF timeout_ms IS NOT NULL THEN
                    PERFORM set_config('lock_timeout', greatest(timeout_ms, 0)::text, true);
                END IF;
                PERFORM tsql.applock_take(
                    tsql.applock_key(resource, aspects[i]), aspects[i + 1], holder, true);
                PERFORM set_config('lock_timeout', before, true);
                answer := 1;
            END IF;
            taken := i;
        END LOOP;
        RETURN answer;
    EXCEPTION
        WHEN lock_not_available THEN
            answer := -1;
        WHEN deadlock_detected THEN
            answer := -3;
    END;
    -- The transaction's own locks went with the block; those of the session have to be given back.
    IF holder = 'session' AND taken > 0 THEN
        FOR i IN 1 .. taken BY 2 LOOP
            PERFORM tsql.applock_drop(tsql.applock_key(resource, aspects[i]), aspects[i + 1]);
        END LOOP;
    END IF;
    RETURN answer;
END $$;

CREATE OR REPLACE FUNCTION tsql.releaseapplock(resource text, owner text) RETURNS int4
LANGUAGE plpgsql AS $$
DECLARE
    holder text := lower(coalesce(owner, 'transaction'));
    mode text;
    aspects text[];
BEGIN
    IF resource IS NULL OR holder NOT IN ('session', 'transaction') THEN
        RETURN -999;
    END IF;
    mode := tsql.applock_mode(resource, holder);
    IF mode = 'NoLock' THEN
        PERFORM tsql.raise(1223, format(
            'Cannot release the application lock (Database Principal: ''public'', Resource: ''%s'')'
            ' because it is not currently held.', resource), 16, 1);
    END IF;
    IF holder = 'session' THEN
        aspects := tsql.applock_aspects(mode);
        FOR i IN 1 .. cardinality(aspects) BY 2 LOOP
            PERFORM tsql.applock_drop(tsql.applock_key(resource, aspects[i]), aspects[i + 1]);
        END LOOP;
    END IF;
    RETURN 0;
END $$;

-- PostgreSQL tells what this process holds, not for whom: both owners answer alike.
CREATE OR REPLACE FUNCTION tsql.applock_mode(resource text, owner text) RETURNS text
VOLATILE LANGUAGE plpgsql AS $$
DECLARE
    held text[];
BEGIN
    SELECT array_agg(a.aspect || CASE l.mode WHEN 'ExclusiveLock' THEN ':x' ELSE ':s' END)
    INTO held
    FROM unnest(ARRAY['all', 'intent', 'update']) AS a (aspect)
    JOIN pg_locks AS l
        ON l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.granted AND l.objsubid = 1
        AND (l.classid::int8 << 32 | l.objid::int8) = tsql.applock_key(resource, a.aspect);
    RETURN CASE
        WHEN held IS NULL THEN 'NoLock'
        WHEN 'all:x' = ANY (held) THEN 'Exclusive'
        WHEN 'update:x' = ANY (held) THEN 'Update'
        WHEN 'intent:x' = ANY (held) THEN 'IntentExclusive'
        WHEN 'intent:s' = ANY (held) THEN 'Shared'
        ELSE 'IntentShared'
    END;
END $$;

-- 1 when the lock could be had now.
CREATE OR REPLACE FUNCTION tsql.applock_test(resource text, mode text, owner text) RETURNS int4
LANGUAGE plpgsql AS $$
BEGIN
    IF tsql.getapplock(resource, mode, 'Session', 0) < 0 THEN
        RETURN 0;
    END IF;
    DECLARE
        aspects text[] := tsql.applock_aspects(mode);
    BEGIN
        FOR i IN 1 .. cardinality(aspects) BY 2 LOOP
            PERFORM tsql.applock_drop(tsql.applock_key(resource, aspects[i]), aspects[i + 1]);
        END LOOP;
    END;
    RETURN 1;
END $$;

-- The locks of keys.

-- What is asked by who searches: the rows that somebody holds by their table and not by their keys.
CREATE OR REPLACE FUNCTION tsql.rows_mark(id int4) RETURNS int8
IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT (1::int8 << 61) + (1::int8 << 40) + id
$$;

-- Whether a transaction that has written many rows locks these keys one by one, too.
--
-- From 5,000 on it takes the table's instead, as SQL Server's escalation does, and like that without
-- waiting: where others have written to the table it goes on, and tries again each time. Then it
-- locks keys while PostgreSQL's table of locks, which is the server's, is less than half full.
-- What is remembered are settings of the transaction, which a rollback to a savepoint undoes with
-- the locks.
CREATE OR REPLACE FUNCTION tsql.locks_keys(id int4, keys int4) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    most CONSTANT int4 := 5000;
    step CONSTANT int4 := 1250;
    held int4 := nullif(current_setting('tsql.keys', true), '')::int4;
    kept text;
BEGIN
    IF held IS NULL THEN
        SELECT count(*) INTO held FROM pg_locks AS l
        WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid();
        -- PostgreSQL's count of rows may be that of transactions before.
        PERFORM pg_stat_force_next_flush();
    END IF;
    IF held >= most THEN
        IF pg_try_advisory_xact_lock((1::int8 << 61) + id)
            AND pg_try_advisory_xact_lock(tsql.rows_mark(id))
        THEN
            RETURN false;
        END IF;
        IF held / step <> (held + keys) / step THEN
            PERFORM set_config('tsql.keys_fill', (count(*) > tsql.room_for_locks() / 2)::text, true)
            FROM pg_locks;
        END IF;
    END IF;
    -- An assignment: PERFORM would be a query for each row.
    kept := set_config('tsql.keys', (held + keys)::text, true);
    RETURN held < most OR current_setting('tsql.keys_fill', true) IS DISTINCT FROM 'true';
END $$;

-- How many locks PostgreSQL has room for, at least.
CREATE OR REPLACE FUNCTION tsql.room_for_locks() RETURNS int8 STABLE LANGUAGE plpgsql AS $$
BEGIN
    RETURN current_setting('max_locks_per_transaction')::int8
        * current_setting('max_connections')::int8;
END $$;

-- A key that was looked for and not found: has somebody put it there, and not committed?
--
-- True when it had to be waited for: then it is there now, or will not be. The lock is not kept.
-- Who does not wait is told what SET LOCK_TIMEOUT 0 tells.
CREATE OR REPLACE FUNCTION tsql.await_key(key int8, id int4, waits bool) RETURNS bool
LANGUAGE plpgsql AS $$
BEGIN
    IF key IS NULL THEN
        RETURN false;
    END IF;
    IF pg_try_advisory_lock_shared(key) AND pg_advisory_unlock_shared(key) THEN
        key := tsql.rows_mark(id);
        IF pg_try_advisory_lock_shared(key) THEN
            RETURN NOT pg_advisory_unlock_shared(key);
        END IF;
    END IF;
    IF NOT waits THEN
        RAISE lock_not_available;
    END IF;
    -- One expression: a cancelled statement comes between two.
    RETURN pg_advisory_lock_shared(key) IS NULL OR pg_advisory_unlock_shared(key);
END $$;
