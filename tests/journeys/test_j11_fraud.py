from __future__ import annotations

import json
from typing import Any

import pytest

from tests.answers import Result
from tests.spec.office import Office
from tests.spec.violations import Base
from tests.world import World

VELOCITY = "velocity_abuse"


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def attempts(base: Base, number: int) -> None:
    """That many attempts, spread over the last half hour."""
    for minute in range(number):
        base.world.attempt(base.user, minutes_ago=5 + minute)


def detected(base: Base) -> Result:
    return base.world.fraud(base.user)[VELOCITY]


def review(office: Office, base: Base, decision: str, **more: Any) -> None:
    answer = office.call(
        "sp_ReviewFraudEvents",
        role="ops",
        event_ids_json=json.dumps([detected(base).fraud_event_id]),
        decision=decision,
        **more,
    )
    assert (answer.success, answer["Reviewed"]) == (True, 1)


def queued(base: Base) -> list[Result]:
    """What of it waits for a review."""
    return base.world.rows(
        "SELECT * FROM dbo.vw_FraudQueue WHERE UserId = ? AND DetectionType = ?",
        base.user,
        VELOCITY,
    )


def test_j11_a_hasty_user_is_noticed_and_trusted_again(base: Base, office: Office) -> None:
    """J11: fraud, approved."""
    attempts(base, 3)
    assert base.redeem().error == "VELOCITY_LIMIT_EXCEEDED"
    assert (detected(base).severity, queued(base)) == ("low", [])

    assert base.redeem().error == "VELOCITY_LIMIT_EXCEEDED"
    assert (detected(base).severity, detected(base).occurrence_count) == ("medium", 2)
    assert [row.detection_type for row in queued(base)] == [VELOCITY]

    before = base.world.ledger(base.user)
    review(office, base, "approved")
    assert queued(base) == []
    assert base.world.ledger(base.user) == before

    base.world.backdate_attempts(base.user)
    assert base.redeem().ok


def test_j11_a_persistent_user_stays_refused_and_is_blocked(base: Base, office: Office) -> None:
    """J11: instead, ten attempts and more; rejected with a block."""
    attempts(base, 9)
    assert base.redeem().error == "VELOCITY_LIMIT_EXCEEDED"
    assert (detected(base).severity, detected(base).action_taken) == ("high", "blocked_attempt")

    base.world.backdate_attempts(base.user)
    assert base.redeem().error == "FRAUD_FLAGGED"

    before = [row.status for row in base.world.ledger(base.user)]
    review(office, base, "rejected", block_user=True, note="a script")
    assert queued(base) == []
    assert [row.status for row in base.world.ledger(base.user)] == before
    assert base.redeem().error == "USER_BLOCKED"
