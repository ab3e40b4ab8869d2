"""Subscriptions and licences of one user, changed by many at once: each change counts once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyodbc
import pytest

from tests.concurrency.sabotage import sabotaged, together
from tests.concurrency.sessions import Gate, race, tally, through_the_gate
from tests.concurrency.test_credit_guards import NO_USER_LOCK, balance
from tests.endpoint import Target
from tests.spec.billing import TIERS
from tests.spec.calls import Answer, call
from tests.spec.office import Office, fresh

TIER = "    -- The tier is compared once more: who changed it meanwhile has not held the user.\n"
GATE_BEFORE_TIER = {"sp_i_ChangeTier": {TIER: Gate.HOOK + TIER}}
NO_TIER_CONDITION = {
    "sp_i_ChangeTier": {
        "\n          AND (Tier = @OldTier OR @RedemptionId IS NOT NULL AND Tier = @NewTier);": ";"
    }
}
ADDED = "        IF @ErrorCode IS NULL AND @Written = 0\n"
GATE_AFTER_DEVICE = {"sp_ActivateLicense": {ADDED: Gate.HOOK + ADDED}}
NO_LICENSE_LOCK = {
    "sp_i_LockLicense": {
        "FROM dbo.PerpetualLicenses AS l WITH (UPDLOCK, ROWLOCK)\n": "FROM dbo.PerpetualLicenses"
        " AS l\n"
    }
}
START = "        INSERT INTO dbo.Subscriptions\n"
GATE_BEFORE_START = {"sp_i_OpenSubscription": {START: Gate.HOOK + START}}
LICENSE = "                EXEC dbo.sp_i_GrantLicense\n"
GATE_BEFORE_LICENSE = {"sp_GrantPerpetualLicense": {LICENSE: Gate.HOOK + LICENSE}}


def set_prices(office: Office) -> None:
    for tier, (monthly, annual, credits_) in TIERS.items():
        assert office.call(
            "sp_SetTierConfig",
            tier=tier,
            monthly_price=monthly,
            annual_price=annual,
            monthly_credits=credits_,
        ).success


@pytest.fixture
def shop(office: Office) -> Office:
    """An office whose tiers have prices."""
    set_prices(office)
    return office


@pytest.fixture
def wrecked(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        set_prices(made)
        yield made


def credited(office: Office) -> str:
    """A user with one credit, so that all rows of a balance are there."""
    user = fresh("u")
    office.call(
        "sp_GrantCredits",
        user_id=user,
        amount=1,
        credit_type="subscription",
        source="race",
        request_id=fresh("grant"),
    )
    return user


def start(connection: pyodbc.Connection, user: str, request: str | None = None) -> Answer:
    return call(
        connection,
        "sp_StartSubscription",
        user_id=user,
        tier="pro",
        request_id=request or fresh("start"),
    )


def change(connection: pyodbc.Connection, held: int, request: str | None = None) -> Answer:
    return call(
        connection,
        "sp_ChangeSubscriptionTier",
        subscription_id=held,
        new_tier="pro_max",
        request_id=request or fresh("change"),
    )


def license_of(office: Office, user: str) -> str:
    return grant(office.connection(), user)["LicenseKey"]


def grant(connection: pyodbc.Connection, user: str) -> Answer:
    return call(
        connection,
        "sp_GrantPerpetualLicense",
        user_id=user,
        purchase_price=199,
        purchased_version="1.0",
        request_id=fresh("license"),
    )


def activate(connection: pyodbc.Connection, key: str) -> Answer:
    return call(
        connection, "sp_ActivateLicense", license_key=key, machine_fingerprint=fresh("machine")
    )


def devices(office: Office, key: str) -> int:
    return office.value(
        "SELECT COUNT(*) FROM dbo.LicenseActivations AS a INNER JOIN dbo.PerpetualLicenses AS l"
        " ON l.LicenseId = a.LicenseId WHERE l.LicenseKey = ? AND a.DeactivatedAt IS NULL;",
        key,
    )


def count(office: Office, table: str, user: str) -> int:
    return office.value(f"SELECT COUNT(*) FROM dbo.{table} WHERE UserId = ?;", user)


# ---------------------------------------------------------------- races


def test_a_subscription_starts_once_and_changes_its_tier_once(arena: Target, shop: Office) -> None:
    user = fresh("u")

    starts = race(arena, 8, lambda connection, _: start(connection, user))
    (held,) = [one["SubscriptionId"] for one in starts if isinstance(one, Answer) and one.success]
    changes = race(arena, 8, lambda connection, _: change(connection, held))

    assert tally(starts) == {"success": 1, "SUBSCRIPTION_EXISTS": 7}
    assert tally(changes) == {"success": 1, "SAME_TIER": 7}
    # A whole month is left: the credits of pro, and what pro_max has more.
    assert balance(shop, user) == 60_000
    assert count(shop, "ProrationEvents", user) == 1


def test_one_request_changes_once_however_many_send_it(arena: Target, shop: Office) -> None:
    user, request = fresh("u"), fresh("change")
    held = start(shop.connection(), user)["SubscriptionId"]

    outcomes = race(arena, 10, lambda connection, _: change(connection, held, request))

    assert tally(outcomes) == {"success": 10}
    assert (balance(shop, user), count(shop, "ProrationEvents", user)) == (60_000, 1)


def test_a_user_gets_one_licence_and_it_runs_on_three_devices(arena: Target, shop: Office) -> None:
    user = fresh("u")

    granted = race(arena, 8, lambda connection, _: grant(connection, user))
    (key,) = [one["LicenseKey"] for one in granted if isinstance(one, Answer) and one.success]
    outcomes = race(arena, 12, lambda connection, _: activate(connection, key))

    assert tally(granted) == {"success": 1, "ALREADY_LICENSED": 7}
    assert tally(outcomes) == {"success": 3, "ACTIVATION_LIMIT_REACHED": 9}
    assert devices(shop, key) == 3


def test_use_is_free_until_the_licence_goes_and_costs_from_then_on(
    arena: Target, shop: Office
) -> None:
    user = fresh("u")
    start(shop.connection(), user)
    key = license_of(shop, user)
    vendor: dict[str, Any] = {"provider_id": fresh("vendor"), "model_id": "m1"}
    shop.call("sp_SetPricing", input_price_per1_k=1, output_price_per1_k=1, **vendor)

    def act(connection: pyodbc.Connection, number: int) -> Answer:
        if number == 10:
            return call(connection, "sp_SetLicenseStatus", license_key=key, status="suspended")
        return call(
            connection,
            "sp_DeductCredits",
            user_id=user,
            request_id=fresh("use"),
            credits=5,
            input_tokens=1,
            **vendor,
        )

    outcomes = race(arena, 21, act, sessions=21)

    assert tally(outcomes) == {"success": 21}
    uses = shop.rows("SELECT * FROM dbo.TokenUsageLedger WHERE UserId = ?;", user)
    gone = shop.value("SELECT SuspendedAt FROM dbo.PerpetualLicenses WHERE LicenseKey = ?;", key)
    assert len(uses) == 20
    assert all(row["CreatedAt"] <= gone for row in uses if row["IsByok"])
    assert all(row["CreatedAt"] >= gone for row in uses if not row["IsByok"])
    assert balance(shop, user) == 20_000 - sum(row["CreditsDeducted"] for row in uses)
    assert shop.rows("SELECT * FROM dbo.vw_CounterDrift WHERE EntityId = ?;", user) == ()


# ---------------------------------------------------------------- guards


def test_without_the_users_lock_the_conditional_update_stops_the_second_change(
    ruin: Target, wrecked: Office
) -> None:
    user = credited(wrecked)
    held = start(wrecked.connection(), user)["SubscriptionId"]

    with sabotaged(wrecked, together(GATE_BEFORE_TIER, NO_USER_LOCK)):
        outcomes = through_the_gate(ruin, *[lambda one: change(one, held)] * 2)

    ends = tally(outcomes)
    assert ends.pop("success") == 1
    assert [end[:5] for end in ends] == ["50202"]
    assert (balance(wrecked, user), count(wrecked, "ProrationEvents", user)) == (60_001, 1)


def test_without_lock_and_condition_a_change_is_credited_twice(
    ruin: Target, wrecked: Office
) -> None:
    user = credited(wrecked)
    held = start(wrecked.connection(), user)["SubscriptionId"]

    with sabotaged(wrecked, together(GATE_BEFORE_TIER, NO_USER_LOCK, NO_TIER_CONDITION)):
        outcomes = through_the_gate(ruin, *[lambda one: change(one, held)] * 2)

    assert tally(outcomes) == {"success": 2}
    assert (balance(wrecked, user), count(wrecked, "ProrationEvents", user)) == (100_001, 2)


def test_without_the_users_lock_a_user_gets_two_subscriptions_and_two_licences(
    ruin: Target, wrecked: Office
) -> None:
    user = credited(wrecked)

    with sabotaged(wrecked, together(GATE_BEFORE_START, GATE_BEFORE_LICENSE, NO_USER_LOCK)):
        starts = through_the_gate(ruin, *[lambda one: start(one, user)] * 2)
        granted = through_the_gate(ruin, *[lambda one: grant(one, user)] * 2)

    assert (tally(starts), tally(granted)) == ({"success": 2}, {"success": 2})
    assert count(wrecked, "Subscriptions", user) == count(wrecked, "PerpetualLicenses", user) == 2


def test_without_the_users_lock_that_of_the_licence_counts_its_devices(
    ruin: Target, wrecked: Office
) -> None:
    key = license_of(wrecked, fresh("u"))

    with sabotaged(wrecked, NO_USER_LOCK):
        outcomes = race(ruin, 8, lambda connection, _: activate(connection, key))

    assert tally(outcomes) == {"success": 3, "ACTIVATION_LIMIT_REACHED": 5}


def test_without_both_locks_a_licence_runs_on_more_devices_than_it_allows(
    ruin: Target, wrecked: Office
) -> None:
    key = license_of(wrecked, fresh("u"))
    for _ in range(2):
        assert activate(wrecked.connection(), key).success

    # The statement that adds a device counts them as well, so that they meet behind it.
    with sabotaged(wrecked, together(GATE_AFTER_DEVICE, NO_USER_LOCK, NO_LICENSE_LOCK)):
        outcomes = through_the_gate(ruin, *[lambda one: activate(one, key)] * 2)

    assert tally(outcomes) == {"success": 2}
    assert devices(wrecked, key) == 4
