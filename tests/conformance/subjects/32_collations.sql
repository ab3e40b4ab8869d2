-- Collations that conflict, names bound to the schema, what is said of identities, sequences and RAISERROR
--! setup
CREATE TABLE dbo.Cl (Id int NOT NULL, a varchar(10) COLLATE Latin1_General_CS_AS NOT NULL, b varchar(10) COLLATE Latin1_General_CI_AS NOT NULL, c varchar(20) NULL);
INSERT INTO dbo.Cl (Id, a, b) VALUES (1, 'a', 'A');
CREATE TABLE dbo.ClBound (a int NOT NULL);
CREATE SEQUENCE dbo.ClSeq AS int START WITH 1 INCREMENT BY 1 MAXVALUE 2;
--! case strings of two collations put together
SELECT a + b AS x FROM dbo.Cl;
--> error 451, severity 16: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in add operator occurring in SELECT statement column 1.
--! case the column that conflicts is named by its place
SELECT Id, a + b AS x FROM dbo.Cl;
--> error 451: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in add operator occurring in SELECT statement column 2.
--! case COLLATE settles it
SELECT a + b COLLATE Latin1_General_CI_AS AS x, (a + b) COLLATE Latin1_General_BIN2 AS y FROM dbo.Cl;
--> aA | aA
--! case CASE of two collations
SELECT CASE WHEN Id = 1 THEN a ELSE b END AS x FROM dbo.Cl;
--> error 451: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in CASE operator occurring in SELECT statement column 1.
--! case CONCAT of two collations
SELECT CONCAT(a, b) AS x FROM dbo.Cl;
--> error 451: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in concat operator occurring in SELECT statement column 1.
--! case UNION ALL of two collations
SELECT a FROM dbo.Cl UNION ALL SELECT b FROM dbo.Cl;
--> error 451: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in UNION ALL operator occurring in SELECT statement column 1.
--! case UNION of two collations
SELECT a FROM dbo.Cl UNION SELECT b FROM dbo.Cl;
--> error 451: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in UNION operator occurring in SELECT statement column 1.
--! case order by what has no collation
SELECT Id FROM dbo.Cl ORDER BY a + b;
--> error 451: Cannot resolve collation conflict between "Latin1_General_…" and "Latin1_General_…" in add operator occurring in ORDER BY statement column 1.
--! case a variable takes no string without collation
DECLARE @v varchar(20); SELECT @v = a + b FROM dbo.Cl; SELECT @v AS v;
--> error 457, severity 16: Implicit conversion of varchar value to varchar cannot be performed because the collation of the value is unresolved due to a collation conflict between "Latin1_General_…" and "Latin1_General_…" in add operator.
--! case a column takes no string without collation
UPDATE dbo.Cl SET c = a + b;
--> error 457: Implicit conversion of varchar value to varchar cannot be performed because the collation of the value is unresolved due to a collation conflict between "Latin1_General_…" and "Latin1_General_…" in add operator.
--! case an insertion takes no string without collation
INSERT INTO dbo.Cl (Id, a, b, c) SELECT 2, 'x', 'y', a + b FROM dbo.Cl;
--> error 457: Implicit conversion of varchar value to varchar cannot be performed because …
--! case functions that compare want one collation
SELECT CHARINDEX(a, b) AS x FROM dbo.Cl;
--> error 468, severity 16, state 9: Cannot resolve the collation conflict between "Latin1_General_…" and "Latin1_General_…" in the charindex operation.
--! case REPLACE wants one collation
SELECT REPLACE(a, b, 'x') AS x FROM dbo.Cl;
--> error 468: Cannot resolve the collation conflict between "Latin1_General_…" and "Latin1_General_…" in the replace operation.
--! case the length of a string needs no collation
SELECT LEN(a + b) AS x FROM dbo.Cl WHERE LEN(a + b) = 2;
--> 2
--! case a literal follows the column
SELECT a + 'x' AS x, 'A' + b AS y FROM dbo.Cl WHERE b = 'a';
--> ax | AA
--! case a star in a view that is bound
CREATE VIEW dbo.VClStar WITH SCHEMABINDING AS SELECT * FROM dbo.ClBound;
--> error 1054, severity 15, procedure VClStar: Syntax '*' is not allowed in schema-bound objects.
--! case a name of one part in a view that is bound
CREATE VIEW dbo.VClShort WITH SCHEMABINDING AS SELECT a FROM ClBound;
--> error 4512, severity 16, procedure VClShort: Cannot schema bind view 'dbo.VClShort' because name 'ClBound' is invalid for schema binding. Names must be in two-part format and an object cannot reference itself.
--! case a name of one part in a function that is bound
CREATE FUNCTION dbo.FClShort () RETURNS int WITH SCHEMABINDING AS BEGIN RETURN (SELECT COUNT(*) FROM ClBound); END
--> error 4512, severity 16, procedure FClShort: Cannot schema bind function 'dbo.FClShort' because name 'ClBound' is invalid for schema binding. Names must be in two-part format and an object cannot reference itself.
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
