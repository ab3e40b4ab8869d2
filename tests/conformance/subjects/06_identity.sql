-- Identity and SCOPE_IDENTITY
--! setup
CREATE TABLE dbo.Numbered (Id int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Numbered PRIMARY KEY, Name varchar(10) NULL CONSTRAINT UQ_Numbered UNIQUE);
CREATE TABLE dbo.Tens (Id int IDENTITY(10, 10) NOT NULL, Name varchar(10) NULL);
GO
CREATE PROCEDURE dbo.AddNumbered @Name varchar(10) AS
BEGIN
    SET NOCOUNT ON;
    INSERT INTO dbo.Numbered (Name) VALUES (@Name);
    SELECT SCOPE_IDENTITY() AS inside;
END
--! each
TRUNCATE TABLE dbo.Numbered;
TRUNCATE TABLE dbo.Tens;
--! case SCOPE_IDENTITY is numeric and NULL at first
SELECT SCOPE_IDENTITY() AS a, @@IDENTITY AS b;
--> columns a decimal(38,0) null, b decimal(38,0) null
--> NULL | NULL
--! case an insertion sets it
INSERT INTO dbo.Numbered (Name) VALUES ('a');
SELECT SCOPE_IDENTITY() AS a, @@IDENTITY AS b;
--> 1 | 1
--! case the last of several rows
INSERT INTO dbo.Tens (Name) VALUES ('a'), ('b'), ('c');
SELECT SCOPE_IDENTITY() AS a;
SELECT Id, Name FROM dbo.Tens ORDER BY Id;
--> 30
--> next
--> 10 | a
--> 20 | b
--> 30 | c
--! case a procedure's insertion is another scope
EXEC dbo.AddNumbered @Name = 'x';
SELECT SCOPE_IDENTITY() AS a, @@IDENTITY AS b;
--> 1
--> next
--> NULL | 1
--! case a failed insertion leaves a gap
INSERT INTO dbo.Numbered (Name) VALUES ('a');
GO
INSERT INTO dbo.Numbered (Name) VALUES ('a');
--> error 2627, severity 14, state 1: Violation of UNIQUE KEY constraint 'UQ_Numbered'. Cannot insert duplicate key in object 'dbo.Numbered'. The duplicate key value is (a).
GO
INSERT INTO dbo.Numbered (Name) VALUES ('b');
SELECT Id, Name FROM dbo.Numbered ORDER BY Id;
--> 1 | a
--> 3 | b
--! case a rolled-back insertion leaves a gap
BEGIN TRANSACTION;
INSERT INTO dbo.Numbered (Name) VALUES ('a');
ROLLBACK TRANSACTION;
INSERT INTO dbo.Numbered (Name) VALUES ('b');
SELECT Id FROM dbo.Numbered;
--> 2
--! case an explicit value is refused
INSERT INTO dbo.Numbered (Id, Name) VALUES (5, 'a');
--> error 544, severity 16, state 1: Cannot insert explicit value for identity column in table 'Numbered' when IDENTITY_INSERT is set to OFF.
--! case an explicit value after IDENTITY_INSERT moves the counter
SET IDENTITY_INSERT dbo.Numbered ON;
INSERT INTO dbo.Numbered (Id, Name) VALUES (5, 'a');
SET IDENTITY_INSERT dbo.Numbered OFF;
INSERT INTO dbo.Numbered (Name) VALUES ('b');
SELECT Id FROM dbo.Numbered ORDER BY Id;
--> 5
--> 6
--! case an identity column is not updated
UPDATE dbo.Numbered SET Id = 9;
--> error 8102, severity 16, state 1: Cannot update identity column 'Id'.
--! case an insertion without identity leaves SCOPE_IDENTITY
DECLARE @t TABLE (a int);
INSERT INTO dbo.Numbered (Name) VALUES ('a');
INSERT INTO @t VALUES (1);
SELECT SCOPE_IDENTITY() AS a;
--> 1
--! case IDENT_CURRENT
INSERT INTO dbo.Tens (Name) VALUES ('a'), ('b');
SELECT IDENT_CURRENT('dbo.Tens') AS a, IDENT_SEED('dbo.Tens') AS b, IDENT_INCR('dbo.Tens') AS c;
--> 20 | 10 | 10
--! case TRUNCATE starts again, DELETE does not
INSERT INTO dbo.Numbered (Name) VALUES ('a');
DELETE FROM dbo.Numbered;
INSERT INTO dbo.Numbered (Name) VALUES ('b');
SELECT Id FROM dbo.Numbered;
TRUNCATE TABLE dbo.Numbered;
INSERT INTO dbo.Numbered (Name) VALUES ('c');
SELECT Id FROM dbo.Numbered;
--> 2
--> next
--> 1
