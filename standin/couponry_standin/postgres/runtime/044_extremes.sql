-- Minimum and maximum of types that T-SQL orders in another way.

CREATE OR REPLACE FUNCTION tsql.smaller_folded(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.letters(lower(b), true) < tsql.letters(lower(a), true) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.greater_folded(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.letters(lower(b), true) > tsql.letters(lower(a), true) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.smaller_dto(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.dto_utc(b) < tsql.dto_utc(a) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.greater_dto(a text, b text) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.dto_utc(b) > tsql.dto_utc(a) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.smaller_guid(a uuid, b uuid) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.guid_key(b) < tsql.guid_key(a) THEN b ELSE a END
$$;
CREATE OR REPLACE FUNCTION tsql.greater_guid(a uuid, b uuid) RETURNS uuid
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN tsql.guid_key(b) > tsql.guid_key(a) THEN b ELSE a END
$$;
CREATE OR REPLACE AGGREGATE tsql.min_folded(text) (
    SFUNC = tsql.smaller_folded, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.max_folded(text) (
    SFUNC = tsql.greater_folded, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.min_dto(text) (
    SFUNC = tsql.smaller_dto, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.max_dto(text) (
    SFUNC = tsql.greater_dto, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.min_guid(uuid) (
    SFUNC = tsql.smaller_guid, STYPE = uuid, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE tsql.max_guid(uuid) (
    SFUNC = tsql.greater_guid, STYPE = uuid, PARALLEL = SAFE);
