-- Functions that are PostgreSQL's, too: what stands in the way of changing or dropping them.

-- ALTER FUNCTION may change the parameters and the result: PostgreSQL would keep both functions, or
-- refuse the second.
CREATE OR REPLACE FUNCTION tsql.make_room_for_function(
    schema_name text, function_name text, names text[], types text[], returns text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.oid::regprocedure::text AS signature
        FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = tsql.mangle(schema_name) AND p.proname = tsql.mangle(function_name)
            AND (coalesce(p.proargnames, '{}') <> names
                OR p.prorettype <> to_regtype(returns)
                OR ARRAY(SELECT unnest(p.proargtypes)) <> coalesce(
                    (SELECT array_agg(to_regtype(t.name)::oid ORDER BY t.place)
                     FROM unnest(types) WITH ORDINALITY AS t (name, place)), '{}'))
    LOOP
        EXECUTE 'DROP FUNCTION ' || found.signature;
    END LOOP;
END $$;

-- 3729 where a constraint, a default or a computed column calls the function: SQL Server lets it
-- neither go nor change. ``verb``: ALTER or DROP FUNCTION.
CREATE OR REPLACE FUNCTION tsql.check_unreferenced(
    schema_name text, function_name text, verb text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owner tsql.objects;
    place record;
    caller text;
BEGIN
    SELECT r.relnamespace::regnamespace::text AS schema_name, r.relname::text AS relation,
        c.conname::text AS constraint_name, t.attname::text AS column_name
    INTO place
    FROM pg_proc AS p
    JOIN pg_depend AS d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
    LEFT JOIN pg_constraint AS c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
    LEFT JOIN pg_attrdef AS a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    JOIN pg_class AS r ON r.oid = coalesce(c.conrelid, a.adrelid)
    LEFT JOIN pg_attribute AS t ON t.attrelid = a.adrelid AND t.attnum = a.adnum
    WHERE p.pronamespace = to_regnamespace(quote_ident(tsql.mangle($1)))
        AND p.proname = tsql.mangle($2)
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    owner := tsql.relation(place.schema_name, place.relation);
    SELECT o.name INTO caller FROM tsql.children(owner.object_id) AS o
    WHERE o.doc ->> 'pg_name' = place.constraint_name
        OR o.type = 'D' AND tsql.mangle(o.doc ->> 'column') = place.column_name;
    PERFORM tsql.raise(3729, format(
        'Cannot %s ''%s.%s'' because it is being referenced by object ''%s''.', verb, $1,
        $2, coalesce(caller, owner.name)), 16, CASE verb WHEN 'ALTER' THEN 3 ELSE 1 END);
END $$;
