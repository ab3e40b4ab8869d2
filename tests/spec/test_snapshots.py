"""Figures kept day by day, and figures held against their targets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import Row, run
from tests.spec.figures import Past, Showcase
from tests.spec.office import Office
from tests.spec.test_job_runs import busy
from tests.world import World, now

# A day on which nothing else happens.
DAY = datetime(2003, 3, 3)


@pytest.fixture
def day(world: World) -> Past:
    """Three attempts on the day with a coupon of a campaign that ran then, and two views."""
    campaign = world.campaign("snap", start_date=DAY - timedelta(days=9))
    past = Past(world, world.coupon("SNAP", campaign=campaign), DAY + timedelta(hours=5))
    past.seen(2)
    past.attempted(times=2, user=world.id("u"), risk_score=Decimal("0.20"))
    past.attempted("failed", failed_step="S24", risk_score=Decimal("0.90"))
    past.attempted(at=DAY + timedelta(days=1))
    past.attempted(at=DAY - timedelta(milliseconds=1))
    return past


def kept(past: Past) -> dict[str, Row]:
    """What the view shows of the day, by kind of scope."""
    world = past.world
    found = world.rows(
        "SELECT * FROM dbo.vw_AnalyticsDaily WHERE SnapshotDate = ?"
        " AND ScopeId IN (N'system', ?, ?)",
        DAY.date(),
        world.id("snap"),
        str(world.coupon_id(past.code)),
    )
    return {row.scope_kind: row.values for row in found}


def without_names(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in row.items() if not name.startswith(("scope", "snapshot"))
    }


def test_a_day_is_kept_for_coupon_campaign_and_system(day: Past, office: Office) -> None:
    world = day.world
    coupon = world.coupon_id(day.code)
    world.fraud_event(
        world.id("u"), coupon_id=coupon, campaign_id=world.id("snap"), detected_at=day.at
    )

    answer = office.call("sp_CreateAnalyticsSnapshot", role="job", snapshot_date=DAY.date())

    assert (answer.success, answer["Rows"]) == (True, 3)
    scopes = kept(day)
    expected = {
        "views": 2,
        "attempts": 3,
        "successes": 2,
        "failures": 1,
        "reversals": 0,
        "unique_users": 1,
        "new_users": 1,
        "fraud_events": 1,
        "blocked_attempts": 1,
        "active_coupons": 1,
        "discount_total": Decimal("20.00"),
        "revenue_total": Decimal("180.00"),
        "cash_total": Decimal("180.00"),
        "avg_discount": Decimal("10.00"),
        "avg_risk_score": Decimal("0.43"),
        "conversion_rate": Decimal("66.6667"),
    }
    assert set(scopes) == {"coupon", "campaign", "system"}
    for row in scopes.values():
        assert without_names(row) == expected
    world.run("DELETE FROM dbo.FraudEvents WHERE CouponId = ?", coupon)
    _clear(day)


def test_a_repeat_gives_the_same_rows_and_takes_in_what_changed(day: Past, office: Office) -> None:
    first = office.call("sp_CreateAnalyticsSnapshot", snapshot_date=DAY.date())
    before = kept(day)
    again = office.call("sp_CreateAnalyticsSnapshot", snapshot_date=DAY.date())
    same = kept(day)
    day.attempted()
    office.call("sp_CreateAnalyticsSnapshot", snapshot_date=DAY.date())

    assert (first["Rows"], same) == (again["Rows"], before)
    assert kept(day)["coupon"]["successes"] == before["coupon"]["successes"] + 1
    _clear(day)


def _clear(day: Past) -> None:
    day.world.run("DELETE FROM dbo.RedemptionHistory WHERE CouponCode = ?", day.code)
    day.world.run("DELETE FROM dbo.FunnelEvents WHERE CouponCode = ?", day.code)
    day.world.run("DELETE FROM dbo.CouponAnalyticsSnapshots WHERE SnapshotDate = ?", DAY.date())
    day.world.change_coupon(day.code, is_active=0)


def test_yesterday_is_kept_unless_a_day_is_named(office: Office) -> None:
    assert office.call("sp_CreateAnalyticsSnapshot", role="ops").success

    yesterday = now().date() - timedelta(days=1)
    assert office.row(
        "SELECT COUNT(*) AS Rows FROM dbo.vw_AnalyticsDaily"
        " WHERE ScopeKind = N'system' AND SnapshotDate = ?;",
        yesterday,
    ) == {"Rows": 1}
    last = office.row(
        "SELECT TOP (1) Status, ItemsProcessed FROM dbo.JobRuns WHERE JobName = N'snapshot'"
        " ORDER BY JobRunId DESC;"
    )
    assert last["Status"] == "Succeeded"
    assert last["ItemsProcessed"] > 0


def test_a_second_snapshot_run_ends_quietly(office: Office, database: Target) -> None:
    with busy(database, "snapshot"):
        answer = office.call("sp_CreateAnalyticsSnapshot")

    assert (answer.success, answer["Message"], answer["Rows"]) == (True, "Skipped", 0)


def test_the_future_has_no_figures(office: Office) -> None:
    office.refuses(50006, "sp_CreateAnalyticsSnapshot", snapshot_date=date(2999, 1, 1))


# ---------------------------------------------------------------- targets


def report(office: Office, year: int) -> dict[str, tuple[Decimal | None, str]]:
    rows = office.call(
        "sp_GetTargetReport",
        role="ops",
        from_utc=datetime(year, 1, 1),
        to_utc=datetime(year + 1, 1, 1),
    ).sets[0]
    assert list(rows[0]) == ["Target", "Measured", "Goal", "Acceptable", "Critical", "Verdict"]
    return {row["Target"]: (row["Measured"], row["Verdict"]) for row in rows}


def test_a_period_without_events_leaves_rates_unknown(office: Office) -> None:
    found = report(office, 1999)

    assert found["codes used, first week"] == (0, "missed")
    for target in (
        "payment event, seconds to process",
        "fraud, percent of redemptions",
        "new customers by referral, percent, six months",
        "fraud detection precision, percent",
    ):
        assert found[target] == (None, "unknown")


def test_what_was_measured_gets_a_verdict(world: World, office: Office) -> None:
    at = datetime(2005, 5, 5)
    bought, referred = (
        world.campaign(name, campaign_type=kind, start_date=at)
        for name, kind in (("bought", "promotional"), ("referred", "referral"))
    )
    past = Past(world, world.coupon("BOUGHT", campaign=bought), at)
    past.attempted(times=4, order="30000.00", discount="25000.00")
    Past(world, world.coupon("REFERRED", campaign=referred), at).attempted()
    (caught,) = world.rows(
        "SELECT MIN(RedemptionId) AS Id FROM dbo.RedemptionHistory WHERE CouponCode = ?", past.code
    )
    for status, redemption in (("rejected", caught.id), ("approved", None)):
        world.fraud_event(
            world.id("u"), review_status=status, redemption_id=redemption, detected_at=at
        )
    for number, (outcome, seconds) in enumerate((("processed", 3), ("deferred", 900))):
        world.insert(
            "ProcessedPaymentEvents",
            event_id=world.id(f"evt-{number}"),
            event_type="payment_intent.succeeded",
            outcome=outcome,
            request_hash=b"0" * 32,
            received_at=at,
            processed_at=at + timedelta(seconds=seconds),
        )

    found = report(office, 2005)

    assert found["payment event, seconds to process"] == (3, "acceptable")
    assert found["codes used, first week"] == (2, "missed")
    assert found["revenue with discounts, first month"] == (20090, "goal")
    assert found["fraud, percent of redemptions"] == (20, "missed")
    assert found["discounts given, six months"] == (100010, "goal")
    assert found["new customers by referral, percent, six months"] == (20, "goal")
    assert found["fraud detection precision, percent"] == (50, "missed")
    # Nothing so old is left to those who archive or clean up.
    world.run("DELETE FROM dbo.RedemptionHistory WHERE CampaignId IN (?, ?)", bought, referred)
    world.run("DELETE FROM dbo.FraudEvents WHERE UserId = ?", world.id("u"))
    world.run("DELETE FROM dbo.ProcessedPaymentEvents WHERE ReceivedAt = ?", at)


def test_one_use_too_many_is_critical(world: World, office: Office) -> None:
    target = "coupons and campaigns over their limit"
    before, _ = report(office, 2006)[target]
    campaign = world.campaign("over", max_total_redemptions=1)
    past = Past(world, world.coupon("OVER", campaign=campaign, max_uses=2))
    past.attempted(times=2)
    past.attempted("reversed")
    past.attempted("failed")
    one_over = report(office, 2006)[target]
    past.attempted("reversed", use_restored=0)

    two_over = report(office, 2006)[target]

    assert before is not None
    assert (one_over, two_over) == ((before + 1, "critical"), (before + 2, "critical"))
    world.run("DELETE FROM dbo.RedemptionHistory WHERE CouponCode = ?", past.code)


def test_a_report_ends_after_it_begins(office: Office) -> None:
    office.refuses(50006, "sp_GetTargetReport", from_utc=now(), to_utc=now() - timedelta(days=1))


def test_a_showcase_is_kept_like_any_day(world: World, office: Office) -> None:
    """The view of the long range shows what the views of the ledger show."""
    show = Showcase(world)
    office.call("sp_CreateAnalyticsSnapshot", snapshot_date=show.day)

    (ledger,) = world.rows(
        "SELECT Views, Attempts, Successes, Failures, Reversals, UniqueUsers, DiscountTotal,"
        " RevenueTotal, CashTotal FROM dbo.vw_DailyRedemptions WHERE CampaignId = ?",
        show.campaign,
    )
    (snapshot,) = world.rows(
        "SELECT * FROM dbo.vw_AnalyticsDaily WHERE SnapshotDate = ? AND ScopeId = ?",
        show.day,
        show.campaign,
    )

    assert {name: snapshot.values[name] for name in ledger.values} == ledger.values


@pytest.mark.parametrize(
    "call",
    [
        "sp_CreateAnalyticsSnapshot",
        "sp_SaveSearch @Owner = N'o', @FilterJson = N'{}'",
        "sp_DeleteSavedSearch @SavedSearchId = 1, @Owner = N'o'",
    ],
)
def test_nothing_is_written_inside_a_doomed_transaction(office: Office, call: str) -> None:
    sets = run(
        office.connection(),
        "SET XACT_ABORT ON; BEGIN TRANSACTION;"
        " BEGIN TRY SELECT 1 / 0 AS Zero; END TRY"
        " BEGIN CATCH"
        f"   BEGIN TRY EXEC dbo.{call}; END TRY"
        "   BEGIN CATCH SELECT ERROR_NUMBER() AS Number; END CATCH;"
        "   ROLLBACK TRANSACTION;"
        " END CATCH;",
    )

    assert sets[-1][0]["Number"] == 50102
