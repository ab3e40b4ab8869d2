-- PostgreSQL's errors as SQL Server's: number, severity, state and message text.

-- The first bytes of a text, without a torn last character.
CREATE OR REPLACE FUNCTION tsql.head(value text, bytes int4) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT left(value, (SELECT max(n) FROM generate_series(0, bytes) AS n
        WHERE octet_length(left(value, n)) <= bytes))
$$;

-- The PostgreSQL identifier of a T-SQL name, cut as the compiler cuts it.
CREATE OR REPLACE FUNCTION tsql.mangle(name text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN octet_length(lower(name)) <= 63 THEN lower(name)
        ELSE tsql.head(lower(name), 54) || '_' || left(md5(lower(name)), 8) END
$$;

-- Index expressions and values of DETAIL: "Key (…)=(…) already exists." gives the values.
CREATE OR REPLACE FUNCTION tsql.key_values(detail text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT '(' || regexp_replace(
        regexp_replace(
            substring(detail FROM strpos(detail, ')=(') + 3),
            '\) (already exists|is duplicated)\.$', ''),
        '(^|, )null(?=,|$)', '\1<NULL>', 'g') || ')'
$$;

CREATE OR REPLACE FUNCTION tsql.column_spelling(doc jsonb, pg_column text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce((
        SELECT c.value ->> 'name' FROM jsonb_array_elements(doc -> 'columns') AS c
        WHERE tsql.mangle(c.value ->> 'name') = pg_column
    ), pg_column)
$$;

-- 547 for what a constraint forbids.
CREATE OR REPLACE FUNCTION tsql.conflict_text(
    message text, schema_name text, table_name text, constraint_name text
) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
    owner tsql.objects := tsql.relation(schema_name, table_name);
    found tsql.objects;
    other tsql.objects;
    kind text;
    verb text := 'INSERT';
    shown text;
    place text;
BEGIN
    SELECT o.* INTO found FROM tsql.children(owner.object_id) AS o
    WHERE o.doc ->> 'pg_name' = constraint_name;
    shown := coalesce(found.name, constraint_name);
    place := owner.schema_name || '.' || owner.name;
    IF found.type = 'F' THEN
        SELECT o.* INTO other FROM tsql.objects AS o
        WHERE o.object_id = (found.doc ->> 'references')::int4;
        IF message LIKE 'update or delete on table%' THEN
            verb := 'DELETE';
            kind := 'REFERENCE';
            IF jsonb_array_length(found.doc -> 'columns') = 1 THEN
                place := place || '", column ''' || (found.doc -> 'columns' ->> 0) || '''';
            ELSE
                place := place || '"';
            END IF;
        ELSE
            kind := 'FOREIGN KEY';
            place := other.schema_name || '.' || other.name;
            IF jsonb_array_length(found.doc -> 'referenced_columns') = 1 THEN
                place := place || '", column ''' || (found.doc -> 'referenced_columns' ->> 0)
                    || '''';
            ELSE
                place := place || '"';
            END IF;
        END IF;
        IF other.object_id = owner.object_id THEN
            kind := CASE kind WHEN 'REFERENCE' THEN 'SAME TABLE REFERENCE'
                ELSE 'FOREIGN KEY SAME TABLE' END;
        END IF;
    ELSE
        kind := 'CHECK';
        place := place || '"' || coalesce(', column ''' || (found.doc ->> 'column') || '''', '');
    END IF;
    RETURN format(
        'The %s statement conflicted with the %s constraint "%s". The conflict occurred in '
        'database "%s", table "%s.', verb, kind, shown, tsql.database_of(owner), place);
END $$;

CREATE OR REPLACE FUNCTION tsql.relation(schema_name text, table_name text) RETURNS tsql.objects
STABLE LANGUAGE plpgsql AS $$
DECLARE
    found tsql.objects;
BEGIN
    IF schema_name LIKE 'pg\_temp%' THEN
        SELECT o.* INTO found FROM tsql.temporary_objects() AS o
        WHERE o.type = 'U' AND tsql.mangle(o.name) = table_name;
        found.schema_name := 'dbo';
    ELSE
        SELECT o.* INTO found FROM tsql.objects AS o
        WHERE tsql.mangle(o.schema_name) = $1 AND tsql.mangle(o.name) = $2;
    END IF;
    RETURN found;
END $$;

CREATE OR REPLACE FUNCTION tsql.children(id int4) RETURNS SETOF tsql.objects
STABLE LANGUAGE sql AS $$
    SELECT o.* FROM tsql.objects AS o WHERE o.parent_object_id = id
    UNION ALL
    SELECT o.* FROM tsql.temporary_objects() AS o WHERE id < 0 AND o.parent_object_id = id
$$;

-- Temporary tables belong to another database.
CREATE OR REPLACE FUNCTION tsql.database_of(owner tsql.objects) RETURNS text
STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN owner.object_id < 0 THEN 'tempdb' ELSE tsql.database_name() END
$$;

-- The table of a file that PostgreSQL could not extend, by its name as the message shows it.
CREATE OR REPLACE FUNCTION tsql.full_object(raw text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT coalesce((
        SELECT o.schema_name || '.' || o.name
        FROM pg_class AS c
        LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
        JOIN pg_class AS t ON t.oid = coalesce(i.indrelid, c.oid)
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        CROSS JOIN tsql.relation(n.nspname::text, t.relname::text) AS o
        WHERE c.relfilenode = substring(raw FROM '"base/\d+/(\d+)')::oid
    ), 'dbo')
$$;

-- The type of the column that a sequence of PostgreSQL's counts for.
CREATE OR REPLACE FUNCTION tsql.identity_type(counter text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT coalesce((
        SELECT c.value -> 'type' ->> 'name'
        FROM pg_class AS s
        JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
            AND d.refobjsubid > 0
        JOIN pg_class AS t ON t.oid = d.refobjid
        JOIN pg_namespace AS n ON n.oid = t.relnamespace
        CROSS JOIN tsql.relation(n.nspname::text, t.relname::text) AS o
        CROSS JOIN jsonb_array_elements(o.doc -> 'columns') AS c (value)
        WHERE s.relkind = 'S' AND s.relname = counter
            AND jsonb_typeof(c.value -> 'identity') = 'array'
        LIMIT 1
    ), 'int')
$$;

-- PostgreSQL does not say whether an INSERT or an UPDATE broke a constraint: it reads INSERT.
CREATE OR REPLACE FUNCTION tsql.error_of(
    code text, raw text, detail text, schema_name text, table_name text,
    column_name text, constraint_name text, datatype text
) RETURNS TABLE (number int4, severity int4, state int4, message text)
STABLE LANGUAGE plpgsql ROWS 1 AS $$
DECLARE
    owner tsql.objects;
    entry jsonb;
    word text;
    parts text[];
BEGIN
    severity := 16;
    state := 1;
    CASE
        WHEN code = 'TS000' THEN
            parts := string_to_array(detail, ',');
            number := parts[1]::int4;
            severity := parts[2]::int4;
            state := parts[3]::int4;
            message := raw;
        WHEN code = '23505' AND detail LIKE '%) is duplicated.' THEN
            owner := tsql.relation(schema_name, table_name);
            number := 1505;
            message := format(
                'The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for '
                'the object name ''%s'' and the index name ''%s''. The duplicate key value is %s.',
                coalesce(owner.schema_name || '.' || owner.name, table_name),
                split_part(constraint_name, '$', 2), tsql.key_values(detail));
        WHEN code = '23505' THEN
            owner := tsql.relation(schema_name, table_name);
            SELECT i.value INTO entry
            FROM jsonb_array_elements(owner.doc -> 'indexes') AS i
            WHERE i.value ->> 'pg_name' = constraint_name;
            word := coalesce(owner.schema_name || '.' || owner.name, table_name);
            IF (entry ->> 'primary')::bool OR (entry ->> 'unique_constraint')::bool THEN
                number := 2627;
                severity := 14;
                message := format(
                    'Violation of %s constraint ''%s''. Cannot insert duplicate key in object '
                    '''%s''. The duplicate key value is %s.',
                    CASE WHEN (entry ->> 'primary')::bool THEN 'PRIMARY KEY' ELSE 'UNIQUE KEY' END,
                    entry ->> 'name', word, tsql.key_values(detail));
            ELSE
                number := 2601;
                severity := 14;
                message := format(
                    'Cannot insert duplicate key row in object ''%s'' with unique index ''%s''. '
                    'The duplicate key value is %s.',
                    word, coalesce(entry ->> 'name', constraint_name), tsql.key_values(detail));
            END IF;
        WHEN code IN ('23503', '23001', '23514') THEN
            number := 547;
            state := 0;
            message := tsql.conflict_text(raw, schema_name, table_name, constraint_name);
        WHEN code = '23502' THEN
            owner := tsql.relation(schema_name, table_name);
            number := 515;
            state := 2;
            message := format(
                'Cannot insert the value NULL into column ''%s'', table ''%s.%s''; column does not '
                'allow nulls. INSERT fails.',
                tsql.column_spelling(owner.doc, column_name), tsql.database_of(owner),
                coalesce(owner.schema_name || '.' || owner.name, table_name));
        WHEN code = '22001' THEN
            number := 8152;
            state := 30;
            message := 'String or binary data would be truncated.';
        WHEN code = '22003' THEN
            number := 8115;
            state := 2;
            IF raw LIKE 'numeric field overflow%' AND detail NOT LIKE '%precision 38, %' THEN
                state := 8;
                message :=
                    'Arithmetic overflow error converting numeric to data type numeric.';
            ELSE
                word := CASE
                    WHEN raw LIKE '%smallint%' THEN 'smallint'
                    WHEN raw LIKE '%bigint%' THEN 'bigint'
                    WHEN raw LIKE '%integer%' THEN 'int'
                    WHEN raw LIKE '%real%' THEN 'real'
                    WHEN raw LIKE 'value out of range%' THEN 'float'
                    WHEN raw LIKE '%double precision%' THEN 'float'
                    ELSE 'numeric' END;
                message :=
                    'Arithmetic overflow error converting expression to data type ' || word || '.';
            END IF;
        WHEN code = '22012' THEN
            number := 8134;
            message := 'Divide by zero error encountered.';
        WHEN code IN ('2201E', '2201F', '2201G') THEN
            number := 3623;
            message := 'An invalid floating point operation occurred.';
        WHEN code = '22007' THEN
            number := 241;
            message :=
                'Conversion failed when converting date and/or time from character string.';
        WHEN code = '22008' THEN
            number := 517;
            message := 'Adding a value to a ''datetime2'' column caused an overflow.';
        WHEN code = '22P02' AND raw LIKE '%type json%' THEN
            number := 13609;
            state := 4;
            message := 'JSON text is not properly formatted.';
        WHEN code = '22P02' AND raw LIKE '%type uuid%' THEN
            number := 8169;
            state := 2;
            message := 'Conversion failed when converting from a character string to '
                'uniqueidentifier.';
        WHEN code = '22P02' THEN
            word := substring(raw FROM 'for type ([a-z ]+)');
            IF word IN ('integer', 'smallint') THEN
                number := 245;
                message := format(
                    'Conversion failed when converting the nvarchar value ''%s'' to data type %s.',
                    substring(raw FROM '"(.*)"$'),
                    CASE word WHEN 'integer' THEN 'int' ELSE word END);
            ELSE
                number := 8114;
                state := 5;
                message := 'Error converting data type nvarchar to '
                    || CASE word WHEN 'double precision' THEN 'float' ELSE word END || '.';
            END IF;
        WHEN code = '21000' AND raw LIKE 'MERGE command cannot affect row%' THEN
            number := 8672;
            message := 'The MERGE statement attempted to UPDATE or DELETE the same row more than '
                'once. This happens when a target row matches more than one source row. A MERGE '
                'statement cannot UPDATE/DELETE the same row of the target table multiple times. '
                'Refine the ON clause to ensure a target row matches at most one source row, or '
                'use the GROUP BY clause to group the source rows.';
        WHEN code = '21000' THEN
            number := 512;
            message := 'Subquery returned more than 1 value. This is not permitted when the '
                'subquery follows =, !=, <, <= , >, >= or when the subquery is used as an '
                'expression.';
        WHEN code = '40P01' THEN
            number := 1205;
            severity := 13;
            state := 51;
            message := 'Transaction (Process ID ' || tsql.spid() || ') was deadlocked on lock '
                'resources with another process and has been chosen as the deadlock victim. Rerun '
                'the transaction.';
        WHEN code = '55P03' THEN
            number := 1222;
            state := 51;
            message := 'Lock request time out period exceeded.';
        WHEN code = '40001' THEN
            number := 3960;
            state := 2;
            message := format(
                'Snapshot isolation transaction aborted due to update conflict. You cannot use '
                'snapshot isolation to access table ''%s'' directly or indirectly in database '
                '''%s'' to update, delete, or insert the row that has been modified or deleted by '
                'another transaction. Retry the transaction or change the isolation level for the '
                'update/delete statement.', coalesce(table_name, ''), tsql.database_name());
        WHEN code = '57014' THEN
            number := 3617; -- the session turns it into the acknowledgement of the attention
            severity := 11;
            message := 'The operation was cancelled by the user.';
        WHEN code = '53100' THEN
            number := 1105;
            severity := 17;
            state := 2;
            message := format(
                'Could not allocate space for object ''%s'' in database ''%s'' because the '
                '''PRIMARY'' filegroup is full due to lack of storage space or database files '
                'reaching the maximum allowed size. Note that UNLIMITED files are still limited to '
                '16TB. Create the necessary space by dropping objects in the filegroup, adding '
                'additional files to the filegroup, or setting autogrowth on for existing files in '
                'the filegroup.', tsql.full_object(raw), tsql.database_name());
        WHEN code = '53200' AND raw = 'out of shared memory' THEN
            number := 1204;
            severity := 19;
            state := 4;
            message := 'The instance of the SQL Server Database Engine cannot obtain a LOCK '
                'resource at this time. Rerun your statement when there are fewer active users. '
                'Ask the database administrator to check the lock and memory configuration for '
                'this instance, or to check for long-running transactions.';
        WHEN code = '53200' THEN
            number := 701;
            severity := 17;
            state := 123;
            message := 'There is insufficient system memory in resource pool ''default'' to '
                'run this query.';
        WHEN code = '54001' THEN
            number := 217;
            message := 'Maximum stored procedure, function, trigger, or view nesting level '
                'exceeded (limit 32).';
        WHEN code = '54000' AND raw LIKE 'index row %' THEN
            number := 1946;
            state := 3;
            parts := regexp_match(raw, 'size (\d+) exceeds .*maximum (\d+) for index "(.*)"');
            message := format(
                'Operation failed. The index entry of length %s bytes for the index ''%s'' exceeds '
                'the maximum length of %s bytes.', parts[1], parts[3], parts[2]);
        WHEN code = '42803' AND raw LIKE 'aggregate functions are not allowed in WHERE%' THEN
            number := 147;
            severity := 15;
            message := 'An aggregate may not appear in the WHERE clause unless it is in a subquery '
                'contained in a HAVING clause or a select list, and the column being aggregated is '
                'an outer reference.';
        WHEN code = '42803' AND raw LIKE 'aggregate functions are not allowed in UPDATE%' THEN
            number := 157;
            severity := 15;
            message := 'An aggregate may not appear in the set list of an UPDATE statement.';
        WHEN code = '42803' AND raw LIKE 'aggregate functions are not allowed in GROUP BY%' THEN
            number := 144;
            severity := 15;
            message := 'Cannot use an aggregate or a subquery in an expression used for the group '
                'by list of a GROUP BY clause.';
        WHEN code = '2201W' THEN
            number := 127;
            severity := 15;
            message := 'A TOP N or FETCH rowcount value may not be negative.';
        WHEN code = '2201X' THEN
            number := 10742;
            severity := 15;
            message := 'The offset specified in a OFFSET clause may not be negative.';
        WHEN code = '22014' THEN
            number := 4116;
            message := 'The function ''NTILE'' takes only a positive int or bigint expression as '
                'its input.';
        WHEN code = '42P20' THEN
            number := 4108;
            severity := 15;
            message := 'Windowed functions can only appear in the SELECT or ORDER BY clauses.';
        WHEN code = '42P01' THEN
            number := 208;
            message := 'Invalid object name '''
                || coalesce(substring(raw FROM '"(?:pg_temp\.)?(.*)"'), '') || '''.';
        WHEN code = '25006' THEN
            number := 3906;
            message := 'Failed to update database "' || tsql.database_name()
                || '" because the database is read-only.';
        WHEN code = '2200H' THEN
            number := 11728;
            SELECT o.name INTO word FROM tsql.objects AS o
            WHERE o.type = 'SO' AND tsql.mangle(o.name) = substring(raw FROM '"(.*)"');
            message := format(
                'The sequence object ''%s'' has reached its minimum or maximum value. Restart the '
                'sequence object to allow new values to be generated.', word);
            IF word IS NULL THEN
                number := 8115;
                message := 'Arithmetic overflow error converting IDENTITY to data type '
                    || tsql.identity_type(substring(raw FROM '"(.*)"')) || '.';
            END IF;
        WHEN code = '22P05' THEN
            number := 40517;
            message := 'The stand-in does not support a character string with U+0000. It refuses '
                'what it cannot run as SQL Server would.';
        WHEN code LIKE '42%' OR code LIKE '0A%' OR code LIKE '54%' THEN
            -- Nothing is wrong with the server: the text asks for what the stand-in cannot do.
            RAISE LOG 'unmapped error %: % %', code, raw, detail;
            number := 40517;
            message := 'The stand-in does not support what this statement asks for. It refuses '
                'what it cannot run as SQL Server would.';
        ELSE
            -- The engine's own words go to its log: they would speak of another language.
            RAISE LOG 'unmapped error %: % %', code, raw, detail;
            number := 8630;
            severity := 17;
            state := 38;
            message := 'Internal Query Processor Error: The query processor encountered an '
                'unexpected error during execution.';
    END CASE;
    RETURN NEXT;
END $$;
