-- JSON, dynamic SQL, procedures, functions, applocks
--! setup
CREATE PROCEDURE dbo.Twice @In int, @Out int OUTPUT, @Other int = 5 AS
BEGIN
    SET @Out = @In * 2 + @Other;
    RETURN 7;
END
GO
CREATE FUNCTION dbo.fn_Add (@A int, @B int) RETURNS int AS
BEGIN
    RETURN @A + @B;
END
GO
CREATE FUNCTION dbo.fn_Upto (@N int) RETURNS TABLE AS RETURN (SELECT value AS n FROM GENERATE_SERIES(1, @N));
GO
CREATE VIEW dbo.vw_One AS SELECT 1 AS one, 'x' AS name;
--! case JSON_VALUE, lax
SELECT JSON_VALUE('{"a":1,"b":{"c":"x"},"d":[1,2]}', '$.a') AS a, JSON_VALUE('{"b":{"c":"x"}}', '$.b.c') AS b, JSON_VALUE('{"a":1}', '$.z') AS c, JSON_VALUE('{"d":[1,2]}', '$.d[1]') AS d, JSON_VALUE('{"d":[1,2]}', '$.d') AS e;
--> columns a nvarchar(4000), b nvarchar(4000), c nvarchar(4000), d nvarchar(4000), e nvarchar(4000)
--> 1 | x | NULL | 2 | NULL
--! case JSON_VALUE, strict
SELECT JSON_VALUE('{"a":1}', 'strict $.z') AS a;
--> error 13608, severity 16: Property cannot be found on the specified JSON path.
--! case JSON_QUERY gives objects and arrays only
SELECT JSON_QUERY('{"a":{"b":1}}', '$.a') AS a, JSON_QUERY('{"a":1}', '$.a') AS b;
--> {"b":1} | NULL
--! case text that is no JSON
SELECT JSON_VALUE('{a', '$.a') AS a;
--> error 13609, severity 16: JSON text is not properly formatted. Unexpected character 'a' is found at position 1.
--! case ISJSON
SELECT ISJSON('{"a":1}') AS a, ISJSON('x') AS b, ISJSON(NULL) AS c;
--> 1 | 0 | NULL
--! case JSON_MODIFY
SELECT JSON_MODIFY('{"a":1}', '$.a', 2) AS a, JSON_MODIFY('{"a":1}', '$.b', 'x') AS b, JSON_MODIFY('{"a":1}', '$.a', NULL) AS c;
--> {"a":2} | {"a":1,"b":"x"} | {}
--! case OPENJSON with a schema
SELECT a, b FROM OPENJSON('[{"a":1,"b":"x"},{"a":2}]') WITH (a int, b varchar(5)) ORDER BY a;
--> columns a int, b varchar(5)
--> 1 | x
--> 2 | NULL
--! case OPENJSON without one
SELECT [key], value, type FROM OPENJSON('{"a":1,"b":"x","c":null,"d":[],"e":true}') ORDER BY [key];
--> a | 1 | 2
--> b | x | 1
--> c | NULL | 0
--> d | [] | 4
--> e | true | 3
--! case FOR JSON PATH
SELECT 1 AS [a.b], 'x' AS c, NULL AS d FOR JSON PATH, WITHOUT_ARRAY_WRAPPER;
--> {"a":{"b":1},"c":"x"}
--! case outputs, defaults and the return code
DECLARE @o int, @r int;
EXEC @r = dbo.Twice @In = 3, @Out = @o OUTPUT;
SELECT @o AS o, @r AS r;
--> 11 | 7
--! case an output that is not asked for stays
DECLARE @o int = 1;
EXEC dbo.Twice 3, @o;
SELECT @o AS o;
--> 1
--! case a scalar function
SELECT dbo.fn_Add(1, 2) AS a, dbo.fn_Add(NULL, 2) AS b;
--> 3 | NULL
--! case an inline table function
SELECT SUM(n) AS s FROM dbo.fn_Upto(4);
--> 10
--! case a view
SELECT * FROM dbo.vw_One;
--> columns one int, name varchar(1)
--> 1 | x
--! case sp_executesql with parameters
DECLARE @o int;
EXEC sp_executesql N'SET @b = @a * 2;', N'@a int, @b int OUTPUT', @a = 4, @b = @o OUTPUT;
SELECT @o AS o;
--> 8
--! case dynamic SQL does not see the caller's variables
DECLARE @x int = 1;
EXEC (N'SELECT @x AS x;');
--> error 137, severity 15, state 2: Must declare the scalar variable "@x".
--! case sp_executesql wants a national string
EXEC sp_executesql 'SELECT 1';
--> error 214, severity 16, state 2: Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.
--! case an applock of a transaction
DECLARE @r int;
BEGIN TRANSACTION;
EXEC @r = sp_getapplock @Resource = N'room', @LockMode = 'Exclusive';
SELECT @r AS r, APPLOCK_MODE('public', N'room', 'Transaction') AS m;
EXEC @r = sp_releaseapplock @Resource = N'room';
SELECT @r AS r;
COMMIT TRANSACTION;
--> 0 | Exclusive
--> next
--> 0
--! case an applock of the session needs no transaction
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'hall', @LockMode = 'Shared', @LockOwner = 'Session';
SELECT @r AS r;
EXEC @r = sp_releaseapplock @Resource = N'hall', @LockOwner = 'Session';
SELECT @r AS r;
--> 0
--> next
--> 0
--! case INSERT EXEC
DECLARE @t TABLE (a int);
INSERT INTO @t EXEC (N'SELECT 1');
SELECT a FROM @t;
--> 1
--! case INSERT EXEC of a text that has several parts and result sets
CREATE TABLE #all (a int, b varchar(3));
INSERT INTO #all (a, b) EXEC (N'CREATE TABLE #part (a int); INSERT INTO #part VALUES (5); SELECT a, ''x'' FROM #part; SELECT 6, ''y'';');
SELECT a, b FROM #all ORDER BY a;
--> 5 | x
--> 6 | y
--! case INSERT EXEC of sp_executesql
CREATE TABLE #some (a int);
INSERT INTO #some EXEC sp_executesql N'SELECT @x + 1', N'@x int', @x = 41;
SELECT a FROM #some;
--> 42
--! case INSERT EXEC of rows that do not fit
DECLARE @t TABLE (a int);
INSERT INTO @t EXEC (N'SELECT 1, 2');
PRINT 'the batch has ended';
--> error 213, severity 16: Column name or number of supplied values does not match table definition.
--! case a procedure that a variable names
DECLARE @name nvarchar(100) = N'sp_executesql', @r int;
EXEC @r = @name N'SELECT @x AS x', N'@x int', @x = 7;
SELECT @r AS r;
SET @name = N'dbo.NoSuchProcedure';
EXEC @name;
--> 7
--> next
--> 0
--> error 2812, severity 16: Could not find stored procedure 'dbo.NoSuchProcedure'.
--! case a WHILE loop with BREAK and CONTINUE
DECLARE @i int = 0, @s varchar(20) = '';
WHILE 1 = 1
BEGIN
    SET @i += 1;
    IF @i = 2 CONTINUE;
    IF @i > 4 BREAK;
    SET @s += CAST(@i AS varchar(2));
END
SELECT @s AS s;
--> 134
--! case RETURN ends a batch
PRINT 'a';
RETURN;
PRINT 'b';
--> print a
--! case PRINT converts and cuts nothing short
DECLARE @d decimal(5,2) = 1.5;
PRINT @d;
PRINT 'x' + CAST(1 AS varchar(5));
--> print 1.50
--> print x1
--! case GOTO
GOTO done;
PRINT 'never';
done:
PRINT 'here';
--> print here
--! case sequences
CREATE SEQUENCE dbo.Seq AS int START WITH 5 INCREMENT BY 2;
GO
SELECT NEXT VALUE FOR dbo.Seq AS a;
SELECT NEXT VALUE FOR dbo.Seq AS a;
--> columns a int
--> 5
--> columns a
--> 7
--! case a scalar function reads a view as it is altered later
CREATE VIEW dbo.LaterView AS SELECT 1 AS X;
GO
CREATE FUNCTION dbo.LaterMost () RETURNS int AS
BEGIN
    RETURN (SELECT MAX(X) FROM dbo.LaterView);
END
GO
SELECT dbo.LaterMost() AS a;
--> 1
GO
ALTER VIEW dbo.LaterView AS SELECT 2 AS X;
GO
SELECT dbo.LaterMost() AS a;
--> 2
--! case a definition after a savepoint is undone with it
CREATE VIEW dbo.UndoneView AS SELECT 1 AS X;
GO
BEGIN TRANSACTION;
SAVE TRANSACTION before_it;
GO
ALTER VIEW dbo.UndoneView AS SELECT 2 AS X;
GO
SELECT X FROM dbo.UndoneView;
--> 2
GO
ROLLBACK TRANSACTION before_it;
GO
SELECT X FROM dbo.UndoneView;
--> 1
GO
COMMIT TRANSACTION;
GO
SELECT X FROM dbo.UndoneView;
--> 1
--! case an output takes the type that its procedure declares now
CREATE PROCEDURE dbo.RetypedOutput @R int OUTPUT AS SET @R = 5;
GO
CREATE PROCEDURE dbo.TakesOutput AS
BEGIN
    DECLARE @r nvarchar(9);
    EXEC dbo.RetypedOutput @R = @r OUTPUT;
    SELECT @r AS a;
END
GO
EXEC dbo.TakesOutput;
--> 5
GO
ALTER PROCEDURE dbo.RetypedOutput @R nvarchar(9) OUTPUT AS SET @R = N'five';
GO
EXEC dbo.TakesOutput;
--> five
