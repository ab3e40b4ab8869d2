-- Unique keys that one statement exchanges or shifts.
--
-- SQL Server looks at unique keys when a statement is done, PostgreSQL's unique indexes at each row.
-- A statement that meets a duplicate on its way is repeated while the indexes of its table rest for
-- this transaction alone; then the keys are looked at, and the indexes are as before. The lock keeps
-- others from writing meanwhile: their new keys would not be seen.

CREATE OR REPLACE FUNCTION tsql.keys_rest(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', relation);
    UPDATE pg_catalog.pg_index SET indimmediate = false
    WHERE indrelid = relation AND indisunique;
END $$;

CREATE OR REPLACE FUNCTION tsql.keys_hold(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    key record;
    found text;
BEGIN
    UPDATE pg_catalog.pg_index SET indimmediate = true
    WHERE indrelid = relation AND indisunique;
    FOR key IN
        SELECT i.indexrelid, c.relname, r.relname AS table_name, n.nspname,
               pg_get_expr(i.indpred, i.indrelid) AS condition,
               (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k)
                FROM generate_series(1, i.indnkeyatts) AS k) AS terms
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_class AS r ON r.oid = i.indrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
        WHERE i.indrelid = relation AND i.indisunique
        ORDER BY i.indexrelid
    LOOP
        EXECUTE format(
            'SELECT array_to_string(ARRAY[%s], '', '', ''null'') FROM %s WHERE %s'
            ' GROUP BY %s HAVING count(*) > 1 LIMIT 1',
            (SELECT string_agg(format('(%s)::text', t), ', ') FROM unnest(key.terms) AS t),
            relation, coalesce(key.condition, 'true'), array_to_string(key.terms, ', ')
        ) INTO found;
        IF found IS NOT NULL THEN
            RAISE unique_violation USING
                MESSAGE = format('duplicate key value violates unique constraint "%s"', key.relname),
                DETAIL = format('Key (%s)=(%s) already exists.',
                                array_to_string(key.terms, ', '), found),
                SCHEMA = key.nspname, TABLE = key.table_name, CONSTRAINT = key.relname;
        END IF;
    END LOOP;
END $$;
