"""What tiers and models cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.billing import Billing
from tests.world import World

YEAR_90, YEAR_91, YEAR_92 = (datetime(year, 1, 1) for year in (2090, 2091, 2092))


@pytest.fixture
def prices(billing: Billing) -> Iterator[Billing]:
    """Billing in a world whose prices are as they were afterwards."""
    yield billing
    world = billing.world
    world.run("DELETE FROM dbo.PricingConfigs WHERE EffectiveFrom >= '2090-01-01'")
    world.run("UPDATE dbo.PricingConfigs SET EffectiveTo = NULL WHERE Tier IS NULL")
    world.run("DELETE FROM dbo.PricingConfigs WHERE Tier = N'enterprise_max'")


def set_price(billing: Billing, price: str, **more: Any) -> Result:
    given: dict[str, Any] = {
        "provider_id": billing.world.id("vendor"),
        "model_id": "m1",
        "input_price_per1_k": Decimal(price),
        "output_price_per1_k": Decimal(price),
    } | more
    return billing.world.call("sp_SetPricing", **given)


def prices_of(billing: Billing) -> list[tuple[Decimal, datetime, datetime | None]]:
    rows = billing.world.rows(
        "SELECT * FROM dbo.ModelProviderPricing WHERE ProviderId = ? ORDER BY EffectiveFrom",
        billing.world.id("vendor"),
    )
    return [(row.input_price_per1_k, row.effective_from, row.effective_to) for row in rows]


def fault_of(world: World, procedure: str, **arguments: Any) -> int:
    with pytest.raises(Fault) as caught:
        world.call(procedure, **arguments)
    return caught.value.number


# ---------------------------------------------------------------- models


def test_a_new_price_ends_the_one_before_it(billing: Billing) -> None:
    assert set_price(billing, "0.001", effective_from=YEAR_90, actor="tester").ok
    assert set_price(billing, "0.003", effective_from=YEAR_92).ok
    assert set_price(billing, "0.002", effective_from=YEAR_91).ok

    assert prices_of(billing) == [
        (Decimal("0.001"), YEAR_90, YEAR_91),
        (Decimal("0.002"), YEAR_91, YEAR_92),
        (Decimal("0.003"), YEAR_92, None),
    ]
    told = billing.world.audit("pricing.set", f"{billing.world.id('vendor')}/m1")
    assert [(row.actor == "tester", row.before_json is None) for row in told] == [
        (True, True),
        (False, False),
        (False, False),
    ]


def test_the_price_in_force_again_writes_nothing(billing: Billing) -> None:
    first = set_price(billing, "0.001")
    again = set_price(billing, "0.001")

    assert tuple(first.values) == ("success", "error_code", "message")
    assert (first.ok, again.ok, len(prices_of(billing))) == (True, True, 1)
    assert len(billing.world.audit("pricing.set", f"{billing.world.id('vendor')}/m1")) == 1


def test_a_price_is_corrected_from_its_own_beginning(billing: Billing) -> None:
    set_price(billing, "0.001", effective_from=YEAR_90)
    set_price(billing, "0.002", effective_from=YEAR_90)

    assert prices_of(billing) == [(Decimal("0.002"), YEAR_90, None)]


def test_usage_is_priced_by_what_is_in_force(billing: Billing) -> None:
    billing.grant(1000)
    set_price(billing, "0.001", effective_from=datetime(2025, 1, 1))
    first = billing.use("use-1")
    set_price(billing, "0.010")
    second = billing.use("use-2")
    set_price(billing, "0.100", effective_from=YEAR_90)
    third = billing.use("use-3")

    # 3,000 tokens at 0.001 are 0.003 USD: 4.5 credits.
    assert [one.credits_deducted for one in (first, second, third)] == [5, 45, 45]


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"provider_id": " "}),
        (50001, {"model_id": None}),
        (50001, {"input_price_per1_k": None}),
        (50001, {"output_price_per1_k": None}),
        (50002, {"input_price_per1_k": -1}),
        (50002, {"output_price_per1_k": -1}),
        (50008, {"actor": "a" * 101}),
    ],
)
def test_a_broken_price_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        set_price(billing, "0.001", **wrong)

    assert caught.value.number == number
    assert prices_of(billing) == []


# ---------------------------------------------------------------- margin and rate


def set_rate(world: World, of_tier: str | None, rate: object, **more: Any) -> Result:
    return world.call(
        "sp_SetPricingConfig",
        **{"tier": of_tier, "margin_multiplier": 2, "credits_per_usd": rate} | more,
    )


@pytest.mark.parametrize("tier", [None, "enterprise_max"])
def test_a_new_rate_ends_the_one_before_it(prices: Billing, tier: str | None) -> None:
    world = prices.world
    who = world.id("tester")

    assert set_rate(world, tier, 10, effective_from=YEAR_90, actor=who).ok
    assert set_rate(world, tier, 10, effective_from=YEAR_91, actor=who).ok
    assert set_rate(world, tier, 30, effective_from=YEAR_92, actor=who).ok
    assert set_rate(world, tier, 20, effective_from=YEAR_91, actor=who).ok
    assert set_rate(world, tier, 25, effective_from=YEAR_91, actor=who).ok

    rows = world.rows(
        "SELECT * FROM dbo.PricingConfigs WHERE COALESCE(Tier, N'*') = ?"
        " AND EffectiveFrom >= '2090-01-01' ORDER BY EffectiveFrom",
        tier or "*",
    )
    assert [(row.credits_per_usd, row.effective_from, row.effective_to) for row in rows] == [
        (10, YEAR_90, YEAR_91),
        (25, YEAR_91, YEAR_92),
        (30, YEAR_92, None),
    ]
    told = world.rows("SELECT * FROM dbo.AuditLog WHERE Actor = ?", who)
    assert [(row.action, row.entity_id) for row in told] == [("pricing.rate", tier or "*")] * 4


def test_the_rate_of_a_tier_prices_its_users(prices: Billing) -> None:
    prices.model()
    prices.start("enterprise_max")
    assert prices.use("use-1").credits_deducted == 32

    assert set_rate(prices.world, "enterprise_max", 100).ok

    # 0.021 USD x 2 x 100
    assert prices.use("use-2").credits_deducted == 5


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"margin_multiplier": None}),
        (50001, {"credits_per_usd": None}),
        (50002, {"margin_multiplier": Decimal("0.999")}),
        (50002, {"credits_per_usd": 0}),
        (50003, {"tier": "gold"}),
        (50008, {"actor": "a" * 101}),
    ],
)
def test_a_broken_rate_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        set_rate(billing.world, None, 1000, **wrong)

    assert caught.value.number == number


# ---------------------------------------------------------------- tiers


def set_tier(world: World, **more: Any) -> Result:
    given: dict[str, Any] = {
        "tier": "free",
        "monthly_price": 0,
        "annual_price": 0,
        "monthly_credits": 1000,
    } | more
    return world.call("sp_SetTierConfig", **given)


def test_a_tier_gets_its_price_and_running_subscriptions_keep_theirs(billing: Billing) -> None:
    world = billing.world
    who = world.id("tester")
    held = billing.subscription("free", monthly_credit_allocation=1000)

    assert set_tier(world, monthly_price=5, annual_price=50, monthly_credits=7, actor=who).ok
    assert set_tier(world, monthly_price=5, annual_price=50, monthly_credits=7, actor=who).ok

    (row,) = world.rows("SELECT * FROM dbo.SubscriptionTierConfigs WHERE Tier = N'free'")
    assert (row.monthly_price, row.annual_price, row.monthly_credits) == (5, 50, 7)
    assert [one.base_price_usd for one in billing.subscriptions()] == [0]
    assert held
    assert set_tier(world, actor=who).ok
    told = world.rows("SELECT * FROM dbo.AuditLog WHERE Actor = ?", who)
    assert [(one.action, one.entity_id) for one in told] == [("tier.update", "free")] * 2


def test_a_tier_without_a_price_gets_one(empty_tiers: World) -> None:
    world = empty_tiers
    before = len(world.audit("tier.create", "pro_max"))

    assert set_tier(world, tier="pro_max", monthly_price=49).ok

    (row,) = world.rows("SELECT * FROM dbo.SubscriptionTierConfigs WHERE Tier = N'pro_max'")
    assert (row.display_name, row.monthly_price, row.is_active) == ("Pro Max", 49, True)
    assert len(world.audit("tier.create", "pro_max")) == before + 1


@pytest.fixture
def empty_tiers(world: World) -> Iterator[World]:
    """A world without tiers, until the test ends."""
    world.run("BEGIN TRANSACTION")
    world.run("DELETE FROM dbo.ProrationEvents")
    world.run("UPDATE dbo.Subscriptions SET Tier = N'free' WHERE Tier = N'pro_max'")
    world.run("DELETE FROM dbo.SubscriptionTierConfigs WHERE Tier = N'pro_max'")
    yield world
    world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"tier": ""}),
        (50001, {"monthly_price": None}),
        (50001, {"annual_price": None}),
        (50001, {"monthly_credits": None}),
        (50002, {"monthly_price": -1}),
        (50002, {"annual_price": -1}),
        (50002, {"monthly_credits": -1}),
        (50003, {"tier": "Free"}),
        (50008, {"actor": "a" * 101}),
    ],
)
def test_a_broken_tier_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        set_tier(billing.world, **wrong)

    assert caught.value.number == number


@pytest.mark.parametrize(
    ("procedure", "arguments"),
    [
        (
            "sp_SetTierConfig",
            "@Tier = N'pro', @MonthlyPrice = 1, @AnnualPrice = 1, @MonthlyCredits = 1",
        ),
        (
            "sp_SetPricing",
            "@ProviderId = N'p', @ModelId = N'm', @InputPricePer1K = 1, @OutputPricePer1K = 1",
        ),
        ("sp_SetPricingConfig", "@MarginMultiplier = 1, @CreditsPerUsd = 1"),
        ("sp_SummariseUsage", "@Date = '2025-01-01'"),
        (
            "sp_GrantPerpetualLicense",
            "@UserId = N'u', @PurchasePrice = 1, @PurchasedVersion = N'1', @RequestId = N'r'",
        ),
    ],
)
def test_nothing_is_written_in_a_doomed_transaction(
    world: World, procedure: str, arguments: str
) -> None:
    with pytest.raises(Fault) as caught:
        world.sets_of(
            "SET XACT_ABORT ON; BEGIN TRANSACTION; BEGIN TRY THROW 50001, N'x', 1; END TRY"
            f" BEGIN CATCH EXEC dbo.{procedure} {arguments}; END CATCH;"
        )
    world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")

    assert caught.value.number == 50102
