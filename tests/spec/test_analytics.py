"""The reports of one coupon, several, a campaign and the system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.endpoint import Target
from tests.spec.calls import Row
from tests.spec.figures import Past, Showcase
from tests.spec.office import Office
from tests.world import World, now


@pytest.fixture(scope="module")
def show(database: Target) -> Iterator[Showcase]:
    world = World(database)
    yield Showcase(world)
    world.close()


def pick(row: Row, names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names.split())


# ---------------------------------------------------------------- several coupons


def compare(office: Office, codes: list[str], **period: Any) -> tuple[Row, ...]:
    return office.call("sp_CompareCoupons", codes_json=json.dumps(codes), **period).sets[0]


def test_coupons_are_compared_with_the_first(show: Showcase, office: Office) -> None:
    first, second = compare(office, [show.a.lower(), show.b])

    figures = (
        "CouponCode VariantLabel Views Attempts Successes Failures Reversals UniqueUsers NewUsers"
    )
    assert pick(first, figures) == (show.a, "A", 10, 9, 4, 2, 2, 4, 2)
    assert pick(second, figures) == (show.b, "B", 1, 2, 2, 0, 0, 2, 1)
    money = "SuccessRate ConversionRate DiscountTotal RevenueTotal CashTotal AvgDiscount"
    assert [str(amount) for amount in pick(first, money)] == [
        *("66.6667", "40.0000", "50.00", "340.00", "340.00", "10.00")
    ]
    assert [str(amount) for amount in pick(second, money)] == [
        *("100.0000", "100.0000", "60.00", "60.00", "0.00", "30.00")
    ]
    # 4 of 10 against 2 of 2: pooled 0.5, standard error 0.3873, difference 0.6.
    against = "ConversionDifference RevenueDifference ZValue"
    assert pick(first, against) == (None, None, None)
    assert pick(second, against) == (Decimal("60.00"), Decimal("-280.00"), Decimal("1.55"))


def test_only_the_period_is_compared(show: Showcase, office: Office) -> None:
    period = {"from_utc": show.at + timedelta(minutes=1), "to_utc": show.at + timedelta(hours=2)}

    first, second, unknown = compare(office, [show.a, show.b, "NO-SUCH"], **period)

    assert pick(first, "Attempts ConversionRate") == (0, None)
    assert pick(second, "Attempts ConversionDifference ZValue") == (2, None, None)
    assert pick(unknown, "CouponCode CouponId ConversionRate") == ("NO-SUCH", None, None)


@pytest.mark.parametrize(
    ("number", "codes", "period"),
    [
        (50001, " ", {}),
        (50002, '["A-1"]', {}),
        (50002, '["A-1"," a-1 "]', {}),
        (50002, json.dumps([f"C-{n}" for n in range(11)]), {}),
        (50004, '{"a":1}', {}),
        (50004, '["A-1",2]', {}),
        (50006, '["A-1","B-1"]', {"from_utc": now(), "to_utc": now() - timedelta(days=1)}),
    ],
)
def test_a_comparison_that_means_nothing_is_thrown(
    office: Office, number: int, codes: str, period: dict[str, Any]
) -> None:
    office.refuses(number, "sp_CompareCoupons", codes_json=codes, **period)


# ---------------------------------------------------------------- one coupon


def test_a_coupon_is_analysed(show: Showcase, office: Office) -> None:
    world = show.world
    coupon = world.coupon_id(show.a)
    for user in (show.emil, show.emil, show.dora):
        world.fraud_event(
            user, coupon_id=coupon, detected_at=show.at, is_flagged=int(user == show.emil)
        )
    for campaign, label in ((show.campaign, "Launch"), (world.id("other"), "Other")):
        world.insert(
            "CampaignMarkers",
            campaign_id=campaign,
            occurred_at=show.at,
            kind="launch",
            label=label,
        )

    answer = office.call(
        "sp_GetCouponAnalytics", role="ops", coupon_code=f" {show.a.lower()} ", grain="month"
    )

    info, use, money, conversion, fraud, timeline, rhythm, markers, failures = answer.sets
    assert pick(info[0], "Success ErrorCode CouponCode DisplayStatus Trend") == (
        *(True, None, show.a, "active", "up"),
    )
    assert use == (
        {
            "Views": 10,
            "Attempts": 9,
            "Successes": 4,
            "Failures": 2,
            "Reversals": 2,
            "Pending": 1,
            "SuccessRate": Decimal("66.6667"),
            "UniqueUsers": 4,
            "RepeatUsers": 1,
            "NewUsers": 2,
        },
    )
    # Fees: 2.9 % of 340.00 and 4 × 0.30; the discounts of 50.00 brought 340.00.
    assert money == (
        {
            "DiscountTotal": Decimal("50.00"),
            "RevenueTotal": Decimal("340.00"),
            "CashTotal": Decimal("340.00"),
            "NetRevenue": Decimal("328.94"),
            "AvgDiscount": Decimal("10.00"),
            "ROI": Decimal("580.0000"),
        },
    )
    assert [tuple(row.values()) for row in conversion] == [(Decimal("40.0000"), 0, 0, None, None)]
    assert fraud == (
        {
            "SuspiciousCount": 3,
            "FlaggedUsers": 1,
            "AvgRiskScore": Decimal("0.40"),
            "BlockedAttempts": 1,
        },
    )
    assert [tuple(row.values()) for row in timeline] == [
        (show.day.replace(day=1), 10, 9, 4, 2, 2, 4, *map(Decimal, ("50.00", "340.00", "340.00")))
    ]
    assert [tuple(row.values()) for row in rhythm] == [
        (show.day.isoweekday(), 12, show.day.month, 9, 4)
    ]
    # Markers of all campaigns are shown, too; other tests may have set some.
    labels = {row["Label"] for row in markers}
    assert "Launch" in labels
    assert "Other" not in labels
    assert [tuple(row.values()) for row in failures] == [
        ("MAX_USES_REACHED", "S14", 1, show.at),
        ("VELOCITY_LIMIT_EXCEEDED", "S24", 1, show.at),
    ]


def test_sessions_count_for_the_coupon_that_gave_them(show: Showcase, office: Office) -> None:
    answer = office.call("sp_GetCouponAnalytics", coupon_code=show.b)

    (conversion,) = answer.sets[3]
    assert tuple(conversion.values()) == (Decimal("100.0000"), 2, 1, Decimal("50.0000"), None)


def test_weeks_begin_on_monday(show: Showcase, office: Office) -> None:
    answer = office.call("sp_GetCouponAnalytics", coupon_code=show.a, grain="week")

    (week,) = answer.sets[5]
    assert week["PeriodStart"] == show.day - timedelta(days=show.day.weekday())


def test_an_unknown_coupon_has_no_figures(show: Showcase, office: Office) -> None:
    show.world.insert(
        "CampaignMarkers", occurred_at=now(), kind="press", label=show.world.id("for all")
    )

    answer = office.call("sp_GetCouponAnalytics", coupon_code="NO-SUCH-CODE")

    assert (answer.code, answer["Message"]) == ("COUPON_NOT_FOUND", "Coupon code not found")
    assert [len(rows) for rows in answer.sets] == [1, 0, 0, 0, 0, 0, 0, 0, 0]


# ---------------------------------------------------------------- one campaign


def test_a_campaign_is_analysed(show: Showcase, office: Office) -> None:
    answer = office.call("sp_GetCampaignAnalytics", role="ops", campaign_id=show.campaign)

    total, coupons, channels, variants, timeline, lifecycle, _ = answer.sets
    figures = (
        "Success Redemptions ConversionRate UniqueUsers RepeatUsers NewUsers RevenueTotal ROI CAC"
        " BudgetUsed BudgetPercent"
    )
    assert pick(total[0], figures) == (
        *(True, 6, Decimal("54.5455"), 5, 1, 3, Decimal("400.00"), Decimal("185.7143")),
        *(Decimal("46.67"), Decimal("110.00"), Decimal("60.00")),
    )
    of_coupon = "CouponCode VariantLabel Views Attempts Successes Failures UniqueUsers"
    assert [pick(row, of_coupon) for row in coupons] == [
        (show.a, "A", 10, 9, 4, 2, 4),
        (show.b, "B", 1, 2, 2, 0, 2),
    ]
    assert [tuple(row.values()) for row in channels] == [
        (
            *("email", show.channel["utm_source"], "(none)", "(none)", 6, 5),
            *map(Decimal, ("110.00", "400.00", "100.0000")),
        )
    ]
    assert [tuple(row.values()) for row in variants] == [
        ("A", 1, 10, 9, 4, Decimal("40.0000"), Decimal("340.00")),
        ("B", 1, 1, 2, 2, Decimal("100.0000"), Decimal("60.00")),
    ]
    assert [row["PeriodStart"] for row in timeline] == [show.day]
    # Anna came back: she used A twice, and B later.
    assert [tuple(row.values()) for row in lifecycle] == [(11, 11, 6, 2, 1, 1)]


def test_an_unknown_campaign_has_no_figures(show: Showcase, office: Office) -> None:
    show.world.insert(
        "CampaignMarkers", occurred_at=now(), kind="other", label=show.world.id("for all")
    )

    answer = office.call("sp_GetCampaignAnalytics", campaign_id="no-such")

    assert (answer.code, answer["Message"]) == (
        "CAMPAIGN_NOT_FOUND",
        "Campaign no-such does not exist.",
    )
    assert [len(rows) for rows in answer.sets] == [1, 0, 0, 0, 0, 0, 0]


# ---------------------------------------------------------------- the usage of one coupon


def usage(office: Office, code: str, **filters: Any) -> tuple[Row, ...]:
    return office.call("sp_ListCouponUsage", role="ops", coupon_code=code, **filters).sets[0]


def test_the_usage_of_a_coupon_is_read_newest_first_and_by_page(
    show: Showcase, office: Office
) -> None:
    everything = [row["RedemptionId"] for row in usage(office, show.a.lower())]

    first = usage(office, show.a, page_size=4)
    second = usage(office, show.a, page_size=9, before_id=first[-1]["RedemptionId"])

    assert len(everything) == 9
    assert everything == sorted(everything, reverse=True)
    assert [row["RedemptionId"] for row in (*first, *second)] == everything
    assert "IpAddress" not in first[0]


def test_the_usage_of_a_coupon_is_filtered(show: Showcase, office: Office) -> None:
    after = show.at + timedelta(minutes=1)

    assert len(usage(office, show.a, status="reversed")) == 2
    assert usage(office, show.a, from_utc=after) == ()
    assert len(usage(office, show.b, from_utc=after)) == 2
    assert usage(office, show.b, to_utc=after) == ()
    assert usage(office, "NO-SUCH-CODE") == ()


# ---------------------------------------------------------------- the system


def test_the_system_is_analysed(show: Showcase, office: Office) -> None:
    """In a period long before everybody else's: the figures are those of one coupon."""
    world = show.world
    world.run(
        "UPDATE dbo.Campaigns SET StartDate = '2001-01-01', EndDate = '2001-12-31',"
        " MarketingCost = 60 WHERE CampaignId = ?",
        world.campaign("old"),
    )
    at = datetime(2001, 5, 9, 10)
    past = Past(world, world.coupon("OLD", campaign=world.id("old")), at)
    user, tail = world.id("old-user"), {"country_code": "QX", "user_tier": "pro"}
    past.seen(4)
    past.attempted(user=user, service_type="talk", marketing_channel="social", **tail)
    past.attempted(user=user, at=at + timedelta(days=40), fulfilment_status="attended", **tail)
    past.attempted("failed", user=world.id("old-other"), **tail)
    (redemption,) = world.rows(
        "SELECT MIN(RedemptionId) AS Id FROM dbo.RedemptionHistory WHERE UserId = ?", user
    )
    for amount, refunded, status, linked, moment in (
        ("90.00", "30.00", "partially_refunded", redemption.id, at),
        ("50.00", "0.00", "succeeded", None, at),
        ("70.00", "0.00", "failed", None, at),
        ("20.00", "0.00", "succeeded", None, now()),
    ):
        world.insert(
            "PaymentTransactions",
            user_id=user,
            amount=Decimal(amount),
            refunded_amount=Decimal(refunded),
            status=status,
            redemption_id=linked,
            created_at=moment,
        )

    answer = office.call(
        "sp_GetSystemAnalytics",
        role="ops",
        from_utc=datetime(2001, 1, 1),
        to_utc=datetime(2002, 1, 1),
        grain="month",
    )

    total, timeline, funnel, countries, services, channels, tiers, origins = answer.sets
    # Cost: 20.00 of discounts and 60.00 of marketing; 180.00 came in, by one new user.
    figures = "Views Attempts Successes Failures ConversionRate RepeatUsers NewUsers Cost ROI CAC"
    assert pick(total[0], figures) == (
        *(4, 3, 2, 1, Decimal("50.0000"), 1, 1),
        *map(Decimal, ("80.00", "125.0000", "80.00")),
    )
    assert [(row["PeriodStart"], row["Attempts"]) for row in timeline] == [
        (date(2001, 5, 1), 2),
        (date(2001, 6, 1), 1),
    ]
    assert [tuple(row.values()) for row in funnel] == [(4, 3, 2, 1, 1)]
    assert [tuple(row.values()) for row in countries] == [
        ("QX", 2, 1, Decimal("180.00"), Decimal("100.0000"))
    ]
    assert [pick(row, "ServiceType Successes AttendanceRate") for row in services] == [
        ("(none)", 1, Decimal("100.0000")),
        ("talk", 1, None),
    ]
    assert [pick(row, "MarketingChannel SharePercent") for row in channels] == [
        ("(none)", Decimal("50.0000")),
        ("social", Decimal("50.0000")),
    ]
    assert [tuple(row.values()) for row in tiers] == [
        ("pro", 2, Decimal("20.00"), Decimal("180.00"))
    ]
    # All that the user ever paid: 60.00 kept of 90.00, 50.00, and 20.00 now.
    assert [tuple(row.values()) for row in origins] == [
        ("coupon", 1, Decimal("60.00"), 1, Decimal("130.00"), Decimal("80.00")),
        ("organic", 1, Decimal("50.00"), 1, Decimal("130.00"), None),
    ]
    # Nothing so old is left to those who archive or clean up.
    world.run("DELETE FROM dbo.RedemptionHistory WHERE CouponCode = ?", past.code)
    world.run("DELETE FROM dbo.FunnelEvents WHERE CouponCode = ?", past.code)


def test_the_dashboard_shows_the_state_of_things(show: Showcase, office: Office) -> None:
    world = show.world
    before = office.call("sp_GetDashboard", role="ops").row
    code = world.coupon("TODAY", campaign=show.campaign)
    world.coupon("OFF-TODAY", campaign=show.campaign, is_active=0)
    world.coupon("FULL-TODAY", campaign=show.campaign, max_uses=1, reserved_count=1)
    Past(world, code, now()).attempted(
        times=3, user=world.user("gina"), order="900000.00", discount="0.01"
    )
    Past(world, code, now()).attempted("failed")
    world.fraud_event(world.id("gina"), severity="critical", detected_at=now())
    world.insert("JobRuns", job_name="a-job", status="Failed", started_at=now(), error="It broke.")

    answer = office.call("sp_GetDashboard", role="ops", top=100)

    overview, best, recent, alerts = answer.sets
    gained = {
        name: overview[0][name] - before[name]
        for name in ("TotalActiveCoupons", "TotalRedemptionsToday", "TotalRevenueGenerated")
    }
    assert gained == {
        "TotalActiveCoupons": 1,
        "TotalRedemptionsToday": 3,
        "TotalRevenueGenerated": Decimal("2699999.97"),
    }
    assert overview[0]["TrendingDirection"] in ("up", "stable", "down")
    assert tuple(best[0].values()) == (code, 3, Decimal("2699999.97"), Decimal("75.0000"))
    newest = [row for row in recent if row["CouponCode"] == code]
    assert [row["Status"] for row in newest].count("success") == 3
    assert {row["UserEmailMasked"] for row in newest} == {None, "g***@example.com"}
    found = {(row["AlertKind"], row["Subject"]) for row in alerts}
    assert found >= {
        ("budget", show.campaign),
        ("fraud", world.id("gina")),
        ("job", "a-job"),
        ("expiring", show.a),
    }
    kinds = ["budget", "fraud", "job", "expiring"]
    assert [kinds.index(row["AlertKind"]) for row in alerts] == sorted(
        kinds.index(row["AlertKind"]) for row in alerts
    )
    world.run("DELETE FROM dbo.RedemptionHistory WHERE CouponCode = ?", code)
    world.run("DELETE FROM dbo.JobRuns WHERE JobName = N'a-job'")


@pytest.mark.parametrize(
    ("number", "procedure", "bad"),
    [
        (50001, "sp_ListCouponUsage", {"coupon_code": ""}),
        (50002, "sp_ListCouponUsage", {"coupon_code": "A-1", "page_size": 0}),
        (50003, "sp_ListCouponUsage", {"coupon_code": "A-1", "status": "lost"}),
        (50006, "sp_ListCouponUsage", {"coupon_code": "A-1"}),
        (50008, "sp_ListCouponUsage", {"coupon_code": "A" * 51}),
        (50001, "sp_GetCouponAnalytics", {"coupon_code": None}),
        (50003, "sp_GetCouponAnalytics", {"coupon_code": "A-1", "grain": "year"}),
        (50006, "sp_GetCouponAnalytics", {"coupon_code": "A-1"}),
        (50008, "sp_GetCouponAnalytics", {"coupon_code": "A" * 51}),
        (50001, "sp_GetCampaignAnalytics", {"campaign_id": " "}),
        (50003, "sp_GetCampaignAnalytics", {"campaign_id": "c", "grain": "Day"}),
        (50006, "sp_GetCampaignAnalytics", {"campaign_id": "c"}),
        (50008, "sp_GetCampaignAnalytics", {"campaign_id": "c" * 101}),
        (50003, "sp_GetSystemAnalytics", {"grain": "hour"}),
        (50006, "sp_GetSystemAnalytics", {}),
        (50002, "sp_GetDashboard", {"top": 0}),
        (50002, "sp_GetDashboard", {"top": 101}),
        (50006, "sp_GetDashboard", {}),
    ],
)
def test_a_report_that_means_nothing_is_thrown(
    office: Office, number: int, procedure: str, bad: dict[str, Any]
) -> None:
    if number == 50006:
        bad |= {"from_utc": now(), "to_utc": now() - timedelta(days=1)}
    office.refuses(number, procedure, **bad)
