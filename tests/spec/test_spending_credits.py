"""Which credits are spent first, and what is never spent."""

from __future__ import annotations

import pytest

from tests.answers import Fault
from tests.spec.billing import Billing


def test_credits_are_spent_by_earliest_expiry_and_those_without_expiry_last(
    billing: Billing,
) -> None:
    billing.grant(10)
    billing.grant(10, days=9)
    billing.grant(10, days=2)
    billing.grant(10, days=2)

    assert billing.spend(25)

    assert [row.remaining_amount for row in billing.allocations()] == [10, 5, 0, 0]
    (row,) = billing.deductions()
    assert (row.balance_before, row.balance_after) == (40, 15)
    numbers = [one.allocation_id for one in billing.allocations()]
    assert row.allocations_json.replace(" ", "") == (
        f'[{{"allocationId":{numbers[1]},"amount":5}},'
        f'{{"allocationId":{numbers[2]},"amount":10}},'
        f'{{"allocationId":{numbers[3]},"amount":10}}]'
    )
    billing.assert_whole()


@pytest.mark.parametrize("granted", [0, 9])
def test_a_balance_is_never_overdrawn(billing: Billing, granted: int) -> None:
    if granted:
        billing.grant(granted)

    assert not billing.spend(10)

    assert (billing.balance(), billing.deductions()) == (granted, [])
    billing.assert_whole()


def test_a_balance_beyond_its_allocations_is_a_fault_and_not_spent(billing: Billing) -> None:
    billing.grant(10)
    billing.world.run(
        "UPDATE dbo.UserCreditBalances SET Amount = 15 WHERE UserId = ?", billing.user
    )

    with pytest.raises(Fault) as caught:
        billing.spend(12)

    assert caught.value.number == 50200
    assert (billing.balance(), billing.deductions()) == (15, [])
