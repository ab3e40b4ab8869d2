-- Identity columns: explicit values, the counter, DBCC CHECKIDENT.

-- IDENTITY_INSERT is a setting of the session, for one table at a time.
CREATE OR REPLACE FUNCTION tsql.set_identity_insert(object_id int4, is_on bool) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    present text := coalesce(nullif(current_setting('tsql.identity_insert', true), ''), '0');
BEGIN
    IF NOT is_on THEN
        IF present = object_id::text THEN
            PERFORM set_config('tsql.identity_insert', '0', false);
        END IF;
    ELSIF present NOT IN ('0', object_id::text) THEN
        PERFORM tsql.raise(
            8107,
            format(
                'IDENTITY_INSERT is already ON for table ''%s''. Cannot perform SET operation for table'
                ' ''%s''.', current_database() || '.' || tsql.full_name(present::int4),
                tsql.full_name(object_id)
            ), 16, 1
        );
    ELSE
        PERFORM set_config('tsql.identity_insert', object_id::text, false);
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tsql.full_name(wanted int4) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT o.schema_name || '.' || o.name FROM tsql.objects AS o WHERE o.object_id = wanted
$$;

CREATE OR REPLACE FUNCTION tsql.check_identity_insert(object_id int4, explicit bool) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_on bool := current_setting('tsql.identity_insert', true) = object_id::text;
BEGIN
    IF explicit AND is_on IS NOT TRUE THEN
        PERFORM tsql.raise(
            544,
            format(
                'Cannot insert explicit value for identity column in table ''%s'' when IDENTITY_INSERT'
                ' is set to OFF.', split_part(tsql.full_name(object_id), '.', 2)
            ), 16, 1
        );
    ELSIF is_on AND NOT explicit THEN
        PERFORM tsql.raise(
            545,
            format(
                'Explicit value must be specified for identity column in table ''%s'' either when'
                ' IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR'
                ' REPLICATION identity column.', split_part(tsql.full_name(object_id), '.', 2)
            ), 16, 1
        );
    END IF;
END $$;

-- After explicit values the next generated one lies beyond them. Both names are quoted.
CREATE OR REPLACE FUNCTION tsql.advance_identity(relation text, column_name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    highest int8;
    present int8;
    sequence text := pg_get_serial_sequence(relation, trim('"' FROM column_name));
BEGIN
    EXECUTE format('SELECT max(%s) FROM %s', column_name, relation) INTO highest;
    EXECUTE format(
        'SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', sequence
    ) INTO present;
    IF highest > present THEN
        PERFORM setval(sequence, highest);
    END IF;
END $$;
