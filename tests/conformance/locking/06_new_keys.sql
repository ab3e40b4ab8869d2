-- Locking: keys that are new and not committed
--! each
IF OBJECT_ID('dbo.Fresh', 'U') IS NULL
    CREATE TABLE dbo.Fresh (
        Id int NOT NULL CONSTRAINT PK_Fresh PRIMARY KEY,
        Code nvarchar(20) NULL CONSTRAINT UQ_Fresh_Code UNIQUE,
        n int NOT NULL
    );
IF OBJECT_ID('dbo.NewPair', 'U') IS NULL
    CREATE TABLE dbo.NewPair (
        PairId int NOT NULL IDENTITY(1, 1) CONSTRAINT PK_NewPair PRIMARY KEY,
        A bigint NOT NULL,
        B decimal(9, 2) NOT NULL,
        At datetime2(3) NULL,
        CONSTRAINT UQ_NewPair_A_B UNIQUE (A, B)
    );
GO
DELETE FROM dbo.Fresh;
DELETE FROM dbo.NewPair;
INSERT INTO dbo.Fresh VALUES (1, N'one', 10), (2, N'two', 20), (3, N'three', 30);
INSERT INTO dbo.NewPair (A, B) VALUES (1, 1);
--! script an INSERT waits for who holds its key absent, and finds it taken
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 4;
--> no rows
--! B
INSERT INTO dbo.Fresh VALUES (4, N'B', 41);
--> waits for A
--! A
INSERT INTO dbo.Fresh VALUES (4, N'A', 40);
COMMIT TRANSACTION;
--! B goes on
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_Fresh'. Cannot insert duplicate key in object 'dbo.Fresh'. The duplicate key value is (4).
--! script an INSERT of another key in another gap does not wait
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 0;
--> no rows
--! B
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
SELECT n FROM dbo.Fresh WHERE Id = 4;
--> 40
--! script an INSERT waits for the second of its keys
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Code = N'four';
--> no rows
--! B
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script a key is the same key in other letters and with blanks behind it
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Code = N'FOUR';
--> no rows
--! B
DECLARE @c varchar(20) = 'four  ';
INSERT INTO dbo.Fresh VALUES (4, @c, 40);
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script a key is the same key in other types
--! A
BEGIN TRANSACTION;
DECLARE @a int = 2, @b decimal(5, 1) = 2.5;
SELECT PairId FROM dbo.NewPair WITH (UPDLOCK, HOLDLOCK) WHERE A = @a AND B = @b;
--> no rows
--! B
INSERT INTO dbo.NewPair (A, B) VALUES (CAST('2' AS tinyint), '2.50');
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script an INSERT from a query waits for who holds its key absent
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 5;
--> no rows
--! B
INSERT INTO dbo.Fresh (Id, Code, n) SELECT f.Id + 3, f.Code + N'!', 0 FROM dbo.Fresh AS f WHERE f.Id = 2;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script an INSERT where there is none of the kind, from values
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh (Id, Code, n)
SELECT 4, N'A', 40 WHERE NOT EXISTS (SELECT 1 FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 4);
--! B
INSERT INTO dbo.Fresh (Id, Code, n)
SELECT 4, N'B', 41 WHERE NOT EXISTS (SELECT 1 FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 4);
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script an INSERT that inserts nothing holds no key
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh (Id, Code, n) SELECT 4, N'A', 40 WHERE 1 = 0;
--! B
SET LOCK_TIMEOUT 0;
INSERT INTO dbo.Fresh VALUES (4, N'B', 41);
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 4;
--> 41
--! script two that read an absent key with HOLDLOCK and both insert it: one is the victim
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (HOLDLOCK) WHERE Id = 4;
--> no rows
--! B
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (HOLDLOCK) WHERE Id = 4;
--> no rows
--! A
INSERT INTO dbo.Fresh VALUES (4, N'A', 40);
COMMIT TRANSACTION;
--> waits for B
--! B
INSERT INTO dbo.Fresh VALUES (4, N'B', 41);
COMMIT TRANSACTION;
--! one of A, B is the victim
--! C
SELECT COUNT(*) AS c FROM dbo.Fresh WHERE Id = 4 AND n IN (40, 41);
--> 1
--! script SERIALIZABLE holds up a blind INSERT of the key that was read
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WHERE Id = 4;
--> no rows
--! B
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--> waits for A
--! A
SELECT n FROM dbo.Fresh WHERE Id = 4;
COMMIT TRANSACTION;
--> no rows
--! B goes on
--! script SERIALIZABLE holds up a blind INSERT into the table that was read
--! A
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT COUNT(*) AS c FROM dbo.Fresh WHERE n > 0;
--> 3
--! B
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--> waits for A
--! A
SELECT COUNT(*) AS c FROM dbo.Fresh WHERE n > 0;
COMMIT TRANSACTION;
--> 3
--! B goes on
--! script SERIALIZABLE waits for a row that is not committed and then counts it
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT COUNT(*) AS c FROM dbo.Fresh WHERE n > 0;
COMMIT TRANSACTION;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 4
--! script two that insert different keys do not meet
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'five', 40);
--! B
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (5, N'four', 50);
COMMIT TRANSACTION;
SELECT n FROM dbo.Fresh WHERE Id = 5;
--> 50
--! script HOLDLOCK waits for a key that is not committed and then sees its row
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SELECT n FROM dbo.Fresh WITH (HOLDLOCK) WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40
--! script HOLDLOCK waits for a key that is rolled back and then sees no row
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Code = N'four';
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> no rows
--! script an UPDATE waits for a key that is not committed and then changes its row
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
UPDATE dbo.Fresh SET n = n + 1 WHERE Id = 4;
SELECT @@ROWCOUNT AS r, (SELECT n FROM dbo.Fresh WHERE Id = 4) AS n;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1 | 41
--! script an UPDATE waits for a key that is rolled back and then changes nothing
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
UPDATE dbo.Fresh SET n = n + 1 WHERE Id = 4;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> 0
--! script an UPDATE waits for a key that is not committed, and then does not mean it
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
UPDATE dbo.Fresh SET n = n + 1 WHERE Id = 4 AND n > 40;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 0
--! script an UPDATE with OUTPUT shows the row that it has waited for
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
UPDATE dbo.Fresh SET n = n + 1 OUTPUT deleted.n, inserted.n WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40 | 41
--! script a DELETE waits for a key that is not committed and then deletes its row
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
DELETE FROM dbo.Fresh WHERE Code = N'four';
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--! script UPDLOCK waits for a key that is not committed and then sees its row
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SELECT n FROM dbo.Fresh WITH (UPDLOCK) WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40
--! script a variable takes the value of the row that was waited for
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
DECLARE @n int = -1;
SELECT @n = n FROM dbo.Fresh WITH (XLOCK) WHERE Id = 4;
SELECT @n AS n;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40
--! script IF EXISTS waits for a key that is not committed
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
IF EXISTS (SELECT 1 FROM dbo.Fresh WITH (UPDLOCK) WHERE Id = 4) SELECT 'there' AS a
ELSE SELECT 'absent' AS a;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> there
--! script IF NOT EXISTS waits for a key that is rolled back
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
IF NOT EXISTS (SELECT 1 FROM dbo.Fresh WITH (REPEATABLEREAD) WHERE Id = 4) SELECT 'absent' AS a
ELSE SELECT 'there' AS a;
--> waits for A
--! A
ROLLBACK TRANSACTION;
--! B goes on
--> absent
--! script under REPEATABLE READ a reader waits for a key that is not committed
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SELECT n FROM dbo.Fresh WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 40
--! script READPAST passes over a row that is not committed
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SELECT n FROM dbo.Fresh WITH (UPDLOCK, READPAST) WHERE Id = 4;
UPDATE dbo.Fresh WITH (READPAST) SET n = 0 WHERE Id = 4;
SELECT @@ROWCOUNT AS r;
--> no rows
--> next
--> 0
--! script NOWAIT does not wait for a row that is not committed
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SELECT n FROM dbo.Fresh WITH (UPDLOCK, NOWAIT) WHERE Id = 4;
--> error 1222, severity 16: Lock request time out period exceeded.
--! B
UPDATE dbo.Fresh WITH (NOWAIT) SET n = 0 WHERE Id = 4;
--> error 1222, severity 16: Lock request time out period exceeded.
--! B
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK, NOWAIT) WHERE Id = 4;
--> error 1222, severity 16: Lock request time out period exceeded.
--! script LOCK_TIMEOUT ends the wait for a row that is not committed
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
SET LOCK_TIMEOUT 0;
BEGIN TRY
    UPDATE dbo.Fresh SET n = 0 WHERE Id = 4;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e;
END CATCH;
--> 1222
--! script who inserts a key and is waited for waits for the one that waits: one is the victim
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40);
--! B
BEGIN TRANSACTION;
UPDATE dbo.Fresh SET n = 0 WHERE Id = 1;
UPDATE dbo.Fresh SET n = 0 WHERE Id = 4;
COMMIT TRANSACTION;
--> waits for A
--! A
UPDATE dbo.Fresh SET n = 1 WHERE Id = 1;
COMMIT TRANSACTION;
--! one of A, B is the victim
--! script an UPDATE waits for a key that a row is given
--! A
BEGIN TRANSACTION;
UPDATE dbo.Fresh SET Id = 4 WHERE Id = 3;
--! B
UPDATE dbo.Fresh SET n = n + 1 WHERE Id = 4;
SELECT n FROM dbo.Fresh WHERE Id = 4;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 31
--! script a row is given a key only when nobody holds that key absent
--! A
BEGIN TRANSACTION;
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 4;
--> no rows
--! B
UPDATE dbo.Fresh SET Id = 4 WHERE Id = 3;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script a row that is not there is given no key
--! A
BEGIN TRANSACTION;
UPDATE dbo.Fresh SET Id = 4 WHERE Id = 33;
DELETE FROM dbo.Fresh WHERE Id = 5;
--! B
SET LOCK_TIMEOUT 0;
INSERT INTO dbo.Fresh VALUES (4, N'four', 40), (5, N'five', 50);
SELECT @@ROWCOUNT AS r;
--> 2
--! script a row is deleted and inserted again while another asks for it with HOLDLOCK
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Fresh WHERE Id = 3;
--! B
SELECT n FROM dbo.Fresh WITH (UPDLOCK, HOLDLOCK) WHERE Id = 3;
--> waits for A
--! A
INSERT INTO dbo.Fresh VALUES (3, N'again', 33);
COMMIT TRANSACTION;
--! B goes on
--> 33
--! script a row is deleted and inserted again while another updates it by its key, READ_COMMITTED_SNAPSHOT ON
--? differs: deletes and inserts again
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Fresh WHERE Id = 3;
INSERT INTO dbo.Fresh VALUES (3, N'again', 33);
--! B
UPDATE dbo.Fresh SET n += 1 WHERE Id = 3;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--! script a row is deleted and inserted again while another updates it by its key, READ_COMMITTED_SNAPSHOT OFF
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE;
--! A
BEGIN TRANSACTION;
DELETE FROM dbo.Fresh WHERE Id = 3;
INSERT INTO dbo.Fresh VALUES (3, N'again', 33);
--! B
UPDATE dbo.Fresh SET n += 1 WHERE Id = 3;
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
--! script two that insert one key: the second one waits, and it is a duplicate
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Fresh VALUES (4, N'A', 40);
--! B
INSERT INTO dbo.Fresh VALUES (4, N'B', 41);
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_Fresh'. Cannot insert duplicate key in object 'dbo.Fresh'. The duplicate key value is (4).
--! script a key that is given up within the transaction is free at its end
--! A
BEGIN TRANSACTION;
SAVE TRANSACTION s;
INSERT INTO dbo.Fresh VALUES (4, N'A', 40);
ROLLBACK TRANSACTION s;
COMMIT TRANSACTION;
--! B
SET LOCK_TIMEOUT 0;
INSERT INTO dbo.Fresh VALUES (4, N'B', 41);
SELECT n FROM dbo.Fresh WITH (UPDLOCK) WHERE Id = 4;
--> 41
--! script a moment is the same key in another time zone
IF OBJECT_ID('dbo.Moment', 'U') IS NULL
    CREATE TABLE dbo.Moment (At datetimeoffset(3) NOT NULL CONSTRAINT PK_Moment PRIMARY KEY, D date NULL UNIQUE);
DELETE FROM dbo.Moment;
--! A
BEGIN TRANSACTION;
SELECT D FROM dbo.Moment WITH (UPDLOCK, HOLDLOCK) WHERE At = '2026-01-01T12:00:00+02:00';
--> no rows
--! B
INSERT INTO dbo.Moment VALUES ('2026-01-01T10:00:00Z', '20260101');
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--! script a day is the same key as the moment that it begins
IF OBJECT_ID('dbo.Moment', 'U') IS NULL
    CREATE TABLE dbo.Moment (At datetimeoffset(3) NOT NULL CONSTRAINT PK_Moment PRIMARY KEY, D date NULL UNIQUE);
DELETE FROM dbo.Moment;
--! A
BEGIN TRANSACTION;
INSERT INTO dbo.Moment VALUES ('2026-01-01T10:00:00Z', '20260102');
--! B
UPDATE dbo.Moment SET At = '2026-01-01T11:00:00Z' WHERE D = N'2026-01-02';
SELECT @@ROWCOUNT AS r;
--> waits for A
--! A
COMMIT TRANSACTION;
--! B goes on
--> 1
