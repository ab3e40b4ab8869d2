-- Locking: isolation levels, lost updates, SNAPSHOT
--! each
IF OBJECT_ID('dbo.Account', 'U') IS NULL
    CREATE TABLE dbo.Account (Id int NOT NULL CONSTRAINT PK_Account PRIMARY KEY, Balance int NOT NULL);
GO
DELETE FROM dbo.Account;
INSERT INTO dbo.Account VALUES (1, 100), (2, 200);
GO
ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON;
--! script with READ_COMMITTED_SNAPSHOT a reader sees what is committed
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
--! B
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! A
COMMIT TRANSACTION;
--! B
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 0
--! script without READ_COMMITTED_SNAPSHOT a reader waits for the writer
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
--! B
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script NOLOCK sees what is not committed
--? differs: `READ UNCOMMITTED` reads committed rows
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
--! B
SELECT Balance FROM dbo.Account WITH (NOLOCK) WHERE Id = 1;
--> 0
--! script under READ COMMITTED a later statement sees later commits
--! A
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
COMMIT TRANSACTION;
--> 101
--! script a lost update under READ COMMITTED
--! A
BEGIN TRANSACTION;
DECLARE @b int = (SELECT Balance FROM dbo.Account WHERE Id = 1);
UPDATE dbo.Account SET Balance = @b + 10 WHERE Id = 1;
--! B
DECLARE @b int = (SELECT Balance FROM dbo.Account WITH (READCOMMITTED) WHERE Id = 2);
UPDATE dbo.Account SET Balance = @b + 1 WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 201
--! script a change relative to the row is never lost
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = Balance + 10 WHERE Id = 1;
--! B
UPDATE dbo.Account SET Balance = Balance + 1 WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 111
--! script under REPEATABLE READ a writer waits for a reader
--! A
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
--> waits for A
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
COMMIT TRANSACTION;
--> 100
--! B goes on
--! script a lost update under REPEATABLE READ ends in a deadlock
--! A
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! A
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
--> waits for B
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
--! one of A, B is the victim
--! script under SERIALIZABLE two that ask for the same range do not both change it
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WITH (UPDLOCK) WHERE Id = 5;
--> no rows
--! B
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WITH (UPDLOCK) WHERE Id = 5;
--> waits for A
--! A
INSERT INTO dbo.Account VALUES (5, 500);
COMMIT TRANSACTION;
--! B goes on
--> 500
--! script SNAPSHOT sees the rows of its beginning
--! A
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
INSERT INTO dbo.Account VALUES (3, 300);
--! A
SELECT COUNT(*) AS c, SUM(Balance) AS s FROM dbo.Account;
COMMIT TRANSACTION;
SELECT COUNT(*) AS c, SUM(Balance) AS s FROM dbo.Account;
--> 2 | 300
--> next
--> 3 | 500
--! script SNAPSHOT: an update of what another one has changed fails with 3960
--! A
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 150 WHERE Id = 1;
--! A
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
--> error 3960, severity 16: Snapshot isolation transaction aborted due to update conflict.…
--! A
SELECT @@TRANCOUNT AS t;
--> 0
--! script SNAPSHOT: who waits for a writer that commits fails with 3960
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 150 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> error 3960, severity 16: Snapshot isolation transaction aborted due to update conflict.…
--! script SNAPSHOT: who waits for a writer that gives up goes on
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 150 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = Balance + 1 WHERE Id = 1;
COMMIT TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> 101
--! script SNAPSHOT: the conflict can be caught, and dooms the transaction
--! A
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 150 WHERE Id = 1;
--! A
BEGIN TRY
    UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e, XACT_STATE() AS x;
    ROLLBACK TRANSACTION;
END CATCH;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 3960 | -1
--> next
--> 150
--! script SNAPSHOT reads without waiting
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! script a transaction that has begun does not become one of SNAPSHOT
--! A
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--> error 3951, severity 16: Transaction failed in database '…' because the statement was run under snapshot isolation but the transaction did not start in snapshot isolation.…
--! script a lost update under READ UNCOMMITTED
--! A
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
BEGIN TRANSACTION;
DECLARE @b int = (SELECT Balance FROM dbo.Account WHERE Id = 1);
UPDATE dbo.Account SET Balance = @b + 10 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 101
--! script under SERIALIZABLE a writer waits for a reader
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
--> waits for A
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
COMMIT TRANSACTION;
--> 100
--! B goes on
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 101
--! script UPDLOCK prevents the lost update under every level
--! A
BEGIN TRANSACTION;
DECLARE @b int = (SELECT Balance FROM dbo.Account WITH (UPDLOCK) WHERE Id = 1);
UPDATE dbo.Account SET Balance = @b + 10 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
BEGIN TRANSACTION;
DECLARE @b int = (SELECT Balance FROM dbo.Account WITH (UPDLOCK) WHERE Id = 1);
UPDATE dbo.Account SET Balance = @b + 1 WHERE Id = 1;
COMMIT TRANSACTION;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 111
--! script a condition on what was read prevents the lost update, too
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 90 WHERE Id = 1 AND Balance = 100;
SELECT @@ROWCOUNT AS n;
--> 1
--! B
UPDATE dbo.Account SET Balance = 95 WHERE Id = 1 AND Balance = 100;
SELECT @@ROWCOUNT AS n;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! A
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 90
--! script a range under SERIALIZABLE: who asks for it waits for who changes it
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT COUNT(*) AS n FROM dbo.Account WITH (UPDLOCK) WHERE Id BETWEEN 1 AND 2;
--> 2
--! B
UPDATE dbo.Account SET Balance = 0 WHERE Id = 2;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script two that read and then write what they read, under READ COMMITTED: the first one's change is lost
--! A
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! A
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
COMMIT TRANSACTION;
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
COMMIT TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 101
--! script two that read and then write what they read, under READ UNCOMMITTED: the first one's change is lost
--! A
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! A
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
COMMIT TRANSACTION;
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
COMMIT TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 101
--! script two that read and then write what they read, under SERIALIZABLE: one is the victim
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! A
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
--> waits for B
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
--! one of A, B is the victim
--! script two that find a key absent and then insert it, under SERIALIZABLE: one is the victim
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 7;
--> no rows
--! B
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 7;
--> no rows
--! A
INSERT INTO dbo.Account VALUES (7, 1);
--> waits for B
--! B
INSERT INTO dbo.Account VALUES (7, 2);
--! one of A, B is the victim
--! script two that read and then write what they read, under SNAPSHOT: the second one fails
--! A
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! A
UPDATE dbo.Account SET Balance = 110 WHERE Id = 1;
COMMIT TRANSACTION;
--! B
UPDATE dbo.Account SET Balance = 101 WHERE Id = 1;
--> error 3960, severity 16: Snapshot isolation transaction aborted due to update conflict.…
--! B
SELECT @@TRANCOUNT AS t, Balance FROM dbo.Account WHERE Id = 1;
--> 0 | 110
--! script SNAPSHOT: a deletion of what another one has changed fails with 3960
--! A
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 150 WHERE Id = 1;
--! A
DELETE FROM dbo.Account WHERE Id = 1;
--> error 3960, severity 16: Snapshot isolation transaction aborted due to update conflict.…
--! script SNAPSHOT: other rows are no conflict
--! A
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
BEGIN TRANSACTION;
SELECT SUM(Balance) AS s FROM dbo.Account;
--> 300
--! B
UPDATE dbo.Account SET Balance = 150 WHERE Id = 1;
--! A
UPDATE dbo.Account SET Balance = 250 WHERE Id = 2;
COMMIT TRANSACTION;
SELECT Balance FROM dbo.Account ORDER BY Id;
--> 150
--> 250
--! script with READ_COMMITTED_SNAPSHOT a writer does not wait for a reader
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script without READ_COMMITTED_SNAPSHOT a writer does not wait for who has read
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
SELECT Balance FROM dbo.Account WHERE Id = 1;
--> 100
--! B
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script the readers' statement sees one moment with READ_COMMITTED_SNAPSHOT
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = Balance - 50 WHERE Id = 1;
UPDATE dbo.Account SET Balance = Balance + 50 WHERE Id = 2;
--! B
SELECT SUM(Balance) AS s, MIN(Balance) AS m FROM dbo.Account;
--> 300 | 100
--! A
COMMIT TRANSACTION;
--! B
SELECT SUM(Balance) AS s, MIN(Balance) AS m FROM dbo.Account;
--> 300 | 50
--! script a foreign key waits for the row that it refers to, READ_COMMITTED_SNAPSHOT ON
--? differs: a foreign key does not wait for a change
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
IF OBJECT_ID('dbo.Booking', 'U') IS NULL
    CREATE TABLE dbo.Booking (Id int NOT NULL CONSTRAINT PK_Booking PRIMARY KEY, AccountId int NOT NULL CONSTRAINT FK_Booking_Account REFERENCES dbo.Account (Id));
--! A
BEGIN TRANSACTION;
UPDATE dbo.Account SET Balance = 0 WHERE Id = 1;
--! B
INSERT INTO dbo.Booking VALUES (1, 1);
DELETE FROM dbo.Booking;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
