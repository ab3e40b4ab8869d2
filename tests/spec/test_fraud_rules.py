"""Fraud events that a redemption raises, what follows from them, and the risk score."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def _miss(base: Base, times: int, **context: object) -> None:
    """Ledger rows of unknown codes, minutes ago."""
    for _ in range(times):
        base.world.attempt(base.user, minutes_ago=5, failure_reason="COUPON_NOT_FOUND", **context)


@pytest.mark.ec("EC-030")
@pytest.mark.parametrize(
    ("earlier", "severity", "review", "action"),
    [
        (3, "low", "auto_closed", "none"),
        (4, "medium", "pending", "flagged"),
        (9, "high", "pending", "blocked_attempt"),
        (19, "critical", "pending", "banned_user"),
    ],
)
def test_velocity_grows_with_the_attempts(
    base: Base, earlier: int, severity: str, review: str, action: str
) -> None:
    for number in range(earlier):
        base.world.attempt(base.user, minutes_ago=10 + number)

    done = base.redeem()

    assert done.error == "VELOCITY_LIMIT_EXCEEDED"
    assert done.message == "More than 3 attempts within 60 minutes."
    event = base.world.fraud(base.user)["velocity_abuse"]
    assert (event.severity, event.review_status, event.action_taken) == (severity, review, action)
    assert event.is_flagged is (severity != "low")
    assert event.redemption_id == done.redemption_id
    announced = base.world.events("fraud_detected", str(event.fraud_event_id))
    assert len(announced) == (0 if severity == "low" else 1)
    keys = {"fraudEventId", "type", "severity", "userId", "couponCode"}
    assert all(json.loads(told.payload_json).keys() == keys for told in announced)


def test_a_critical_event_bans_the_user_and_ends_open_reservations(base: Base) -> None:
    for number in range(19):
        base.world.attempt(base.user, minutes_ago=10 + number)
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

    base.redeem()
    after = base.redeem()

    assert after.error == "USER_BLOCKED"
    (held,) = base.world.rows("SELECT * FROM dbo.Reservations WHERE UserId = ?", base.user)
    assert (held.status, held.close_reason) == ("Reserved", "fraud")
    assert held.expires_at <= now() + timedelta(seconds=5)


def test_a_high_event_refuses_the_user_until_it_is_approved(base: Base) -> None:
    for number in range(9):
        base.world.attempt(base.user, minutes_ago=10 + number)
    base.redeem()
    base.world.backdate_attempts(base.user)

    refused = base.redeem()
    base.world.run(
        "UPDATE dbo.FraudEvents SET ReviewStatus = 'approved' WHERE UserId = ?", base.user
    )

    assert refused.error == "FRAUD_FLAGGED"
    assert base.redeem().ok


@pytest.mark.ec("EC-030")
def test_a_burst_grows_from_a_low_event_to_a_ban(base: Base) -> None:
    base.world.setting("attempts_per_minute", 100)
    base.world.setting("attempts_per_hour", 100)
    base.world.change_coupon(base.code, max_uses=None, max_uses_per_user=10)

    seen: list[tuple[str | None, str | None]] = []
    for _ in range(21):
        done = base.redeem()
        event = base.world.fraud(base.user).get("velocity_abuse")
        seen.append((done.error, event.severity if event else None))

    assert seen[:3] == [(None, None)] * 3
    assert seen[3] == ("VELOCITY_LIMIT_EXCEEDED", "low")
    assert seen[4:9] == [("VELOCITY_LIMIT_EXCEEDED", "medium")] * 5
    assert seen[9] == ("VELOCITY_LIMIT_EXCEEDED", "high")
    assert seen[10:19] == [("FRAUD_FLAGGED", "high")] * 9
    assert seen[19] == ("FRAUD_FLAGGED", "critical")
    assert seen[20] == ("USER_BLOCKED", "critical")
    assert base.world.fraud(base.user)["velocity_abuse"].action_taken == "banned_user"


@pytest.mark.ec("EC-030")
def test_a_flagged_user_within_the_limit_is_no_velocity_abuse(base: Base) -> None:
    base.world.fraud_event(base.user, "stacking_abuse")
    for _ in range(2):
        base.world.attempt(base.user)

    assert base.redeem().error == "FRAUD_FLAGGED"
    assert "velocity_abuse" not in base.world.fraud(base.user)


def test_repeats_within_an_hour_continue_the_event_with_the_higher_severity(base: Base) -> None:
    for number in range(3):
        base.world.attempt(base.user, minutes_ago=10 + number)

    base.redeem()
    first = base.world.fraud(base.user)["velocity_abuse"]
    base.redeem()
    second = base.world.fraud(base.user)["velocity_abuse"]

    assert (first.severity, first.occurrence_count) == ("low", 1)
    assert (second.severity, second.occurrence_count) == ("medium", 2)
    assert second.fraud_event_id == first.fraud_event_id
    assert (second.review_status, second.is_flagged) == ("pending", True)


def test_an_event_of_more_than_an_hour_ago_is_not_continued(base: Base) -> None:
    long_ago = now() - timedelta(minutes=61)
    base.world.fraud_event(
        base.user,
        severity="low",
        is_flagged=0,
        review_status="auto_closed",
        detected_at=long_ago,
        last_seen_at=long_ago,
    )
    for number in range(3):
        base.world.attempt(base.user, minutes_ago=10 + number)

    base.redeem()

    found = base.world.rows("SELECT * FROM dbo.FraudEvents WHERE UserId = ?", base.user)
    assert [row.occurrence_count for row in found] == [1, 1]


def test_a_confirmed_event_raises_the_next_one_by_a_level(base: Base) -> None:
    base.world.fraud_event(base.user, "stacking_abuse", severity="medium", review_status="rejected")
    for number in range(3):
        base.world.attempt(base.user, minutes_ago=10 + number)

    base.redeem()

    assert base.world.fraud(base.user)["velocity_abuse"].severity == "medium"


@pytest.mark.ec("EC-017")
@pytest.mark.parametrize("code", ["NOSUCH1", "A*B"])
def test_the_tenth_miss_locks_the_user_out_and_blocks_the_address(base: Base, code: str) -> None:
    _miss(base, 9)
    address = base.world.ip()

    missed = base.world.redeem(code, base.user, ip=address, agent="Firefox")
    later = base.redeem()
    elsewhere = base.world.redeem(base.code, base.world.user("u2"), ip=address, agent="Firefox")

    assert missed.error in ("COUPON_NOT_FOUND", "INVALID_CODE_FORMAT")
    event = base.world.fraud(base.user)["code_guessing"]
    assert (event.severity, event.action_taken) == ("high", "locked_out")
    assert later.error == "LOCKED_OUT"
    assert elsewhere.error == "IP_BLOCKED"
    (entry,) = base.world.rows("SELECT * FROM dbo.AccessLists WHERE SubjectValue = ?", address)
    assert now() < entry.expires_at <= now() + timedelta(minutes=16)


@pytest.mark.ec("EC-017")
def test_nine_misses_are_no_guessing(base: Base) -> None:
    _miss(base, 8)

    base.world.redeem("NOSUCH1", base.user)

    assert "code_guessing" not in base.world.fraud(base.user)


@pytest.mark.ec("EC-017")
def test_guessing_by_dry_run_is_caught_too(base: Base) -> None:
    errors = [base.world.validate(f"NOSUCH{number}", base.user).error for number in range(10)]
    after = base.validate()

    assert errors == ["COUPON_NOT_FOUND"] * 10
    assert after.error == "LOCKED_OUT"
    assert base.world.ledger(base.user) == []
    assert list(base.world.fraud(base.user)) == ["code_guessing"]


def test_guessing_from_one_address_by_many_users_is_caught(base: Base) -> None:
    address = base.world.ip()
    for number in range(9):
        base.world.attempt(
            base.world.id(f"g{number}"), failure_reason="COUPON_NOT_FOUND", ip_address=address
        )

    base.world.redeem("NOSUCH1", base.user, ip=address, agent="Firefox")

    assert base.world.fraud(base.user)["code_guessing"].ip_address == address


@pytest.mark.ec("EC-017")
def test_a_captcha_is_required_after_three_failures(base: Base) -> None:
    answers = [base.world.redeem(f"NOSUCH{number}", base.user) for number in range(3)]
    dry = base.validate()

    assert [answer.requires_captcha for answer in answers] == [False, False, True]
    assert dry.requires_captcha


def test_no_captcha_when_the_setting_is_zero(base: Base) -> None:
    base.world.setting("captcha_after_failures", 0)
    for number in range(3):
        base.world.redeem(f"NOSUCH{number}", base.user)

    assert not base.validate().requires_captcha


@pytest.mark.ec("EC-031")
@pytest.mark.parametrize(
    ("others", "severity"),
    [(4, None), (5, "medium"), (6, "medium"), (7, "high"), (10, "high"), (11, "critical")],
)
def test_address_hopping_is_noticed(base: Base, others: int, severity: str | None) -> None:
    for number in range(others):
        base.world.attempt(
            base.user,
            minutes_ago=30,
            failure_reason="VELOCITY_LIMIT_EXCEEDED",
            ip_address=base.world.ip(number + 2),
        )

    done = base.world.redeem(base.code, base.user, ip=base.world.ip(1), agent="Firefox")

    event = base.world.fraud(base.user).get("ip_switching")
    assert (event.severity if event else None) == severity
    # What is high or worse refuses the attempt that shows it.
    assert done.error == (None if severity in (None, "medium") else "FRAUD_FLAGGED")


def test_an_empty_user_agent_looks_like_a_bot(base: Base) -> None:
    base.world.redeem(base.code, base.user, ip=base.world.ip())

    assert base.world.fraud(base.user)["bot_pattern"].severity == "low"


def test_a_watched_user_agent_looks_like_a_bot(base: Base) -> None:
    base.world.listed("watch", "user_agent", base.world.id("crawler").lower())

    base.world.redeem(
        base.code, base.user, ip=base.world.ip(), agent=f"{base.world.id('Crawler')}/1.0"
    )

    assert "bot_pattern" in base.world.fraud(base.user)
    # The score reads the same entry, in whatever case it is written.
    assert base.world.ledger(base.user)[0].risk_score == Decimal("0.15")


def test_two_countries_within_an_hour_are_an_anomaly(base: Base) -> None:
    base.world.change_user(base.user, country_code="US")
    base.world.attempt(base.user, minutes_ago=30, country_code="US")

    base.world.redeem(base.code, base.user, country="DE")

    assert base.world.fraud(base.user)["geographic_anomaly"].severity == "medium"


@pytest.mark.parametrize("last", [None, "DE"])
def test_being_abroad_alone_is_no_anomaly(base: Base, last: str | None) -> None:
    base.world.change_user(base.user, country_code="US")
    if last:
        base.world.attempt(base.user, minutes_ago=30, country_code=last)

    base.world.redeem(base.code, base.user, country="DE")

    assert "geographic_anomaly" not in base.world.fraud(base.user)


@pytest.mark.ec("EC-014")
@pytest.mark.parametrize(("accounts", "severity"), [(1, "medium"), (3, "high")])
def test_linked_accounts_are_recorded_and_refused(base: Base, accounts: int, severity: str) -> None:
    mail = base.world.id("same")
    base.world.change_user(base.user, normalised_email=mail)
    for number in range(accounts):
        twin = base.world.user(f"twin{number}", normalised_email=mail)
        assert base.world.redeem(base.code, twin).error in (None, "DUPLICATE_ACCOUNT")
        base.world.run("UPDATE dbo.UserProfiles SET NormalisedEmail = NULL WHERE UserId = ?", twin)
    base.world.run(
        "UPDATE dbo.UserProfiles SET NormalisedEmail = ? WHERE UserId LIKE ?",
        mail,
        f"twin%-{base.world.tag}",
    )

    done = base.redeem()

    assert done.error == "DUPLICATE_ACCOUNT"
    assert base.world.fraud(base.user)["multiple_accounts"].severity == severity


@pytest.mark.ec("EC-014")
def test_linked_accounts_are_only_recorded_when_the_setting_is_off(base: Base) -> None:
    base.world.setting("block_linked_accounts", 0)
    card = base.world.id("card")
    base.world.change_user(base.user, payment_fingerprint=card)
    assert base.world.redeem(base.code, base.world.user("twin", payment_fingerprint=card)).ok

    done = base.redeem()

    assert done.ok
    assert base.world.fraud(base.user)["multiple_accounts"].severity == "medium"


@pytest.mark.ec("EC-014")
def test_a_device_admits_two_users_of_a_campaign(base: Base) -> None:
    device = base.world.id("device")

    errors = [
        base.world.redeem(base.code, base.world.user(f"d{number}"), device=device).error
        for number in range(3)
    ]

    assert errors == [None, None, "DEVICE_FINGERPRINT_MISMATCH"]
    events = base.world.fraud(base.world.id("d2"))
    assert events["device_fingerprint_mismatch"].severity == "medium"


def test_the_third_device_mismatch_of_a_day_is_high(base: Base) -> None:
    base.world.setting("max_devices_per_user", 1)
    for minutes in (100, 200):
        base.world.attempt(
            base.user,
            minutes_ago=minutes,
            failure_reason="DEVICE_FINGERPRINT_MISMATCH",
            device_fingerprint="old",
        )

    done = base.world.redeem(base.code, base.user, device="new")

    assert done.error == "DEVICE_FINGERPRINT_MISMATCH"
    assert base.world.fraud(base.user)["device_fingerprint_mismatch"].severity == "high"


@pytest.mark.parametrize(("earlier", "severity"), [(1, None), (2, "medium"), (5, "high")])
def test_stacking_again_and_again_is_abuse(base: Base, earlier: int, severity: str | None) -> None:
    order = base.world.id("order")
    base.used(base.other_code(), order_id=order)
    for _ in range(earlier):
        base.world.attempt(base.user, failure_reason="STACKING_NOT_ALLOWED")

    base.world.redeem(base.code, base.user, order=order)

    event = base.world.fraud(base.user).get("stacking_abuse")
    assert (event.severity if event else None) == severity


def test_a_disposable_address_is_a_low_event(base: Base) -> None:
    domain = f"{base.world.tag.lower()}.example"
    base.world.change_user(base.user, email=f"u1@{domain}")
    base.world.listed("block", "disposable_domain", domain)

    base.redeem()

    assert base.world.fraud(base.user)["suspicious_email_patterns"].severity == "low"


def test_an_address_that_is_not_verified_is_refused_where_that_is_required(base: Base) -> None:
    base.world.setting("require_email_verification", 1)
    base.world.change_user(base.user, email_verified=0)

    refused = base.redeem()

    assert (refused.error, refused.failed_step) == ("EMAIL_NOT_VERIFIED", "S03")


@pytest.mark.parametrize(
    ("score", "review", "flagged"),
    [("0.49", "none", False), ("0.50", "none", True), ("0.70", "pending", True)],
)
def test_the_risk_score_flags_and_queues(
    base: Base, score: str, review: str, flagged: bool
) -> None:
    base.world.listed("watch", "user", base.user, risk_score=score)

    done = base.redeem()

    assert (done.ok, done.risk_score) == (True, Decimal(score))
    (row,) = base.world.ledger(base.user)
    assert (row.risk_score, row.review_status) == (Decimal(score), review)
    assert ("unusual_usage_patterns" in base.world.fraud(base.user)) is flagged


@pytest.mark.ec("EC-031")
def test_a_vpn_raises_the_score(base: Base) -> None:
    assert base.world.validate(base.code, base.user, vpn=1).risk_score == Decimal("0.30")
    base.world.setting("vpn_detection_enabled", 0)
    assert base.world.validate(base.code, base.user, vpn=1).risk_score == Decimal("0.00")


def test_a_dry_run_raises_no_event_but_guessing(base: Base) -> None:
    for number in range(3):
        base.world.attempt(base.user, minutes_ago=10 + number)

    dry = base.world.validate(base.code, base.user, ip=base.world.ip())

    assert dry.error == "VELOCITY_LIMIT_EXCEEDED"
    assert base.world.fraud(base.user) == {}


def test_a_success_remembers_device_address_and_country(base: Base) -> None:
    base.world.redeem(
        base.code,
        base.user,
        device=base.world.id("d1"),
        ip=base.world.ip(),
        agent="Firefox",
        country="DE",
    )

    profile = base.world.profile(base.user)
    assert profile is not None
    assert (profile.last_ip_address, profile.last_country_code) == (base.world.ip(), "DE")
    (device,) = base.world.rows("SELECT * FROM dbo.UserDevices WHERE UserId = ?", base.user)
    assert (device.device_fingerprint, device.success_count) == (base.world.id("d1"), 1)
