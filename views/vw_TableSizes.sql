/*
dbo.vw_TableSizes: rows and megabytes of each table, and of its indexes besides the clustered one.
Needs VIEW DATABASE STATE, and shows the tables whose definition the caller may see.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_TableSizes
AS
SELECT
    t.name AS TableName,
    SUM(CASE WHEN p.index_id IN (0, 1) THEN p.row_count ELSE 0 END) AS [Rows],
    CAST(SUM(p.reserved_page_count) * 8 / 1024.0 AS decimal(18, 2)) AS ReservedMB,
    CAST(SUM(CASE WHEN p.index_id > 1 THEN p.used_page_count ELSE 0 END) * 8 / 1024.0
         AS decimal(18, 2)) AS IndexMB
FROM sys.tables AS t
INNER JOIN sys.dm_db_partition_stats AS p ON p.object_id = t.object_id
WHERE t.schema_id = SCHEMA_ID(N'dbo')
GROUP BY t.name;
GO
