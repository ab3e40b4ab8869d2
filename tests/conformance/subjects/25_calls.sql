-- Calls, returned numbers, @@ERROR and @@ROWCOUNT, THROW and RAISERROR as teams type them
--! setup
CREATE TABLE dbo.T1 (Id int NOT NULL CONSTRAINT PK_T1 PRIMARY KEY, n int NULL CONSTRAINT CK_T1_n CHECK (n > 0));
GO
CREATE PROCEDURE dbo.PInner AS
BEGIN
    SELECT 1 AS a;
    DECLARE @x int = 1 / 0;
    PRINT 'inner goes on';
    RETURN 4;
END
GO
CREATE PROCEDURE dbo.POuter AS
BEGIN
    DECLARE @r int;
    EXEC @r = dbo.PInner;
    PRINT CONCAT('r ', @r);
END
GO
CREATE PROCEDURE dbo.PThrow AS
BEGIN
    BEGIN TRY
        DECLARE @x int = 1 / 0;
    END TRY
    BEGIN CATCH
        PRINT 'caught'
        ;THROW
    END CATCH
END
GO
CREATE PROCEDURE dbo.PReturnNull AS BEGIN DECLARE @n int; RETURN @n; END
GO
CREATE PROCEDURE dbo.PArgs @a int, @b int = 5, @c varchar(3) = NULL, @o int = 9 OUTPUT AS BEGIN SET @o = @a + @b; SELECT @a AS a, @b AS b, @c AS c; END
GO
CREATE PROCEDURE dbo.POutErr @o int OUTPUT AS BEGIN SET @o = 7; DECLARE @x int = 1 / 0; SET @o = 8; END
GO
CREATE PROCEDURE dbo.POutThrow @o int OUTPUT AS BEGIN SET @o = 7; THROW 50001, 'x', 1; END
--! each
DELETE FROM dbo.T1;
--! case an error in a procedure in a procedure, none of them with TRY: all go on
EXEC dbo.POuter;
--> 1
--> error 8134, severity 16, state 1, line 4, procedure dbo.PInner: Divide by zero error encountered.
--> print inner goes on
--> print r 4
--! case THROW again keeps line and procedure
EXEC dbo.PThrow;
PRINT 'not';
--> error 8134, severity 16, state 1, line 4, procedure dbo.PThrow
--> print caught
--! case defaults of parameters, DEFAULT, and names in any order
EXEC dbo.PArgs 1;
EXEC dbo.PArgs 1, DEFAULT, 'abcdef';
EXEC dbo.PArgs @b = 2, @a = 3;
--> columns a, b, c
--> 1 | 5 | NULL
--> columns a, b, c
--> 1 | 5 | abc
--> columns a, b, c
--> 3 | 2 | NULL
--! case a value without a name after one with a name
EXEC dbo.PArgs @a = 1, 2;
--> error 119, severity 15, state 1: Must pass parameter number 2 and subsequent parameters as '@name = value'. After the form '@name = value' has been used, all subsequent parameters must be passed in the form '@name = value'.
--! case OUTPUT of a parameter that is none of it
CREATE PROCEDURE dbo.PNoOut @a int AS SET @a = 1;
GO
DECLARE @v int = 5;
EXEC dbo.PNoOut @v OUTPUT;
--> error 8162, severity 16, state 2: The formal parameter "@a" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.
--! case an OUTPUT parameter called without the word
DECLARE @v int = 5;
EXEC dbo.PArgs 1, 2, NULL, @v;
SELECT @v AS v;
--> 1 | 2 | NULL
--> next
--> 5
--! case an output after an error that the procedure survives
DECLARE @v int = 1;
EXEC dbo.POutErr @v OUTPUT;
SELECT @v AS v;
--> error 8134
--> 8
--! case an output that a procedure set before it threw
DECLARE @v int = 1;
BEGIN TRY EXEC dbo.POutThrow @v OUTPUT; END TRY BEGIN CATCH SELECT @v AS v; END CATCH
--> 1
--! case a parameter given twice
EXEC dbo.PArgs @a = 1, @a = 2;
--> error 8143, severity 16: Parameter '@a' was supplied multiple times.
--! case an argument is no expression
EXEC dbo.PArgs 1 + 1;
--> error 102, severity 15: Incorrect syntax near '+'.
--! case a batch goes on after a missing procedure
EXEC dbo.Nope;
PRINT 'on';
--> error 2812
--> print on
--! case RETURN of an expression
CREATE PROCEDURE dbo.PRet AS RETURN 2 * 21;
GO
DECLARE @r int; EXEC @r = dbo.PRet; SELECT @r AS r;
--> 42
--! case RETURN with a value in a batch
RETURN 5;
--> error 178, severity 15, state 1: A RETURN statement with a return value cannot be used in this context.
--! case @@ERROR is 0 after IF
SELECT 1/0 AS a;
IF 1 = 1 SELECT @@ERROR AS e;
--> error 8134
--> 0
--! case @@ERROR after DECLARE without a value
SELECT 1/0 AS a;
DECLARE @x int;
SELECT @@ERROR AS e;
--> error 8134
--> 8134
--! case @@ERROR at the start of CATCH
BEGIN TRY SELECT 1/0 AS a; END TRY BEGIN CATCH SELECT @@ERROR AS e; SELECT @@ERROR AS f; END CATCH
--> columns a
--> columns e
--> 8134
--> columns f
--> 0
--! case @@ROWCOUNT after EXEC is the last of the procedure
CREATE PROCEDURE dbo.PTwoRows AS BEGIN SELECT 1 AS a UNION ALL SELECT 2; END
GO
EXEC dbo.PTwoRows;
SELECT @@ROWCOUNT AS n;
--> 1
--> 2
--> next
--> 2
--! case @@ROWCOUNT at the start of CATCH
BEGIN TRY INSERT INTO dbo.T1 (Id) VALUES (1), (1); END TRY BEGIN CATCH SELECT @@ROWCOUNT AS n; END CATCH
--> 0
--! case @@ROWCOUNT after MERGE
MERGE dbo.T1 AS t USING (VALUES (1), (2)) AS s (Id) ON t.Id = s.Id WHEN NOT MATCHED THEN INSERT (Id) VALUES (s.Id);
SELECT @@ROWCOUNT AS n;
--> 2
--! case ROWCOUNT_BIG
INSERT INTO dbo.T1 (Id) VALUES (1), (2), (3);
SELECT ROWCOUNT_BIG() AS n;
--> columns n bigint
--> 3
--! case THROW as the whole of an IF
DECLARE @a int = 1
IF @a = 1
    THROW 50001, N'oops', 1
PRINT 'no';
--> error 50001, line 3: oops
--! case THROW after a statement without its semicolon
SELECT 1 AS a
THROW 50001, N'oops', 1;
--> error 102, severity 15: Incorrect syntax near 'THROW'.
--! case RAISERROR of severity 0
RAISERROR('zero', 0, 1);
SELECT @@ERROR AS e;
--> message 50000, severity 0, state 1: zero
--> 0
--! case RAISERROR of severity 10 is told as 0
RAISERROR('ten', 10, 1);
--> message 50000, severity 0, state 1: ten
--! case RAISERROR of severity 5
RAISERROR('five', 5, 3);
--> message 50000, severity 5, state 3: five
--! case RAISERROR of a number of the system
RAISERROR(1234, 16, 1);
--> error 2732, severity 16, state 1: Error number 1234 is invalid. The number must be from 13000 through 2147483647 and it cannot be 50000.
--! case RAISERROR of severity 18 in TRY
BEGIN TRY RAISERROR('x', 18, 5); END TRY BEGIN CATCH SELECT ERROR_SEVERITY() AS s, ERROR_STATE() AS t; END CATCH
--> 18 | 5
--! case RAISERROR WITH NOWAIT
RAISERROR('now', 0, 1) WITH NOWAIT;
--> message 50000: now
--! case RETURN in TRY of a batch
BEGIN TRY
    PRINT 'a';
    RETURN;
END TRY
BEGIN CATCH
    PRINT 'b';
END CATCH
PRINT 'c';
--> print a
--! case GOTO does not lead into TRY
GOTO inside;
BEGIN TRY
inside:
    PRINT 'x';
END TRY
BEGIN CATCH
    PRINT 'y';
END CATCH
--> error 1026, severity 15: GOTO cannot be used to jump into a TRY or CATCH scope.
--! case ERROR_LINE counts the lines of a dynamic text
BEGIN TRY
    EXEC (N'PRINT 1;
SELECT 1/0 AS a;');
END TRY
BEGIN CATCH
    SELECT ERROR_LINE() AS l, ERROR_PROCEDURE() AS p;
END CATCH
--> print 1
--> columns a
--> columns l, p
--> 2 | NULL
--! case sp_executesql without an argument that its text declares
EXEC sp_executesql N'SELECT @a AS a', N'@a int';
--> error 8178, severity 16, state 1: The parameterized query '(@a int)SELECT @a AS a' expects the parameter '@a', which was not supplied.
--! case sp_executesql without a declaration
EXEC sp_executesql N'SELECT @a AS a';
--> error 137, severity 15: Must declare the scalar variable "@a".
--! case sp_executesql of a varchar
EXEC sp_executesql 'SELECT 1 AS a';
--> error 214, severity 16, state 2: Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.
--! case sp_executesql with too many arguments
EXEC sp_executesql N'SELECT @a AS a', N'@a int', 1, 2;
--> error 8144
--! case sp_executesql gives the number of the error back
DECLARE @r int;
EXEC @r = sp_executesql N'SELECT 1/0 AS a';
SELECT @r AS r;
--> error 8134
--> 8134
--! case NULL for a dynamic text
DECLARE @s nvarchar(100);
EXEC sp_executesql @s;
EXEC (@s);
PRINT 'fine';
--> print fine
--! case @@ROWCOUNT is 0 after IF, PRINT, RAISERROR and the statements of transactions
INSERT INTO dbo.T1 (Id) VALUES (1), (2), (3);
IF @@ROWCOUNT = 3 SELECT @@ROWCOUNT AS a;
UPDATE dbo.T1 SET n = 1;
PRINT 'x';
SELECT @@ROWCOUNT AS b;
UPDATE dbo.T1 SET n = 1;
RAISERROR('y', 0, 1);
SELECT @@ROWCOUNT AS c;
UPDATE dbo.T1 SET n = 1;
BEGIN TRANSACTION;
SELECT @@ROWCOUNT AS d;
UPDATE dbo.T1 SET n = 1;
COMMIT TRANSACTION;
SELECT @@ROWCOUNT AS e;
UPDATE dbo.T1 SET n = 1;
IF 1 = 0 PRINT 'never' ELSE SELECT @@ROWCOUNT AS f;
--> columns a
--> 0
--> print x
--> columns b
--> 0
--> message 50000: y
--> columns c
--> 0
--> columns d
--> 0
--> columns e
--> 0
--> columns f
--> 0
--! case @@ROWCOUNT after SET and after DECLARE without a value
UPDATE dbo.T1 SET n = 1;
DECLARE @x int, @y int;
SELECT @@ROWCOUNT AS a;
SET @x = 5;
SELECT @@ROWCOUNT AS b;
--> 0
--> next
--> 1
--! case a procedure that meets an error and says nothing returns 10 less its severity
CREATE PROCEDURE dbo.PFails AS SELECT 1 / 0 AS a;
GO
DECLARE @r int;
EXEC @r = dbo.PFails;
SELECT @@ERROR AS e, @r AS r;
DROP PROCEDURE dbo.PFails;
--> error 8134
--> 8134 | -6
--! case of several errors the worst one is returned, also one that was caught
CREATE PROCEDURE dbo.PCatches @deep bit AS
BEGIN TRY
    INSERT INTO dbo.T1 (Id) VALUES (7);
    INSERT INTO dbo.T1 (Id) VALUES (7);
END TRY
BEGIN CATCH
    SET @deep = @deep;
END CATCH;
IF @deep = 1 RAISERROR('worse', 18, 1);
RETURN;
GO
DECLARE @r int;
EXEC @r = dbo.PCatches 0;
SELECT @r AS r;
EXEC @r = dbo.PCatches 1;
SELECT @r AS r;
DROP PROCEDURE dbo.PCatches;
--> -4
--> error 50000, severity 18, state 1: worse
--> -8
--! case what RETURN says stands, whatever failed before
CREATE PROCEDURE dbo.PSays AS SELECT 1 / 0 AS a; RETURN 3;
GO
DECLARE @r int;
EXEC @r = dbo.PSays;
SELECT @r AS r;
DROP PROCEDURE dbo.PSays;
--> error 8134
--> 3
