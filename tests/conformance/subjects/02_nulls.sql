-- NULL and three-valued logic
--! case NULL equals nothing, not even NULL
SELECT CASE WHEN NULL = NULL THEN 'equal' WHEN NULL <> NULL THEN 'different' ELSE 'unknown' END AS a;
--> unknown
--! case IS NULL and IS NOT NULL
SELECT CASE WHEN NULL IS NULL THEN 1 ELSE 0 END AS a, CASE WHEN '' IS NULL THEN 1 ELSE 0 END AS b, CASE WHEN 0 IS NOT NULL THEN 1 ELSE 0 END AS c;
--> 1 | 0 | 1
--! case WHERE keeps only what is true
SELECT x FROM (VALUES (1), (NULL), (3)) AS t (x) WHERE x <> 3;
--> 1
--! case NOT of unknown is unknown
SELECT COUNT(*) AS n FROM (VALUES (1), (NULL)) AS t (x) WHERE NOT (x = 2);
--> 1
--! case AND and OR with unknown
DECLARE @n int;
SELECT CASE WHEN @n = 1 AND 1 = 0 THEN 't' WHEN NOT (@n = 1 AND 1 = 0) THEN 'f' ELSE 'u' END AS a,
       CASE WHEN @n = 1 OR 1 = 1 THEN 't' ELSE 'u' END AS b,
       CASE WHEN NOT (@n = 1 AND 1 = 1) THEN 't' ELSE 'u' END AS c;
--> f | t | u
--! case NOT IN with a NULL in the list finds nothing
SELECT x FROM (VALUES (1), (2)) AS t (x) WHERE x NOT IN (1, NULL);
--> no rows
--! case NOT IN over a query with a NULL finds nothing
SELECT x FROM (VALUES (1), (2)) AS t (x) WHERE x NOT IN (SELECT y FROM (VALUES (1), (NULL)) AS u (y));
--> no rows
--! case NOT EXISTS does not mind NULL
SELECT x FROM (VALUES (1), (2)) AS t (x) WHERE NOT EXISTS (SELECT 1 FROM (VALUES (1), (NULL)) AS u (y) WHERE u.y = t.x);
--> 2
--! case IN with NULL finds what is there
SELECT x FROM (VALUES (1), (2), (NULL)) AS t (x) WHERE x IN (1, NULL);
--> 1
--! case a check that is unknown is kept
DECLARE @n int;
IF @n > 0 PRINT 'positive' ELSE PRINT 'not known';
--> print not known
--! case arithmetic with NULL is NULL
SELECT 1 + NULL AS a, NULL * 0 AS b, -CAST(NULL AS int) AS c;
--> NULL | NULL | NULL
--! case text with NULL is NULL, but CONCAT ignores it
SELECT 'a' + NULL AS a, CONCAT('a', NULL, 'b') AS b, CONCAT(NULL, NULL) AS c, CONCAT_WS('-', 'a', NULL, 'b') AS d;
--> NULL | ab | '' | a-b
--! case aggregates ignore NULL
SELECT COUNT(*) AS a, COUNT(x) AS b, SUM(x) AS c, AVG(x) AS d, MIN(x) AS e, MAX(x) AS f FROM (VALUES (1), (NULL), (4)) AS t (x);
--> 3 | 2 | 5 | 2 | 1 | 4
--> message 8153: Warning: Null value is eliminated by an aggregate or other SET operation.
--! case a sum of nothing is NULL, a count of nothing is zero
SELECT SUM(x) AS a, COUNT(x) AS b, COUNT(*) AS c, MAX(x) AS d FROM (VALUES (1)) AS t (x) WHERE x = 2;
--> NULL | 0 | 0 | NULL
--! case GROUP BY and DISTINCT take NULLs as one
SELECT x, COUNT(*) AS n FROM (VALUES (1), (NULL), (NULL)) AS t (x) GROUP BY x ORDER BY x;
--> NULL | 2
--> 1 | 1
--! case DISTINCT takes NULLs as one
SELECT DISTINCT x FROM (VALUES (NULL), (NULL), ('a')) AS t (x) ORDER BY x;
--> NULL
--> a
--! case UNION, INTERSECT and EXCEPT take NULLs as equal
SELECT x FROM (VALUES (1), (NULL)) AS t (x) INTERSECT SELECT y FROM (VALUES (NULL), (2)) AS u (y);
--> NULL
--! case EXCEPT removes NULL by NULL
SELECT x FROM (VALUES (1), (NULL)) AS t (x) EXCEPT SELECT NULL;
--> 1
--! case a join does not match NULL with NULL
SELECT COUNT(*) AS n FROM (VALUES (1), (NULL)) AS a (x) INNER JOIN (VALUES (1), (NULL)) AS b (x) ON a.x = b.x;
--> 1
--! case IS NOT DISTINCT FROM matches NULL with NULL
SELECT COUNT(*) AS n FROM (VALUES (1), (NULL)) AS a (x) INNER JOIN (VALUES (1), (NULL)) AS b (x) ON a.x IS NOT DISTINCT FROM b.x;
--> 2
--! case IS DISTINCT FROM is never unknown
DECLARE @n int;
SELECT CASE WHEN @n IS DISTINCT FROM 1 THEN 1 ELSE 0 END AS a, CASE WHEN @n IS DISTINCT FROM NULL THEN 1 ELSE 0 END AS b;
--> 1 | 0
--! case NULL comes first in ascending and last in descending order
SELECT x FROM (VALUES (2), (NULL), (1)) AS t (x) ORDER BY x DESC;
--> 2
--> 1
--> NULL
--! case COALESCE and ISNULL
SELECT COALESCE(NULL, NULL, 3) AS a, ISNULL(NULL, 4) AS b;
--> 3 | 4
--! case COALESCE of nothing but NULL constants
SELECT COALESCE(NULL, NULL) AS a;
--> error 4127, severity 16, state 1: At least one of the arguments to COALESCE must be an expression that is not the NULL constant.
--! case NULLIF of a NULL constant
SELECT NULLIF(NULL, 1) AS a;
--> error 4151, severity 16, state 1: The type of the first argument to NULLIF cannot be the NULL constant because the type of the first argument has to be known.
--! case CASE of NULL constants only
SELECT CASE WHEN 1 = 1 THEN NULL ELSE NULL END AS a;
--> error 8133, severity 16, state 1: At least one of the result expressions in a CASE specification must be an expression other than the NULL constant.
--! case simple CASE never meets NULL
SELECT CASE x WHEN NULL THEN 'null' ELSE 'other' END AS a FROM (VALUES (CAST(NULL AS int))) AS t (x);
--> other
--! case a subquery without rows is NULL
SELECT ISNULL((SELECT x FROM (VALUES (1)) AS t (x) WHERE x = 2), -1) AS a;
--> -1
--! case ALL over nothing is true, ANY is false
SELECT CASE WHEN 1 > ALL (SELECT x FROM (VALUES (1)) AS t (x) WHERE x = 2) THEN 1 ELSE 0 END AS a, CASE WHEN 1 > ANY (SELECT x FROM (VALUES (1)) AS t (x) WHERE x = 2) THEN 1 ELSE 0 END AS b;
--> 1 | 0
--! case BETWEEN with NULL is unknown
SELECT CASE WHEN 5 BETWEEN NULL AND 3 THEN 't' WHEN NOT 5 BETWEEN NULL AND 3 THEN 'f' ELSE 'u' END AS a;
--> f
--! case LIKE with NULL is unknown
DECLARE @n varchar(5);
SELECT CASE WHEN 'a' LIKE @n THEN 't' WHEN 'a' NOT LIKE @n THEN 'f' ELSE 'u' END AS a;
--> u
--! case WHILE over unknown does not begin
DECLARE @n int;
WHILE @n < 3 SET @n += 1;
SELECT @n AS n;
--> NULL
--! case a computed count of NULLs warns once
SELECT COUNT(x) AS a FROM (VALUES (NULL), (1)) AS t (x);
--> 1
--> message 8153: Warning: Null value is eliminated by an aggregate or other SET operation.
