"""What administrators and migrations ask of tables: texts of system procedures."""

from __future__ import annotations

from ..tsql.catalog import Catalog, ObjectDoc
from ..tsql.errors import SqlError
from .texts import parse_name

A_DEFINITION = "DROP SCHEMA IF EXISTS sp_rename"
"""A batch of one definition; another definition is put in its place."""

NO_INDEX = """
DECLARE @name nvarchar(300) = OBJECT_NAME(@id);
PRINT CONCAT(N'The object ''', @name,
    N''' does not have any indexes, or you do not have permissions.');
"""
HELP_INDEX = """
SELECT CAST(i.name AS sysname) AS index_name,
    CAST(CONCAT(CASE WHEN i.type = 1 THEN 'clustered' ELSE 'nonclustered' END,
        CASE WHEN i.is_unique = 1 THEN ', unique' ELSE '' END,
        CASE WHEN i.is_primary_key = 1 THEN ', primary key' ELSE '' END,
        CASE WHEN i.is_unique_constraint = 1 THEN ', unique key' ELSE '' END,
        ' located on PRIMARY') AS varchar(210)) AS index_description,
    CAST((SELECT STRING_AGG(CONCAT(c.name, CASE k.is_descending_key WHEN 1 THEN N'(-)' END), N', ')
            WITHIN GROUP (ORDER BY k.key_ordinal)
        FROM sys.index_columns AS k
        JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
        WHERE k.object_id = i.object_id AND k.index_id = i.index_id AND k.key_ordinal > 0)
        AS nvarchar(2126)) AS index_keys
FROM sys.indexes AS i
WHERE i.object_id = @id AND i.index_id > 0
ORDER BY i.name;
"""


def named(name: str, catalog: Catalog) -> ObjectDoc | None:
    """A table or view by its name, as a system procedure is given it."""
    try:
        found = catalog.object(parse_name(name))
    except SqlError:
        return None
    return found if found is not None and found.type in ("U", "V") else None
