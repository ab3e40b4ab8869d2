-- Values in detail: results of conversions and functions, overflows, LIKE, moments
--! setup
CREATE TABLE dbo.Plain (Id int NOT NULL PRIMARY KEY, A varchar(10) NULL, N nvarchar(10) NULL, D decimal(9,2) NULL, T datetime2(3) NULL, B bit NULL, M money NULL, F float NULL, C char(5) NULL);
INSERT INTO dbo.Plain VALUES (1, 'a', N'b', 1.5, '2024-01-01T10:00:00.123', 1, 2.5, 0.1, 'xy'), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE dbo.Accents (Id int NOT NULL PRIMARY KEY, Name nvarchar(20) COLLATE Latin1_General_CI_AI NOT NULL CONSTRAINT UQ_Accents UNIQUE, Other varchar(20) COLLATE Latin1_General_CS_AI NULL);
INSERT INTO dbo.Accents VALUES (1, N'José', 'É'), (2, N'Bob', 'e');
--! case ISNULL cuts to the type of its first argument, COALESCE does not
DECLARE @s varchar(3), @n nvarchar(2) = NULL;
SELECT ISNULL(@s, 'abcdef') AS a, COALESCE(@s, N'abcdef') AS b, ISNULL(@n, 'xyz') AS c;
--> columns a varchar(3), b nvarchar(6), c nvarchar(2)
--> abc | abcdef | xy
--! case CASE of a text and a number is a number
SELECT CASE WHEN 1 = 1 THEN '5' ELSE 2 END + 1 AS a;
--> columns a int
--> 6
--! case bytes of every type
SELECT DATALENGTH(N'abc') AS a, DATALENGTH('abc') AS b, DATALENGTH(N'') AS c, DATALENGTH(CAST(1 AS money)) AS d, DATALENGTH(CAST(1 AS bit)) AS e, DATALENGTH(CAST('2024-01-01' AS date)) AS f, DATALENGTH(CAST('10:00' AS time(7))) AS g, DATALENGTH(CAST('2024-01-01' AS datetime)) AS h, DATALENGTH(CAST('2024-01-01' AS datetime2(3))) AS i, DATALENGTH(CAST('2024-01-01' AS datetimeoffset(7))) AS j, DATALENGTH(CAST(1 AS decimal(38,0))) AS k, DATALENGTH(CAST(1 AS real)) AS l, DATALENGTH(CAST('x' AS char(10))) AS m;
--> 6 | 3 | 0 | 8 | 1 | 3 | 5 | 8 | 7 | 10 | 17 | 4 | 10
--! case a decimal and a word
SELECT 1.5 + 'a' AS x;
--> error 8114, severity 16, state 5: Error converting data type varchar to numeric.
--! case texts are not divided
SELECT '10' / '2' AS x;
--> error 8117, severity 16, state 1: Operand data type varchar is invalid for divide operator.
--! case an exponent is for floats only
SELECT CAST('1e3' AS float) AS a, TRY_CAST('1e3' AS decimal(10,2)) AS b, TRY_CAST('1e3' AS int) AS c;
--> 1000 | NULL | NULL
--! case separators are for money only
SELECT CAST('1,234' AS money) AS a, TRY_CAST('1,234' AS decimal(10,2)) AS b, TRY_CAST('1,234' AS int) AS c, TRY_CAST('1,234' AS float) AS d;
--> 1234.0000 | NULL | NULL | NULL
--! case text forms of floats
SELECT CAST(1e6 AS varchar(30)) AS a, CAST(0.00001e0 AS varchar(30)) AS b, CAST(123456789e0 AS varchar(30)) AS c, CAST(1.5e0 AS varchar(30)) AS d, CAST(0.0001e0 AS varchar(30)) AS e, CAST(1e100 AS varchar(30)) AS f, CAST(-1e-10 AS varchar(30)) AS g, CAST(999999.9e0 AS varchar(30)) AS h;
--> 1e+006 | 1e-005 | 1.23457e+008 | 1.5 | 0.0001 | 1e+100 | -1e-010 | 1e+006
--! case styles of floats have eight, sixteen and seventeen digits
SELECT CONVERT(varchar(30), 1234.5678e0, 1) AS a, CONVERT(varchar(40), 1234.5678e0, 2) AS b, CONVERT(varchar(30), 0.1e0, 3) AS c;
--> 1.2345678e+003 | 1.234567800000000e+003 | 1.0000000000000001e-001
--! case CONCAT of numbers, bits and moments
SELECT CONCAT(1e6, '|', CAST(1 AS bit), '|', CAST(1.5 AS money), '|', 1.50, '|', NULL, '|', CAST('2024-01-02' AS datetime), '|', CAST('03:04:05' AS time(0))) AS a;
--> 1e+006|1|1.50|1.50||Jan  2 2024 12:00AM|03:04:05
--! case money is cut to four digits at each step
SELECT CAST(1 AS money) / 3 AS a, CAST(1 AS money) / 3 * 3 AS b, CAST(100 AS money) * 1.5 AS c, CAST(2 AS money) * CAST(3 AS money) AS d;
--> columns a money, b money, c decimal(22,5), d money
--> 0.3333 | 0.9999 | 150.00000 | 6.0000
--! case a sum of wide decimals loses digits behind the point
DECLARE @a decimal(38,10) = 1, @b decimal(38,2) = 2;
SELECT @a + @b AS a, @a * @b AS b, @a / @b AS c;
--> columns a decimal(38,2), b decimal(38,6), c decimal(38,8)
--> 3.00 | 2.000000 | 0.50000000
--! case quotients of decimals of eighteen digits
DECLARE @a decimal(18,2) = 100, @b decimal(18,4) = 7;
SELECT @a / @b AS a, @a * @b AS b, @a % @b AS c, @a - @b AS d;
--> columns a decimal(38,18), b decimal(37,6), c decimal(18,4), d decimal(21,4)
--> 14.285714285714285714 | 700.000000 | 2.0000 | 93.0000
--! case literals divided
SELECT 1 / 3.0 AS a, 2.0 / 3 AS b, 10 / 4.0 AS c, 1 / 3 * 100 AS d, 100 * 1 / 3 AS e;
--> columns a decimal(8,6), b decimal(7,6), c decimal(9,6), d int, e int
--> 0.333333 | 0.666666 | 2.500000 | 0 | 33
--! case the mean of ints overflows with its sum
SELECT AVG(x) AS a FROM (VALUES (2147483647), (2147483647)) AS t (x);
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
--! case the mean of negative ints is cut toward zero
SELECT AVG(x) AS a, AVG(CAST(x AS decimal(5,2))) AS b FROM (VALUES (-1), (-2)) AS t (x);
--> columns a int, b decimal(38,6)
--> -1 | -1.500000
--! case sums of small types
SELECT SUM(CAST(x AS tinyint)) AS a, AVG(CAST(x AS smallint)) AS b, SUM(CAST(x AS bigint)) AS c, SUM(CAST(x AS smallmoney)) AS d FROM (VALUES (200), (100)) AS t (x);
--> columns a int, b int, c bigint, d money
--> 300 | 150 | 300 | 300.0000
--! case a deviation of one value is NULL, of all of them zero
SELECT STDEV(x) AS a, STDEVP(x) AS b, VAR(x) AS c, VARP(x) AS d FROM (VALUES (5)) AS t (x);
--> columns a float, b float, c float, d float
--> NULL | 0 | NULL | 0
--! case a bigint beyond the precision of a decimal
DECLARE @b bigint = 12345;
SELECT CAST(@b AS decimal(3,0)) AS a;
--> error 8115, severity 16, state 8: Arithmetic overflow error converting bigint to data type numeric.
--! case a float beyond the precision of a decimal
SELECT CAST(1e10 AS decimal(5,2)) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting float to data type numeric.
--! case an int that is stored beyond the precision of its column
DECLARE @t TABLE (a decimal(4,1));
INSERT INTO @t VALUES (1234);
--> error 8115, severity 16, state 8: Arithmetic overflow error converting int to data type numeric.
--! case a sum of decimals beyond thirty-eight digits
DECLARE @d decimal(38,0) = 99999999999999999999999999999999999999;
SELECT @d + @d AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type numeric.
--! case ROUND may need a digit more than there is
SELECT ROUND(99.99, 1) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting expression to data type numeric.
--! case SUBSTRING outside of the text
SELECT SUBSTRING('abc', 1, 0) AS a, SUBSTRING('abc', 4, 1) AS b, SUBSTRING(N'abc', 2, 100) AS c, SUBSTRING('abcdef', -2, 5) AS d;
--> '' | '' | bc | ab
--! case SUBSTRING has three arguments
SELECT SUBSTRING('abc') AS a;
--> error 174, severity 15, state 1: The substring function requires 3 argument(s).
--! case lengths of functions of strings
DECLARE @v varchar(10) = 'abcdef';
SELECT SUBSTRING(@v, 1, 3) AS a, LEFT(@v, 2) AS b, RIGHT(@v, 3) AS c, UPPER(@v) AS d, REPLACE(@v, 'a', 'b') AS e, REVERSE(@v) AS f;
--> columns a varchar(3), b varchar(2), c varchar(3), d varchar(10), e varchar(8000), f varchar(10)
--> abc | ab | def | ABCDEF | bbcdef | fedcba
--! case functions of strings take numbers
SELECT LEFT(12345, 2) AS a, RIGHT(12345, 2) AS b, LEN(12345) AS c, LEN(-1.50) AS d, REVERSE(123) AS e;
--> 12 | 45 | 5 | 5 | 321
--! case CHARINDEX minds trailing blanks and forgives its start
SELECT CHARINDEX('a ', 'xa') AS a, CHARINDEX(' ', 'a b') AS b, CHARINDEX('b', 'abc', -5) AS c, CHARINDEX('b', 'abcb', 3) AS d, CHARINDEX(NULL, 'a') AS e;
--> 0 | 2 | 2 | 4 | NULL
--! case lengths of max types are bigint
SELECT CHARINDEX('a', CAST('bca' AS varchar(max))) AS a, LEN(CAST('abc' AS nvarchar(max))) AS b, DATALENGTH(CAST('abc' AS varchar(max))) AS c, PATINDEX('%c%', CAST('bca' AS varchar(max))) AS d;
--> columns a bigint, b bigint, c bigint, d bigint
--> 3 | 3 | 3 | 2
--! case STUFF outside of the text
SELECT STUFF('abc', 0, 1, 'x') AS a, STUFF('abc', 1, -1, 'x') AS b, STUFF('abc', 3, 10, 'x') AS c, STUFF('abc', 5, 1, 'x') AS d, STUFF('abc', 2, 0, 'xyz') AS e;
--> NULL | NULL | abx | NULL | axyzbc
--! case REPLICATE and SPACE of NULL and of less than nothing
SELECT REPLICATE('a', NULL) AS a, SPACE(NULL) AS b, REPLICATE(NULL, 2) AS c, REPLICATE('ab', -1) AS d, REPLICATE('ab', 0) AS e, DATALENGTH(SPACE(5)) AS f;
--> NULL | NULL | NULL | NULL | '' | 5
--! case functions of strings with NULL
SELECT LEN(NULL) AS a, SUBSTRING(A, 1, NULL) AS b, REPLACE('a', NULL, 'b') AS c, STUFF('abc', NULL, 1, 'x') AS d, LEFT('a', NULL) AS e, CONCAT_WS(NULL, 'a', 'b') AS f, CHARINDEX('a', NULL) AS g FROM dbo.Plain WHERE Id = 1;
--> NULL | NULL | NULL | NULL | NULL | ab | NULL
--! case STR rounds, fills and has asterisks
SELECT STR(1234.567, 8, 2) AS a, STR(-5.5) AS b, STR(1e10, 5) AS c, STR(1.5, 6, 1) AS d;
--> ' 1234.57' | '        -6' | ***** | '   1.5'
--! case FORMATMESSAGE takes signs of printf
SELECT FORMATMESSAGE('%s has %d of %i, %5d|%-5d|%05d, %x %X %u %%', 'a', 1, 2, 3, 4, 5, 255, 255, 7) AS a;
--> a has 1 of 2,     3|4    |00005, ff FF 7 %
--! case QUOTENAME of other signs
SELECT QUOTENAME('abc', '(') AS a, QUOTENAME('abc', 'x') AS b, QUOTENAME(REPLICATE('a', 129)) AS c, QUOTENAME('a>b', '<') AS d;
--> (abc) | NULL | NULL | <a>>b>
--! case TRIM of other characters, at one end
SELECT TRIM('xy' FROM 'yxabxy') AS a, LTRIM('xxa', 'x') AS b, RTRIM('axx', 'x') AS c, TRIM(LEADING 'x' FROM 'xax') AS d, TRIM(TRAILING 'x' FROM 'xax') AS e;
--> ab | a | a | ax | xa
--! case LIKE and blanks at the end of a varchar
SELECT CASE WHEN 'a  ' LIKE 'a' THEN 1 ELSE 0 END AS a, CASE WHEN 'ab ' NOT LIKE 'a_' THEN 1 ELSE 0 END AS b, CASE WHEN CAST('ab' AS char(5)) LIKE '%b' THEN 1 ELSE 0 END AS c, CASE WHEN 'A5 ' LIKE '[a-c][0-9]' THEN 1 ELSE 0 END AS d, CASE WHEN 'a%  ' LIKE 'a!%' ESCAPE '!' THEN 1 ELSE 0 END AS e;
--> 1 | 0 | 1 | 1 | 1
--! case LIKE and blanks at the end of an nvarchar
DECLARE @n nvarchar(10) = N'ab ', @p nvarchar(10) = N'a_';
SELECT CASE WHEN N'a ' LIKE N'a' THEN 1 ELSE 0 END AS a, CASE WHEN @n LIKE @p THEN 1 ELSE 0 END AS b, CASE WHEN CAST(N'ab' AS nchar(5)) LIKE N'%b' THEN 1 ELSE 0 END AS c, CASE WHEN @n LIKE N'a%' THEN 1 ELSE 0 END AS d;
--> 0 | 0 | 0 | 1
--! case LIKE of numbers and of days
SELECT CASE WHEN 123 LIKE '1%' THEN 1 ELSE 0 END AS a, CASE WHEN CAST('2024-05-01' AS date) LIKE '2024%' THEN 1 ELSE 0 END AS b, CASE WHEN 1.50 LIKE '1.5' THEN 1 ELSE 0 END AS c;
--> 1 | 1 | 0
--! case a column that does not see accents
SELECT Id FROM dbo.Accents WHERE Name = N'jose';
SELECT Id FROM dbo.Accents WHERE Name LIKE N'JÓ%';
SELECT COUNT(*) AS n FROM dbo.Accents WHERE Other = 'E';
SELECT COUNT(DISTINCT x COLLATE Latin1_General_CI_AI) AS n FROM (VALUES (N'é'), (N'E'), (N'f')) AS t (x);
--> 1
--> next
--> 1
--> next
--> 1
--> next
--> 2
--! case a key that does not see accents
INSERT INTO dbo.Accents VALUES (3, N'JOSE', NULL);
--> error 2627, severity 14, state 1: Violation of UNIQUE KEY constraint 'UQ_Accents'. Cannot insert duplicate key in object 'dbo.Accents'.…
--! case a number and a text in a comparison
SELECT Id FROM dbo.Plain WHERE Id = '1' AND D > '1' AND A = N'A' AND T > '2023-12-31';
SELECT Id FROM dbo.Plain WHERE A = 1;
--> 1
--> error 245, severity 16, state 1: Conversion failed when converting the varchar value 'a' to data type int.
--! case values are converted when they are assigned
DECLARE @i int = 2.9, @j int = '  7 ', @k tinyint = 255.9, @b bit = 'true', @m money = '1.23456', @f float = '1e2', @c char(3) = 'a';
SELECT @i AS i, @j AS j, @k AS k, @b AS b, @m AS m, @f AS f, @c + '|' AS c;
--> 2 | 7 | 255 | 1 | 1.2346 | 100 | 'a  |'
--! case DATEDIFF of every part counts boundaries
SELECT DATEDIFF(week, '2024-01-05', '2024-01-08') AS a, DATEDIFF(quarter, '2023-12-31', '2024-01-01') AS b, DATEDIFF(minute, '10:59:59', '11:00:00') AS c, DATEDIFF(month, '2024-03-31', '2024-02-29') AS d, DATEDIFF(ms, '2024-01-01', '2024-01-01 00:00:00.5') AS e, DATEDIFF(dayofyear, '2024-01-01', '2024-02-01') AS f;
--> 1 | 1 | 1 | -1 | 500 | 31
--! case DATEADD beyond int and beyond the calendar
SELECT DATEADD(day, 3000000000, CAST('2024-01-01' AS date)) AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
GO
SELECT DATEADD(year, 8000, CAST('2024-01-01' AS date)) AS a;
--> error 517, severity 16: Adding a value to a 'date' column caused an overflow.
--! case a date has no hours
SELECT DATEADD(hour, 1, CAST('2024-01-01' AS date)) AS a;
--> error 9810, severity 16: The datepart hour is not supported by date function dateadd for data type date.
--! case a datetime is as exact as a third of a hundredth when it meets a datetime2
DECLARE @d datetime = '2024-01-01 12:00:00.003', @e datetime = '2024-01-01 12:00:00.010';
SELECT CASE WHEN @d = CAST('2024-01-01 12:00:00.003' AS datetime2(3)) THEN 1 ELSE 0 END AS a, CASE WHEN @d > CAST('2024-01-01 12:00:00.003' AS datetime2(3)) THEN 1 ELSE 0 END AS b, CAST(@d AS datetime2(3)) AS c, CAST(@d AS datetime2(5)) AS d, CASE WHEN @e = CAST('2024-01-01 12:00:00.010' AS datetime2(3)) THEN 1 ELSE 0 END AS e;
--> 0 | 1 | 2024-01-01 12:00:00.003 | 2024-01-01 12:00:00.00333 | 1
--! case more digits than a datetime has
SELECT CAST('2024-01-01 12:00:00.1234' AS datetime) AS a;
--> error 241, severity 16, state 1: Conversion failed when converting date and/or time from character string.
--! case weeks, days of the week and of the year
SELECT DATEPART(week, '2024-01-07') AS a, DATEPART(week, '2024-12-31') AS b, DATEPART(iso_week, '2021-01-03') AS c, DATEPART(isowk, '2020-12-31') AS d, DATEPART(dw, '2024-01-06') AS e, DATEPART(dy, '2024-12-31') AS f;
--> 2 | 53 | 53 | 53 | 7 | 366
--! case a date before 1753 is no datetime
SELECT CAST('1752-12-31' AS datetime) AS a;
--> error 242, severity 16, state 3: The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.
GO
SELECT CAST(CAST('1700-01-01' AS date) AS datetime) AS a;
--> error 242, severity 16, state 3: The conversion of a date data type to a datetime data type resulted in an out-of-range value.
--! case a time becomes a datetime of 1900, and no date
SELECT CAST(CAST('10:11:12' AS time) AS datetime) AS a;
--> 1900-01-01 10:11:12.000
GO
SELECT CAST(CAST('10:00' AS time) AS date) AS a;
--> error 529, severity 16: Explicit conversion from data type time to date is not allowed.
--! case months as everybody cuts them
SELECT DATEADD(month, DATEDIFF(month, 0, '2024-05-17'), 0) AS a, DATEADD(day, 1 - DAY('2024-05-17'), CAST('2024-05-17' AS date)) AS b, DATEADD(day, DATEDIFF(day, 0, '2024-05-17T13:00:00'), 0) AS c;
--> columns a datetime, b date, c datetime
--> 2024-05-01 00:00:00.000 | 2024-05-01 | 2024-05-17 00:00:00.000
--! case a moment with an offset by its own clock
SELECT CAST(CAST('2024-06-01 00:30 +02:00' AS datetimeoffset(0)) AS date) AS a, CAST(CAST('2024-06-01 12:00 +02:00' AS datetimeoffset(0)) AS datetime) AS b, SWITCHOFFSET(CAST('2024-06-01 12:00 +02:00' AS datetimeoffset(0)), 60) AS c;
--> 2024-06-01 | 2024-06-01 12:00:00.000 | 2024-06-01 11:00:00 +01:00
--! case uniqueidentifiers are ordered by their last bytes first
SELECT x FROM (VALUES (CAST('00000000-0000-0000-0000-010000000000' AS uniqueidentifier)), ('01000000-0000-0000-0000-000000000000'), ('00000000-0000-0100-0000-000000000000'), ('00000000-0000-0000-0100-000000000000')) AS t (x) ORDER BY x;
--> 01000000-0000-0000-0000-000000000000
--> 00000000-0000-0100-0000-000000000000
--> 00000000-0000-0000-0100-000000000000
--> 00000000-0000-0000-0000-010000000000
--! case what stands behind a uniqueidentifier is cut off
SELECT CAST('6F9619FF-8B86-D011-B42D-00C04FC964FFwrong' AS uniqueidentifier) AS a;
--> 6F9619FF-8B86-D011-B42D-00C04FC964FF
--! case TRY_CAST of every type
SELECT TRY_CAST('abc' AS uniqueidentifier) AS a, TRY_CAST('1e400' AS float) AS b, TRY_CAST('99999999999' AS int) AS c, TRY_CAST(1e10 AS int) AS d, TRY_CAST('12a' AS money) AS e, TRY_CONVERT(date, '31/12/2024', 103) AS f, TRY_CAST('31/12/2024' AS datetime) AS g;
--> NULL | NULL | NULL | NULL | NULL | 2024-12-31 | NULL
--! case CHOOSE from nothing, by a fraction, of several types
SELECT CHOOSE(0, 'a', 'b') AS a, CHOOSE(1.9, 'a', 'b') AS b, CHOOSE(2, 1, 2.5) AS c, IIF(NULL = 1, 'y', 'n') AS d;
--> NULL | a | 2.5 | n
--! case types of mixed sums
SELECT 1 + '1' AS a, 1 + 1.0 AS b, 1.0 + '1' AS c, 1e0 + '1.5' AS d, $1 + '2' AS e, CAST(1 AS bit) + 1.5 AS f;
--> columns a int, b decimal(3,1), c, d float, e money, f
--> 2 | 2.0 | 2.0 | 2.5 | 3.0000 | 2.5
--! case literals beyond every type
SELECT 1e400 AS a;
--> error 168, severity 15: The floating point value '1e400' is out of the range of computer representation (8 bytes).
GO
SELECT 123456789012345678901234567890123456789 AS a;
--> error 1007, severity 15: The number '123456789012345678901234567890123456789' is out of the range for numeric representation (maximum precision 38).
