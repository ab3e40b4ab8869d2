"""How usage is summed up by day, and how a balance came about."""

from __future__ import annotations

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.billing import Billing

# ---------------------------------------------------------------- sums by day


def backdate(billing: Billing, day: str) -> None:
    """Everything of the user that is dated today happened on that day."""
    for table, column in (
        ("TokenUsageLedger", "CreatedAt"),
        ("CreditDeductionLedger", "CreatedAt"),
        ("CreditAllocations", "AppliedToBalanceAt"),
    ):
        billing.world.run(
            f"UPDATE dbo.{table} SET {column} = DATEADD(DAY, DATEDIFF(DAY, {column}, ?), {column})"
            f" WHERE UserId = ? AND {column} >= '2025-01-01'",
            day,
            billing.user,
        )


def summarise(billing: Billing, day: str) -> int:
    done = billing.world.call("sp_SummariseUsage", date=day)
    assert tuple(done.values) == ("success", "error_code", "message", "rows")
    assert (done.ok, done.error) == (True, None)
    return done.rows


def summaries(billing: Billing, table: str) -> list[Result]:
    return billing.world.rows(
        f"SELECT * FROM dbo.{table} WHERE UserId = ? ORDER BY UsageDate", billing.user
    )


def test_a_day_is_summed_up_from_the_ledgers(billing: Billing) -> None:
    billing.model()
    billing.model("m2")
    billing.grant(100)
    billing.use("use-1")
    backdate(billing, "2021-03-04")
    billing.grant(30, days=1)
    billing.use("use-2", input_tokens=1000, output_tokens=0)
    billing.use("use-3")
    billing.use("use-4", model_id="m2")
    billing.expire()
    backdate(billing, "2021-03-05")

    billing.world.insert(
        "CreditUsageDailySummaries",
        usage_date="2021-03-05",
        user_id=billing.world.id("gone"),
        closing_balance=1,
    )
    first = summarise(billing, "2021-03-05")
    again = summarise(billing, "2021-03-05")
    summarise(billing, "2021-03-04")

    assert first == again >= 3
    sums = summaries(billing, "CreditUsageDailySummaries")
    assert [
        (row.granted, row.deducted, row.expired, row.revoked, row.closing_balance) for row in sums
    ] == [(100, 32, 0, 0, 68), (30, 69, 0, 0, 29)]
    used = summaries(billing, "TokenUsageDailySummaries")
    assert [
        (row.model_id, row.requests, row.input_tokens, row.output_tokens) for row in used[1:]
    ] == [("m1", 2, 3000, 1000), ("m2", 1, 2000, 1000)]
    assert [(row.credits_deducted, row.vendor_cost) for row in used] == [
        (32, Decimal("0.021")),
        (37, Decimal("0.024")),
        (32, Decimal("0.021")),
    ]
    # A summary whose ledger rows are gone goes with them.
    gone = "SELECT * FROM dbo.CreditUsageDailySummaries WHERE UserId = ?"
    assert billing.world.rows(gone, billing.world.id("gone")) == []


def test_expired_and_revoked_credits_have_sums_of_their_own(billing: Billing) -> None:
    world = billing.world
    world.campaign()
    code = world.coupon("CREDITS", None, ("credits", 20))
    redeemed = world.redeem(code, billing.user, None)
    billing.grant(10, days=1)
    billing.expire()
    billing.revoke(redeemed.redemption_id)
    backdate(billing, "2021-03-06")

    summarise(billing, "2021-03-06")

    (row,) = summaries(billing, "CreditUsageDailySummaries")
    assert (row.granted, row.deducted, row.expired, row.revoked, row.closing_balance) == (
        30,
        0,
        10,
        20,
        0,
    )


def test_yesterday_is_summed_up_unless_another_day_is_named(billing: Billing) -> None:
    billing.grant(5)
    (day,) = billing.world.rows("SELECT DATEADD(DAY, -1, CAST(SYSUTCDATETIME() AS date)) AS At")
    backdate(billing, day.at.isoformat())

    assert billing.world.call("sp_SummariseUsage").ok

    (row,) = summaries(billing, "CreditUsageDailySummaries")
    assert (row.usage_date, row.granted, row.closing_balance) == (day.at, 5, 5)
    with pytest.raises(Fault) as caught:
        billing.world.call("sp_SummariseUsage", date="2090-01-01")
    assert caught.value.number == 50006


def test_a_second_summary_at_the_same_time_is_skipped(billing: Billing) -> None:
    with billing.world.database.connect() as other:
        other.execute(
            "EXEC sys.sp_getapplock @Resource = N'couponry:usage-summary',"
            " @LockMode = N'Exclusive', @LockOwner = N'Session';"
        )
        done = billing.world.call("sp_SummariseUsage", date="2021-03-04")
        other.execute(
            "EXEC sys.sp_releaseapplock @Resource = N'couponry:usage-summary',"
            " @LockOwner = N'Session';"
        )

    assert (done.ok, done.message, done.rows) == (True, "Skipped", 0)


# ---------------------------------------------------------------- views


def test_the_credit_ledger_shows_how_a_balance_came_about(billing: Billing) -> None:
    world = billing.world
    world.campaign()
    code = world.coupon("CREDITS", None, ("credits", 20))
    redeemed = world.redeem(code, billing.user, 19)
    billing.grant(10, days=1)
    billing.spend(4)
    billing.expire()
    billing.revoke(redeemed.redemption_id)

    shown = world.rows("SELECT * FROM dbo.vw_CreditLedger WHERE UserId = ?", billing.user)

    assert sorted(
        (row.entry_type, row.amount, row.credit_type, row.reason) for row in shown
    ) == sorted(
        [
            ("grant", 20, "coupon", code),
            ("deduct", -19, "coupon", "order"),
            ("grant", 10, "bonus", "test"),
            ("deduct", -4, "bonus", "usage"),
            ("expire", -6, "bonus", "expiry"),
            ("revoke", -1, "coupon", "reversal"),
        ]
    )
    (first,) = [row for row in shown if row.amount == 20]
    assert first.running_balance == 20
    assert sum(row.amount for row in shown) == billing.balance() == 0


def test_a_deduction_from_two_types_is_two_entries(billing: Billing) -> None:
    billing.grant(7, days=1)
    billing.start("free")
    billing.spend(10)

    shown = billing.world.rows(
        "SELECT * FROM dbo.vw_CreditLedger WHERE UserId = ? AND EntryType = N'deduct'"
        " ORDER BY CreditType",
        billing.user,
    )

    assert [(row.credit_type, row.amount) for row in shown] == [("bonus", -7), ("subscription", -3)]
    assert shown[-1].running_balance == billing.balance() == 997


def test_revenue_is_told_apart_by_what_brought_it(billing: Billing) -> None:
    world = billing.world
    # A year of its own: other tests pay in the past, too.
    year = 1970 + secrets.randbelow(25)

    def paid(user: str, amount: int, redemption: int | None, **more: Any) -> None:
        world.insert(
            "PaymentTransactions",
            **{
                "user_id": user,
                "amount": amount,
                "redemption_id": redemption,
                "status": "succeeded",
                "created_at": datetime(year, 5, 6),
            }
            | more,
        )

    first, second = world.id("a"), world.id("b")
    paid(first, 100, 1)
    paid(first, 40, None, refunded_amount=10, status="partially_refunded")
    paid(first, 60, None, created_at=datetime(year, 6, 1))
    paid(second, 50, 1)
    paid(second, 99, 1, status="failed")
    paid(second, 98, 1, status="refunded", refunded_amount=98)

    rows = world.rows(
        "SELECT * FROM dbo.vw_RevenueAttribution WHERE YEAR(Month) = ? ORDER BY Month, Origin", year
    )

    assert [
        (row.month.month, row.origin, row.payments, row.amount, row.users, row.ltv) for row in rows
    ] == [
        (5, "coupon", 2, 150, 2, 120),
        (5, "organic", 1, 30, 1, 190),
        (6, "organic", 1, 60, 1, 190),
    ]
