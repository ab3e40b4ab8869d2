-- Changes: OUTPUT, joined updates, row counts, NOCOUNT, table variables
--! setup
CREATE TABLE dbo.Stock (Id int NOT NULL CONSTRAINT PK_Stock PRIMARY KEY, Amount int NOT NULL, Name varchar(10) NULL);
CREATE TABLE dbo.Moves (StockId int NOT NULL, Delta int NOT NULL);
--! each
DELETE FROM dbo.Stock; DELETE FROM dbo.Moves;
INSERT INTO dbo.Stock VALUES (1, 10, 'a'), (2, 20, 'b'), (3, 30, NULL);
--! case OUTPUT of an insertion
INSERT INTO dbo.Stock (Id, Amount) OUTPUT inserted.Id, inserted.Amount, inserted.Name VALUES (4, 40);
--> columns Id int not null, Amount int not null, Name varchar(10) null
--> 4 | 40 | NULL
--! case OUTPUT of an update shows before and after
UPDATE dbo.Stock SET Amount += 1 OUTPUT deleted.Amount AS old, inserted.Amount AS new WHERE Id = 1;
--> columns old int, new int
--> 10 | 11
--! case OUTPUT of a deletion
DELETE FROM dbo.Stock OUTPUT deleted.Id WHERE Id = 3;
--> 3
--! case OUTPUT INTO a table variable
DECLARE @t TABLE (Id int, Was int);
UPDATE dbo.Stock SET Amount = 0 OUTPUT inserted.Id, deleted.Amount INTO @t (Id, Was) WHERE Id < 3;
SELECT Id, Was FROM @t ORDER BY Id;
--> 1 | 10
--> 2 | 20
--! case all assignments see the row as it was
UPDATE dbo.Stock SET Id = Amount, Amount = Id WHERE Id = 1;
SELECT Id, Amount FROM dbo.Stock WHERE Id = 10;
--> 10 | 1
--! case a correlated update
INSERT INTO dbo.Moves VALUES (1, 5), (1, 6), (2, -1);
UPDATE s SET Amount = s.Amount + (SELECT SUM(m.Delta) FROM dbo.Moves AS m WHERE m.StockId = s.Id) FROM dbo.Stock AS s WHERE EXISTS (SELECT 1 FROM dbo.Moves AS m WHERE m.StockId = s.Id);
SELECT Id, Amount FROM dbo.Stock ORDER BY Id;
--> 1 | 21
--> 2 | 19
--> 3 | 30
--! case an update with a join changes a row once
INSERT INTO dbo.Moves VALUES (1, 5), (1, 5);
UPDATE s SET Amount = s.Amount + m.Delta FROM dbo.Stock AS s INNER JOIN dbo.Moves AS m ON m.StockId = s.Id;
SELECT @@ROWCOUNT AS n;
SELECT Amount FROM dbo.Stock WHERE Id = 1;
--> 1
--> next
--> 15
--! case a deletion with a join
INSERT INTO dbo.Moves VALUES (1, 0), (2, 0);
DELETE s FROM dbo.Stock AS s INNER JOIN dbo.Moves AS m ON m.StockId = s.Id;
SELECT @@ROWCOUNT AS n;
SELECT Id FROM dbo.Stock;
--> 2
--> next
--> 3
--! case TOP limits a change
DELETE TOP (2) FROM dbo.Stock;
SELECT @@ROWCOUNT AS n;
--> 2
--! case an update through a common table expression
WITH c AS (SELECT TOP (1) Amount FROM dbo.Stock ORDER BY Id DESC)
UPDATE c SET Amount = 99;
SELECT Id FROM dbo.Stock WHERE Amount = 99;
--> 3
--! case a variable and a column at once
DECLARE @a int;
UPDATE dbo.Stock SET @a = Amount = Amount + 1 WHERE Id = 1;
SELECT @a AS a;
--> 11
--! case @@ROWCOUNT of statements
DECLARE @n int;
UPDATE dbo.Stock SET Amount = 1 WHERE Id = 99;
SELECT @@ROWCOUNT AS a;
SELECT @n = Amount FROM dbo.Stock;
SELECT @@ROWCOUNT AS b;
SET @n = 1;
SELECT @@ROWCOUNT AS c;
--> 0
--> next
--> 3
--> next
--> 1
--! case counts go to the client
UPDATE dbo.Stock SET Amount = 1;
DELETE FROM dbo.Stock WHERE Id > 1;
--> rowcount 3
--> rowcount 2
--! case NOCOUNT ON keeps them back, not @@ROWCOUNT
SET NOCOUNT ON;
UPDATE dbo.Stock SET Amount = 1;
SELECT @@ROWCOUNT AS n;
--> 3
--! case an assignment from several rows keeps the last, from none the old value
DECLARE @n int = -1;
SELECT @n = Amount FROM dbo.Stock WHERE Id = 99;
SELECT @n AS n;
--> -1
--! case SET from no row is NULL
DECLARE @n int = -1;
SET @n = (SELECT Amount FROM dbo.Stock WHERE Id = 99);
SELECT @n AS n;
--> NULL
--! case SET from several rows is an error
DECLARE @n int;
SET @n = (SELECT Amount FROM dbo.Stock);
--> error 512, severity 16, state 1: Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.
--! case a table variable has keys
DECLARE @t TABLE (Id int NOT NULL PRIMARY KEY, Name varchar(5) NOT NULL DEFAULT ('x'));
INSERT INTO @t (Id) VALUES (1);
INSERT INTO @t (Id) VALUES (1);
SELECT COUNT(*) AS n, MIN(Name) AS m FROM @t;
--> error 2627, severity 14
--> 1 | x
--! case a table variable with identity
DECLARE @t TABLE (Id int IDENTITY(5, 5), Name varchar(5));
INSERT INTO @t (Name) VALUES ('a'), ('b');
SELECT Id, Name FROM @t ORDER BY Id;
--> 5 | a
--> 10 | b
--! case an insertion from a query keeps its order for identities
DECLARE @t TABLE (Id int IDENTITY(1, 1), Name varchar(10));
INSERT INTO @t (Name) SELECT Name FROM dbo.Stock WHERE Name IS NOT NULL ORDER BY Name DESC;
SELECT Id, Name FROM @t ORDER BY Id;
--> 1 | b
--> 2 | a
