-- Queries: TOP, ORDER BY, GROUP BY, windows, STRING_AGG, common table expressions
--! case TOP WITH TIES
SELECT TOP (2) WITH TIES x FROM (VALUES (1), (2), (2), (3)) AS t (x) ORDER BY x;
--> 1
--> 2
--> 2
--! case TOP zero
SELECT TOP (0) x FROM (VALUES (1)) AS t (x);
--> no rows
--! case WITH TIES wants an order
SELECT TOP (1) WITH TIES x FROM (VALUES (1)) AS t (x);
--> error 1062, severity 15, state 1: The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.
--! case OFFSET and FETCH
SELECT x FROM (VALUES (1), (2), (3), (4)) AS t (x) ORDER BY x OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY;
--> 2
--> 3
--! case ORDER BY a position and an alias
SELECT x AS a, -x AS b FROM (VALUES (1), (2)) AS t (x) ORDER BY 2;
--> 2 | -2
--> 1 | -1
--! case ORDER BY beyond the list
SELECT x FROM (VALUES (1)) AS t (x) ORDER BY 3;
--> error 108: The ORDER BY position number 3 is out of range of the number of items in the select list.
--! case ORDER BY with DISTINCT wants a shown column
SELECT DISTINCT x FROM (VALUES (1, 2)) AS t (x, y) ORDER BY y;
--> error 145, severity 15: ORDER BY items must appear in the select list if SELECT DISTINCT is specified.
--! case a column outside of GROUP BY
SELECT x, y FROM (VALUES (1, 2)) AS t (x, y) GROUP BY x;
--> error 8120, severity 16, state 1: Column 't.y' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.
--! case an aggregate in WHERE
SELECT x FROM (VALUES (1)) AS t (x) WHERE COUNT(*) > 1;
--> error 147, severity 15: An aggregate may not appear in the WHERE clause unless it is in a subquery contained in a HAVING clause or a select list, and the column being aggregated is an outer reference.
--! case HAVING without GROUP BY
SELECT COUNT(*) AS n FROM (VALUES (1), (2)) AS t (x) HAVING COUNT(*) > 5;
--> no rows
--! case GROUP BY over nothing gives no row
SELECT x, COUNT(*) AS n FROM (VALUES (1)) AS t (x) WHERE x = 2 GROUP BY x;
--> no rows
--! case groups ignore case
SELECT COUNT(*) AS n FROM (VALUES ('a'), ('A'), ('a ')) AS t (x) GROUP BY x;
--> 3
--! case COUNT DISTINCT ignores case
SELECT COUNT(DISTINCT x) AS n FROM (VALUES ('a'), ('A'), ('b')) AS t (x);
--> 2
--! case ROLLUP
SELECT x, SUM(y) AS s FROM (VALUES (1, 2), (1, 3)) AS t (x, y) GROUP BY ROLLUP (x) ORDER BY x;
--> NULL | 5
--> 1 | 5
--! case WITH ROLLUP, and GROUPING tells the totals
SELECT a, b, SUM(n) AS s, GROUPING(a) AS ga, GROUPING(b) AS gb, GROUPING_ID(a, b) AS g FROM (VALUES ('x', 1, 1), ('x', 2, 2), ('y', 1, 4)) AS t (a, b, n) GROUP BY a, b WITH ROLLUP ORDER BY g, a, b;
--> columns a varchar(1), b int, s int, ga tinyint, gb tinyint, g int
--> x | 1 | 1 | 0 | 0 | 0
--> x | 2 | 2 | 0 | 0 | 0
--> y | 1 | 4 | 0 | 0 | 0
--> x | NULL | 3 | 0 | 1 | 1
--> y | NULL | 4 | 0 | 1 | 1
--> NULL | NULL | 7 | 1 | 1 | 3
--! case CUBE
SELECT a, b, COUNT(*) AS n FROM (VALUES (1, 1), (1, 2)) AS t (a, b) GROUP BY CUBE (a, b) ORDER BY GROUPING_ID(a, b), a, b;
--> 1 | 1 | 1
--> 1 | 2 | 1
--> 1 | NULL | 2
--> NULL | 1 | 1
--> NULL | 2 | 1
--> NULL | NULL | 2
--! case GROUPING SETS
SELECT a, b, COUNT(*) AS n FROM (VALUES (1, 1), (1, 2)) AS t (a, b) GROUP BY GROUPING SETS ((a, b), (a), ()) HAVING COUNT(*) > 0 ORDER BY GROUPING_ID(a, b), a, b;
--> 1 | 1 | 1
--> 1 | 2 | 1
--> 1 | NULL | 2
--> NULL | NULL | 2
--! case GROUPING of something else
SELECT a, GROUPING(a + 1) AS g FROM (VALUES (1)) AS t (a) GROUP BY ROLLUP (a);
--> error 8161, severity 16: Argument 1 of the GROUPING function does not match any of the expressions in the GROUP BY clause.
--! case ROW_NUMBER, RANK, DENSE_RANK, NTILE
SELECT x, ROW_NUMBER() OVER (ORDER BY x) AS a, RANK() OVER (ORDER BY x) AS b, DENSE_RANK() OVER (ORDER BY x) AS c, NTILE(2) OVER (ORDER BY x) AS d FROM (VALUES (1), (1), (2)) AS t (x) ORDER BY a;
--> columns x int, a bigint, b bigint, c bigint, d bigint
--> 1 | 1 | 1 | 1 | 1
--> 1 | 2 | 1 | 1 | 1
--> 2 | 3 | 3 | 2 | 2
--! case running totals take ties together
SELECT x, SUM(x) OVER (ORDER BY x) AS a, SUM(x) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) AS b FROM (VALUES (1), (2), (2)) AS t (x) ORDER BY x, b;
--> 1 | 1 | 1
--> 2 | 5 | 3
--> 2 | 5 | 5
--! case LAG, LEAD, FIRST_VALUE, LAST_VALUE
SELECT x, LAG(x) OVER (ORDER BY x) AS a, LEAD(x, 1, 0) OVER (ORDER BY x) AS b, FIRST_VALUE(x) OVER (ORDER BY x) AS c, LAST_VALUE(x) OVER (ORDER BY x) AS d FROM (VALUES (1), (2)) AS t (x) ORDER BY x;
--> 1 | NULL | 2 | 1 | 1
--> 2 | 1 | 0 | 1 | 2
--! case a window without an order
SELECT x, COUNT(*) OVER (PARTITION BY x) AS n FROM (VALUES (1), (1), (2)) AS t (x) ORDER BY x;
--> 1 | 2
--> 1 | 2
--> 2 | 1
--! case ROW_NUMBER wants an order
SELECT ROW_NUMBER() OVER (PARTITION BY x) AS n FROM (VALUES (1)) AS t (x);
--> error 4112, severity 15, state 1: The function 'ROW_NUMBER' must have an OVER clause with ORDER BY.
--! case a window in WHERE
SELECT x FROM (VALUES (1)) AS t (x) WHERE ROW_NUMBER() OVER (ORDER BY x) = 1;
--> error 4108, severity 15, state 1: Windowed functions can only appear in the SELECT or ORDER BY clauses.
--! case STRING_AGG in an order
SELECT STRING_AGG(x, ',') WITHIN GROUP (ORDER BY x DESC) AS a FROM (VALUES ('a'), ('c'), ('b'), (NULL)) AS t (x);
--> c,b,a
--! case STRING_AGG of nothing is NULL
SELECT STRING_AGG(x, ',') AS a FROM (VALUES ('a')) AS t (x) WHERE x = 'b';
--> NULL
--! case a recursive common table expression
WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4)
SELECT i FROM n ORDER BY i;
--> 1
--> 2
--> 3
--> 4
--! case recursion ends after a hundred levels
WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200)
SELECT COUNT(*) AS c FROM n;
--> error 530, severity 16, state 1: The statement terminated. The maximum recursion 100 has been exhausted before statement completion.
--! case MAXRECURSION sets another limit, or none
WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 150) SELECT MAX(i) AS m FROM n OPTION (MAXRECURSION 150);
WITH n AS (SELECT 1 AS i UNION ALL SELECT n.i + 1 FROM n WHERE n.i < 1000) SELECT MAX(i) AS m FROM n OPTION (MAXRECURSION 0);
WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT MAX(i) AS m FROM n OPTION (MAXRECURSION 5);
--> 150
--> next
--> 1000
--> error 530, severity 16: The statement terminated. The maximum recursion 5 has been exhausted before statement completion.
--! case a hundred levels are allowed
WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 101) SELECT COUNT(*) AS c, MAX(i) AS m FROM n;
--> 101 | 101
--! case recursion fills a table within its limit
DECLARE @t TABLE (i int);
WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO @t (i) SELECT i FROM n OPTION (MAXRECURSION 500);
SELECT COUNT(*) AS c FROM @t;
--> 200
--! case UNION removes duplicates, UNION ALL does not
SELECT x FROM (VALUES (1), (1)) AS t (x) UNION SELECT 2 ORDER BY x;
--> 1
--> 2
--! case UNION of different widths
SELECT 1 AS a UNION SELECT 1, 2;
--> error 205, severity 16, state 1: All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in their target lists.
--! case UNION converts to the higher type
SELECT 1 AS a UNION ALL SELECT 2.5 ORDER BY a;
--> 1.0
--> 2.5
--! case CROSS APPLY and OUTER APPLY
SELECT t.x, u.y FROM (VALUES (1), (2)) AS t (x) OUTER APPLY (SELECT t.x * 10 AS y WHERE t.x = 1) AS u ORDER BY t.x;
--> 1 | 10
--> 2 | NULL
--! case joins of all kinds
SELECT a.x, b.y FROM (VALUES (1), (2)) AS a (x) FULL JOIN (VALUES (2), (3)) AS b (y) ON a.x = b.y ORDER BY a.x, b.y;
--> NULL | 3
--> 1 | NULL
--> 2 | 2
--! case an ambiguous column
SELECT x FROM (VALUES (1)) AS a (x) CROSS JOIN (VALUES (1)) AS b (x);
--> error 209, severity 16, state 1: Ambiguous column name 'x'.
--! case an unknown column
SELECT y FROM (VALUES (1)) AS a (x);
--> error 207, severity 16, state 1: Invalid column name 'y'.
--! case an unknown alias
SELECT b.x FROM (VALUES (1)) AS a (x);
--> error 4104, severity 16, state 1: The multi-part identifier "b.x" could not be bound.
--! case an alias used twice
SELECT 1 AS a FROM (VALUES (1)) AS t (x) CROSS JOIN (VALUES (1)) AS t (y);
--> error 1011, severity 16, state 1: The correlation name 't' is specified multiple times in a FROM clause.
--! case names of columns, given and not
SELECT 1, x = 2, 3 AS [y z], t.v FROM (VALUES (4)) AS t (v);
--> columns _, x, [y z], v
--> 1 | 2 | 3 | 4
--! case nullability of columns
DECLARE @t TABLE (a int NOT NULL, b varchar(5) NULL);
INSERT INTO @t VALUES (1, 'x');
SELECT a, b, a + 1 AS c, ISNULL(b, '') AS d, COUNT(*) OVER () AS e FROM @t;
--> columns a int not null, b varchar(5) null, c int, d varchar(5) not null, e int
--> 1 | x | 2 | x | 1
