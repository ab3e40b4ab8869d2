-- When names get their meaning: tables that do not exist yet, columns added in the batch, what foreign keys do
--! setup
CREATE TABLE dbo.Nm (Id int NOT NULL, Old1 int NULL);
INSERT INTO dbo.Nm (Id, Old1) VALUES (1, 2);
CREATE TABLE dbo.NmLog (Id int NOT NULL);
CREATE TABLE dbo.NmUp (Id int NOT NULL CONSTRAINT PK_NmUp PRIMARY KEY);
CREATE TABLE dbo.NmDown (Id int NOT NULL, UpId int NOT NULL CONSTRAINT DF_NmDown DEFAULT (99) CONSTRAINT FK_NmDown REFERENCES dbo.NmUp (Id) ON DELETE SET DEFAULT ON UPDATE SET DEFAULT);
CREATE TABLE dbo.NmLoose (Id int NOT NULL, UpId int NULL CONSTRAINT FK_NmLoose REFERENCES dbo.NmUp (Id) ON DELETE SET NULL, CONSTRAINT CK_NmLoose CHECK (UpId IS NOT NULL));
INSERT INTO dbo.NmUp VALUES (1), (2), (3);
INSERT INTO dbo.NmDown (Id, UpId) VALUES (1, 1);
INSERT INTO dbo.NmLoose (Id, UpId) VALUES (1, 2);
GO
CREATE PROCEDURE dbo.NmMissing AS
BEGIN
    SELECT 'first' AS a;
    SELECT Id FROM dbo.NmNope;
    SELECT 'last' AS b;
END
GO
CREATE PROCEDURE dbo.NmTries AS
BEGIN
    BEGIN TRY
        SELECT Id FROM dbo.NmNope;
    END TRY
    BEGIN CATCH
        SELECT 'caught' AS c;
    END CATCH;
    SELECT 'last' AS b;
END
--! case what stands before a missing table is done
INSERT INTO dbo.NmLog VALUES (1); SELECT 'before' AS a; SELECT Id FROM dbo.NmNope; SELECT 'after' AS a;
--> before
--> error 208, severity 16, state 1: Invalid object name 'dbo.NmNope'.
GO
SELECT COUNT(*) AS n FROM dbo.NmLog WHERE Id = 1;
--> 1
--! case a missing table that is not come to
IF OBJECT_ID('dbo.NmNope') IS NOT NULL SELECT Id FROM dbo.NmNope ELSE SELECT 'none' AS a;
--> none
--! case columns of a missing table are not asked for
SELECT 'before' AS a; SELECT Nope FROM dbo.NmNope;
--> before
--> error 208: Invalid object name 'dbo.NmNope'.
--! case a missing column of a table that is there ends the batch before it begins
SELECT 'before' AS a; SELECT Nope FROM dbo.Nm;
--> error 207: Invalid column name 'Nope'.
--! case a missing table is not caught where it is named
BEGIN TRY
    SELECT 'in' AS a;
    SELECT Id FROM dbo.NmNope;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n;
END CATCH;
SELECT 'after' AS a;
--> in
--> error 208, line 3: Invalid object name 'dbo.NmNope'.
--! case a procedure ends at a missing table, and its caller goes on
EXEC dbo.NmMissing; SELECT @@ERROR AS e, @@TRANCOUNT AS t;
--> first
--> error 208, line 4, procedure NmMissing: Invalid object name 'dbo.NmNope'.
--> next
--> 208 | 0
--! case a procedure does not catch what it names itself
EXEC dbo.NmTries; SELECT 'after' AS a;
--> error 208: Invalid object name 'dbo.NmNope'.
--> after
--! case the caller catches a missing table of a procedure
BEGIN TRAN;
BEGIN TRY
    EXEC dbo.NmMissing;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_LINE() AS l, @@TRANCOUNT AS t;
END CATCH;
ROLLBACK;
--> first
--> next
--> 208 | 4 | 1
--! case a missing table under XACT_ABORT rolls back
SET XACT_ABORT ON;
BEGIN TRAN; INSERT INTO dbo.NmLog VALUES (77); SELECT Id FROM dbo.NmNope; COMMIT;
--> error 208: Invalid object name 'dbo.NmNope'.
GO
SELECT COUNT(*) AS n, @@TRANCOUNT AS t FROM dbo.NmLog WHERE Id = 77;
--> 0 | 0
--! case a missing table without XACT_ABORT leaves the transaction open
BEGIN TRAN; INSERT INTO dbo.NmLog VALUES (78); SELECT Id FROM dbo.NmNope; COMMIT;
--> error 208: Invalid object name 'dbo.NmNope'.
GO
SELECT COUNT(*) AS n, @@TRANCOUNT AS t FROM dbo.NmLog WHERE Id = 78; ROLLBACK;
--> 1 | 1
--! case the table of a procedure comes and goes
CREATE PROCEDURE dbo.NmLater AS SELECT a FROM dbo.NmLate;
GO
EXEC dbo.NmLater;
--> error 208: Invalid object name 'dbo.NmLate'.
GO
CREATE TABLE dbo.NmLate (a int); INSERT INTO dbo.NmLate VALUES (5);
GO
EXEC dbo.NmLater;
--> 5
GO
DROP TABLE dbo.NmLate;
GO
EXEC dbo.NmLater;
--> error 208: Invalid object name 'dbo.NmLate'.
--! case a table that dynamic text makes
--? refused: a table that is made while a text runs
EXEC (N'CREATE TABLE dbo.NmDynamic (a int); INSERT INTO dbo.NmDynamic VALUES (5);');
SELECT a FROM dbo.NmDynamic;
--> 5
--! case a column added in the same batch is not known
ALTER TABLE dbo.Nm ADD Fresh int NULL; SELECT Fresh FROM dbo.Nm;
--> error 207: Invalid column name 'Fresh'.
GO
SELECT COUNT(*) AS n FROM sys.columns WHERE object_id = OBJECT_ID('dbo.Nm') AND name = 'Fresh';
--> 0
--! case a column added in the same batch cannot be written
ALTER TABLE dbo.Nm ADD Fresh int NULL; UPDATE dbo.Nm SET Fresh = 1;
--> error 207: Invalid column name 'Fresh'.
--! case a value for a column added in the same batch
ALTER TABLE dbo.Nm ADD Fresh int NULL; INSERT INTO dbo.Nm VALUES (2, 3, 4);
--> error 213: Column name or number of supplied values does not match table definition.
--! case a column added in the same batch to a temporary table
CREATE TABLE #nm (a int);
GO
ALTER TABLE #nm ADD b int; SELECT b FROM #nm;
--> error 207: Invalid column name 'b'.
--! case a table and its column of the same batch
CREATE TABLE dbo.Nm2 (a int); ALTER TABLE dbo.Nm2 ADD b int; INSERT INTO dbo.Nm2 (b) VALUES (4); SELECT b FROM dbo.Nm2;
--> 4
--! case a table made anew in the same batch is still the old one
CREATE TABLE dbo.Nm3 (a int);
GO
DROP TABLE dbo.Nm3; CREATE TABLE dbo.Nm3 (b int); SELECT b FROM dbo.Nm3;
--> error 207: Invalid column name 'b'.
GO
SELECT COL_NAME(OBJECT_ID('dbo.Nm3'), 1) AS c;
--> a
--! case dynamic text sees the added column
ALTER TABLE dbo.Nm ADD Seen int NULL; EXEC (N'SELECT Seen FROM dbo.Nm;'); ALTER TABLE dbo.Nm DROP COLUMN Seen;
--> NULL
--! case a column renamed in the same batch is not known
EXEC sp_rename 'dbo.Nm.Old1', 'New1', 'COLUMN'; SELECT New1 FROM dbo.Nm;
--> error 207: Invalid column name 'New1'.
GO
SELECT Old1 FROM dbo.Nm;
--> 2
--! case a column renamed in the batch that makes its table
CREATE TABLE dbo.Nm4 (a int); INSERT INTO dbo.Nm4 VALUES (6); EXEC sp_rename 'dbo.Nm4.a', 'b', 'COLUMN'; SELECT b FROM dbo.Nm4;
--> message 15477
--> 6
--! case SET DEFAULT without such a parent names the DELETE
DELETE FROM dbo.NmUp WHERE Id = 1;
--> error 547, severity 16: The DELETE statement conflicted with the FOREIGN KEY constraint "FK_NmDown". The conflict occurred in database "…", table "dbo.NmUp", column 'Id'.
--! case SET DEFAULT without such a parent names the UPDATE
UPDATE dbo.NmUp SET Id = 10 WHERE Id = 1;
--> error 547: The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_NmDown". The conflict occurred in database "…", table "dbo.NmUp", column 'Id'.
--! case SET DEFAULT without such a parent names the MERGE
MERGE dbo.NmUp AS t USING (VALUES (1)) AS s (Id) ON t.Id = s.Id WHEN MATCHED THEN DELETE;
--> error 547: The MERGE statement conflicted with the FOREIGN KEY constraint "FK_NmDown". The conflict occurred in database "…", table "dbo.NmUp", column 'Id'.
--! case SET NULL against a check names the DELETE
DELETE FROM dbo.NmUp WHERE Id = 2;
--> error 547: The DELETE statement conflicted with the CHECK constraint "CK_NmLoose". The conflict occurred in database "…", table "dbo.NmLoose".
--! case SET NULL of a column that takes none
BEGIN TRY
    EXEC (N'CREATE TABLE dbo.NmStrict1 (UpId int NOT NULL CONSTRAINT FK_NmStrict1 REFERENCES dbo.NmUp (Id) ON DELETE SET NULL);');
END TRY
BEGIN CATCH
    PRINT 'not made';
END CATCH;
SELECT OBJECT_ID(N'dbo.NmStrict1') AS id;
--> print not made
--> NULL
--! case SET DEFAULT of a column that has none
BEGIN TRY
    EXEC (N'CREATE TABLE dbo.NmStrict2 (UpId int NOT NULL CONSTRAINT FK_NmStrict2 REFERENCES dbo.NmUp (Id) ON UPDATE SET DEFAULT);');
END TRY
BEGIN CATCH
    PRINT 'not made';
END CATCH;
SELECT OBJECT_ID(N'dbo.NmStrict2') AS id;
--> print not made
--> NULL
