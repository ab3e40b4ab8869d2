"""The views of fraud and security: what waits, what was right, who is watched, who attacks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.answers import Result
from tests.spec.calls import Row, run
from tests.spec.office import Office, fresh
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def queue(world: World, user: str) -> list[Result]:
    return world.rows(
        "SELECT * FROM dbo.vw_FraudQueue WHERE UserId = ? ORDER BY SeverityRank, DetectedAt;", user
    )


@pytest.mark.parametrize(
    ("severity", "rank", "action"),
    [("critical", 1, "block"), ("high", 2, "restrict"), ("medium", 3, "review")],
)
def test_the_queue_ranks_an_event_and_recommends_what_to_do(
    base: Base, severity: str, rank: int, action: str
) -> None:
    base.world.fraud_event(base.user, "ip_switching", severity=severity)

    (event,) = queue(base.world, base.user)

    assert (event.severity_rank, event.recommended_action) == (rank, action)
    assert event.risk_factor == "ip_address_abuse"


@pytest.mark.parametrize(
    ("kind", "factor"),
    [
        ("velocity_abuse", "multiple_rapid_attempts"),
        ("bot_pattern", "multiple_rapid_attempts"),
        ("code_guessing", "multiple_rapid_attempts"),
        ("suspicious_email_patterns", "suspicious_email_patterns"),
        ("multiple_accounts", "suspicious_email_patterns"),
        ("ip_address_abuse", "ip_address_abuse"),
        ("ip_switching", "ip_address_abuse"),
        ("geographic_anomaly", "ip_address_abuse"),
        ("unusual_usage_patterns", "unusual_usage_patterns"),
        ("temporal_anomaly", "unusual_usage_patterns"),
        ("stacking_abuse", "unusual_usage_patterns"),
        ("device_fingerprint_mismatch", "unusual_usage_patterns"),
    ],
)
def test_each_of_the_twelve_types_belongs_to_a_risk_factor(
    base: Base, kind: str, factor: str
) -> None:
    base.world.fraud_event(base.user, kind)

    assert [event.risk_factor for event in queue(base.world, base.user)] == [factor]


def test_the_queue_holds_open_events_with_the_history_of_the_user(base: Base) -> None:
    base.world.fraud_event(base.user, "velocity_abuse", severity="high")
    base.world.fraud_event(base.user, "bot_pattern", severity="low", review_status="auto_closed")
    base.world.fraud_event(base.user, "ip_switching", detected_at=now() - timedelta(days=31))
    base.world.fraud_event(base.user, "stacking_abuse", review_status="approved")
    base.world.attempt(base.user, minutes_ago=60)
    base.world.attempt(base.user, minutes_ago=25 * 60)
    base.world.attempt(base.user, minutes_ago=30, status="success")

    found = queue(base.world, base.user)

    assert {event.detection_type for event in found} == {"velocity_abuse", "ip_switching"}
    assert {(event.user_events30d, event.user_failures24h) for event in found} == {(3, 1)}


def test_the_summary_tells_how_right_the_events_were(base: Base) -> None:
    # A day that no other test writes to.
    day = now().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=400)
    for number in range(4):
        base.world.attempt(base.user, status="success", attempted_at=day, order_id=f"o{number}")
    tied = base.world.ledger(base.user)[0].redemption_id
    for status in ("approved", "rejected", "rejected", "rejected", "pending"):
        base.world.fraud_event(
            base.user,
            review_status=status,
            detected_at=day,
            last_seen_at=day,
            redemption_id=tied if status == "rejected" else None,
        )

    (row,) = base.world.rows("SELECT * FROM dbo.vw_FraudSummary WHERE Day = ?;", day.date())

    assert (row.events, row.approved, row.rejected, row.pending) == (5, 1, 3, 1)
    assert row.detection_precision == Decimal("75.00")
    assert row.fraud_rate == Decimal("25.0000")


def test_the_watch_list_shows_flagged_attempts_and_the_last_activity(base: Base) -> None:
    base.world.listed("watch", "user", base.user, risk_score="0.60", recommended_action="restrict")
    base.world.listed("watch", "user", base.world.id("gone"), is_active=0)
    base.world.listed(
        "watch", "user", base.world.id("over"), expires_at=now() - timedelta(minutes=1)
    )
    base.world.fraud_event(base.user, occurrence_count=3)
    base.world.fraud_event(base.user, "bot_pattern", is_flagged=0, severity="low")
    base.world.attempt(base.user, minutes_ago=10)

    found = base.world.rows(
        "SELECT * FROM dbo.vw_Watchlist WHERE UserId LIKE ?;", f"%-{base.world.tag}"
    )

    (row,) = found
    assert (row.user_id, row.flagged_attempts) == (base.user, 3)
    assert (row.risk_score, row.recommended_action) == (Decimal("0.60"), "restrict")
    assert now() - row.last_activity < timedelta(minutes=11)


def test_readers_see_the_lists_but_no_address(base: Base, office: Office) -> None:
    address = base.world.ip()
    base.world.listed("block", "ip", address)
    base.world.listed("block", "user", base.user)

    def seen(role: str | None) -> set[str]:
        text = "SELECT SubjectValue FROM dbo.vw_AccessLists WHERE SubjectKind IN ('ip', 'user');"
        rows: tuple[Row, ...] = run(office.connection(role), text)[0]
        return {row["SubjectValue"] for row in rows}

    assert {address, base.user} <= seen("ops")
    assert {address, base.user} <= seen(None)
    assert base.user in seen("reader")
    assert address not in seen("reader")


@pytest.mark.parametrize(("users", "shown"), [(2, False), (3, True)])
def test_an_address_of_three_users_is_suspicious(world: World, users: int, shown: bool) -> None:
    for number in range(users):
        world.attempt(world.id(f"s{number}"), status="success", ip_address=world.ip())

    found = world.rows("SELECT * FROM dbo.vw_SuspiciousIps WHERE IpAddress = ?;", world.ip())

    assert bool(found) is shown
    assert [(row.users24h, row.attempts24h, row.failures24h) for row in found] == [(3, 3, 0)][
        : len(found)
    ]


@pytest.mark.parametrize(("misses", "shown"), [(9, False), (10, True)])
def test_an_address_that_guesses_ten_codes_is_suspicious(
    world: World, misses: int, shown: bool
) -> None:
    for number in range(misses):
        reason = "COUPON_NOT_FOUND" if number % 2 else "INVALID_CODE_FORMAT"
        world.attempt(world.id("g"), failure_reason=reason, ip_address=world.ip())
    world.listed("block", "ip", world.ip())

    found = world.rows("SELECT * FROM dbo.vw_SuspiciousIps WHERE IpAddress = ?;", world.ip())

    assert bool(found) is shown
    assert all((row.unknown_codes24h, row.is_blocked) == (10, True) for row in found)


def test_an_attempt_is_shown_with_where_it_came_from(base: Base) -> None:
    base.world.redeem(
        base.code, base.user, ip=base.world.ip(), agent="Firefox", device=base.world.id("d1")
    )

    (row,) = base.world.rows("SELECT * FROM dbo.vw_AttemptDetails WHERE UserId = ?;", base.user)

    assert (row.ip_address, row.user_agent, row.device_fingerprint) == (
        base.world.ip(),
        "Firefox",
        base.world.id("d1"),
    )


def test_the_audit_trail_names_actor_and_login(office: Office) -> None:
    campaign = office.campaign(actor=fresh("operator"))

    (row,) = office.rows("SELECT * FROM dbo.vw_AuditTrail WHERE EntityId = ?;", campaign)

    assert row["Actor"].startswith("operator")
    assert row["LoginName"]
