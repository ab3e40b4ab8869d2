-- Savepoints, identities, sequences and keys as teams type them
--! setup
CREATE TABLE dbo.A1 (Id int NOT NULL CONSTRAINT PK_A1 PRIMARY KEY, n int NULL CONSTRAINT CK_A1 CHECK (n > 0), m int NULL);
CREATE TABLE dbo.I1 (Id int IDENTITY(1,1) NOT NULL CONSTRAINT PK_I1 PRIMARY KEY, a int NULL);
CREATE TABLE dbo.I2 (Id int IDENTITY(1,1) NOT NULL, a int NULL);
CREATE TABLE dbo.NoId (a int);
CREATE TABLE dbo.Uq (a int NULL CONSTRAINT UQ_Uq UNIQUE, b int NULL);
CREATE TABLE dbo.Tree (Id int NOT NULL CONSTRAINT PK_Tree PRIMARY KEY, Up int NULL CONSTRAINT FK_Tree REFERENCES dbo.Tree (Id));
CREATE TABLE dbo.Par (Id int NOT NULL CONSTRAINT PK_Par PRIMARY KEY);
CREATE TABLE dbo.ChC (Id int NOT NULL, P int NULL CONSTRAINT FK_ChC REFERENCES dbo.Par (Id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE dbo.ChN (Id int NOT NULL, P int NULL CONSTRAINT FK_ChN REFERENCES dbo.Par (Id) ON DELETE SET NULL);
CREATE TABLE dbo.ChD (Id int NOT NULL, P int NULL CONSTRAINT DF_ChD DEFAULT (99) CONSTRAINT FK_ChD REFERENCES dbo.Par (Id) ON DELETE SET DEFAULT);
GO
CREATE PROCEDURE dbo.RollsB AS BEGIN ROLLBACK TRANSACTION; END
GO
CREATE PROCEDURE dbo.BeginsB AS BEGIN BEGIN TRANSACTION; END
--! each
DELETE FROM dbo.A1; TRUNCATE TABLE dbo.I1; TRUNCATE TABLE dbo.I2; DELETE FROM dbo.Uq; DELETE FROM dbo.Tree; DELETE FROM dbo.ChC; DELETE FROM dbo.ChN; DELETE FROM dbo.ChD; DELETE FROM dbo.Par;
--! case ROLLBACK TRANSACTION takes a THROW without a semicolon for a name
BEGIN TRANSACTION;
BEGIN TRY SELECT 1/0 AS a; END TRY
BEGIN CATCH
    ROLLBACK TRANSACTION
    THROW
END CATCH
--> columns a
--> error 6401, severity 16: Cannot roll back THROW. No transaction or savepoint of that name was found.
--! case THROW after PRINT without a semicolon
BEGIN TRY SELECT 1/0 AS a; END TRY
BEGIN CATCH
    PRINT 'x'
    THROW
END CATCH
--> error 102, severity 15, line 4: Incorrect syntax near 'THROW'.
--! case a rollback to a savepoint, then by the name of the transaction
BEGIN TRAN a; SAVE TRAN s; BEGIN TRAN b;
ROLLBACK TRAN s;
SELECT @@TRANCOUNT AS t;
ROLLBACK TRAN a;
SELECT @@TRANCOUNT AS t;
--> 2
--> next
--> 0
--! case COMMIT keeps what follows a savepoint
BEGIN TRAN; INSERT INTO dbo.A1 (Id) VALUES (1); SAVE TRAN s; INSERT INTO dbo.A1 (Id) VALUES (2); COMMIT;
SELECT COUNT(*) AS n FROM dbo.A1;
--> 2
--! case a savepoint is gone after a rollback to an earlier one
BEGIN TRAN; SAVE TRAN s1; SAVE TRAN s2; ROLLBACK TRAN s1; ROLLBACK TRAN s2;
SELECT @@TRANCOUNT AS t; ROLLBACK;
--> error 6401, severity 16: Cannot roll back s2. No transaction or savepoint of that name was found.
--> 1
--! case a rollback to one savepoint twice
BEGIN TRAN; INSERT INTO dbo.A1 (Id) VALUES (1); SAVE TRAN s; INSERT INTO dbo.A1 (Id) VALUES (2); ROLLBACK TRAN s; INSERT INTO dbo.A1 (Id) VALUES (3); ROLLBACK TRAN s; COMMIT;
SELECT Id FROM dbo.A1;
--> 1
--! case name of a savepoint in a variable
DECLARE @s varchar(10) = 'sp';
BEGIN TRAN; SAVE TRAN @s; INSERT INTO dbo.A1 (Id) VALUES (1); ROLLBACK TRAN @s; COMMIT;
SELECT COUNT(*) AS n FROM dbo.A1;
--> 0
--! case 266 counts on
EXEC dbo.BeginsB;
EXEC dbo.BeginsB;
SELECT @@TRANCOUNT AS t;
ROLLBACK;
--> error 266: Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = 0, current count = 1.
--> error 266: Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = 1, current count = 2.
--> 2
--! case a rolled-back number is not given again
BEGIN TRAN; INSERT INTO dbo.I1 (a) VALUES (1); ROLLBACK; INSERT INTO dbo.I1 (a) VALUES (2);
SELECT Id, a FROM dbo.I1;
--> 2 | 2
--! case IDENTITY_INSERT of two tables
SET IDENTITY_INSERT dbo.I1 ON;
SET IDENTITY_INSERT dbo.I2 ON;
--> error 8107, severity 16, state 1: IDENTITY_INSERT is already ON for table '….dbo.I1'. Cannot perform SET operation for table 'dbo.I2'.
GO
SET IDENTITY_INSERT dbo.I1 OFF;
--! case IDENTITY_INSERT without a column list
SET IDENTITY_INSERT dbo.I1 ON;
INSERT INTO dbo.I1 VALUES (5, 1);
SET IDENTITY_INSERT dbo.I1 OFF;
--> error 8101, severity 16, state 1: An explicit value for the identity column in table 'dbo.I1' can only be specified when a column list is used and IDENTITY_INSERT is ON.
--! case IDENTITY_INSERT ON wants a value
SET IDENTITY_INSERT dbo.I1 ON;
INSERT INTO dbo.I1 (a) VALUES (1);
SET IDENTITY_INSERT dbo.I1 OFF;
--> error 545, severity 16, state 1: Explicit value must be specified for identity column in table 'I1' either when IDENTITY_INSERT is set to ON or when a replication user is inserting into a NOT FOR REPLICATION identity column.
--! case a value for an identity without a list of columns
INSERT INTO dbo.I1 VALUES (5, 1);
--> error 8101, severity 16, state 1: An explicit value for the identity column in table 'dbo.I1' can only be specified when a column list is used and IDENTITY_INSERT is ON.
--! case IDENTITY_INSERT of a table without identity
SET IDENTITY_INSERT dbo.NoId ON;
--> error 8106, severity 16, state 1: Table 'dbo.NoId' does not have the identity property. Cannot perform SET operation.
--! case DBCC CHECKIDENT sets the number below those that are there
INSERT INTO dbo.I1 (a) VALUES (1), (2), (3);
DBCC CHECKIDENT ('dbo.I1', RESEED, 1) WITH NO_INFOMSGS;
INSERT INTO dbo.I1 (a) VALUES (9);
--> error 2627
--! case SCOPE_IDENTITY after a rollback
BEGIN TRAN; INSERT INTO dbo.I1 (a) VALUES (1); ROLLBACK;
SELECT SCOPE_IDENTITY() AS s;
--> 1
--! case two identity columns
CREATE TABLE dbo.TwoId (a int IDENTITY(1,1), b int IDENTITY(1,1));
--> error 2744, severity 16: Multiple identity columns specified for table 'TwoId'. Only one identity column per table is allowed.
--! case an identity at the end of its type
CREATE TABLE dbo.TinyId (a tinyint IDENTITY(254,1), b int);
GO
INSERT INTO dbo.TinyId (b) VALUES (1);
INSERT INTO dbo.TinyId (b) VALUES (2);
INSERT INTO dbo.TinyId (b) VALUES (3);
--> error 8115, severity 16, state 1: Arithmetic overflow error converting IDENTITY to data type tinyint.
--! case a sequence without any word
CREATE SEQUENCE dbo.SDef;
GO
SELECT NEXT VALUE FOR dbo.SDef AS n;
SELECT TYPE_NAME(user_type_id) AS t, CAST(minimum_value AS bigint) AS mi, is_cached FROM sys.sequences WHERE name = 'SDef';
--> columns n bigint
--> -9223372036854775808
--> next
--> bigint | -9223372036854775808 | 1
--! case a sequence that does not exist
SELECT NEXT VALUE FOR dbo.Nothing AS n;
--> error 208, severity 16: Invalid object name 'dbo.Nothing'.
--! case unique key takes one NULL
INSERT INTO dbo.Uq (a) VALUES (NULL);
INSERT INTO dbo.Uq (a) VALUES (NULL);
--> error 2627, severity 14: Violation of UNIQUE KEY constraint 'UQ_Uq'. Cannot insert duplicate key in object 'dbo.Uq'. The duplicate key value is (<NULL>).
--! case a check lets NULL pass
INSERT INTO dbo.A1 (Id, n) VALUES (1, NULL);
SELECT COUNT(*) AS n FROM dbo.A1;
--> 1
--! case a table that refers to itself
INSERT INTO dbo.Tree VALUES (1, 2), (2, 1);
DELETE FROM dbo.Tree WHERE Id = 1;
--> error 547: The DELETE statement conflicted with the SAME TABLE REFERENCE constraint "FK_Tree". The conflict occurred in database "…", table "dbo.Tree", column 'Up'.
GO
UPDATE dbo.Tree SET Up = NULL;
DELETE FROM dbo.Tree;
INSERT INTO dbo.Tree VALUES (5, 9);
--> error 547: The INSERT statement conflicted with the FOREIGN KEY SAME TABLE constraint "FK_Tree". The conflict occurred in database "…", table "dbo.Tree", column 'Id'.
--! case CASCADE of an update and of a deletion, and @@ROWCOUNT
INSERT INTO dbo.Par VALUES (1), (2); INSERT INTO dbo.ChC VALUES (1, 1), (2, 2);
UPDATE dbo.Par SET Id = 10 WHERE Id = 1;
SELECT @@ROWCOUNT AS r;
SELECT P FROM dbo.ChC ORDER BY Id;
DELETE FROM dbo.Par WHERE Id = 10;
SELECT @@ROWCOUNT AS r, (SELECT COUNT(*) FROM dbo.ChC) AS n;
--> 1
--> next
--> 10
--> 2
--> next
--> 1 | 1
--! case SET NULL and SET DEFAULT
INSERT INTO dbo.Par VALUES (1), (99); INSERT INTO dbo.ChN VALUES (1, 1); INSERT INTO dbo.ChD VALUES (1, 1);
DELETE FROM dbo.Par WHERE Id = 1;
SELECT (SELECT P FROM dbo.ChN) AS n, (SELECT P FROM dbo.ChD) AS d;
--> NULL | 99
--! case a sequence asked twice for a row gives one number
--? refused: a sequence that is asked twice for a row
CREATE SEQUENCE dbo.STw AS int START WITH 1;
GO
SELECT NEXT VALUE FOR dbo.STw AS a, NEXT VALUE FOR dbo.STw AS b;
--> 1 | 1
--! case numbers in the order of OVER
--? refused: `NEXT VALUE FOR … OVER`
CREATE SEQUENCE dbo.SOv AS int START WITH 1;
GO
SELECT v, NEXT VALUE FOR dbo.SOv OVER (ORDER BY v DESC) AS n FROM (VALUES (1), (2), (3)) AS t (v) ORDER BY v;
--> 1 | 3
--> 2 | 2
--> 3 | 1
--! case a sequence is restarted
--? refused: `ALTER SEQUENCE`
CREATE SEQUENCE dbo.SRe AS int START WITH 1;
GO
DECLARE @a int = NEXT VALUE FOR dbo.SRe;
ALTER SEQUENCE dbo.SRe RESTART WITH 10;
GO
SELECT NEXT VALUE FOR dbo.SRe AS n;
--> 10
--! case NEXT VALUE FOR where it may not stand
CREATE SEQUENCE dbo.SNo AS int START WITH 1;
GO
SELECT v, NEXT VALUE FOR dbo.SNo AS n FROM (VALUES (1), (2)) AS t (v) ORDER BY v;
--> error 11723, severity 15
GO
SELECT 1 AS a WHERE NEXT VALUE FOR dbo.SNo = 1;
--> error 11720, severity 15
GO
SELECT DISTINCT NEXT VALUE FOR dbo.SNo AS n FROM dbo.NoId;
--> error 11721, severity 15
GO
SELECT CASE WHEN 1 = 1 THEN NEXT VALUE FOR dbo.SNo END AS n;
--> error 11741, severity 15
