"""What a review of fraud events does: flags, bans, reservations, the ledger."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.answers import Result
from tests.spec.calls import Answer
from tests.spec.office import Office
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def review(office: Office, ids: list[int], decision: str, **more: Any) -> Answer:
    given = {"event_ids_json": json.dumps(ids), "decision": decision} | more
    return office.call("sp_ReviewFraudEvents", role="ops", **given)


def results(answer: Answer) -> list[tuple[int, str]]:
    return [(row["FraudEventId"], row["Result"]) for row in answer.sets[1]]


def event(base: Base, **columns: Any) -> int:
    base.world.fraud_event(base.user, **columns)
    return base.world.rows("SELECT MAX(FraudEventId) AS Id FROM dbo.FraudEvents;")[0].id


def stored(base: Base, number: int) -> Result:
    return base.world.rows("SELECT * FROM dbo.FraudEvents WHERE FraudEventId = ?;", number)[0]


def ban(base: Base) -> Result:
    (found,) = base.world.rows(
        "SELECT * FROM dbo.AccessLists WHERE SubjectKind = 'user' AND SubjectValue = ?;", base.user
    )
    return found


def banned(base: Base) -> int:
    """The user made twenty attempts and is banned for it."""
    for number in range(19):
        base.world.attempt(base.user, minutes_ago=10 + number)
    base.redeem()
    base.world.backdate_attempts(base.user)
    return base.world.fraud(base.user)["velocity_abuse"].fraud_event_id


@pytest.mark.ec("EC-030")
def test_approving_the_event_lifts_the_ban_it_brought(base: Base, office: Office) -> None:
    number = banned(base)
    assert base.redeem().error == "USER_BLOCKED"

    done = review(office, [number], "approved", note="a load test", actor="ann")

    assert (done["Reviewed"], results(done)) == (1, [(number, "approved")])
    row = stored(base, number)
    assert (row.review_status, row.is_flagged, row.reviewed_by) == ("approved", False, "ann")
    assert (row.review_note, ban(base).is_active) == ("a load test", False)
    assert base.redeem().ok
    assert len(base.world.audit("fraud_event.review", str(number))) == 1


def test_a_ban_is_handed_to_another_critical_event_that_stands(base: Base, office: Office) -> None:
    number = banned(base)
    other = event(base, kind="ip_switching", severity="critical")

    review(office, [number], "approved")
    assert (ban(base).is_active, ban(base).fraud_event_id) == (True, other)
    review(office, [other], "approved")

    assert ban(base).is_active is False


@pytest.mark.ec("EC-017")
def test_approving_guesses_ends_the_lock_out_and_frees_the_address(
    base: Base, office: Office
) -> None:
    for _ in range(9):
        base.world.attempt(base.user, minutes_ago=5, failure_reason="COUPON_NOT_FOUND")
    address = base.world.ip()
    base.world.redeem("NOSUCH1", base.user, ip=address, agent="Firefox")
    number = base.world.fraud(base.user)["code_guessing"].fraud_event_id
    base.world.backdate_attempts(base.user)

    review(office, [number], "approved")

    assert base.world.redeem(base.code, base.user, ip=address, agent="Firefox").ok


def test_rejecting_confirms_fraud_and_ends_open_reservations(base: Base, office: Office) -> None:
    base.world.insert(
        "Reservations",
        coupon_id=base.world.coupon_id(base.code),
        campaign_id=base.campaign,
        user_id=base.user,
        discount_type="percentage",
        redemption_id=0,
        reserved_at=now() - timedelta(minutes=1),
        expires_at=now() + timedelta(minutes=14),
    )
    number = event(base, severity="medium")

    done = review(office, [number], "rejected", block_user=1)

    assert results(done) == [(number, "rejected")]
    assert stored(base, number).review_status == "rejected"
    (held,) = base.world.rows("SELECT * FROM dbo.Reservations WHERE UserId = ?;", base.user)
    assert (held.status, held.close_reason) == ("Reserved", "fraud")
    assert (ban(base).is_active, ban(base).fraud_event_id) == (True, number)
    assert base.redeem().error == "USER_BLOCKED"


def test_rejecting_alone_blocks_nobody(base: Base, office: Office) -> None:
    review(office, [event(base, severity="medium")], "rejected")

    assert base.redeem().ok


@pytest.mark.parametrize("decision", ["approved", "rejected"])
def test_the_ledger_row_gets_the_decision_it_waits_for(
    base: Base, office: Office, decision: str
) -> None:
    base.world.attempt(base.user, status="success", review_status="pending")
    base.world.attempt(base.user, status="success")
    waiting, other = base.world.ledger(base.user)

    review(office, [event(base, redemption_id=waiting.redemption_id)], decision)
    review(office, [event(base, kind="bot_pattern", redemption_id=other.redemption_id)], decision)

    assert [row.review_status for row in base.world.ledger(base.user)] == [decision, "none"]


def test_each_event_has_its_own_result_and_is_reviewed_once(base: Base, office: Office) -> None:
    closed = event(base, severity="low", review_status="auto_closed")
    done = event(base, kind="ip_switching", review_status="approved")

    answer = review(office, [done, 0, closed, closed], "rejected")

    assert (answer.success, answer["Reviewed"]) == (True, 1)
    assert results(answer) == [
        (0, "FRAUD_EVENT_NOT_FOUND"),
        (closed, "rejected"),
        (done, "ALREADY_REVIEWED"),
    ]
    assert results(review(office, [closed], "approved")) == [(closed, "ALREADY_REVIEWED")]
    assert stored(base, closed).review_status == "rejected"


def test_more_than_fifty_events_need_a_confirmation(base: Base, office: Office) -> None:
    numbers = [event(base) for _ in range(51)]

    refused = review(office, numbers, "approved")
    fifty = review(office, numbers[:50], "approved")
    confirmed = review(office, numbers, "approved", confirm=1)

    assert (refused.code, refused["Reviewed"], results(refused)) == (
        "CONFIRMATION_REQUIRED",
        None,
        [],
    )
    assert (fifty["Reviewed"], confirmed["Reviewed"]) == (50, 1)


@pytest.mark.parametrize(
    ("number", "bad"),
    [
        (50001, {"event_ids_json": " "}),
        (50001, {"decision": None}),
        (50002, {"event_ids_json": "[]"}),
        (50002, {"event_ids_json": json.dumps(list(range(501)))}),
        (50003, {"decision": "Approved"}),
        (50004, {"event_ids_json": "{}"}),
        (50004, {"event_ids_json": '["1"]'}),
        (50004, {"event_ids_json": "[1.5]"}),
        (50008, {"actor": "a" * 101}),
        (50009, {"decision": "approved", "block_user": 1}),
    ],
)
def test_broken_calls_are_thrown(office: Office, number: int, bad: dict[str, Any]) -> None:
    office.refuses(
        number, "sp_ReviewFraudEvents", **{"event_ids_json": "[0]", "decision": "rejected"} | bad
    )
