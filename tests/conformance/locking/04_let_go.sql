-- Locking: what was waited for in vain is let go
--! each
IF OBJECT_ID('dbo.Slot', 'U') IS NULL
    CREATE TABLE dbo.Slot (Id int NOT NULL CONSTRAINT PK_Slot PRIMARY KEY, Used int NOT NULL, Most int NOT NULL);
GO
DELETE FROM dbo.Slot;
INSERT INTO dbo.Slot VALUES (1, 0, 1), (2, 0, 1), (3, 0, 1);
GO
CREATE OR ALTER PROCEDURE dbo.TakeSlot @Id int AS
BEGIN
    SET NOCOUNT ON;
    SET XACT_ABORT ON;
    UPDATE dbo.Slot SET Used = Used + 1 WHERE Id = @Id AND Used < Most;
    IF @@ROWCOUNT = 0
        UPDATE dbo.Slot SET Used = Used + 1 WHERE Id = @Id + 1 AND Used < Most;
    SELECT @@ROWCOUNT AS taken, @@TRANCOUNT AS open_transactions;
END;
--! script a row that an UPDATE waited for and that is not meant any more is free, READ_COMMITTED_SNAPSHOT ON
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = Used + 1 WHERE Id = 1 AND Used < Most;
SELECT @@ROWCOUNT AS r, @@TRANCOUNT AS t;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0 | 1
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script a row that an UPDATE waited for and that is not meant any more is free, READ_COMMITTED_SNAPSHOT OFF
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = Used + 1 WHERE Id = 1 AND Used < Most;
SELECT @@ROWCOUNT AS r, @@TRANCOUNT AS t;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0 | 1
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script a row that a DELETE waited for and that is not meant any more is free, READ_COMMITTED_SNAPSHOT ON
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
DELETE FROM dbo.Slot WHERE Id = 1 AND Used = 0;
SELECT @@ROWCOUNT AS r, @@TRANCOUNT AS t;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0 | 1
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script a row that a DELETE waited for and that is not meant any more is free, READ_COMMITTED_SNAPSHOT OFF
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
DELETE FROM dbo.Slot WHERE Id = 1 AND Used = 0;
SELECT @@ROWCOUNT AS r, @@TRANCOUNT AS t;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0 | 1
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script a row that UPDLOCK waited for and that is not meant any more is free, READ_COMMITTED_SNAPSHOT ON
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
SELECT Id FROM dbo.Slot WITH (UPDLOCK, ROWLOCK) WHERE Id = 1 AND Used = 0;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> no rows
--> next
--> 0
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script a row that UPDLOCK waited for and that is not meant any more is free, READ_COMMITTED_SNAPSHOT OFF
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
SELECT Id FROM dbo.Slot WITH (UPDLOCK, ROWLOCK) WHERE Id = 1 AND Used = 0;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> no rows
--> next
--> 0
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script who waited in vain for one slot takes the next, and nobody becomes a victim, READ_COMMITTED_SNAPSHOT ON
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
EXEC dbo.TakeSlot @Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1 | 1
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Most = 5 WHERE Id = 1;
UPDATE dbo.Slot SET Most = 5 WHERE Id = 2;
--> waits for B
--! B
UPDATE dbo.Slot SET Most = 7 WHERE Id = 3;
COMMIT TRANSACTION;
--! A goes on
--! A
COMMIT TRANSACTION;
--! C
SELECT Id, Used, Most FROM dbo.Slot ORDER BY Id;
--> 1 | 1 | 5
--> 2 | 1 | 5
--> 3 | 0 | 7
--! script who waited in vain for one slot takes the next, and nobody becomes a victim, READ_COMMITTED_SNAPSHOT OFF
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
EXEC dbo.TakeSlot @Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1 | 1
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Most = 5 WHERE Id = 1;
UPDATE dbo.Slot SET Most = 5 WHERE Id = 2;
--> waits for B
--! B
UPDATE dbo.Slot SET Most = 7 WHERE Id = 3;
COMMIT TRANSACTION;
--! A goes on
--! A
COMMIT TRANSACTION;
--! C
SELECT Id, Used, Most FROM dbo.Slot ORDER BY Id;
--> 1 | 1 | 5
--> 2 | 1 | 5
--> 3 | 0 | 7
--! script a variable that UPDLOCK waited in vain for keeps its value, and the row is free
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
DECLARE @Id int = 7;
SELECT @Id = Id FROM dbo.Slot WITH (UPDLOCK, ROWLOCK) WHERE Id = 1 AND Used = 0;
SELECT @Id AS id, @@TRANCOUNT AS t;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 7 | 1
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script an UPDATE with OUTPUT that waited in vain shows no row and holds none
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = Used + 1 OUTPUT inserted.Id, deleted.Used WHERE Id = 1 AND Used < Most;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> columns Id int, Used int
--> no rows
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script an UPDATE with OUTPUT INTO that waited in vain holds no row
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
DECLARE @t TABLE (Id int);
UPDATE dbo.Slot SET Used = Used + 1 OUTPUT inserted.Id INTO @t WHERE Id = 1 AND Used < Most;
SELECT COUNT(*) AS n FROM @t;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script an UPDATE by a join that waited in vain holds no row
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE s SET Used = s.Used + 1
FROM dbo.Slot AS s INNER JOIN (VALUES (1, 0)) AS v (Id, Used) ON v.Id = s.Id AND v.Used = s.Used;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script IF EXISTS with UPDLOCK that waited in vain holds no row
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
IF NOT EXISTS (SELECT 1 FROM dbo.Slot WITH (UPDLOCK, ROWLOCK) WHERE Id = 1 AND Used = 0)
    SELECT @@TRANCOUNT AS t;
IF EXISTS (SELECT 1 FROM dbo.Slot WITH (UPDLOCK, ROWLOCK) WHERE Id = 2 AND Used = 0)
    PRINT 'held';
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--> print held
--! C
SET LOCK_TIMEOUT 0;
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
UPDATE dbo.Slot SET Most = 9 WHERE Id = 2;
--> 1
--> error 1222, severity 16: Lock request time out period exceeded.
--! script an INSERT of what UPDLOCK waited in vain for holds no row
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
INSERT INTO dbo.Slot SELECT Id + 10, 0, 1 FROM dbo.Slot WITH (UPDLOCK) WHERE Id = 1 AND Used = 0;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script what was locked before a wait in vain stays locked
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 2;
UPDATE dbo.Slot SET Used = Used + 1 WHERE Id = 1 AND Used < Most;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 2;
--> waits for B
--! B
ROLLBACK TRANSACTION;
--! C goes on
--! script with HOLDLOCK the row that is not meant any more stays locked
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
SELECT Id FROM dbo.Slot WITH (UPDLOCK, HOLDLOCK) WHERE Id = 1 AND Used = 0;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> no rows
--! C
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
--> waits for B
--! B
COMMIT TRANSACTION;
--! C goes on
--! script of several rows the one that is not meant any more is free, too
--? differs: changes other rows
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = Used + 1 WHERE Id < 4 AND Used < Most;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 2
--! C
SET LOCK_TIMEOUT 0;
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> 1
--! script a LOCK_TIMEOUT of nothing meets no row that was waited for in vain
--! A
BEGIN TRANSACTION;
UPDATE dbo.Slot SET Used = 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
EXEC dbo.TakeSlot @Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1 | 1
--! C
SET LOCK_TIMEOUT 0;
UPDATE dbo.Slot SET Most = 9 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
UPDATE dbo.Slot SET Most = 9 WHERE Id = 2;
--> 1
--> error 1222, severity 16: Lock request time out period exceeded.
