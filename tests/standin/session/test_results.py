"""What a client gets, and in which order."""

from __future__ import annotations

from tests.standin.session.wire import Wire


def test_results_messages_and_counts_keep_their_order(wire: Wire) -> None:
    answer = wire.batch(
        "PRINT 'one'; SELECT 1; INSERT dbo.Item (Id) VALUES (1), (2); PRINT 'two';"
        " SELECT Id FROM dbo.Item ORDER BY Id; UPDATE dbo.Item SET Stock = 1 WHERE Id = 9"
    )

    assert answer.story == [
        "print one", "rows", "count 1", "count 2", "print two", "rows", "count 2", "count 0",
    ]  # fmt: skip
    assert answer.sets == [[("1",)], [("1",), ("2",)]]


def test_nocount_silences_counts(wire: Wire) -> None:
    answer = wire.batch(
        "SET NOCOUNT ON; INSERT dbo.Item (Id) VALUES (1); SELECT @@ROWCOUNT; SET NOCOUNT OFF;"
        " DELETE dbo.Item"
    )

    assert answer.value == "1"
    assert answer.counts == [1]


def test_a_procedure_gives_several_results(wire: Wire) -> None:
    wire.batch(
        "CREATE PROCEDURE dbo.Show AS SELECT 1 AS a; PRINT 'between'; SELECT 2 AS b, 3 AS c;"
        " RETURN 4"
    )

    answer = wire.call("dbo.Show")

    assert answer.of("columns") == [["a"], ["b", "c"]]
    assert answer.sets == [[("1",)], [("2", "3")]]
    assert answer.printed == ["between"]
    assert answer.status == 4


def test_results_of_called_procedures_come_in_place(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Inner1 AS SELECT 'inner'")
    wire.batch("CREATE PROCEDURE dbo.Outer1 AS SELECT 'before'; EXEC dbo.Inner1; SELECT 'after'")

    assert wire.batch("EXEC dbo.Outer1").sets == [[("before",)], [("inner",)], [("after",)]]


def test_an_empty_result_has_columns(wire: Wire) -> None:
    answer = wire.batch("SELECT Id, Name FROM dbo.Item")

    assert answer.of("columns") == [["Id", "Name"]]
    assert answer.rows == []
    assert answer.counts == [0]


def test_many_rows_arrive(wire: Wire) -> None:
    answer = wire.batch("SELECT value, REPLICATE(N'x', 100) FROM GENERATE_SERIES(1, 20000)")

    assert len(answer.rows) == 20000
    assert answer.rows[-1][0] == "20000"


def test_a_long_batch_arrives(wire: Wire) -> None:
    answer = wire.batch(f"SELECT LEN(N'{'y' * 30000}')")

    assert answer.value == "30000"


def test_rowcount_follows_the_statement_before(wire: Wire) -> None:
    answer = wire.batch(
        "SET NOCOUNT ON; INSERT dbo.Item (Id) VALUES (1), (2), (3); SELECT @@ROWCOUNT;"
        " SELECT @@ROWCOUNT; UPDATE dbo.Item SET Stock = 1 WHERE Id < 3; SELECT @@ROWCOUNT"
    )

    assert answer.sets == [[("3",)], [("1",)], [("2",)]]


def test_output_shows_what_changed(wire: Wire) -> None:
    answer = wire.batch(
        "INSERT dbo.Item (Id) OUTPUT inserted.Id, inserted.Stock VALUES (1);"
        " UPDATE dbo.Item SET Stock = 5 OUTPUT deleted.Stock, inserted.Stock;"
        " DELETE dbo.Item OUTPUT deleted.Stock"
    )

    assert answer.sets == [[("1", "0")], [("0", "5")], [("5",)]]


def test_use_changes_the_database(wire: Wire, database: str) -> None:
    answer = wire.batch(
        f"USE master; SELECT DB_NAME(); USE {database}; SELECT COUNT(*) FROM dbo.Item"
    )

    assert answer.sets == [[("master",)], [("0",)]]
    assert answer.of("environment") == ["database", "database"]
    assert [each.number for each in answer.of("info")] == [5701, 5701]


def test_an_identity_is_told(wire: Wire) -> None:
    wire.batch("INSERT dbo.Item (Id) VALUES (1)")
    first = wire.batch("INSERT dbo.Part (ItemId) VALUES (1); SELECT SCOPE_IDENTITY()").value

    assert wire.batch("SELECT @@IDENTITY").value == first


# ---------------------------------------------------------------- INSERT … EXEC

ROWS = (
    "CREATE PROCEDURE dbo.Rows1 @n int AS BEGIN SELECT @n, N'a''\"\\', 1.5, 0x0AFF;"
    " SELECT 9, NULL, 2.5, NULL; RETURN 2; END"
)
TARGET = "DECLARE @t TABLE (A int, B nvarchar(10), C decimal(9, 2), D varbinary(8));"


def test_insert_takes_the_rows_of_a_call(wire: Wire) -> None:
    wire.batch(ROWS)

    answer = wire.batch(
        f"{TARGET} DECLARE @r int; INSERT @t EXEC @r = dbo.Rows1 5; SELECT @@ROWCOUNT, @r;"
        " SELECT A, B, C, CONVERT(varchar(20), D, 1) FROM @t"
    )

    assert answer.sets == [
        [("2", "2")],
        [("5", "a'\"\\", "1.50", "0x0AFF"), ("9", None, "2.50", None)],
    ]


def test_insert_takes_the_rows_of_dynamic_sql(wire: Wire) -> None:
    wire.batch(
        "INSERT dbo.Item (Id, Name) EXEC sp_executesql N'SELECT @i, N''n''', N'@i int', @i = 4"
    )

    assert wire.batch("SELECT Id, Name, Stock FROM dbo.Item").rows == [("4", "n", "0")]


def test_insert_wants_as_many_columns_as_it_names(wire: Wire) -> None:
    wire.batch(ROWS)

    answer = wire.batch("INSERT dbo.Item (Id, Name) EXEC dbo.Rows1 1; SELECT 'on'")

    assert answer.numbers == [213]
    assert wire.batch("SELECT COUNT(*) FROM dbo.Item").value == "0"


def test_nothing_is_inserted_if_the_call_fails(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Fail AS SELECT N'x'; THROW 50001, 'no', 1")

    answer = wire.batch("INSERT dbo.Log (Text) EXEC dbo.Fail")

    assert answer.numbers == [50001]
    assert answer.sets == []
    assert wire.batch("SELECT COUNT(*) FROM dbo.Log").value == "0"


def test_insert_exec_cannot_be_nested(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Source1 AS SELECT N'x'")
    wire.batch("CREATE PROCEDURE dbo.Nests AS INSERT dbo.Log (Text) EXEC dbo.Source1")

    assert wire.batch("INSERT dbo.Log (Text) EXEC dbo.Nests").numbers[0] == 8164


def test_the_source_of_an_insert_may_not_roll_back(wire: Wire) -> None:
    wire.batch("CREATE PROCEDURE dbo.Undo AS SELECT N'x'; ROLLBACK")

    answer = wire.batch(
        "BEGIN TRAN; INSERT dbo.Log (Text) EXEC dbo.Undo; IF @@TRANCOUNT > 0 ROLLBACK"
    )

    assert answer.numbers[0] == 3915


# ---------------------------------------------------------------- table variables


def test_table_variables_keep_their_promises(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @t TABLE (Id int IDENTITY(5, 5) PRIMARY KEY, N nvarchar(5) NOT NULL DEFAULT N'd',"
        " U int UNIQUE);"
        " INSERT @t (U) VALUES (1), (2); INSERT @t (U) VALUES (2);"
        " INSERT @t (N, U) VALUES (NULL, 3);"
        " UPDATE @t SET N = N'e' WHERE U = 2; DELETE @t WHERE U = 1;"
        " INSERT @t (N, U) SELECT N'f', 9; SELECT Id, N, U FROM @t ORDER BY Id"
    )

    assert answer.numbers == [2627, 515]
    assert [row[1:] for row in answer.rows] == [("e", "2"), ("f", "9")]


def test_table_variables_join_tables_and_take_output(wire: Wire) -> None:
    answer = wire.batch(
        "SET NOCOUNT ON; DECLARE @t TABLE (Id int, Old int);"
        " INSERT dbo.Item (Id, Stock) VALUES (1, 4), (2, 5);"
        " UPDATE dbo.Item SET Stock += 1 OUTPUT inserted.Id, deleted.Stock INTO @t WHERE Id = 2;"
        " SELECT i.Id, i.Stock, t.Old FROM dbo.Item AS i JOIN @t AS t ON t.Id = i.Id;"
        " DELETE i FROM dbo.Item AS i WHERE EXISTS (SELECT 1 FROM @t AS t WHERE t.Id = i.Id);"
        " SELECT COUNT(*) FROM dbo.Item"
    )

    assert answer.sets == [[("2", "6", "5")], [("1",)]]


def test_a_table_variable_is_changed_from_an_apply_and_an_outer_join(wire: Wire) -> None:
    answer = wire.batch(
        "SET NOCOUNT ON; DECLARE @t TABLE (Id int PRIMARY KEY, N int NULL, S nvarchar(9) NULL);"
        " INSERT @t (Id) VALUES (1), (2), (3);"
        " UPDATE t SET N = x.Twice, S = l.Word FROM @t AS t"
        " LEFT JOIN (VALUES (2, N'two')) AS l (Id, Word) ON l.Id = t.Id"
        " CROSS APPLY (SELECT t.Id * 2 AS Twice WHERE t.Id < 3) AS x;"
        " SELECT @@ROWCOUNT; SELECT Id, N, S FROM @t ORDER BY Id"
    )

    assert answer.sets == [[("2",)], [("1", "2", None), ("2", "4", "two"), ("3", None, None)]]


# ---------------------------------------------------------------- identities, sequences, texts

NUMBERED = (
    "DROP TABLE IF EXISTS dbo.Numbered;"
    " CREATE TABLE dbo.Numbered (Id int IDENTITY(1, 1) NOT NULL, N int NULL)"
)
ADDING = (
    "CREATE PROCEDURE dbo.Adding @n int AS BEGIN SET NOCOUNT ON; SELECT SCOPE_IDENTITY();"
    " INSERT dbo.Numbered (N) VALUES (@n); SELECT SCOPE_IDENTITY(); END"
)


def test_scope_identity_is_of_the_module_itself(wire: Wire) -> None:
    wire.batch(NUMBERED)
    wire.batch(ADDING)

    answer = wire.batch(
        "INSERT dbo.Numbered (N) VALUES (1); EXEC dbo.Adding 2;"
        " SELECT SCOPE_IDENTITY(), @@IDENTITY; EXEC (N'SELECT SCOPE_IDENTITY()')"
    )

    assert answer.sets == [[(None,)], [("2",)], [("1", "2")], [(None,)]]
    assert wire.batch("SELECT SCOPE_IDENTITY()").value == "1"


def test_scope_identity_outlives_the_error_of_a_call(wire: Wire) -> None:
    wire.batch(NUMBERED)
    wire.batch(
        "CREATE PROCEDURE dbo.Failing AS BEGIN INSERT dbo.Numbered (N) VALUES (7);"
        " SELECT SCOPE_IDENTITY(); THROW 50001, N'no', 1; END"
    )

    answer = wire.batch(
        "BEGIN TRY INSERT dbo.Numbered (N) VALUES (1); EXEC dbo.Failing; END TRY"
        " BEGIN CATCH SELECT SCOPE_IDENTITY(), @@IDENTITY; END CATCH"
    )

    assert answer.sets == [[("2",)], [("1", "2")]]


def test_a_number_has_the_type_of_its_sequence(wire: Wire) -> None:
    wire.batch("CREATE SEQUENCE dbo.Small AS tinyint START WITH 5")

    answer = wire.batch(
        "DECLARE @n tinyint = NEXT VALUE FOR dbo.Small; SELECT @n, NEXT VALUE FOR dbo.Small"
    )

    assert answer.sets == [[("5", "6")]]


def test_a_dynamic_text_is_a_national_string(wire: Wire) -> None:
    answer = wire.batch("EXEC sp_executesql 'SELECT 1'")

    assert [error.number for error in answer.of("error")] == [214]
    assert wire.batch("DECLARE @t nvarchar(20) = 'SELECT 1'; EXEC sp_executesql @t").value == "1"


def test_an_aggregate_may_fall_back_on_the_variable_that_it_is_assigned_to(wire: Wire) -> None:
    wire.batch(NUMBERED)
    query = "SELECT @v = COALESCE(MAX(N), @v), @s += COUNT(*) FROM dbo.Numbered;"

    answer = wire.batch(
        f"DECLARE @v int = 3, @s int = 10; {query} SELECT @v, @s;"
        f" INSERT dbo.Numbered (N) VALUES (8), (9); {query} SELECT @v, @s"
    )

    assert answer.sets == [[("3", "10")], [("9", "12")]]


def test_a_subquery_that_is_assigned_sees_the_common_tables(wire: Wire) -> None:
    answer = wire.batch(
        "DECLARE @j nvarchar(100), @n int = 5; WITH x AS (SELECT 1 AS a UNION ALL SELECT 2)"
        " SELECT @j = (SELECT a FROM x ORDER BY a FOR JSON PATH), @n = (SELECT SUM(a) FROM x);"
        " SELECT @j, @n, @@ROWCOUNT"
    )

    assert answer.sets == [[('[{"a":1},{"a":2}]', "3", "1")]]
