"""A person is erased while calls of that person run: none is half erased, and why."""

from __future__ import annotations

from collections.abc import Iterator

import pyodbc
import pytest

from tests.concurrency.sabotage import sabotaged, together
from tests.concurrency.sessions import Gate, attempt, race, tally, through_the_gate
from tests.concurrency.shops import assert_whole, redeem, successes
from tests.concurrency.test_guards import GATE_BEFORE_CLAIM
from tests.endpoint import Target
from tests.spec.calls import Answer, Fault, call
from tests.spec.office import Office, fresh

PROFILE_GOES = "    DELETE FROM dbo.UserProfiles WHERE UserId = @UserId;\n    SET @CountsJson"
GATE_AT_THE_END = {"sp_i_ErasePerson": {PROFILE_GOES: Gate.HOOK + PROFILE_GOES}}
NO_USER_LOCK = {
    "sp_i_LockPerson": {
        "    UPDATE dbo.UserProfiles\n"
        "    SET LastAttemptAt = SYSUTCDATETIME()\n"
        "    WHERE UserId = @UserId AND IsErased = 0;\n"
        "    IF @@ROWCOUNT = 1\n": "    IF EXISTS (SELECT 1 FROM dbo.UserProfiles AS p"
        " WHERE p.UserId = @UserId AND p.IsErased = 0)\n"
    }
}
NO_LAST_LOOK = {"sp_i_ErasePerson": {"    IF @Left <> @None\n": "    IF 1 = 0\n"}}
WHERE_A_USER_IS_NAMED = (
    "RedemptionHistory", "Reservations", "UserRedemptions", "CouponUserUsage", "UserProfiles",
    "UserCreditBalances", "FraudEvents", "FunnelEvents", "ProcessedPaymentEvents",
)  # fmt: skip


def erase(connection: pyodbc.Connection, user: str) -> Answer:
    return call(connection, "sp_EraseUserData", user_id=user, ticket="T-1", confirm=1)


def hold(connection: pyodbc.Connection, code: str, user: str) -> Answer:
    return call(
        connection,
        "sp_ReserveCoupon",
        coupon_code=code,
        user_id=user,
        order_amount=100,
        order_id=fresh("o"),
        idempotency_key=fresh("k"),
    )


def left(office: Office, user: str) -> set[str]:
    """The tables that name the user."""
    return {
        table
        for table in WHERE_A_USER_IS_NAMED
        if office.rows(f"SELECT TOP (1) UserId FROM dbo.{table} WHERE UserId = ?;", user)
    }


def trusted(office: Office) -> str:
    """A user who may try often, with a use of before."""
    user = fresh("u")
    office.call(
        "sp_SetAccessListEntry",
        list_kind="white",
        subject_kind="user",
        subject_value=user,
        reason="race",
    )
    assert redeem(office.connection(), office.coupon(), user).success
    return user


@pytest.mark.ec("EC-040")
def test_calls_of_a_person_run_before_the_erasure_or_after_it(
    arena: Target, office: Office
) -> None:
    campaign = office.campaign(max_redemptions_per_user=None)
    code = office.coupon(campaign, max_uses_per_user=10)
    held = office.coupon(campaign, max_uses_per_user=10)
    user = trusted(office)

    def act(session: pyodbc.Connection, number: int) -> Answer:
        if number % 6 == 0:
            return erase(session, user)
        if number % 6 == 3:
            return hold(session, held, user)
        return redeem(session, code, user, idempotency_key=fresh("k"))

    outcomes = race(arena, 24, act, sessions=8)

    # What came after an erasure is a new user's, who is erased now; then there is nobody left.
    assert not [one for one in outcomes if isinstance(one, Fault)], tally(outcomes)
    last = erase(office.connection(), user)
    assert last.code in (None, "USER_NOT_FOUND")
    assert left(office, user) == set()
    assert erase(office.connection(), user).code == "USER_NOT_FOUND"
    answers = [one for one in outcomes if isinstance(one, Answer)]
    uses = [one for one in answers if "IsZeroPayment" in one.row]
    assert len(uses) == 16
    assert successes(office, campaign) == sum(one.success for one in uses)
    open_holds = "SELECT COUNT(*) FROM dbo.Reservations WHERE CampaignId = ? AND Status = ?;"
    assert office.value(open_holds, campaign, "Reserved") == 0
    assert_whole(office)


# ---------------------------------------------------------------- why


@pytest.fixture
def ruined(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


def erase_during_a_redemption(ruin: Target, office: Office, user: str) -> list[str]:
    """Both have begun: the redemption has not written yet, the erasure is about to end."""
    code = office.coupon()
    outcomes = through_the_gate(
        ruin, lambda session: redeem(session, code, user), lambda session: erase(session, user)
    )
    return [str(one.number) if isinstance(one, Fault) else str(one.code) for one in outcomes]


def test_without_the_lock_of_the_user_an_erasure_leaves_a_redemption_behind(
    ruin: Target, ruined: Office
) -> None:
    user = trusted(ruined)

    with sabotaged(
        ruined, together(GATE_BEFORE_CLAIM, GATE_AT_THE_END, NO_USER_LOCK, NO_LAST_LOOK)
    ):
        outcomes = erase_during_a_redemption(ruin, ruined, user)

    assert outcomes == ["None", "None"]
    assert "RedemptionHistory" in left(ruined, user)


def test_an_erasure_that_would_leave_rows_behind_is_taken_back(
    ruin: Target, ruined: Office
) -> None:
    user = trusted(ruined)

    with sabotaged(ruined, together(GATE_BEFORE_CLAIM, GATE_AT_THE_END, NO_USER_LOCK)):
        outcomes = erase_during_a_redemption(ruin, ruined, user)

    assert outcomes == ["None", "50202"]
    assert {"RedemptionHistory", "UserProfiles"} <= left(ruined, user)
    assert not isinstance(attempt(lambda: erase(ruined.connection(), user)), Fault)
    assert left(ruined, user) == set()
