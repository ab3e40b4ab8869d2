-- Table types, table-valued parameters, alias types
--! setup
CREATE TYPE dbo.IdList AS TABLE (Id int NOT NULL PRIMARY KEY);
CREATE TYPE dbo.Line AS TABLE (
    No int IDENTITY(1, 1) NOT NULL,
    Code varchar(10) NOT NULL,
    Price decimal(9, 2) NOT NULL DEFAULT 1.5,
    Note nvarchar(20) NULL,
    UNIQUE (Code)
);
CREATE TYPE dbo.OtherList AS TABLE (Id int NOT NULL PRIMARY KEY);
CREATE TYPE dbo.ShortName FROM varchar(5) NOT NULL;
CREATE TABLE dbo.Chosen (Id int NOT NULL CONSTRAINT PK_Chosen PRIMARY KEY, Name dbo.ShortName);
INSERT INTO dbo.Chosen VALUES (1, 'a'), (2, 'b'), (3, 'c');
GO
CREATE PROCEDURE dbo.CountChosen @Ids dbo.IdList READONLY, @N int OUTPUT AS
BEGIN
    SET NOCOUNT ON;
    SET @N = (SELECT COUNT(*) FROM dbo.Chosen AS c INNER JOIN @Ids AS i ON i.Id = c.Id);
END
GO
CREATE PROCEDURE dbo.ShowLines @Lines dbo.Line READONLY AS
    SELECT No, Code, Price, Note FROM @Lines ORDER BY No;
GO
CREATE PROCEDURE dbo.PassOn @Ids dbo.IdList READONLY AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @n int;
    EXEC dbo.CountChosen @Ids = @Ids, @N = @n OUTPUT;
    SELECT @n AS n;
END
GO
CREATE PROCEDURE dbo.Named @Name dbo.ShortName = 'x' AS
    SELECT @Name AS Name;
--! case a variable of a table type
DECLARE @ids dbo.IdList;
INSERT INTO @ids (Id) VALUES (2), (1);
SELECT Id FROM @ids ORDER BY Id;
--> columns Id int not null
--> 1
--> 2
--! case its key holds
DECLARE @ids dbo.IdList;
INSERT INTO @ids (Id) VALUES (2), (2);
--> error 2627, severity 14: Violation of PRIMARY KEY constraint '…'. Cannot insert duplicate key in object 'dbo.@ids'.…
--! case its columns are NOT NULL
DECLARE @ids dbo.IdList;
INSERT INTO @ids (Id) VALUES (NULL);
--> error 515, severity 16: Cannot insert the value NULL into column 'Id', table '@ids'; column does not allow nulls. INSERT fails.
--! case identity and defaults of a table type
DECLARE @l dbo.Line;
INSERT INTO @l (Code) VALUES ('a'), ('b');
INSERT INTO @l (Code, Price, Note) VALUES ('c', 2, N'n');
SELECT No, Code, Price, Note FROM @l ORDER BY No;
--> 1 | a | 1.50 | NULL
--> 2 | b | 1.50 | NULL
--> 3 | c | 2.00 | n
--! case a table as an argument
DECLARE @ids dbo.IdList, @n int;
INSERT INTO @ids (Id) VALUES (1), (3), (9);
EXEC dbo.CountChosen @Ids = @ids, @N = @n OUTPUT;
SELECT @n AS n;
--> 2
--! case an argument left out is an empty table
DECLARE @n int;
EXEC dbo.CountChosen @N = @n OUTPUT;
SELECT @n AS n;
--> 0
--! case a table variable that was never filled
DECLARE @ids dbo.IdList, @n int;
EXEC dbo.CountChosen @ids, @n OUTPUT;
SELECT @n AS n;
--> 0
--! case DEFAULT as an argument is an empty table
DECLARE @n int;
EXEC dbo.CountChosen DEFAULT, @n OUTPUT;
SELECT @n AS n;
--> 0
--! case a procedure passes its table on
DECLARE @ids dbo.IdList;
INSERT INTO @ids (Id) VALUES (1), (2), (3), (4);
EXEC dbo.PassOn @ids;
--> 3
--! case quotes, commas and braces arrive as they are
DECLARE @l dbo.Line;
INSERT INTO @l (Code, Note) VALUES ('a"b', N'x,y{}'), ('c''d', N'\ "'), ('', NULL);
EXEC dbo.ShowLines @l;
--> 1 | a"b | 1.50 | x,y{}
--> 2 | c'd | 1.50 | \ "
--> 3 | '' | 1.50 | NULL
--! case another type with the same columns does not fit
DECLARE @ids dbo.OtherList;
EXEC dbo.PassOn @ids;
--> error 206, severity 16, state 2: Operand type clash: OtherList is incompatible with IdList
--! case a table without a type does not fit
DECLARE @ids TABLE (Id int NOT NULL PRIMARY KEY);
EXEC dbo.PassOn @ids;
--> error 206, severity 16, state 2: Operand type clash: table is incompatible with IdList
--! case a number is no table
EXEC dbo.PassOn 5;
--> error 206, severity 16, state 2: Operand type clash: int is incompatible with IdList
--! case a table parameter cannot be changed
CREATE PROCEDURE dbo.Changes @Ids dbo.IdList READONLY AS INSERT INTO @Ids (Id) VALUES (1);
--> error 10700, severity 16: The table-valued parameter "@Ids" is READONLY and cannot be modified.
--! case a table parameter has to be READONLY
CREATE PROCEDURE dbo.NotReadOnly @Ids dbo.IdList AS SELECT Id FROM @Ids;
--> error 352, severity 15: The table-valued parameter "@Ids" must be declared with the READONLY option.
--! case a type that does not exist
DECLARE @x dbo.NoSuchType;
--> error 2715, severity 16: Column, parameter, or variable #1: Cannot find data type dbo.NoSuchType.
--! case a type in use is not dropped
DROP TYPE dbo.IdList;
--> error 3732, severity 16: Cannot drop type 'dbo.IdList' because it is being referenced by object '…'. There may be other objects that reference this type.
--! case alias types of columns, variables and parameters
DECLARE @n dbo.ShortName = 'abcdefgh';
SELECT @n AS n;
EXEC dbo.Named;
EXEC dbo.Named @Name = 'long name';
--> columns n varchar(5)
--> abcde
--> columns Name varchar(5)
--> x
--> next
--> 'long '
--! case rows survive a rollback
DECLARE @ids dbo.IdList;
BEGIN TRANSACTION;
INSERT INTO @ids (Id) VALUES (1);
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS n FROM @ids;
--> 1
--! case the catalogue knows the type
SELECT t.name, t.is_table_type FROM sys.types AS t WHERE t.name IN ('IdList', 'ShortName') ORDER BY t.name;
SELECT c.name FROM sys.table_types AS t INNER JOIN sys.columns AS c ON c.object_id = t.type_table_object_id WHERE t.name = 'Line' ORDER BY c.column_id;
--> IdList | 1
--> ShortName | 0
--> next
--> No
--> Code
--> Price
--> Note
