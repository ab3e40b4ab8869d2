"""What drivers ask before they run something."""

from __future__ import annotations

from tests.standin.session.wire import Wire, integer, text


def test_undeclared_parameters_are_described(wire: Wire) -> None:
    answer = wire.call(
        "sp_describe_undeclared_parameters",
        text("", "UPDATE dbo.Item SET Name = @P1 WHERE Id = @P2"),
    )

    assert [row[:5] for row in answer.rows] == [
        ("1", "@P1", "231", "nvarchar(20)", "40"),
        ("2", "@P2", "56", "int", "4"),
    ]
    assert answer.status == 0


def test_parameters_that_are_declared_are_left_out(wire: Wire) -> None:
    answer = wire.call(
        "sp_describe_undeclared_parameters",
        text("@tsql", "SELECT Id FROM dbo.Item WHERE Id = @a AND Stock = @b"),
        text("@params", "@a int"),
    )

    assert [row[1] for row in answer.rows] == ["@b"]


def test_the_first_result_is_described(wire: Wire) -> None:
    answer = wire.call(
        "sp_describe_first_result_set",
        text("@tsql", "SELECT Id, Name AS n FROM dbo.Item WHERE Id = @i; SELECT 1"),
        text("@params", "@i int"),
    )

    assert [(row[2], row[3], row[5]) for row in answer.rows] == [
        ("Id", "0", "int"),
        ("n", "1", "nvarchar(20)"),
    ]


def test_a_text_without_a_result_has_no_columns(wire: Wire) -> None:
    answer = wire.call("sp_describe_first_result_set", text("", "DELETE dbo.Item"))

    assert answer.rows == []


def test_a_wrong_text_is_an_error(wire: Wire) -> None:
    assert wire.call("sp_describe_first_result_set", text("", "SELECT (")).numbers == [102]
    assert wire.call("sp_describe_undeclared_parameters").numbers == [201]
    assert wire.batch("SELECT 1").value == "1"


def test_types_are_listed_for_drivers(wire: Wire) -> None:
    answer = wire.call("[sys].sp_datatype_info_100", integer("", 12), integer("@ODBCVer", 4))

    assert [row[:3] for row in answer.rows] == [("varchar", "12", "8000")]
