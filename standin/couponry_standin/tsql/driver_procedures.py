"""The catalogue procedures that drivers call (ODBC's SQLTables and its kin), as T-SQL over sys.

Each is a batch with parameters: the session compiles it as it compiles sp_executesql. Result sets
have the names, order and types that SQL Server documents; patterns follow ODBC (``%``, ``_``,
``[]``), and a missing argument means any. ``%`` among empty names asks sp_tables for the databases,
the schemas or the kinds of tables.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DriverProcedure:
    """``parameters`` as sp_executesql takes them, with defaults; ``text`` the batch."""

    parameters: str
    text: str


_TABLE = "@table_name nvarchar(384) = NULL, @table_owner nvarchar(384) = NULL"
_QUALIFIED = _TABLE + ", @table_qualifier sysname = NULL"

_TABLES = DriverProcedure(
    _QUALIFIED + ", @table_type varchar(100) = NULL, @fUsePattern bit = 1",
    """
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(s.name AS sysname) AS TABLE_OWNER,
    CAST(o.name AS sysname) AS TABLE_NAME,
    CAST(CASE o.type WHEN 'U' THEN 'TABLE' ELSE 'VIEW' END AS varchar(32)) AS TABLE_TYPE,
    CAST(NULL AS varchar(254)) AS REMARKS
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE o.type IN ('U', 'V')
    AND (@table_name IS NULL OR @fUsePattern = 1 AND o.name LIKE @table_name
        OR o.name = @table_name)
    AND (@table_owner IS NULL OR @fUsePattern = 1 AND s.name LIKE @table_owner
        OR s.name = @table_owner)
    AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME())
    AND (@table_type IS NULL
        OR CHARINDEX(CASE o.type WHEN 'U' THEN '''TABLE''' ELSE '''VIEW''' END, @table_type) > 0)
UNION ALL
SELECT CAST(d.name AS sysname), NULL, NULL, NULL, NULL FROM sys.databases AS d
WHERE @table_qualifier = '%' AND @table_owner = '' AND @table_name = ''
UNION ALL
SELECT NULL, CAST(s.name AS sysname), NULL, NULL, NULL FROM sys.schemas AS s
WHERE @table_owner = '%' AND @table_qualifier = '' AND @table_name = ''
UNION ALL
SELECT NULL, NULL, NULL, t.name, NULL
FROM (VALUES ('SYSTEM TABLE'), ('TABLE'), ('VIEW')) AS t (name)
WHERE @table_type = '%' AND @table_qualifier = '' AND @table_owner = '' AND @table_name = ''
ORDER BY 4, 1, 2, 3;
""",
)

_ODBC_TYPE = """CASE {0}.name
        WHEN 'bit' THEN -7 WHEN 'tinyint' THEN -6 WHEN 'bigint' THEN -5 WHEN 'image' THEN -4
        WHEN 'varbinary' THEN -3 WHEN 'binary' THEN -2 WHEN 'timestamp' THEN -2 WHEN 'text' THEN -1
        WHEN 'char' THEN 1 WHEN 'numeric' THEN 2 WHEN 'decimal' THEN 3 WHEN 'money' THEN 3
        WHEN 'smallmoney' THEN 3 WHEN 'int' THEN 4 WHEN 'smallint' THEN 5 WHEN 'float' THEN 6
        WHEN 'real' THEN 7 WHEN 'varchar' THEN 12 WHEN 'nchar' THEN -8 WHEN 'nvarchar' THEN -9
        WHEN 'sysname' THEN -9 WHEN 'ntext' THEN -10 WHEN 'uniqueidentifier' THEN -11
        WHEN 'time' THEN -154 WHEN 'datetimeoffset' THEN -155 WHEN 'date' THEN 91
        WHEN 'datetime' THEN 93 WHEN 'smalldatetime' THEN 93 WHEN 'datetime2' THEN 93 ELSE 0 END"""

_SIZE = """CASE
        WHEN t.name IN ('nchar', 'nvarchar', 'sysname') AND c.max_length > 0 THEN c.max_length / 2
        WHEN t.name IN ('nvarchar', 'varchar', 'varbinary') AND c.max_length = -1 THEN 0
        WHEN t.name IN ('char', 'varchar', 'binary', 'varbinary', 'timestamp') THEN c.max_length
        WHEN t.name IN ('text', 'image') THEN 2147483647 WHEN t.name = 'ntext' THEN 1073741823
        WHEN t.name = 'uniqueidentifier' THEN 36 WHEN t.name = 'float' THEN 53
        ELSE c.precision END"""

_BYTES = """CASE
        WHEN t.name IN ('decimal', 'numeric') THEN c.precision + 2
        WHEN t.name IN ('money') THEN 21 WHEN t.name = 'smallmoney' THEN 12
        WHEN t.name IN ('nvarchar', 'varchar', 'varbinary') AND c.max_length = -1 THEN 0
        WHEN t.name IN ('text', 'image') THEN 2147483647 WHEN t.name = 'ntext' THEN 2147483646
        WHEN t.name IN ('datetime', 'smalldatetime', 'datetime2') THEN 16
        WHEN t.name = 'date' THEN 6 WHEN t.name = 'time' THEN 10
        WHEN t.name = 'datetimeoffset' THEN 20
        ELSE c.max_length END"""

_SCALE = """CASE WHEN t.name IN ('bit', 'tinyint', 'smallint', 'int', 'bigint', 'decimal',
        'numeric', 'money', 'smallmoney', 'time', 'datetime', 'datetime2', 'smalldatetime',
        'datetimeoffset') THEN c.scale END"""

_RADIX = """CASE WHEN t.name IN ('float', 'real') THEN 2
        WHEN t.name IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'numeric', 'money',
        'smallmoney', 'bit') THEN 10 END"""

_COLUMNS = DriverProcedure(
    _QUALIFIED + ", @column_name nvarchar(384) = NULL, @NameScope int = 0, @ODBCVer int = 2, "
    "@fUsePattern bit = 1",
    f"""
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(s.name AS sysname) AS TABLE_OWNER,
    CAST(o.name AS sysname) AS TABLE_NAME, CAST(c.name AS sysname) AS COLUMN_NAME,
    CAST({_ODBC_TYPE.format("t")} AS smallint) AS DATA_TYPE,
    CAST(t.name + CASE WHEN c.is_identity = 1 THEN ' identity' ELSE '' END AS sysname)
        AS TYPE_NAME,
    CAST({_SIZE} AS int) AS [PRECISION], CAST({_BYTES} AS int) AS LENGTH,
    CAST({_SCALE} AS smallint) AS SCALE, CAST({_RADIX} AS smallint) AS RADIX,
    CAST(c.is_nullable AS smallint) AS NULLABLE, CAST(NULL AS varchar(254)) AS REMARKS,
    CAST(d.definition AS nvarchar(4000)) AS COLUMN_DEF,
    CAST(CASE WHEN t.name IN ('date', 'datetime', 'smalldatetime', 'datetime2') THEN 9
        ELSE {_ODBC_TYPE.format("t")} END AS smallint) AS SQL_DATA_TYPE,
    CAST(CASE WHEN t.name = 'date' THEN 1
        WHEN t.name IN ('datetime', 'smalldatetime', 'datetime2') THEN 3 END AS smallint)
        AS SQL_DATETIME_SUB,
    CAST(CASE WHEN t.name IN ('char', 'varchar', 'nchar', 'nvarchar', 'sysname', 'binary',
        'varbinary', 'text', 'ntext', 'image', 'timestamp') THEN {_BYTES} END AS int)
        AS CHAR_OCTET_LENGTH,
    CAST(c.column_id AS int) AS ORDINAL_POSITION,
    CAST(CASE c.is_nullable WHEN 1 THEN 'YES' ELSE 'NO' END AS varchar(254)) AS IS_NULLABLE,
    CAST(0 AS smallint) AS SS_IS_SPARSE, CAST(0 AS smallint) AS SS_IS_COLUMN_SET,
    CAST(c.is_computed AS smallint) AS SS_IS_COMPUTED,
    CAST(c.is_identity AS smallint) AS SS_IS_IDENTITY,
    CAST(NULL AS sysname) AS SS_UDT_CATALOG_NAME, CAST(NULL AS sysname) AS SS_UDT_SCHEMA_NAME,
    CAST(NULL AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
    CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
    CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
    CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_NAME,
    CAST(CASE WHEN t.name = 'nvarchar' AND c.is_nullable = 0 THEN 231 ELSE c.system_type_id END
        AS tinyint) AS SS_DATA_TYPE
FROM sys.columns AS c
JOIN sys.objects AS o ON o.object_id = c.object_id
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.types AS t ON t.user_type_id = c.system_type_id
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
WHERE o.type IN ('U', 'V', 'IF', 'TF')
    AND (@table_name IS NULL OR @fUsePattern = 1 AND o.name LIKE @table_name
        OR o.name = @table_name)
    AND (@table_owner IS NULL OR @fUsePattern = 1 AND s.name LIKE @table_owner
        OR s.name = @table_owner)
    AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME())
    AND (@column_name IS NULL OR @fUsePattern = 1 AND c.name LIKE @column_name
        OR c.name = @column_name)
ORDER BY 1, 2, 3, 17;
""",
)

_PRIMARY_KEYS = DriverProcedure(
    _QUALIFIED,
    """
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(s.name AS sysname) AS TABLE_OWNER,
    CAST(o.name AS sysname) AS TABLE_NAME, CAST(c.name AS sysname) AS COLUMN_NAME,
    CAST(k.key_ordinal AS smallint) AS KEY_SEQ, CAST(i.name AS sysname) AS PK_NAME
FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
JOIN sys.objects AS o ON o.object_id = i.object_id
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE i.is_primary_key = 1 AND k.key_ordinal > 0 AND o.name = @table_name
    AND (@table_owner IS NULL OR s.name = @table_owner)
    AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME())
ORDER BY 1, 2, 3, 5;
""",
)

_FOREIGN_KEYS = DriverProcedure(
    "@pktable_name sysname = NULL, @pktable_owner sysname = NULL, "
    "@pktable_qualifier sysname = NULL, @fktable_name sysname = NULL, "
    "@fktable_owner sysname = NULL, @fktable_qualifier sysname = NULL",
    """
SELECT CAST(DB_NAME() AS sysname) AS PKTABLE_QUALIFIER,
    CAST(SCHEMA_NAME(p.schema_id) AS sysname) AS PKTABLE_OWNER,
    CAST(p.name AS sysname) AS PKTABLE_NAME,
    CAST(COL_NAME(k.referenced_object_id, k.referenced_column_id) AS sysname) AS PKCOLUMN_NAME,
    CAST(DB_NAME() AS sysname) AS FKTABLE_QUALIFIER,
    CAST(SCHEMA_NAME(c.schema_id) AS sysname) AS FKTABLE_OWNER,
    CAST(c.name AS sysname) AS FKTABLE_NAME,
    CAST(COL_NAME(k.parent_object_id, k.parent_column_id) AS sysname) AS FKCOLUMN_NAME,
    CAST(k.constraint_column_id AS smallint) AS KEY_SEQ,
    CAST(CASE f.update_referential_action WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 3 END
        AS smallint) AS UPDATE_RULE,
    CAST(CASE f.delete_referential_action WHEN 1 THEN 0 WHEN 2 THEN 2 WHEN 3 THEN 4 ELSE 3 END
        AS smallint) AS DELETE_RULE,
    CAST(f.name AS sysname) AS FK_NAME, CAST(i.name AS sysname) AS PK_NAME,
    CAST(7 AS smallint) AS DEFERRABILITY
FROM sys.foreign_keys AS f
JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
JOIN sys.tables AS p ON p.object_id = f.referenced_object_id
JOIN sys.tables AS c ON c.object_id = f.parent_object_id
LEFT JOIN sys.indexes AS i ON i.object_id = p.object_id AND i.index_id = f.key_index_id
WHERE (@pktable_name IS NULL OR p.name = @pktable_name)
    AND (@pktable_owner IS NULL OR SCHEMA_NAME(p.schema_id) = @pktable_owner)
    AND (@fktable_name IS NULL OR c.name = @fktable_name)
    AND (@fktable_owner IS NULL OR SCHEMA_NAME(c.schema_id) = @fktable_owner)
    AND (@pktable_qualifier IS NULL OR @pktable_qualifier = DB_NAME())
    AND (@fktable_qualifier IS NULL OR @fktable_qualifier = DB_NAME())
ORDER BY 5, 6, 7, 9;
""",
)

_STATISTICS = DriverProcedure(
    "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL, "
    "@index_name sysname = '%', @is_unique char(1) = 'N', @accuracy char(1) = 'Q'",
    """
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER,
    CAST(SCHEMA_NAME(o.schema_id) AS sysname) AS TABLE_OWNER,
    CAST(o.name AS sysname) AS TABLE_NAME,
    CAST(CASE i.is_unique WHEN 1 THEN 0 ELSE 1 END AS smallint) AS NON_UNIQUE,
    CAST(o.name AS sysname) AS INDEX_QUALIFIER, CAST(i.name AS sysname) AS INDEX_NAME,
    CAST(CASE i.index_id WHEN 1 THEN 1 ELSE 3 END AS smallint) AS TYPE,
    CAST(k.key_ordinal AS smallint) AS SEQ_IN_INDEX, CAST(c.name AS sysname) AS COLUMN_NAME,
    CAST(CASE k.is_descending_key WHEN 1 THEN 'D' ELSE 'A' END AS char(1)) AS [COLLATION],
    CAST(NULL AS int) AS CARDINALITY, CAST(NULL AS int) AS PAGES,
    CAST(i.filter_definition AS varchar(128)) AS FILTER_CONDITION
FROM sys.indexes AS i
JOIN sys.index_columns AS k ON k.object_id = i.object_id AND k.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
JOIN sys.objects AS o ON o.object_id = i.object_id
WHERE o.name = @table_name AND o.type = 'U' AND k.key_ordinal > 0 AND i.name LIKE @index_name
    AND (@table_owner IS NULL OR SCHEMA_NAME(o.schema_id) = @table_owner)
    AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME())
    AND (@is_unique <> 'Y' OR i.is_unique = 1)
UNION ALL
SELECT CAST(DB_NAME() AS sysname), CAST(SCHEMA_NAME(t.schema_id) AS sysname),
    CAST(t.name AS sysname), CAST(NULL AS smallint), CAST(NULL AS sysname), CAST(NULL AS sysname),
    CAST(0 AS smallint), CAST(NULL AS smallint), CAST(NULL AS sysname), CAST(NULL AS char(1)),
    CAST(p.row_count AS int), CAST(p.used_page_count AS int), CAST(NULL AS varchar(128))
FROM sys.tables AS t
JOIN sys.dm_db_partition_stats AS p ON p.object_id = t.object_id AND p.index_id IN (0, 1)
WHERE t.name = @table_name AND (@table_owner IS NULL OR SCHEMA_NAME(t.schema_id) = @table_owner)
    AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME())
ORDER BY 4, 7, 6, 8;
""",
)

_SPECIAL_COLUMNS = DriverProcedure(
    "@table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL, "
    "@col_type char(1) = 'R', @scope char(1) = 'T', @nullable char(1) = 'U', @ODBCVer int = 2",
    f"""
SELECT CAST(CASE @col_type WHEN 'V' THEN NULL WHEN 'R' THEN CASE @scope WHEN 'C' THEN 0 ELSE 1 END
        END AS smallint) AS SCOPE,
    CAST(c.name AS sysname) AS COLUMN_NAME, CAST({_ODBC_TYPE.format("t")} AS smallint) AS DATA_TYPE,
    CAST(t.name + CASE WHEN c.is_identity = 1 THEN ' identity' ELSE '' END AS sysname)
        AS TYPE_NAME,
    CAST({_SIZE} AS int) AS [PRECISION], CAST({_BYTES} AS int) AS LENGTH,
    CAST({_SCALE} AS smallint) AS SCALE,
    CAST(CASE WHEN t.name = 'timestamp' THEN 2 ELSE 1 END AS smallint) AS PSEUDO_COLUMN
FROM sys.columns AS c
JOIN sys.tables AS o ON o.object_id = c.object_id
JOIN sys.types AS t ON t.user_type_id = c.system_type_id
WHERE o.name = @table_name
    AND (@table_owner IS NULL OR SCHEMA_NAME(o.schema_id) = @table_owner)
    AND (@table_qualifier IS NULL OR @table_qualifier = DB_NAME())
    AND (@nullable <> 'O' OR c.is_nullable = 0)
    AND (@col_type = 'V' AND t.name = 'timestamp'
        OR @col_type = 'R' AND EXISTS (
            SELECT 1 FROM sys.index_columns AS k
            WHERE k.object_id = c.object_id AND k.column_id = c.column_id AND k.key_ordinal > 0
                AND k.index_id = (
                    SELECT TOP (1) i.index_id FROM sys.indexes AS i
                    WHERE i.object_id = c.object_id AND i.is_unique = 1 AND i.has_filter = 0
                    ORDER BY i.is_primary_key DESC, i.index_id)))
ORDER BY c.column_id;
""",
)

_PROCEDURES = DriverProcedure(
    "@sp_name nvarchar(390) = NULL, @sp_owner nvarchar(384) = NULL, "
    "@sp_qualifier sysname = NULL, @fUsePattern bit = 1",
    """
SELECT CAST(DB_NAME() AS sysname) AS PROCEDURE_QUALIFIER,
    CAST(SCHEMA_NAME(o.schema_id) AS sysname) AS PROCEDURE_OWNER,
    CAST(o.name + CASE o.type WHEN 'P' THEN ';1' ELSE ';0' END AS nvarchar(134)) AS PROCEDURE_NAME,
    CAST(-1 AS int) AS NUM_INPUT_PARAMS, CAST(-1 AS int) AS NUM_OUTPUT_PARAMS,
    CAST(-1 AS int) AS NUM_RESULT_SETS, CAST(NULL AS varchar(254)) AS REMARKS,
    CAST(2 AS smallint) AS PROCEDURE_TYPE
FROM sys.objects AS o
WHERE o.type IN ('P', 'FN', 'IF', 'TF')
    AND (@sp_name IS NULL OR @fUsePattern = 1 AND o.name LIKE @sp_name OR o.name = @sp_name)
    AND (@sp_owner IS NULL OR @fUsePattern = 1 AND SCHEMA_NAME(o.schema_id) LIKE @sp_owner
        OR SCHEMA_NAME(o.schema_id) = @sp_owner)
    AND (@sp_qualifier IS NULL OR @sp_qualifier = DB_NAME())
ORDER BY 1, 2, 3;
""",
)

_PARAMETERS = DriverProcedure(
    "@procedure_name nvarchar(390) = NULL, @procedure_owner nvarchar(384) = NULL, "
    "@procedure_qualifier sysname = NULL, @column_name nvarchar(384) = NULL, @ODBCVer int = 2, "
    "@fUsePattern bit = 1",
    f"""
WITH c AS (
    SELECT p.object_id, p.name, p.parameter_id, p.system_type_id, p.max_length, p.precision,
        p.scale, CASE p.is_output WHEN 1 THEN 2 ELSE 1 END AS direction
    FROM sys.parameters AS p
    UNION ALL
    SELECT o.object_id, '@' + N'RETURN_VALUE', 0, 56, 4, 10, 0, 5 FROM sys.procedures AS o
)
SELECT CAST(DB_NAME() AS sysname) AS PROCEDURE_QUALIFIER,
    CAST(SCHEMA_NAME(o.schema_id) AS sysname) AS PROCEDURE_OWNER,
    CAST(o.name + ';1' AS nvarchar(134)) AS PROCEDURE_NAME, CAST(c.name AS sysname) AS COLUMN_NAME,
    CAST(c.direction AS smallint) AS COLUMN_TYPE,
    CAST({_ODBC_TYPE.format("t")} AS smallint) AS DATA_TYPE, CAST(t.name AS sysname) AS TYPE_NAME,
    CAST({_SIZE} AS int) AS [PRECISION], CAST({_BYTES} AS int) AS LENGTH,
    CAST({_SCALE} AS smallint) AS SCALE, CAST({_RADIX} AS smallint) AS RADIX,
    CAST(CASE c.direction WHEN 5 THEN 0 ELSE 1 END AS smallint) AS NULLABLE,
    CAST(NULL AS varchar(254)) AS REMARKS, CAST(NULL AS nvarchar(4000)) AS COLUMN_DEF,
    CAST(CASE WHEN t.name IN ('date', 'datetime', 'smalldatetime', 'datetime2') THEN 9
        ELSE {_ODBC_TYPE.format("t")} END AS smallint) AS SQL_DATA_TYPE,
    CAST(CASE WHEN t.name = 'date' THEN 1
        WHEN t.name IN ('datetime', 'smalldatetime', 'datetime2') THEN 3 END AS smallint)
        AS SQL_DATETIME_SUB,
    CAST(CASE WHEN t.name IN ('char', 'varchar', 'nchar', 'nvarchar', 'sysname', 'binary',
        'varbinary') THEN {_BYTES} END AS int) AS CHAR_OCTET_LENGTH,
    CAST(c.parameter_id AS int) AS ORDINAL_POSITION,
    CAST(CASE c.direction WHEN 5 THEN 'NO' ELSE 'YES' END AS varchar(254)) AS IS_NULLABLE,
    CAST(NULL AS sysname) AS SS_TYPE_CATALOG_NAME, CAST(NULL AS sysname) AS SS_TYPE_SCHEMA_NAME,
    CAST(NULL AS sysname) AS SS_UDT_CATALOG_NAME, CAST(NULL AS sysname) AS SS_UDT_SCHEMA_NAME,
    CAST(NULL AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
    CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
    CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
    CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_NAME,
    CAST(t.system_type_id AS tinyint) AS SS_DATA_TYPE
FROM c
JOIN sys.procedures AS o ON o.object_id = c.object_id
JOIN sys.types AS t ON t.user_type_id = c.system_type_id
WHERE (@procedure_name IS NULL OR @fUsePattern = 1 AND o.name LIKE @procedure_name
        OR o.name = @procedure_name)
    AND (@procedure_owner IS NULL
        OR @fUsePattern = 1 AND SCHEMA_NAME(o.schema_id) LIKE @procedure_owner
        OR SCHEMA_NAME(o.schema_id) = @procedure_owner)
    AND (@procedure_qualifier IS NULL OR @procedure_qualifier = DB_NAME())
    AND (@column_name IS NULL OR @fUsePattern = 1 AND c.name LIKE @column_name
        OR c.name = @column_name)
ORDER BY 1, 2, 3, 18;
""",
)

_TABLE_COLLATIONS = DriverProcedure(
    "@object nvarchar(4000)",
    """
SELECT c.column_id AS colid, CAST(c.name AS sysname) AS name,
    CAST(CASE WHEN c.collation_name IS NULL THEN NULL
        WHEN c.collation_name LIKE '%[_]100[_]%BIN2' THEN 0x0904002200
        WHEN c.collation_name LIKE '%BIN2' THEN 0x0904000200
        ELSE 0x0904D00034 END AS binary(5)) AS tds_collation_100,
    CAST(c.collation_name AS sysname) AS collation_100
FROM sys.columns AS c
WHERE c.object_id = OBJECT_ID(@object)
ORDER BY c.column_id;
""",
)

DRIVER_PROCEDURES: dict[str, DriverProcedure] = {
    "sp_tables": _TABLES,
    "sp_columns": _COLUMNS,
    "sp_columns_90": _COLUMNS,
    "sp_columns_100": _COLUMNS,
    "sp_pkeys": _PRIMARY_KEYS,
    "sp_fkeys": _FOREIGN_KEYS,
    "sp_statistics": _STATISTICS,
    "sp_statistics_100": _STATISTICS,
    "sp_special_columns": _SPECIAL_COLUMNS,
    "sp_special_columns_90": _SPECIAL_COLUMNS,
    "sp_special_columns_100": _SPECIAL_COLUMNS,
    "sp_stored_procedures": _PROCEDURES,
    "sp_tablecollations_100": _TABLE_COLLATIONS,
    "sp_sproc_columns": _PARAMETERS,
    "sp_sproc_columns_90": _PARAMETERS,
    "sp_sproc_columns_100": _PARAMETERS,
}
"""By lower-case name; they live in the schema sys of every database."""
