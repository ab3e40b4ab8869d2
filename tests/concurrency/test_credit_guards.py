"""Credits of one user, spent by many at once: never more than there are, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from tests.concurrency.sabotage import sabotaged, together, unchecked
from tests.concurrency.sessions import Gate, race, tally, through_the_gate
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.office import Office, fresh

BALANCE = "    UPDATE dbo.UserCreditBalances\n    SET Amount = Amount - @Amount,"
GATE_BEFORE_BALANCE = {"sp_i_TakeCredits": {BALANCE: Gate.HOOK + BALANCE}}
NO_USER_LOCK = {
    "sp_i_LockUser": {
        "    UPDATE dbo.UserProfiles\n"
        "    SET LastAttemptAt = SYSUTCDATETIME()\n"
        "    WHERE UserId = @UserId;\n\n"
        "    IF @@ROWCOUNT = 0\n": "    IF NOT EXISTS (SELECT 1 FROM dbo.UserProfiles AS p"
        " WHERE p.UserId = @UserId)\n"
    }
}
NO_BALANCE_CONDITION = {"sp_i_TakeCredits": {" AND Amount >= @Amount;": ";"}}


def credited(office: Office, amount: int) -> str:
    user = fresh("u")
    assert office.call(
        "sp_GrantCredits",
        user_id=user,
        amount=amount,
        credit_type="bonus",
        source="race",
        request_id=fresh("grant"),
    ).success
    return user


def spend(connection: pyodbc.Connection, user: str, amount: int) -> Answer:
    return call(
        connection, "sp_DeductCredits", user_id=user, request_id=fresh("spend"), credits=amount
    )


def balance(office: Office, user: str) -> int:
    return office.value("SELECT Amount FROM dbo.UserCreditBalances WHERE UserId = ?;", user)


def test_r13_a_hundred_take_one_credit_of_sixty(arena: Target, office: Office) -> None:
    user = credited(office, 60)

    outcomes = race(arena, 100, lambda connection, _: spend(connection, user, 1), sessions=25)

    assert tally(outcomes) == {"success": 60, "INSUFFICIENT_CREDITS": 40}
    assert balance(office, user) == 0
    drift = "SELECT * FROM dbo.vw_CounterDrift WHERE EntityId = ?;"
    assert office.rows(drift, user) == ()


def test_one_request_grants_once_however_many_send_it(arena: Target, office: Office) -> None:
    user, request = fresh("u"), fresh("grant")

    outcomes = race(
        arena,
        20,
        lambda connection, _: call(
            connection,
            "sp_GrantCredits",
            user_id=user,
            amount=7,
            credit_type="bonus",
            source="race",
            request_id=request,
        ),
    )

    assert tally(outcomes) == {"success": 20}
    assert balance(office, user) == 7


def test_one_request_deducts_once_however_many_send_it(arena: Target, office: Office) -> None:
    user, request = credited(office, 60), fresh("spend")

    outcomes = race(
        arena,
        20,
        lambda connection, _: call(
            connection, "sp_DeductCredits", user_id=user, request_id=request, credits=7
        ),
    )

    assert tally(outcomes) == {"success": 20}
    assert balance(office, user) == 53


@pytest.fixture
def wrecked(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def test_without_the_users_lock_the_conditional_update_decides(
    ruin: Target, wrecked: Office
) -> None:
    user = credited(wrecked, 10)

    with sabotaged(wrecked, together(GATE_BEFORE_BALANCE, NO_USER_LOCK)):
        outcomes = through_the_gate(ruin, *[lambda one: spend(one, user, 8)] * 2)

    assert tally(outcomes) == {"success": 1, "INSUFFICIENT_CREDITS": 1}
    assert balance(wrecked, user) == 2


def test_without_its_condition_the_allocations_still_stop_an_overdraft(
    ruin: Target, wrecked: Office
) -> None:
    user = credited(wrecked, 10)

    with (
        sabotaged(wrecked, NO_BALANCE_CONDITION),
        unchecked(wrecked, "CK_UserCreditBalances_Amount"),
        pytest.raises(Fault) as caught,
    ):
        spend(wrecked.connection(), user, 11)

    # The allocations are the guard behind the guard.
    assert caught.value.number == 50200
    assert balance(wrecked, user) == 10
