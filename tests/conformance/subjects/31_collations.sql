-- Collations that are settled, names bound to the schema, what is said of identities, sequences and RAISERROR
--! setup
CREATE TABLE dbo.Cl (Id int NOT NULL, a varchar(10) COLLATE Latin1_General_CS_AS NOT NULL, b varchar(10) COLLATE Latin1_General_CI_AS NOT NULL, c varchar(20) NULL);
INSERT INTO dbo.Cl (Id, a, b) VALUES (1, 'a', 'A');
CREATE TABLE dbo.ClBound (a int NOT NULL);
CREATE SEQUENCE dbo.ClSeq AS int START WITH 1 INCREMENT BY 1 MAXVALUE 2;
--! case COLLATE settles it
SELECT a + b COLLATE Latin1_General_CI_AS AS x, (a + b) COLLATE Latin1_General_BIN2 AS y FROM dbo.Cl;
--> aA | aA
--! case the length of a string needs no collation
SELECT LEN(a + b) AS x FROM dbo.Cl WHERE LEN(a + b) = 2;
--> 2
--! case a literal follows the column
SELECT a + 'x' AS x, 'A' + b AS y FROM dbo.Cl WHERE b = 'a';
--> ax | AA
--! case a star in a view that is bound
CREATE VIEW dbo.VClStar WITH SCHEMABINDING AS SELECT * FROM dbo.ClBound;
--> error 1054, severity 15, procedure VClStar: Syntax '*' is not allowed in schema-bound objects.
--! case a common table of a view that is bound
CREATE VIEW dbo.VClOwn WITH SCHEMABINDING AS WITH own AS (SELECT a FROM dbo.ClBound) SELECT a FROM own;
GO
SELECT COUNT(*) AS n FROM dbo.VClOwn;
--> 0
--! case a column that is too wide
CREATE TABLE dbo.ClWide (wide varchar(9000));
--> error 131, severity 15: The size (9000) given to the column 'wide' exceeds the maximum allowed for any data type (8000).
--! case IDENTITY_INSERT of a table that is not there
SET IDENTITY_INSERT dbo.ClNope ON;
--> error 1088, severity 16: Cannot find the object "dbo.ClNope" because it does not exist or you do not have permissions.
--! case CHECKIDENT of a table that is not there
DBCC CHECKIDENT ('dbo.ClNope');
--> error 2501, severity 16: Cannot find a table or object with the name "dbo.ClNope". Check the system catalog.
--! case a sequence beside TOP
SELECT TOP (1) NEXT VALUE FOR dbo.ClSeq AS n FROM dbo.Cl;
--> error 11739, severity 15: NEXT VALUE FOR function cannot be used if ROWCOUNT option has been set, or the query contains TOP or OFFSET.
--! case a sequence at its end
SELECT is_exhausted FROM sys.sequences WHERE name = 'ClSeq';
SELECT NEXT VALUE FOR dbo.ClSeq AS n;
SELECT NEXT VALUE FOR dbo.ClSeq AS n;
SELECT is_exhausted FROM sys.sequences WHERE name = 'ClSeq';
--> 0
--> next
--> 1
--> next
--> 2
--> next
--> 1
--! case RAISERROR takes no expressions
RAISERROR ('a' + 'b', 16, 1);
--> error 102, severity 15: Incorrect syntax near '+'.
--! case RAISERROR takes constants and variables
DECLARE @s int = 16, @m nvarchar(20) = N'%s of %d';
RAISERROR (@m, @s, 3, N'part', -5);
--> error 50000, severity 16, state 3: part of -5
