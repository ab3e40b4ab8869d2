-- Strings: comparison, trailing blanks, LEN and DATALENGTH
--! case trailing blanks do not count in comparisons
SELECT CASE WHEN 'a' = 'a  ' THEN 1 ELSE 0 END AS a, CASE WHEN N'a' = N'a ' THEN 1 ELSE 0 END AS b, CASE WHEN '' = '  ' THEN 1 ELSE 0 END AS c;
--> 1 | 1 | 1
--! case leading blanks count
SELECT CASE WHEN 'a' = ' a' THEN 1 ELSE 0 END AS a;
--> 0
--! case LEN leaves trailing blanks out, DATALENGTH does not
SELECT LEN('ab  ') AS a, DATALENGTH('ab  ') AS b, LEN(N'  ab ') AS c, DATALENGTH(N'ab ') AS d, LEN('') AS e, LEN('   ') AS f;
--> columns a int, b int, c int, d int, e int, f int
--> 2 | 4 | 4 | 6 | 0 | 0
--! case trailing blanks count in LIKE for the pattern
SELECT CASE WHEN 'a' LIKE 'a ' THEN 1 ELSE 0 END AS a, CASE WHEN 'a ' LIKE 'a' THEN 1 ELSE 0 END AS b;
--> 0 | 1
--! case the default collation ignores case
SELECT CASE WHEN 'ABC' = 'abc' THEN 1 ELSE 0 END AS a, CASE WHEN 'ABC' LIKE 'a%' THEN 1 ELSE 0 END AS b, CHARINDEX('B', 'abc') AS c, REPLACE('aBc', 'b', 'x') AS d;
--> 1 | 1 | 2 | axc
--! case the default collation sees accents
SELECT CASE WHEN N'e' = N'é' THEN 1 ELSE 0 END AS a;
--> 0
--! case a binary collation sees case
SELECT CASE WHEN 'ABC' = 'abc' COLLATE Latin1_General_BIN2 THEN 1 ELSE 0 END AS a, CASE WHEN 'a' LIKE 'A' COLLATE Latin1_General_BIN2 THEN 1 ELSE 0 END AS b;
--> 0 | 0
--! case a case-sensitive collation sees case
SELECT CASE WHEN 'ABC' = 'abc' COLLATE Latin1_General_CS_AS THEN 1 ELSE 0 END AS a;
--> 0
--! case an accent-insensitive collation does not see accents
SELECT CASE WHEN N'e' = N'é' COLLATE Latin1_General_CI_AI THEN 1 ELSE 0 END AS a, CASE WHEN N'E' = N'é' COLLATE Latin1_General_CS_AI THEN 1 ELSE 0 END AS b;
--> 1 | 0
--! case a binary collation ignores trailing blanks too
SELECT CASE WHEN 'a' = 'a ' COLLATE Latin1_General_BIN2 THEN 1 ELSE 0 END AS a;
--> 1
--! case a binary collation orders capitals before small letters
SELECT x FROM (VALUES ('a'), ('B'), ('b'), ('A')) AS t (x) ORDER BY x COLLATE Latin1_General_BIN2;
--> A
--> B
--> a
--> b
--! case an unknown collation
SELECT 'a' COLLATE Klingon_CI_AS AS a;
--> error 448, severity 16, state 1: Invalid collation 'Klingon_CI_AS'.
--! case two explicit collations conflict
SELECT CASE WHEN 'a' COLLATE Latin1_General_BIN2 = 'a' COLLATE Latin1_General_CI_AS THEN 1 ELSE 0 END AS a;
--> error 468, severity 16, state 9: Cannot resolve the collation conflict between "Latin1_General_…" and "Latin1_General_…" in the equal to operation.
--! case concatenation adds lengths
SELECT 'ab' + 'c' AS a, CAST('x' AS varchar(10)) + CAST(N'y' AS nvarchar(5)) AS b;
--> columns a varchar(3), b nvarchar(15)
--> abc | xy
--! case concatenation beyond 8000 bytes is cut
SELECT LEN(REPLICATE('a', 6000) + REPLICATE('b', 6000)) AS a, LEN(CAST(REPLICATE('a', 6000) AS varchar(max)) + REPLICATE('b', 6000)) AS b;
--> 8000 | 12000
--! case REPLICATE stops at 8000 bytes unless the text is max
SELECT LEN(REPLICATE('ab', 5000)) AS a, LEN(REPLICATE(CAST('ab' AS varchar(max)), 5000)) AS b;
--> 8000 | 10000
--! case SUBSTRING counts from one and forgives
SELECT SUBSTRING('abcdef', 2, 3) AS a, SUBSTRING('abc', 0, 2) AS b, SUBSTRING('abc', 2, 99) AS c, SUBSTRING('abc', 9, 1) AS d, SUBSTRING('abc', -1, 3) AS e;
--> bcd | a | bc | '' | a
--! case SUBSTRING with a negative length
SELECT SUBSTRING('abc', 1, -1) AS a;
--> error 537, severity 16, state 3: Invalid length parameter passed to the LEFT or SUBSTRING function.
--! case LEFT and RIGHT
SELECT LEFT('abc', 2) AS a, RIGHT('abc', 2) AS b, LEFT('abc', 9) AS c, RIGHT('abc', 0) AS d;
--> ab | bc | abc | ''
--! case LEFT with a negative length
SELECT LEFT('abc', -1) AS a;
--> error 537, severity 16: Invalid length parameter passed to the LEFT or SUBSTRING function.
--! case CHARINDEX with a start
SELECT CHARINDEX('b', 'abcabc') AS a, CHARINDEX('b', 'abcabc', 3) AS b, CHARINDEX('x', 'abc') AS c, CHARINDEX('', 'abc') AS d;
--> 2 | 5 | 0 | 0
--! case PATINDEX
SELECT PATINDEX('%[0-9]%', 'ab3d') AS a, PATINDEX('b%', 'abc') AS b, PATINDEX('%c', 'abc') AS c;
--> 3 | 0 | 3
--! case LIKE with wildcards and sets
SELECT CASE WHEN 'abc' LIKE 'a_c' THEN 1 ELSE 0 END AS a, CASE WHEN 'a5' LIKE '[a-c][^0-4]' THEN 1 ELSE 0 END AS b, CASE WHEN 'a]' LIKE 'a]' THEN 1 ELSE 0 END AS c, CASE WHEN '50%' LIKE '50[%]' THEN 1 ELSE 0 END AS d;
--> 1 | 1 | 1 | 1
--! case LIKE with ESCAPE
SELECT CASE WHEN 'a_b' LIKE 'a!_b' ESCAPE '!' THEN 1 ELSE 0 END AS a, CASE WHEN 'axb' LIKE 'a!_b' ESCAPE '!' THEN 1 ELSE 0 END AS b;
--> 1 | 0
--! case STUFF
SELECT STUFF('abcdef', 2, 3, 'X') AS a, STUFF('abc', 4, 1, 'X') AS b, STUFF('abc', 1, 0, 'X') AS c, STUFF('abc', 2, 1, NULL) AS d;
--> aXef | NULL | Xabc | ac
--! case UPPER, LOWER, REVERSE, SPACE
SELECT UPPER('aé') AS a, LOWER('ÀB') AS b, REVERSE('abc') AS c, 'x' + SPACE(2) + 'y' AS d;
--> AÉ | àb | cba | x  y
--! case LTRIM, RTRIM, TRIM
SELECT LTRIM('  a ') AS a, RTRIM(' a  ') AS b, TRIM('  a  ') AS c, TRIM('.,' FROM ',.a.,') AS d;
--> 'a ' | ' a' | a | a
--! case REPLACE and TRANSLATE
SELECT REPLACE('aaa', 'aa', 'b') AS a, REPLACE('abc', 'x', 'y') AS b, TRANSLATE('2*[3+4]', '[]', '()') AS c, REPLACE('abc', '', 'x') AS d;
--> ba | abc | 2*(3+4) | abc
--! case TRANSLATE wants as many characters on both sides
SELECT TRANSLATE('abc', 'ab', 'x') AS a;
--> error 9828, severity 16, state 1: The second and third arguments of the TRANSLATE built-in function must contain an equal number of characters.
--! case ASCII, CHAR, UNICODE, NCHAR
SELECT ASCII('A') AS a, CHAR(66) AS b, UNICODE(N'€') AS c, NCHAR(8364) AS d, CHAR(300) AS e, ASCII('') AS f;
--> 65 | B | 8364 | € | NULL | NULL
--! case QUOTENAME
SELECT QUOTENAME('a]b') AS a, QUOTENAME('a''b', '''') AS b, QUOTENAME('a"b', '"') AS c;
--> columns a nvarchar(258), b nvarchar(258), c nvarchar(258)
--> [a]]b] | '''a''''b''' | "a""b"
--! case STRING_SPLIT
SELECT value FROM STRING_SPLIT('a,b,,c', ',') ORDER BY value;
--> ''
--> a
--> b
--> c
--! case STRING_SPLIT with ordinals
SELECT value, ordinal FROM STRING_SPLIT('b;a', ';', 1) ORDER BY ordinal;
--> columns value varchar(3), ordinal bigint
--> b | 1
--> a | 2
--! case CONCAT converts what it is given
SELECT CONCAT('a', 1, 2.5, CAST('2024-01-02' AS date)) AS a;
--> a12.52024-01-02
--! case CONCAT wants two arguments
SELECT CONCAT('a') AS a;
--> error 189, severity 15: The concat function requires 2 to 254 arguments.
--! case SOUNDEX and DIFFERENCE
SELECT SOUNDEX('Robert') AS a, SOUNDEX('Rupert') AS b, DIFFERENCE('Green', 'Greene') AS c;
--> R163 | R163 | 4
--! case comparison of national and other strings
SELECT CASE WHEN 'abc' = N'ABC' THEN 1 ELSE 0 END AS a;
--> 1
--! case order is by letter before case
SELECT x FROM (VALUES ('b'), ('A'), ('a2'), ('C')) AS t (x) ORDER BY x;
--> A
--> a2
--> b
--> C
--! case digits come before letters
SELECT x FROM (VALUES ('a'), ('1'), ('Z'), ('10'), ('2')) AS t (x) ORDER BY x;
--> 1
--> 10
--> 2
--> a
--> Z
--! case a letter with an accent stands beside its letter
SELECT x FROM (VALUES (N'z'), (N'ä'), (N'b'), (N'a')) AS t (x) ORDER BY x;
--> a
--> ä
--> b
--> z
--! case ORDER BY, <, MIN and MAX agree on letters with accents
SELECT MIN(x) AS low, MAX(x) AS high, MAX(CASE WHEN x < N'b' THEN x END) AS before_b
FROM (VALUES (N'öl'), (N'älter'), (N'az'), (N'zoo')) AS t (x);
--> älter | zoo | az
--! case hyphens and apostrophes of national strings count last, other punctuation first
SELECT x FROM (VALUES (N'co-op'), (N'coop'), (N'co op'), (N'cooq'), (N'con'), (N'co_p')) AS t (x) ORDER BY x;
--> co op
--> co_p
--> con
--> coop
--> co-op
--> cooq
--! case sharp s equals double s
--? differs: `ß` is not `ss`
SELECT CASE WHEN N'Straße' = N'Strasse' THEN 1 ELSE 0 END AS a;
--> 1
--! case too long a text for a column
CREATE TABLE dbo.TooLong (Id int NOT NULL, Code varchar(3) NULL);
GO
INSERT INTO dbo.TooLong (Id, Code) VALUES (1, 'abcd');
--> error 2628, severity 16, state 1, line 1: String or binary data would be truncated in table '…dbo.TooLong', column 'Code'. Truncated value: 'abc'.
--> message 3621: The statement has been terminated.
GO
INSERT INTO dbo.TooLong (Id, Code) VALUES (2, 'abc  ');
SELECT Id, Code, DATALENGTH(Code) AS n FROM dbo.TooLong;
--> 2 | abc | 3
--! case quotation marks in text are doubled
SELECT 'it''s' AS a, N'''' AS b, "x" AS c FROM (VALUES (1)) AS t (x);
--> it's | ' | 1
--! case a text may span lines
SELECT LEN('a
b') AS n;
--> 3
--! case a backslash before a line break continues the text
SELECT 'abc\
def' AS a;
--> abcdef
--! case STRING_ESCAPE
SELECT STRING_ESCAPE('a"b\c', 'json') AS a;
--> a\"b\\c
--! case GREATEST and LEAST
SELECT GREATEST(1, 3, 2) AS a, LEAST('b', 'a') AS b, GREATEST(1, NULL) AS c;
--> 3 | a | 1
--! case a supplementary character is two to LEN
SELECT LEN(N'😀') AS a, DATALENGTH(N'😀') AS b;
--> 2 | 4
--! case HASHBYTES
SELECT HASHBYTES('SHA2_256', 'abc') AS a, CONVERT(varchar(40), HASHBYTES('MD5', 'abc'), 2) AS b;
--> 0xBA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD | 900150983CD24FB0D6963F7D28E17F72
--! case CHECKSUM
--? refused: `CHECKSUM`
SELECT CASE WHEN CHECKSUM('a') = CHECKSUM('a') THEN 1 ELSE 0 END AS a;
--> 1
