-- Temporary tables: scope, rollback, SELECT … INTO
--! setup
CREATE TABLE dbo.Origin (Id int NOT NULL IDENTITY(5, 2) CONSTRAINT PK_Origin PRIMARY KEY, Name nvarchar(10) NULL, Price decimal(9, 2) NOT NULL);
INSERT INTO dbo.Origin (Name, Price) VALUES (N'a', 1.5), (N'b', 2.5), (NULL, 3.5);
GO
CREATE PROCEDURE dbo.MakeAndShow AS
BEGIN
    CREATE TABLE #own (Id int NOT NULL PRIMARY KEY, Word varchar(5) NULL);
    INSERT INTO #own (Id, Word) VALUES (2, 'two'), (1, 'one');
    UPDATE #own SET Word = UPPER(Word) WHERE Id = 2;
    SELECT Id, Word FROM #own ORDER BY Id;
END
GO
CREATE PROCEDURE dbo.UseOfCaller AS
BEGIN
    INSERT INTO #given (Id) VALUES (10);
    SELECT COUNT(*) AS n FROM #given;
END
GO
CREATE PROCEDURE dbo.HideAndShow AS
BEGIN
    CREATE TABLE #given (Other varchar(5) NOT NULL);
    INSERT INTO #given (Other) VALUES ('inner');
    SELECT Other FROM #given;
END
GO
CREATE PROCEDURE dbo.Recurse @Depth int AS
BEGIN
    CREATE TABLE #level (Depth int NOT NULL PRIMARY KEY);
    INSERT INTO #level (Depth) VALUES (@Depth);
    DECLARE @next int = @Depth - 1;
    IF @next > 0 EXEC dbo.Recurse @next;
    SELECT Depth FROM #level;
END
GO
CREATE PROCEDURE dbo.FillAndFail AS
BEGIN
    CREATE TABLE #gone (a int);
    INSERT INTO #gone (a) VALUES (1);
    THROW 50001, N'broken', 1;
END
--! case a table of the batch
CREATE TABLE #t (a int NOT NULL, b varchar(10) NULL);
INSERT INTO #t (a, b) VALUES (1, 'x'), (2, NULL);
SELECT a, b FROM #t ORDER BY a;
--> columns a int not null, b varchar(10) null
--> 1 | x
--> 2 | NULL
--! case it lives as long as the session
CREATE TABLE #t (a int);
GO
INSERT INTO #t VALUES (1);
GO
SELECT a FROM #t;
--> 1
--! case it can be dropped and made anew in another batch
CREATE TABLE #t (a int);
DROP TABLE #t;
GO
CREATE TABLE #t (b varchar(3));
INSERT INTO #t (b) VALUES ('abc');
SELECT b FROM #t;
--> abc
--! case after DROP it is no more
CREATE TABLE #t (a int);
DROP TABLE #t;
GO
SELECT a FROM #t;
--> error 208, severity 16, line 1: Invalid object name '#t'.
--! case DROP of one that does not exist
DROP TABLE #none;
--> error 3701, severity 11: Cannot drop the table '#none', because it does not exist or you do not have permission.
--! case DROP IF EXISTS
DROP TABLE IF EXISTS #none;
CREATE TABLE #none (a int);
SELECT COUNT(*) AS n FROM #none;
--> 0
--! case twice the same name
CREATE TABLE #t (a int);
GO
CREATE TABLE #t (b int);
--> error 2714, severity 16: There is already an object named '#t' in the database.
--! case OBJECT_ID tells whether it exists
SELECT CASE WHEN OBJECT_ID('tempdb..#t') IS NULL THEN 'no' ELSE 'yes' END AS a;
CREATE TABLE #t (a int);
SELECT CASE WHEN OBJECT_ID(N'tempdb..#t', N'U') IS NULL THEN 'no' ELSE 'yes' END AS a, CASE WHEN OBJECT_ID('tempdb.dbo.#t') IS NULL THEN 'no' ELSE 'yes' END AS b, OBJECT_ID('#t') AS c;
--> no
--> next
--> yes | yes | NULL
--! case the idiom that makes a table anew
IF OBJECT_ID('tempdb..#t') IS NOT NULL DROP TABLE #t;
CREATE TABLE #t (a int);
GO
INSERT INTO #t VALUES (1);
GO
IF OBJECT_ID('tempdb..#t') IS NOT NULL DROP TABLE #t;
CREATE TABLE #t (a int);
SELECT COUNT(*) AS n FROM #t;
--> 0
--! case a variable before and after
DECLARE @n int = 3;
CREATE TABLE #t (a int);
INSERT INTO #t (a) VALUES (@n);
SET @n = (SELECT SUM(a) FROM #t) + 1;
SELECT @n AS n;
--> 4
--! case the table of a procedure ends with it
EXEC dbo.MakeAndShow;
SELECT CASE WHEN OBJECT_ID('tempdb..#own') IS NULL THEN 'gone' ELSE 'there' END AS a;
EXEC dbo.MakeAndShow;
--> 1 | one
--> 2 | TWO
--> next
--> gone
--> next
--> 1 | one
--> 2 | TWO
--! case a procedure sees the table of its caller
CREATE TABLE #given (Id int);
INSERT INTO #given VALUES (1);
EXEC dbo.UseOfCaller;
SELECT Id FROM #given ORDER BY Id;
--> 2
--> next
--> 1
--> 10
--! case without its caller's table a procedure fails
EXEC dbo.UseOfCaller;
--> error 208, severity 16: Invalid object name '#given'.
--! case a procedure hides the table of its caller while it runs
CREATE TABLE #given (Id int);
INSERT INTO #given VALUES (1);
EXEC dbo.HideAndShow;
SELECT Id FROM #given;
--> inner
--> next
--> 1
--! case each call of a recursion has its own
EXEC dbo.Recurse 3;
--> 1
--> next
--> 2
--> next
--> 3
--! case a procedure that throws takes its table along
BEGIN TRY EXEC dbo.FillAndFail; END TRY
BEGIN CATCH SELECT ERROR_NUMBER() AS e, CASE WHEN OBJECT_ID('tempdb..#gone') IS NULL THEN 'gone' ELSE 'there' END AS a; END CATCH;
--> 50001 | gone
--! case a table of dynamic text ends with it
EXEC (N'CREATE TABLE #inner (a int); INSERT INTO #inner VALUES (1); SELECT a FROM #inner;');
SELECT CASE WHEN OBJECT_ID('tempdb..#inner') IS NULL THEN 'gone' ELSE 'there' END AS a;
--> 1
--> next
--> gone
--! case a part of a text that fails ends the text
EXEC (N'CREATE TABLE #inner (a int); INSERT INTO #none VALUES (1); SELECT 1 AS a;');
SELECT 2 AS a;
--> error 208, severity 16: Invalid object name '#none'.
--> 2
--! case dynamic text sees the table of its batch
CREATE TABLE #t (a int);
EXEC (N'INSERT INTO #t VALUES (7);');
EXEC sp_executesql N'UPDATE #t SET a = a + @d', N'@d int', @d = 1;
SELECT a FROM #t;
--> 8
--! case rows go with a rollback, unlike those of a table variable
CREATE TABLE #t (a int);
DECLARE @t TABLE (a int);
BEGIN TRANSACTION;
INSERT INTO #t VALUES (1);
INSERT INTO @t VALUES (1);
ROLLBACK TRANSACTION;
SELECT (SELECT COUNT(*) FROM #t) AS t, (SELECT COUNT(*) FROM @t) AS v;
--> 0 | 1
--! case the table itself goes with a rollback
BEGIN TRANSACTION;
CREATE TABLE #t (a int);
ROLLBACK TRANSACTION;
GO
SELECT CASE WHEN OBJECT_ID('tempdb..#t') IS NULL THEN 'gone' ELSE 'there' END AS a;
--> gone
--! case a dropped table comes back with a rollback
CREATE TABLE #t (a int);
INSERT INTO #t VALUES (1);
GO
BEGIN TRANSACTION;
DROP TABLE #t;
ROLLBACK TRANSACTION;
GO
SELECT a FROM #t;
--> 1
--! case keys, checks and defaults
CREATE TABLE #t (a int NOT NULL PRIMARY KEY, b int NOT NULL DEFAULT 5 CHECK (b > 0), c varchar(3) NULL);
INSERT INTO #t (a) VALUES (1);
INSERT INTO #t (a) VALUES (1);
INSERT INTO #t (a, b) VALUES (2, -1);
INSERT INTO #t (a, c) VALUES (3, 'abcd');
INSERT INTO #t (b) VALUES (1);
SELECT a, b, c FROM #t;
--> error 2627, severity 14: Violation of PRIMARY KEY constraint '…'. Cannot insert duplicate key in object 'dbo.#t'. The duplicate key value is (1).
--> error 547, severity 16: The INSERT statement conflicted with the CHECK constraint "…". The conflict occurred in database "tempdb", table "dbo.#t…", column 'b'.
--> error 2628, severity 16: String or binary data would be truncated in table 'tempdb.dbo.#t…', column 'c'. Truncated value: 'abc'.
--> error 515, severity 16: Cannot insert the value NULL into column 'a', table 'tempdb.dbo.#t…'; column does not allow nulls. INSERT fails.
--> 1 | 5 | NULL
--! case an identity and SCOPE_IDENTITY
CREATE TABLE #t (Id int IDENTITY(10, 5), a varchar(3));
INSERT INTO #t (a) VALUES ('x'), ('y');
SELECT SCOPE_IDENTITY() AS s;
SET IDENTITY_INSERT #t ON;
INSERT INTO #t (Id, a) VALUES (100, 'z');
SET IDENTITY_INSERT #t OFF;
INSERT INTO #t (a) VALUES ('w');
SELECT Id, a FROM #t ORDER BY Id;
--> 15
--> next
--> 10 | x
--> 15 | y
--> 100 | z
--> 105 | w
--! case an index on it
CREATE TABLE #t (a int NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX ux ON #t (b);
INSERT INTO #t VALUES (1, 1), (2, 1);
SELECT COUNT(*) AS n FROM #t;
--> error 2601, severity 14: Cannot insert duplicate key row in object 'dbo.#t' with unique index 'ux'. The duplicate key value is (1).
--> 0
--! case TRUNCATE TABLE
CREATE TABLE #t (Id int IDENTITY(1, 1), a int);
INSERT INTO #t (a) VALUES (1), (2);
TRUNCATE TABLE #t;
INSERT INTO #t (a) VALUES (3);
SELECT Id, a FROM #t;
--> 1 | 3
--! case a column is added to it
CREATE TABLE #t (a int);
INSERT INTO #t VALUES (1);
ALTER TABLE #t ADD b int NULL;
GO
SELECT a, b FROM #t;
--> 1 | NULL
--! case OUTPUT INTO, DELETE and a join
CREATE TABLE #moved (Id int, Name nvarchar(10));
CREATE TABLE #work (Id int, Name nvarchar(10));
INSERT INTO #work SELECT Id, Name FROM dbo.Origin;
DELETE w OUTPUT deleted.Id, deleted.Name INTO #moved FROM #work AS w INNER JOIN dbo.Origin AS o ON o.Id = w.Id WHERE o.Price > 2;
SELECT (SELECT COUNT(*) FROM #work) AS w, (SELECT COUNT(*) FROM #moved) AS m;
--> 1 | 2
--! case INSERT … EXEC into it
CREATE TABLE #t (Id int, Word varchar(5));
INSERT INTO #t EXEC dbo.MakeAndShow;
SELECT Id, Word FROM #t ORDER BY Id;
--> 1 | one
--> 2 | TWO
--! case SELECT INTO takes names, types and NULLs over
SELECT Name, Price, Price * 2 AS Twice, CAST(1 AS tinyint) AS One INTO #t FROM dbo.Origin;
SELECT @@ROWCOUNT AS n;
SELECT TOP (1) Name, Price, Twice, One FROM #t ORDER BY Price;
--> 3
--> columns Name nvarchar(10) null, Price decimal(9,2) not null, Twice decimal(11,2), One tinyint
--> a | 1.50 | 3.00 | 1
--! case SELECT INTO keeps an identity column
SELECT Id, Name INTO #t FROM dbo.Origin WHERE Name IS NOT NULL;
INSERT INTO #t (Name) VALUES (N'new');
SELECT Id, Name FROM #t ORDER BY Id;
--> 5 | a
--> 7 | b
--> 9 | new
--! case the identity function numbers rows
SELECT IDENTITY(int, 1, 1) AS No, Name INTO #t FROM dbo.Origin WHERE Name = N'b';
INSERT INTO #t (Name) VALUES (N'c');
SELECT No, Name FROM #t ORDER BY No;
--> columns No int not null, Name nvarchar(10) null
--> 1 | b
--> 2 | c
--! case the identity function without INTO
SELECT IDENTITY(int, 1, 1) AS No, Name FROM dbo.Origin;
--> error 177, severity 15: The IDENTITY function can only be used when the SELECT statement has an INTO clause.
--! case SELECT INTO without rows makes an empty table
SELECT Name, Price INTO #t FROM dbo.Origin WHERE 1 = 0;
SELECT COUNT(*) AS n FROM #t;
--> 0
--! case SELECT INTO of a clock
SELECT GETDATE() AS a, CAST(SYSUTCDATETIME() AS date) AS b, 1 AS c INTO #t;
SELECT COUNT(*) AS n FROM #t WHERE a IS NOT NULL AND b IS NOT NULL;
--> 1
--! case SELECT INTO of a union
SELECT 1 AS a, N'x' AS b INTO #t UNION ALL SELECT 2, N'yy';
SELECT a, b FROM #t ORDER BY a;
--> columns a int, b nvarchar(2)
--> 1 | x
--> 2 | yy
--! case SELECT INTO a column without a name
SELECT 1 INTO #t;
--> error 1038, severity 15: An object or column name is missing or empty.…
--! case SELECT INTO a table that exists
CREATE TABLE #t (a int);
GO
SELECT 1 AS a INTO #t;
--> error 2714, severity 16: There is already an object named '#t' in the database.
GO
SELECT COUNT(*) AS n FROM #t;
--> 0
--! case SELECT INTO a table of the database
SELECT Name, Price INTO dbo.Copy FROM dbo.Origin;
SELECT COUNT(*) AS n FROM dbo.Copy;
DROP TABLE dbo.Copy;
--> 3
--! case what fails after SELECT INTO began leaves an empty table
SELECT 1 / (Price - 1.5) AS a INTO #t FROM dbo.Origin;
--> error 8134, severity 16: Divide by zero error encountered.
GO
SELECT COUNT(*) AS n FROM #t;
--> 0
--! case MERGE into it
CREATE TABLE #t (Id int NOT NULL PRIMARY KEY, n int NOT NULL);
INSERT INTO #t VALUES (1, 1);
MERGE #t AS t USING (VALUES (1, 5), (2, 6)) AS s (Id, n) ON s.Id = t.Id
WHEN MATCHED THEN UPDATE SET n = t.n + s.n
WHEN NOT MATCHED THEN INSERT (Id, n) VALUES (s.Id, s.n);
SELECT Id, n FROM #t ORDER BY Id;
--> 1 | 6
--> 2 | 6
--! case in a transaction with XACT_ABORT
SET XACT_ABORT ON;
CREATE TABLE #t (a int NOT NULL PRIMARY KEY);
BEGIN TRY
    BEGIN TRANSACTION;
    INSERT INTO #t VALUES (1);
    INSERT INTO #t VALUES (1);
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
END CATCH;
SELECT COUNT(*) AS n FROM #t;
--> 0
