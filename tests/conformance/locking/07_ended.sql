-- Locking: a session is ended by another one
--! each
IF OBJECT_ID('dbo.Ended', 'U') IS NULL
    CREATE TABLE dbo.Ended (Id int NOT NULL CONSTRAINT PK_Ended PRIMARY KEY, n int NOT NULL);
IF OBJECT_ID('dbo.Victim', 'U') IS NULL
    CREATE TABLE dbo.Victim (Number int NOT NULL);
GO
CREATE OR ALTER PROCEDURE dbo.EndVictim AS
BEGIN
    DECLARE @text nvarchar(40) = (SELECT CONCAT(N'KILL ', Number) FROM dbo.Victim);
    EXEC (@text);
END;
GO
DELETE FROM dbo.Victim;
DELETE FROM dbo.Ended;
INSERT INTO dbo.Ended VALUES (1, 10), (2, 20);
--! script the transaction of a killed session is undone, and who waited for it goes on
--! A
INSERT INTO dbo.Victim VALUES (@@SPID);
BEGIN TRANSACTION;
UPDATE dbo.Ended SET n = 99 WHERE Id = 1;
--! B
UPDATE dbo.Ended SET n = n + 1 WHERE Id = 1;
SELECT n FROM dbo.Ended WHERE Id = 1;
--> waits for A
--! C
EXEC dbo.EndVictim;
--! B goes on
--> 11
--! script after KILL the killer finds nothing of what the session had changed
--! A
INSERT INTO dbo.Victim VALUES (@@SPID);
BEGIN TRANSACTION;
UPDATE dbo.Ended SET n = 99;
INSERT INTO dbo.Ended VALUES (3, 30);
--! B
EXEC dbo.EndVictim;
SELECT Id, n FROM dbo.Ended WITH (UPDLOCK) ORDER BY Id;
--> 1 | 10
--> 2 | 20
--! script one that waits is killed, and what it had done before is undone
--! A
INSERT INTO dbo.Victim VALUES (@@SPID);
BEGIN TRANSACTION;
UPDATE dbo.Ended SET n = 0 WHERE Id = 2;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Ended SET n = 1 WHERE Id = 1;
--! A
UPDATE dbo.Ended SET n = 0 WHERE Id = 1;
--> waits for B
--! C
EXEC dbo.EndVictim;
--! A goes on
--> error 596, severity 21, state 1: Cannot continue the execution because the session is in the kill state.
--! B
UPDATE dbo.Ended SET n = n + 1 WHERE Id = 2;
COMMIT TRANSACTION;
SELECT Id, n FROM dbo.Ended ORDER BY Id;
--> 1 | 1
--> 2 | 21
--! script the locks of a killed session for applications are free
--! A
INSERT INTO dbo.Victim VALUES (@@SPID);
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'ended', @LockMode = 'Exclusive', @LockOwner = 'Session';
SELECT @r AS r;
--> 0
--! B
DECLARE @r int;
EXEC @r = sp_getapplock @Resource = N'ended', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 0;
SELECT @r AS r;
EXEC dbo.EndVictim;
EXEC @r = sp_getapplock @Resource = N'ended', @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 60000;
SELECT IIF(@r IN (0, 1), 'free', 'held') AS r;
EXEC sp_releaseapplock @Resource = N'ended', @LockOwner = 'Session';
--> -1
--> next
--> free
