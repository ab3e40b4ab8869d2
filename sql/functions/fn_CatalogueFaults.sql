/*
dbo.fn_CatalogueFaults: what sp_VerifyInstallation holds of the database as a whole, a row each:
constraints that were checked and bear names of ours, modules with the right options, row
versioning. Fault is NULL where all is well. Tells only what its caller may see.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_CatalogueFaults()
RETURNS TABLE
AS
RETURN
    SELECT
        11 AS CheckNo,
        N'constraints trusted' AS CheckName,
        STRING_AGG(CAST(x.name AS nvarchar(max)), N', ') AS Fault
    FROM (
        SELECT f.name
        FROM sys.foreign_keys AS f
        WHERE f.is_not_trusted = 1 OR f.is_disabled = 1
        UNION ALL
        SELECT c.name
        FROM sys.check_constraints AS c
        WHERE c.is_not_trusted = 1 OR c.is_disabled = 1
    ) AS x
    UNION ALL
    SELECT
        12,
        N'constraints named',
        STRING_AGG(CAST(x.name AS nvarchar(max)), N', ')
    FROM (
        SELECT p.name
        FROM sys.key_constraints AS p
        WHERE p.is_system_named = 1
        UNION ALL
        SELECT f.name
        FROM sys.foreign_keys AS f
        WHERE f.is_system_named = 1
        UNION ALL
        SELECT c.name
        FROM sys.check_constraints AS c
        WHERE c.is_system_named = 1
        UNION ALL
        SELECT d.name
        FROM sys.default_constraints AS d
        WHERE d.is_system_named = 1
    ) AS x
    UNION ALL
    SELECT
        13,
        N'module options',
        STRING_AGG(CAST(OBJECT_NAME(m.object_id) AS nvarchar(max)), N', ')
    FROM sys.sql_modules AS m
    WHERE m.uses_ansi_nulls = 0 OR m.uses_quoted_identifier = 0
    UNION ALL
    SELECT
        14,
        N'row versioning',
        IIF(d.is_read_committed_snapshot_on = 1, NULL, N'READ_COMMITTED_SNAPSHOT is off')
    FROM sys.databases AS d
    WHERE d.database_id = DB_ID();
GO
