-- PIVOT, UNPIVOT, TOP PERCENT, APPLY, windows by name, percentiles, GOTO, calendars and time zones
--! setup
CREATE TABLE dbo.Takings (Shop varchar(5) NOT NULL, Year int NOT NULL, Amount int NULL);
INSERT INTO dbo.Takings VALUES ('a', 2023, 5), ('a', 2024, 7), ('a', 2024, 2), ('b', 2024, 1), ('b', 2023, NULL);
--! case TOP PERCENT is rounded up
SELECT TOP (50) PERCENT x FROM (VALUES (1), (2), (3)) AS t (x) ORDER BY x;
SELECT TOP (1) PERCENT x FROM (VALUES (1), (2), (3)) AS t (x) ORDER BY x DESC;
--> 1
--> 2
--> next
--> 3
--! case TOP 100 PERCENT is all, of nothing nothing
SELECT TOP (100) PERCENT x FROM (VALUES (1), (2)) AS t (x) WHERE x > 5 ORDER BY x;
--> no rows
--! case TOP PERCENT beyond a hundred
SELECT TOP (101) PERCENT x FROM (VALUES (1)) AS t (x) ORDER BY x;
--> error 1031, severity 15: Percent values must be between 0 and 100.
--! case TOP PERCENT in a derived table
SELECT COUNT(*) AS n FROM (SELECT TOP (25) PERCENT value FROM GENERATE_SERIES(1, 10) ORDER BY value) AS t;
--> 3
--! case PIVOT sums into columns, by the columns that are left
SELECT * FROM dbo.Takings PIVOT (SUM(Amount) FOR Year IN ([2023], [2024])) AS p ORDER BY Shop;
--> columns Shop varchar(5), [2023] int null, [2024] int null
--> a | 5 | 9
--> b | NULL | 1
--! case PIVOT of a derived table, counted, with a column that nothing falls into
SELECT p.[2023], p.[2024], p.[2025] FROM (SELECT Year, Shop FROM dbo.Takings) AS s PIVOT (COUNT(Shop) FOR Year IN ([2023], [2024], [2025])) AS p;
--> 2 | 3 | 0
--! case PIVOT of no rows has no row
SELECT p.[1] FROM (SELECT Year, Amount FROM dbo.Takings WHERE Year = 1) AS s PIVOT (MAX(Amount) FOR Year IN ([1])) AS p;
--> no rows
--! case PIVOT by a text, joined and filtered
SELECT p.Year, p.a, p.b, n.Name FROM (SELECT Shop, Year, Amount FROM dbo.Takings) AS s PIVOT (MAX(Amount) FOR Shop IN (a, b)) AS p INNER JOIN (VALUES (2023, 'first'), (2024, 'second')) AS n (Year, Name) ON n.Year = p.Year WHERE p.a > 5;
--> 2024 | 7 | 1 | second
--! case PIVOT of a column that does not exist
SELECT * FROM dbo.Takings PIVOT (SUM(Nothing) FOR Year IN ([2023])) AS p;
--> error 207, severity 16: Invalid column name 'Nothing'.
--! case UNPIVOT makes rows of columns and leaves NULLs out
SELECT Id, Field, Value FROM (VALUES (1, 10, 20), (2, NULL, 40)) AS t (Id, a, b) UNPIVOT (Value FOR Field IN (a, b)) AS u ORDER BY Id, Field;
--> columns Id int, Field nvarchar(128), Value int
--> 1 | a | 10
--> 1 | b | 20
--> 2 | b | 40
--! case UNPIVOT shows the value before its name
SELECT * FROM (SELECT 7 AS Id, 'x' AS a) AS t UNPIVOT (v FOR f IN (a)) AS u;
--> columns Id int, v varchar(1), f nvarchar(128)
--> 7 | x | a
--! case UNPIVOT of columns of several types
SELECT v FROM (SELECT 1 AS a, 'x' AS b) AS t UNPIVOT (v FOR f IN (a, b)) AS u;
--> error 8167, severity 16, state 1: The type of column "b" conflicts with the type of other columns specified in the UNPIVOT list.
--! case CROSS APPLY of values, of a query with TOP, of a function
SELECT t.Shop, v.k, u.Amount FROM (SELECT DISTINCT Shop FROM dbo.Takings) AS t CROSS APPLY (VALUES (1), (2)) AS v (k) CROSS APPLY (SELECT TOP (1) i.Amount FROM dbo.Takings AS i WHERE i.Shop = t.Shop ORDER BY i.Amount DESC) AS u WHERE v.k = 2 ORDER BY t.Shop;
SELECT t.x, s.value FROM (VALUES ('a,b'), ('c')) AS t (x) CROSS APPLY STRING_SPLIT(t.x, ',') AS s ORDER BY t.x, s.value;
--> a | 2 | 7
--> b | 2 | 1
--> next
--> a,b | a
--> a,b | b
--> c | c
--! case OUTER APPLY of OPENJSON keeps rows without any
SELECT t.id, j.value FROM (VALUES (1, N'[1,2]'), (2, N'[]')) AS t (id, doc) OUTER APPLY OPENJSON(t.doc) AS j ORDER BY t.id, j.[key];
--> 1 | 1
--> 1 | 2
--> 2 | NULL
--! case a window of the WINDOW clause, as it is and gone on from
SELECT x, SUM(x) OVER w AS s, ROW_NUMBER() OVER (w ORDER BY x DESC) AS r FROM (VALUES (1), (2), (3)) AS t (x) WINDOW w AS (PARTITION BY x % 2) ORDER BY x;
--> 1 | 4 | 2
--> 2 | 2 | 1
--> 3 | 4 | 1
--! case a window stands behind the name of a table
CREATE TABLE #w (x int NOT NULL);
INSERT INTO #w (x) VALUES (1), (2);
SELECT x, SUM(x) OVER w AS s FROM #w WINDOW w AS (ORDER BY x) ORDER BY x;
--> 1 | 1
--> 2 | 3
--! case a window that is not defined
SELECT SUM(x) OVER v AS s FROM (VALUES (1)) AS t (x) WINDOW w AS (ORDER BY x);
--> error 5362, severity 15: Window 'v' is undefined.
--! case PERCENTILE_CONT and PERCENTILE_DISC
SELECT DISTINCT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) OVER () AS a, PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY x) OVER () AS b, PERCENTILE_DISC(0.25) WITHIN GROUP (ORDER BY x DESC) OVER () AS c FROM (VALUES (1), (2), (3), (10)) AS t (x);
--> columns a float, b int, c int
--> 2.5 | 2 | 10
--! case percentiles by partition leave NULLs out
SELECT DISTINCT g, PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) OVER (PARTITION BY g) AS m FROM (VALUES (1, 10), (1, 20), (2, 5), (2, NULL), (3, NULL)) AS t (g, x) ORDER BY g;
--> 1 | 15
--> 2 | 5
--> 3 | NULL
--! case frames of rows on both sides
SELECT x, SUM(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS a, LAST_VALUE(x) OVER (ORDER BY x RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS b, FIRST_VALUE(x) OVER (ORDER BY x ROWS 1 PRECEDING) AS c FROM (VALUES (1), (2), (4)) AS t (x) ORDER BY x;
--> 1 | 3 | 4 | 1
--> 2 | 7 | 4 | 1
--> 4 | 6 | 4 | 2
--! case NTILE, LAG with a default, CUME_DIST and PERCENT_RANK
SELECT x, NTILE(3) OVER (ORDER BY x) AS n, LAG(x, 2, -1) OVER (ORDER BY x) AS l, CUME_DIST() OVER (ORDER BY x) AS c, PERCENT_RANK() OVER (ORDER BY x) AS p FROM (VALUES (1), (2), (3), (4), (5)) AS t (x) ORDER BY x;
--> 1 | 1 | -1 | 0.2 | 0
--> 2 | 1 | -1 | 0.4 | 0.25
--> 3 | 2 | 1 | 0.6 | 0.5
--> 4 | 2 | 2 | 0.8 | 0.75
--> 5 | 3 | 3 | 1 | 1
--! case GENERATE_SERIES up, down and with a step
SELECT (SELECT STRING_AGG(value, ',') WITHIN GROUP (ORDER BY value) FROM GENERATE_SERIES(1, 10, 4)) AS a, (SELECT COUNT(*) FROM GENERATE_SERIES(3, 1)) AS b, (SELECT COUNT(*) FROM GENERATE_SERIES(3, 1, -1)) AS c;
--> 1,5,9 | 3 | 3
--! case GOTO forward and back
DECLARE @i int = 0;
again:
SET @i += 1;
IF @i < 3 GOTO again;
IF @i = 3 GOTO done;
PRINT 'never';
done:
PRINT CONCAT('at ', @i);
--> print at 3
--! case GOTO out of loops and blocks
DECLARE @i int = 0, @j int;
WHILE @i < 3
BEGIN
    SET @i += 1;
    SET @j = 0;
    WHILE @j < 3
    BEGIN
        SET @j += 1;
        IF @i = 2 AND @j = 2 GOTO found;
    END
END
PRINT 'not found';
found:
SELECT @i AS i, @j AS j;
--> 2 | 2
--! case GOTO in a procedure, to its error exit
CREATE PROCEDURE dbo.OldStyle @x int AS
BEGIN
    DECLARE @y int;
    SET @y = 10 / @x;
    IF @@ERROR <> 0 GOTO failed;
    RETURN @y;
failed:
    RETURN -1;
END
GO
DECLARE @a int, @b int;
EXEC @a = dbo.OldStyle 5;
EXEC @b = dbo.OldStyle 0;
SELECT @a AS a, @b AS b;
--> error 8134, line 4, procedure dbo.OldStyle
--> 2 | -1
--! case GOTO to a label that does not exist
GOTO nowhere;
--> error 133, severity 15, state 1: A GOTO statement references the label 'nowhere' but the label has not been declared.
--! case a label twice
here:
PRINT 'a';
here:
PRINT 'b';
--> error 132, severity 15, state 1: The label 'here' has already been declared. Label names must be unique within a query batch or stored procedure.
--! case GOTO into a TRY
GOTO inside;
BEGIN TRY
    inside:
    PRINT 'a';
END TRY
BEGIN CATCH
    PRINT 'b';
END CATCH;
--> error 1026, severity 15, state 1: GOTO cannot be used to jump into a TRY or CATCH scope.
--! case GOTO from CATCH forgets its error
BEGIN TRY
    DECLARE @x int = 1 / 0;
END TRY
BEGIN CATCH
    GOTO after;
END CATCH;
after:
SELECT ERROR_NUMBER() AS n, XACT_STATE() AS x;
--> NULL | 0
--! case GOTO in a transaction
BEGIN TRANSACTION;
UPDATE dbo.Takings SET Amount = 0 WHERE Shop = 'b';
IF @@ROWCOUNT = 2 GOTO undo;
COMMIT TRANSACTION;
undo:
ROLLBACK TRANSACTION;
SELECT SUM(Amount) AS s, @@TRANCOUNT AS t FROM dbo.Takings WHERE Amount IS NOT NULL;
--> 15 | 0
--! case DATETRUNC keeps the type
SELECT DATETRUNC(month, CAST('2024-05-06T07:08:09.123' AS datetime2(3))) AS a, DATETRUNC(quarter, CAST('2024-05-06' AS date)) AS b, DATETRUNC(hour, CAST('2024-05-06T07:08:09' AS datetime)) AS c, DATETRUNC(minute, CAST('10:11:12' AS time(0))) AS d;
--> columns a datetime2(3), b date, c datetime, d time(0)
--> 2024-05-01 00:00:00.000 | 2024-04-01 | 2024-05-06 07:00:00.000 | 10:11:00
--! case DATETRUNC of weeks, of a text, of a moment with an offset
SELECT DATETRUNC(week, CAST('2024-05-08' AS date)) AS a, DATETRUNC(iso_week, CAST('2024-05-05' AS date)) AS b, DATETRUNC(year, '2024-05-06') AS c, DATETRUNC(day, CAST('2024-05-06 23:00 +05:00' AS datetimeoffset(0))) AS d;
--> columns a date, b date, c datetime2(7), d datetimeoffset(0)
--> 2024-05-05 | 2024-04-29 | 2024-01-01 00:00:00.0000000 | 2024-05-06 00:00:00 +05:00
--! case DATETRUNC of a part that the type does not have
SELECT DATETRUNC(hour, CAST('2024-05-06' AS date)) AS a;
--> error 9810, severity 16: The datepart hour is not supported by date function datetrunc for data type date.
--! case DATE_BUCKET counts from 1900, or from an origin
SELECT DATE_BUCKET(week, 2, CAST('2024-05-06' AS date)) AS a, DATE_BUCKET(month, 5, CAST('2024-05-06' AS datetime2(0)), CAST('2024-01-15' AS datetime2(0))) AS b, DATE_BUCKET(minute, 15, CAST('2024-05-06T07:52:00' AS datetime2(0))) AS c;
--> columns a date, b datetime2(0), c datetime2(0)
--> 2024-05-06 | 2024-01-15 00:00:00 | 2024-05-06 07:45:00
--! case DATE_BUCKET of no width
SELECT DATE_BUCKET(day, 0, CAST('2024-05-06' AS date)) AS a;
--> error 9834
--! case AT TIME ZONE in summer and winter
SELECT CAST('2024-07-01T10:00:00' AS datetime2(0)) AT TIME ZONE 'Pacific Standard Time' AS a, CAST('2024-01-01T10:00:00' AS datetime2(0)) AT TIME ZONE 'Pacific Standard Time' AS b;
--> columns a datetimeoffset(0), b datetimeoffset(0)
--> 2024-07-01 10:00:00 -07:00 | 2024-01-01 10:00:00 -08:00
--! case AT TIME ZONE in the hour that is left out and in the one that comes twice
SELECT CAST('2022-03-27T02:01:00' AS datetime2(0)) AT TIME ZONE 'Central European Standard Time' AS a, CAST('2022-10-30T02:01:00' AS datetime2(0)) AT TIME ZONE 'Central European Standard Time' AS b;
--> 2022-03-27 03:01:00 +02:00 | 2022-10-30 02:01:00 +01:00
--! case AT TIME ZONE from one zone to another
SELECT CAST('2024-07-01T10:00:00' AS datetime2(0)) AT TIME ZONE 'UTC' AT TIME ZONE N'India Standard Time' AS a;
--> 2024-07-01 15:30:00 +05:30
--! case AT TIME ZONE of a zone that does not exist
SELECT CAST('2024-07-01' AS datetime) AT TIME ZONE 'Nowhere Standard Time' AS a;
--> error 9820, severity 16, state 1: The time zone parameter 'Nowhere Standard Time' provided to AT TIME ZONE clause is invalid.
--! case AT TIME ZONE of a date
SELECT CAST('2024-07-01' AS date) AT TIME ZONE 'UTC' AS a;
--> error 8116, severity 16: Argument data type date is invalid for argument 1 of AT TIME ZONE function.
--! case a table function of several statements
CREATE FUNCTION dbo.Steps (@n int) RETURNS @t TABLE (Id int NOT NULL PRIMARY KEY, Word varchar(10) NULL DEFAULT ('new')) AS
BEGIN
    DECLARE @i int = 1;
    WHILE @i <= @n
    BEGIN
        INSERT INTO @t (Id) VALUES (@i);
        SET @i += 1;
    END;
    UPDATE @t SET Word = 'last' WHERE Id = @n;
    RETURN;
END
GO
SELECT Id, Word FROM dbo.Steps(2) ORDER BY Id;
SELECT v.n, COUNT(*) AS c FROM (VALUES (1), (3)) AS v (n) CROSS APPLY dbo.Steps(v.n) AS s GROUP BY v.n ORDER BY v.n;
--> columns Id int not null, Word varchar(10) null
--> 1 | new
--> 2 | last
--> columns n, c
--> 1 | 1
--> 3 | 3
GO
SELECT o.type_desc, c.name, c.is_nullable FROM sys.objects AS o INNER JOIN sys.columns AS c ON c.object_id = o.object_id WHERE o.name = N'Steps' ORDER BY c.column_id;
DROP FUNCTION dbo.Steps;
--> SQL_TABLE_VALUED_FUNCTION | Id | 0
--> SQL_TABLE_VALUED_FUNCTION | Word | 1
--! case a table function whose key is broken
CREATE FUNCTION dbo.Twofold () RETURNS @t TABLE (Id int NOT NULL PRIMARY KEY) AS
BEGIN
    INSERT INTO @t VALUES (1), (1);
    RETURN;
END
GO
SELECT Id FROM dbo.Twofold();
--> error 2627
--! case a table function returns no value
CREATE FUNCTION dbo.Wrong () RETURNS @t TABLE (Id int) AS
BEGIN
    RETURN 1;
END
--> error 178, severity 15: A RETURN statement with a return value cannot be used in this context.
--! case a scalar function with a table variable
CREATE FUNCTION dbo.SumOf (@n int) RETURNS int AS
BEGIN
    DECLARE @t TABLE (a int);
    INSERT INTO @t VALUES (@n), (2);
    RETURN (SELECT SUM(a) FROM @t);
END
GO
SELECT dbo.SumOf(5) AS a;
--> 7
