/*
dbo.vw_ProcedurePerformance: how often each procedure of this database ran since its plan was
cached, how long it took, and whether that is slow (slow_procedure_ms). Several plans of one
procedure count together. Needs VIEW DATABASE STATE; SQL Server on a machine of one's own asks for
VIEW SERVER STATE as well.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_ProcedurePerformance
AS
SELECT
    p.ProcedureName,
    p.Executions,
    p.AvgMs,
    p.MaxMs,
    p.AvgLogicalReads,
    p.LastExecution,
    CAST(CASE WHEN p.AvgMs > s.IntValue THEN 1 ELSE 0 END AS bit) AS IsSlow
FROM (
    SELECT
        -- The name is hidden from who may not execute the procedure: internal ones, to operators.
        COALESCE(OBJECT_NAME(x.object_id), CONCAT(N'(object ', x.object_id, N')'))
            AS ProcedureName,
        SUM(x.execution_count) AS Executions,
        CAST(SUM(x.total_elapsed_time) / 1000.0 / SUM(x.execution_count) AS decimal(18, 3))
            AS AvgMs,
        CAST(MAX(x.max_elapsed_time) / 1000.0 AS decimal(18, 3)) AS MaxMs,
        CAST(SUM(x.total_logical_reads) * 1.0 / SUM(x.execution_count) AS decimal(18, 1))
            AS AvgLogicalReads,
        -- The server's own time there, UTC here.
        DATEADD(
            MINUTE, -DATEPART(TZOFFSET, SYSDATETIMEOFFSET()),
            CAST(MAX(x.last_execution_time) AS datetime2(3))
        ) AS LastExecution
    FROM sys.dm_exec_procedure_stats AS x
    WHERE x.database_id = DB_ID() AND x.execution_count > 0
    GROUP BY x.object_id
) AS p
CROSS JOIN dbo.fn_Setting(N'slow_procedure_ms') AS s;
GO
