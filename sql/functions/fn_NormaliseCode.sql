/*
dbo.fn_NormaliseCode: a code as typed, without surrounding white space (also tabs, line ends and
no-break spaces) and in upper case, whatever the language of the database makes of an i; well formed
= 3 to 50 characters, all of A-Z, 0-9, _ and -.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_NormaliseCode(@Code nvarchar(200))
RETURNS TABLE
AS
RETURN
    SELECT
        n.Code,
        CAST(
            IIF(LEN(n.Code) BETWEEN 3 AND 50 AND n.Code NOT LIKE N'%[^A-Z0-9_-]%', 1, 0) AS bit
        ) AS IsWellFormed
    FROM (
        SELECT
            CAST(
                UPPER(TRIM(
                    CONCAT(N' ', NCHAR(9), NCHAR(10), NCHAR(13), NCHAR(160))
                    FROM @Code COLLATE Latin1_General_100_BIN2
                )) AS nvarchar(200)
            ) COLLATE Latin1_General_100_BIN2 AS Code
    ) AS n;
GO
