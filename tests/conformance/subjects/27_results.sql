-- Results in detail: rules of queries, columns as clients see them, windows, JSON
--! setup
CREATE TABLE dbo.Thing (Id int NOT NULL PRIMARY KEY, Name varchar(10) NULL, Amount decimal(9,2) NULL, Day date NULL, Note nvarchar(20) NULL);
INSERT INTO dbo.Thing VALUES (1, 'a', 1.5, '2024-01-01', N'x'), (2, 'b', NULL, NULL, NULL), (3, 'A', 2.5, '2024-02-01', N'é"\/');
--! case GROUP BY a constant
SELECT COUNT(*) AS n FROM dbo.Thing GROUP BY 1;
--> error 164, severity 15, state 1: Each GROUP BY expression must contain at least one column that is not an outer reference.
--! case GROUP BY an aggregate or a subquery
SELECT COUNT(*) AS n FROM dbo.Thing GROUP BY COUNT(*);
--> error 144, severity 15, state 1: Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.
GO
SELECT COUNT(*) AS n FROM dbo.Thing GROUP BY (SELECT 1);
--> error 144, severity 15, state 1: Cannot use an aggregate or a subquery in an expression used for the group by list of a GROUP BY clause.
--! case HAVING without GROUP BY, true
SELECT 1 AS a FROM dbo.Thing HAVING COUNT(*) = 3;
--> 1
--! case a column in HAVING that is not grouped by
SELECT COUNT(*) AS n FROM dbo.Thing HAVING Id > 1;
--> error 8121, severity 16, state 1: Column 'dbo.Thing.Id' is invalid in the HAVING clause because it is not contained in either an aggregate function or the GROUP BY clause.
--! case a column in ORDER BY that is not grouped by
SELECT t.Name FROM dbo.Thing AS t GROUP BY t.Name ORDER BY t.Id;
--> error 8127, severity 16, state 1: Column "t.Id" is invalid in the ORDER BY clause because it is not contained in either an aggregate function or the GROUP BY clause.
--! case a column beside an aggregate, named as its table is
SELECT Id, COUNT(*) AS n FROM dbo.Thing;
--> error 8120, severity 16, state 1: Column 'dbo.Thing.Id' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.
--! case an aggregate of an aggregate
SELECT SUM(COUNT(*)) AS s FROM dbo.Thing;
--> error 130, severity 15, state 1: Cannot perform an aggregate function on an expression containing an aggregate or a subquery.
--! case a subquery with two columns
SELECT (SELECT Id, Name FROM dbo.Thing WHERE Id = 1) AS a;
--> error 116, severity 16, state 1: Only one expression can be specified in the select list when the subquery is not introduced with EXISTS.
--! case a correlated subquery with two rows
SELECT (SELECT q.Id FROM dbo.Thing AS q WHERE q.Name = p.Name) AS a FROM dbo.Thing AS p WHERE p.Id = 1;
--> error 512, severity 16, state 1: Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.
--! case TOP and OFFSET of less than nothing, FETCH of nothing
DECLARE @n int = -1;
SELECT TOP (@n) Id FROM dbo.Thing;
--> error 127, severity 15: A TOP N or FETCH rowcount value may not be negative.
GO
SELECT Id FROM dbo.Thing ORDER BY Id OFFSET -1 ROWS;
--> error 10742, severity 15: The offset specified in a OFFSET clause may not be negative.
GO
SELECT Id FROM dbo.Thing ORDER BY Id OFFSET 0 ROWS FETCH NEXT 0 ROWS ONLY;
--> error 10744, severity 15: The number of rows provided for a FETCH clause must be greater then zero.
--! case OFFSET without ORDER BY
SELECT Id FROM dbo.Thing OFFSET 1 ROWS;
--> error 102, severity 15: Incorrect syntax near '1'.
--! case ORDER BY a constant, and a column twice
SELECT Id FROM dbo.Thing ORDER BY 'a';
--> error 408, severity 16, state 1: A constant expression was encountered in the ORDER BY list, position 1.
GO
SELECT Id, Name FROM dbo.Thing ORDER BY Id, Id;
--> error 169, severity 15, state 1: A column has been specified more than once in the order by list. Columns in the order by list must be unique.
--! case ORDER BY in a derived table
SELECT a FROM (SELECT Id AS a FROM dbo.Thing ORDER BY Id) AS t;
--> error 1033, severity 15, state 1: The ORDER BY clause is invalid in views, inline functions, derived tables, subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also specified.
--! case UNION is ordered by what it shows
SELECT Id FROM dbo.Thing UNION SELECT Id FROM dbo.Thing ORDER BY Name;
--> error 104, severity 16, state 1: ORDER BY items must appear in the select list if the statement contains a UNION, INTERSECT or EXCEPT operator.
--! case UNION takes the names of its first query and the types of both
SELECT 'ab' AS x, 1 AS y UNION ALL SELECT N'cde', 2.25 ORDER BY y;
--> columns x nvarchar(3), y decimal(12,2)
--> ab | 1.00
--> cde | 2.25
--! case UNION of a number and a word
SELECT 1 AS a UNION ALL SELECT 'x';
--> error 245, severity 16, state 1: Conversion failed when converting the varchar value 'x' to data type int.
--! case INTERSECT comes before EXCEPT and UNION
SELECT 1 AS a UNION SELECT 2 EXCEPT SELECT 2 INTERSECT SELECT 2;
--> 1
--! case the number of values and of columns in INSERT
INSERT INTO dbo.Thing (Id, Name) VALUES (9);
--> error 109, severity 15, state 1: There are more columns in the INSERT statement than values specified in the VALUES clause. The number of values in the VALUES clause must match the number of columns specified in the INSERT statement.
GO
INSERT INTO dbo.Thing (Id) SELECT 9, 'a';
--> error 121, severity 15, state 1: The select list for the INSERT statement contains more items than the insert list. The number of SELECT values must match the number of INSERT columns.
GO
SELECT * FROM (VALUES (1, 2), (3)) AS t (a, b);
--> error 10709, severity 16, state 1: The number of columns for each row in a table value constructor must be the same.
--! case columns of derived tables have names, each once
SELECT * FROM (SELECT 1) AS t;
--> error 8155, severity 16, state 2: No column name was specified for column 1 of 't'.
GO
SELECT * FROM (SELECT 1 AS a, 2 AS a) AS t;
--> error 8156, severity 16, state 1: The column 'a' was specified multiple times for 't'.
GO
SELECT * FROM (SELECT 1 AS a) AS t (x, y);
--> error 8159, severity 16, state 1: 't' has fewer columns than were specified in the column list.
--! case an alias is known in ORDER BY only, and not in its expressions
SELECT Id AS x FROM dbo.Thing WHERE x = 1;
--> error 207, severity 16, state 1: Invalid column name 'x'.
GO
SELECT Id AS x FROM dbo.Thing ORDER BY x + 1;
--> error 207, severity 16, state 1: Invalid column name 'x'.
--! case functions that do not exist
SELECT dbo.NoFunction(1) AS a;
--> error 4121, severity 16, state 1: Cannot find either column "dbo" or the user-defined function or aggregate "dbo.NoFunction", or the name is ambiguous.
GO
SELECT NOFUNC(1) AS a;
--> error 195, severity 15, state 10: 'NOFUNC' is not a recognized built-in function name.
--! case a SELECT assigns or shows
DECLARE @x int;
SELECT @x = Id, Name FROM dbo.Thing;
--> error 141, severity 15, state 1: A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.
--! case computed columns are nullable, chosen and literal ones are not
SELECT t.Id AS a, t.Id + 1 AS b, COALESCE(t.Name, 'x') AS c, ISNULL(t.Name, 'x') AS d, COUNT(*) AS e, ROW_NUMBER() OVER (ORDER BY t.Id) AS f, 1 AS g, MAX(t.Id) AS h FROM dbo.Thing AS t WHERE t.Id = 1 GROUP BY t.Id, t.Name;
--> columns a int not null, b int null, c varchar(10) null, d varchar(10) not null, e int null, f bigint null, g int not null, h int null
--> 1 | 2 | a | a | 1 | 1 | 1 | 1
--! case an outer join makes columns nullable
SELECT a.Id AS x, b.Id AS y FROM dbo.Thing AS a LEFT JOIN dbo.Thing AS b ON b.Id = a.Id + 1 WHERE a.Id > 1 ORDER BY a.Id;
--> columns x int not null, y int null
--> 2 | 3
--> 3 | NULL
--! case a range of a window has no numbers
SELECT SUM(Id) OVER (ORDER BY Id RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM dbo.Thing;
--> error 4194, severity 16, state 1: RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters.
--! case ties of a window without a frame, and the last value of it
SELECT x, y, SUM(y) OVER (ORDER BY x) AS r, LAST_VALUE(y) OVER (ORDER BY x, y) AS l, COUNT(*) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS c FROM (VALUES (1, 10), (1, 20), (2, 5)) AS t (x, y) ORDER BY x, y;
--> 1 | 10 | 30 | 10 | 3
--> 1 | 20 | 30 | 20 | 3
--> 2 | 5 | 35 | 5 | 3
--! case LAG and LEAD with defaults have the type of the column
SELECT LAG(Amount, 1, 0) OVER (ORDER BY Id) AS a, LEAD(Name, 1, 'none') OVER (ORDER BY Id) AS b FROM dbo.Thing ORDER BY Id;
--> columns a decimal(9,2), b varchar(10)
--> 0.00 | b
--> 1.50 | A
--> NULL | none
--! case DISTINCT does not go with OVER, nor one window inside of another
SELECT COUNT(DISTINCT Name) OVER () AS n FROM dbo.Thing;
--> error 10759, severity 15: Use of DISTINCT is not allowed with the OVER clause.
GO
SELECT SUM(ROW_NUMBER() OVER (ORDER BY Id)) OVER () AS a FROM dbo.Thing;
--> error 4109, severity 15: Windowed functions cannot be used in the context of another windowed function or aggregate.
--! case lists of several types
SELECT CASE WHEN 1 IN ('1', 2) THEN 'y' ELSE 'n' END AS a, CASE WHEN 'a' IN ('A ', NULL) THEN 'y' ELSE 'n' END AS b, CASE WHEN 3 NOT IN (1, 2) THEN 'y' ELSE 'n' END AS c, CASE WHEN 3 >= ALL (SELECT Id FROM dbo.Thing) THEN 'y' ELSE 'n' END AS d, CASE WHEN 3 = SOME (SELECT Id FROM dbo.Thing) THEN 'y' ELSE 'n' END AS e;
--> y | y | y | y | y
--! case types of STRING_AGG
SELECT STRING_AGG(Id, ',') WITHIN GROUP (ORDER BY Id DESC) AS a, STRING_AGG(Name, ';') WITHIN GROUP (ORDER BY Id) AS b, STRING_AGG(CAST(Name AS varchar(max)), ',') WITHIN GROUP (ORDER BY Id) AS c FROM dbo.Thing;
--> columns a nvarchar(4000), b varchar(8000), c varchar(max)
--> 3,2,1 | a;b;A | a,b,A
--! case STRING_AGG beyond 8000 bytes
SELECT STRING_AGG(REPLICATE('x', 5000), ',') AS a FROM (VALUES (1), (2)) AS t (n);
--> error 9829, severity 16, state 1: STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types to avoid result truncation.
--! case STRING_SPLIT of NULL has no row, of nothing one
SELECT COUNT(*) AS n FROM STRING_SPLIT(CAST(NULL AS varchar(5)), ',');
SELECT COUNT(*) AS n FROM STRING_SPLIT('', ',');
--> 0
--> next
--> 1
--! case FOR JSON with and without NULLs, escaped
SELECT Id, Name, Amount, Day, Note FROM dbo.Thing ORDER BY Id FOR JSON PATH, INCLUDE_NULL_VALUES;
SELECT Id, Amount FROM dbo.Thing WHERE Id = 2 FOR JSON PATH;
--> [{"Id":1,"Name":"a","Amount":1.50,"Day":"2024-01-01","Note":"x"},{"Id":2,"Name":"b","Amount":null,"Day":null,"Note":null},{"Id":3,"Name":"A","Amount":2.50,"Day":"2024-02-01","Note":"é\"\\\/"}]
--> next
--> [{"Id":2}]
--! case FOR JSON with a root, objects and an array inside
SELECT Id AS [p.id], Name AS [p.name], (SELECT q.Id FROM dbo.Thing AS q WHERE q.Id > 2 FOR JSON PATH) AS qs FROM dbo.Thing WHERE Id = 1 FOR JSON PATH, ROOT('all');
--> {"all":[{"p":{"id":1,"name":"a"},"qs":[{"Id":3}]}]}
--! case FOR JSON of types
SELECT CAST(1 AS bit) AS b, CAST(1.5 AS money) AS m, CAST('2024-01-02T03:04:05.120' AS datetime2(3)) AS d, CAST('2024-01-02T03:04:05' AS datetime) AS e, CAST('03:04:05' AS time(0)) AS t, CAST('6F9619FF-8B86-D011-B42D-00C04FC964FF' AS uniqueidentifier) AS g, 0x0102 AS x FOR JSON PATH, WITHOUT_ARRAY_WRAPPER;
--> {"b":true,"m":1.5000,"d":"2024-01-02T03:04:05.120","e":"2024-01-02T03:04:05","t":"03:04:05","g":"6F9619FF-8B86-D011-B42D-00C04FC964FF","x":"AQI="}
--! case FOR JSON of a column without a name
SELECT Id + 1 FROM dbo.Thing FOR JSON PATH;
--> error 13605, severity 16: Column expressions and data sources without names or aliases cannot be formatted as JSON text using FOR JSON clause. Add alias to the unnamed column or table.
--! case FOR JSON of columns that are in each other's way
SELECT 1 AS [a], 2 AS [a.b] FOR JSON PATH;
--> error 13601, severity 16: Property 'a.b' cannot be generated in JSON output due to a conflict with another column name or alias. Use different names and aliases for each column in SELECT list.
--! case FOR JSON escapes control characters
SELECT CHAR(9) + CHAR(10) + CHAR(13) + CHAR(8) + CHAR(12) + CHAR(1) + '<>&''' AS a FOR JSON PATH;
--> [{"a":"\t\n\r\b\f\u0001<>&'"}]
--! case JSON_VALUE of more than 4000 characters
SELECT JSON_VALUE('{"a":"' + REPLICATE('x', 4001) + '"}', '$.a') AS a;
--> NULL
GO
SELECT JSON_VALUE('{"a":"' + REPLICATE('x', 4001) + '"}', 'strict $.a') AS a;
--> error 13625, severity 16: String value in the specified JSON path would be truncated.
--! case strict paths to what is no scalar, and to what is one
SELECT JSON_VALUE('{"a":{}}', 'strict $.a') AS a;
--> error 13623, severity 16: Scalar value cannot be found in the specified JSON path.
GO
SELECT JSON_QUERY('{"a":1}', 'strict $.a') AS a;
--> error 13624, severity 16: Object or array cannot be found in the specified JSON path.
--! case paths are exact in case, may be quoted, and index from zero
SELECT JSON_VALUE('{"A":1}', '$.a') AS a, JSON_VALUE('{"a b":1}', '$."a b"') AS b, JSON_VALUE('[10,20]', '$[1]') AS c, JSON_VALUE('{"a":true}', '$.a') AS d, JSON_VALUE('{"a":null}', '$.a') AS e, JSON_VALUE('{"a":1.50}', '$.a') AS f, JSON_VALUE('{"a":"\u0041"}', '$.a') AS g, JSON_QUERY('{"a":[1, 2]}') AS h;
--> NULL | 1 | 20 | true | NULL | 1.50 | A | {"a":[1, 2]}
--! case JSON_MODIFY appends, removes, nests
SELECT JSON_MODIFY('{"a":[1]}', 'append $.a', 2) AS a, JSON_MODIFY('{"a":1}', 'strict $.a', NULL) AS b, JSON_MODIFY('{"a":{"b":1}}', '$.a', JSON_QUERY('[1]')) AS c, JSON_MODIFY('{}', '$.a', CAST(1 AS bit)) AS d, JSON_MODIFY('{}', '$.a', '{"x":1}') AS e;
--> {"a":[1,2]} | {"a":null} | {"a":[1]} | {"a":true} | {"a":"{\"x\":1}"}
--! case OPENJSON tells keys, values and kinds
SELECT [key], value, type FROM OPENJSON('[1, "a", null, true, [1], {"x":1}]') ORDER BY CAST([key] AS int);
--> columns [key] nvarchar(4000), value nvarchar(max), type tinyint
--> 0 | 1 | 2
--> 1 | a | 1
--> 2 | NULL | 0
--> 3 | true | 3
--> 4 | [1] | 4
--> 5 | {"x":1} | 5
--! case OPENJSON with a path, nested JSON and types
SELECT a, b, c, d FROM OPENJSON('{"r":[{"a":1,"b":{"x":[1]},"c":"2024-01-02"},{"a":"2","d":1.25}]}', '$.r') WITH (a int, b nvarchar(max) AS JSON, c date, d decimal(5,1) '$.d') ORDER BY a;
--> 1 | {"x":[1]} | 2024-01-02 | NULL
--> 2 | NULL | NULL | 1.3
--! case OPENJSON of a value that does not convert, of a property that is missing
SELECT a FROM OPENJSON('[{"a":"x"}]') WITH (a int);
--> error 245, severity 16, state 1: Conversion failed when converting the nvarchar value 'x' to data type int.
GO
SELECT a FROM OPENJSON('[{"b":"x"}]') WITH (a int 'strict $.a');
--> error 13608, severity 16: Property cannot be found on the specified JSON path.
--! case JSON_OBJECT and JSON_ARRAY treat NULLs in their own ways
SELECT JSON_OBJECT('a':1, 'b':NULL, 'c':'x') AS a, JSON_OBJECT('a':NULL ABSENT ON NULL) AS b, JSON_ARRAY(1, 'a', NULL) AS c, JSON_ARRAY(1, NULL NULL ON NULL) AS d, JSON_ARRAY() AS e;
--> {"a":1,"b":null,"c":"x"} | {} | [1,"a"] | [1,null] | []
--! case a recursion does not change its types
WITH c AS (SELECT 1 AS n, CAST('a' AS varchar(10)) AS s UNION ALL SELECT n + 1, s + 'b' FROM c WHERE n < 3)
SELECT n, s FROM c;
--> error 240, severity 16, state 1: Types don't match between the anchor and the recursive part in column "s" of recursive query "c".
GO
WITH c AS (SELECT 1 AS n, CAST('a' AS varchar(10)) AS s UNION ALL SELECT n + 1, CAST(s + 'b' AS varchar(10)) FROM c WHERE n < 3)
SELECT n, s FROM c ORDER BY n;
--> 1 | a
--> 2 | ab
--> 3 | abb
--! case common table expressions have names of their own
WITH c AS (SELECT 1 AS b), c AS (SELECT 2 AS b) SELECT b FROM c;
--> error 239, severity 16: Duplicate common table expression name 'c' was specified.
--! case EXISTS computes nothing
SELECT CASE WHEN EXISTS (SELECT 1 / 0) THEN 1 ELSE 0 END AS a;
--> 1
--! case NULL in a list, in a join, in a sum
SELECT COUNT(*) AS n FROM dbo.Thing WHERE Amount NOT IN (SELECT Amount FROM dbo.Thing WHERE Id = 2);
SELECT COUNT(*) AS n FROM dbo.Thing WHERE Amount NOT IN (SELECT Amount FROM dbo.Thing WHERE 1 = 0);
SELECT COUNT(*) AS n FROM dbo.Thing AS a INNER JOIN dbo.Thing AS b ON a.Amount <> b.Amount;
--> 0
--> next
--> 3
--> next
--> 2
--! case order by a choice, NULLs at the end
SELECT Id FROM dbo.Thing ORDER BY CASE WHEN Amount IS NULL THEN 1 ELSE 0 END, Amount DESC;
--> 3
--> 1
--> 2
--! case DISTINCT is ordered by what it shows, not by a function of it
SELECT DISTINCT Name FROM dbo.Thing ORDER BY UPPER(Name);
--> error 145, severity 15: ORDER BY items must appear in the select list if SELECT DISTINCT is specified.
GO
SELECT DISTINCT TOP (1) Name FROM dbo.Thing ORDER BY Name DESC;
--> b
