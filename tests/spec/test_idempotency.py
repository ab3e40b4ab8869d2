"""Say it again, get the same answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.answers import Fault, Result
from tests.spec.violations import Base
from tests.world import World, now


@pytest.fixture
def base(world: World) -> Base:
    return Base(world)


def _without_replay(result: Result) -> dict[str, object]:
    return {name: value for name, value in result.values.items() if name != "is_replay"}


@pytest.mark.ec("EC-002")
def test_a_repeated_key_returns_the_first_answer_and_writes_nothing(base: Base) -> None:
    key = base.world.id("key")
    first = base.world.redeem(base.code, base.user, key=key, order=base.world.id("order"))
    before = base.world.counters(base.code, base.user)

    again = base.world.redeem(base.code, base.user, key=key, order=base.world.id("order"))

    assert first.ok
    assert (first.is_replay, again.is_replay) == (False, True)
    assert _without_replay(again) == _without_replay(first)
    assert len(base.world.ledger(base.user)) == 1
    assert base.world.counters(base.code, base.user) == before


def test_a_replay_has_the_same_columns_in_the_same_order_and_types(base: Base) -> None:
    key = base.world.id("key")

    first = base.world.redeem(base.code, base.user, key=key)
    again = base.world.redeem(base.code, base.user, key=key)

    assert list(again.values) == list(first.values)
    assert [type(value) for value in again.values.values()] == [
        type(value) for value in first.values.values()
    ]


def test_a_refusal_is_an_outcome_and_is_replayed(base: Base) -> None:
    key = base.world.id("key")
    base.world.change_coupon(base.code, is_active=0)
    first = base.world.redeem(base.code, base.user, key=key)
    base.world.change_coupon(base.code, is_active=1)

    again = base.world.redeem(base.code, base.user, key=key)

    assert (first.error, again.error, again.is_replay) == ("COUPON_INACTIVE",) * 2 + (True,)
    assert _without_replay(again) == _without_replay(first)
    assert len(base.world.ledger(base.user)) == 1
    assert base.world.redeem(base.code, base.user, key=base.world.id("other")).ok


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 99},
        {"order": "another"},
        {"currency": "USD"},
        {"tier": "pro"},
        {"service": "30_for_30"},
        {"country": "DE"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_key_with_other_business_arguments_is_refused(
    base: Base, change: dict[str, object]
) -> None:
    key = base.world.id("key")
    base.world.redeem(base.code, base.user, key=key)

    reused = base.world.call(
        "sp_RedeemCoupon",
        **{"coupon_code": base.code, "user_id": base.user, "amount": 100, "key": key} | change,
    )

    assert (reused.ok, reused.error) == (False, "IDEMPOTENCY_KEY_REUSED")
    assert (reused.redemption_id, reused.is_replay) == (None, False)
    assert len(base.world.ledger(base.user)) == 1


def test_a_key_of_another_user_or_code_is_refused(base: Base) -> None:
    key = base.world.id("key")
    base.world.redeem(base.code, base.user, key=key)

    stranger = base.world.redeem(base.code, base.world.user("u2"), key=key)
    other = base.world.redeem(base.other_code(), base.user, key=key)

    assert (stranger.error, other.error) == ("IDEMPOTENCY_KEY_REUSED",) * 2


def test_address_agent_device_and_attribution_may_differ(base: Base) -> None:
    key = base.world.id("key")
    base.world.redeem(base.code, base.user, key=key)

    again = base.world.redeem(
        f" {base.code.lower()} ",
        base.user,
        key=key,
        ip=base.world.ip(),
        agent="Firefox",
        device="d",
        utm_source="mail",
    )

    assert again.is_replay


def test_a_key_of_which_only_the_ledger_knows_is_refused(base: Base) -> None:
    key = base.world.id("key")
    base.world.redeem(base.code, base.user, key=key)
    base.world.run("DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", key)

    reused = base.world.redeem(base.code, base.user, key=key)

    assert reused.error == "IDEMPOTENCY_KEY_REUSED"
    assert len(base.world.ledger(base.user)) == 1


@pytest.mark.ec("EC-024")
def test_a_fault_takes_the_key_with_it(base: Base) -> None:
    key = base.world.id("key")
    benefit = base.other_code("BENEFIT", discount=("credits", 20))
    base.world.insert("UserCreditBalances", user_id=base.user, amount=2_147_483_647)

    with pytest.raises(Fault) as caught:
        base.world.redeem(benefit, base.user, key=key)
    assert caught.value.number == 50203
    assert base.world.ledger(base.user) == []
    assert base.world.counters(benefit, base.user).used == 0

    assert base.world.redeem(base.code, base.user, key=key).ok


@pytest.mark.ec("EC-024")
def test_who_catches_a_fault_is_in_no_transaction(base: Base) -> None:
    benefit = base.other_code("BENEFIT", discount=("credits", 20))
    base.world.insert("UserCreditBalances", user_id=base.user, amount=2_147_483_647)

    ((told,),) = base.world.sets_of(
        "BEGIN TRY EXEC dbo.sp_RedeemCoupon @CouponCode = ?, @UserId = ?, @OrderAmount = 100;"
        " END TRY BEGIN CATCH"
        " SELECT ERROR_NUMBER() AS Number, @@TRANCOUNT AS Transactions; END CATCH;",
        benefit,
        base.user,
    )

    assert (told.number, told.transactions) == (50203, 0)


def test_a_key_dies_with_the_callers_transaction(base: Base) -> None:
    key = base.world.id("key")
    base.world.run("BEGIN TRANSACTION")
    base.world.redeem(base.code, base.user, key=key)
    base.world.run("ROLLBACK TRANSACTION")

    again = base.world.redeem(base.code, base.user, key=key)

    assert (again.ok, again.is_replay) == (True, False)


def test_without_a_key_every_call_is_an_attempt(base: Base) -> None:
    base.redeem()

    again = base.redeem()

    assert again.error == "MAX_USES_PER_USER_REACHED"
    assert len(base.world.ledger(base.user)) == 2


def test_replays_are_no_attempts_and_need_no_permission_of_the_rules(base: Base) -> None:
    key = base.world.id("key")
    base.world.redeem(base.code, base.user, key=key)
    base.world.change_user(base.user, locked_until=now() + timedelta(minutes=5))

    answers = [base.world.redeem(base.code, base.user, key=key) for _ in range(7)]

    assert all(answer.ok and answer.is_replay for answer in answers)
