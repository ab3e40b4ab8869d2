"""The fraud rules that look at many attempts at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.answers import Result
from tests.endpoint import Target
from tests.spec.office import Office
from tests.spec.test_job_runs import busy, runs
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def scan(base: Base, window: int = 60) -> int:
    done = base.world.call("sp_RunFraudScan", window_minutes=window)
    assert done.ok
    return done.events_raised


def attempts(base: Base, number: int, every: float = 20, jitter: float = 0) -> None:
    """Attempts of the user, evenly in time but for every second one."""
    for one in range(number):
        base.world.attempt(
            base.user,
            attempted_at=now() - timedelta(seconds=30 + one * every + (one % 2) * jitter),
        )


def of_address(base: Base, address: str) -> list[Result]:
    return base.world.rows(
        "SELECT * FROM dbo.FraudEvents WHERE UserId IS NULL AND IpAddress = ?;", address
    )


def of_coupon(base: Base, kind: str) -> list[Result]:
    return base.world.rows(
        "SELECT * FROM dbo.FraudEvents WHERE UserId IS NULL AND DetectionType = ?"
        " AND CouponId = ?;",
        kind,
        base.world.coupon_id(base.code),
    )


@pytest.mark.ec("EC-030")
@pytest.mark.parametrize(
    ("number", "every", "jitter", "severity"),
    [
        (7, 20, 0, None),
        (8, 20, 0, "medium"),
        (19, 20, 0, "medium"),
        (20, 20, 0, "high"),
        (8, 20, 8, None),
        (8, 120, 0, None),
    ],
)
def test_attempts_at_even_gaps_are_a_bot(
    base: Base, number: int, every: float, jitter: float, severity: str | None
) -> None:
    attempts(base, number, every, jitter)

    scan(base)

    event = base.world.fraud(base.user).get("bot_pattern")
    assert (event.severity if event else None) == severity


def test_a_repeat_continues_the_event(base: Base, office: Office) -> None:
    attempts(base, 8)
    before = len(runs(office, "fraud-scan"))

    first, second = scan(base), scan(base)

    event = base.world.fraud(base.user)["bot_pattern"]
    assert (event.occurrence_count, first >= 1, second) == (2, True, 0)
    assert runs(office, "fraud-scan")[before:] == [("Succeeded", first, 1), ("Succeeded", 0, 1)]


def test_what_was_reviewed_comes_back_only_with_new_activity(base: Base, office: Office) -> None:
    attempts(base, 8)
    scan(base)
    number = base.world.fraud(base.user)["bot_pattern"].fraud_event_id
    office.call("sp_ReviewFraudEvents", event_ids_json=f"[{number}]", decision="approved")
    events = "SELECT * FROM dbo.FraudEvents WHERE UserId = ?;"

    scan(base)
    assert len(base.world.rows(events, base.user)) == 1
    base.world.run(
        "UPDATE dbo.FraudEvents SET ReviewedAt = DATEADD(MINUTE, -30, ReviewedAt)"
        " WHERE FraudEventId = ?;",
        number,
    )
    scan(base)

    assert len(base.world.rows(events, base.user)) == 2


def test_a_trusted_user_is_left_out(base: Base) -> None:
    attempts(base, 8)
    base.world.listed("white", "user", base.user)

    scan(base)

    assert base.world.fraud(base.user) == {}


@pytest.mark.ec("EC-031")
@pytest.mark.parametrize(
    ("users", "severity"), [(9, None), (10, "medium"), (24, "medium"), (25, "high")]
)
def test_many_users_on_one_address_abuse_it(base: Base, users: int, severity: str | None) -> None:
    address = base.world.ip()
    for number in range(users):
        base.world.attempt(base.world.id(f"m{number}"), minutes_ago=30, ip_address=address)

    scan(base)
    scan(base)

    found = [(row.detection_type, row.severity) for row in of_address(base, address)]
    assert found == ([("ip_address_abuse", severity)] if severity else [])


def test_users_of_different_hours_are_not_added_up(base: Base) -> None:
    address = base.world.ip()
    for number in range(10):
        base.world.attempt(
            base.world.id(f"m{number}"), minutes_ago=30 + number % 2 * 60, ip_address=address
        )

    scan(base, window=180)

    assert of_address(base, address) == []


@pytest.mark.parametrize(
    ("failed", "succeeded", "flagged"), [(20, 0, True), (19, 0, False), (10, 10, False), (11, 9, 1)]
)
def test_a_coupon_that_mostly_fails_is_flagged(
    base: Base, failed: int, succeeded: int, flagged: bool
) -> None:
    coupon = base.world.coupon_id(base.code)
    for number in range(failed + succeeded):
        base.world.attempt(
            base.world.id(f"m{number}"),
            minutes_ago=30,
            status="failed" if number < failed else "success",
            coupon_id=coupon,
            campaign_id=base.campaign,
        )

    scan(base)

    events = of_coupon(base, "unusual_usage_patterns")
    assert [row.severity for row in events] == (["low"] if flagged else [])
    assert base.world.coupon_row(base.code).is_flagged is bool(flagged)


@pytest.mark.parametrize(
    ("present", "earlier", "seen"),
    [(49, 0, False), (50, 0, True), (50, 117, False), (50, 116, True)],
)
def test_a_campaign_is_busier_than_three_times_its_week(
    base: Base, present: int, earlier: int, seen: bool
) -> None:
    coupon = base.world.coupon_id(base.code)
    for number in range(present + earlier):
        day = 0 if number < present else 1 + number % 7
        base.world.attempt(
            base.world.id(f"m{number}"),
            minutes_ago=30 + day * 24 * 60,
            status="success",
            coupon_id=coupon,
            campaign_id=base.campaign,
        )

    scan(base)
    scan(base)

    events = of_coupon(base, "temporal_anomaly")
    assert [(row.severity, row.campaign_id) for row in events] == (
        [("low", base.campaign)] if seen else []
    )


@pytest.mark.parametrize(("profiles", "seen"), [(4, False), (5, True)])
def test_addresses_that_differ_in_digits_only_are_a_series(
    base: Base, profiles: int, seen: bool
) -> None:
    name = base.world.tag.translate(str.maketrans("0123456789", "ghijklmnop"))
    for number in range(profiles):
        base.world.user(f"s{number}", email=f"joe{number * 7}@{name}.example", created_at=now())
    base.world.user("old", email=f"joe99@{name}.example", created_at=now() - timedelta(hours=25))

    scan(base)

    for number in range(profiles):
        found = base.world.fraud(base.world.id(f"s{number}"))
        assert [row.severity for row in found.values()] == (["medium"] if seen else [])
    assert base.world.fraud(base.world.id("old")) == {}


def test_a_second_scan_at_the_same_time_is_skipped(
    base: Base, office: Office, database: Target
) -> None:
    attempts(base, 8)

    with busy(database, "fraud-scan"):
        answer = office.call("sp_RunFraudScan", role="job")

    assert (answer.success, answer["Message"], answer["EventsRaised"]) == (True, "Skipped", 0)
    assert base.world.fraud(base.user) == {}


@pytest.mark.parametrize("window", [0, 1441])
def test_a_window_out_of_range_is_thrown(office: Office, window: int) -> None:
    office.refuses(50002, "sp_RunFraudScan", window_minutes=window)
