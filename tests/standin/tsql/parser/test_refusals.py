"""What the grammar does not know is named with its place; what is no T-SQL gets 102 or 156."""

from __future__ import annotations

import pytest

from couponry_standin.tsql.errors import NotSupported, SqlError, SyntaxProblem
from couponry_standin.tsql.parser import parse


@pytest.mark.parametrize(
    ("text", "construct", "place"),
    [
        ("MERGE TOP (1) t USING s ON 1 = 1", "MERGE TOP", (1, 7)),
        ("MERGE @t AS t USING s ON 1 = 1", "table variable", (1, 7)),
        ("DECLARE c CURSOR DYNAMIC FOR SELECT 1", "DYNAMIC", (1, 18)),
        ("DECLARE c CURSOR FOR SELECT 1 FOR UPDATE", "FOR UPDATE", (1, 35)),
        ("DECLARE @c CURSOR", "cursor variables", (1, 9)),
        ("OPEN @c", "cursor variables", (1, 6)),
        ("FETCH NEXT FROM GLOBAL c", "GLOBAL", (1, 17)),
        ("SELECT a FROM t FOR XML PATH", "FOR XML", (1, 17)),
        ("SELECT a FROM t FOR JSON AUTO", "FOR JSON AUTO", (1, 17)),
        ("CREATE TRIGGER x ON t AFTER INSERT AS SELECT 1", "CREATE TRIGGER", (1, 1)),
        ("BACKUP DATABASE x", "BACKUP", (1, 1)),
        ("DBCC CHECKDB", "DBCC", (1, 1)),
        ("KILL 'D5499C66-E398-45CA-BF7E-DC9C194B48CF'", "distributed transaction", (1, 6)),
        ("KILL 53 WITH ROLLBACK", "KILL … WITH ROLLBACK", (1, 14)),
        ("KILL QUERY NOTIFICATION SUBSCRIPTION ALL", "KILL QUERY", (1, 6)),
        ("KILL STATS JOB 53", "KILL STATS", (1, 6)),
        ("ALTER INDEX ALL ON t DISABLE", "ALTER INDEX", (1, 1)),
        ("CREATE PARTITION FUNCTION f (int) AS RANGE RIGHT FOR VALUES ()", "PARTITION", (1, 1)),
        ("CREATE PARTITION SCHEME s AS PARTITION f ALL TO ([PRIMARY])", "PARTITION", (1, 1)),
        ("ALTER PARTITION FUNCTION f() SPLIT RANGE (1)", "PARTITION", (1, 1)),
        ("CREATE SYNONYM a FOR b", "CREATE SYNONYM", (1, 1)),
        ("SELECT a FROM t GROUP BY ALL a", "GROUP BY ALL", (1, 26)),
        ("SELECT PARSE('1' AS int)", "PARSE", (1, 8)),
        ("DECLARE @x xml", "the type xml", (1, 12)),
        ("SELECT * FROM OPENROWSET(BULK 'x', SINGLE_CLOB) AS o", "OPENROWSET", (1, 15)),
        ("SELECT * FROM t TABLESAMPLE (10 PERCENT)", "TABLESAMPLE", (1, 17)),
        ("SELECT * FROM t FOR SYSTEM_TIME ALL", "SYSTEM_TIME", (1, 17)),
        ("EXEC p WITH RESULT SETS NONE", "RESULT SETS", (1, 13)),
        ("EXEC p;1", "numbered procedures", (1, 7)),
        ("SELECT 1 OPTION (QUERYTRACEON 4199)", "QUERYTRACEON", (1, 18)),
        ("SELECT 1 OPTION (LABEL = 'x')", "LABEL", (1, 18)),
        ("SELECT 1 OPTION (MAXDOP 1, MAXDOP 2)", "MAXDOP twice", (1, 28)),
        ("CREATE INDEX i ON t (a) WITH (ALLOW_ROW_LOCKS = OFF)", "ALLOW_ROW_LOCKS", (1, 31)),
        ("CREATE INDEX i ON t (a) WITH (SOMETHING = ON)", "SOMETHING", (1, 31)),
        ("CREATE TABLE t (a int DEFAULT 1 DEFAULT 2)", "DEFAULT twice", (1, 33)),
        ("CREATE TABLE t (a int NULL NOT NULL)", "NULL twice", (1, 28)),
        ("CREATE TABLE t (a int ROWGUIDCOL)", "ROWGUIDCOL of int", (1, 33)),
        ("CREATE SEQUENCE s CYCLE NO CYCLE", "CYCLE twice", (1, 25)),
        ("CREATE PROCEDURE p @a int NOT NULL AS SELECT 1", "NOT NULL parameters", (1, 27)),
        ("INSERT TOP (1) INTO t VALUES (1), (2)", "INSERT TOP", (1, 8)),
        ("INSERT TOP (1) INTO @t SELECT 1", "INSERT TOP", (1, 8)),
        ("INSERT TOP (1) PERCENT INTO t SELECT 1", "PERCENT of INSERT", (1, 8)),
        ("UPDATE STATISTICS t WITH FOO", "WITH FOO", (1, 26)),
        ("SET SHOWPLAN_ALL ON", "SHOWPLAN_ALL", (1, 5)),
        ("SET STATISTICS IO ON", "STATISTICS", (1, 5)),
        ("SELECT 1 OPTION (TABLE HINT (t, INDEX (i)))", "TABLE HINT", (1, 18)),
        ("CREATE PROCEDURE p WITH ENCRYPTION AS SELECT 1", "ENCRYPTION", (1, 25)),
        ("CREATE TABLE t (a int SPARSE)", "SPARSE", (1, 23)),
        ("CREATE TABLE t (a int) ON ps (a)", "partition schemes", (1, 27)),
        ("CREATE INDEX i ON t (a) WITH (IGNORE_DUP_KEY = ON)", "IGNORE_DUP_KEY", (1, 31)),
        ("CREATE COLUMNSTORE INDEX i ON t (a)", "COLUMNSTORE", (1, 1)),
        ("ALTER TABLE t SWITCH TO u", "SWITCH", (1, 1)),
        ("ALTER TABLE t ENABLE TRIGGER ALL", "ENABLE", (1, 1)),
        ("DROP TRIGGER x", "DROP TRIGGER", (1, 1)),
        ("DROP INDEX t.i", "table.index", (1, 12)),
        ("GRANT SELECT ON ROLE::r TO u", "ROLE::", (1, 17)),
        ("BEGIN DISTRIBUTED TRAN", "DISTRIBUTED", (1, 1)),
        ("WAITFOR (RECEIVE * FROM q)", "WAITFOR (", (1, 1)),
        ("UPDATE t SET a.WRITE('x', 0, 1)", ".WRITE()", (1, 14)),
        ("DELETE t WHERE CURRENT OF c", "CURRENT OF", (1, 16)),
        ("BULK INSERT t FROM 'f'", "BULK INSERT", (1, 1)),
        ("SELECT LAST_VALUE(a) IGNORE NULLS OVER (ORDER BY a) FROM t", "IGNORE NULLS", (1, 22)),
    ],
)
def test_known_t_sql_outside_the_subset_is_named(
    text: str, construct: str, place: tuple[int, int]
) -> None:
    with pytest.raises(NotSupported) as caught:
        parse(text)

    assert construct in caught.value.message
    assert (caught.value.line, caught.value.col) == place


@pytest.mark.parametrize(
    ("text", "number", "message", "place"),
    [
        ("SELECT", 102, "Incorrect syntax near 'SELECT'.", (1, 1)),
        ("SELECT * FROM", 102, "Incorrect syntax near 'FROM'.", (1, 10)),
        ("SELECT 1 +", 102, "Incorrect syntax near '+'.", (1, 10)),
        ("SELECT 1 > 2", 102, "Incorrect syntax near '>'.", (1, 10)),
        ("SELECT a b c", 102, "Incorrect syntax near 'c'.", (1, 12)),
        ("SELECT * form t", 102, "Incorrect syntax near 'form'.", (1, 10)),
        ("SELECT FROM t", 156, "Incorrect syntax near the keyword 'FROM'.", (1, 8)),
        ("SELECT a FROM t wHere", 102, "Incorrect syntax near 'wHere'.", (1, 17)),
        ("SELECT (1", 102, "Incorrect syntax near '1'.", (1, 9)),
        ("SELECT 1)", 102, "Incorrect syntax near ')'.", (1, 9)),
        ("SELECT ?", 102, "Incorrect syntax near '?'.", (1, 8)),
        ("SELECT 'a' 'b' 'c'", 102, "Incorrect syntax near 'c'.", (1, 16)),
        ("BEGIN END", 156, "Incorrect syntax near the keyword 'END'.", (1, 7)),
        ("BEGIN TRY SELECT 1 END TRY", 102, "Incorrect syntax near 'TRY'.", (1, 24)),
        ("BEGIN SELECT 1", 102, "Incorrect syntax near '1'.", (1, 14)),
        ("SELECT 1 END", 156, "Incorrect syntax near the keyword 'END'.", (1, 10)),
        ("IF SELECT 1", 156, "Incorrect syntax near the keyword 'SELECT'.", (1, 4)),
        ("EXEC p 1 + 1", 102, "Incorrect syntax near '+'.", (1, 10)),
        ("EXEC p @a = GETDATE()", 102, "Incorrect syntax near ')'.", (1, 21)),
        ("INSERT INTO t (a) VALUES 1", 102, "Incorrect syntax near '1'.", (1, 26)),
        ("UPDATE t SET a == 1", 102, "Incorrect syntax near '='.", (1, 17)),
        ("DELETE FROM t AS x", 156, "Incorrect syntax near the keyword 'AS'.", (1, 15)),
        ("CREATE TABLE t ()", 102, "Incorrect syntax near ')'.", (1, 17)),
        ("DECLARE a int", 102, "Incorrect syntax near 'a'.", (1, 9)),
        ("FOO BAR BAZ 1", 102, "Incorrect syntax near 'BAZ'.", (1, 9)),
        ("SELECT TOP (1) WITH TIES", 102, "Incorrect syntax near 'TIES'.", (1, 21)),
    ],
)
def test_text_that_is_no_t_sql_gets_the_wording_of_sql_server(
    text: str, number: int, message: str, place: tuple[int, int]
) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse(text)

    problem = caught.value
    assert (problem.number, problem.message, problem.severity) == (number, message, 15)
    assert (problem.line, problem.col) == place


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("IF 1 PRINT 1", 4145),
        ("IF a = 1 AND b PRINT 1", 4145),
        ("SELECT * FROM (SELECT a FROM t ORDER BY a) AS x", 1033),
        ("SELECT TOP 1 a FROM t ORDER BY a OFFSET 1 ROWS", 10741),
        ("SELECT 1; CREATE PROCEDURE p AS SELECT 1", 111),
        ("SELECT 1 CREATE VIEW v AS SELECT 1 AS a", 111),
        ("SELECT 1 WITH c AS (SELECT 1 AS a) SELECT a FROM c", 319),
        ("SELECT 1 FROM t WITH (FASTER)", 321),
        ("SET FASTER ON", 195),
        ("SELECT DATEADD(fortnight, 1, a)", 155),
        ("SELECT CAST(1 AS varchar(8001))", 131),
        ("SELECT CAST(1 AS varchar(0))", 1001),
        ("SELECT CAST(1 AS datetime2(8))", 1002),
        ("SELECT CAST(1 AS decimal(39))", 2750),
        ("SELECT CAST(1 AS decimal(5, 6))", 192),
        ("SELECT CAST(1 AS money2)", 243),
        ("EXEC p @a = 1, 2", 119),
        ("EXEC p 1 OUTPUT", 179),
        ("SELECT 1 AS a FOR JSON PATH, ROOT, WITHOUT_ARRAY_WRAPPER", 13620),
        ("SELECT SUM(a) OVER (ORDER BY a RANGE 2 PRECEDING) FROM t", 4194),
        ("SELECT " + "(" * 3000 + "1" + ")" * 3000, 191),
    ],
)
def test_rules_that_sql_server_checks_while_parsing(text: str, number: int) -> None:
    with pytest.raises(SqlError) as caught:
        parse(text)

    assert caught.value.number == number


def test_a_refusal_inside_a_procedure_tells_the_line_of_the_batch() -> None:
    text = "CREATE PROCEDURE p AS\nBEGIN\n    SELECT 1;\n    DBCC CHECKDB;\nEND"

    with pytest.raises(NotSupported) as caught:
        parse(text)

    assert (caught.value.line, caught.value.col) == (4, 5)
