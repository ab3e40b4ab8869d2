"""The views of campaigns and usage, against figures worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import run
from tests.spec.figures import Past, Showcase
from tests.spec.office import Office, fresh
from tests.world import World, now


@pytest.fixture(scope="module")
def show(database: Target) -> Iterator[Showcase]:
    world = World(database)
    yield Showcase(world)
    world.close()


def read(show: Showcase, columns: str, view: str, column: str, *values: Any) -> list[Any]:
    """The columns of the rows of a view in which a column has one of the values, in their order."""
    marks = ", ".join("?" for _ in values)
    found = show.world.connection.execute(
        f"SELECT {columns} FROM dbo.{view} WHERE {column} IN ({marks}) ORDER BY 1, 2;", *values
    ).fetchall()
    return [tuple(row) for row in found]


def money(*amounts: str) -> Sequence[Decimal]:
    return [Decimal(amount) for amount in amounts]


def test_a_campaign_performs(show: Showcase) -> None:
    found = read(
        show,
        "CampaignType, MarketingChannel, Coupons, Attempts, Successes, Failures, SuccessRate,"
        " ConversionRate, UniqueUsers, NewUsers, DiscountTotal, RevenueTotal, CashTotal,"
        " NetRevenue, MarketingCost, ROI, CAC, RedemptionPercent",
        "vw_CampaignPerformance",
        "CampaignId",
        show.campaign,
    )

    # Fees: 2.9 % of 340.00 and 4 × 0.30. Cost: 110.00 and 30.00; 260.00 of 140.00 gained.
    assert found == [
        (
            *("promotional", "email", 2, 11, 6, 2),
            *(Decimal("75.0000"), Decimal("54.5455"), 5, 3),
            *money("110.00", "400.00", "340.00", "328.94", "30.00"),
            *(Decimal("185.7143"), Decimal("46.67"), Decimal("70.00")),
        )
    ]


def test_a_campaign_without_anything_has_zeros_and_no_rates(show: Showcase) -> None:
    empty = show.world.campaign("empty")

    found = read(
        show,
        "Attempts, SuccessRate, NewUsers, DiscountTotal, NetRevenue, ROI, CAC, RedemptionPercent",
        "vw_CampaignPerformance",
        "CampaignId",
        empty,
    )

    assert found == [(0, None, 0, Decimal(0), Decimal(0), None, None, None)]


def test_a_budget_is_watched(show: Showcase) -> None:
    free = show.world.campaign("free")
    spent = show.world.campaign("spent", budget_amount=Decimal("50.00"))
    show.world.change_stripe(spent, budget_used=Decimal("50.00"))

    found = read(
        show,
        "BudgetAmount, BudgetUsed, BudgetReserved, BudgetRemaining, BudgetPercent, AlertPercent,"
        " IsOverAlert, IsExhausted",
        "vw_CampaignBudget",
        "CampaignId",
        show.campaign,
        free,
        spent,
    )

    assert found == [
        (None, Decimal(0), Decimal(0), None, None, 80, False, False),
        (*money("50.00", "50.00", "0.00", "0.00", "100.00"), 80, True, True),
        (*money("200.00", "110.00", "10.00", "80.00", "60.00"), 50, True, False),
    ]


def test_codes_attached_to_a_campaign_are_set_side_by_side(show: Showcase) -> None:
    guest = show.world.campaign("guest")
    show.world.attach(guest, show.a, "fallback", 7)
    show.world.attach(show.campaign, show.a, "primary")

    found = read(
        show,
        "CouponCode, Role, Priority, IsHome, Successes, RevenueTotal, ConversionRate",
        "vw_CampaignCoupons",
        "CampaignId",
        guest,
        show.campaign,
    )

    figures = (4, Decimal("340.00"), Decimal("40.0000"))
    assert found == [
        (show.a, "fallback", 7, False, *figures),
        (show.a, "primary", 100, True, *figures),
    ]


def test_variants_are_compared(show: Showcase) -> None:
    show.world.coupon("B2", campaign=show.campaign, variant_label="B")

    found = read(
        show,
        "VariantLabel, Coupons, Views, Attempts, Successes, ConversionRate, AvgDiscount,"
        " RevenueTotal, RevenuePerSuccess",
        "vw_VariantPerformance",
        "CampaignId",
        show.campaign,
    )

    # Five rows of A are counted: the reversal that kept the use is one of them.
    assert found == [
        ("A", 1, 10, 9, 4, *money("40.0000", "10.00", "340.00", "85.00")),
        ("B", 2, 1, 2, 2, *money("100.0000", "30.00", "60.00", "30.00")),
    ]


def test_a_channel_gets_what_the_ledger_attributes_to_it(show: Showcase) -> None:
    found = read(
        show,
        "MarketingChannel, UtmMedium, UtmCampaign, Successes, UniqueUsers, DiscountTotal,"
        " RevenueTotal",
        "vw_ChannelAttribution",
        "UtmSource",
        show.channel["utm_source"],
    )

    assert found == [("email", "(none)", "(none)", 6, 5, *money("110.00", "400.00"))]


@pytest.mark.parametrize("view", ["vw_ChannelAttribution", "vw_GeographicUsage"])
def test_shares_are_parts_of_all_successes(show: Showcase, view: str) -> None:
    column, value = ("UtmSource", show.channel["utm_source"])
    if view == "vw_GeographicUsage":
        column, value = ("CountryCode", show.channel["country_code"])
    (total,) = show.world.rows(f"SELECT SUM(Successes) AS Total FROM dbo.{view}")

    ((successes, share),) = read(show, "Successes, SharePercent", view, column, value)

    assert share == (Decimal(100) * successes / total.total).quantize(Decimal("0.0001"))


def test_a_partner_earns_a_commission_on_the_cash_of_a_month(show: Showcase) -> None:
    found = read(
        show,
        "Month, Successes, CashTotal, CommissionPercent, CommissionAmount",
        "vw_PartnerCommissions",
        "PartnerId",
        show.partner,
    )

    assert found == [(show.day.replace(day=1), 4, *money("340.00", "12.50", "42.50"))]


def test_coupons_expire_with_their_own_end_or_that_of_the_campaign(show: Showcase) -> None:
    world = show.world
    world.coupon("OFF", campaign=show.campaign, is_active=0)
    world.coupon("MADE", campaign=show.campaign, generation_batch_id="gen-1")
    world.coupon("GONE", campaign=show.campaign, deleted_at=now())
    later = world.coupon("LATER", campaign=show.campaign, expires_at=show.end + timedelta(days=9))
    far = world.campaign("far", end_date=now() + timedelta(days=31))
    world.coupon("FAR", campaign=far)
    world.change_coupon(show.b, max_uses=9, used_count=2)

    found = read(
        show,
        "CouponCode, EffectiveExpiry, DaysLeft, UsedCount, MaxUses",
        "vw_ExpiringCoupons",
        "CampaignId",
        show.campaign,
        far,
    )

    assert [row for row in found if not row[0].startswith("B2")] == [
        (show.a, show.expiry, 5, 0, None),
        (show.b, show.end, 20, 2, 9),
        (later, show.end, 20, 0, None),
    ]


def test_recent_activity_shows_addresses_masked(show: Showcase) -> None:
    world = show.world
    user = world.user("frida", email=f"frida.{world.tag}@example.com")
    code = world.coupon("RECENT", campaign=show.campaign)
    past = Past(world, code)
    past.attempted(user=user, fulfilment_status="no_show")
    past.attempted("failed", user=fresh("nobody"))
    past.attempted(user=user, at=now() - timedelta(days=8))

    found = read(
        show,
        "Status, UserEmailMasked, DiscountAmount, BookingStatus",
        "vw_RecentActivity",
        "CouponCode",
        code,
    )

    assert found == [
        ("failed", None, Decimal("0.00"), "pending"),
        ("success", "f***@example.com", Decimal("10.00"), "completed"),
    ]
    world.run("DELETE FROM dbo.RedemptionHistory WHERE CouponCode = ?", code)


@pytest.mark.parametrize(("role", "whole"), [("ops", True), ("reader", False)])
def test_readers_do_not_see_generated_codes_that_are_still_worth_money(
    show: Showcase, office: Office, role: str, whole: bool
) -> None:
    code = show.world.coupon("GEN", campaign=show.world.id("other"), generation_batch_id="gen-1")
    past = Past(show.world, code)
    past.attempted(user=show.world.id("guest"), discount="98.76", order="100.00")
    show.world.attach(show.campaign, code, "secondary", 3)
    suspect, coupon = show.world.id("suspect"), show.world.coupon_id(code)
    show.world.fraud_event(suspect, coupon_id=coupon, coupon_code=code)
    show.world.insert(
        "Reservations",
        coupon_id=coupon,
        campaign_id=show.world.id("other"),
        user_id=suspect,
        discount_type="percentage",
        redemption_id=1,
        expires_at=now() + timedelta(hours=1),
    )
    try:
        connection = office.connection(role)
        (activity,) = run(
            connection,
            "SELECT CouponCode FROM dbo.vw_RecentActivity WHERE DiscountAmount = 98.76;",
        )
        (attached,) = run(
            connection,
            "SELECT CouponCode FROM dbo.vw_CampaignCoupons WHERE CampaignId = ? AND Priority = 3;",
            [show.campaign],
        )
        (top,) = run(
            connection,
            "SELECT CouponCode FROM dbo.vw_TopPerformers WHERE CouponCode IN (?, ?)"
            " AND RevenueTotal = 1.24;",
            [code, "GEN…"],
        )
        (queued,) = run(
            connection, "SELECT CouponCode FROM dbo.vw_FraudQueue WHERE UserId = ?;", [suspect]
        )
        (held,) = run(
            connection,
            "SELECT CouponCode FROM dbo.vw_ActiveReservations WHERE UserId = ?;",
            [suspect],
        )
    finally:
        show.world.run("DELETE FROM dbo.Reservations WHERE UserId = ?", suspect)
        show.world.run("DELETE FROM dbo.FraudEvents WHERE UserId = ?", suspect)
        show.world.run("DELETE FROM dbo.RedemptionHistory WHERE CouponCode = ?", code)
        show.world.run(
            "DELETE FROM dbo.CampaignCoupons WHERE CouponId = ?", show.world.coupon_id(code)
        )
        show.world.run("DELETE FROM dbo.Coupons WHERE CouponCode = ?", code)

    shown = code if whole else "GEN…"
    assert [row["CouponCode"] for row in (*activity, *attached, *top, *queued, *held)] == [
        shown
    ] * 5


def test_a_day_of_a_campaign_is_summed(show: Showcase) -> None:
    found = read(
        show,
        "UsageDate, Views, Attempts, Successes, Failures, Reversals, UniqueUsers, DiscountTotal,"
        " RevenueTotal, CashTotal",
        "vw_DailyRedemptions",
        "CampaignId",
        show.campaign,
    )

    assert found == [(show.day, 11, 11, 6, 2, 2, 5, *money("110.00", "400.00", "340.00"))]


def test_the_best_codes_are_ranked_by_revenue_and_by_successes(show: Showcase) -> None:
    found = read(
        show,
        "CouponCode, Successes, RevenueTotal, ConversionRate",
        "vw_TopPerformers",
        "CouponCode",
        show.a,
        show.b,
    )
    ranks = show.world.rows(
        "SELECT COUNT(*) AS Wrong FROM dbo.vw_TopPerformers AS t"
        " INNER JOIN dbo.vw_TopPerformers AS o"
        " ON o.RevenueTotal > t.RevenueTotal AND o.RankByRevenue >= t.RankByRevenue"
        " OR o.Successes > t.Successes AND o.RankBySuccesses >= t.RankBySuccesses"
        " OR o.Successes = t.Successes AND o.RankBySuccesses <> t.RankBySuccesses"
    )

    assert found == [
        (show.a, 4, *money("340.00", "40.0000")),
        (show.b, 2, *money("60.00", "100.0000")),
    ]
    assert ranks[0].wrong == 0


def test_the_funnel_leads_from_the_view_to_the_session(show: Showcase) -> None:
    a, b = show.world.coupon_id(show.a), show.world.coupon_id(show.b)

    found = read(
        show,
        "CouponId, UsageDate, CampaignId, Views, Applies, Successes, BookingsCompleted,"
        " SessionsAttended",
        "vw_ConversionFunnel",
        "CouponId",
        a,
        b,
    )

    assert found == [
        (a, show.day, show.campaign, 10, 9, 4, 0, 0),
        (b, show.day, show.campaign, 1, 2, 2, 2, 1),
    ]


def test_countries_services_and_consultants_are_told_apart(show: Showcase) -> None:
    countries = read(
        show,
        "Successes, UniqueUsers, RevenueTotal",
        "vw_GeographicUsage",
        "CountryCode",
        show.channel["country_code"],
    )
    services = read(
        show,
        "Successes, DiscountTotal, RevenueTotal, FreeSessions, AttendanceRate",
        "vw_ServiceBreakdown",
        "ServiceType",
        show.service,
    )
    consultants = read(
        show,
        "Successes, DiscountTotal, RevenueTotal",
        "vw_ConsultantImpact",
        "ConsultantId",
        show.consultant,
    )

    assert countries == [(6, 5, Decimal("400.00"))]
    assert services == [(6, *money("110.00", "400.00"), 2, Decimal("50.0000"))]
    assert consultants == [(6, *money("110.00", "400.00"))]


def test_a_tier_gains_what_its_users_bring(show: Showcase) -> None:
    columns = "Successes, DiscountTotal, RevenueTotal"
    tier = "enterprise_max"
    before = read(show, columns, "vw_TierBreakdown", "UserTier", tier) or [(0, 0, 0)]

    past = Past(show.world, show.world.coupon("TIER", campaign=show.world.id("other")))
    past.attempted(user_tier=tier, times=2)
    past.attempted("failed", user_tier=tier)
    after = read(show, columns, "vw_TierBreakdown", "UserTier", tier)

    gained = tuple(new - old for new, old in zip(after[0], before[0], strict=True))
    assert gained == (2, *money("20.00", "180.00"))


def test_weekday_hour_and_month_show_when_a_code_is_used(show: Showcase) -> None:
    found = read(
        show,
        "Weekday, HourUtc, Month, Attempts, Successes",
        "vw_TemporalPatterns",
        "CampaignId",
        show.campaign,
    )

    day = show.day.isoweekday()
    assert found == [(day, 12, show.day.month, 9, 4), (day, 13, show.day.month, 2, 2)]


def test_failures_are_counted_by_reason(show: Showcase) -> None:
    coupon = show.world.coupon_id(show.a)

    found = read(
        show,
        "FailureReason, FailedStep, CouponId, Failures, LastAt",
        "vw_FailureReasons",
        "CampaignId",
        show.campaign,
    )

    assert found == [
        ("MAX_USES_REACHED", "S14", coupon, 1, show.at),
        ("VELOCITY_LIMIT_EXCEEDED", "S24", coupon, 1, show.at),
    ]


def test_a_cohort_is_retained_by_who_comes_back_within_the_window(show: Showcase) -> None:
    """Ninety days: one came back, one paid, one only paid the first use, one came too late."""
    world = show.world
    code = world.coupon("COHORT", campaign=world.id("other"))
    other = world.coupon("COHORT2", campaign=world.id("other"))
    past, first = Past(world, code), now() - timedelta(days=100)
    back, paid, once, late, young = (world.id(f"{name}-cohort") for name in "abcde")
    for user in (back, paid, once, late):
        past.attempted(user=user, at=first, order_id=world.id(f"order-{user[0]}"))
    past.attempted(user=young, at=now() - timedelta(days=9))
    Past(world, other).attempted(user=back, at=first + timedelta(days=10))
    Past(world, other).attempted(user=late, at=first + timedelta(days=91))
    Past(world, other).attempted("failed", user=once, at=first + timedelta(days=10))
    for user, order in ((paid, "next"), (once, world.id("order-c"))):
        world.insert(
            "PaymentTransactions",
            user_id=user,
            order_id=order,
            amount=Decimal("5.00"),
            status="succeeded",
            created_at=first + timedelta(minutes=2),
        )

    found = read(
        show,
        "CohortMonth, Users, RetainedUsers, RetentionRate",
        "vw_CohortRetention",
        "CouponId",
        world.coupon_id(code),
    )

    def month(days: int) -> date:
        return (now() - timedelta(days=days)).date().replace(day=1)

    assert found == [(month(100), 4, 2, Decimal("50.0000")), (month(9), 1, 0, None)]


def test_every_view_of_usage_is_open_to_readers_and_operators(office: Office) -> None:
    views = (
        "CampaignPerformance CampaignBudget CampaignCoupons VariantPerformance"
        " ChannelAttribution PartnerCommissions ExpiringCoupons RecentActivity DailyRedemptions"
        " TopPerformers ConversionFunnel GeographicUsage ServiceBreakdown ConsultantImpact"
        " TierBreakdown TemporalPatterns FailureReasons CohortRetention AnalyticsDaily"
    )
    for view in views.split():
        for role in ("reader", "ops"):
            run(office.connection(role), f"SELECT TOP (1) * FROM dbo.vw_{view};")
