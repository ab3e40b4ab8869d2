"""Taking a redemption back: in full, in part, and what follows from either."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.violations import Base
from tests.world import World


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def _reverse(base: Base, redemption: int | None, key: str = "r1", **more: Any) -> Result:
    given: dict[str, Any] = {"reversal_reason": "refund", "key": base.world.id(key)} | more
    return base.world.call("sp_ReverseRedemption", redemption_id=redemption, **given)


@pytest.mark.ec("EC-047")
@pytest.mark.ec("EC-033")
def test_a_full_refund_gives_use_and_budget_back(base: Base) -> None:
    base.world.change_coupon(base.code, max_uses=1)
    before = base.world.counters(base.code, base.user)
    done = base.redeem()
    (row,) = base.world.ledger(base.user)

    reversed_ = _reverse(base, done.redemption_id)

    assert (reversed_.ok, reversed_.status, reversed_.use_restored) == (True, "reversed", True)
    assert reversed_.refunded_amount == Decimal("90.00")
    assert base.world.counters(base.code, base.user) == before
    (after,) = base.world.ledger(base.user)
    assert (after.attempted_at, after.discount_amount) == (row.attempted_at, row.discount_amount)
    assert len(base.world.events("redemption_reversed", str(done.redemption_id))) == 1
    assert len(base.world.audit("redemption.reverse", str(done.redemption_id))) == 1
    profile = base.world.profile(base.user)
    assert profile is not None
    assert (profile.refund_count, profile.last_refund_at is not None) == (1, True)


@pytest.mark.ec("EC-048")
def test_partial_refunds_grow_until_the_whole_is_reversed(base: Base) -> None:
    done = base.redeem()

    half = _reverse(base, done.redemption_id, refund_amount=45)
    much = _reverse(base, done.redemption_id, "r2", refund_amount="45.01")
    rest = _reverse(base, done.redemption_id, "r3", refund_amount=45)

    assert (half.status, half.refunded_amount, half.use_restored) == ("success", 45, False)
    assert (much.ok, much.error, much.status) == (False, "REFUND_EXCEEDS_PAYMENT", None)
    assert (rest.status, rest.refunded_amount) == ("reversed", 90)
    assert base.world.counters(base.code, base.user).used == 0


@pytest.mark.ec("EC-049")
def test_a_chargeback_keeps_the_use_and_is_a_sign_of_fraud(base: Base) -> None:
    done = base.redeem()

    reversed_ = _reverse(base, done.redemption_id, reversal_reason="chargeback")

    assert (reversed_.status, reversed_.use_restored) == ("reversed", False)
    assert base.world.counters(base.code, base.user).used == 1
    assert base.world.fraud(base.user)["unusual_usage_patterns"].severity == "medium"


def test_a_repeated_key_returns_the_first_answer(base: Base) -> None:
    done = base.redeem()

    first = _reverse(base, done.redemption_id)
    again = _reverse(base, done.redemption_id)
    other = _reverse(base, done.redemption_id, refund_amount=1)
    anew = _reverse(base, done.redemption_id, "r2")

    assert dict(first.values) | {"is_replay": True} == dict(again.values)
    assert (other.error, anew.error) == ("IDEMPOTENCY_KEY_REUSED", "REDEMPTION_NOT_REVERSIBLE")


def test_an_order_names_its_redemption(base: Base) -> None:
    order = base.world.id("order")
    done = base.world.redeem(base.code, base.user, order=order)

    missing = _reverse(base, None, order=base.world.id("none"))
    reversed_ = _reverse(base, None, "r2", order=order)

    assert missing.error == "REDEMPTION_NOT_FOUND"
    assert (reversed_.redemption_id, reversed_.status) == (done.redemption_id, "reversed")


def test_an_order_with_several_codes_needs_the_code(base: Base) -> None:
    order = base.world.id("order")
    for code in (base.code, base.other_code()):
        base.used(code, order_id=order)

    with pytest.raises(Fault) as caught:
        _reverse(base, None, order=order)

    assert caught.value.number == 50009


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        ({"reversal_reason": " "}, 50001),
        ({"key": " "}, 50001),
        ({"refund_amount": -1}, 50002),
        ({"reversal_reason": "whim"}, 50003),
        ({"order": "o" * 101}, 50008),
        ({"key": "k" * 101}, 50008),
        ({"redemption_id": None}, 50009),
    ],
)
def test_a_broken_reversal_is_thrown(
    world: World, arguments: dict[str, object], number: int
) -> None:
    given: dict[str, Any] = {"redemption_id": 1, "reversal_reason": "refund", "key": "k"}
    with pytest.raises(Fault) as caught:
        world.call("sp_ReverseRedemption", **given | arguments)

    assert caught.value.number == number


@pytest.mark.parametrize("reason", ["admin", "error"])
def test_a_decision_or_an_error_gives_the_use_back_whatever_the_settings_say(
    base: Base, reason: str
) -> None:
    base.world.setting("refund_restores_use", 0)
    base.world.setting("chargeback_restores_use", 0)
    done = base.redeem()

    reversed_ = _reverse(base, done.redemption_id, reversal_reason=reason)

    assert (reversed_.status, reversed_.use_restored) == ("reversed", True)
    assert base.world.counters(base.code, base.user).used == 0


@pytest.mark.parametrize("reason", ["refund", "chargeback"])
@pytest.mark.parametrize("value", [0, 1])
def test_the_settings_say_whether_the_use_comes_back(base: Base, reason: str, value: int) -> None:
    base.world.setting(f"{reason}_restores_use", value)
    done = base.redeem()

    reversed_ = _reverse(base, done.redemption_id, reversal_reason=reason)

    assert reversed_.use_restored == bool(value)
    assert base.world.counters(base.code, base.user).used == 1 - value


@pytest.mark.parametrize("reason", ["refund", "chargeback", "admin", "error"])
@pytest.mark.parametrize("restore", [False, True])
def test_who_says_what_becomes_of_the_use_is_heard(base: Base, reason: str, restore: bool) -> None:
    done = base.redeem()

    reversed_ = _reverse(base, done.redemption_id, reversal_reason=reason, restore_use=restore)

    assert reversed_.use_restored == restore
    assert base.world.counters(base.code, base.user).used == 1 - restore


def test_a_striped_use_goes_back_to_its_stripes(world: World) -> None:
    campaign = world.campaign("striped", stripes=4, max_total_redemptions=8, budget_amount=800)
    code = world.coupon("STRIPED", campaign)
    users = [world.user(f"s{number}") for number in range(4)]
    done = [world.redeem(code, user) for user in users]

    for number, one in enumerate(done):
        reversed_ = world.call(
            "sp_ReverseRedemption",
            redemption_id=one.redemption_id,
            reversal_reason="refund",
            key=world.id(f"striped-{number}"),
        )
        assert (reversed_.status, reversed_.use_restored) == ("reversed", True)

    (sums,) = world.rows(
        "SELECT SUM(UsedCount) AS Used, MIN(UsedCount) AS Lowest, SUM(BudgetUsed) AS Spent"
        " FROM dbo.CampaignCounterStripes WHERE CampaignId = ?",
        campaign,
    )
    assert (sums.used, sums.lowest, sums.spent) == (0, 0, 0)
