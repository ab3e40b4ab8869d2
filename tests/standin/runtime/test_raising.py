"""What compiled code calls when something goes wrong: THROW, RAISERROR, CATCH, guards."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from .conftest import Desk

NOWHERE = ", ".join(["''"] * 6)  # schema, table, column, constraint, type, context
DIVISION = ["8134", "16", "1", "Divide by zero error encountered.", "dbo.Pay", "7"]


def caught(desk: Desk, arguments: str) -> list[str]:
    return desk.scalar(f"SELECT tsql.caught({arguments})")


@pytest.fixture
def known_code(desk: Desk) -> Iterator[str]:
    """A compiled function of three lines: two of dbo.Pay, one of a procedure expanded in it."""
    name = "pay_0123456789abcdef"
    desk.connection.execute(
        "INSERT INTO tsql.code_lines VALUES (%s, 'dbo.Pay', %s, %s, %s)",
        (name, [11, 12, 0], ["", "dbo.Inner", ""], [5, 9, 0]),
    )
    yield name
    desk.connection.execute("DELETE FROM tsql.code_lines WHERE function_name = %s", (name,))


# ---------------------------------------------------------------- THROW


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("15%% off", "15% off"),
        ("15% off", "15 off"),
        ("all 100%.", "all 100."),
        ("a%de", " "),
        ("a %%d", "a %d"),
        ("plain", "plain"),
    ],
)
def test_percent_signs_in_what_is_thrown_want_to_be_doubled(
    desk: Desk, written: str, told: str
) -> None:
    assert desk.scalar(f"SELECT tsql.thrown_text('{written}')") == told


def test_what_is_thrown_carries_its_place(desk: Desk) -> None:
    found = desk.scalar("SELECT tsql.thrown(50001, 'Broken', 3, 'dbo.Pay', 7)")

    assert found == ["50001", "16", "3", "Broken", "dbo.Pay", "7"]


def test_a_throw_without_message_and_state_has_neither(desk: Desk) -> None:
    found = desk.scalar("SELECT tsql.thrown(50001, NULL, NULL, '', 1)")

    assert found == ["50001", "16", "0", "", "", "1"]


@pytest.mark.parametrize(("number", "shown"), [("49999", "49999"), ("0", "0"), ("NULL", "NULL")])
@pytest.mark.parametrize("function", ["thrown", "throw"])
def test_a_number_below_50000_is_not_thrown(
    desk: Desk, function: str, number: str, shown: str
) -> None:
    assert desk.failure(f"SELECT tsql.{function}({number}, 'Broken', 1, '', 1)") == (
        35100,
        16,
        10,
        f"Error number {shown} in the THROW statement is outside the valid range. Specify an error"
        " number in the valid range of 50000 to 2147483647.",
    )


def test_throw_in_a_function_ends_it_and_tells_its_place(desk: Desk) -> None:
    with pytest.raises(psycopg.Error) as failed:
        desk.connection.execute("SELECT tsql.throw(50001, 'Broken', 3, 'dbo.Worth', 7)")

    assert desk.error(failed.value) == (50001, 16, 3, "Broken")
    assert failed.value.diag.message_hint == "dbo.Worth|7"


# ---------------------------------------------------------------- RAISERROR


def raiserror(message: str, severity: int = 16, state: int = 1, number: str = "false") -> str:
    return (
        f"SELECT tsql.raiserror({message}, {severity}, {state}, '{{7,Ann}}', '{{i,s}}', {number},"
        " 'dbo.Pay', 3)"
    )


@pytest.mark.parametrize(
    ("severity", "state", "shown"),
    [
        (16, 1, ("16", "1")),
        (11, 255, ("11", "255")),
        (-1, 300, ("0", "255")),
        (18, -5, ("18", "0")),
    ],
)
def test_a_raised_error_is_50000_within_its_bounds(
    desk: Desk, severity: int, state: int, shown: tuple[str, str]
) -> None:
    found = desk.scalar(raiserror("'%d of %s'", severity, state))

    assert found == ["50000", *shown, "7 of Ann", "dbo.Pay", "3"]


def test_a_raised_error_without_message_is_empty(desk: Desk) -> None:
    assert desk.scalar(raiserror("NULL"))[3] == ""


@pytest.mark.parametrize("number", [0, 12_999, 50_000])
def test_some_numbers_are_never_raised(desk: Desk, number: int) -> None:
    assert desk.failure(raiserror(f"'{number}'", number="true")) == (
        2732,
        16,
        1,
        f"Error number {number} is invalid. The number must be from 13000 through 2147483647 and it"
        " cannot be 50000.",
    )


def test_a_number_without_a_message_is_told(desk: Desk) -> None:
    assert desk.failure(raiserror("'60001'", 12, 2, "true")) == (
        18054,
        16,
        1,
        "Error 60001, severity 12, state 2 was raised, but no message with that error number was"
        " found in sys.messages. If error is larger than 50000, make sure the user-defined message"
        " is added using sp_addmessage.",
    )


def test_a_severity_above_18_wants_an_administrator(desk: Desk) -> None:
    assert desk.failure(raiserror("'x'", 19))[:3] == (2754, 16, 1)


# ---------------------------------------------------------------- what CATCH sees


def test_an_error_of_postgresql_is_caught_as_sql_servers(desk: Desk) -> None:
    assert caught(desk, f"'22012', 'division by zero', '', '', {NOWHERE}, 'dbo.Pay', 7") == DIVISION


def test_the_line_of_a_compiled_function_is_the_line_of_its_text(
    desk: Desk, known_code: str
) -> None:
    places = {}
    for line in (2, 3, 4):
        context = f"PL/pgSQL function tsql_code.{known_code}(integer) line {line} at assignment"
        arguments = f"'22012', '', '', '', '', '', '', '', '', '{context}', 'dbo.Outer', 0"
        places[line] = tuple(caught(desk, arguments)[4:])

    assert places == {2: ("dbo.Pay", "11"), 3: ("dbo.Inner", "12"), 4: ("dbo.Pay", "1")}


def test_a_place_that_nobody_knows_is_the_modules_own(desk: Desk) -> None:
    context = "PL/pgSQL function tsql_code.gone_0123456789abcdef(integer) line 2 at assignment"

    found = caught(desk, f"'22012', '', '', '', '', '', '', '', '', '{context}', 'dbo.Outer', 0")

    assert found[4:] == ["dbo.Outer", "0"]


def test_what_an_inline_function_throws_tells_its_own_place(desk: Desk) -> None:
    found = caught(desk, f"'TS000', 'Broken', '50001,16,3', 'dbo.Worth|9', {NOWHERE}, 'dbo.Pay', 7")

    assert found == ["50001", "16", "3", "Broken", "dbo.Worth", "9"]


@pytest.mark.parametrize(
    ("statement", "verb"),
    [
        ("INSERT INTO dbo.children VALUES (1)", "INSERT"),
        ("UPDATE dbo.children SET amount = 0", "UPDATE"),
        ("WITH c AS (UPDATE dbo.children SET amount = 0 RETURNING 1) SELECT 1", "UPDATE"),
        ("MERGE INTO dbo.children USING x ON true", "MERGE"),
        ("", "INSERT"),
    ],
)
def test_the_message_of_a_broken_constraint_names_the_statement(
    desk: Desk, statement: str, verb: str
) -> None:
    context = f'SQL statement "{statement}"' if statement else ""

    broken = "'23514', 'violates check constraint', '', '', 'dbo', 'x', '', 'ck', ''"

    found = caught(desk, f"{broken}, '{context}', '', 1")

    assert (found[0], found[3].split()[1]) == ("547", verb)


@pytest.mark.parametrize(
    ("statement", "end"),
    [("UPDATE dbo.x SET a = NULL", "UPDATE fails."), ("INSERT INTO dbo.x", "INSERT fails.")],
)
def test_the_message_of_a_forbidden_null_names_the_statement(
    desk: Desk, statement: str, end: str
) -> None:
    found = caught(
        desk,
        f"'23502', '', '', '', 'dbo', 'x', 'a', '', '', 'SQL statement \"{statement}\"', '', 1",
    )

    assert found[0] == "515"
    assert found[3].endswith(end)


def test_what_is_refused_while_it_runs_names_the_place(desk: Desk, known_code: str) -> None:
    context = f"PL/pgSQL function tsql_code.{known_code}(text[]) line 3 at PERFORM"
    nowhere = NOWHERE.removesuffix("''") + f"'{context}'"

    found = caught(desk, f"'42883', 'no such function', '', '', {nowhere}, 'dbo.Pay', 0")

    assert (found[0], found[4], found[5]) == ("40517", "dbo.Inner", "12")
    assert "what this statement asks for (line 12, column 9)." in found[3]


def test_the_place_is_that_of_the_innermost_compiled_function(desk: Desk, known_code: str) -> None:
    inner = f"PL/pgSQL function {known_code}(text[]) line 2 at assignment"
    context = f"PL/pgSQL function tsql.raise(int) line 9\n{inner}\nSQL statement"

    assert desk.scalar("SELECT tsql.place_of($1)::text", context) == "(dbo.Pay,11,5)"
    assert desk.scalar("SELECT tsql.place_of('')::text") == "(,,)"


def test_an_unknown_fault_is_told_without_postgresqls_words(desk: Desk) -> None:
    found = caught(desk, f"'XX000', 'cache lookup failed', '', '', {NOWHERE}, 'dbo.Pay', 7")

    assert found[:3] == ["8630", "17", "38"]
    assert "cache lookup" not in found[3]


def test_a_remembered_error_is_read_field_by_field(desk: Desk) -> None:
    with desk.connection.transaction(force_rollback=True):
        desk.scalar("SELECT tsql.remember_error('{50001,16,3,\"It, {broke}\",dbo.Pay,7}')")

        fields = [desk.scalar("SELECT tsql.error_field($1)", field) for field in range(1, 7)]

    assert fields == ["50001", "16", "3", "It, {broke}", "dbo.Pay", "7"]
    assert desk.scalar("SELECT tsql.error_field(1)") is None


# ---------------------------------------------------------------- what an error ends


@pytest.mark.parametrize(
    ("number", "dooms", "ends"),
    [
        (245, True, True),  # a conversion
        (1205, True, True),  # the victim of a deadlock
        (8114, True, False),
        (208, False, True),
        (40517, False, True),
        (547, False, False),
        (8134, False, False),
        (50000, False, False),
    ],
)
def test_an_error_dooms_the_transaction_or_ends_the_batch(
    desk: Desk, number: int, dooms: bool, ends: bool
) -> None:
    assert desk.scalar("SELECT tsql.dooms($1)", number) is dooms
    assert desk.scalar("SELECT tsql.aborts_batch($1)", number) is ends


def test_a_doomed_transaction_writes_nothing(desk: Desk) -> None:
    number, severity, state, message = desk.failure("SELECT tsql.raise_doomed()")

    assert (number, severity, state) == (3930, 16, 1)
    assert message.startswith("The current transaction cannot be committed and cannot support")


def test_a_write_outside_a_transaction_that_may_not_begin_is_refused(desk: Desk) -> None:
    assert desk.failure("SELECT tsql.raise_uncovered()")[0] == 40517


def test_a_recursion_ends_at_its_last_level(desk: Desk) -> None:
    assert desk.failure("SELECT tsql.too_deep(100)") == (
        530,
        16,
        1,
        "The statement terminated. The maximum recursion 100 has been exhausted before statement"
        " completion.",
    )


# ---------------------------------------------------------------- SNAPSHOT, NULLs left out


@pytest.fixture
def snapshot(desk: Desk) -> Iterator[Desk]:
    """A database that allows SNAPSHOT."""
    text = "UPDATE tsql.options SET value = %s WHERE name = 'ALLOW_SNAPSHOT_ISOLATION'"
    desk.connection.execute(text, ("ON",))
    yield desk
    desk.connection.execute(text, ("OFF",))


def test_snapshot_wants_a_database_that_allows_it(desk: Desk) -> None:
    number, _, _, message = desk.failure("SELECT tsql.check_snapshot(0)")

    assert number == 3952
    assert "accessing database 'Runtime_Test'" in message


def test_a_transaction_does_not_become_one_of_snapshot(snapshot: Desk) -> None:
    assert snapshot.failure("SELECT tsql.check_snapshot(1)")[0] == 3951


def test_a_transaction_of_snapshot_reads(snapshot: Desk) -> None:
    with snapshot.connection.transaction():
        snapshot.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        snapshot.scalar("SELECT tsql.check_snapshot(1)")

    snapshot.scalar("SELECT tsql.check_snapshot(0)")


def test_a_null_that_an_aggregate_leaves_out_is_remembered(desk: Desk) -> None:
    with desk.connection.transaction(force_rollback=True):
        before = desk.scalar("SELECT current_setting('tsql.nulls', true)")
        values = [desk.scalar("SELECT tsql.null_seen(NULL::int4)") for _ in range(2)]
        after = desk.scalar("SELECT current_setting('tsql.nulls', true)")

    assert before in (None, "")
    assert values == [None, None]
    assert after == "1"


# ---------------------------------------------------------------- WAITFOR


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [("00:00", 0), ("0:0:1", 1), ("01:02:03.5", 3723.5), (" 23:59:59.999 ", 86399.999),
     ("00:00:05.0000000", 5)],
)  # fmt: skip
def test_a_delay_is_a_time_below_a_day(desk: Desk, delay: str, seconds: float) -> None:
    assert desk.scalar("SELECT tsql.wait_seconds($1)", delay) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "delay", ["24:00:00", "00:60", "00:00:60", "99:99:99", "x", "", "5", "-0:01"]
)
def test_another_delay_is_an_error(desk: Desk, delay: str) -> None:
    assert desk.failure(f"SELECT tsql.wait_seconds('{delay}')") == (
        148,
        15,
        1,
        f"Incorrect time syntax in time string '{delay}' used with WAITFOR.",
    )
