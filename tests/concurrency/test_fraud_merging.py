"""Events without a user are merged also when many report them at once, and why."""

from __future__ import annotations

import pyodbc

from tests.concurrency.sabotage import sabotaged
from tests.concurrency.sessions import Gate, race, tally, through_the_gate
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.office import Office

INSERT = "    IF @FraudEventId IS NULL\n    BEGIN\n"
NO_RANGE_LOCK = {
    "sp_i_RaiseFraud": {" WITH (UPDLOCK, HOLDLOCK)": "", INSERT: Gate.HOOK + INSERT},
}


def report(connection: pyodbc.Connection, code: str) -> Answer:
    return call(
        connection,
        "sp_RecordFraudEvent",
        detection_type="unusual_usage_patterns",
        severity="low",
        coupon_code=code,
    )


def occurrences(office: Office, code: str) -> list[int]:
    found = office.rows(
        "SELECT OccurrenceCount FROM dbo.FraudEvents WHERE CouponCode = ? ORDER BY FraudEventId;",
        code,
    )
    return [row["OccurrenceCount"] for row in found]


def test_ten_reports_about_one_coupon_are_one_event(arena: Target, office: Office) -> None:
    code = office.coupon()

    outcomes = race(arena, 10, lambda connection, _: report(connection, code))

    assert tally(outcomes) == {"success": 10}
    assert occurrences(office, code) == [10]


def test_without_the_range_lock_two_reports_make_two_events(ruin: Target) -> None:
    with Office(ruin) as wrecked:
        code = wrecked.coupon()

        with sabotaged(wrecked, NO_RANGE_LOCK):
            outcomes = through_the_gate(ruin, *[lambda one: report(one, code)] * 2)

        assert tally(outcomes) == {"success": 2}
        assert occurrences(wrecked, code) == [1, 1]
