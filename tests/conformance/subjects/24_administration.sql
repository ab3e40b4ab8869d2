-- What administrators type: identities, indexes, statistics, definitions; what is refused by name
--! setup
CREATE TABLE dbo.Ided (Id int IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Ided PRIMARY KEY, a int NULL);
CREATE TABLE dbo.Plain1 (a int NOT NULL, b AS a * 2, c varchar(5) NOT NULL CONSTRAINT DF_Plain1 DEFAULT ('x'));
--! each
DELETE FROM dbo.Plain1;
TRUNCATE TABLE dbo.Ided;
INSERT INTO dbo.Ided (a) VALUES (1), (2);
--! case DBCC CHECKIDENT tells where the numbers are
DBCC CHECKIDENT ('dbo.Ided', NORESEED);
--> message 7998, state 1: Checking identity information: current identity value '2', current column value '2'.
--> message 2528, state 1: DBCC execution completed. If DBCC printed error messages, contact your system administrator.
--! case DBCC CHECKIDENT sets the number before the next
DBCC CHECKIDENT (N'dbo.Ided', RESEED, 10) WITH NO_INFOMSGS;
INSERT INTO dbo.Ided (a) VALUES (3);
SELECT MAX(Id) AS m FROM dbo.Ided;
--> 11
--! case after TRUNCATE the number set is the first one
TRUNCATE TABLE dbo.Ided;
DBCC CHECKIDENT ('dbo.Ided', RESEED, 50) WITH NO_INFOMSGS;
INSERT INTO dbo.Ided (a) VALUES (3);
SELECT MAX(Id) AS m FROM dbo.Ided;
--> 50
--! case DBCC CHECKIDENT of a table without an identity column
DBCC CHECKIDENT ('dbo.Plain1');
--> error 7997, severity 16: '…Plain1' does not contain an identity column.
--! case TRUNCATE TABLE starts the numbers again and may be undone
BEGIN TRANSACTION;
TRUNCATE TABLE dbo.Ided;
SELECT COUNT(*) AS n FROM dbo.Ided;
ROLLBACK TRANSACTION;
SELECT COUNT(*) AS n FROM dbo.Ided;
--> 0
--> next
--> 2
--! case indexes are rebuilt and statistics renewed without a word
ALTER INDEX ALL ON dbo.Ided REBUILD WITH (FILLFACTOR = 90);
ALTER INDEX PK_Ided ON dbo.Ided REORGANIZE;
UPDATE STATISTICS dbo.Ided WITH FULLSCAN;
PRINT 'done';
--> print done
--! case an index that does not exist is not rebuilt
ALTER INDEX IX_Nowhere ON dbo.Ided REBUILD;
--> error 7999, severity 16: Could not find any index named 'IX_Nowhere' for table 'dbo.Ided'.
--! case a computed column
INSERT INTO dbo.Plain1 (a) VALUES (21);
SELECT a, b, c FROM dbo.Plain1;
UPDATE dbo.Plain1 SET a = 5;
SELECT b FROM dbo.Plain1 WHERE b > 9;
--> 21 | 42 | x
--> next
--> 10
--! case a computed column is not written
INSERT INTO dbo.Plain1 (a, b) VALUES (1, 2);
--> error 271, severity 16, state 1: The column "b" cannot be modified because it is either a computed column or is the result of a UNION operator.
--! case INSERT of DEFAULT VALUES
CREATE TABLE dbo.AllDefaults (Id int IDENTITY(5, 1) NOT NULL, a int NULL, b varchar(3) NOT NULL CONSTRAINT DF_AllDefaults DEFAULT ('abc'));
INSERT INTO dbo.AllDefaults DEFAULT VALUES;
INSERT INTO dbo.AllDefaults (a, b) VALUES (DEFAULT, DEFAULT);
SELECT Id, a, b FROM dbo.AllDefaults ORDER BY Id;
--> 5 | NULL | abc
--> 6 | NULL | abc
--! case a column is added, filled, made NOT NULL and dropped
CREATE TABLE dbo.Changing (Id int NOT NULL);
INSERT INTO dbo.Changing VALUES (1);
GO
ALTER TABLE dbo.Changing ADD Note varchar(5) NULL, Size int NOT NULL CONSTRAINT DF_Changing_Size DEFAULT (3);
GO
UPDATE dbo.Changing SET Note = 'n';
ALTER TABLE dbo.Changing ALTER COLUMN Note varchar(20) NOT NULL;
SELECT Id, Note, Size FROM dbo.Changing;
--> columns Id int not null, Note varchar(20) not null, Size int not null
--> 1 | n | 3
GO
ALTER TABLE dbo.Changing DROP CONSTRAINT DF_Changing_Size;
ALTER TABLE dbo.Changing DROP COLUMN Size;
SELECT * FROM dbo.Changing;
--> columns Id, Note
--> 1 | n
--! case a check that the rows do not meet is not added
INSERT INTO dbo.Plain1 (a) VALUES (-1);
ALTER TABLE dbo.Plain1 ADD CONSTRAINT CK_Plain1 CHECK (a > 0);
--> error 547, severity 16: The ALTER TABLE statement conflicted with the CHECK constraint "CK_Plain1". The conflict occurred in database "…", table "dbo.Plain1"…
--! case a table variable holds to its CHECK
DECLARE @t TABLE (a int CHECK (a > 0), b int, CHECK (b > a));
INSERT INTO @t VALUES (1, 2), (NULL, NULL);
INSERT INTO @t VALUES (0, 2);
UPDATE @t SET b = 0 WHERE a = 1;
SELECT COUNT(*) AS n FROM @t;
--> error 547, severity 16: The INSERT statement conflicted with the CHECK constraint "CK__…". The conflict occurred in database "tempdb", table "@t"…
--> error 547, severity 16: The UPDATE statement conflicted with the CHECK constraint "CK__…". The conflict occurred in database "tempdb", table "@t"…
--> 2
--! case TOP in changes of a table variable
DECLARE @t TABLE (a int);
INSERT INTO @t VALUES (1), (2), (3);
DELETE TOP (2) FROM @t;
SELECT @@ROWCOUNT AS r, COUNT(*) AS n FROM @t;
--> 2 | 1
--! case JSON_OBJECT and JSON_ARRAY
SELECT JSON_OBJECT('a': 1, 'b': N'x"y', 'c': NULL) AS a, JSON_ARRAY(1, 'x', NULL) AS b, JSON_OBJECT('a': NULL, 'b': 2 ABSENT ON NULL) AS c, JSON_ARRAY(1, NULL NULL ON NULL) AS d;
--> {"a":1,"b":"x\"y","c":null} | [1,"x"] | {"b":2} | [1,null]
--! case JSON_OBJECT of JSON
SELECT JSON_OBJECT('list': JSON_ARRAY(1, 2), 'part': JSON_QUERY('{"x":[true]}', '$.x'), 'none': JSON_ARRAY()) AS a;
--> {"list":[1,2],"part":[true],"none":[]}
--! case ISJSON of a kind
SELECT ISJSON('[]', ARRAY) AS a, ISJSON('1', SCALAR) AS b, ISJSON('{}', OBJECT) AS c, ISJSON('[]', OBJECT) AS d, ISJSON('"x"', VALUE) AS e, ISJSON('"x"') AS f;
--> 1 | 1 | 1 | 0 | 1 | 0
--! case JSON_PATH_EXISTS
SELECT JSON_PATH_EXISTS('{"a":{"b":null}}', '$.a.b') AS a, JSON_PATH_EXISTS('{"a":1}', '$.z') AS b, JSON_PATH_EXISTS(NULL, '$.z') AS c;
--> 1 | 0 | NULL
--! case JSON_MODIFY appends, keeps NULL in strict mode, takes JSON
SELECT JSON_MODIFY('{"a":[1]}', 'append $.a', 2) AS a, JSON_MODIFY('{"a":1}', 'strict $.a', NULL) AS b, JSON_MODIFY('{"a":1}', '$.b', JSON_QUERY('[1,2]')) AS c, JSON_MODIFY('{"a":1}', '$.b', '[1,2]') AS d;
--> {"a":[1,2]} | {"a":null} | {"a":1,"b":[1,2]} | {"a":1,"b":"[1,2]"}
--! case JSON_MODIFY of a missing property, strict
SELECT JSON_MODIFY('{"a":1}', 'strict $.b', 2) AS a;
--> error 13608, severity 16: Property cannot be found on the specified JSON path.
--! case JSON_VALUE of an object or of too long a text, lax and strict
SELECT JSON_VALUE('{"a":{}}', '$.a') AS a, LEN(JSON_VALUE('{"a":"' + REPLICATE(CAST('x' AS varchar(max)), 4001) + '"}', '$.a')) AS b;
SELECT JSON_VALUE('{"a":{}}', 'strict $.a') AS a;
--> NULL | NULL
--> error 13623, severity 16: Scalar value cannot be found in the specified JSON path.
--! case a path that is none
SELECT JSON_VALUE('{"a":1}', 'a') AS a;
--> error 13607, severity 16: JSON path is not properly formatted. Unexpected character 'a' is found at position 0.
--! case CONCAT_WS, TRIM, LTRIM and RTRIM with characters
SELECT CONCAT_WS(', ', 'a', NULL, '', 1) AS a, TRIM('x' FROM 'xxaxx') AS b, TRIM(LEADING 'x' FROM 'xax') AS c, TRIM(TRAILING 'x' FROM 'xax') AS d, LTRIM('xya', 'xy') AS e, RTRIM('ayx', 'xy') AS f;
--> a, , 1 | a | ax | xa | a | a
--! case GREATEST and LEAST of several types, without NULLs
SELECT GREATEST(1, 2.5, NULL) AS a, LEAST(CAST('2024-01-02' AS date), CAST('2024-01-01' AS date)) AS b, GREATEST('a', 'B') AS c, LEAST(NULL, NULL) AS d;
--> 2.5 | 2024-01-01 | B | NULL
--! case TRY_CONVERT with styles, TRY_CAST of overflow
SELECT TRY_CONVERT(date, '31/12/2024', 103) AS a, TRY_CONVERT(date, '31/12/2024', 101) AS b, TRY_CAST('9999999999' AS int) AS c, TRY_CAST(12345.678 AS decimal(5, 2)) AS d, TRY_CONVERT(uniqueidentifier, 'x') AS e;
--> 2024-12-31 | NULL | NULL | NULL | NULL
--! case CHOOSE and IIF with NULL
SELECT CHOOSE(0, 'a') AS a, CHOOSE(1, 1, 2.5) AS b, IIF(NULL > 1, 'y', 'n') AS c, CHOOSE(NULL, 'a') AS d;
--> NULL | 1.0 | n | NULL
--! case a name of a synonym
--? refused: synonyms
CREATE SYNONYM dbo.Another FOR dbo.Plain1;
--! case a trigger
--? refused: triggers
CREATE TRIGGER dbo.After1 ON dbo.Plain1 AFTER INSERT AS PRINT 'inserted';
--! case COMPRESS and DECOMPRESS
--? refused: `COMPRESS`
SELECT CAST(DECOMPRESS(COMPRESS('abc')) AS varchar(3)) AS a;
--> abc
--! case SET ROWCOUNT
--? refused: `ROWCOUNT 5`
SET ROWCOUNT 2;
SELECT x FROM (VALUES (1), (2), (3)) AS t (x) ORDER BY x;
--> 1
--> 2
--! case ANSI_NULLS OFF
--? refused: `ANSI_NULLS OFF`
SET ANSI_NULLS OFF;
SELECT 1 AS a WHERE NULL = NULL;
--> 1
--! case SET DATEFIRST
--? refused: `DATEFIRST 1`
SET DATEFIRST 1;
SELECT DATEPART(weekday, '2024-01-08') AS a, @@DATEFIRST AS b;
--> 1 | 1
--! case SET DATEFORMAT
--? refused: `DATEFORMAT dmy`
SET DATEFORMAT dmy;
SELECT CAST('06/05/2024' AS datetime) AS a;
--> 2024-05-06 00:00:00.000
--! case WITH RESULT SETS
--? refused: `WITH RESULT SETS`
EXEC sp_executesql N'SELECT 1 AS a' WITH RESULT SETS ((b bigint NOT NULL));
--> columns b bigint not null
--> 1
--! case a function gets other parameters, another result, other columns
CREATE FUNCTION dbo.Recast (@a int) RETURNS int AS BEGIN RETURN @a; END
GO
ALTER FUNCTION dbo.Recast (@b varchar(10)) RETURNS varchar(20) AS BEGIN RETURN @b + '!'; END
GO
SELECT dbo.Recast('x') AS a;
--> columns a varchar(20)
--> x!
GO
CREATE OR ALTER FUNCTION dbo.Recast (@b varchar(10), @c int) RETURNS int AS BEGIN RETURN LEN(@b) + @c; END
GO
SELECT dbo.Recast('xyz', 2) AS a;
DROP FUNCTION dbo.Recast;
--> columns a int
--> 5
GO
CREATE FUNCTION dbo.Widened (@a int) RETURNS @t TABLE (x int) AS BEGIN INSERT INTO @t VALUES (@a); RETURN; END
GO
ALTER FUNCTION dbo.Widened (@a int) RETURNS @t TABLE (x int, y varchar(3)) AS BEGIN INSERT INTO @t VALUES (@a, 'abc'); RETURN; END
GO
SELECT * FROM dbo.Widened(4);
DROP FUNCTION dbo.Widened;
--> 4 | abc
--! case KILL takes the number of a session, not an expression
DECLARE @s int = 53;
KILL @s;
--> error 102, severity 15: Incorrect syntax near '@s'.
--! case KILL of a number that no session can have
KILL 0;
--> error 6101, severity 16, state 1, line 1: Session ID 0 is not valid.
GO
KILL -2;
--> error 6101, severity 16: Session ID -2 is not valid.
GO
KILL 32768;
--> error 6101, severity 16: Session ID 32768 is not valid.
--! case KILL of the server's own sessions
KILL 7;
--> error 6107, severity 14, state 1: Only user processes can be killed.
--! case KILL of a session that is not there, with and without a question
KILL 32767;
--> error 6106, severity 16, state 2: Process ID 32767 is not an active process ID.
GO
KILL 32767 WITH STATUSONLY;
--> error 6106, severity 16, state 2: Process ID 32767 is not an active process ID.
--! case KILL of the own session, in a text
DECLARE @t nvarchar(40) = CONCAT(N'KILL ', @@SPID);
EXEC (@t);
SELECT @@ERROR AS e;
--> error 6104, severity 16, state 1: Cannot use KILL to kill your own process.
--> 6104
--! case KILL in a transaction
BEGIN TRANSACTION;
KILL 32767;
SELECT @@TRANCOUNT AS t;
ROLLBACK TRANSACTION;
--> error 6115, severity 16, state 1: KILL command cannot be used inside user transactions.
--> 1
--! case an error of KILL is caught
BEGIN TRY
    KILL 32767;
END TRY
BEGIN CATCH
    SELECT ERROR_NUMBER() AS n, ERROR_SEVERITY() AS s, ERROR_LINE() AS l;
END CATCH;
--> 6106 | 16 | 2
--! case KILL WITH STATUSONLY of the own session
DECLARE @t nvarchar(40) = CONCAT(N'KILL ', @@SPID, N' WITH STATUSONLY');
EXEC (@t);
--> error 6104, severity 16: Cannot use KILL to kill your own process.
