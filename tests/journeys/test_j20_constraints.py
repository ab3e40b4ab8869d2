from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyodbc
import pytest

from tests.spec.billing import set_up_prices
from tests.spec.calls import as_fault
from tests.spec.office import fresh
from tests.world import World, now

CONFLICT = 547
UNIQUE = {2627, 2601}


@pytest.fixture
def owned(world: World) -> World:
    """A user with a balance, to whom the rows belong."""
    set_up_prices(world)
    world.insert("UserCreditBalances", user_id=world.user("u-j20"), amount=10)
    return world


def subscription(world: World, **columns: Any) -> None:
    given: dict[str, Any] = {
        "user_id": world.id("u-j20"),
        "tier": "pro",
        "base_price_usd": Decimal("19.00"),
        "current_period_start": now(),
        "current_period_end": now() + timedelta(days=30),
    }
    world.insert("Subscriptions", **(given | columns))


def license_(world: World, **columns: Any) -> None:
    given: dict[str, Any] = {
        "user_id": world.id("u-j20"),
        "license_key": world.code("KEY"),
        "purchase_price": Decimal("199.00"),
        "purchased_version": "1.0",
    }
    world.insert("PerpetualLicenses", **(given | columns))


def deduction(world: World, **columns: Any) -> None:
    given: dict[str, Any] = {
        "user_id": world.id("u-j20"),
        "amount": 5,
        "balance_before": 10,
        "balance_after": 5,
    }
    world.insert("CreditDeductionLedger", **(given | columns))


def coupon(world: World, **columns: Any) -> None:
    world.insert("Coupons", **({"campaign_id": world.campaign(fresh("j20"))} | columns))


@pytest.mark.parametrize(
    ("write", "columns"),
    [
        (subscription, {"tier": "invalid_tier"}),
        (subscription, {"status": "invalid_status"}),
        (license_, {"status": "invalid"}),
    ],
)
def test_j20_a_wrong_tier_or_status_is_refused_by_the_table(
    owned: World, write: Callable[..., None], columns: dict[str, str]
) -> None:
    """J20: tiers, written by the owner past all procedures."""
    with pytest.raises(pyodbc.Error) as refused:
        write(owned, **columns)
    fault = as_fault(refused.value)
    # A tier is refused by the list of prices, too: whichever constraint is looked at first.
    assert fault.number == CONFLICT
    assert re.search("(CHECK|SubscriptionTierConfigs|Status)", fault.message)


@pytest.mark.parametrize(
    ("write", "column"),
    [
        (subscription, "stripe_subscription_id"),
        (license_, "license_key"),
        (coupon, "coupon_code"),
        (deduction, "request_id"),
    ],
)
def test_j20_what_must_be_unique_is_stored_once(
    owned: World, write: Callable[..., None], column: str
) -> None:
    """J20: Stripe ids, licence keys, codes, request ids."""
    once = {column: owned.code("ONCE")}
    write(owned, **once)

    with pytest.raises(pyodbc.Error) as refused:
        write(owned, **once)
    assert as_fault(refused.value).number in UNIQUE
