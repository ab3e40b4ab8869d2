"""What operators read about fraud: the events, the dashboard, one user, the audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.spec.calls import Row
from tests.spec.office import Office, fresh
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def events(office: Office, **filters: Any) -> tuple[Row, ...]:
    return office.call("sp_ListFraudEvents", role="ops", **filters).sets[0]


def test_events_come_worst_first_and_of_these_the_oldest(base: Base, office: Office) -> None:
    early = now() - timedelta(hours=2)
    base.world.fraud_event(base.user, "ip_switching", severity="medium", detected_at=early)
    base.world.fraud_event(base.user, "velocity_abuse", severity="high")
    base.world.fraud_event(base.user, "multiple_accounts", severity="high", detected_at=early)
    base.world.fraud_event(base.user, "bot_pattern", severity="low", review_status="auto_closed")
    base.world.attempt(base.user, minutes_ago=60)

    whole = events(office, user_id=base.user)
    first = events(office, user_id=base.user, page_size=2)
    second = events(office, user_id=base.user, page_size=2, before_id=first[-1]["FraudEventId"])

    types = ["multiple_accounts", "velocity_abuse", "ip_switching"]
    assert [row["DetectionType"] for row in whole] == types
    assert [row["DetectionType"] for row in (*first, *second)] == types
    assert {(row["UserEvents30d"], row["UserFailures24h"]) for row in whole} == {(4, 1)}


def test_events_are_filtered(base: Base, office: Office) -> None:
    base.world.fraud_event(base.user, "ip_switching", severity="medium", coupon_code=base.code)
    base.world.fraud_event(base.user, "velocity_abuse", review_status="rejected")

    assert len(events(office, user_id=base.user, review_status=None)) == 2
    assert len(events(office, user_id=base.user, review_status="rejected")) == 1
    assert len(events(office, user_id=base.user, severity="high")) == 0
    assert len(events(office, user_id=base.user, detection_type="ip_switching")) == 1
    assert len(events(office, coupon_code=base.code.lower())) == 1


@pytest.mark.parametrize(
    ("found", "level"),
    [
        ([], "low"),
        (["medium"] * 4, "low"),
        (["medium"] * 5, "medium"),
        (["high"], "high"),
        (["critical"], "high"),
    ],
)
def test_the_dashboard_tells_how_serious_it_is(
    base: Base, office: Office, found: list[str], level: str
) -> None:
    office.write("UPDATE dbo.FraudEvents SET ReviewStatus = N'approved';")
    office.write(
        "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(DAY, -2, AttemptedAt)"
        " WHERE AttemptedAt > DATEADD(DAY, -2, SYSUTCDATETIME());"
    )
    for severity in found:
        base.world.fraud_event(base.user, severity=severity, coupon_code=base.code)
    base.world.listed("watch", "user", base.user, risk_score="0.60")

    head, factors, watched = office.call("sp_GetFraudDashboard", role="ops").sets

    assert head[0]["OverallRiskLevel"] == level
    assert head[0]["FlaggedCount"] == len(found)
    assert [(row["Events"], row["AffectedCoupons"]) for row in factors] == (
        [(len(found), 1)] if found else []
    )
    assert base.user in [row["UserId"] for row in watched]


@pytest.mark.parametrize(("blocked", "level"), [(19, "low"), (20, "medium")])
def test_twenty_blocked_attempts_of_a_day_are_a_medium_risk(
    base: Base, office: Office, blocked: int, level: str
) -> None:
    office.write("UPDATE dbo.FraudEvents SET ReviewStatus = N'approved';")
    office.write(
        "UPDATE dbo.RedemptionHistory SET AttemptedAt = DATEADD(DAY, -2, AttemptedAt)"
        " WHERE AttemptedAt > DATEADD(DAY, -2, SYSUTCDATETIME());"
    )
    for _ in range(blocked):
        base.world.attempt(
            base.user, minutes_ago=0, failure_reason="USER_BLOCKED", failed_step="S03"
        )
    base.world.attempt(base.user, minutes_ago=0, failed_step="S21")

    head = office.call("sp_GetFraudDashboard").sets[0][0]

    assert (head["BlockedAttemptsToday"], head["OverallRiskLevel"]) == (blocked, level)


def test_one_user_is_shown_whole_and_the_look_is_audited(base: Base, office: Office) -> None:
    card, address = base.world.id("card"), base.world.ip()
    base.world.change_user(base.user, payment_fingerprint=card)
    twin = base.world.user("twin", payment_fingerprint=card)
    base.world.fraud_event(base.user, "ip_switching", severity="medium")
    base.world.listed("block", "ip", address, is_active=0)
    base.world.redeem(base.code, base.user, ip=address, agent="Firefox", device=base.world.id("d1"))
    base.world.attempt(base.user, minutes_ago=60 * 24 * 8)

    answer = office.call("sp_InvestigateUser", role="ops", user_id=base.user, days=7, actor="ann")

    profile, attempts, found, places, links, entries, held = answer.sets
    assert (profile[0]["UserId"], profile[0]["SignalsJson"]) == (base.user, '{"open_event":0.25}')
    assert [row["IpAddress"] for row in attempts] == [address]
    assert [row["DetectionType"] for row in found] == ["ip_switching"]
    assert [(row["Kind"], row["Value"]) for row in places] == [
        ("device", base.world.id("d1")),
        ("ip", address),
    ]
    assert [(row["LinkedUserId"], row["LinkKind"]) for row in links] == [(twin, "payment_method")]
    assert [row["SubjectValue"] for row in entries] == [address]
    assert held == ()
    assert [row.actor for row in base.world.audit("user.investigate", base.user)] == ["ann"]


def test_an_unknown_user_is_an_empty_profile(office: Office) -> None:
    assert office.call("sp_InvestigateUser", user_id=fresh("nobody")).sets[0] == ()


def test_the_audit_log_is_read_newest_first_and_by_page(office: Office) -> None:
    actor = fresh("ann")
    made = [office.campaign(actor=actor) for _ in range(3)]

    whole = office.call("sp_ListAuditLog", role="ops", actor=actor).sets[0]
    first = office.call("sp_ListAuditLog", actor=actor, page_size=2).sets[0]
    second = office.call("sp_ListAuditLog", actor=actor, before_id=first[-1]["AuditId"]).sets[0]

    assert [row["EntityId"] for row in whole] == made[::-1]
    assert [row["EntityId"] for row in (*first, *second)] == made[::-1]


def test_the_audit_log_is_filtered(office: Office) -> None:
    actor = fresh("ann")
    campaign = office.campaign(actor=actor)

    def found(**filters: Any) -> int:
        return len(office.call("sp_ListAuditLog", actor=actor, **filters).sets[0])

    at = office.value("SELECT OccurredAt FROM dbo.AuditLog WHERE Actor = ?;", actor)
    assert found(entity_type="campaign", entity_id=campaign, action="campaign.create") == 1
    assert found(entity_type="coupon") == found(entity_id="other") == found(action="x.y") == 0
    assert (found(from_utc=at), found(to_utc=at)) == (1, 0)


@pytest.mark.parametrize(
    ("number", "procedure", "given"),
    [
        (50002, "sp_ListFraudEvents", {"page_size": 0}),
        (50003, "sp_ListFraudEvents", {"review_status": "open"}),
        (50003, "sp_ListFraudEvents", {"severity": "HIGH"}),
        (50003, "sp_ListFraudEvents", {"detection_type": "witchcraft"}),
        (50008, "sp_ListFraudEvents", {"user_id": "u" * 101}),
        (50008, "sp_ListFraudEvents", {"coupon_code": "C" * 51}),
        (50001, "sp_InvestigateUser", {"user_id": " "}),
        (50002, "sp_InvestigateUser", {"user_id": "u", "days": 0}),
        (50008, "sp_InvestigateUser", {"user_id": "u" * 101}),
        (50002, "sp_ListAuditLog", {"page_size": 1001}),
        (50006, "sp_ListAuditLog", {"from_utc": now(), "to_utc": now() - timedelta(days=1)}),
        (50008, "sp_ListAuditLog", {"entity_id": "e" * 121}),
        (50008, "sp_ListAuditLog", {"actor": "a" * 101}),
    ],
)
def test_broken_calls_are_thrown(
    office: Office, number: int, procedure: str, given: dict[str, Any]
) -> None:
    office.refuses(number, procedure, **given)
