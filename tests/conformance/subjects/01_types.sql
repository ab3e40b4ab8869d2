-- Types and conversions
--! case integer literals are int, larger ones numeric
SELECT 1 AS a, 2147483647 AS b, 2147483648 AS c;
--> columns a int not null, b int not null, c decimal(10,0) not null
--> 1 | 2147483647 | 2147483648
--! case literals with a point are numeric with the digits written
SELECT 1.50 AS a, 0.001 AS b, 123.4 AS c;
--> columns a decimal(3,2), b decimal(3,3), c decimal(4,1)
--> 1.50 | 0.001 | 123.4
--! case literals with an exponent are float
SELECT 1e0 AS a, 1.5E2 AS b;
--> columns a float, b float
--> 1 | 150
--! case literals of money, strings and binaries
SELECT $1.5 AS m, 'ab' AS v, N'ab' AS n, 0x0A0B AS b;
--> columns m money, v varchar(2), n nvarchar(2), b varbinary(2)
--> 1.5000 | ab | ab | 0x0A0B
--! case a decimal loses its fraction when it becomes an int
SELECT CAST(1.9 AS int) AS a, CAST(-1.9 AS int) AS b, CAST(1.9e0 AS int) AS c;
--> columns a int, b int, c int
--> 1 | -1 | 1
--! case money is rounded when it becomes an int
SELECT CAST(CAST(1.5 AS money) AS int) AS a, CAST($1.4999 AS int) AS b;
--> 2 | 1
--! case a decimal is rounded half away from zero to its new scale
SELECT CAST(12.345 AS decimal(4,2)) AS a, CAST(-12.345 AS decimal(4,2)) AS b, CAST(0.5 AS decimal(3,0)) AS c;
--> columns a decimal(4,2), b decimal(4,2), c decimal(3,0)
--> 12.35 | -12.35 | 1
--! case decimal without precision has eighteen digits and no fraction
SELECT CAST(1.5 AS decimal) AS a, CAST(1.5 AS decimal(5)) AS b;
--> columns a decimal(18,0), b decimal(5,0)
--> 2 | 2
--! case a string that is no number cannot become an int
SELECT CAST('abc' AS int) AS a;
--> error 245, severity 16, state 1, line 1: Conversion failed when converting the varchar value 'abc' to data type int.
--! case a national string names its own type in the error
SELECT CAST(N'1.5' AS int) AS a;
--> error 245, severity 16, state 1: Conversion failed when converting the nvarchar value '1.5' to data type int.
--! case the empty string and blanks are the number zero
SELECT CAST('' AS int) AS a, CAST('  ' AS int) AS b, CAST(' 12 ' AS int) AS c, CAST('+5' AS int) AS d, CAST('-7' AS bigint) AS e;
--> 0 | 0 | 12 | 5 | -7
--! case the empty string is no decimal
SELECT CAST('' AS decimal(5,2)) AS a;
--> error 8114, severity 16, state 5: Error converting data type varchar to numeric.
--! case a word is no decimal
SELECT CAST('abc' AS decimal(5,2)) AS a;
--> error 8114, severity 16, state 5: Error converting data type varchar to numeric.
--! case a word is no float
SELECT CAST(N'abc' AS float) AS a;
--> error 8114, severity 16, state 5: Error converting data type nvarchar to float.
--! case a number beyond tinyint
SELECT CAST(300 AS tinyint) AS a;
--> error 220, severity 16, state 2: Arithmetic overflow error for data type tinyint, value = 300.
--! case a number beyond smallint
SELECT CAST(70000 AS smallint) AS a;
--> error 220, severity 16, state 1: Arithmetic overflow error for data type smallint, value = 70000.
--! case a negative number is no tinyint
SELECT CAST(-1 AS tinyint) AS a;
--> error 220, severity 16: Arithmetic overflow error for data type tinyint, value = -1.
--! case a bigint beyond int
SELECT CAST(CAST(3000000000 AS bigint) AS int) AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
--! case a numeric beyond int
SELECT CAST(3000000000 AS int) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting expression to data type int.
--! case a float beyond int
SELECT CAST(3e9 AS int) AS a;
--> error 232, severity 16, state 3: Arithmetic overflow error for type int, value = 3000000000.000000.
--! case a string beyond int
SELECT CAST('99999999999' AS int) AS a;
--> error 248, severity 16, state 1: The conversion of the varchar value '99999999999' overflowed an int column.
--! case a string beyond tinyint
SELECT CAST('300' AS tinyint) AS a;
--> error 244, severity 16: The conversion of the varchar value '300' overflowed an INT1 column. Use a larger integer column.
--! case a string beyond smallint
SELECT CAST('70000' AS smallint) AS a;
--> error 244, severity 16: The conversion of the varchar value '70000' overflowed an INT2 column. Use a larger integer column.
--! case a decimal beyond its precision
SELECT CAST(1234.5 AS decimal(5,2)) AS a;
--> error 8115, severity 16, state 8: Arithmetic overflow error converting numeric to data type numeric.
--! case an int beyond the precision of a decimal
SELECT CAST(1234 AS decimal(5,2)) AS a;
--> error 8115, severity 16, state 8: Arithmetic overflow error converting int to data type numeric.
--! case a string beyond the precision of a decimal
SELECT CAST('1234.5' AS decimal(5,2)) AS a;
--> error 8115, severity 16, state 8: Arithmetic overflow error converting varchar to data type numeric.
--! case a long string is cut by CAST without a word
SELECT CAST('abcdef' AS varchar(3)) AS a, CAST(N'abcdef' AS nchar(2)) AS b;
--> columns a varchar(3), b nchar(2)
--> abc | ab
--! case varchar without a length is thirty in CAST and one in DECLARE
DECLARE @s varchar = 'abc';
SELECT CAST('x' AS varchar) AS a, @s AS b, CONVERT(nvarchar, 'y') AS c;
--> columns a varchar(30), b varchar(1), c nvarchar(30)
--> x | a | y
--! case an int that does not fit a varchar is an asterisk
SELECT CAST(123456 AS varchar(3)) AS a, CAST(12 AS char(1)) AS b;
--> * | *
--! case an int that does not fit an nvarchar is an error
SELECT CAST(123456 AS nvarchar(3)) AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type nvarchar.
--! case a decimal that does not fit a varchar is an error
SELECT CAST(1.55 AS varchar(3)) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting numeric to data type varchar.
--! case char is padded, varchar is not
SELECT CAST('ab' AS char(4)) AS a, CAST('ab ' AS varchar(4)) AS b;
--> 'ab  ' | 'ab '
--! case words and numbers become bits
SELECT CAST('true' AS bit) AS a, CAST('FALSE' AS bit) AS b, CAST(-3 AS bit) AS c, CAST(0.4 AS bit) AS d, CAST('0' AS bit) AS e;
--> columns a bit, b bit, c bit, d bit, e bit
--> 1 | 0 | 1 | 1 | 0
--! case another word is no bit
SELECT CAST('yes' AS bit) AS a;
--> error 245, severity 16: Conversion failed when converting the varchar value 'yes' to data type bit.
--! case a bit prints as a digit
SELECT CAST(CAST(5 AS bit) AS varchar(5)) AS a, CAST(CAST(1 AS bit) AS int) + 1 AS b;
--> 1 | 2
--! case numbers become text
SELECT CAST(1.0 AS varchar(10)) AS a, CAST(CAST(1 AS float) AS varchar(10)) AS b, CAST(-0.50 AS varchar(10)) AS c, CAST(CAST(1.5 AS money) AS varchar(10)) AS d;
--> 1.0 | 1 | -0.50 | 1.50
--! case a float becomes text with six digits
SELECT CAST(1234567e0 AS varchar(20)) AS a, CAST(0.1e0 AS varchar(20)) AS b, CAST(100000e0 AS varchar(20)) AS c, CAST(123456.789e0 AS varchar(20)) AS d;
--> 1.23457e+006 | 0.1 | 100000 | 123457
--! case money becomes text by style
SELECT CONVERT(varchar(20), $1234567.891, 0) AS a, CONVERT(varchar(20), $1234567.891, 1) AS b, CONVERT(varchar(20), $1234567.891, 2) AS c;
--> 1234567.89 | 1,234,567.89 | 1234567.8910
--! case bytes and text are each other's content
SELECT CAST(0x4142 AS varchar(4)) AS a, CAST('AB' AS varbinary(4)) AS b, CAST(N'A' AS varbinary(4)) AS c;
--> AB | 0x4142 | 0x4100
--! case bytes and digits by style
SELECT CONVERT(varchar(10), 0x4142, 1) AS a, CONVERT(varchar(10), 0x4142, 2) AS b, CONVERT(varbinary(4), '0x4142', 1) AS c, CONVERT(varbinary(4), '4142', 2) AS d;
--> 0x4142 | 4142 | 0x4142 | 0x4142
--! case an int is four bytes
SELECT CAST(258 AS varbinary(4)) AS a, CAST(0x00000102 AS int) AS b, CAST(CAST(1 AS bigint) AS varbinary(8)) AS c, CAST(-1 AS binary(4)) AS d;
--> 0x00000102 | 258 | 0x0000000000000001 | 0xFFFFFFFF
--! case binary is padded with zeros at its end
SELECT CAST(0x01 AS binary(3)) AS a, CAST(0x010203 AS varbinary(2)) AS b;
--> columns a binary(3), b varbinary(2)
--> 0x010000 | 0x0102
--! case a uniqueidentifier is read in any case and written in capitals
SELECT CAST('6f9619ff-8b86-d011-b42d-00c04fc964ff' AS uniqueidentifier) AS a;
--> columns a uniqueidentifier
--> 6F9619FF-8B86-D011-B42D-00C04FC964FF
--! case a uniqueidentifier becomes capitals as text
SELECT CAST(CAST('6f9619ff-8b86-d011-b42d-00c04fc964ff' AS uniqueidentifier) AS varchar(36)) AS a;
--> 6F9619FF-8B86-D011-B42D-00C04FC964FF
--! case a word is no uniqueidentifier
SELECT CAST('abc' AS uniqueidentifier) AS a;
--> error 8169, severity 16, state 2: Conversion failed when converting from a character string to uniqueidentifier.
--! case a uniqueidentifier needs thirty-six characters
SELECT CAST(NEWID() AS varchar(10)) AS a;
--> error 8170, severity 16, state 2: Insufficient result space to convert uniqueidentifier value to char.
--! case an int may not become a uniqueidentifier
SELECT CAST(1 AS uniqueidentifier) AS a;
--> error 529, severity 16, state 2: Explicit conversion from data type int to uniqueidentifier is not allowed.
--! case a date may not become an int
SELECT CAST(CAST('2024-01-01' AS date) AS int) AS a;
--> error 529, severity 16, state 2: Explicit conversion from data type date to int is not allowed.
--! case a uniqueidentifier may not be compared with an int
DECLARE @u uniqueidentifier = NEWID();
SELECT 1 WHERE @u = 1;
--> error 206, severity 16, state 2: Operand type clash: uniqueidentifier is incompatible with int
--! case TRY_CAST gives NULL where CAST fails
SELECT TRY_CAST('abc' AS int) AS a, TRY_CAST(300 AS tinyint) AS b, TRY_CONVERT(date, '2024-02-30') AS c, TRY_CAST('7' AS int) AS d, TRY_CAST('1000' AS decimal(3,1)) AS e;
--> columns a int null, b tinyint null, c date null, d int, e decimal(3,1)
--> NULL | NULL | NULL | 7 | NULL
--! case TRY_CAST does not forgive a conversion that is never allowed
SELECT TRY_CAST(1 AS uniqueidentifier) AS a;
--> error 529, severity 16: Explicit conversion from data type int to uniqueidentifier is not allowed.
--! case a number beside a text makes the text a number
SELECT '1' + 1 AS a, '1' + '1' AS b, 1 + CAST('2' AS varchar(5)) AS c;
--> columns a int, b varchar(2), c int
--> 2 | 11 | 3
--! case a number beside a word is an error
SELECT 'a' + 1 AS a;
--> error 245, severity 16: Conversion failed when converting the varchar value 'a' to data type int.
--! case the type of higher precedence wins in CASE
SELECT CASE WHEN 1 = 1 THEN CAST(1 AS int) ELSE CAST(2.5 AS decimal(5,2)) END AS a, CASE WHEN 1 = 0 THEN 'x' ELSE N'yz' END AS b;
--> columns a decimal(12,2), b nvarchar(2)
--> 1.00 | yz
--! case CASE with a word and a number converts the word
SELECT CASE WHEN 1 = 0 THEN 1 ELSE 'x' END AS a;
--> error 245, severity 16: Conversion failed when converting the varchar value 'x' to data type int.
--! case ISNULL takes the type of its first argument, COALESCE the highest
DECLARE @s varchar(2);
SELECT ISNULL(@s, 'abcdef') AS a, COALESCE(@s, 'abcdef') AS b;
--> columns a varchar(2), b varchar(6)
--> ab | abcdef
--! case ISNULL of an int and a decimal stays an int
DECLARE @i int;
SELECT ISNULL(@i, 1.9) AS a, COALESCE(@i, 1.9) AS b;
--> 1 | 1.9
--! case NULLIF has the type of its first argument
SELECT NULLIF(1, 1) AS a, NULLIF(2, 1) AS b;
--> columns a int null, b int
--> NULL | 2
--! case IIF and CHOOSE
SELECT IIF(1 = 2, 'a', 'bc') AS a, CHOOSE(2, 'x', 'y', 'z') AS b, CHOOSE(4, 'x', 'y') AS c;
--> bc | y | NULL
--! case bits are not added
SELECT CAST(1 AS bit) + CAST(1 AS bit) AS a;
--> error 402, severity 16, state 1: The data types bit and bit are incompatible in the add operator.
--! case dates are not subtracted
SELECT CAST('2024-01-02' AS date) - CAST('2024-01-01' AS date) AS a;
--> error 8117, severity 16, state 1: Operand data type date is invalid for subtract operator.
--! case a number is not added to a date
SELECT CAST('2024-01-02' AS date) + 1 AS a;
--> error 206, severity 16, state 2: Operand type clash: date is incompatible with int
--! case a number is added to a datetime as days
SELECT CAST('2024-01-02' AS datetime) + 1 AS a, CAST('2024-01-02' AS datetime) - 0.5 AS b;
--> columns a datetime, b datetime
--> 2024-01-03 00:00:00.000 | 2024-01-01 12:00:00.000
--! case texts and bits have no sum
SELECT SUM(x) AS s FROM (VALUES ('1'), ('2')) AS t (x);
--> error 8117, severity 16, state 1: Operand data type varchar is invalid for sum operator.
--! case bits have no sum
SELECT SUM(CAST(x AS bit)) AS s FROM (VALUES (1), (0)) AS t (x);
--> error 8117, severity 16, state 1: Operand data type bit is invalid for sum operator.
--! case bits have no minimum
SELECT MIN(CAST(x AS bit)) AS s FROM (VALUES (1), (0)) AS t (x);
--> error 8117, severity 16, state 1: Operand data type bit is invalid for min operator.
--! case characters outside the code page become question marks
SELECT CAST(N'日' AS varchar(1)) AS a, CAST(N'é' AS varchar(1)) AS b, CAST(N'€' AS varchar(1)) AS c;
--> ? | é | €
--! case precision below one and above thirty-eight is refused
SELECT CAST(1 AS decimal(39,0)) AS a;
--> error 2750, state 1: Column or parameter #…: Specified column precision 39 is greater than the maximum precision of 38.
--! case scale above precision is refused
SELECT CAST(1 AS decimal(5,6)) AS a;
--> error 192, state 1: The scale must be less than or equal to the precision.
--! case a type that does not exist
SELECT CAST(1 AS foo) AS a;
--> error 243, severity 16, state 1: Type foo is not a defined system type.
--! case a column of a type that does not exist
CREATE TABLE dbo.Foo (a foo);
--> error 2715, severity 16: Column, parameter, or variable #1: Cannot find data type foo.
--! case a value is converted when it is assigned
DECLARE @i int = '12', @v varchar(10) = 12.50, @d date = '2024-05-06T10:11:12', @b bit = 7;
SELECT @i AS i, @v AS v, @d AS d, @b AS b;
--> 12 | 12.50 | 2024-05-06 | 1
--! case a long text is cut when it is assigned to a variable
DECLARE @v varchar(3) = 'abcdef';
SELECT @v AS v;
--> abc
--! case hexadecimal compares with text by bytes
SELECT 1 AS a WHERE 0x41 = CAST('A' AS varbinary(1));
--> 1
--! case real keeps seven digits
SELECT CAST(0.1 AS real) AS a, CAST(16777217 AS real) AS b;
--> columns a real, b real
--> 0.1 | 1.677722e+07
--! case float of twenty-four bits is real
SELECT CAST(1 AS float(24)) AS a, CAST(1 AS float(25)) AS b;
--> columns a real, b float
--> 1 | 1
--! case synonyms of types
SELECT CAST(1 AS integer) AS a, CAST(1 AS dec(4,1)) AS b, CAST('x' AS character varying(3)) AS c, CAST(1 AS double precision) AS d, CAST('2024-01-01' AS datetime2) AS e;
--> columns a int, b decimal(4,1), c varchar(3), d float, e datetime2(7)
--> 1 | 1.0 | x | 1 | 2024-01-01 00:00:00.0000000
--! case DATALENGTH counts bytes
SELECT DATALENGTH(CAST(1 AS int)) AS a, DATALENGTH(CAST(1 AS bigint)) AS b, DATALENGTH('ab ') AS c, DATALENGTH(N'ab') AS d, DATALENGTH(CAST(1 AS decimal(9,0))) AS e, DATALENGTH(CAST(1 AS decimal(10,0))) AS f, DATALENGTH(NEWID()) AS g, DATALENGTH(CAST(NULL AS int)) AS h;
--> 4 | 8 | 3 | 4 | 5 | 9 | 16 | NULL
--! case STR rounds and pads on the left
SELECT STR(123.45, 6, 1) AS a, STR(5) AS b, STR(123456, 3) AS c;
--> ' 123.5' | '         5' | ***
--! case ISNUMERIC
SELECT ISNUMERIC('12') AS a, ISNUMERIC('x') AS b, ISNUMERIC('1.5') AS c, ISNUMERIC('$5') AS d, ISNUMERIC(NULL) AS e;
--> 1 | 0 | 1 | 1 | 0
--! case FORMAT
--? refused: `FORMAT`
SELECT FORMAT(1234.5, 'N2', 'en-US') AS a;
--> 1,234.50
--! case PARSE
--? refused: `PARSE`
SELECT PARSE('1,234' AS int USING 'en-US') AS a;
--> 1234
--! case sql_variant
--? refused: `sql_variant`
SELECT SQL_VARIANT_PROPERTY(CAST(1 AS sql_variant), 'BaseType') AS a;
--> int
--! case xml
--? refused: `xml`
SELECT CAST('<a/>' AS xml) AS a;
--> <a/>
--! case text of a moment needs room
SELECT CAST(CAST('2024-05-06 07:08:09' AS datetime2(0)) AS varchar(19)) AS a, CAST(CAST('2024-05-06' AS date) AS varchar(10)) AS b;
--> 2024-05-06 07:08:09 | 2024-05-06
--! case money is read with signs and separators
SELECT CAST('$1,234.5' AS money) AS a, CAST('-12.34567' AS money) AS b;
--> 1234.5000 | -12.3457
--! case smallmoney has its own range
SELECT CAST(300000 AS smallmoney) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting expression to data type smallmoney.
