"""What a code is worth: the worked calculations of the specification, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.spec.violations import Base
from tests.world import World


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


@pytest.mark.ec("EC-018")
@pytest.mark.ec("EC-021")
@pytest.mark.ec("EC-032")
@pytest.mark.parametrize(
    ("kind", "value", "cap", "order", "discount", "final"),
    [
        pytest.param("percentage", 25, None, "19.00", "4.75", "14.25", id="D1"),
        pytest.param("percentage", 20, None, "190.00", "38.00", "152.00", id="D2"),
        pytest.param("percentage", 50, None, "19.00", "9.50", "9.50", id="D3"),
        pytest.param("percentage", 15, None, "0.10", "0.02", "0.08", id="D4"),
        pytest.param("percentage", 30, 25, "200.00", "25.00", "175.00", id="D5"),
        pytest.param("fixed_amount", 20, None, "99.00", "20.00", "79.00", id="D6"),
        pytest.param("fixed_amount", 20, None, "19.00", "19.00", "0.00", id="D7"),
        pytest.param("free_session", None, None, "30.00", "30.00", "0.00", id="D12"),
        pytest.param("percentage", 100, None, "199.00", "199.00", "0.00", id="D13 price"),
        pytest.param("percentage", 10, None, "0.00", "0.00", "0.00", id="nothing to pay"),
    ],
)
def test_a_price_discount_is_rounded_capped_and_never_negative(
    base: Base,
    kind: str,
    value: object,
    cap: object,
    order: str,
    discount: str,
    final: str,
) -> None:
    code = base.other_code("PRICE", discount=(kind, value), max_discount_amount=cap)

    dry = base.world.validate(code, base.user, Decimal(order))
    done = base.world.redeem(code, base.user, Decimal(order))

    expected = (kind, Decimal(discount), Decimal(final))
    assert (dry.discount_type, dry.discount_amount, dry.final_amount) == expected
    assert (done.discount_type, done.discount_amount, done.final_amount) == expected
    assert done.is_zero_payment is (Decimal(final) == 0)
    (row,) = base.world.ledger(base.user)
    assert row.base_amount == row.discount_amount + row.final_amount == Decimal(order)


@pytest.mark.parametrize(
    ("kind", "value", "discount", "credits", "months"),
    [
        pytest.param("credits", 20, "20.00", 20, 0, id="D8 quote"),
        pytest.param("months_free", 1, "0.00", 0, 1, id="D11 quote"),
    ],
)
def test_a_dry_run_quotes_benefits_too(
    base: Base, kind: str, value: int, discount: str, credits: int, months: int
) -> None:
    columns = {"coupon_type": "duration_bonus"} if kind == "months_free" else {}
    code = base.other_code("BENEFIT", discount=(kind, value), **columns)

    dry = base.world.validate(code, base.user, Decimal("19.00"))

    assert (dry.discount_amount, dry.credits_granted, dry.months_granted) == (
        Decimal(discount),
        credits,
        months,
    )


def test_without_an_order_amount_a_price_discount_is_nothing_yet(base: Base) -> None:
    done = base.world.redeem(base.code, base.user, None)

    assert (done.ok, done.discount_amount, done.final_amount) == (True, 0, None)
    assert done.is_zero_payment is False


def _tiers(base: Base) -> str:
    code = base.other_code("SPENDMORE", discount=None, max_uses_per_user=9)
    base.world.tier(code, 50, "percentage", 10)
    base.world.tier(code, 100, "percentage", 20)
    return code


def test_d14_below_the_lowest_tier_the_minimum_is_not_met(base: Base) -> None:
    code = _tiers(base)

    dry = base.world.validate(code, base.user, Decimal("49.99"))
    done = base.world.redeem(code, base.user, Decimal("49.99"))

    assert (dry.error, dry.failed_step) == ("MINIMUM_PURCHASE_NOT_MET", "S21")
    assert (done.error, done.failed_step) == ("MINIMUM_PURCHASE_NOT_MET", "S21")
    assert done.message == "Minimum purchase is 50.00."


@pytest.mark.parametrize(
    ("order", "discount", "final"),
    [("50.00", "5.00", "45.00"), ("99.99", "10.00", "89.99"), ("100.00", "20.00", "80.00")],
)
def test_d15_the_highest_tier_reached_decides(
    base: Base, order: str, discount: str, final: str
) -> None:
    done = base.world.redeem(_tiers(base), base.user, Decimal(order))

    assert (done.discount_amount, done.final_amount) == (Decimal(discount), Decimal(final))


@pytest.mark.ec("EC-019")
@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        pytest.param(
            [("percentage", 10), ("fixed_amount", 20)],
            [("10.00", "90.00"), ("20.00", "70.00")],
            id="D16",
        ),
        pytest.param(
            [("fixed_amount", 20), ("percentage", 10)],
            [("20.00", "80.00"), ("8.00", "72.00")],
            id="D17",
        ),
    ],
)
def test_a_second_code_is_calculated_on_what_the_first_left(
    base: Base, codes: list[tuple[str, object]], expected: list[tuple[str, str]]
) -> None:
    base.world.setting("max_coupons_per_order", 2)
    order = base.world.id("order")
    names = [
        base.other_code(f"STACK{number}", discount=discount, is_stackable=1)
        for number, discount in enumerate(codes)
    ]

    done = [base.world.redeem(name, base.user, 100, order=order) for name in names]

    assert [(row.discount_amount, row.final_amount) for row in done] == [
        (Decimal(discount), Decimal(final)) for discount, final in expected
    ]


def test_d18_with_a_limit_of_one_the_second_code_is_refused(base: Base) -> None:
    order = base.world.id("order")
    first, second = (base.other_code(f"STACK{number}", is_stackable=1) for number in range(2))

    assert base.world.redeem(first, base.user, 100, order=order).ok
    refused = base.world.redeem(second, base.user, 100, order=order)

    assert (refused.error, refused.message) == (
        "STACKING_LIMIT_REACHED",
        "At most 1 coupon(s) per order.",
    )


def test_codes_of_one_stacking_group_never_combine(base: Base) -> None:
    base.world.setting("max_coupons_per_order", 2)
    order = base.world.id("order")
    columns: dict[str, Any] = {"is_stackable": 1, "stacking_group": "WELCOME"}
    first, second = (base.other_code(f"STACK{number}", **columns) for number in range(2))

    assert base.world.redeem(first, base.user, 100, order=order).ok
    refused = base.world.redeem(second, base.user, 100, order=order)

    assert (refused.error, refused.message) == (
        "STACKING_NOT_ALLOWED",
        f"Cannot be combined with {first}.",
    )


@pytest.mark.ec("EC-020")
def test_the_minimum_is_tested_before_and_tiers_after_other_discounts(base: Base) -> None:
    base.world.setting("max_coupons_per_order", 3)
    order = base.world.id("order")
    first = base.other_code("FIRST", discount=("fixed_amount", 20), is_stackable=1)
    minimum = base.other_code("MINIMUM", minimum_order_amount=100, is_stackable=1)
    tiered = base.other_code("TIERED", is_stackable=1)
    base.world.tier(tiered, 100, "percentage", 50)

    base.world.redeem(first, base.user, 100, order=order)
    second = base.world.redeem(minimum, base.user, 100, order=order)
    third = base.world.redeem(tiered, base.user, 100, order=order)

    assert (second.ok, second.discount_amount) == (True, Decimal("8.00"))
    assert (third.ok, third.discount_amount) == (True, Decimal("7.20"))


def test_d19_a_coupon_without_discount_gives_that_of_its_campaign(base: Base) -> None:
    base.world.change_campaign(base.campaign, discount_percentage=15)
    code = base.other_code("PLAIN", discount=None)

    done = base.world.redeem(code, base.user, 120)

    assert (done.discount_type, done.discount_amount, done.final_amount) == ("percentage", 18, 102)


def _budget(base: Base, amount: object, used: object) -> None:
    base.world.change_campaign(base.campaign, budget_amount=amount)
    base.world.change_stripe(base.campaign, budget_limit=amount, budget_used=used)


@pytest.mark.ec("EC-038")
def test_d20_the_budget_is_spent_to_the_cent_and_then_ends_the_campaign(base: Base) -> None:
    _budget(base, "50.00", "45.25")
    cents = base.other_code("CENTS", discount=("fixed_amount", "4.76"))
    exact = base.other_code("EXACT", discount=("fixed_amount", "4.75"))

    over = base.world.redeem(cents, base.user)
    fits = base.world.redeem(exact, base.user)
    later = base.world.redeem(cents, base.world.user("u2"))

    assert (over.error, fits.error) == ("CAMPAIGN_BUDGET_EXCEEDED", None)
    assert later.error == "CAMPAIGN_BUDGET_EXHAUSTED"
    row = base.world.campaign_row(base.campaign)
    assert (row.is_active, row.deactivation_reason) == (False, "budget_exhausted")
    assert base.world.counters(exact, base.user).budget_used == Decimal("50.00")
    assert len(base.world.events("budget_exhausted", base.campaign)) == 1
    assert len(base.world.audit("campaign.budget_exhausted", base.campaign)) == 1


@pytest.mark.ec("EC-038")
def test_the_budget_alert_is_sent_once(base: Base) -> None:
    _budget(base, "100.00", "69.99")

    before = [len(base.world.events("budget_alert", base.campaign))]
    for name in ("a", "b", "c"):
        assert base.world.redeem(base.code, base.world.user(name)).ok
        before.append(len(base.world.events("budget_alert", base.campaign)))

    assert before == [0, 0, 1, 1]
    assert base.world.campaign_row(base.campaign).budget_alert_sent_at is not None


@pytest.mark.ec("EC-039")
def test_an_order_in_another_currency_is_refused(base: Base) -> None:
    refused = base.world.redeem(base.code, base.user, currency="eur")

    assert (refused.error, refused.message) == ("CURRENCY_MISMATCH", "Coupon is in USD.")
    assert base.world.redeem(base.code, base.user, currency="usd").ok
