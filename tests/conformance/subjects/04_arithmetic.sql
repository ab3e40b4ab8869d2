-- Integer division, decimal precision and scale, overflow
--! case integer division truncates toward zero
SELECT 7 / 2 AS a, -7 / 2 AS b, 7 / -2 AS c;
--> columns a int, b int, c int
--> 3 | -3 | -3
--! case the remainder has the sign of the dividend
SELECT 7 % 3 AS a, -7 % 3 AS b, 7 % -3 AS c, 7.5 % 2 AS d;
--> 1 | -1 | 1 | 1.5
--! case division by zero
SELECT 1 / 0 AS a;
--> error 8134, severity 16, state 1, line 1: Divide by zero error encountered.
--! case remainder by zero
SELECT 1 % 0 AS a;
--> error 8134, severity 16, state 1: Divide by zero error encountered.
--! case a decimal and a float divided by zero
SELECT 1.0 / 0 AS a;
--> error 8134, severity 16: Divide by zero error encountered.
GO
SELECT 1e0 / 0 AS a;
--> error 8134, severity 16: Divide by zero error encountered.
--! case zero divided by zero
SELECT 0e0 / 0e0 AS a;
--> error 8134
--! case NULL divided by zero is NULL
DECLARE @n int;
SELECT @n / 0 AS a;
--> NULL
--! case precision and scale of a sum
DECLARE @a decimal(10,2) = 10.25, @b decimal(8,4) = 3.1234;
SELECT @a + @b AS a, @a - @b AS b;
--> columns a decimal(13,4), b decimal(13,4)
--> 13.3734 | 7.1266
--! case precision and scale of a product
DECLARE @a decimal(10,2) = 10.25, @b decimal(8,4) = 3.1234;
SELECT @a * @b AS a;
--> columns a decimal(19,6)
--> 32.014850
--! case precision and scale of a quotient
DECLARE @a decimal(10,2) = 10, @b decimal(10,2) = 3;
SELECT @a / @b AS a;
--> columns a decimal(23,13)
--> 3.3333333333333
--! case a quotient has at least six digits
DECLARE @a decimal(5,0) = 1, @b decimal(2,0) = 3;
SELECT @a / @b AS a;
--> columns a decimal(11,6)
--> 0.333333
--! case a product of large precision keeps six digits
DECLARE @a decimal(38,10) = 2, @b decimal(38,10) = 3;
SELECT @a * @b AS a;
--> columns a decimal(38,6)
--> 6.000000
--! case a quotient of large precision keeps six digits
DECLARE @a decimal(38,20) = 1, @b decimal(38,20) = 3;
SELECT @a / @b AS a;
--> columns a decimal(38,6)
--> 0.333333
--! case the remainder of decimals
DECLARE @a decimal(10,2) = 7.50, @b decimal(10,2) = 2;
SELECT @a % @b AS a;
--> columns a decimal(10,2)
--> 1.50
--! case an int variable in a decimal computation has ten digits
DECLARE @i int = 1, @d decimal(5,2) = 3;
SELECT @i / @d AS a, @i + @d AS b, @i * @d AS c;
--> columns a decimal(18,6), b decimal(13,2), c decimal(16,2)
--> 0.333333 | 4.00 | 3.00
--! case overflow of int
SELECT 2147483647 + 1 AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
--! case overflow of an int product
SELECT 100000 * 100000 AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
--! case overflow of tinyint
SELECT CAST(255 AS tinyint) + CAST(1 AS tinyint) AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type tinyint.
--! case tinyint has no negative results
SELECT CAST(1 AS tinyint) - CAST(2 AS tinyint) AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type tinyint.
--! case overflow of smallint
SELECT CAST(32767 AS smallint) + CAST(1 AS smallint) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting expression to data type smallint.
--! case overflow of bigint
SELECT CAST(9223372036854775807 AS bigint) + 1 AS a;
--> error 8115, severity 16: Arithmetic overflow error converting expression to data type bigint.
--! case overflow of a sum of ints
SELECT SUM(x) AS a FROM (VALUES (2147483647), (1)) AS t (x);
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
--! case the smallest int has no absolute value
SELECT ABS(CAST(-2147483648 AS int)) AS a;
--> error 8115, severity 16, state 2: Arithmetic overflow error converting expression to data type int.
--! case smaller integers with larger ones
SELECT CAST(1 AS tinyint) + CAST(1 AS smallint) AS a, CAST(1 AS smallint) + CAST(1 AS int) AS b, CAST(1 AS int) + CAST(1 AS bigint) AS c, CAST(1 AS bit) + 1 AS d;
--> columns a smallint, b int, c bigint, d int
--> 2 | 2 | 2 | 2
--! case floats swallow decimals and decimals swallow money
SELECT CAST(1.5 AS decimal(5,2)) + 1e0 AS a, CAST(1 AS money) + CAST(1 AS int) AS b, CAST(1 AS real) + 1 AS c;
--> columns a float, b money, c real
--> 2.5 | 2.0000 | 2
--! case money has four digits
SELECT CAST(10 AS money) / 3 AS a, CAST(10 AS money) * 0.5 AS b, $10 / $3 AS c;
--> 3.3333 | 5.00000 | 3.3333
--! case ROUND rounds half away from zero
SELECT ROUND(2.5, 0) AS a, ROUND(-2.5, 0) AS b, ROUND(1.2345, 3) AS c, ROUND(1234.567, -2) AS d;
--> 3.0 | -3.0 | 1.2350 | 1200.000
--! case ROUND can truncate
SELECT ROUND(150.75, 0, 1) AS a, ROUND(-1.99, 1, 1) AS b;
--> 150.00 | -1.90
--! case ROUND of an int
SELECT ROUND(155, -1) AS a, ROUND(149, -2) AS b;
--> columns a int, b int
--> 160 | 100
--! case ROUND beyond the precision
SELECT ROUND(748.58, -3) AS a;
--> error 8115, severity 16: Arithmetic overflow error converting expression to data type numeric.
--! case CEILING, FLOOR, ABS, SIGN
SELECT CEILING(1.2) AS a, FLOOR(-1.2) AS b, ABS(-1.5) AS c, SIGN(-3) AS d, CEILING(-1.2) AS e;
--> 2 | -2 | 1.5 | -1 | -1
--! case POWER has the type of its first argument
SELECT POWER(2, 10) AS a, POWER(2, 0.5) AS b, POWER(2e0, 0.5) AS c;
--> columns a int, b int, c float
--> 1024 | 1 | 1.4142135623731
--! case POWER beyond int
SELECT POWER(2, 31) AS a;
--> error 232, severity 16, state 3: Arithmetic overflow error for type int, value = 2147483648.000000.
--! case SQRT, SQUARE, EXP
SELECT SQRT(16) AS a, SQUARE(3) AS b, EXP(0) AS c, LOG10(100) AS d;
--> columns a float, b float, c float, d float
--> 4 | 9 | 1 | 2
--! case a root of a negative number
SELECT SQRT(-1) AS a;
--> error 3623, severity 16, state 1: An invalid floating point operation occurred.
--! case the logarithm of zero
SELECT LOG(0) AS a;
--> error 3623, severity 16, state 1: An invalid floating point operation occurred.
--! case bits of integers
SELECT 5 & 3 AS a, 5 | 3 AS b, 5 ^ 3 AS c, ~5 AS d;
--> 1 | 7 | 6 | -6
--! case assignment operators
DECLARE @i int = 10;
SET @i += 5; SET @i -= 3; SET @i *= 2; SET @i /= 5; SET @i %= 3;
SELECT @i AS i;
--> 1
--! case operators of one rank are applied from the left
SELECT 100 / 10 * 2 AS a, 10 - 5 - 2 AS b, 2 + 3 * 4 AS c, -2 * -3 AS d;
--> 20 | 3 | 14 | 6
--! case the mean of ints is an int
SELECT AVG(x) AS a, AVG(x * 1.0) AS b FROM (VALUES (1), (2)) AS t (x);
--> 1 | 1.500000
--! case sums have wider types
DECLARE @t TABLE (a tinyint, b int, c bigint, d decimal(5,2), e money, f real);
INSERT INTO @t VALUES (1, 1, 1, 1, 1, 1);
SELECT SUM(a) AS a, SUM(b) AS b, SUM(c) AS c, SUM(d) AS d, SUM(e) AS e, SUM(f) AS f, AVG(d) AS g FROM @t;
--> columns a int, b int, c bigint, d decimal(38,2), e money, f float, g decimal(38,6)
--> 1 | 1 | 1 | 1.00 | 1.0000 | 1 | 1.000000
--! case counts are int and bigint
SELECT COUNT(*) AS a, COUNT_BIG(*) AS b FROM (VALUES (1)) AS t (x);
--> columns a int, b bigint
--> 1 | 1
--! case an overflow in an expression of a WHERE
SELECT 1 AS a FROM (VALUES (2147483647)) AS t (x) WHERE x + 1 > 0;
--> error 8115
--! case the remainder of floats is not defined
SELECT 5e0 % 2e0 AS a;
--> error 402, severity 16, state 1: The data types float and float are incompatible in the modulo operator.
