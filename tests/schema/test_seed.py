"""The sample data, as the views show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from couponry_jobs import deployment
from couponry_jobs.settings import Settings
from tests.endpoint import Target, deployed_database

Query = Callable[..., list[Any]]

ROWS = {
    "Campaigns": 6,
    "Coupons": 9,
    "CampaignCoupons": 9,
    "CampaignCounterStripes": 6,
    "CouponTargets": 12,
    "CouponValidationRules": 4,
    "UserProfiles": 3,
    "RedemptionHistory": 83,
    "UserRedemptions": 82,
    "CouponUserUsage": 82,
    "FraudEvents": 1,
    "Settings": 51,
}


@pytest.fixture(scope="module")
def sampled(server: Settings, model: Target | None) -> Iterator[Target]:
    """A database of its own with both samples, their dates moved to today."""
    with deployed_database(server, model=model) as target:
        with target.open() as opened:
            deployment.seed(opened, relative=True, demo=True)
        yield target


@pytest.fixture(scope="module")
def query(sampled: Target) -> Iterator[Query]:
    connection = sampled.connect()

    def run(text: str, *arguments: object) -> list[Any]:
        return [tuple(row) for row in connection.execute(text, *arguments).fetchall()]

    yield run
    connection.close()


@pytest.mark.parametrize(("table", "rows"), ROWS.items())
def test_the_sample_has_its_rows(query: Query, table: str, rows: int) -> None:
    assert query(f"SELECT COUNT(*) AS Rows_ FROM dbo.{table}") == [(rows,)]


def test_loading_the_sample_again_changes_nothing(sampled: Target, query: Query) -> None:
    ledger = (
        "SELECT h.RedemptionId, h.AttemptedAt FROM dbo.RedemptionHistory AS h"
        " ORDER BY h.RedemptionId"
    )
    before = query(ledger)

    with sampled.open() as opened:
        deployment.seed(opened, relative=True, demo=True)

    assert query(ledger) == before


def test_counters_and_ledger_of_the_sample_agree(query: Query) -> None:
    assert (
        query("SELECT d.EntityType, d.EntityId, d.CounterName FROM dbo.vw_CounterDrift AS d") == []
    )


def test_a_wrong_counter_shows_as_drift(sampled: Target) -> None:
    connection = sampled.connect(autocommit=False)
    connection.execute("UPDATE dbo.Coupons SET UsedCount = 3 WHERE CouponCode = N'BLACKFRIDAY25'")

    found = connection.execute(
        """
        SELECT d.EntityType, d.CounterName, d.Stored, d.Actual, d.Difference
        FROM dbo.vw_CounterDrift AS d
        """
    ).fetchall()

    connection.rollback()
    connection.close()
    assert [tuple(row) for row in found] == [
        ("coupon", "UsedCount", Decimal(3), Decimal(1), Decimal(2))
    ]


def test_relative_dates_make_black_friday_run_today(query: Query) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    found = query(
        """
        SELECT c.StartDate, c.EndDate, c.CurrentRedemptions, c.RedemptionPercentage, c.BudgetUsed
        FROM dbo.vw_ActiveCampaigns AS c
        WHERE c.CampaignId = N'black-friday-2025'
        """
    )

    assert found == [
        (
            today - timedelta(days=1),
            today + timedelta(days=3) - timedelta(seconds=1),
            1,
            None,
            Decimal("4.75"),
        )
    ]


def test_the_refused_redemption_names_the_moved_end(query: Query) -> None:
    ((message, end, attempted),) = query(
        """
        SELECT h.FailureMessage, c.EndDate, h.AttemptedAt
        FROM dbo.vw_RedemptionLedger AS h
        INNER JOIN dbo.Campaigns AS c
            ON c.CampaignId = h.CampaignId
        WHERE h.FailureReason = N'COUPON_EXPIRED'
        """
    )

    assert message == f"Coupon expired. Valid until {end:%Y-%m-%d %H:%M:%S} UTC."
    assert attempted > end


@pytest.mark.parametrize(
    ("code", "status", "usage", "revenue", "discount"),
    [
        ("FREE2024", "active", "45/∞", "1350.00", "1350.00"),
        ("SAVE30", "active", "23/50", "2100.00", "900.00"),
        ("NEW15", "expired", "12/25", "180.00", "180.00"),
    ],
)
def test_the_demo_list_shows_the_figures_of_the_specification(
    query: Query, code: str, status: str, usage: str, revenue: str, discount: str
) -> None:
    found = query(
        """
        SELECT
            l.DisplayStatus, l.UsageText, l.RevenueTotal, l.ConversionRate, l.SuccessRate, l.Trend,
            c.TotalDiscountApplied
        FROM dbo.vw_CouponList AS l
        INNER JOIN dbo.Coupons AS c
            ON c.CouponId = l.CouponId
        WHERE l.CouponCode = ?
        """,
        code,
    )

    assert found == [
        (status, usage, Decimal(revenue), Decimal(100), Decimal(100), "stable", Decimal(discount))
    ]


def test_the_codes_of_each_campaign_are_told_apart(query: Query) -> None:
    found = query(
        """
        SELECT
            s.CampaignId, s.TotalCoupons, s.RedeemedCount, s.AvailableCount, s.ExpiredCount,
            s.ReservedCount, s.InactiveCount
        FROM dbo.vw_RedemptionStats AS s
        WHERE s.CampaignId IN (N'demo-services', N'summer-sale-2025', N'perpetual-migration')
        ORDER BY s.CampaignId
        """
    )

    assert found == [
        ("demo-services", 3, 0, 2, 1, 0, 0),
        ("perpetual-migration", 2, 0, 2, 0, 0, 0),
        ("summer-sale-2025", 1, 0, 0, 1, 0, 0),
    ]


@pytest.mark.parametrize(
    ("user", "shown"), [(None, "GEN-SECRET"), ("ops", "GEN-SECRET"), ("reader", "GEN…")]
)
def test_only_operators_see_a_generated_code_that_is_still_worth_money(
    sampled: Target, user: str | None, shown: str
) -> None:
    owner = sampled.connect()
    owner.execute(
        """
        INSERT INTO dbo.Coupons (
            CouponCode, CampaignId, GenerationBatchId, DiscountType, DiscountValue
        )
        SELECT N'GEN-SECRET', N'win-back', N'gen-1', N'percentage', 10
        WHERE NOT EXISTS (SELECT 1 AS Found FROM dbo.Coupons WHERE CouponCode = N'GEN-SECRET')
        """
    )
    caller = sampled.connect(user)

    codes = caller.execute(
        "SELECT l.CouponCode FROM dbo.vw_CouponList AS l WHERE l.GenerationBatchId = N'gen-1'"
    ).fetchall()

    caller.close()
    owner.execute("DELETE FROM dbo.Coupons WHERE CouponCode = N'GEN-SECRET'")
    owner.close()
    assert [code for (code,) in codes] == [shown]


def test_a_database_with_other_campaigns_is_not_seeded(sampled: Target, query: Query) -> None:
    connection = sampled.connect()
    connection.execute(
        "INSERT INTO dbo.Campaigns (CampaignId, Name, StartDate)"
        " VALUES (N'own', N'Own', '2025-01-01')"
    )

    with sampled.open() as opened, pytest.raises(Exception, match="not of the sample"):
        deployment.seed(opened)

    connection.execute("DELETE FROM dbo.Campaigns WHERE CampaignId = N'own'")
    connection.close()
    assert query("SELECT COUNT(*) AS Campaigns FROM dbo.Campaigns") == [(6,)]
