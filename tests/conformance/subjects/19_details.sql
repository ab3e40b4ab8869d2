-- Sequences, metadata of results, dynamic SQL, row counts, GROUP BY and windows in detail
--! setup
CREATE TABLE dbo.Sale (Id int NOT NULL CONSTRAINT PK_Sale PRIMARY KEY, Shop varchar(5) NULL, Amount decimal(9, 2) NULL, Day date NOT NULL);
INSERT INTO dbo.Sale VALUES (1, 'a', 10, '2024-01-01'), (2, 'a', 20, '2024-01-02'), (3, 'b', NULL, '2024-01-02'), (4, 'b', 5.5, '2024-01-03'), (5, NULL, 1, '2024-01-03');
CREATE SEQUENCE dbo.Small AS tinyint START WITH 254 MAXVALUE 255 NO CYCLE;
CREATE SEQUENCE dbo.Ring AS int START WITH 1 MINVALUE 1 MAXVALUE 2 CYCLE;
CREATE SEQUENCE dbo.Down AS bigint START WITH 10 INCREMENT BY -5;
CREATE TABLE dbo.Counted (Id int NOT NULL CONSTRAINT DF_Counted DEFAULT (NEXT VALUE FOR dbo.Down), a int NOT NULL);
GO
CREATE PROCEDURE dbo.Two AS BEGIN SELECT 1 AS a; SELECT 'x' AS b, NULL AS c; RETURN 3; END
--! case a sequence at its end
SELECT NEXT VALUE FOR dbo.Small AS a;
SELECT NEXT VALUE FOR dbo.Small AS a;
SELECT NEXT VALUE FOR dbo.Small AS a;
--> columns a tinyint
--> 254
--> columns a tinyint
--> 255
--> error 11728, severity 16: The sequence object 'Small' has reached its minimum or maximum value. Restart the sequence object to allow new values to be generated.
--! case a sequence that goes round
DECLARE @a int = NEXT VALUE FOR dbo.Ring, @b int = NEXT VALUE FOR dbo.Ring, @c int = NEXT VALUE FOR dbo.Ring;
SELECT @a AS a, @b AS b, @c AS c;
--> 1 | 2 | 1
--! case a sequence as a default
INSERT INTO dbo.Counted (a) VALUES (1), (2);
SELECT Id, a FROM dbo.Counted ORDER BY a;
--> 10 | 1
--> 5 | 2
--! case a rolled-back number is gone
BEGIN TRANSACTION;
DECLARE @x bigint = NEXT VALUE FOR dbo.Down;
ROLLBACK TRANSACTION;
DECLARE @y bigint = NEXT VALUE FOR dbo.Down;
SELECT @x - @y AS d;
--> 5
--! case several result sets and a return code
DECLARE @r int;
EXEC @r = dbo.Two;
SELECT @r AS r;
--> columns a int not null
--> 1
--> columns b varchar(1) not null, c int null
--> x | NULL
--> columns r int null
--> 3
--! case lengths and scales of results
SELECT CAST('abc' AS char(5)) AS a, CAST(1.5 AS decimal(10,3)) AS b, CAST('2024-01-01' AS datetime2(3)) AS c, CAST(1 AS bit) AS d, N'é' + N'xy' AS e, 0x0102 AS f;
--> columns a char(5), b decimal(10,3), c datetime2(3), d bit, e nvarchar(3), f varbinary(2)
--> 'abc  ' | 1.500 | 2024-01-01 00:00:00.000 | 1 | éxy | 0x0102
--! case types of aggregates
SELECT COUNT(*) AS a, COUNT_BIG(*) AS b, SUM(Id) AS c, AVG(Id) AS d, SUM(Amount) AS e, MIN(Shop) AS f, MAX(Day) AS g FROM dbo.Sale;
--> columns a int, b bigint, c int, d int, e decimal(38,2), f varchar(5), g date
--> 5 | 5 | 15 | 3 | 36.50 | a | 2024-01-03
--> message 8153: Warning: Null value is eliminated by an aggregate or other SET operation.
--! case types of COALESCE, ISNULL and CASE
SELECT COALESCE(NULL, 1, 2.5) AS a, ISNULL(CAST(NULL AS varchar(3)), 'abcdef') AS b, CASE WHEN 1 = 0 THEN 1 ELSE 2.5 END AS c, IIF(1 = 1, 'a', N'bc') AS d;
--> columns a decimal(11,1), b varchar(3), c decimal(11,1), d nvarchar(2)
--> 1.0 | abc | 2.5 | a
--! case NOCOUNT and the counts of a procedure's statements
SET NOCOUNT OFF;
DECLARE @t TABLE (a int);
INSERT INTO @t VALUES (1), (2), (3);
UPDATE @t SET a = a + 1 WHERE a > 1;
DELETE FROM @t WHERE a = 99;
--> rowcount 3
--> rowcount 2
--> rowcount 0
--! case groups by an expression
SELECT DATEPART(day, Day) AS d, COUNT(*) AS n FROM dbo.Sale GROUP BY DATEPART(day, Day) ORDER BY d;
--> 1 | 1
--> 2 | 2
--> 3 | 2
--! case NULL is a group
SELECT Shop, COUNT(*) AS n, COUNT(Amount) AS m FROM dbo.Sale WHERE Amount IS NOT NULL GROUP BY Shop ORDER BY Shop;
--> NULL | 1 | 1
--> a | 2 | 2
--> b | 1 | 1
--! case HAVING on an aggregate
SELECT Shop, SUM(Amount) AS s FROM dbo.Sale WHERE Amount IS NOT NULL GROUP BY Shop HAVING SUM(Amount) > 5 ORDER BY s DESC;
--> a | 30.00
--> b | 5.50
--! case an alias is not known in WHERE and GROUP BY
SELECT Id + 1 AS x FROM dbo.Sale WHERE x = 2;
--> error 207, severity 16: Invalid column name 'x'.
--! case a running sum over rows
SELECT Id, SUM(Id) OVER (ORDER BY Id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM dbo.Sale WHERE Id < 4 ORDER BY Id;
--> 1 | 1
--> 2 | 3
--> 3 | 5
--! case a share of a partition
SELECT Id, SUM(Id) OVER (PARTITION BY Shop) AS s, COUNT(*) OVER () AS n FROM dbo.Sale WHERE Shop IS NOT NULL ORDER BY Id;
--> 1 | 3 | 4
--> 2 | 3 | 4
--> 3 | 7 | 4
--> 4 | 7 | 4
--! case the newest row of each group
SELECT Shop, Id FROM (SELECT Shop, Id, ROW_NUMBER() OVER (PARTITION BY Shop ORDER BY Day DESC, Id DESC) AS r FROM dbo.Sale) AS t WHERE r = 1 ORDER BY Id;
--> a | 2
--> b | 4
--> NULL | 5
--! case paging with a total
SELECT Id, COUNT(*) OVER () AS total FROM dbo.Sale ORDER BY Id OFFSET 2 ROWS FETCH NEXT 2 ROWS ONLY;
--> 3 | 5
--> 4 | 5
--! case an offset beyond the end
SELECT Id FROM dbo.Sale ORDER BY Id OFFSET 100 ROWS;
--> no rows
--! case STRING_AGG with a separator of its own and WITHIN GROUP
SELECT STRING_AGG(CAST(Id AS varchar(5)), '; ') WITHIN GROUP (ORDER BY Id DESC) AS a FROM dbo.Sale WHERE Shop = 'a';
--> 2; 1
--! case sp_executesql gives an output back
DECLARE @n int, @sql nvarchar(200) = N'SELECT @count = COUNT(*) FROM dbo.Sale WHERE Shop = @shop';
EXEC sp_executesql @sql, N'@shop varchar(5), @count int OUTPUT', @shop = 'b', @count = @n OUTPUT;
SELECT @n AS n;
--> 2
--! case an error in dynamic text tells its own line
EXEC (N'
SELECT 1 / 0 AS a;');
--> error 8134, severity 16, line 2: Divide by zero error encountered.
--! case a transaction may begin in dynamic text
EXEC (N'BEGIN TRANSACTION');
SELECT @@TRANCOUNT AS t;
ROLLBACK TRANSACTION;
--> 1
--! case settings of dynamic text end with it
SET XACT_ABORT OFF;
EXEC (N'SET NOCOUNT ON; SET XACT_ABORT ON;');
DECLARE @t TABLE (a int);
INSERT INTO @t VALUES (1);
--> rowcount 1
--! case the depth of calls
CREATE PROCEDURE dbo.Deep AS EXEC dbo.Deep;
GO
EXEC dbo.Deep;
--> error 217, severity 16: Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).
--! case @@NESTLEVEL
CREATE PROCEDURE dbo.Nested AS SELECT @@NESTLEVEL AS n;
GO
EXEC dbo.Nested;
SELECT @@NESTLEVEL AS n;
--> 1
--> next
--> 0
--! case OPENJSON in strict mode
SELECT value FROM OPENJSON('{"a":1}', 'strict $.b');
--> error 13608, severity 16: Property cannot be found on the specified JSON path.
--! case OPENJSON in lax mode finds nothing
SELECT value FROM OPENJSON('{"a":1}', '$.b');
--> no rows
--! case nested JSON as columns
SELECT Id, Tags FROM OPENJSON('[{"id":1,"tags":["a","b"]},{"id":2}]') WITH (Id int '$.id', Tags nvarchar(max) '$.tags' AS JSON) ORDER BY Id;
--> 1 | ["a","b"]
--> 2 | NULL
--! case FOR JSON with a nested path and a root
SELECT Id AS [sale.id], Shop AS [sale.shop] FROM dbo.Sale WHERE Id = 1 FOR JSON PATH, ROOT('sales');
--> {"sales":[{"sale":{"id":1,"shop":"a"}}]}
--! case FOR JSON keeps NULLs when asked
SELECT Shop FROM dbo.Sale WHERE Id = 5 FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER;
--> {"Shop":null}
--! case a deletion with OUTPUT INTO and OUTPUT to the client
CREATE TABLE #log (Id int);
CREATE TABLE #work (Id int);
INSERT INTO #work VALUES (1), (2);
DELETE FROM #work OUTPUT deleted.Id INTO #log OUTPUT deleted.Id * 10 AS ten WHERE Id = 2;
SELECT Id FROM #log;
--> 20
--> next
--> 2
--! case an update of several rows from another table
CREATE TABLE #prices (Shop varchar(5), Factor int);
INSERT INTO #prices VALUES ('a', 2), ('b', 3);
SELECT Id, Shop, Amount INTO #s FROM dbo.Sale;
UPDATE s SET Amount = s.Amount * p.Factor FROM #s AS s INNER JOIN #prices AS p ON p.Shop = s.Shop;
SELECT Id, Amount FROM #s ORDER BY Id;
--> 1 | 20.00
--> 2 | 40.00
--> 3 | NULL
--> 4 | 16.50
--> 5 | 1.00
--! case THROW out of a nested TRY keeps number, state and line
BEGIN TRY
    BEGIN TRY
        THROW 50123, N'inner', 7;
    END TRY
    BEGIN CATCH
        THROW;
    END CATCH;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_STATE() AS s, ERROR_LINE() AS l, ERROR_MESSAGE() AS m;
END CATCH;
--> 50123 | 7 | 3 | inner
--! case RETURN in TRY leaves the procedure
CREATE PROCEDURE dbo.ReturnsInTry AS BEGIN BEGIN TRY RETURN 5; END TRY BEGIN CATCH RETURN 6; END CATCH; RETURN 7; END
GO
DECLARE @r int;
EXEC @r = dbo.ReturnsInTry;
SELECT @r AS r;
--> 5
--! case a savepoint inside a procedure saves the caller's work
CREATE TABLE #kept (a int);
BEGIN TRANSACTION;
INSERT INTO #kept VALUES (1);
SAVE TRANSACTION part;
INSERT INTO #kept VALUES (2);
ROLLBACK TRANSACTION part;
COMMIT TRANSACTION;
SELECT a, @@TRANCOUNT AS t FROM #kept;
--> 1 | 0
--! case a long text keeps its length
SELECT LEN(REPLICATE(CAST('x' AS varchar(max)), 10000)) AS a, LEN(REPLICATE('x', 10000)) AS b;
--> 10000 | 8000
