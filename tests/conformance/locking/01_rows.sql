-- Locking: rows, keys, hints
--! each
IF OBJECT_ID('dbo.Locked', 'U') IS NULL
    CREATE TABLE dbo.Locked (Id int NOT NULL CONSTRAINT PK_Locked PRIMARY KEY, n int NOT NULL);
GO
DELETE FROM dbo.Locked;
INSERT INTO dbo.Locked VALUES (1, 10), (2, 20), (3, 30);
--! script an update waits for an update and then sees its value
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = n + 1 WHERE Id = 1;
--! B
UPDATE dbo.Locked SET n = n * 2 WHERE Id = 1;
SELECT n FROM dbo.Locked WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 22
--! script after a rollback the one that waited goes on with the old value
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 99 WHERE Id = 1;
--! B
UPDATE dbo.Locked SET n = n + 1 WHERE Id = 1;
SELECT n FROM dbo.Locked WHERE Id = 1;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> 11
--! script a row that no longer qualifies after the wait is left alone
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 1;
--! B
UPDATE dbo.Locked SET n = n - 10 WHERE Id = 1 AND n >= 10;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script a deletion is waited for
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Locked WHERE Id = 1;
--! B
UPDATE dbo.Locked SET n = 5 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script other rows are free
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 11 WHERE Id = 1;
--! B
UPDATE dbo.Locked SET n = 21 WHERE Id = 2;
SELECT n FROM dbo.Locked WHERE Id = 2;
--> 21
--! script UPDLOCK against UPDLOCK
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK) WHERE Id = 1;
--> 10
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK) WHERE Id = 1;
--> waits for A
--! A
UPDATE dbo.Locked SET n = 11 WHERE Id = 1;
COMMIT TRANSACTION;
--! B goes on
--> 11
--! script UPDLOCK does not hold up a plain reader
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK) WHERE Id = 1;
--> 10
--! B
SELECT n FROM dbo.Locked WHERE Id = 1;
--> 10
--! script UPDLOCK holds up a writer
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, ROWLOCK) WHERE Id = 1;
--> 10
--! B
DELETE FROM dbo.Locked WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> 1
--! script READPAST passes over what is locked
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 2;
--! B
SELECT Id FROM dbo.Locked WITH (READPAST, UPDLOCK) ORDER BY Id;
--> 1
--> 3
--! script a queue: two workers take different rows
--! A
BEGIN TRANSACTION;
SELECT TOP (1) Id FROM dbo.Locked WITH (UPDLOCK, READPAST, ROWLOCK) ORDER BY Id;
--> 1
--! B
BEGIN TRANSACTION;
SELECT TOP (1) Id FROM dbo.Locked WITH (UPDLOCK, READPAST, ROWLOCK) ORDER BY Id;
--> 2
--! C
DELETE TOP (1) FROM dbo.Locked WITH (READPAST) OUTPUT deleted.Id;
--> 3
--! script a queue that deletes what it takes
--! A
BEGIN TRANSACTION;
WITH next AS (SELECT TOP (1) Id, n FROM dbo.Locked WITH (UPDLOCK, READPAST) ORDER BY Id)
DELETE FROM next OUTPUT deleted.Id;
--> 1
--! B
WITH next AS (SELECT TOP (1) Id, n FROM dbo.Locked WITH (UPDLOCK, READPAST) ORDER BY Id)
DELETE FROM next OUTPUT deleted.Id;
--> 2
--! A
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS c FROM dbo.Locked;
--> 2
--! script NOWAIT fails at once
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 1;
--! B
SELECT n FROM dbo.Locked WITH (UPDLOCK, NOWAIT) WHERE Id = 1;
--> error 1222, severity 16, line 1: Lock request time out period exceeded.
--! script LOCK_TIMEOUT 0 fails at once
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 1;
--! B
SET LOCK_TIMEOUT 0;
UPDATE dbo.Locked SET n = 1 WHERE Id = 1;
SELECT @@LOCK_TIMEOUT AS t;
--> error 1222, severity 16: Lock request time out period exceeded.
--> 0
--! script LOCK_TIMEOUT ends a wait, and the transaction goes on
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 1;
--! B
SET LOCK_TIMEOUT 200;
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 1 WHERE Id = 2;
UPDATE dbo.Locked SET n = 1 WHERE Id = 1;
SELECT @@TRANCOUNT AS t, XACT_STATE() AS x;
COMMIT TRANSACTION;
SELECT n FROM dbo.Locked WHERE Id = 2;
--> error 1222, severity 16: Lock request time out period exceeded.
--> 1 | 1
--> next
--> 1
--! script a new key waits for the same key
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Locked VALUES (4, 40);
--! B
INSERT INTO dbo.Locked VALUES (4, 41);
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_Locked'. Cannot insert duplicate key in object 'dbo.Locked'. The duplicate key value is (4).
--! script a new key is free after a rollback
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Locked VALUES (4, 40);
--! B
INSERT INTO dbo.Locked VALUES (4, 41);
SELECT n FROM dbo.Locked WHERE Id = 4;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> 41
--! script HOLDLOCK on an absent key holds up who asks likewise
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 9;
--> no rows
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 9;
--> waits for A
--! A
INSERT INTO dbo.Locked VALUES (9, 90);
COMMIT TRANSACTION;
--! B goes on
--> 90
--! script HOLDLOCK on an absent key holds up its insertion
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 9;
--> no rows
--! B
INSERT INTO dbo.Locked VALUES (9, 91);
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script MERGE with HOLDLOCK: the second one updates
--! A
BEGIN TRANSACTION;
MERGE dbo.Locked WITH (HOLDLOCK) AS t USING (VALUES (7, 1)) AS s (Id, n) ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET n = t.n + s.n WHEN NOT MATCHED THEN INSERT (Id, n) VALUES (s.Id, s.n);
--! B
MERGE dbo.Locked WITH (HOLDLOCK) AS t USING (VALUES (7, 1)) AS s (Id, n) ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET n = t.n + s.n WHEN NOT MATCHED THEN INSERT (Id, n) VALUES (s.Id, s.n);
SELECT n FROM dbo.Locked WHERE Id = 7;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 2
--! script two shared locks go together, a writer waits
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (REPEATABLEREAD) WHERE Id = 1;
--> 10
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (REPEATABLEREAD) WHERE Id = 1;
--> 10
--! B
ROLLBACK TRANSACTION;
--! C
UPDATE dbo.Locked SET n = 11 WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! C goes on
--! script who reads with REPEATABLEREAD does not wait for UPDLOCK
--? differs: who shares a row waits for `UPDLOCK`
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK) WHERE Id = 1;
--> 10
--! B
SET LOCK_TIMEOUT 0;
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (REPEATABLEREAD) WHERE Id = 1;
--> 10
--! script UPDLOCK does not wait for who reads with HOLDLOCK
--? differs: who shares a row waits for `UPDLOCK`
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (HOLDLOCK) WHERE Id = 1;
--> 10
--! B
SET LOCK_TIMEOUT 0;
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK) WHERE Id = 1;
--> 10
--! script XLOCK waits for who reads with REPEATABLEREAD
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (REPEATABLEREAD) WHERE Id = 1;
--> 10
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (XLOCK) WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 10
--! script locks end with a savepoint's rollback only where they began after it
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 1 WHERE Id = 1;
SAVE TRANSACTION here;
UPDATE dbo.Locked SET n = 1 WHERE Id = 2;
ROLLBACK TRANSACTION here;
--! B
UPDATE dbo.Locked SET n = 2 WHERE Id = 1;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script a queue of two that wait for one
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = n + 1 WHERE Id = 1;
--! B
UPDATE dbo.Locked SET n = n + 1 WHERE Id = 1;
--> waits for A
--! C
UPDATE dbo.Locked SET n = n + 1 WHERE Id = 2;
SELECT n FROM dbo.Locked WHERE Id = 2;
--> 21
--! A
COMMIT TRANSACTION;
--! B goes on
--! A
SELECT n FROM dbo.Locked WHERE Id = 1;
--> 12
--! script a queue of two at one row goes on
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = n + 1 WHERE Id = 1;
--! B
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = n + 2 WHERE Id = 1;
--> waits for A
--! C
UPDATE dbo.Locked SET n = n + 5 WHERE Id = 1;
--> waits for A or B
--! A
COMMIT TRANSACTION;
--! B goes on
--! B
COMMIT TRANSACTION;
--! C goes on
--! A
SELECT n FROM dbo.Locked WHERE Id = 1;
--> 18
--! script READPAST of an UPDATE and of a count
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 2;
--! B
UPDATE dbo.Locked WITH (READPAST) SET n = n + 1;
SELECT @@ROWCOUNT AS r;
--> 2
--! A
ROLLBACK TRANSACTION;
SELECT n FROM dbo.Locked ORDER BY Id;
--> 11
--> 20
--> 31
--! script READPAST passes over rows that UPDLOCK holds, and over all of them
--! A
BEGIN TRANSACTION;
SELECT COUNT(*) AS c FROM dbo.Locked WITH (UPDLOCK, ROWLOCK);
--> 3
--! B
SELECT Id FROM dbo.Locked WITH (UPDLOCK, READPAST);
DELETE FROM dbo.Locked WITH (READPAST);
SELECT @@ROWCOUNT AS r;
--> no rows
--> next
--> 0
--! script two that read one key with HOLDLOCK go together, and one of the two that write it is the victim
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (HOLDLOCK) WHERE Id = 1;
--> 10
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (HOLDLOCK) WHERE Id = 1;
--> 10
--! A
UPDATE dbo.Locked SET n = 11 WHERE Id = 1;
--> waits for B
--! B
UPDATE dbo.Locked SET n = 12 WHERE Id = 1;
--! one of A, B is the victim
--! script two that read an absent key with HOLDLOCK go together, UPDLOCK waits for both
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (SERIALIZABLE) WHERE Id = 9;
--> no rows
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (HOLDLOCK) WHERE Id = 9;
--> no rows
--! B
COMMIT TRANSACTION;
--! C
SELECT n FROM dbo.Locked WITH (XLOCK, HOLDLOCK) WHERE Id = 9;
--> waits for A
--! A
COMMIT TRANSACTION;
--! C goes on
--> no rows
--! script HOLDLOCK leaves other keys alone, present ones on both sides
INSERT INTO dbo.Locked VALUES (4, 40), (5, 50);
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 3;
--> 30
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 2;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 4;
--> 20
--> next
--> 40
--! script HOLDLOCK on an absent key holds up who asks for another absent key of the same gap
--? differs: not the gap around it
INSERT INTO dbo.Locked VALUES (10, 100);
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 8;
--> no rows
--! B
SET LOCK_TIMEOUT 0;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 7;
--> error 1222, severity 16: Lock request time out period exceeded.
--! script absent keys in different gaps do not meet
INSERT INTO dbo.Locked VALUES (10, 100), (20, 200);
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 8;
--> no rows
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Locked WITH (UPDLOCK, HOLDLOCK) WHERE Id = 15;
INSERT INTO dbo.Locked VALUES (15, 150);
COMMIT TRANSACTION;
SELECT n FROM dbo.Locked WHERE Id = 15;
--> no rows
--> next
--> 150
--! script the new keys of two that ask for them one after the other, without HOLDLOCK
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Locked VALUES (8, 80);
--! B
BEGIN TRANSACTION;
INSERT INTO dbo.Locked VALUES (9, 90);
COMMIT TRANSACTION;
SELECT n FROM dbo.Locked WHERE Id = 9;
--> 90
--! script a key that is being deleted is waited for, and is free then
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Locked WHERE Id = 3;
--! B
INSERT INTO dbo.Locked VALUES (3, 31);
SELECT n FROM dbo.Locked WHERE Id = 3;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 31
--! script a key that is not deleted after all is a duplicate
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Locked WHERE Id = 3;
--! B
INSERT INTO dbo.Locked VALUES (3, 31);
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_Locked'. Cannot insert duplicate key in object 'dbo.Locked'. The duplicate key value is (3).
--! script an update to a key that is being inserted waits for it
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Locked VALUES (4, 40);
--! B
UPDATE dbo.Locked SET Id = 4 WHERE Id = 3;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_Locked'. Cannot insert duplicate key in object 'dbo.Locked'. The duplicate key value is (4).
--! script a duplicate that waited can be caught, and the transaction goes on
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Locked VALUES (4, 40);
--! B
BEGIN TRANSACTION;
BEGIN TRY
    INSERT INTO dbo.Locked VALUES (4, 41);
END TRY
BEGIN CATCH
    UPDATE dbo.Locked SET n = n + 1 WHERE Id = 4;
    SELECT ERROR_NUMBER() AS e, XACT_STATE() AS x, @@ROWCOUNT AS r;
END CATCH;
COMMIT TRANSACTION;
SELECT n FROM dbo.Locked WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 2627 | 1 | 1
--> next
--> 41
--! script LOCK_TIMEOUT under XACT_ABORT ends the transaction
--! A
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 0 WHERE Id = 1;
--! B
SET XACT_ABORT ON;
SET LOCK_TIMEOUT 0;
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 1 WHERE Id = 2;
UPDATE dbo.Locked SET n = 1 WHERE Id = 1;
SELECT 'never' AS a;
--> error 1222, severity 16: Lock request time out period exceeded.
--! B
SELECT @@TRANCOUNT AS t, (SELECT n FROM dbo.Locked WHERE Id = 2) AS n;
--> 0 | 20
--! script LOCK_TIMEOUT is caught, and what was done before stays
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Locked WHERE Id = 1;
--! B
SET LOCK_TIMEOUT 100;
BEGIN TRANSACTION;
UPDATE dbo.Locked SET n = 1 WHERE Id = 2;
BEGIN TRY
    SELECT n FROM dbo.Locked WITH (UPDLOCK) WHERE Id = 1;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e, XACT_STATE() AS x;
END CATCH;
COMMIT TRANSACTION;
SELECT n FROM dbo.Locked WHERE Id = 2;
--> columns n int not null
--> no rows
--> next
--> 1222 | 1
--> next
--> 1
