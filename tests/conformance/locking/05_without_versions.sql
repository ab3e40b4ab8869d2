-- Locking: READ_COMMITTED_SNAPSHOT OFF
--! each
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
GO
IF OBJECT_ID('dbo.Held', 'U') IS NULL
    CREATE TABLE dbo.Held (Id int NOT NULL CONSTRAINT PK_Held PRIMARY KEY, n int NOT NULL, Note varchar(20) NULL);
IF OBJECT_ID('dbo.Other', 'U') IS NULL
    CREATE TABLE dbo.Other (Id int NOT NULL CONSTRAINT PK_Other PRIMARY KEY, n int NOT NULL);
GO
CREATE OR ALTER VIEW dbo.HeldRows AS SELECT Id, n FROM dbo.Held;
GO
CREATE OR ALTER FUNCTION dbo.HeldRow(@id int) RETURNS TABLE AS RETURN SELECT n FROM dbo.Held WHERE Id = @id;
GO
CREATE OR ALTER PROCEDURE dbo.ReadHeld @id int, @n int OUTPUT AS
BEGIN
    SET NOCOUNT ON;
    SELECT @n = n FROM dbo.Held WHERE Id = @id;
END;
GO
DELETE FROM dbo.Held;
DELETE FROM dbo.Other;
INSERT INTO dbo.Held VALUES (1, 10, 'one'), (2, 20, 'two'), (3, 30, NULL);
INSERT INTO dbo.Other VALUES (1, 100), (2, 200);
--! script who reads all rows waits for a changed one
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 2;
--! B
SELECT SUM(n) AS s FROM dbo.Held;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40
--! script after a rollback the reader sees what was there before
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 2;
--! B
SELECT SUM(n) AS s FROM dbo.Held;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> 60
--! script who reads all rows waits for a new one, and sees it
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Held (Id, n) VALUES (4, 40);
--! B
SELECT COUNT(*) AS c FROM dbo.Held;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 4
--! script who reads all rows waits for one that is being deleted, and does not see it
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Held WHERE Id = 3;
--! B
SELECT Id FROM dbo.Held ORDER BY Id;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--> 2
--! script a row that is asked for by its key is waited for, a neighbour is not
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 11 WHERE Id = 1;
--! B
SELECT n FROM dbo.Held WHERE Id = 2;
--> 20
--! B
SELECT n FROM dbo.Held WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 11
--! script a row that is being deleted is waited for by its key
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Held WHERE Id = 1;
--! B
SELECT n FROM dbo.Held WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> no rows
--! script a row that no longer meets the condition is waited for, and is not shown
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 5 WHERE Id = 1;
--! B
SELECT Id FROM dbo.Held WHERE n = 10;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> no rows
--! script a row that comes to meet the condition is waited for, and is shown
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 77 WHERE Id = 1;
--! B
SELECT Id FROM dbo.Held WHERE n = 77;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--! script who reads lets go: the writer behind him does not wait
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Held WHERE Id = 1;
SELECT COUNT(*) AS c FROM dbo.Held;
--> 10
--> next
--> 3
--! B
UPDATE dbo.Held SET n = 11 WHERE Id = 1;
SELECT n FROM dbo.Held WHERE Id = 1;
--> 11
--! A
SELECT n FROM dbo.Held WHERE Id = 1;
--> 11
--! script nobody waits for his own changes
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = n + 1;
INSERT INTO dbo.Held (Id, n) VALUES (4, 40);
SELECT COUNT(*) AS c, SUM(n) AS s FROM dbo.Held;
SELECT n FROM dbo.Held WHERE Id = 4;
--> 4 | 103
--> next
--> 40
--! script a change of no row holds up nobody
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 99;
DELETE FROM dbo.Held WHERE Id = 98;
--! B
SELECT COUNT(*) AS c FROM dbo.Held;
--> 3
--! script UPDLOCK does not hold up a reader
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Held WITH (UPDLOCK) WHERE Id = 1;
SELECT COUNT(*) AS c FROM dbo.Held WITH (UPDLOCK);
--> 10
--> next
--> 3
--! B
SELECT n FROM dbo.Held WHERE Id = 1;
SELECT COUNT(*) AS c FROM dbo.Held;
--> 10
--> next
--> 3
--! script UPDLOCK and a shared lock that is kept go together, in either order
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Held WITH (UPDLOCK) WHERE Id = 1;
--> 10
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Held WITH (REPEATABLEREAD) WHERE Id = 1;
SELECT n FROM dbo.Held WITH (REPEATABLEREAD) WHERE Id = 2;
--> 10
--> next
--> 20
--! A
SELECT n FROM dbo.Held WITH (UPDLOCK) WHERE Id = 2;
--> 20
--! A
UPDATE dbo.Held SET n = 21 WHERE Id = 2;
--> waits for B
--! B
COMMIT TRANSACTION;
--! A goes on
--! script the hint READCOMMITTEDLOCK asks for what is done anyway
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 11 WHERE Id = 1;
--! B
SELECT n FROM dbo.Held WITH (READCOMMITTEDLOCK) WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 11
--! script READPAST passes over what is being changed
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 2;
INSERT INTO dbo.Held (Id, n) VALUES (4, 40);
--! B
SELECT Id FROM dbo.Held WITH (READPAST) ORDER BY Id;
--> 1
--> 3
--! script LOCK_TIMEOUT ends the wait of a reader, and the transaction goes on
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
SET LOCK_TIMEOUT 0;
BEGIN TRANSACTION;
SELECT COUNT(*) AS c FROM dbo.Held;
--> error 1222, severity 16: Lock request time out period exceeded.
--! B
SELECT @@TRANCOUNT AS t;
BEGIN TRY
    SELECT n FROM dbo.Held WHERE Id = 1;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e, XACT_STATE() AS x;
END CATCH;
--> 1
--> columns n int not null
--> no rows
--> next
--> 1222 | 1
--! script a view waits as its tables do
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
SELECT SUM(n) AS s FROM dbo.HeldRows;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 50
--! script a table function waits as its query does
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
SELECT n FROM dbo.HeldRow(1);
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script a procedure waits where its statement does
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
DECLARE @n int;
EXEC dbo.ReadHeld 2, @n OUTPUT;
SELECT @n AS n;
--> 20
--! B
DECLARE @n int;
EXEC dbo.ReadHeld @id = 1, @n = @n OUTPUT;
SELECT @n AS n;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script IF EXISTS waits
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Held WHERE Id = 1;
--! B
IF EXISTS (SELECT 1 FROM dbo.Held WHERE Id = 1) SELECT 'there' AS w ELSE SELECT 'gone' AS w;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 'gone'
--! script a subquery in an expression waits
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
DECLARE @n int = (SELECT n FROM dbo.Held WHERE Id = 1);
SELECT @n + (SELECT n FROM dbo.Held WHERE Id = 2) AS n;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 20
--! script what an INSERT copies is waited for
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
INSERT INTO dbo.Other (Id, n) SELECT Id + 10, n FROM dbo.Held;
SELECT SUM(n) AS s FROM dbo.Other;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 350
--! script what an UPDATE is joined with is waited for
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
UPDATE o SET n = h.n FROM dbo.Other AS o JOIN dbo.Held AS h ON h.Id = o.Id;
SELECT SUM(n) AS s FROM dbo.Other;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 20
--! script an UPDATE of rows that another one brings into its condition waits, and changes them
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 77 WHERE Id = 1;
INSERT INTO dbo.Held (Id, n) VALUES (4, 77);
--! B
UPDATE dbo.Held SET Note = 'seen' WHERE n = 77;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 2
--! script two that have written one another's rows and read all: one is the victim
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 11 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 22 WHERE Id = 2;
--! A
SELECT SUM(n) AS s FROM dbo.Held;
--> waits for B
--! B
SELECT SUM(n) AS s FROM dbo.Held;
--! one of A, B is the victim
--! script under REPEATABLE READ a reader waits for the writer, and keeps what he has read
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 11 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
BEGIN TRANSACTION;
SELECT n FROM dbo.Held WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 11
--! A
UPDATE dbo.Held SET n = 12 WHERE Id = 1;
--> waits for B
--! B
COMMIT TRANSACTION;
--! A goes on
--! script READ UNCOMMITTED waits for nobody
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Other VALUES (3, 300);
UPDATE dbo.Held SET Note = 'x' WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
SELECT n FROM dbo.Held WHERE Id = 1;
SELECT SUM(n) AS s FROM dbo.Held WITH (NOLOCK);
--> 10
--> next
--> 60
--! script SNAPSHOT waits for nobody
ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
SET TRANSACTION ISOLATION LEVEL SNAPSHOT;
SELECT n FROM dbo.Held WHERE Id = 1;
SELECT SUM(n) AS s FROM dbo.Held;
--> 10
--> next
--> 60
--! script a table of the session holds up nobody and waits for nobody
--! A
CREATE TABLE #own (Id int NOT NULL PRIMARY KEY);
BEGIN TRANSACTION;
INSERT INTO #own VALUES (1);
UPDATE dbo.Other SET n = 0 WHERE Id = 1;
--! B
CREATE TABLE #own (Id int NOT NULL PRIMARY KEY);
INSERT INTO #own VALUES (2);
SELECT o.Id, h.n FROM #own AS o JOIN dbo.Held AS h ON h.Id = o.Id;
--> 2 | 20
--! script a foreign key waits for the row that it refers to
IF OBJECT_ID('dbo.Child', 'U') IS NULL
    CREATE TABLE dbo.Child (Id int NOT NULL CONSTRAINT PK_Child PRIMARY KEY, HeldId int NOT NULL CONSTRAINT FK_Child_Held REFERENCES dbo.Held (Id));
--! A
BEGIN TRANSACTION;
UPDATE dbo.Held SET n = 0 WHERE Id = 1;
--! B
INSERT INTO dbo.Child VALUES (1, 1);
DELETE FROM dbo.Child;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script who reads one row by its key waits for its insertion, and sees it
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Held (Id, n) VALUES (4, 40);
--! B
SELECT n FROM dbo.Held WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40
--! script who reads one row by its key waits for its insertion, and does not see it after a rollback
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Held (Id, n) VALUES (4, 40);
--! B
DECLARE @n int = -1;
SELECT @n = n FROM dbo.Held WHERE Id = 4;
SELECT @n AS n;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> -1
--! script who reads another row by its key does not wait for an insertion
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Held (Id, n) VALUES (4, 40);
--! B
SELECT n FROM dbo.Held WHERE Id = 5;
--> no rows
