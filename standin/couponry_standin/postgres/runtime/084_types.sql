-- The types of the catalogue and how much room their values take.

CREATE TABLE IF NOT EXISTS tsql.system_types (
    name text PRIMARY KEY,
    system_type_id int4 NOT NULL,
    user_type_id int4 NOT NULL,
    max_length int4 NOT NULL,
    digits int4 NOT NULL,
    scale int4 NOT NULL,
    takes_collation bool NOT NULL
);
INSERT INTO tsql.system_types VALUES
    ('image', 34, 34, 16, 0, 0, false), ('text', 35, 35, 16, 0, 0, true),
    ('uniqueidentifier', 36, 36, 16, 0, 0, false), ('date', 40, 40, 3, 10, 0, false),
    ('time', 41, 41, 5, 16, 7, false), ('datetime2', 42, 42, 8, 27, 7, false),
    ('datetimeoffset', 43, 43, 10, 34, 7, false), ('tinyint', 48, 48, 1, 3, 0, false),
    ('smallint', 52, 52, 2, 5, 0, false), ('int', 56, 56, 4, 10, 0, false),
    ('smalldatetime', 58, 58, 4, 16, 0, false), ('real', 59, 59, 4, 24, 0, false),
    ('money', 60, 60, 8, 19, 4, false), ('datetime', 61, 61, 8, 23, 3, false),
    ('float', 62, 62, 8, 53, 0, false), ('ntext', 99, 99, 16, 0, 0, true),
    ('bit', 104, 104, 1, 1, 0, false), ('decimal', 106, 106, 17, 38, 38, false),
    ('numeric', 108, 108, 17, 38, 38, false), ('smallmoney', 122, 122, 4, 10, 4, false),
    ('bigint', 127, 127, 8, 19, 0, false), ('varbinary', 165, 165, 8000, 0, 0, false),
    ('varchar', 167, 167, 8000, 0, 0, true), ('binary', 173, 173, 8000, 0, 0, false),
    ('char', 175, 175, 8000, 0, 0, true), ('timestamp', 189, 189, 8, 0, 0, false),
    ('nvarchar', 231, 231, 8000, 0, 0, true), ('nchar', 239, 239, 8000, 0, 0, true),
    ('sysname', 231, 256, 256, 0, 0, true)
ON CONFLICT DO NOTHING;

-- The catalogue's name of a type: rowversion is timestamp there.
CREATE OR REPLACE FUNCTION tsql.system_type(type jsonb) RETURNS text
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE type ->> 'name' WHEN 'rowversion' THEN 'timestamp' ELSE type ->> 'name' END
$$;

-- Bytes that a value may take; -1 for max.
CREATE OR REPLACE FUNCTION tsql.type_bytes(type jsonb) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (CASE
        WHEN type ->> 'name' IN ('char', 'varchar', 'binary', 'varbinary')
            THEN (type ->> 'length')::int4
        WHEN type ->> 'name' IN ('nchar', 'nvarchar')
            THEN CASE WHEN (type ->> 'length')::int4 = -1 THEN -1
                 ELSE 2 * (type ->> 'length')::int4 END
        WHEN type ->> 'name' IN ('text', 'ntext', 'image', 'uniqueidentifier') THEN 16
        WHEN type ->> 'name' = 'decimal' THEN
            CASE WHEN (type ->> 'precision')::int4 < 10 THEN 5
                 WHEN (type ->> 'precision')::int4 < 20 THEN 9
                 WHEN (type ->> 'precision')::int4 < 29 THEN 13 ELSE 17 END
        WHEN type ->> 'name' IN ('time', 'datetime2', 'datetimeoffset') THEN
            CASE WHEN (type ->> 'scale')::int4 < 3 THEN 3
                 WHEN (type ->> 'scale')::int4 < 5 THEN 4 ELSE 5 END
            + CASE type ->> 'name' WHEN 'datetime2' THEN 3 WHEN 'datetimeoffset' THEN 5 ELSE 0 END
        WHEN type ->> 'name' IN ('bit', 'tinyint') THEN 1
        WHEN type ->> 'name' = 'smallint' THEN 2
        WHEN type ->> 'name' = 'date' THEN 3
        WHEN type ->> 'name' IN ('int', 'real', 'smallmoney', 'smalldatetime') THEN 4
        ELSE 8 END)::int2
$$;

CREATE OR REPLACE FUNCTION tsql.type_digits(type jsonb) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (CASE type ->> 'name'
        WHEN 'decimal' THEN (type ->> 'precision')::int4
        WHEN 'bit' THEN 1 WHEN 'tinyint' THEN 3 WHEN 'smallint' THEN 5 WHEN 'int' THEN 10
        WHEN 'bigint' THEN 19 WHEN 'money' THEN 19 WHEN 'smallmoney' THEN 10
        WHEN 'float' THEN 53 WHEN 'real' THEN 24 WHEN 'date' THEN 10
        WHEN 'datetime' THEN 23 WHEN 'smalldatetime' THEN 16
        WHEN 'time' THEN 8 + (type ->> 'scale')::int4 + sign((type ->> 'scale')::int4)
        WHEN 'datetime2' THEN 19 + (type ->> 'scale')::int4 + sign((type ->> 'scale')::int4)
        WHEN 'datetimeoffset'
            THEN 26 + (type ->> 'scale')::int4 + sign((type ->> 'scale')::int4)
        ELSE 0 END)::int2
$$;

CREATE OR REPLACE FUNCTION tsql.type_scale(type jsonb) RETURNS int2
IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT (CASE type ->> 'name'
        WHEN 'decimal' THEN (type ->> 'scale')::int4
        WHEN 'money' THEN 4 WHEN 'smallmoney' THEN 4 WHEN 'datetime' THEN 3
        WHEN 'time' THEN (type ->> 'scale')::int4
        WHEN 'datetime2' THEN (type ->> 'scale')::int4
        WHEN 'datetimeoffset' THEN (type ->> 'scale')::int4
        ELSE 0 END)::int2
$$;

CREATE OR REPLACE FUNCTION tsql.bit(value bool) RETURNS int2
IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT value::int4::int2 $$;
