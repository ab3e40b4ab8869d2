-- Transactions: @@TRANCOUNT, XACT_ABORT, savepoints, 266, 3902, 3903, 3930, 3998
--! setup
CREATE TABLE dbo.Things (Id int NOT NULL CONSTRAINT PK_Things PRIMARY KEY);
GO
CREATE PROCEDURE dbo.BeginsOnly AS BEGIN TRANSACTION;
GO
CREATE PROCEDURE dbo.CommitsOnly AS COMMIT TRANSACTION;
GO
CREATE PROCEDURE dbo.CommitsThenThrows AS
BEGIN
    BEGIN TRANSACTION;
    INSERT INTO dbo.Things (Id) VALUES (77);
    COMMIT TRANSACTION;
    THROW 50001, 'after the commit', 1;
END
GO
CREATE PROCEDURE dbo.AsksState @State int OUTPUT AS SET @State = XACT_STATE();
--! each
DELETE FROM dbo.Things;
--! case @@TRANCOUNT at each step
SELECT @@TRANCOUNT AS a;
BEGIN TRANSACTION;
BEGIN TRANSACTION;
SELECT @@TRANCOUNT AS b;
COMMIT TRANSACTION;
SELECT @@TRANCOUNT AS c;
COMMIT TRANSACTION;
SELECT @@TRANCOUNT AS d;
--> columns a int
--> 0
--> columns b
--> 2
--> columns c
--> 1
--> columns d
--> 0
--! case ROLLBACK undoes all levels
BEGIN TRANSACTION; BEGIN TRANSACTION;
INSERT INTO dbo.Things VALUES (1);
COMMIT TRANSACTION;
ROLLBACK TRANSACTION;
SELECT @@TRANCOUNT AS n, (SELECT COUNT(*) FROM dbo.Things) AS m;
--> 0 | 0
--! case COMMIT without a transaction
COMMIT TRANSACTION;
--> error 3902, severity 16, state 1, line 1: The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.
--! case ROLLBACK without a transaction
ROLLBACK TRANSACTION;
--> error 3903, severity 16, state 1, line 1: The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.
--! case SAVE without a transaction
SAVE TRANSACTION s;
--> error 628, severity 16: Cannot issue SAVE TRANSACTION when there is no active transaction.
--! case the batch goes on after a COMMIT without a transaction
COMMIT TRANSACTION;
PRINT 'on';
--> error 3902
--> print on
--! case a transaction spans batches
BEGIN TRANSACTION;
INSERT INTO dbo.Things VALUES (1);
GO
SELECT @@TRANCOUNT AS n, XACT_STATE() AS x;
--> 1 | 1
GO
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS n FROM dbo.Things;
--> 0
--! case a savepoint undoes what follows it
BEGIN TRANSACTION;
INSERT INTO dbo.Things VALUES (1);
SAVE TRANSACTION here;
INSERT INTO dbo.Things VALUES (2);
ROLLBACK TRANSACTION here;
SELECT @@TRANCOUNT AS n;
COMMIT TRANSACTION;
SELECT Id FROM dbo.Things;
--> columns n
--> 1
--> columns Id
--> 1
--! case a savepoint of that name does not exist
BEGIN TRANSACTION;
ROLLBACK TRANSACTION nowhere;
--> error 6401, severity 16, state 1: Cannot roll back nowhere. No transaction or savepoint of that name was found.
GO
SELECT @@TRANCOUNT AS n;
ROLLBACK TRANSACTION;
--> 1
--! case a savepoint set twice means the later one
BEGIN TRANSACTION;
SAVE TRANSACTION s;
INSERT INTO dbo.Things VALUES (1);
SAVE TRANSACTION s;
INSERT INTO dbo.Things VALUES (2);
ROLLBACK TRANSACTION s;
COMMIT TRANSACTION;
SELECT Id FROM dbo.Things;
--> 1
--! case XACT_ABORT OFF keeps the transaction after an error
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
INSERT INTO dbo.Things VALUES (1);
INSERT INTO dbo.Things VALUES (1);
INSERT INTO dbo.Things VALUES (2);
SELECT @@TRANCOUNT AS n;
COMMIT TRANSACTION;
SELECT COUNT(*) AS m FROM dbo.Things;
--> error 2627
--> columns n
--> 1
--> columns m
--> 2
--! case XACT_ABORT ON rolls back and ends the batch
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.Things VALUES (1);
INSERT INTO dbo.Things VALUES (1);
PRINT 'never';
--> error 2627
GO
SELECT @@TRANCOUNT AS n, (SELECT COUNT(*) FROM dbo.Things) AS m;
--> 0 | 0
--! case XACT_ABORT ON outside of a transaction ends the batch, too
SET XACT_ABORT ON;
INSERT INTO dbo.Things VALUES (1);
INSERT INTO dbo.Things VALUES (1);
PRINT 'never';
--> error 2627
GO
SELECT COUNT(*) AS m FROM dbo.Things;
--> 1
--! case RAISERROR does not mind XACT_ABORT
SET XACT_ABORT ON;
BEGIN TRANSACTION;
RAISERROR('x', 16, 1);
SELECT @@TRANCOUNT AS n;
ROLLBACK TRANSACTION;
--> error 50000
--> 1
--! case THROW minds XACT_ABORT
SET XACT_ABORT ON;
BEGIN TRANSACTION;
THROW 50001, 'x', 1;
--> error 50001
GO
SELECT @@TRANCOUNT AS n;
--> 0
--! case THROW without XACT_ABORT leaves the transaction open
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
THROW 50001, 'x', 1;
--> error 50001
GO
SELECT @@TRANCOUNT AS n;
ROLLBACK TRANSACTION;
--> 1
--! case CATCH after XACT_ABORT finds a doomed transaction
SET XACT_ABORT ON;
BEGIN TRY
    BEGIN TRANSACTION;
    INSERT INTO dbo.Things VALUES (1 / 0);
END TRY
BEGIN CATCH
    SELECT XACT_STATE() AS x, @@TRANCOUNT AS n;
    ROLLBACK TRANSACTION;
    SELECT XACT_STATE() AS y;
END CATCH;
--> columns x, n
--> -1 | 1
--> columns y
--> 0
--! case CATCH without XACT_ABORT finds a committable transaction
SET XACT_ABORT OFF;
BEGIN TRY
    BEGIN TRANSACTION;
    INSERT INTO dbo.Things VALUES (5);
    INSERT INTO dbo.Things VALUES (1 / 0);
END TRY
BEGIN CATCH
    SELECT XACT_STATE() AS x, @@TRANCOUNT AS n;
    COMMIT TRANSACTION;
END CATCH;
SELECT Id FROM dbo.Things;
--> columns x, n
--> 1 | 1
--> columns Id
--> 5
--! case a conversion error dooms even without XACT_ABORT
SET XACT_ABORT OFF;
BEGIN TRANSACTION;
BEGIN TRY
    DECLARE @x int = CAST('x' AS int);
END TRY
BEGIN CATCH
    SELECT XACT_STATE() AS x;
    ROLLBACK TRANSACTION;
END CATCH;
--> -1
--! case a doomed transaction is not written in
SET XACT_ABORT ON;
BEGIN TRANSACTION;
BEGIN TRY
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    INSERT INTO dbo.Things VALUES (1);
END CATCH;
--> error 3930, severity 16, state 1, line 7: The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.
GO
SELECT @@TRANCOUNT AS n;
--> 0
--! case a doomed transaction is not committed
SET XACT_ABORT ON;
BEGIN TRANSACTION;
BEGIN TRY
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    COMMIT TRANSACTION;
END CATCH;
--> error 3930, severity 16, state 1, line 7
--! case a doomed transaction at the end of the batch
SET XACT_ABORT ON;
BEGIN TRANSACTION;
BEGIN TRY
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    PRINT 'seen';
END CATCH;
--> error 3998, severity 16, state 1: Uncommittable transaction is detected at the end of the batch. The transaction is rolled back.
--> print seen
--! case a procedure that leaves a transaction open
EXEC dbo.BeginsOnly;
SELECT @@TRANCOUNT AS n;
ROLLBACK TRANSACTION;
--> error 266, severity 16, state 2, procedure dbo.BeginsOnly: Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = 0, current count = 1.
--> 1
--! case a procedure that ends its caller's transaction
BEGIN TRANSACTION;
EXEC dbo.CommitsOnly;
SELECT @@TRANCOUNT AS n;
--> error 266: Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = 1, current count = 0.
--> 0
--! case what a procedure committed before it threw stays
EXEC dbo.CommitsThenThrows;
--> error 50001, procedure dbo.CommitsThenThrows: after the commit
GO
SELECT Id FROM dbo.Things;
--> 77
--! case what a procedure committed inside is undone with the caller's transaction
BEGIN TRANSACTION;
BEGIN TRY
    EXEC dbo.CommitsThenThrows;
END TRY
BEGIN CATCH
    PRINT ERROR_MESSAGE();
END CATCH;
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS n FROM dbo.Things;
--> print after the commit
--> 0
--! case table variables survive ROLLBACK
DECLARE @t TABLE (a int);
BEGIN TRANSACTION;
INSERT INTO @t VALUES (1);
INSERT INTO dbo.Things VALUES (1);
ROLLBACK TRANSACTION;
SELECT a, (SELECT COUNT(*) FROM dbo.Things) AS n FROM @t;
--> 1 | 0
--! case variables keep their values after ROLLBACK
DECLARE @i int = 1;
BEGIN TRANSACTION;
SET @i = 2;
ROLLBACK TRANSACTION;
SELECT @i AS i;
--> 2
--! case a table made in a transaction is undone with it
BEGIN TRANSACTION;
CREATE TABLE dbo.Made (a int);
ROLLBACK TRANSACTION;
SELECT OBJECT_ID(N'dbo.Made') AS a;
--> NULL
--! case each statement commits by itself outside of a transaction
INSERT INTO dbo.Things VALUES (1);
INSERT INTO dbo.Things VALUES (1);
INSERT INTO dbo.Things VALUES (2);
--> error 2627
GO
SELECT COUNT(*) AS n FROM dbo.Things;
--> 2
--! case IMPLICIT_TRANSACTIONS begins with the first statement on a table
SET IMPLICIT_TRANSACTIONS ON;
SELECT @@TRANCOUNT AS a;
INSERT INTO dbo.Things VALUES (1);
SELECT @@TRANCOUNT AS b;
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS c FROM dbo.Things;
ROLLBACK TRANSACTION;
--> 0
--> next
--> 1
--> next
--> 0
--! case a procedure called in CATCH sees the doomed transaction
DECLARE @s int;
SET XACT_ABORT ON;
SET NOCOUNT ON;
BEGIN TRY
    BEGIN TRANSACTION;
    SELECT 1 / 0 AS a;
END TRY
BEGIN CATCH
    EXEC dbo.AsksState @s OUTPUT;
    SELECT @s AS s, XACT_STATE() AS t;
    ROLLBACK TRANSACTION;
    EXEC dbo.AsksState @s OUTPUT;
    SELECT @s AS s;
END CATCH;
--> columns a int
--> columns s int, t smallint
--> -1 | -1
--> next
--> 0
--! case @@OPTIONS tells what is set
DECLARE @login int = @@OPTIONS & ~64;
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT @login AS a, (@@OPTIONS & ~64) - @login AS b;
SET NOCOUNT OFF;
SET IMPLICIT_TRANSACTIONS ON;
SELECT (@@OPTIONS & ~64) - @login AS c, CASE WHEN @@OPTIONS & 16384 <> 0 THEN 'ON' ELSE 'OFF' END AS x;
SET IMPLICIT_TRANSACTIONS OFF;
SET XACT_ABORT OFF;
SELECT (@@OPTIONS & ~64) - @login AS d;
--> 5432 | 16896
--> next
--> 16386 | ON
--> next
--> 0
