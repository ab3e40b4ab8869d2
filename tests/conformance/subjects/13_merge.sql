-- MERGE: its clauses, $action, errors and row counts
--! each
IF OBJECT_ID('dbo.MergeTarget', 'U') IS NOT NULL DROP TABLE dbo.MergeTarget;
IF OBJECT_ID('dbo.MergeSource', 'U') IS NOT NULL DROP TABLE dbo.MergeSource;
CREATE TABLE dbo.MergeTarget (
    Id int NOT NULL CONSTRAINT PK_MergeTarget PRIMARY KEY,
    Name nvarchar(20) NULL,
    Amount int NOT NULL CONSTRAINT DF_MergeTarget_Amount DEFAULT 7 CONSTRAINT CK_MergeTarget CHECK (Amount < 1000)
);
CREATE TABLE dbo.MergeSource (Id int NOT NULL, Name nvarchar(20) NULL, Amount int NULL);
INSERT INTO dbo.MergeTarget (Id, Name, Amount) VALUES (1, N'one', 10), (2, N'two', 20), (3, N'three', 30);
INSERT INTO dbo.MergeSource (Id, Name, Amount) VALUES (2, N'TWO', 22), (3, N'THREE', 33), (4, N'FOUR', 44);
--! case update what matches, insert what does not
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET Amount = s.Amount
WHEN NOT MATCHED THEN INSERT (Id, Name, Amount) VALUES (s.Id, s.Name, s.Amount);
SELECT @@ROWCOUNT AS n;
SELECT Id, Name, Amount FROM dbo.MergeTarget ORDER BY Id;
--> 3
--> next
--> 1 | one | 10
--> 2 | two | 22
--> 3 | three | 33
--> 4 | FOUR | 44
--! case delete what the source lacks
MERGE INTO dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN NOT MATCHED BY SOURCE THEN DELETE;
SELECT Id FROM dbo.MergeTarget ORDER BY Id;
--> rowcount 1
--> 2
--> 3
--! case update what the source lacks
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN NOT MATCHED BY SOURCE AND t.Amount < 100 THEN UPDATE SET t.Amount += 1;
SELECT Id, Amount FROM dbo.MergeTarget ORDER BY Id;
--> 1 | 11
--> 2 | 20
--> 3 | 30
--! case BY TARGET is the same as NOT MATCHED alone
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN NOT MATCHED BY TARGET THEN INSERT (Id, Name) VALUES (s.Id, s.Name);
SELECT Id, Name, Amount FROM dbo.MergeTarget WHERE Id > 3;
--> 4 | FOUR | 7
--! case the first clause whose condition holds is taken
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED AND s.Amount > 30 THEN DELETE
WHEN MATCHED THEN UPDATE SET Name = s.Name;
SELECT Id, Name FROM dbo.MergeTarget ORDER BY Id;
--> 1 | one
--> 2 | TWO
--! case $action and both pseudo-tables in OUTPUT
DECLARE @log TABLE (Action nvarchar(10), Old int, New int);
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET Amount = s.Amount
WHEN NOT MATCHED BY TARGET THEN INSERT (Id, Amount) VALUES (s.Id, s.Amount)
WHEN NOT MATCHED BY SOURCE THEN DELETE
OUTPUT $action, deleted.Amount, inserted.Amount INTO @log;
SELECT Action, Old, New FROM @log ORDER BY COALESCE(New, 0);
--> columns Action nvarchar(10), Old int, New int
--> DELETE | 10 | NULL
--> UPDATE | 20 | 22
--> UPDATE | 30 | 33
--> INSERT | NULL | 44
--! case OUTPUT to the client with columns of the source
MERGE dbo.MergeTarget AS t USING (SELECT 4 AS Id, N'x' AS Word) AS s ON t.Id = s.Id
WHEN NOT MATCHED THEN INSERT (Id, Name) VALUES (s.Id, s.Word)
OUTPUT $action AS Deed, inserted.Id, s.Word;
--> columns Deed nvarchar(10), Id int, Word nvarchar(1)
--> INSERT | 4 | x
--! case an upsert of variables
DECLARE @id int = 9, @amount int = 90;
MERGE dbo.MergeTarget WITH (HOLDLOCK) AS t USING (VALUES (@id, @amount)) AS s (Id, Amount) ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET Amount = t.Amount + s.Amount
WHEN NOT MATCHED THEN INSERT (Id, Amount) VALUES (s.Id, s.Amount);
MERGE dbo.MergeTarget WITH (HOLDLOCK) AS t USING (VALUES (@id, @amount)) AS s (Id, Amount) ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET Amount = t.Amount + s.Amount
WHEN NOT MATCHED THEN INSERT (Id, Amount) VALUES (s.Id, s.Amount);
SELECT Amount FROM dbo.MergeTarget WHERE Id = 9;
--> 180
--! case DEFAULT in the values of MERGE
MERGE dbo.MergeTarget AS t USING (VALUES (5)) AS s (Id) ON t.Id = s.Id
WHEN NOT MATCHED THEN INSERT (Id, Amount) VALUES (s.Id, DEFAULT);
SELECT Amount FROM dbo.MergeTarget WHERE Id = 5;
--> 7
--! case MERGE after a common table expression, from a table variable
DECLARE @rows TABLE (Id int, Amount int);
INSERT INTO @rows (Id, Amount) VALUES (1, 100), (8, 800);
WITH wanted AS (SELECT Id, Amount FROM @rows WHERE Amount > 0)
MERGE dbo.MergeTarget AS t USING wanted AS s ON s.Id = t.Id
WHEN MATCHED THEN UPDATE SET Amount = s.Amount
WHEN NOT MATCHED THEN INSERT (Id, Amount) VALUES (s.Id, s.Amount);
SELECT Id, Amount FROM dbo.MergeTarget WHERE Id IN (1, 8) ORDER BY Id;
--> 1 | 100
--> 8 | 800
--! case a target row that matches twice
INSERT INTO dbo.MergeSource (Id, Amount) VALUES (2, 222);
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET Amount = s.Amount;
--> error 8672, severity 16, state 1, line 2: The MERGE statement attempted to UPDATE or DELETE the same row more than once.…
--! case two rows of the source with a new key
INSERT INTO dbo.MergeSource (Id, Amount) VALUES (4, 1);
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN NOT MATCHED THEN INSERT (Id, Amount) VALUES (s.Id, 5);
--> error 2627, severity 14: Violation of PRIMARY KEY constraint 'PK_MergeTarget'. Cannot insert duplicate key in object 'dbo.MergeTarget'. The duplicate key value is (4).
--! case a check that MERGE breaks
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED THEN UPDATE SET Amount = 5000;
--> error 547, severity 16: The MERGE statement conflicted with the CHECK constraint "CK_MergeTarget".…
--! case MERGE without its semicolon
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED THEN DELETE
--> error 10713, severity 15: A MERGE statement must be terminated by a semi-colon (;).
--! case the unconditional clause comes last
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED THEN DELETE
WHEN MATCHED AND s.Amount > 1 THEN UPDATE SET Amount = 1;
--> error 5324, severity 15: In a MERGE statement, a 'WHEN MATCHED' clause with a search condition cannot appear after a 'WHEN MATCHED' clause with no search condition.
--! case an action stands once for each kind
MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
WHEN MATCHED AND s.Amount > 1 THEN UPDATE SET Amount = 1
WHEN MATCHED THEN UPDATE SET Amount = 2;
--> error 10714, severity 15: An action of type 'WHEN MATCHED' cannot appear more than once in a 'UPDATE' clause of a MERGE statement.
--! case a failed MERGE leaves nothing behind
BEGIN TRY
    MERGE dbo.MergeTarget AS t USING dbo.MergeSource AS s ON t.Id = s.Id
    WHEN MATCHED THEN DELETE
    WHEN NOT MATCHED THEN INSERT (Id, Amount) VALUES (s.Id, 5000);
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS e, COUNT(*) AS n FROM dbo.MergeTarget;
END CATCH;
--> 547 | 3
