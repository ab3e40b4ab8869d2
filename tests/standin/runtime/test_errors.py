"""PostgreSQL's errors as SQL Server words them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from .conftest import Desk

DEFINITIONS = """
CREATE TABLE dbo.Parents (
    ParentId int NOT NULL CONSTRAINT PK_Parents PRIMARY KEY,
    Name nvarchar(20) NOT NULL
);
CREATE TABLE dbo.Children (
    ChildId int NOT NULL CONSTRAINT PK_Children PRIMARY KEY,
    ParentId int NOT NULL CONSTRAINT FK_Children_Parents REFERENCES dbo.Parents (ParentId),
    Code nvarchar(20) COLLATE Latin1_General_BIN2 NOT NULL,
    Amount decimal(5, 2) NULL CONSTRAINT CK_Children_Amount CHECK (Amount > 0),
    CONSTRAINT UQ_Children_Code UNIQUE (Code),
    INDEX UX_Children_Pair UNIQUE (ParentId, Amount)
);
"""


@pytest.fixture(scope="module")
def family(desk: Desk) -> Iterator[Desk]:
    desk.define(DEFINITIONS)
    desk.connection.execute("INSERT INTO dbo.parents VALUES (1, 'one')")
    desk.connection.execute("INSERT INTO dbo.children VALUES (1, 1, 'A', 5)")
    yield desk


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "INSERT INTO dbo.children VALUES (1, 1, 'B', 6)",
            (2627, 14, 1, "Violation of PRIMARY KEY constraint 'PK_Children'. Cannot insert "
             "duplicate key in object 'dbo.Children'. The duplicate key value is (1)."),
        ),
        (
            "INSERT INTO dbo.children VALUES (2, 1, 'A', 6)",
            (2627, 14, 1, "Violation of UNIQUE KEY constraint 'UQ_Children_Code'. Cannot insert "
             "duplicate key in object 'dbo.Children'. The duplicate key value is (A)."),
        ),
        (
            "INSERT INTO dbo.children VALUES (2, 1, 'B', 5)",
            (2601, 14, 1, "Cannot insert duplicate key row in object 'dbo.Children' with unique "
             "index 'UX_Children_Pair'. The duplicate key value is (1, 5)."),
        ),
        (
            "INSERT INTO dbo.children VALUES (2, 9, 'B', 6)",
            (547, 16, 0, 'The INSERT statement conflicted with the FOREIGN KEY constraint '
             '"FK_Children_Parents". The conflict occurred in database "Runtime_Test", table '
             '"dbo.Parents", column \'ParentId\'.'),
        ),
        (
            "DELETE FROM dbo.parents",
            (547, 16, 0, 'The DELETE statement conflicted with the REFERENCE constraint '
             '"FK_Children_Parents". The conflict occurred in database "Runtime_Test", table '
             '"dbo.Children", column \'ParentId\'.'),
        ),
        (
            "INSERT INTO dbo.children VALUES (2, 1, 'B', -1)",
            (547, 16, 0, 'The INSERT statement conflicted with the CHECK constraint '
             '"CK_Children_Amount". The conflict occurred in database "Runtime_Test", table '
             '"dbo.Children", column \'Amount\'.'),
        ),
        (
            "INSERT INTO dbo.children VALUES (2, 1, NULL, 6)",
            (515, 16, 2, "Cannot insert the value NULL into column 'Code', table "
             "'Runtime_Test.dbo.Children'; column does not allow nulls. INSERT fails."),
        ),
        ("SELECT 1 / 0", (8134, 16, 1, "Divide by zero error encountered.")),
        (
            "SELECT 2147483647 + 1",
            (8115, 16, 2, "Arithmetic overflow error converting expression to data type int."),
        ),
        (
            "SELECT 1000::numeric(3, 1)",
            (8115, 16, 8, "Arithmetic overflow error converting numeric to data type numeric."),
        ),
        (
            "SELECT (SELECT n FROM generate_series(1, 2) AS n)",
            (512, 16, 1, "Subquery returned more than 1 value. This is not permitted when the "
             "subquery follows =, !=, <, <= , >, >= or when the subquery is used as an "
             "expression."),
        ),
        (
            "SELECT 'x'::timestamp",
            (241, 16, 1,
             "Conversion failed when converting date and/or time from character string."),
        ),
        (
            "SELECT tsql.raise(50001, 'Broken call', 16, 3)",
            (50001, 16, 3, "Broken call"),
        ),
        (
            "SELECT no_such_function()",
            (40517, 16, 1, "The stand-in does not support what this statement asks for. It "
             "refuses what it cannot run as SQL Server would."),
        ),
    ],
)  # fmt: skip
def test_an_error_has_sql_servers_number_and_words(
    family: Desk, statement: str, expected: tuple[int, int, int, str]
) -> None:
    assert family.failure(statement) == expected


def test_a_lock_time_out_is_1222(family: Desk) -> None:
    with psycopg.connect(family.conninfo) as holder:
        holder.execute("SELECT * FROM dbo.parents FOR UPDATE")
        with family.connection.transaction():
            family.connection.execute("SET LOCAL lock_timeout = '20ms'")
            with pytest.raises(psycopg.Error) as caught, family.connection.transaction():
                family.connection.execute("SELECT * FROM dbo.parents FOR UPDATE")

    assert family.error(caught.value) == (
        1222, 16, 51, "Lock request time out period exceeded."
    )  # fmt: skip


def test_a_deadlock_is_1205(desk: Desk) -> None:
    found = desk.scalar(
        "SELECT number || ',' || severity || ',' || state FROM tsql.error_of("
        "'40P01', 'deadlock detected', '', '', '', '', '', '')"
    )

    assert found == "1205,13,51"


def test_a_long_name_is_cut_as_the_compiler_cuts_it(desk: Desk) -> None:
    from couponry_standin.tsql.names import mangle

    for name in ("Short", "x" * 63, "Ü" * 40, "a" * 53 + "ü" + "b" * 70):
        assert desk.scalar("SELECT tsql.mangle($1)", name) == mangle(name)


@pytest.mark.parametrize(
    ("raw", "number", "severity"), [("out of shared memory", 1204, 19), ("out of memory", 701, 17)]
)
def test_too_many_locks_are_no_lack_of_memory(
    desk: Desk, raw: str, number: int, severity: int
) -> None:
    told = desk.scalar(
        "SELECT concat(number, ' ', severity) FROM tsql.error_of("
        f"'53200', '{raw}', '', '', '', '', '', '')"
    )

    assert told == f"{number} {severity}"
