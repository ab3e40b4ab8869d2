"""One name for one search of one owner, however many save it at once, and what makes it so."""

from __future__ import annotations

import pyodbc

from tests.concurrency.sabotage import sabotaged, together
from tests.concurrency.sessions import Gate, race, tally, through_the_gate
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.office import Office, fresh

CHOICE = "        IF @SavedSearchId IS NOT NULL\n"
GATE_BEFORE_WRITING = {"sp_SaveSearch": {CHOICE: Gate.HOOK + CHOICE}}
NO_RANGE_LOCK = {"sp_SaveSearch": {" WITH (UPDLOCK, HOLDLOCK)": ""}}


def save(connection: pyodbc.Connection, owner: str, name: str | None) -> Answer:
    return call(connection, "sp_SaveSearch", owner=owner, name=name, filter_json="{}")


def kept(office: Office, owner: str) -> list[str | None]:
    rows = office.rows("SELECT Name FROM dbo.SavedSearches WHERE Owner = ?;", owner)
    return [row["Name"] for row in rows]


def test_a_name_that_many_save_at_once_is_kept_once(arena: Target, office: Office) -> None:
    owner = fresh("op")

    outcomes = race(arena, 20, lambda connection, _: save(connection, owner, "sales"))

    assert tally(outcomes) == {"success": 20}
    assert kept(office, owner) == ["sales"]


def test_twenty_recent_searches_stay_however_many_come_at_once(
    arena: Target, office: Office
) -> None:
    owner = fresh("op")

    outcomes = race(arena, 30, lambda connection, _: save(connection, owner, None))

    assert tally(outcomes) == {"success": 30}
    assert kept(office, owner) == [None] * 20


def test_without_the_range_lock_both_find_no_such_name(ruin: Target) -> None:
    owner = fresh("op")

    with Office(ruin) as wrecked:
        with sabotaged(wrecked, together(GATE_BEFORE_WRITING, NO_RANGE_LOCK)):
            outcomes = through_the_gate(ruin, *[lambda one: save(one, owner, "sales")] * 2)

        # The unique index is the guard behind the guard.
        ends = sorted(str(one.number) if isinstance(one, Fault) else "success" for one in outcomes)
        assert ends == ["2601", "success"]
        assert kept(wrecked, owner) == ["sales"]
