"""Perpetual licences: granting them, their status and mode, their devices and versions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.billing import Billing
from tests.world import now

STANDARD = ("success", "error_code", "message")


def key_of(billing: Billing, number: int = -1) -> str:
    return billing.licenses()[number].license_key


def ask(billing: Billing, procedure: str, **arguments: Any) -> Result:
    given = {"license_key": key_of(billing)} | arguments
    return billing.world.call(procedure, **given)


def set_status(billing: Billing, status: str, **more: Any) -> Result:
    return ask(billing, "sp_SetLicenseStatus", status=status, **more)


def activate(billing: Billing, machine: str, **more: Any) -> Result:
    return ask(billing, "sp_ActivateLicense", machine_fingerprint=machine, **more)


def deactivate(billing: Billing, machine: str, **more: Any) -> Result:
    return ask(billing, "sp_DeactivateLicense", machine_fingerprint=machine, **more)


def upgrade(billing: Billing, version: str = "2.0", paid: object = 79, **more: Any) -> Result:
    return ask(
        billing,
        "sp_RecordVersionUpgrade",
        **{"to_version": version, "standard_price": 99, "price_paid": paid} | more,
    )


def upgrade_code(billing: Billing, version: str = "2.0") -> str:
    billing.world.campaign()
    return billing.world.coupon(
        "UPGRADE",
        None,
        ("fixed_amount", 20),
        coupon_type="tier_specific_discount",
        upgrade_version=version,
        max_uses_per_user=3,
    )


# ---------------------------------------------------------------- granting


def test_a_licence_is_granted_active_and_told_without_its_key(billing: Billing) -> None:
    done = billing.license(coupon_code=" byok2025 ", actor="tester")

    assert tuple(done.values) == (*STANDARD, "license_id", "license_key")
    assert (done.ok, done.error) == (True, None)
    (made,) = billing.licenses()
    assert (made.license_id, made.license_key) == (done.license_id, done.license_key)
    assert (made.status, made.byok_enabled, made.max_activations) == ("active", True, 3)
    assert (made.purchase_price, made.purchased_version) == (199, "1.0")
    assert (made.acquisition_coupon_code, made.redemption_id) == ("BYOK2025", None)
    entity = str(done.license_id)
    (told,) = billing.world.audit("license.grant", entity)
    (event,) = billing.world.events("license_granted", entity)
    assert told.actor == "tester"
    assert done.license_key not in told.after_json + event.payload_json


def test_a_user_holds_one_active_licence(billing: Billing) -> None:
    billing.license()

    refused = billing.license("license-2")

    assert (refused.ok, refused.error) == (False, "ALREADY_LICENSED")
    assert refused.message == "User already holds an active licence."
    assert refused.license_id is refused.license_key is None
    set_status(billing, "revoked")
    assert billing.license("license-3", byok_enabled=False).ok
    assert [row.byok_enabled for row in billing.licenses()] == [True, False]


def test_the_same_request_grants_once(billing: Billing) -> None:
    first = billing.license()

    again = billing.license()
    other = billing.license(purchase_price=1)
    billing.world.run(
        "DELETE FROM dbo.IdempotencyKeys WHERE IdempotencyKey = ?", billing.world.id("license-1")
    )
    late = billing.license()

    assert again.values == first.values
    assert [one.error for one in (other, late)] == ["IDEMPOTENCY_KEY_REUSED"] * 2
    assert len(billing.licenses()) == 1


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"user_id": ""}),
        (50001, {"purchase_price": None}),
        (50001, {"purchased_version": " "}),
        (50001, {"request_id": None}),
        (50002, {"purchase_price": -1}),
        (50008, {"user_id": "u" * 101}),
        (50008, {"coupon_code": "C" * 51}),
        (50008, {"request_id": "r" * 101}),
        (50008, {"actor": "a" * 101}),
    ],
)
def test_a_broken_grant_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        billing.license(**wrong)

    assert caught.value.number == number
    assert billing.licenses() == []


# ---------------------------------------------------------------- status and mode

WAYS = {
    "pending": {"active", "revoked"},
    "active": {"suspended", "revoked", "expired"},
    "suspended": {"active", "revoked"},
    "revoked": set[str](),
    "expired": {"revoked"},
}


@pytest.mark.parametrize("old", WAYS)
def test_a_licence_changes_along_the_allowed_ways_only(billing: Billing, old: str) -> None:
    for new in WAYS:
        number = billing.licensed(old)

        answer = set_status(billing, new, actor="tester")

        told = billing.world.audit("license.status", str(number))
        row = billing.licenses()[-1]
        if new == old or new in WAYS[old]:
            assert (answer.ok, row.status) == (True, new), (old, new)
            assert len(told) == (new != old)
        else:
            assert (answer.error, row.status) == ("INVALID_STATUS_TRANSITION", old), (old, new)
            assert told == []
        assert (row.revoked_at is not None) == (new == "revoked" != old)
        assert (row.suspended_at is not None) == (new == "suspended" != old and row.status == new)
        assert (row.expires_at is not None) == (new == "expired" != old and row.status == new)
        billing.world.run(
            "UPDATE dbo.PerpetualLicenses SET Status = N'revoked' WHERE LicenseId = ?", number
        )


def test_a_suspended_licence_does_not_return_beside_an_active_one(billing: Billing) -> None:
    billing.licensed("suspended")
    billing.licensed("active")

    refused = set_status(billing, "active", license_key=key_of(billing, 0))

    assert (refused.ok, refused.error) == (False, "ALREADY_LICENSED")


def test_own_keys_cost_no_credits_and_hybrid_mode_does(billing: Billing) -> None:
    billing.model()
    billing.grant(100)
    number = billing.licensed()

    free = billing.use("use-1")
    assert ask(billing, "sp_SetLicenseMode", byok_enabled=False, actor="tester").ok
    paid = billing.use("use-2")
    assert ask(billing, "sp_SetLicenseMode", byok_enabled=False).ok
    assert ask(billing, "sp_SetLicenseMode", byok_enabled=True).ok
    set_status(billing, "suspended")
    suspended = billing.use("use-3")

    assert [(one.is_byok, one.credits_deducted) for one in (free, paid, suspended)] == [
        (True, 0),
        (False, 32),
        (False, 32),
    ]
    told = billing.world.audit("license.mode", str(number))
    assert [row.actor == "tester" for row in told] == [True, False]
    billing.assert_whole()


@pytest.mark.parametrize(
    ("procedure", "arguments"),
    [
        ("sp_SetLicenseStatus", {"status": "active"}),
        ("sp_SetLicenseMode", {"byok_enabled": 1}),
        ("sp_ActivateLicense", {"machine_fingerprint": "m"}),
        ("sp_DeactivateLicense", {"machine_fingerprint": "m"}),
        (
            "sp_RecordVersionUpgrade",
            {"to_version": "2.0", "standard_price": 99, "price_paid": 99},
        ),
    ],
)
def test_every_call_names_a_licence(
    billing: Billing, procedure: str, arguments: dict[str, Any]
) -> None:
    world = billing.world

    unknown = world.call(procedure, license_key=world.id("CPN"), **arguments)

    assert (unknown.ok, unknown.error) == (False, "LICENSE_NOT_FOUND")
    assert set(list(unknown.values.values())[3:]) <= {None}
    for number, key in ((50001, " "), (50008, "K" * 51)):
        with pytest.raises(Fault) as caught:
            world.call(procedure, license_key=key, **arguments)
        assert caught.value.number == number
    with pytest.raises(Fault) as caught:
        given = ", ".join(f"@{''.join(p.title() for p in n.split('_'))} = ?" for n in arguments)
        world.sets_of(
            "SET XACT_ABORT ON; BEGIN TRANSACTION; BEGIN TRY THROW 50001, N'x', 1; END TRY"
            f" BEGIN CATCH EXEC dbo.{procedure} @LicenseKey = N'K', {given}; END CATCH;",
            *arguments.values(),
        )
    world.run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
    assert caught.value.number == 50102


@pytest.mark.parametrize(
    ("procedure", "number", "wrong"),
    [
        ("sp_SetLicenseStatus", 50001, {"status": " "}),
        ("sp_SetLicenseStatus", 50003, {"status": "Active"}),
        ("sp_SetLicenseStatus", 50008, {"status": "active", "correlation_id": "c" * 101}),
        ("sp_SetLicenseMode", 50001, {"byok_enabled": None}),
        ("sp_SetLicenseMode", 50008, {"byok_enabled": 1, "actor": "a" * 101}),
        ("sp_ActivateLicense", 50001, {"machine_fingerprint": " "}),
        ("sp_DeactivateLicense", 50001, {"machine_fingerprint": " "}),
    ],
)
def test_a_broken_call_is_thrown(
    billing: Billing, procedure: str, number: int, wrong: dict[str, Any]
) -> None:
    billing.licensed()

    with pytest.raises(Fault) as caught:
        ask(billing, procedure, **wrong)

    assert caught.value.number == number


# ---------------------------------------------------------------- devices


def test_a_licence_runs_on_as_many_devices_as_it_allows(billing: Billing) -> None:
    number = billing.licensed(max_activations=2)

    first = activate(billing, "m1", device_name="Laptop")
    again = activate(billing, " m1 ")
    second = activate(billing, "m2")
    third = activate(billing, "m3")

    assert tuple(first.values) == (*STANDARD, "active_devices")
    assert [one.active_devices for one in (first, again, second)] == [1, 1, 2]
    assert (third.ok, third.error, third.active_devices) == (
        False,
        "ACTIVATION_LIMIT_REACHED",
        None,
    )
    rows = billing.world.rows(
        "SELECT * FROM dbo.LicenseActivations WHERE LicenseId = ? ORDER BY ActivationId", number
    )
    assert [(row.machine_fingerprint, row.device_name) for row in rows] == [
        ("m1", "Laptop"),
        ("m2", None),
    ]


def test_a_device_given_back_makes_room_and_may_return(billing: Billing) -> None:
    billing.licensed(max_activations=1)
    activate(billing, "m1", device_name="Laptop")

    assert deactivate(billing, "m1").active_devices == 0
    assert deactivate(billing, "m1").active_devices == 0
    assert deactivate(billing, "nobody's").ok
    assert activate(billing, "m2").ok
    assert activate(billing, "m1").error == "ACTIVATION_LIMIT_REACHED"
    deactivate(billing, "m2")
    back = activate(billing, "m1")

    assert (back.ok, back.active_devices) == (True, 1)
    (row,) = billing.world.rows(
        "SELECT * FROM dbo.LicenseActivations WHERE MachineFingerprint = N'm1' AND LicenseId = ?",
        billing.licenses()[0].license_id,
    )
    assert (row.deactivated_at, row.device_name) == (None, "Laptop")


def test_only_a_usable_licence_takes_devices_and_upgrades(billing: Billing) -> None:
    for status in ("pending", "suspended", "revoked", "expired"):
        billing.licensed(status)
        assert activate(billing, "m1").error == "LICENSE_NOT_ACTIVE"
        assert upgrade(billing).error == "LICENSE_NOT_ACTIVE"
    billing.licensed("active", expires_at=now() - timedelta(seconds=5))
    assert activate(billing, "m1").error == "LICENSE_NOT_ACTIVE"
    assert deactivate(billing, "m1").ok


# ---------------------------------------------------------------- versions


def test_an_upgrade_is_recorded_from_version_to_version(billing: Billing) -> None:
    number = billing.licensed()

    first = upgrade(billing, "2.0", 99, actor="tester")
    second = upgrade(billing, "3.0", 50, upgrade_type="early_bird")

    assert tuple(first.values) == (*STANDARD, "upgrade_id")
    rows = billing.world.rows(
        "SELECT * FROM dbo.VersionUpgrades WHERE LicenseId = ? ORDER BY UpgradeId", number
    )
    assert [row.upgrade_id for row in rows] == [first.upgrade_id, second.upgrade_id]
    assert [(row.from_version, row.to_version, row.upgrade_type) for row in rows] == [
        ("1.0", "2.0", "standard"),
        ("2.0", "3.0", "early_bird"),
    ]
    assert [(row.standard_price, row.price_paid) for row in rows] == [(99, 99), (99, 50)]
    assert len(billing.world.audit("license.upgrade", str(number))) == 2
    for version in ("1.0", "2.0", "3.0"):
        known = upgrade(billing, version)
        assert (known.ok, known.error, known.upgrade_id) == (False, "UPGRADE_EXISTS", None)


def test_a_coupon_pays_for_its_own_version_once(billing: Billing) -> None:
    number = billing.licensed()
    code = upgrade_code(billing)
    others = billing.world.redeem(code, billing.world.user("u2"), 99)
    mine = billing.world.redeem(code, billing.user, 99)
    assert (others.ok, mine.final_amount) == (True, Decimal("79.00"))

    def refused(version: str, redemption: int) -> int:
        with pytest.raises(Fault) as caught:
            upgrade(billing, version, redemption_id=redemption)
        return caught.value.number

    assert refused("3.0", mine.redemption_id) == 50009
    assert refused("2.0", others.redemption_id) == 50009
    assert upgrade(billing, "2.0", redemption_id=mine.redemption_id).ok
    billing.world.run(
        "UPDATE dbo.VersionUpgrades SET ToVersion = N'1.9' WHERE LicenseId = ?", number
    )
    assert refused("2.0", mine.redemption_id) == 50009
    (row,) = billing.world.rows("SELECT * FROM dbo.VersionUpgrades WHERE LicenseId = ?", number)
    assert (row.coupon_code, row.redemption_id) == (code, mine.redemption_id)


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        (50001, {"to_version": " "}),
        (50001, {"standard_price": None}),
        (50001, {"price_paid": None}),
        (50002, {"standard_price": -1, "price_paid": -1}),
        (50002, {"price_paid": -1}),
        (50002, {"price_paid": 100}),
        (50003, {"upgrade_type": "free"}),
        (50008, {"actor": "a" * 101}),
        (50009, {"redemption_id": 0}),
    ],
)
def test_a_broken_upgrade_is_thrown(billing: Billing, number: int, wrong: dict[str, Any]) -> None:
    billing.licensed()

    with pytest.raises(Fault) as caught:
        upgrade(billing, **wrong)

    assert caught.value.number == number


# ---------------------------------------------------------------- the view


def test_what_own_keys_cost_is_shown_without_the_key(billing: Billing) -> None:
    billing.model()
    number = billing.license().license_id
    billing.use("use-1")
    billing.use("use-2")
    text = "SELECT * FROM dbo.vw_LicenseUsage WHERE LicenseId = ?"

    (row,) = billing.world.rows(text, number)

    assert (row.user_id, row.status, row.byok_enabled) == (billing.user, "active", True)
    assert (row.requests, row.total_vendor_cost) == (2, Decimal("0.042"))
    key = key_of(billing)
    assert row.license_key_masked == f"CPN-***-{key[-5:]}"
    set_status(billing, "suspended")
    assert billing.world.rows(text, number) == []
