-- XACT_ABORT by kind of statement, inside and outside of a transaction
--! setup
CREATE TABLE dbo.Log1 (Id int NOT NULL IDENTITY(1, 1) CONSTRAINT PK_Log1 PRIMARY KEY, Word varchar(10) NOT NULL);
CREATE TABLE dbo.Rows1 (Id int NOT NULL CONSTRAINT PK_Rows1 PRIMARY KEY, n int NOT NULL CONSTRAINT CK_Rows1 CHECK (n > 0));
GO
CREATE PROCEDURE dbo.Fails AS
BEGIN
    INSERT INTO dbo.Log1 (Word) VALUES ('before');
    INSERT INTO dbo.Rows1 (Id, n) VALUES (9, 0);
    INSERT INTO dbo.Log1 (Word) VALUES ('after');
END
GO
CREATE PROCEDURE dbo.FailsOn AS
BEGIN
    SET XACT_ABORT ON;
    INSERT INTO dbo.Log1 (Word) VALUES ('before');
    INSERT INTO dbo.Rows1 (Id, n) VALUES (9, 0);
    INSERT INTO dbo.Log1 (Word) VALUES ('after');
END
--! each
DELETE FROM dbo.Log1; DELETE FROM dbo.Rows1;
INSERT INTO dbo.Rows1 VALUES (1, 1), (2, 2);
--! case an INSERT that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case an INSERT that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case an INSERT that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case an INSERT that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case an INSERT of a query that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) SELECT Id + 10, n - 1 FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case an INSERT of a query that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) SELECT Id + 10, n - 1 FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case an INSERT of a query that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) SELECT Id + 10, n - 1 FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case an INSERT of a query that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
INSERT INTO dbo.Rows1 (Id, n) SELECT Id + 10, n - 1 FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case an UPDATE that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
UPDATE dbo.Rows1 SET n = n - 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case an UPDATE that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
UPDATE dbo.Rows1 SET n = n - 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case an UPDATE that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
UPDATE dbo.Rows1 SET n = n - 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case an UPDATE that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
UPDATE dbo.Rows1 SET n = n - 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case a DELETE that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DELETE FROM dbo.Rows1 WHERE 1 / (Id - Id) = 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case a DELETE that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DELETE FROM dbo.Rows1 WHERE 1 / (Id - Id) = 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case a DELETE that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DELETE FROM dbo.Rows1 WHERE 1 / (Id - Id) = 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case a DELETE that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DELETE FROM dbo.Rows1 WHERE 1 / (Id - Id) = 1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case a SELECT that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
SELECT 1 / (Id - Id) AS a FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case a SELECT that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
SELECT 1 / (Id - Id) AS a FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case a SELECT that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
SELECT 1 / (Id - Id) AS a FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case a SELECT that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
SELECT 1 / (Id - Id) AS a FROM dbo.Rows1;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case a SET that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DECLARE @x int; SET @x = 1 / (@@TRANCOUNT - @@TRANCOUNT);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case a SET that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DECLARE @x int; SET @x = 1 / (@@TRANCOUNT - @@TRANCOUNT);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case a SET that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DECLARE @x int; SET @x = 1 / (@@TRANCOUNT - @@TRANCOUNT);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case a SET that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
DECLARE @x int; SET @x = 1 / (@@TRANCOUNT - @@TRANCOUNT);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 8134
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case a MERGE that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
MERGE dbo.Rows1 AS t USING (SELECT 1 AS Id) AS s ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET n = 0;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case a MERGE that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
MERGE dbo.Rows1 AS t USING (SELECT 1 AS Id) AS s ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET n = 0;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case a MERGE that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
MERGE dbo.Rows1 AS t USING (SELECT 1 AS Id) AS s ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET n = 0;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case a MERGE that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
MERGE dbo.Rows1 AS t USING (SELECT 1 AS Id) AS s ON t.Id = s.Id WHEN MATCHED THEN UPDATE SET n = 0;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 547
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case an EXEC of a text that fails, XACT_ABORT OFF, outside of a transaction
SET XACT_ABORT OFF;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
EXEC (N'INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);');
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 2 | two
--! case an EXEC of a text that fails, XACT_ABORT ON, outside of a transaction
SET XACT_ABORT ON;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
EXEC (N'INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);');
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 1 | one
--! case an EXEC of a text that fails, XACT_ABORT OFF, inside of a transaction
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
EXEC (N'INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);');
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 1 | 2 | two
--! case an EXEC of a text that fails, XACT_ABORT ON, inside of a transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
EXEC (N'INSERT INTO dbo.Rows1 (Id, n) VALUES (1, 1);');
INSERT INTO dbo.Log1 (Word) VALUES ('two');
--> error 2627
GO
DECLARE @t int = @@TRANCOUNT;
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
SELECT @t AS t, COUNT(*) AS n, MAX(Word) AS w FROM dbo.Log1;
--> 0 | 0 | NULL
--! case an error in a procedure, XACT_ABORT OFF
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
EXEC dbo.Fails;
INSERT INTO dbo.Log1 (Word) VALUES ('caller');
COMMIT TRANSACTION;
SELECT STRING_AGG(Word, ',') WITHIN GROUP (ORDER BY Id) AS w FROM dbo.Log1;
--> error 547
--> before,after,caller
--! case an error in a procedure, XACT_ABORT ON at its caller
SET XACT_ABORT ON;
BEGIN TRANSACTION;
EXEC dbo.Fails;
PRINT 'never';
--> error 547
GO
SELECT @@TRANCOUNT AS t, COUNT(*) AS n FROM dbo.Log1;
--> 0 | 0
--! case an error in a procedure that sets XACT_ABORT ON itself ends its caller's transaction and batch
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('caller');
EXEC dbo.FailsOn;
PRINT 'never';
--> error 547
GO
SELECT @@TRANCOUNT AS t, COUNT(*) AS n FROM dbo.Log1;
--> 0 | 0
--! case what a procedure sets for XACT_ABORT ends with it
CREATE PROCEDURE dbo.SetsOn AS SET XACT_ABORT ON;
GO
SET XACT_ABORT OFF;
EXEC dbo.SetsOn;
BEGIN TRANSACTION;
SELECT 1 / 0 AS a;
SELECT @@TRANCOUNT AS t;
ROLLBACK TRANSACTION;
--> error 8134
--> 1
--! case RAISERROR in each place minds no XACT_ABORT
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
RAISERROR(N'x', 16, 1);
INSERT INTO dbo.Log1 (Word) VALUES ('two');
COMMIT TRANSACTION;
SELECT COUNT(*) AS n FROM dbo.Log1;
--> error 50000
--> 2
--! case THROW in TRY dooms with XACT_ABORT ON
SET XACT_ABORT ON;
BEGIN TRANSACTION;
BEGIN TRY
    THROW 50001, N'x', 1;
END TRY
BEGIN CATCH
    SELECT XACT_STATE() AS x;
    ROLLBACK TRANSACTION;
END CATCH;
--> -1
--! case THROW in TRY leaves the transaction committable with XACT_ABORT OFF
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
BEGIN TRY
    INSERT INTO dbo.Log1 (Word) VALUES ('one');
    THROW 50001, N'x', 1;
END TRY
BEGIN CATCH
    SELECT XACT_STATE() AS x;
    COMMIT TRANSACTION;
END CATCH;
SELECT COUNT(*) AS n FROM dbo.Log1;
--> columns x
--> 1
--> columns n
--> 1
--! case a savepoint cannot save a doomed transaction
SET XACT_ABORT ON;
BEGIN TRANSACTION;
SAVE TRANSACTION s;
BEGIN TRY
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    ROLLBACK TRANSACTION s;
END CATCH;
--> no rows
--> error 3931, severity 16, state 1, line 8: The current transaction cannot be committed and cannot be rolled back to a savepoint. Roll back the entire transaction.
GO
SELECT @@TRANCOUNT AS t;
--> 0
--! case a savepoint saves the work of before the error, XACT_ABORT OFF
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
SAVE TRANSACTION s;
BEGIN TRY
    INSERT INTO dbo.Log1 (Word) VALUES ('two');
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    ROLLBACK TRANSACTION s;
END CATCH;
COMMIT TRANSACTION;
SELECT Word FROM dbo.Log1;
--> columns a
--> columns Word
--> one
--! case nested savepoints
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
SAVE TRANSACTION a;
INSERT INTO dbo.Log1 (Word) VALUES ('two');
SAVE TRANSACTION b;
INSERT INTO dbo.Log1 (Word) VALUES ('three');
ROLLBACK TRANSACTION b;
INSERT INTO dbo.Log1 (Word) VALUES ('four');
ROLLBACK TRANSACTION a;
SELECT @@TRANCOUNT AS t;
COMMIT TRANSACTION;
SELECT Word FROM dbo.Log1;
--> columns t
--> 1
--> columns Word
--> one
--! case a rollback by the name of the outer transaction undoes all
BEGIN TRANSACTION outer_one;
BEGIN TRANSACTION inner_one;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
ROLLBACK TRANSACTION outer_one;
SELECT @@TRANCOUNT AS t, COUNT(*) AS n FROM dbo.Log1;
--> 0 | 0
--! case a rollback by the name of an inner transaction
BEGIN TRANSACTION outer_one;
BEGIN TRANSACTION inner_one;
ROLLBACK TRANSACTION inner_one;
SELECT @@TRANCOUNT AS t;
ROLLBACK TRANSACTION;
--> error 6401, severity 16, state 1: Cannot roll back inner_one. No transaction or savepoint of that name was found.
--> 2
--! case COMMIT by any name ends the innermost
BEGIN TRANSACTION one;
BEGIN TRANSACTION two;
COMMIT TRANSACTION one;
SELECT @@TRANCOUNT AS t;
COMMIT WORK;
SELECT @@TRANCOUNT AS t;
--> 1
--> next
--> 0
--! case 266 comes for a procedure that rolls its caller back
CREATE PROCEDURE dbo.RollsBack AS ROLLBACK TRANSACTION;
GO
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Log1 (Word) VALUES ('one');
EXEC dbo.RollsBack;
PRINT 'on';
SELECT @@TRANCOUNT AS t, COUNT(*) AS n FROM dbo.Log1;
--> error 266, severity 16, state 2: Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = 1, current count = 0.
--> print on
--> 0 | 0
--! case 266 is none inside of a procedure's own levels
CREATE PROCEDURE dbo.Balanced AS BEGIN BEGIN TRANSACTION; BEGIN TRANSACTION; COMMIT; COMMIT; RETURN 1; END
GO
BEGIN TRANSACTION;
EXEC dbo.Balanced;
SELECT @@TRANCOUNT AS t;
COMMIT TRANSACTION;
--> 1
--! case 3903 in CATCH where nothing is open
BEGIN TRY
    DECLARE @x int = 1 / 0;
END TRY
BEGIN CATCH
    IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
    SELECT XACT_STATE() AS x, @@TRANCOUNT AS t;
END CATCH;
--> 0 | 0
--! case XACT_STATE at each step
SELECT XACT_STATE() AS a;
BEGIN TRANSACTION;
SELECT XACT_STATE() AS b;
BEGIN TRANSACTION;
SELECT XACT_STATE() AS c;
COMMIT;
COMMIT;
SELECT XACT_STATE() AS d;
--> 0
--> columns b
--> 1
--> columns c
--> 1
--> columns d
--> 0
--! case variables may be set and rows read in a doomed transaction
SET XACT_ABORT ON;
DECLARE @n int = 0, @t TABLE (a int);
INSERT INTO @t VALUES (1);
BEGIN TRANSACTION;
BEGIN TRY
    SET @n = 1 / 0;
END TRY
BEGIN CATCH
    SET @n = 5;
    SELECT COUNT(*) AS n FROM dbo.Rows1;
    ROLLBACK TRANSACTION;
    INSERT INTO @t VALUES (2);
END CATCH;
SELECT @n AS n, COUNT(*) AS m FROM @t;
--> 2
--> next
--> 5 | 2
--! case an uncommitted INSERT … EXEC
CREATE PROCEDURE dbo.Shows AS SELECT Id, n FROM dbo.Rows1;
GO
BEGIN TRANSACTION;
DECLARE @t TABLE (Id int, n int);
INSERT INTO @t EXEC dbo.Shows;
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS n FROM @t;
--> 2
--! case a ROLLBACK inside of INSERT … EXEC
CREATE PROCEDURE dbo.ShowsAndRollsBack AS BEGIN SELECT Id FROM dbo.Rows1; ROLLBACK TRANSACTION; END
GO
DECLARE @t TABLE (Id int);
BEGIN TRANSACTION;
INSERT INTO @t EXEC dbo.ShowsAndRollsBack;
--> error 3915, severity 16: Cannot use the ROLLBACK statement within an INSERT-EXEC statement.
--! case INSERT … EXEC does not nest
CREATE PROCEDURE dbo.Shows2 AS SELECT Id, n FROM dbo.Rows1;
GO
CREATE PROCEDURE dbo.Nests AS BEGIN DECLARE @u TABLE (Id int, n int); INSERT INTO @u EXEC dbo.Shows2; SELECT Id FROM @u; END
GO
DECLARE @t TABLE (Id int);
INSERT INTO @t EXEC dbo.Nests;
--> error 8164, severity 16, state 1: An INSERT EXEC statement cannot be nested.
