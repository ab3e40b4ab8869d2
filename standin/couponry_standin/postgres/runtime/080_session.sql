-- Who is asking: what the session keeps in settings.

-- A fact that the session keeps in a setting: login, user, app, host, original_login, database.
CREATE OR REPLACE FUNCTION tsql.setting(name text) RETURNS text
STABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT nullif(current_setting('tsql.' || name, true), '')
$$;

CREATE OR REPLACE FUNCTION tsql.spid() RETURNS int2 STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(tsql.setting('spid')::int4, pg_backend_pid() % 32768)::int2
$$;

-- Milliseconds, -1 for no limit.
CREATE OR REPLACE FUNCTION tsql.lock_timeout() RETURNS int4 STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN setting::int4 = 0 THEN -1 ELSE setting::int4 END
    FROM pg_settings WHERE name = 'lock_timeout'
$$;

CREATE OR REPLACE FUNCTION tsql.session_context(key text) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (nullif(current_setting('tsql.session_context', true), '')::jsonb) ->> lower(key)
$$;

CREATE OR REPLACE FUNCTION tsql.keep_session_context(key text, value text) RETURNS int4
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('tsql.session_context', (
        coalesce(nullif(current_setting('tsql.session_context', true), '')::jsonb, '{}')
        || jsonb_build_object(lower(key), value))::text, false);
    RETURN 0;
END $$;
