"""Mathematical functions."""

from __future__ import annotations

import pytest

from .conftest import Desk

CASES = [
    ("ABS(-1.0)", "1.0", "decimal(2,1)"),
    ("ABS(CAST(-5 AS smallint))", "5", "int"),
    ("CEILING(123.45)", "124", "decimal(5,0)"),
    ("CEILING(-123.45)", "-123", "decimal(5,0)"),
    ("CEILING($0.0)", "0.0000", "money"),
    ("FLOOR(-123.45)", "-124", "decimal(5,0)"),
    ("FLOOR(7)", "7", "int"),
    ("ROUND(123.9994, 3)", "123.9990", "decimal(7,4)"),
    ("ROUND(123.4545, 2)", "123.4500", "decimal(7,4)"),
    ("ROUND(123.45, -2)", "100.00", "decimal(5,2)"),
    ("ROUND(748.58, -3)", "ERROR 8115", "decimal(5,2)"),
    ("ROUND(150.75, 0)", "151.00", "decimal(5,2)"),
    ("ROUND(150.75, 0, 1)", "150.00", "decimal(5,2)"),
    ("ROUND(-2.5, 0)", "-3.0", "decimal(2,1)"),
    ("ROUND(1250, -2)", "1300", "int"),
    ("ROUND(CAST(2.5 AS float), 0)", "3", "float"),
    ("ROUND($2.34567, 2)", "2.3500", "money"),
    ("POWER(2, 10)", "1024", "int"),
    ("POWER(2, 31)", "ERROR 232", "int"),
    ("POWER(2.0, 3)", "8.0", "decimal(38,1)"),
    ("POWER(CAST(2 AS float), -1)", "0.5", "float"),
    ("SQUARE(3)", "9", "float"),
    ("SQRT(16)", "4", "float"),
    ("SQRT(-1)", "ERROR 3623", "float"),
    ("LOG(0)", "ERROR 3623", "float"),
    ("LOG(8, 2)", "3", "float"),
    ("LOG10(1000)", "3", "float"),
    ("EXP(0)", "1", "float"),
    ("SIGN(-5)", "-1", "int"),
    ("SIGN(2.5)", "1.0", "decimal(2,1)"),
    ("PI()", "3.141592653589793", "float"),
    ("SIN(0)", "0", "float"),
    ("ACOS(1)", "0", "float"),
    ("ACOS(2)", "ERROR 3623", "float"),
    ("ASIN(0)", "0", "float"),
    ("ASIN(-2)", "ERROR 3623", "float"),
    ("ATAN(0)", "0", "float"),
    ("COS(0)", "1", "float"),
    ("TAN(0)", "0", "float"),
    ("COT(0)", "ERROR 40517", "float"),
    ("COT(0.5)", "1.830487721712452", "float"),
    ("ATN2(1, 1)", "0.7853981633974483", "float"),
    ("RAND(1)", "ERROR 40517", ""),
    ("ISNUMERIC('1,000.5')", "1", "int"),
    ("ISNUMERIC('1e5')", "1", "int"),
    ("ISNUMERIC('abc')", "0", "int"),
    ("ISNUMERIC('')", "0", "int"),
    ("ISNUMERIC(' ')", "0", "int"),
    ("ISNUMERIC(CHAR(9))", "1", "int"),
    ("ISNUMERIC('\\')", "1", "int"),
    ("ISNUMERIC(NULL)", "0", "int"),
    ("ISNUMERIC(12)", "1", "int"),
]


@pytest.mark.parametrize(("expression", "expected", "type_"), CASES)
def test_a_mathematical_function_gives_what_sql_server_gives(
    desk: Desk, expression: str, expected: str | None, type_: str
) -> None:
    assert desk.answer(expression) == (expected, type_)


@pytest.mark.parametrize("share", [0, 12.5, 100])
def test_a_share_of_rows_lies_between_none_and_all(desk: Desk, share: float) -> None:
    assert desk.scalar("SELECT tsql.percent($1::float8)", share) == share


@pytest.mark.parametrize("share", ["-0.1", "100.1", "NULL", "'NaN'"])
def test_another_share_of_rows_is_an_error(desk: Desk, share: str) -> None:
    assert desk.failure(f"SELECT tsql.percent({share})") == (
        1031,
        15,
        1,
        "Percent values must be between 0 and 100.",
    )


def test_a_number_of_rows_to_fetch_is_not_zero(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.fetched(2)") == 2
    assert desk.failure("SELECT tsql.fetched(0)") == (
        10744,
        15,
        1,
        "The number of rows provided for a FETCH clause must be greater then zero.",
    )
