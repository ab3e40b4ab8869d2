-- Definitions: views, functions, columns and their errors, what the catalogue makes of a text
--! setup
CREATE TABLE dbo.D1 (Id int NOT NULL CONSTRAINT PK_D1 PRIMARY KEY, a varchar(10) NULL CONSTRAINT DF_D1_a DEFAULT ('x'), b int NOT NULL CONSTRAINT CK_D1_b CHECK (b > 0), c AS b * 2);
INSERT INTO dbo.D1 (Id, b) VALUES (1, 1), (2, 2);
CREATE INDEX IX_D1_a ON dbo.D1 (a);
GO
CREATE VIEW dbo.VD1 AS SELECT Id, b FROM dbo.D1 WHERE b > 1;
GO
CREATE VIEW dbo.VDren (X, Y) AS SELECT Id, b FROM dbo.D1;
GO
CREATE TABLE dbo.Defs (a int NOT NULL DEFAULT 0, b datetime2(3) DEFAULT GETDATE(), c varchar(5) DEFAULT 'x', d decimal(9,2) DEFAULT 1.50, e bit DEFAULT 1, f int DEFAULT -1, g nvarchar(5) DEFAULT N'é', h uniqueidentifier DEFAULT NEWID(), i int DEFAULT (1 + 2), j int DEFAULT NULL, k datetime2 DEFAULT SYSUTCDATETIME());
CREATE TABLE dbo.Chk (a int, b varchar(10), CONSTRAINT CK1 CHECK (a > 0 AND a < 10), CONSTRAINT CK2 CHECK (b LIKE 'x%'), CONSTRAINT CK3 CHECK (a IS NOT NULL OR b IS NULL), CONSTRAINT CK4 CHECK (a BETWEEN 1 AND 5), CONSTRAINT CK5 CHECK (LEN(b) >= 2), CONSTRAINT CK6 CHECK (a <> 3), CONSTRAINT CK7 CHECK (NOT (a = 4)), CONSTRAINT CK8 CHECK (b IN ('x', 'y', 'z')), CONSTRAINT CK9 CHECK (a >= -1));
--! case ORDER BY in a view
CREATE VIEW dbo.VBad AS SELECT Id FROM dbo.D1 ORDER BY Id;
--> error 1033, severity 15, state 1: The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.
--! case view column without name
CREATE VIEW dbo.VBad AS SELECT Id + 1 FROM dbo.D1;
--> error 4511, severity 16: Create View or Function failed because no column name was specified for column 1.
--! case view with more names
CREATE VIEW dbo.VBad (a, b, c) AS SELECT Id, b FROM dbo.D1;
--> error 8158, severity 16: 'VBad' has fewer columns than were specified in the column list.
--! case view with fewer names
CREATE VIEW dbo.VBad (a) AS SELECT Id, b FROM dbo.D1;
--> error 8159, severity 16: 'VBad' has more columns than were specified in the column list.
--! case renamed
SELECT X, Y FROM dbo.VDren ORDER BY X;
--> columns X int not null, Y int not null
--> 1 | 1
--> 2 | 2
--! case view over missing
CREATE VIEW dbo.VBad AS SELECT a FROM dbo.Nope;
--> error 208, severity 16, procedure VBad: Invalid object name 'dbo.Nope'.
--! case create view not first
SELECT 1 AS a; CREATE VIEW dbo.VBad AS SELECT 1 AS a;
--> error 111, severity 15: 'CREATE VIEW' must be the first statement in a query batch.
--! case create procedure not first
DECLARE @a int; CREATE PROCEDURE dbo.PBad AS SELECT 1 AS a;
--> error 111, severity 15: 'CREATE/ALTER PROCEDURE' must be the first statement in a query batch.
--! case drop what is not there
DROP PROCEDURE dbo.PNope;
--> error 3701, severity 11, state 5: Cannot drop the procedure 'dbo.PNope', because it does not exist or you do not have permission.
--! case drop view what is not there
DROP VIEW dbo.PNope;
--> error 3701, severity 11, state 5: Cannot drop the view 'dbo.PNope', because it does not exist or you do not have permission.
--! case drop of another kind
DROP TABLE dbo.VD1;
--> error 3705, severity 16: Cannot use DROP TABLE with 'dbo.VD1' because 'dbo.VD1' is a view. Use DROP VIEW.
--! case schema with objects
CREATE SCHEMA Full1;
GO
CREATE TABLE Full1.T (a int);
DROP SCHEMA Full1;
--> error 3729, severity 16: Cannot drop schema 'Full1' because it is being referenced by object 'T'.
--! case add not null without default
ALTER TABLE dbo.D1 ADD n int NOT NULL;
--> error 4901, severity 16: ALTER TABLE only allows columns to be added that can contain nulls, or have a DEFAULT definition specified, or the column being added is an identity or timestamp column, or alternatively if none of the previous conditions are satisfied the table must be empty to allow addition of this column. Column 'n' cannot be added to non-empty table 'D1' because it does not satisfy these conditions.
--! case alter to not null with nulls
CREATE TABLE dbo.D2 (a int NULL); INSERT INTO dbo.D2 VALUES (NULL);
ALTER TABLE dbo.D2 ALTER COLUMN a int NOT NULL;
--> error 515, severity 16: Cannot insert the value NULL into column 'a', table '….dbo.D2'; column does not allow nulls. UPDATE fails.
--! case alter to shorter with long
CREATE TABLE dbo.D3 (a varchar(10) NULL); INSERT INTO dbo.D3 VALUES ('abcdef');
ALTER TABLE dbo.D3 ALTER COLUMN a varchar(3);
--> error 2628, severity 16: String or binary data would be truncated in table '….dbo.D3', column 'a'. Truncated value: '…'.
--! case alter of missing table
ALTER TABLE dbo.Nope ADD a int;
--> error 4902, severity 16: Cannot find the object "dbo.Nope" because it does not exist or you do not have permissions.
--! case index twice
CREATE INDEX IX_D1_a ON dbo.D1 (b);
--> error 1913, severity 16: The operation failed because an index or statistics with name 'IX_D1_a' already exists on table 'dbo.D1'.
--! case index on missing table
CREATE INDEX IX_D1_n ON dbo.Nope (nope);
--> error 1088, severity 16: Cannot find the object "dbo.Nope" because it does not exist or you do not have permissions.
--! case default definitions
SELECT c.name, d.definition, d.is_system_named FROM sys.default_constraints AS d JOIN sys.columns AS c ON c.object_id = d.parent_object_id AND c.column_id = d.parent_column_id WHERE d.parent_object_id = OBJECT_ID('dbo.Defs') ORDER BY c.name;
--> a | ((0)) | 1
--> b | (getdate()) | 1
--> c | ('x') | 1
--> d | ((1.50)) | 1
--> e | ((1)) | 1
--> f | ((-1)) | 1
--> g | (N'é') | 1
--> h | (newid()) | 1
--> i | ((1)+(2)) | 1
--> j | (NULL) | 1
--> k | (sysutcdatetime()) | 1
--! case check definitions
SELECT name, definition FROM sys.check_constraints WHERE parent_object_id = OBJECT_ID('dbo.Chk') ORDER BY name;
--> CK1 | ([a]>(0) AND [a]<(10))
--> CK2 | ([b] like 'x%')
--> CK3 | ([a] IS NOT NULL OR [b] IS NULL)
--> CK4 | ([a]>=(1) AND [a]<=(5))
--> CK5 | (len([b])>=(2))
--> CK6 | ([a]<>(3))
--> CK7 | (NOT [a]=(4))
--> CK8 | ([b]='z' OR [b]='y' OR [b]='x')
--> CK9 | ([a]>=(-1))
--! case inferred column
SELECT c.name, TYPE_NAME(c.system_type_id) AS t, c.max_length, c.precision, c.scale, c.is_nullable, c.collation_name FROM sys.columns AS c WHERE c.object_id = OBJECT_ID('dbo.VD1') ORDER BY c.column_id;
--> Id | int | 4 | 10 | 0 | 0 | NULL
--> b | int | 4 | 10 | 0 | 0 | NULL
--! case function side effect
CREATE FUNCTION dbo.FBad (@a int) RETURNS int AS BEGIN INSERT INTO dbo.D1 (Id, b) VALUES (9, 9); RETURN 1; END
--> error 443, severity 16, procedure FBad: Invalid use of a side-effecting operator 'INSERT' within a function.
--! case function print
CREATE FUNCTION dbo.FBad (@a int) RETURNS int AS BEGIN PRINT 'x'; RETURN 1; END
--> error 443, severity 16, procedure FBad: Invalid use of a side-effecting operator 'PRINT' within a function.
--! case function exec
CREATE FUNCTION dbo.FBad (@a int) RETURNS int AS BEGIN EXEC ('x'); RETURN 1; END
--> error 443, severity 16: Invalid use of a side-effecting operator 'EXECUTE STRING' within a function.
--! case function select
CREATE FUNCTION dbo.FBad (@a int) RETURNS int AS BEGIN SELECT 1 AS a; RETURN 1; END
--> error 444, severity 16, procedure FBad: Select statements included within a function cannot return data to a client.
--! case function no return
CREATE FUNCTION dbo.FBad (@a int) RETURNS int AS BEGIN DECLARE @x int = 1; END
--> error 455, severity 16, procedure FBad: The last statement included within a function must be a return statement.
--! case function getdate is fine
CREATE FUNCTION dbo.FNow () RETURNS datetime AS BEGIN RETURN GETDATE(); END
GO
SELECT CASE WHEN dbo.FNow() IS NULL THEN 0 ELSE 1 END AS a;
--> 1
--! case scalar function too few args
CREATE FUNCTION dbo.FTwo (@a int, @b int = 2) RETURNS int AS BEGIN RETURN @a + @b; END
GO
SELECT dbo.FTwo(1) AS a;
--> error 313, severity 16: An insufficient number of arguments were supplied for the procedure or function dbo.FTwo.
GO
SELECT dbo.FTwo(1, DEFAULT) AS a;
--> 3
GO
SELECT dbo.FTwo(1, 2, 3) AS a;
--> error 8144, severity 16: Procedure or function dbo.FTwo has too many arguments specified.
--! case function missing
SELECT dbo.FNope(1) AS a;
--> error 4121, severity 16: Cannot find either column "dbo" or the user-defined function or aggregate "dbo.FNope", or the name is ambiguous.
--! case temp index and alter
CREATE TABLE #a (Id int NOT NULL);
CREATE UNIQUE CLUSTERED INDEX cx ON #a (Id);
ALTER TABLE #a ADD b int NOT NULL DEFAULT 5;
INSERT INTO #a (Id) VALUES (1);
SELECT Id, b FROM #a;
DROP INDEX cx ON #a;
INSERT INTO #a (Id) VALUES (1);
SELECT COUNT(*) AS n FROM #a;
--> 1 | 5
--> next
--> 2
--! case create table in schema that is not there
CREATE TABLE Nope1.T (a int);
--> error 2760, severity 16: The specified schema name "Nope1" either does not exist or you do not have permission to use it.
--! case create type twice
CREATE TYPE dbo.TTwice FROM int;
GO
CREATE TYPE dbo.TTwice FROM int;
--> error 219, severity 16: The type 'dbo.TTwice' already exists, or you do not have permission to create it.
--! case type in use
CREATE TYPE dbo.TUsed FROM int;
GO
CREATE TABLE dbo.UsesT (a dbo.TUsed);
DROP TYPE dbo.TUsed;
--> error 3732, severity 16: Cannot drop type 'dbo.TUsed' because it is being referenced by object 'UsesT'. There may be other objects that reference this type.
--! case a value for a table without a list of columns
INSERT INTO dbo.Chk VALUES (1, 'xx', 3);
--> error 213, severity 16, state 1: Column name or number of supplied values does not match table definition.
--! case a foreign key that goes round in a circle
BEGIN TRY
    EXEC (N'CREATE TABLE dbo.FkCyc (Id int NOT NULL PRIMARY KEY, Up int NULL CONSTRAINT FK_Cyc REFERENCES dbo.FkCyc (Id) ON DELETE CASCADE);');
END TRY
BEGIN CATCH
    PRINT 'not made';
END CATCH;
SELECT OBJECT_ID(N'dbo.FkCyc') AS id;
--> print not made
--> NULL
--! case a foreign key by which a deletion would reach a table by two ways
CREATE TABLE dbo.FkTop (Id int NOT NULL CONSTRAINT PK_FkTop PRIMARY KEY);
CREATE TABLE dbo.FkMid (Id int NOT NULL CONSTRAINT PK_FkMid PRIMARY KEY CONSTRAINT FK_Mid REFERENCES dbo.FkTop (Id) ON DELETE CASCADE);
GO
BEGIN TRY
    EXEC (N'CREATE TABLE dbo.FkLow (A int NOT NULL CONSTRAINT FK_LowA REFERENCES dbo.FkTop (Id) ON DELETE CASCADE, B int NOT NULL CONSTRAINT FK_LowB REFERENCES dbo.FkMid (Id) ON DELETE CASCADE);');
END TRY
BEGIN CATCH
    PRINT 'not made';
END CATCH;
SELECT OBJECT_ID(N'dbo.FkLow') AS id;
CREATE TABLE dbo.FkLow (A int NOT NULL CONSTRAINT FK_LowA REFERENCES dbo.FkTop (Id), B int NOT NULL CONSTRAINT FK_LowB REFERENCES dbo.FkMid (Id) ON DELETE CASCADE);
--> print not made
--> NULL
--! case a scalar function calls itself
--? refused: functions that call themselves
CREATE FUNCTION dbo.FRec (@n int) RETURNS int AS BEGIN RETURN CASE WHEN @n <= 0 THEN 0 ELSE 1 + dbo.FRec(@n - 1) END; END
GO
SELECT dbo.FRec(20) AS a;
--> 20
