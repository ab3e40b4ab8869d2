-- Nothing is ignored: hints, options, arguments of functions, characters that a code page lacks
--! setup
CREATE TABLE dbo.Hint (Id int NOT NULL CONSTRAINT PK_Hint PRIMARY KEY, a int NULL, b varchar(20) NULL);
INSERT INTO dbo.Hint VALUES (1, 1, 'x'), (2, 2, 'y');
CREATE INDEX IX_Hint_a ON dbo.Hint (a, b);
GO
CREATE VIEW dbo.VHint AS SELECT Id FROM dbo.Hint;
--! case hints of one group exclude each other
SELECT Id FROM dbo.Hint WITH (ROWLOCK, PAGLOCK);
--> error 1047, severity 15, state 1: Conflicting locking hints specified.
GO
SELECT Id FROM dbo.Hint WITH (NOLOCK, HOLDLOCK);
--> error 1047, severity 15, state 1: Conflicting locking hints specified.
GO
SELECT Id FROM dbo.Hint WITH (ROWLOCK, TABLOCKX);
--> error 1047, severity 15, state 1: Conflicting locking hints specified.
GO
SELECT Id FROM dbo.Hint WITH (READCOMMITTED, REPEATABLEREAD);
--> error 1047, severity 15, state 1: Conflicting locking hints specified.
GO
SELECT Id FROM dbo.Hint WITH (UPDLOCK, ROWLOCK, READCOMMITTED) WHERE Id = 1;
--> 1
--! case the target of a change is not read without locks
UPDATE dbo.Hint WITH (NOLOCK) SET a = 1 WHERE Id = 1;
--> error 1065, severity 15, state 1: The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of INSERT, UPDATE, DELETE or MERGE statements.
GO
DELETE FROM dbo.Hint WITH (READUNCOMMITTED) WHERE Id = 99;
--> error 1065, severity 15, state 1: The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of INSERT, UPDATE, DELETE or MERGE statements.
GO
INSERT INTO dbo.Hint WITH (NOLOCK) VALUES (9, 9, 'z');
--> error 1065, severity 15, state 1: The NOLOCK and READUNCOMMITTED lock hints are not allowed for target tables of INSERT, UPDATE, DELETE or MERGE statements.
--! case READPAST and levels that keep what they read
SELECT Id FROM dbo.Hint WITH (READPAST, HOLDLOCK);
--> error 650, severity 16, state 1: You can only specify the READPAST lock in the READ COMMITTED or REPEATABLE READ isolation levels.
GO
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
GO
SELECT Id FROM dbo.Hint WITH (READPAST);
--> error 650, severity 16, state 1: You can only specify the READPAST lock in the READ COMMITTED or REPEATABLE READ isolation levels.
--! case an index that a hint names has to be there
SELECT Id FROM dbo.Hint WITH (INDEX(IX_Nope)) WHERE a = 1;
--> error 308, severity 16, state 1: Index 'IX_Nope' on table 'dbo.Hint' (specified in the FROM clause) does not exist.
GO
SELECT Id FROM dbo.Hint WITH (INDEX(77)) WHERE a = 1;
--> error 307, severity 16, state 1: Index ID 77 on table 'dbo.Hint' (specified in the FROM clause) does not exist.
GO
SELECT Id FROM dbo.Hint WITH (INDEX(IX_Hint_a), FORCESEEK) WHERE a = 1;
SELECT Id FROM dbo.Hint WITH (FORCESEEK (IX_Hint_a (a))) WHERE a = 2;
--> 1
--> next
--> 2
--! case NOEXPAND wants an indexed view
SELECT Id FROM dbo.VHint WITH (NOEXPAND);
--> error 8171, severity 16: Hint 'noexpand' on object 'dbo.VHint' is invalid.
--! case the limit of a recursion has a limit
WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT MAX(n) AS m FROM r OPTION (MAXRECURSION 32768);
--> error 310, severity 15, state 1: The value 32768 specified for the MAXRECURSION option exceeds the allowed maximum of 32767.
GO
WITH r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT MAX(n) AS m FROM r OPTION (MAXRECURSION 32767);
--> 5
--! case hints of queries are checked
SELECT Id FROM dbo.Hint OPTION (USE HINT ('NO_SUCH_HINT'));
--> error 10715, severity 15, state 1: 'NO_SUCH_HINT' is not a valid hint.
GO
SELECT Id FROM dbo.Hint OPTION (OPTIMIZE FOR (@nobody = 1));
--> error 137, severity 15, state 2: Must declare the scalar variable "@nobody".
GO
DECLARE @a int = 1;
SELECT Id FROM dbo.Hint WHERE a = @a OPTION (OPTIMIZE FOR (@a = 5), RECOMPILE, USE HINT ('DISABLE_PARAMETER_SNIFFING'));
--> 1
GO
SELECT Id FROM dbo.Hint OPTION (MAXDOP);
--> error 102, severity 15, state 1: Incorrect syntax near ')'.
--! case STRING_SPLIT shows ordinals to who asks for them
SELECT * FROM STRING_SPLIT('a,b', ',') ORDER BY value;
--> columns value varchar(3) null
--> a
--> b
GO
SELECT * FROM STRING_SPLIT('a,b', ',', 1) ORDER BY ordinal;
--> columns value varchar(3) null, ordinal bigint not null
--> a | 1
--> b | 2
GO
SELECT ordinal FROM STRING_SPLIT('a,b', ',');
--> error 207, severity 16, state 1: Invalid column name 'ordinal'.
GO
DECLARE @on bit = 1;
SELECT value FROM STRING_SPLIT('a,b', ',', @on);
--> error 8748, severity 16: The enable_ordinal argument for string_split only supports constant values (not variables or columns).
GO
SELECT value FROM STRING_SPLIT(5, ',');
--> error 8116, severity 16: Argument data type int is invalid for argument 1 of string_split function.
--! case GENERATE_SERIES wants one type, and steps
SELECT value FROM GENERATE_SERIES(1, 3.5);
--> error 5373, severity 16: All the input parameters should be of the same type. Supported types are tinyint, smallint, int, bigint, decimal and numeric.
GO
SELECT value FROM GENERATE_SERIES(1, 3, 0);
--> error 4199, severity 16: Argument value 0 is invalid for argument 3 of generate_series function.
GO
DECLARE @step int = 0;
SELECT value FROM GENERATE_SERIES(1, 3, @step);
--> error 4199, severity 16: Argument value 0 is invalid for argument 3 of generate_series function.
--! case the separator of STRING_AGG is one, and a string
SELECT STRING_AGG(b, b) AS s FROM dbo.Hint;
--> error 8733, severity 16: Separator parameter for STRING_AGG must be a string literal or variable.
GO
SELECT STRING_AGG(b, 1) AS s FROM dbo.Hint;
--> error 8116, severity 16: Argument data type int is invalid for argument 2 of string_agg function.
GO
DECLARE @s nvarchar(2) = N'+';
SELECT STRING_AGG(b, @s) WITHIN GROUP (ORDER BY Id) AS s FROM dbo.Hint;
SELECT LEN(STRING_AGG(b, CHAR(10))) AS n FROM dbo.Hint;
--> x+y
--> next
--> 3
--! case SUBSTRING wants a string or bytes
SELECT SUBSTRING(12345, 2, 2) AS a;
--> error 8116, severity 16, state 1: Argument data type int is invalid for argument 1 of substring function.
GO
SELECT SUBSTRING(NULL, 1, 1) AS a;
--> error 8116, severity 16, state 1: Argument data type NULL is invalid for argument 1 of substring function.
GO
SELECT SUBSTRING(0x414243, 2, 2) AS a;
--> 0x4243
--! case bytes as an argument of a function of strings are its characters
SELECT LEFT(0x414243, 2) AS a, UPPER(0x6162) AS b, CONCAT(0x4142, 'x') AS c;
--> AB | AB | ABx
--! case what code page 1252 lacks becomes what looks like it
SELECT CAST(N'Łódź Ωα∞ ＡＢ１ 世😀' AS varchar(40)) AS a, 'Ł世' AS b;
--> Lódz Oa8 AB1 ??? | L?
GO
DECLARE @v varchar(10) = N'Ş－≤';
SELECT @v AS v, CASE WHEN @v = N'Ş－≤' THEN 1 ELSE 0 END AS same;
--> S-= | 0
--! case what looks like a number to ISNUMERIC
SELECT ISNUMERIC(CHAR(9)) AS a, ISNUMERIC('\') AS b, ISNUMERIC('') AS c, ISNUMERIC(' ') AS d, ISNUMERIC(',') AS e, ISDATE('') AS f;
--> 1 | 1 | 0 | 0 | 1 | 0
--! case fewer than no pieces are NULL
SELECT REPLICATE('ab', -1) AS a, SPACE(-1) AS b;
--> NULL | NULL
--! case no order is an order, too
SELECT COUNT(*) AS n, MAX(k) AS k FROM (SELECT ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) AS k FROM dbo.Hint) AS x;
--> 2 | 2
--! case ranks and neighbours want an order
SELECT LAG(a) OVER (PARTITION BY b) AS x FROM dbo.Hint;
--> error 4112, severity 15, state 1: The function 'LAG' must have an OVER clause with ORDER BY.
GO
SELECT NTILE(2) OVER () AS x FROM dbo.Hint;
--> error 4112, severity 15, state 1: The function 'NTILE' must have an OVER clause with ORDER BY.
GO
SELECT LAST_VALUE(a) OVER (PARTITION BY b) AS x FROM dbo.Hint;
--> error 4112, severity 15, state 1: The function 'LAST_VALUE' must have an OVER clause with ORDER BY.
--! case ranks have no frame, and a frame has an order
SELECT ROW_NUMBER() OVER (ORDER BY Id ROWS 1 PRECEDING) AS x FROM dbo.Hint;
--> error 10752, severity 15, state 1: The function 'ROW_NUMBER' may not have a window frame.
GO
SELECT SUM(a) OVER (ROWS UNBOUNDED PRECEDING) AS x FROM dbo.Hint;
--> error 10756, severity 15, state 1: Window frame with ROWS or RANGE must have an ORDER BY clause.
--! case LAG looks back only
SELECT LAG(a, -1) OVER (ORDER BY Id) AS x FROM dbo.Hint;
--> error 8730, severity 16: Offset parameter for Lag and Lead functions cannot be a negative value.
GO
DECLARE @far int = -1;
SELECT LEAD(a, @far) OVER (ORDER BY Id) AS x FROM dbo.Hint;
--> error 8730, severity 16: Offset parameter for Lag and Lead functions cannot be a negative value.
--! case percentiles and OVER
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a) AS x FROM dbo.Hint;
--> error 10753, severity 15: The function 'PERCENTILE_CONT' must have an OVER clause.
GO
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a) OVER (ORDER BY a) AS x FROM dbo.Hint;
--> error 10757, severity 15: The function 'PERCENTILE_CONT' may not have ORDER BY in OVER clause.
--! case a filtered index takes simple comparisons
CREATE INDEX IX_F1 ON dbo.Hint (a) WHERE a > 1 OR a < 0;
--> error 10735, severity 15: Incorrect WHERE clause for filtered index 'IX_F1' on table 'dbo.Hint'.
GO
CREATE INDEX IX_F2 ON dbo.Hint (a) WHERE a BETWEEN 1 AND 5;
--> error 10735, severity 15: Incorrect WHERE clause for filtered index 'IX_F2' on table 'dbo.Hint'.
GO
CREATE INDEX IX_F3 ON dbo.Hint (a) WHERE b LIKE 'x%';
--> error 10735, severity 15: Incorrect WHERE clause for filtered index 'IX_F3' on table 'dbo.Hint'.
GO
CREATE INDEX IX_F4 ON dbo.Hint (a) WHERE a + 1 > 1;
--> error 10735, severity 15: Incorrect WHERE clause for filtered index 'IX_F4' on table 'dbo.Hint'.
GO
CREATE INDEX IX_F5 ON dbo.Hint (a) WHERE a IN (1, 2) AND b IS NOT NULL AND Id <> 7;
SELECT has_filter FROM sys.indexes WHERE name = 'IX_F5';
--> 1
--! case options of indexes have values
CREATE INDEX IX_O1 ON dbo.Hint (b) WITH (FILLFACTOR = 200);
--> error 129, severity 15: Fillfactor 200 is not a valid percentage; fillfactor must be between 1 and 100.
GO
CREATE INDEX IX_O2 ON dbo.Hint (b) WITH (PAD_INDEX = 5);
--> error 102, severity 15, state 1: Incorrect syntax near '5'.
GO
CREATE TABLE dbo.Heap (a int, b int);
CREATE CLUSTERED INDEX IX_Heap ON dbo.Heap (a) INCLUDE (b);
--> error 10601, severity 16: Cannot specify included columns for a clustered index.
--! case statistics that are not there
UPDATE STATISTICS dbo.Hint NoSuch;
--> error 2767, severity 16: Could not locate statistics 'NoSuch' in the system catalogs.
GO
UPDATE STATISTICS dbo.Hint IX_Hint_a WITH FULLSCAN, NORECOMPUTE;
--! case a sequence stays in its type
CREATE SEQUENCE dbo.SmallOne AS tinyint START WITH 1 MAXVALUE 300;
--> error 11708, severity 16: An invalid value was specified for argument 'MAXVALUE' for the given data type.
--! case what is bound to the schema names it
CREATE VIEW dbo.VBound WITH SCHEMABINDING AS SELECT * FROM dbo.Hint;
--> error 1054, severity 15: Syntax '*' is not allowed in schema-bound objects.
GO
CREATE VIEW dbo.VBound WITH SCHEMABINDING AS SELECT Id FROM Hint;
--> error 4512, severity 16, state 3: Cannot schema bind view 'dbo.VBound' because name 'Hint' is invalid for schema binding. Names must be in two-part format and an object cannot reference itself.
GO
CREATE VIEW dbo.VBound WITH SCHEMABINDING AS SELECT COUNT_BIG(*) AS n FROM dbo.Hint;
--! case a collation has to be one
DECLARE @t TABLE (a varchar(4) COLLATE No_Such_Collation);
--> error 448, severity 16: Invalid collation 'No_Such_Collation'.
--! case UPDATE and DELETE of so many rows
DELETE TOP (1) FROM dbo.Hint WHERE Id < 0;
INSERT TOP (1) INTO dbo.Hint (Id) SELECT Id + 100 FROM dbo.Hint ORDER BY Id;
SELECT COUNT(*) AS n FROM dbo.Hint WHERE Id > 100;
--> 1
