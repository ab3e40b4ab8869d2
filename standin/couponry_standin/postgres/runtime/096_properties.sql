-- Functions over the catalogue views.

CREATE OR REPLACE FUNCTION tsql.type_name(id int4) RETURNS text
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT t.name FROM sys.types AS t WHERE t.user_type_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.type_id(wanted text) RETURNS int4
STABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT t.user_type_id FROM sys.types AS t
    WHERE lower(t.name) = lower(tsql.parsename(wanted, 1)) LIMIT 1
$$;
CREATE OR REPLACE FUNCTION tsql.col_length(table_name text, column_name text) RETURNS int2
STABLE LANGUAGE sql AS $$
    SELECT c.max_length FROM sys.columns AS c
    WHERE c.object_id = tsql.object_id(table_name) AND lower(c.name) = lower(column_name)
$$;
CREATE OR REPLACE FUNCTION tsql.col_name(id int4, wanted int4) RETURNS text
STABLE LANGUAGE sql AS $$
    SELECT c.name FROM tsql.column_list AS c WHERE c.object_id = id AND c.column_id = wanted
$$;
CREATE OR REPLACE FUNCTION tsql.columnproperty(id int4, wanted text, property text) RETURNS int4
STABLE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'allowsnull' THEN c.is_nullable WHEN 'columnid' THEN c.column_id
        WHEN 'ordinal' THEN c.column_id WHEN 'iscomputed' THEN c.is_computed
        WHEN 'isidentity' THEN c.is_identity WHEN 'isrowguidcol' THEN c.is_rowguidcol
        WHEN 'precision' THEN CASE WHEN c.precision > 0 THEN c.precision
            WHEN c.collation_name IS NOT NULL AND c.system_type_id IN (231, 239)
                THEN CASE WHEN c.max_length < 0 THEN -1 ELSE c.max_length / 2 END
            ELSE c.max_length END
        WHEN 'scale' THEN c.scale WHEN 'charmaxlen' THEN c.max_length
        WHEN 'isxmlindexable' THEN 0 WHEN 'ishidden' THEN 0 WHEN 'issparse' THEN 0
        WHEN 'generatedalwaystype' THEN 0 WHEN 'isfulltextindexed' THEN 0
        WHEN 'usesansitrim' THEN 1
        WHEN 'isdeterministic' THEN CASE WHEN c.is_computed = 1 THEN 1 END
    END
    FROM sys.columns AS c WHERE c.object_id = id AND lower(c.name) = lower(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.objectproperty(id int4, property text) RETURNS int4
STABLE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'istable' THEN (o.type IN ('U', 'TT'))::int4
        WHEN 'isusertable' THEN (o.type = 'U')::int4
        WHEN 'isview' THEN (o.type = 'V')::int4
        WHEN 'isprocedure' THEN (o.type = 'P')::int4
        WHEN 'isscalarfunction' THEN (o.type = 'FN')::int4
        WHEN 'isinlinefunction' THEN (o.type = 'IF')::int4
        WHEN 'istablefunction' THEN (o.type IN ('IF', 'TF'))::int4
        WHEN 'isprimarykey' THEN (o.type = 'PK')::int4
        WHEN 'isuniquecnst' THEN (o.type = 'UQ')::int4
        WHEN 'isforeignkey' THEN (o.type = 'F')::int4
        WHEN 'ischeckcnst' THEN (o.type = 'C')::int4
        WHEN 'isdefaultcnst' THEN (o.type = 'D')::int4
        WHEN 'isconstraint' THEN (o.type IN ('PK', 'UQ', 'F', 'C', 'D'))::int4
        WHEN 'ismsshipped' THEN 0 WHEN 'istrigger' THEN 0 WHEN 'isencrypted' THEN 0
        WHEN 'ownerid' THEN 1 WHEN 'schemaid' THEN tsql.schema_id(o.schema_name)
        WHEN 'isansinullson' THEN 1 WHEN 'isquotedidenton' THEN 1
        WHEN 'isschemabound' THEN coalesce(o.doc -> 'options' ? 'SCHEMABINDING', false)::int4
        WHEN 'tablehasprimarykey' THEN EXISTS (SELECT FROM tsql.seen AS k
            WHERE k.parent_object_id = o.object_id AND k.type = 'PK')::int4
        WHEN 'tablehasforeignkey' THEN EXISTS (SELECT FROM tsql.seen AS k
            WHERE k.parent_object_id = o.object_id AND k.type = 'F')::int4
        WHEN 'tablehasidentity' THEN EXISTS (SELECT FROM sys.columns AS c
            WHERE c.object_id = o.object_id AND c.is_identity = 1)::int4
        WHEN 'tablehasindex' THEN EXISTS (SELECT FROM tsql.index_list AS i
            WHERE i.object_id = o.object_id)::int4
        WHEN 'tablehasclustindex' THEN EXISTS (SELECT FROM sys.indexes AS i
            WHERE i.object_id = o.object_id AND i.index_id = 1)::int4
    END
    FROM tsql.seen AS o WHERE o.object_id = id
$$;
CREATE OR REPLACE FUNCTION tsql.objectpropertyex(id int4, property text) RETURNS int4
STABLE LANGUAGE sql AS $$ SELECT tsql.objectproperty(id, property) $$;
CREATE OR REPLACE FUNCTION tsql.indexproperty(id int4, wanted text, property text) RETURNS int4
STABLE LANGUAGE sql AS $$
    SELECT CASE lower(property)
        WHEN 'isunique' THEN i.is_unique WHEN 'isclustered' THEN (i.index_id = 1)::int4
        WHEN 'indexid' THEN i.index_id WHEN 'isdisabled' THEN 0 WHEN 'ishypothetical' THEN 0
        WHEN 'isstatistics' THEN 0 WHEN 'indexfillfactor' THEN 0 WHEN 'ispadindex' THEN 0
    END
    FROM sys.indexes AS i WHERE i.object_id = id AND lower(i.name) = lower(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.ident_seed(wanted text) RETURNS numeric STABLE LANGUAGE sql AS $$
    SELECT i.seed_value::numeric FROM sys.identity_columns AS i
    WHERE i.object_id = tsql.object_id(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.ident_incr(wanted text) RETURNS numeric STABLE LANGUAGE sql AS $$
    SELECT i.increment_value::numeric FROM sys.identity_columns AS i
    WHERE i.object_id = tsql.object_id(wanted)
$$;
CREATE OR REPLACE FUNCTION tsql.ident_current(wanted text) RETURNS numeric
STABLE LANGUAGE sql AS $$
    SELECT coalesce(i.last_value, i.seed_value)::numeric FROM sys.identity_columns AS i
    WHERE i.object_id = tsql.object_id(wanted)
$$;
