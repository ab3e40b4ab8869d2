"""Functions of the database: they make room for what they become, unless somebody calls them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from .conftest import Desk

DEFINITIONS = """
CREATE TABLE dbo.Worths (
    Worth int NOT NULL CONSTRAINT DF_Worths_Worth DEFAULT 1,
    Other int NULL,
    CONSTRAINT CK_Worths_Other CHECK (Other > 0)
);
"""


@pytest.mark.parametrize(
    ("names", "types", "returns", "stays"),
    [
        (["a", "b"], ["integer", "text"], "integer", True),
        (["a", "c"], ["integer", "text"], "integer", False),
        (["a", "b"], ["integer", "integer"], "integer", False),
        (["a", "b"], ["integer", "text"], "text", False),
        ([], [], "integer", False),
    ],
)
def test_a_function_makes_room_for_one_of_another_form(
    desk: Desk, names: list[str], types: list[str], returns: str, stays: bool
) -> None:
    with desk.connection.transaction(force_rollback=True):
        desk.connection.execute(
            "CREATE FUNCTION dbo.worth(a int4, b text) RETURNS int4 LANGUAGE sql AS 'SELECT 1'"
        )

        desk.scalar(
            "SELECT tsql.make_room_for_function('dbo', 'Worth', $1::text[], $2::text[], $3)",
            names, types, returns,
        )  # fmt: skip

        found = desk.scalar("SELECT to_regprocedure('dbo.worth(integer, text)')::text")
        assert found == ("dbo.worth(integer,text)" if stays else None)


def test_a_function_without_parameters_stays(desk: Desk) -> None:
    with desk.connection.transaction(force_rollback=True):
        desk.connection.execute(
            "CREATE FUNCTION dbo.worth() RETURNS int4 LANGUAGE sql AS 'SELECT 1'"
        )
        desk.scalar("SELECT tsql.make_room_for_function('dbo', 'Worth', '{}', '{}', 'integer')")

        assert desk.scalar("SELECT dbo.worth()") == 1


# ---------------------------------------------------------------- who calls them


@pytest.fixture(scope="module")
def worths(desk: Desk) -> Iterator[Desk]:
    """A table whose default and whose check come to call a function, as compiled ones do."""
    desk.define(DEFINITIONS)
    desk.connection.execute(
        "CREATE FUNCTION dbo.called(a int4) RETURNS int4 IMMUTABLE LANGUAGE plpgsql"
        " AS 'BEGIN RETURN a; END'"
    )
    yield desk
    desk.connection.execute("DROP TABLE dbo.worths; DROP FUNCTION dbo.called(int4)")


CALLERS = {
    "DF_Worths_Worth": "ALTER TABLE dbo.worths ALTER worth SET DEFAULT dbo.called(1)",
    "CK_Worths_Other": 'ALTER TABLE dbo.worths DROP CONSTRAINT "worths$ck_worths_other",'
    ' ADD CONSTRAINT "worths$ck_worths_other" CHECK (dbo.called(other) > 0)',
    "Worths": "ALTER TABLE dbo.worths ADD twice int4 GENERATED ALWAYS AS (dbo.called(2)) STORED",
}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(("verb", "state"), [("ALTER", 3), ("DROP FUNCTION", 1)])
def test_a_function_that_a_table_calls_stays(
    worths: Desk, caller: str, verb: str, state: int
) -> None:
    text = f"SELECT tsql.check_unreferenced('dbo', 'Called', '{verb}')"
    with worths.connection.transaction(force_rollback=True):
        worths.scalar(text)
        worths.connection.execute(CALLERS[caller])
        with pytest.raises(psycopg.Error) as refused, worths.connection.transaction():
            worths.scalar(text)

    assert worths.error(refused.value) == (
        3729,
        16,
        state,
        f"Cannot {verb} 'dbo.Called' because it is being referenced by object '{caller}'.",
    )
    worths.scalar(text)
