"""Deducting credits for the use of models, listing that use, and the expiry of credits."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.endpoint import Target
from tests.spec.billing import Billing
from tests.spec.test_job_runs import busy
from tests.world import now

LONG = "x" * 101


def take(billing: Billing, amount: int | None, request: str = "take-1", **more: Any) -> Result:
    """A number of credits, without a model."""
    return billing.world.call(
        "sp_DeductCredits",
        **{"user_id": billing.user, "request_id": billing.world.id(request), "credits": amount}
        | more,
    )


def expire(billing: Billing, size: int = 1000) -> Result:
    return billing.world.call("sp_ExpireCredits", batch_size=size)


def overdue(billing: Billing, amount: int) -> int:
    """Credits whose time came a minute ago."""
    billing.grant(amount, days=1)
    number = billing.allocations()[-1].allocation_id
    billing.world.run(
        "UPDATE dbo.CreditAllocations SET ExpiresAt = ? WHERE AllocationId = ?",
        now() - timedelta(minutes=1),
        number,
    )
    return number


# ---------------------------------------------------------------- deducting


def test_d22_usage_is_priced_by_tokens_margin_and_rate_and_rounded_up(billing: Billing) -> None:
    billing.model()
    billing.grant(100)

    done = billing.use()

    assert (done.ok, done.error, done.is_byok, done.is_replay) == (True, None, False, False)
    assert (done.credits_deducted, done.balance_before, done.balance_after) == (32, 100, 68)
    (used,) = billing.usage()
    assert (used.usage_id, used.vendor_cost) == (done.usage_id, Decimal("0.021000"))
    assert (used.operation, used.input_tokens, used.output_tokens) == ("completion", 2000, 1000)
    (row,) = billing.deductions()
    assert (row.deduction_id, row.usage_id) == (done.deduction_id, done.usage_id)
    assert (row.reason, row.amount) == ("usage", 32)
    assert billing.source("bonus") == (100, 32, 0, 0)
    billing.assert_whole()


def test_a_repeated_request_is_the_first_outcome(billing: Billing) -> None:
    billing.model()
    billing.grant(100)
    first = billing.use()
    billing.grant(1)

    again = billing.use()

    assert (again.ok, again.is_replay) == (True, True)
    for name in ("deduction_id", "usage_id", "credits_deducted", "balance_before", "balance_after"):
        assert getattr(again, name) == getattr(first, name)
    assert (billing.balance(), len(billing.usage()), len(billing.deductions())) == (69, 1, 1)


def test_a_refusal_is_an_outcome_as_well(billing: Billing) -> None:
    assert take(billing, 10).error == "INSUFFICIENT_CREDITS"
    billing.grant(10)

    again = take(billing, 10)

    assert (again.ok, again.error, again.is_replay) == (False, "INSUFFICIENT_CREDITS", True)
    assert take(billing, 10, "take-2").ok


def test_a_request_with_other_arguments_is_refused(billing: Billing) -> None:
    billing.grant(100)
    take(billing, 10)

    assert take(billing, 11).error == "IDEMPOTENCY_KEY_REUSED"
    billing.world.run(
        "DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", billing.world.id("take-1")
    )
    again = take(billing, 10)
    assert (again.error, again.message) == (
        "IDEMPOTENCY_KEY_REUSED",
        "Key was used with other arguments.",
    )
    assert (billing.balance(), again.credits_deducted) == (90, None)


def test_a_given_number_of_credits_needs_no_model(billing: Billing) -> None:
    billing.grant(100)

    done = take(billing, 40)

    assert (done.credits_deducted, done.balance_after, done.usage_id) == (40, 60, None)
    assert (billing.usage(), len(billing.deductions())) == ([], 1)


def test_a_given_number_of_credits_wins_over_the_price(billing: Billing) -> None:
    billing.model()
    billing.grant(100)

    done = billing.use(credits=5, operation="chat")

    assert (done.credits_deducted, billing.usage()[0].credits_deducted) == (5, 5)
    assert (billing.usage()[0].vendor_cost, billing.usage()[0].operation) == (
        Decimal("0.021000"),
        "chat",
    )


def test_a_cost_that_is_known_is_not_calculated(billing: Billing) -> None:
    billing.model()
    billing.grant(100)

    assert billing.use(vendor_cost=Decimal("0.010001")).credits_deducted == 16
    assert billing.usage()[0].vendor_cost == Decimal("0.010001")


def test_what_costs_nothing_leaves_usage_and_no_deduction(billing: Billing) -> None:
    billing.model()

    done = billing.use(input_tokens=0, output_tokens=None)

    assert (done.ok, done.credits_deducted, done.deduction_id) == (True, 0, None)
    assert (len(billing.usage()), billing.deductions()) == (1, [])


def test_the_rate_of_the_tier_wins_over_the_general_one(billing: Billing) -> None:
    billing.model()
    billing.grant(100)
    billing.subscription("enterprise_max")
    billing.world.insert(
        "PricingConfigs",
        tier="enterprise_max",
        margin_multiplier=Decimal(1),
        credits_per_usd=Decimal(1000),
        effective_from=datetime(2025, 1, 1),
    )
    try:
        assert billing.use().credits_deducted == 21
        billing.world.run(
            "UPDATE dbo.Subscriptions SET Status = 'cancelled' WHERE UserId = ?", billing.user
        )
        assert billing.use("use-2").credits_deducted == 32
    finally:
        billing.world.run("DELETE FROM dbo.PricingConfigs WHERE Tier = 'enterprise_max'")


def test_only_the_price_of_today_counts(billing: Billing) -> None:
    billing.model()
    billing.grant(100)
    vendor = billing.world.id("vendor")
    for start, end, price in ((2025, 2026, 1), (2999, None, 2)):
        billing.world.insert(
            "ModelProviderPricing",
            provider_id=vendor,
            model_id="m2",
            input_price_per_1_k=Decimal(price),
            output_price_per_1_k=Decimal(0),
            effective_from=datetime(start, 1, 1),
            effective_to=datetime(end, 1, 1) if end else None,
        )

    assert billing.use(model_id="m2").error == "PRICING_NOT_FOUND"
    assert billing.use("use-2", provider_id="nobody").error == "PRICING_NOT_FOUND"
    assert billing.use("use-3", provider_id="nobody", credits=1).error == "PRICING_NOT_FOUND"
    assert (billing.usage(), billing.balance()) == ([], 100)


def test_without_enough_credits_nothing_is_taken_and_no_usage_recorded(billing: Billing) -> None:
    billing.model()
    billing.grant(31)

    done = billing.use()

    assert (done.ok, done.error) == (False, "INSUFFICIENT_CREDITS")
    assert (done.deduction_id, done.usage_id, done.balance_after) == (None, None, None)
    assert (billing.balance(), billing.usage(), billing.deductions()) == (31, [], [])
    billing.assert_whole()


def test_an_own_key_costs_no_credits_and_is_recorded(billing: Billing) -> None:
    billing.model()
    licence = billing.licensed()

    done = billing.use()

    assert (done.ok, done.is_byok, done.credits_deducted) == (True, True, 0)
    (used,) = billing.usage()
    assert (used.is_byok, used.license_id, used.credits_deducted) == (True, licence, 0)
    assert used.vendor_cost == Decimal("0.021000")
    assert billing.deductions() == []


@pytest.mark.parametrize(
    "columns",
    [{"byok_enabled": 0}, {"status": "suspended"}, {"expires_at": datetime(2026, 1, 1)}],
    ids=["hybrid", "suspended", "over"],
)
def test_a_licence_without_effect_costs_credits(billing: Billing, columns: dict[str, Any]) -> None:
    billing.model()
    billing.grant(100)
    billing.licensed(**columns)

    done = billing.use()

    assert (done.is_byok, done.credits_deducted, billing.balance()) == (False, 32, 68)


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (50001, {"user_id": " "}),
        (50001, {"request_id": ""}),
        (50001, {"provider_id": "", "model_id": None}),
        (50002, {"credits": 0}),
        (50002, {"credits": -1}),
        (50002, {"input_tokens": -1}),
        (50002, {"output_tokens": -1}),
        (50002, {"vendor_cost": Decimal(-1)}),
        (50002, {"vendor_cost": Decimal(99_999_999)}),
        (50003, {"operation": "poetry"}),
        (50005, {"request_id": "expire-7"}),
        (50005, {"request_id": "redemption-12"}),
        (50005, {"request_id": "reversal-345"}),
        (50008, {"user_id": LONG}),
        (50008, {"request_id": LONG}),
        (50009, {"model_id": None}),
        (50009, {"provider_id": None}),
    ],
)
def test_a_broken_deduction_throws_and_writes_nothing(
    billing: Billing, number: int, change: dict[str, Any]
) -> None:
    billing.model()
    billing.grant(100)

    with pytest.raises(Fault) as caught:
        billing.use(**change)

    assert caught.value.number == number
    assert (billing.balance(), billing.usage()) == (100, [])


def test_a_cost_beyond_all_prices_throws(billing: Billing) -> None:
    billing.model()
    billing.world.run(
        "UPDATE dbo.ModelProviderPricing SET InputPricePer1K = 999999999 WHERE ProviderId = ?",
        billing.world.id("vendor"),
    )

    with pytest.raises(Fault) as caught:
        billing.use(input_tokens=2_147_483_647)

    assert caught.value.number == 50002


def test_ids_that_only_resemble_those_of_the_system_are_taken(billing: Billing) -> None:
    billing.grant(10)

    for request in ("expire-7a", "redemption-", "reversal-x1", "expire"):
        assert take(billing, 1, request).ok
    assert billing.balance() == 6


# ---------------------------------------------------------------- listing


def test_usage_is_listed_newest_first_by_page(billing: Billing) -> None:
    billing.model()
    billing.grant(100)
    made = [billing.use(f"use-{number}").usage_id for number in range(3)]
    billing.world.run(
        "UPDATE dbo.TokenUsageLedger SET CreatedAt = ? WHERE UsageId = ?",
        now() - timedelta(days=31),
        made[0],
    )

    def page(**more: Any) -> list[int]:
        found = billing.world.sets("sp_GetTokenUsage", user_id=billing.user, **more)[0]
        return [row.usage_id for row in found]

    assert page() == [made[2], made[1]]
    assert page(days=32, page_size=2) == [made[2], made[1]]
    assert page(days=32, page_size=2, before_id=made[1]) == [made[0]]


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (50001, {"user_id": ""}),
        (50002, {"days": 0}),
        (50002, {"days": 3651}),
        (50002, {"page_size": 0}),
        (50002, {"page_size": 1001}),
        (50008, {"user_id": LONG}),
    ],
)
def test_a_broken_listing_throws(billing: Billing, number: int, change: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        billing.world.sets("sp_GetTokenUsage", **{"user_id": billing.user} | change)

    assert caught.value.number == number


# ---------------------------------------------------------------- expiry


@pytest.mark.ec("EC-042")
def test_ec_042_expiry_takes_only_what_is_left(billing: Billing) -> None:
    number = overdue(billing, 50)
    billing.grant(30)
    billing.spend(20)

    done = expire(billing)

    assert (done.ok, done.error) == (True, None)
    assert done.expired >= 1
    assert done.credits >= 30
    gone, kept = billing.allocations()
    assert (gone.remaining_amount, kept.remaining_amount, billing.balance()) == (0, 30, 30)
    assert gone.expired_at is not None
    last = billing.deductions()[-1]
    assert (last.request_id, last.reason, last.amount) == (f"expire-{number}", "expiry", 30)
    assert billing.source("bonus") == (80, 20, 30, 0)
    billing.assert_whole()


def test_credits_that_are_not_due_or_spent_stay_as_they_are(billing: Billing) -> None:
    billing.grant(10, days=1)
    spent = overdue(billing, 5)
    billing.spend(5)

    expire(billing)
    again = expire(billing)

    assert (again.expired, again.credits) == (0, 0)
    assert billing.balance() == 10
    assert billing.allocations()[1].allocation_id == spent
    assert billing.allocations()[1].expired_at is None


def test_a_run_takes_no_more_than_its_batch(billing: Billing) -> None:
    expire(billing)
    for _ in range(3):
        overdue(billing, 4)

    assert [expire(billing, 2).expired for _ in range(3)] == [2, 1, 0]
    assert billing.balance() == 0
    billing.assert_whole()


def test_a_balance_that_lacks_the_credits_is_left_to_the_reconciliation(billing: Billing) -> None:
    overdue(billing, 5)
    billing.world.run("UPDATE dbo.UserCreditBalances SET Amount = 4 WHERE UserId = ?", billing.user)

    done = expire(billing)

    assert (done.ok, billing.balance(), billing.deductions()) == (True, 4, [])
    billing.world.run("UPDATE dbo.UserCreditBalances SET Amount = 5 WHERE UserId = ?", billing.user)
    assert expire(billing).expired == 1


def test_a_second_expiry_run_ends_quietly(billing: Billing, database: Target) -> None:
    overdue(billing, 5)

    with busy(database, "expire-credits"):
        done = expire(billing)

    assert (done.ok, done.message, done.expired, done.credits) == (True, "Skipped", 0, 0)
    assert billing.balance() == 5
    expire(billing)


@pytest.mark.parametrize("size", [0, 10_001])
def test_a_batch_has_a_size(billing: Billing, size: int) -> None:
    with pytest.raises(Fault) as caught:
        expire(billing, size)

    assert caught.value.number == 50002


@pytest.mark.parametrize(
    "text",
    [
        "EXEC dbo.sp_DeductCredits @UserId = N'u', @RequestId = N'r', @Credits = 1;",
        "EXEC dbo.sp_ExpireCredits;",
    ],
)
def test_a_doomed_transaction_is_refused(billing: Billing, text: str) -> None:
    with pytest.raises(Fault) as caught:
        billing.world.sets_of(
            "SET XACT_ABORT ON; BEGIN TRANSACTION; BEGIN TRY THROW 50000, N'doomed', 1; END TRY"
            f" BEGIN CATCH {text} END CATCH;"
        )

    billing.world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;")
    assert caught.value.number == 50102
