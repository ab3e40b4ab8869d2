"""Identity columns: IDENTITY_INSERT, what explicit values move, DBCC CHECKIDENT."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import Desk

DEFINITIONS = """
CREATE TABLE dbo.Queues (QueueId int NOT NULL IDENTITY(10, 5), Name nvarchar(10) NULL);
CREATE TABLE dbo.Tickets2 (TicketId int NOT NULL IDENTITY(1, 1), Name nvarchar(10) NULL);
"""


@pytest.fixture(scope="module")
def defined(desk: Desk) -> Desk:
    desk.define(DEFINITIONS)
    return desk


@pytest.fixture
def queues(defined: Desk) -> Iterator[Desk]:
    """Empty tables whose counters stand at their beginning, and no IDENTITY_INSERT."""
    defined.connection.execute("TRUNCATE dbo.queues, dbo.tickets2 RESTART IDENTITY")
    defined.connection.execute("SELECT set_config('tsql.identity_insert', '', false)")
    yield defined
    defined.connection.execute("SELECT set_config('tsql.identity_insert', '', false)")


def id_of(desk: Desk, table: str) -> int:
    return desk.scalar("SELECT tsql.object_id($1)", f"dbo.{table}")


def set_to(desk: Desk, table: str, on: bool) -> None:
    desk.scalar("SELECT tsql.set_identity_insert($1, $2)", id_of(desk, table), on)


def add(desk: Desk, *ids: int) -> None:
    """Rows whose values are given."""
    for each in ids:
        desk.connection.execute(
            "INSERT INTO dbo.queues (queueid) OVERRIDING SYSTEM VALUE VALUES (%s)", (each,)
        )


def newest(desk: Desk) -> int:
    """The value that a new row gets."""
    return desk.scalar("INSERT INTO dbo.queues (name) VALUES (NULL) RETURNING queueid")


def check(desk: Desk, mode: str, value: str = "NULL") -> str:
    return desk.scalar(f"SELECT tsql.check_identity($1, $2, {value})", id_of(desk, "Queues"), mode)


# ---------------------------------------------------------------- IDENTITY_INSERT


def test_a_full_name_is_schema_and_name(queues: Desk) -> None:
    assert queues.scalar("SELECT tsql.full_name($1)", id_of(queues, "Queues")) == "dbo.Queues"
    assert queues.scalar("SELECT tsql.full_name(7)") is None


def test_identity_insert_belongs_to_one_table_at_a_time(queues: Desk) -> None:
    set_to(queues, "Queues", True)
    set_to(queues, "Queues", True)

    assert queues.failure(
        f"SELECT tsql.set_identity_insert({id_of(queues, 'Tickets2')}, true)"
    ) == (
        8107,
        16,
        1,
        "IDENTITY_INSERT is already ON for table 'runtime_test.dbo.Queues'. Cannot perform SET"
        " operation for table 'dbo.Tickets2'.",
    )


def test_switching_another_table_off_changes_nothing(queues: Desk) -> None:
    set_to(queues, "Queues", True)
    set_to(queues, "Tickets2", False)
    queues.scalar("SELECT tsql.check_identity_insert($1, true)", id_of(queues, "Queues"))

    set_to(queues, "Queues", False)
    set_to(queues, "Tickets2", True)
    queues.scalar("SELECT tsql.check_identity_insert($1, true)", id_of(queues, "Tickets2"))


def test_a_value_is_given_only_with_identity_insert(queues: Desk) -> None:
    text = f"SELECT tsql.check_identity_insert({id_of(queues, 'Queues')}, true)"

    assert queues.failure(text) == (
        544,
        16,
        1,
        "Cannot insert explicit value for identity column in table 'Queues' when IDENTITY_INSERT is"
        " set to OFF.",
    )


def test_a_value_must_be_given_with_identity_insert(queues: Desk) -> None:
    set_to(queues, "Queues", True)

    found = queues.failure(f"SELECT tsql.check_identity_insert({id_of(queues, 'Queues')}, false)")

    assert found[:3] == (545, 16, 1)
    assert found[3].startswith(
        "Explicit value must be specified for identity column in table 'Queues' either when"
    )


def test_a_generated_value_wants_no_setting(queues: Desk) -> None:
    queues.scalar("SELECT tsql.check_identity_insert($1, false)", id_of(queues, "Queues"))


# ---------------------------------------------------------------- the counter


@pytest.mark.parametrize(("given", "following"), [([100], 105), ([12], 17), ([3], 10), ([], 10)])
def test_the_next_value_lies_beyond_those_given(
    queues: Desk, given: list[int], following: int
) -> None:
    add(queues, *given)
    queues.scalar("""SELECT tsql.advance_identity('"dbo"."queues"', '"queueid"')""")

    assert newest(queues) == following


def test_a_counter_does_not_go_back(queues: Desk) -> None:
    assert [newest(queues), newest(queues)] == [10, 15]
    add(queues, 12)
    queues.scalar("""SELECT tsql.advance_identity('"dbo"."queues"', '"queueid"')""")

    assert newest(queues) == 20


def test_the_counter_of_a_table_is_found(queues: Desk) -> None:
    found = queues.scalar("SELECT tsql.identity_sequence($1)::text", id_of(queues, "Queues"))

    assert found == "dbo.queues_queueid_seq"
    assert queues.value("IDENT_SEED('dbo.Queues')") == "10"
    assert queues.value("IDENT_INCR('dbo.Queues')") == "5"
    assert queues.value("IDENT_CURRENT('dbo.Queues')") == "10"


# ---------------------------------------------------------------- DBCC CHECKIDENT


def test_an_unused_counter_has_no_value(queues: Desk) -> None:
    assert check(queues, "NORESEED") == (
        "Checking identity information: current identity value 'NULL', current column value 'NULL'."
    )


def test_noreseed_tells_and_changes_nothing(queues: Desk) -> None:
    newest(queues)
    add(queues, 40)

    told = check(queues, "NORESEED")

    assert told == (
        "Checking identity information: current identity value '10', current column value '40'."
    )
    assert newest(queues) == 15


def test_reseed_goes_up_to_what_the_column_holds(queues: Desk) -> None:
    newest(queues)
    add(queues, 40)

    told = check(queues, "RESEED")

    assert told.endswith("current identity value '10', current column value '40'.")
    assert newest(queues) == 45


def test_reseed_does_not_go_down(queues: Desk) -> None:
    newest(queues)
    newest(queues)
    queues.connection.execute("DELETE FROM dbo.queues WHERE queueid = 15")

    check(queues, "RESEED")

    assert newest(queues) == 20


def test_a_value_set_before_the_first_row_is_its_own(queues: Desk) -> None:
    told = check(queues, "SET", "300")

    assert told == "Checking identity information: current identity value 'NULL'."
    assert newest(queues) == 300


def test_a_value_set_later_is_followed_by_the_next(queues: Desk) -> None:
    newest(queues)

    told = check(queues, "SET", "300")

    assert told == "Checking identity information: current identity value '10'."
    assert newest(queues) == 305


# ---------------------------------------------------------------- the last number


def test_a_counter_knows_the_type_of_its_column(queues: Desk) -> None:
    queues.define("CREATE TABLE dbo.Shelves (ShelfId tinyint NOT NULL IDENTITY(255, 1), N int);")

    assert queues.scalar("SELECT tsql.identity_type('shelves_shelfid_seq')") == "tinyint"
    assert queues.scalar("SELECT tsql.identity_type('nobody')") == "int"
    queues.connection.execute("INSERT INTO dbo.shelves (n) VALUES (1)")
    assert queues.failure("INSERT INTO dbo.shelves (n) VALUES (1)") == (
        8115,
        16,
        1,
        "Arithmetic overflow error converting IDENTITY to data type tinyint.",
    )
    queues.connection.execute("DROP TABLE dbo.shelves")
