"""Granting credits and telling the balance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.billing import Billing

LONG = "x" * 101


def grant(billing: Billing, amount: int | None = 100, **more: Any) -> Result:
    given: dict[str, Any] = {
        "user_id": billing.user,
        "Amount": amount,
        "credit_type": "bonus",
        "source": "support",
        "request_id": billing.world.id("grant"),
    } | more
    return billing.world.call("sp_GrantCredits", **given)


def balance(billing: Billing) -> tuple[Result, list[Result]]:
    first, second = billing.world.sets("sp_GetCreditBalance", user_id=billing.user)
    return first[0], second


def test_a_grant_moves_balance_allocation_and_lifetime_sum_together(billing: Billing) -> None:
    done = grant(billing, actor="ann")

    assert (done.ok, done.error, done.balance, done.is_replay) == (True, None, 100, False)
    (allocation,) = billing.allocations()
    assert allocation.allocation_id == done.allocation_id
    assert (allocation.amount, allocation.remaining_amount) == (100, 100)
    assert allocation.applied_to_balance_at is not None
    assert billing.source("bonus") == (100, 0, 0, 0)
    assert len(billing.world.events("credits_granted", str(done.allocation_id))) == 1
    (row,) = billing.world.audit("credit.grant", str(done.allocation_id))
    assert (row.actor, row.subject_user_id) == ("ann", billing.user)
    billing.assert_whole()


def test_a_repeated_request_returns_the_first_answer_and_grants_nothing(billing: Billing) -> None:
    first = grant(billing)
    billing.spend(30)

    again = grant(billing)

    assert (again.ok, again.is_replay) == (True, True)
    assert (again.allocation_id, again.balance) == (first.allocation_id, 100)
    assert (len(billing.allocations()), billing.balance()) == (1, 70)


def test_a_request_with_other_arguments_is_refused(billing: Billing) -> None:
    grant(billing)

    assert grant(billing, 101).error == "IDEMPOTENCY_KEY_REUSED"
    billing.world.run(
        "DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", billing.world.id("grant")
    )
    assert grant(billing).error == "IDEMPOTENCY_KEY_REUSED"
    assert billing.balance() == 100


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (50001, {"user_id": " "}),
        (50001, {"Amount": None}),
        (50001, {"credit_type": ""}),
        (50001, {"source": ""}),
        (50001, {"request_id": ""}),
        (50002, {"Amount": 0}),
        (50002, {"Amount": -5}),
        (50003, {"credit_type": "Bonus"}),
        (50006, {"period_start": "2027-02-01", "period_end": "2027-02-01"}),
        (50008, {"user_id": LONG}),
        (50008, {"request_id": LONG}),
        (50008, {"actor": LONG}),
        (50009, {"subscription_id": 0}),
    ],
)
def test_a_broken_grant_throws_and_writes_nothing(
    billing: Billing, number: int, change: dict[str, Any]
) -> None:
    with pytest.raises(Fault) as caught:
        grant(billing, **({"amount": change["Amount"]} if "Amount" in change else change))

    assert caught.value.number == number
    assert billing.allocations() == []


def test_a_balance_stays_an_integer(billing: Billing) -> None:
    grant(billing, 2_147_483_647)

    with pytest.raises(Fault) as caught:
        grant(billing, 1, request_id=billing.world.id("one more"))

    assert caught.value.number == 50002
    assert billing.balance() == 2_147_483_647


def test_a_balance_tells_what_ends_soon_and_where_it_came_from(billing: Billing) -> None:
    billing.grant(10, days=29)
    billing.grant(20, days=31)
    billing.grant(40)
    billing.spend(5)

    row, sources = balance(billing)

    assert (row.ok, row.balance, row.expiring_in30_days) == (True, 65, 5)
    assert row.last_deduction_amount == 5
    assert row.last_deduction_at is not None
    assert [(one.credit_type, one.total_granted, one.total_used) for one in sources] == [
        ("bonus", 70, 5)
    ]


def test_a_user_without_credits_has_none(billing: Billing) -> None:
    row, sources = balance(billing)

    assert (row.ok, row.balance, row.expiring_in30_days) == (True, 0, 0)
    assert (row.last_deduction_at, sources) == (None, [])


@pytest.mark.parametrize(("user", "number"), [("", 50001), (LONG, 50008)])
def test_a_balance_needs_a_user(billing: Billing, user: str, number: int) -> None:
    with pytest.raises(Fault) as caught:
        billing.world.call("sp_GetCreditBalance", user_id=user)

    assert caught.value.number == number
