-- Isolation levels of one session
--! setup
ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION OFF;
GO
CREATE TABLE dbo.Level (Id int NOT NULL CONSTRAINT PK_Level PRIMARY KEY, n int NOT NULL);
INSERT INTO dbo.Level VALUES (1, 10), (2, 20);
GO
CREATE PROCEDURE dbo.ShowLevel AS
    SELECT transaction_isolation_level AS l FROM sys.dm_exec_sessions WHERE session_id = @@SPID;
GO
CREATE PROCEDURE dbo.SetsLevel AS
BEGIN
    SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
    SELECT transaction_isolation_level AS l FROM sys.dm_exec_sessions WHERE session_id = @@SPID;
END
--! each
UPDATE dbo.Level SET n = Id * 10;
--! case the level of a new session
EXEC dbo.ShowLevel;
--> columns l smallint
--> 2
--! case every level is shown by its number
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
EXEC dbo.ShowLevel;
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
EXEC dbo.ShowLevel;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
EXEC dbo.ShowLevel;
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
EXEC dbo.ShowLevel;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
EXEC dbo.ShowLevel;
--> 1
--> next
--> 3
--> next
--> 4
--> next
--> 5
--> next
--> 2
--! case it holds for the batches that follow
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
GO
EXEC dbo.ShowLevel;
--> 3
--! case what a procedure sets ends with it
EXEC dbo.SetsLevel;
EXEC dbo.ShowLevel;
--> 4
--> next
--> 2
--! case what dynamic text sets ends with it
EXEC (N'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; EXEC dbo.ShowLevel;');
EXEC dbo.ShowLevel;
--> 4
--> next
--> 2
--! case a rollback leaves the level alone
BEGIN TRANSACTION;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
ROLLBACK TRANSACTION;
EXEC dbo.ShowLevel;
--> 4
--! case a rollback leaves the level alone that was set inside
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
EXEC dbo.ShowLevel;
BEGIN TRANSACTION;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
EXEC dbo.ShowLevel;
ROLLBACK TRANSACTION;
EXEC dbo.ShowLevel;
--> 4
--> next
--> 2
--> next
--> 2
--! case it may change inside of a transaction
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN TRANSACTION;
SELECT n FROM dbo.Level WHERE Id = 1;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
UPDATE dbo.Level SET n = 11 WHERE Id = 1;
COMMIT TRANSACTION;
SELECT n FROM dbo.Level WHERE Id = 1;
--> 10
--> next
--> 11
--! case queries of all kinds under SERIALIZABLE
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT COUNT(*) AS n, SUM(n) AS s FROM dbo.Level;
SELECT DISTINCT Id FROM dbo.Level WHERE n > 10;
SELECT l.Id, r.n FROM dbo.Level AS l LEFT JOIN dbo.Level AS r ON r.Id = l.Id + 1 ORDER BY l.Id;
SELECT Id, ROW_NUMBER() OVER (ORDER BY Id DESC) AS no FROM dbo.Level WHERE EXISTS (SELECT 1 FROM dbo.Level AS x WHERE x.n = 20) ORDER BY Id;
SELECT Id FROM dbo.Level WHERE Id = 1 UNION SELECT n FROM dbo.Level WHERE Id = 1 ORDER BY 1;
WITH c AS (SELECT Id, n FROM dbo.Level) SELECT MAX(n) AS m FROM c;
COMMIT TRANSACTION;
--> 2 | 30
--> next
--> 2
--> next
--> 1 | 20
--> 2 | NULL
--> next
--> 1 | 2
--> 2 | 1
--> next
--> 1
--> 10
--> next
--> 20
--! case changes of all kinds under REPEATABLE READ
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN TRANSACTION;
UPDATE l SET n = l.n + r.n FROM dbo.Level AS l INNER JOIN dbo.Level AS r ON r.Id <> l.Id WHERE l.Id = 1;
INSERT INTO dbo.Level (Id, n) SELECT Id + 100, n FROM dbo.Level WHERE Id = 2;
DELETE FROM dbo.Level WHERE Id IN (SELECT Id FROM dbo.Level WHERE Id > 100);
SELECT Id, n FROM dbo.Level ORDER BY Id;
ROLLBACK TRANSACTION;
--> 1 | 30
--> 2 | 20
--! case SNAPSHOT where the database does not allow it
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
SELECT n FROM dbo.Level;
--> error 3952, severity 16: Snapshot isolation transaction failed accessing database '…' because snapshot isolation is not allowed in this database. Use ALTER DATABASE to allow snapshot isolation.
--! case SNAPSHOT without a table needs no leave
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
SELECT 1 AS a;
--> 1
--! case no level of that name
SET TRANSACTION ISOLATION LEVEL CHAOS;
--> error 102, severity 15: Incorrect syntax near 'CHAOS'.
