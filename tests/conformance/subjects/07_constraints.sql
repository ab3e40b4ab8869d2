-- Constraints: 547, 515, 2627, 2601
--! setup
CREATE TABLE dbo.Parents (Id int NOT NULL CONSTRAINT PK_Parents PRIMARY KEY);
CREATE TABLE dbo.Children (Id int NOT NULL CONSTRAINT PK_Children PRIMARY KEY, ParentId int NULL CONSTRAINT FK_Children_Parents REFERENCES dbo.Parents (Id), Age int NOT NULL CONSTRAINT DF_Children_Age DEFAULT (1) CONSTRAINT CK_Children_Age CHECK (Age > 0), Code varchar(5) NULL);
CREATE UNIQUE INDEX UX_Children_Code ON dbo.Children (Code) WHERE Code IS NOT NULL;
--! each
DELETE FROM dbo.Children;
DELETE FROM dbo.Parents;
INSERT INTO dbo.Parents (Id) VALUES (1);
--! case a primary key
INSERT INTO dbo.Parents (Id) VALUES (1);
--> error 2627, severity 14, state 1, line 1: Violation of PRIMARY KEY constraint 'PK_Parents'. Cannot insert duplicate key in object 'dbo.Parents'. The duplicate key value is (1).
--> message 3621: The statement has been terminated.
--! case a unique index
INSERT INTO dbo.Children (Id, Code) VALUES (1, 'a'), (2, 'A');
--> error 2601, severity 14, state 1: Cannot insert duplicate key row in object 'dbo.Children' with unique index 'UX_Children_Code'. The duplicate key value is (…).
--! case a filtered unique index lets NULLs be
INSERT INTO dbo.Children (Id, Code) VALUES (1, NULL), (2, NULL);
SELECT COUNT(*) AS n FROM dbo.Children;
--> 2
--! case a foreign key at insertion
INSERT INTO dbo.Children (Id, ParentId) VALUES (1, 7);
--> error 547, severity 16, line 1: The INSERT statement conflicted with the FOREIGN KEY constraint "FK_Children_Parents". The conflict occurred in database "…", table "dbo.Parents", column 'Id'.
--! case a foreign key at update
INSERT INTO dbo.Children (Id, ParentId) VALUES (1, 1);
UPDATE dbo.Children SET ParentId = 7;
--> error 547, severity 16: The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_Children_Parents". The conflict occurred in database "…", table "dbo.Parents", column 'Id'.
--! case a foreign key at deletion
INSERT INTO dbo.Children (Id, ParentId) VALUES (1, 1);
DELETE FROM dbo.Parents;
--> error 547, severity 16: The DELETE statement conflicted with the REFERENCE constraint "FK_Children_Parents". The conflict occurred in database "…", table "dbo.Children", column 'ParentId'.
--! case a check
INSERT INTO dbo.Children (Id, Age) VALUES (1, 0);
--> error 547, severity 16: The INSERT statement conflicted with the CHECK constraint "CK_Children_Age". The conflict occurred in database "…", table "dbo.Children", column 'Age'.
--! case NULL at insertion
INSERT INTO dbo.Children (Id, Age) VALUES (1, NULL);
--> error 515, severity 16, state 2: Cannot insert the value NULL into column 'Age', table '….dbo.Children'; column does not allow nulls. INSERT fails.
--! case NULL at update
INSERT INTO dbo.Children (Id) VALUES (1);
UPDATE dbo.Children SET Age = NULL;
--> error 515, severity 16, state 2: Cannot insert the value NULL into column 'Age', table '….dbo.Children'; column does not allow nulls. UPDATE fails.
--! case a column without a value and without a default
INSERT INTO dbo.Children (ParentId) VALUES (1);
--> error 515, severity 16, state 2: Cannot insert the value NULL into column 'Id', table '….dbo.Children'; column does not allow nulls. INSERT fails.
--! case a default, stated or left out
INSERT INTO dbo.Children (Id, Age) VALUES (1, DEFAULT);
INSERT INTO dbo.Children (Id) VALUES (2);
SELECT Age FROM dbo.Children;
--> 1
--> 1
--! case a failed statement leaves none of its rows
INSERT INTO dbo.Parents (Id) VALUES (2), (3), (1);
--> error 2627
GO
SELECT Id FROM dbo.Parents;
--> 1
--! case keys may be exchanged by one update
INSERT INTO dbo.Parents (Id) VALUES (2), (3);
UPDATE dbo.Parents SET Id = Id + 1;
SELECT Id FROM dbo.Parents ORDER BY Id;
--> 2
--> 3
--> 4
--! case two keys change places
INSERT INTO dbo.Parents (Id) VALUES (2), (3);
UPDATE dbo.Parents SET Id = CASE Id WHEN 2 THEN 3 ELSE 2 END WHERE Id IN (2, 3);
SELECT @@ROWCOUNT AS n;
SELECT Id FROM dbo.Parents ORDER BY Id;
--> 2
--> next
--> 1
--> 2
--> 3
--! case shifted keys that meet another one are a duplicate, and nothing is changed
INSERT INTO dbo.Parents (Id) VALUES (2), (3), (5);
UPDATE dbo.Parents SET Id = Id + 1 WHERE Id > 1 AND Id < 5;
UPDATE dbo.Parents SET Id = Id + 1 WHERE Id < 5;
SELECT Id FROM dbo.Parents ORDER BY Id;
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_Parents'. Cannot insert duplicate key in object 'dbo.Parents'. The duplicate key value is (5).
--> 1
--> 3
--> 4
--> 5
--! case keys shifted in a transaction, with OUTPUT, and in a table of a session
CREATE TABLE #k (Id int NOT NULL PRIMARY KEY, Name varchar(10) NOT NULL UNIQUE);
INSERT INTO #k VALUES (1, 'a'), (2, 'b'), (3, 'c');
BEGIN TRANSACTION;
DECLARE @o TABLE (Id int, Name varchar(10));
UPDATE #k SET Id = Id + 1, Name = CHAR(ASCII(Name) + 1) OUTPUT deleted.Id, inserted.Name INTO @o;
ROLLBACK TRANSACTION;
SELECT Id, Name FROM @o ORDER BY Id;
UPDATE #k SET Id = 4 - Id;
UPDATE k SET Name = o.Name FROM #k AS k INNER JOIN #k AS o ON o.Id = 4 - k.Id;
SELECT Id, Name FROM #k ORDER BY Id;
INSERT INTO #k VALUES (1, 'd');
--> 1 | b
--> 2 | c
--> 3 | d
--> next
--> 1 | a
--> 2 | b
--> 3 | c
--> error 2627, severity 14: Violation of PRIMARY KEY constraint …
--! case too many values
INSERT INTO dbo.Parents (Id) VALUES (1, 2);
--> error 110, severity 15, state 1: There are fewer columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.
--! case too few values
INSERT INTO dbo.Children (Id, Age) VALUES (1);
--> error 109, severity 15, state 1: There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.
--! case a query that does not fit the table
INSERT INTO dbo.Parents SELECT 1, 2;
--> error 213, severity 16, state 1: Column name or number of supplied values does not match table definition.
--! case a column named twice
INSERT INTO dbo.Children (Id, Id) VALUES (1, 2);
--> error 264, severity 16, state 1: The column name 'Id' is specified more than once in the SET clause or column list of an INSERT. A column cannot be assigned more than one value in the same clause. Modify the clause to make sure that a column is updated only once. If this statement updates or inserts columns into a view, column aliasing can conceal the duplication in your code.
--! case an unknown column
INSERT INTO dbo.Parents (Foo) VALUES (1);
--> error 207, severity 16, state 1: Invalid column name 'Foo'.
--! case an unknown table
INSERT INTO dbo.Nowhere (Foo) VALUES (1);
--> error 208, severity 16, state 1: Invalid object name 'dbo.Nowhere'.
--! case a table that exists
CREATE TABLE dbo.Parents (a int);
--> error 2714, severity 16, state 6: There is already an object named 'Parents' in the database.
--! case a table that is referenced is not dropped
DROP TABLE dbo.Parents;
--> error 3726, severity 16, state 1: Could not drop object 'dbo.Parents' because it is referenced by a FOREIGN KEY constraint.
--! case a table that is referenced is not truncated
TRUNCATE TABLE dbo.Parents;
--> error 4712, severity 16, state 1: Cannot truncate table 'dbo.Parents' because it is being referenced by a FOREIGN KEY constraint.
--! case a table that does not exist is not dropped
DROP TABLE dbo.Nowhere;
--> error 3701, severity 11, state 5: Cannot drop the table 'dbo.Nowhere', because it does not exist or you do not have permission.
GO
DROP TABLE IF EXISTS dbo.Nowhere;
