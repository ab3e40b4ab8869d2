-- Locking: deadlocks, application locks
--! each
IF OBJECT_ID('dbo.Pair', 'U') IS NULL
    CREATE TABLE dbo.Pair (Id int NOT NULL CONSTRAINT PK_Pair PRIMARY KEY, n int NOT NULL);
GO
DELETE FROM dbo.Pair;
INSERT INTO dbo.Pair VALUES (1, 0), (2, 0);
--! script two that lock two rows crosswise: one is the victim
--! A
BEGIN TRANSACTION;
UPDATE dbo.Pair SET n = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Pair SET n = 2 WHERE Id = 2;
--! A
UPDATE dbo.Pair SET n = 1 WHERE Id = 2;
--> waits for B
--! B
UPDATE dbo.Pair SET n = 2 WHERE Id = 1;
--! one of A, B is the victim
--! script the victim has no transaction any more, the other one commits
--! A
BEGIN TRANSACTION;
UPDATE dbo.Pair SET n = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Pair SET n = 2 WHERE Id = 2;
--! A
UPDATE dbo.Pair SET n = 1 WHERE Id = 2;
--> waits for B
--! B
UPDATE dbo.Pair SET n = 2 WHERE Id = 1;
--! one of A, B is the victim
--! A
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
--! B
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
--! C
SELECT CASE WHEN MIN(n) = MAX(n) THEN 'one of them' ELSE 'both' END AS a FROM dbo.Pair;
--> one of them
--! script the victim may catch the error
--! A
BEGIN TRANSACTION;
UPDATE dbo.Pair SET n = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Pair SET n = 2 WHERE Id = 2;
--! A
BEGIN TRY UPDATE dbo.Pair SET n = 1 WHERE Id = 2; END TRY
BEGIN CATCH IF ERROR_NUMBER() <> 1205 OR XACT_STATE() <> -1 THROW; ROLLBACK TRANSACTION; THROW; END CATCH;
--> waits for B
--! B
BEGIN TRY UPDATE dbo.Pair SET n = 2 WHERE Id = 1; END TRY
BEGIN CATCH IF ERROR_NUMBER() <> 1205 OR XACT_STATE() <> -1 THROW; ROLLBACK TRANSACTION; THROW; END CATCH;
--! one of A, B is the victim
--! script UPDLOCK in one order keeps the peace
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Pair WITH (UPDLOCK) WHERE Id = 1;
--> 0
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Pair WITH (UPDLOCK) WHERE Id = 1;
--> waits for A
--! A
UPDATE dbo.Pair SET n = 1 WHERE Id IN (1, 2);
COMMIT TRANSACTION;
--! B goes on
--> 1
--! script an exclusive application lock is waited for
--! A
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
SELECT @r AS r;
--> 0
--! B
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
SELECT @r AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--! script without patience an application lock is refused
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
--! B
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive', @LockTimeout = 0;
SELECT @r AS r;
--> -1
--! script a time-out of an application lock
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
--! B
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Shared', @LockTimeout = 150;
SELECT @r AS r;
--> -1
--! script two shared application locks go together
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Shared';
--! B
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Shared', @LockTimeout = 0;
SELECT @r AS r;
--> 0
--! C
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive', @LockTimeout = 0;
SELECT @r AS r;
--> -1
--! script a session's application lock outlives its transaction
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'mine', @LockMode = 'Exclusive', @LockOwner = 'Session';
COMMIT TRANSACTION;
--! B
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'mine', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0;
SELECT @r AS r;
--> -1
--! A
EXEC sp_releaseapplock @Resource = N'mine', @LockOwner = 'Session';
--! B
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'mine', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0;
SELECT @r AS r;
EXEC sp_releaseapplock @Resource = N'mine', @LockOwner = 'Session';
--> 0
--! script an application lock ends with a rollback
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
ROLLBACK TRANSACTION;
--! B
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive', @LockTimeout = 0;
SELECT @r AS r;
--> 0
--! script a queue at an application lock
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
--! B
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
INSERT INTO dbo.Pair VALUES (3, 1);
COMMIT TRANSACTION;
--> waits for A
--! A
INSERT INTO dbo.Pair VALUES (4, 1);
COMMIT TRANSACTION;
--! B goes on
--! A
SELECT COUNT(*) AS c FROM dbo.Pair;
--> 4
--! script a queue of three at an application lock goes on in its order
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
--! B
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
--> waits for A
--! C
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
SELECT @r AS r;
--> waits for A or B
--! A
COMMIT TRANSACTION;
--! B goes on
--! B
COMMIT TRANSACTION;
--! C goes on
--> 1
--! script who wants an application lock alone waits for all that share it
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Shared';
--! B
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'job', @LockMode = 'Shared';
--! B
COMMIT TRANSACTION;
--! C
BEGIN TRANSACTION;
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'job', @LockMode = 'Exclusive';
SELECT @r AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! C goes on
--> 1
--! script application locks crosswise: the victim is told by the return code
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'one', @LockMode = 'Exclusive';
--! B
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'two', @LockMode = 'Exclusive';
--! A
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'two', @LockMode = 'Exclusive';
IF @r = -3 BEGIN ROLLBACK TRANSACTION; THROW 51205, N'the victim', 1; END;
--> waits for B
--! B
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'one', @LockMode = 'Exclusive';
IF @r = -3 BEGIN ROLLBACK TRANSACTION; THROW 51205, N'the victim', 1; END;
--! one of A, B is the victim by 51205
--! script a change of an application lock from shared to exclusive, by two: one is the victim
--! A
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'one', @LockMode = 'Shared';
--! B
BEGIN TRANSACTION;
EXEC sp_getapplock @Resource = N'one', @LockMode = 'Shared';
--! A
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'one', @LockMode = 'Exclusive';
IF @r = -3 BEGIN ROLLBACK TRANSACTION; THROW 51205, N'the victim', 1; END;
--> waits for B
--! B
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'one', @LockMode = 'Exclusive';
IF @r = -3 BEGIN ROLLBACK TRANSACTION; THROW 51205, N'the victim', 1; END;
--! one of A, B is the victim by 51205
--! script a deadlock under SERIALIZABLE leaves the survivor's change
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT n FROM dbo.Pair WHERE Id = 1;
--> 0
--! B
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT n FROM dbo.Pair WHERE Id = 1;
--> 0
--! A
UPDATE dbo.Pair SET n = 5 WHERE Id = 1;
--> waits for B
--! B
UPDATE dbo.Pair SET n = 5 WHERE Id = 1;
--! one of A, B is the victim
--! A
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
--! B
IF @@TRANCOUNT > 0 COMMIT TRANSACTION;
--! C
SELECT n FROM dbo.Pair WHERE Id = 1;
--> 5
