"""What is answered beside a call of the runtime is what the runtime answers."""

from __future__ import annotations

import psycopg
import pytest

from couponry_standin.tsql import shortcuts
from tests.standin.runtime.conftest import Desk

TEXTS = ["", " ", "0", "7", "00", "12 ", "123456789", "1234567890", "255", "256", "-1", "+1", "1.5"]
TEXTS += [".5", "5.", ".", "1.005", "1e3", "12345678.5", "ä", "äöü ", "\U0001f600a ", 'a"b', "a/b"]
TEXTS += ["back\\slash", "tab\t", "1,5", "٣", "NaN"]

INTEGERS = {"tinyint": "int2", "smallint": "int2", "int": "int4", "bigint": "int8"}


def both(desk: Desk, quick: str, slow: str, text: str | None) -> list[object]:
    query = f"SELECT {quick}, {slow} FROM (SELECT %s::text) AS t (v)"
    row = desk.connection.execute(query, (text,)).fetchone()
    assert row is not None
    return [None if each is None else str(each) for each in row]


@pytest.mark.parametrize("text", [None, *TEXTS])
def test_a_shortcut_gives_what_the_function_gives(desk: Desk, text: str | None) -> None:
    place = '"t"."v"'
    pairs = [
        (shortcuts.length(place), f"tsql.len({place})"),
        (shortcuts.escaped(place), f"tsql.json_escape({place})"),
    ]
    for name, pg in INTEGERS.items():
        call = f"tsql.text_int({place}, 'nvarchar', '{name}', true)::{pg}"
        pairs.append((shortcuts.whole_number(place, name, pg, call), call))
    for precision, scale in ((18, 4), (3, 2), (5, 0)):
        call = f"tsql.text_numeric({place}, 'nvarchar', {precision}, {scale}, true)"
        pairs.append((shortcuts.number(place, precision, scale, call), call))

    for quick, slow in pairs:
        assert quick != slow
        found, wanted = both(desk, quick, slow, text)
        assert found == wanted, quick


@pytest.mark.parametrize("moment", ["0001-01-02", "2026-11-21 10:00:00.123", "9999-12-30"])
def test_a_step_of_a_moment_is_the_same_or_the_same_error(desk: Desk, moment: str) -> None:
    for days in (-1, 1, 2):
        quick = shortcuts.moved('"v"', str(days), f"(({days}) * interval '1 day')", "datetime2")
        slow = f"tsql.in_range(\"v\" + (({days}) * interval '1 day'), 'datetime2')"
        answers: list[str] = []
        for sql in (quick, slow):
            try:
                with desk.connection.transaction():
                    row = desk.connection.execute(
                        f"SELECT {sql} FROM (SELECT %s::timestamp) AS t (v)", (moment,)
                    ).fetchone()
                answers.append(str(row))
            except psycopg.Error as error:
                answers.append(str(error).splitlines()[0])
        assert answers[0] == answers[1]
