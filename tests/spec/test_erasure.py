"""Erasing and exporting a person: nothing recognises them afterwards, sums are as before."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.answers import Fault, Result
from tests.spec.person import Person
from tests.world import World

# What the erasure itself leaves behind under the pseudonym.
TRAIL = {
    "AuditLog": "t.Action NOT IN (N'user.erase', N'user.export')",
    "OutboxEvents": "t.EventType <> N'user_erased'",
}
# Security.md, section 6.
TABLES = {
    "UserProfiles", "RedemptionHistory", "RedemptionHistoryArchive", "Reservations",
    "UserRedemptions", "CouponUserUsage", "FunnelEvents", "Coupons", "UserDevices", "FraudEvents",
    "FraudEventsArchive", "AccessLists", "Subscriptions", "BillingInvoices", "PaymentTransactions",
    "DunningAttempts", "ProrationEvents", "UserCreditBalances", "UserCreditSources",
    "CreditAllocations", "CreditDeductionLedger", "TokenUsageLedger", "TokenUsageDailySummaries",
    "CreditUsageDailySummaries", "PerpetualLicenses", "LicenseActivations", "VersionUpgrades",
    "AuditLog", "OutboxEvents", "ProcessedPaymentEvents", "IdempotencyKeys",
}  # fmt: skip
# What columns are called that tell of a person; the domain of an address alone does not.
NAMES_A_USER = re.compile(
    r"User(Id|Agent)$|Email|IpAddress|Fingerprint|AssignedTo|RedeemedBy|DeviceName|StripeCustomer"
    r"|Phone|PersonName"
)


@pytest.fixture
def person(world: World) -> Person:
    made = Person(world)
    made.lives()
    return made


def erase(world: World, user: str, **more: Any) -> Result:
    given = {"user_id": user, "ticket": "GDPR-7", "confirm": 1, "actor": "officer"} | more
    return world.call("sp_EraseUserData", **given)


def export(world: World, user: str) -> Result:
    return world.call("sp_ExportUserData", user_id=user, actor="officer")


def figures(world: World) -> Mapping[str, tuple[Any, ...]]:
    """Of every table but the devices: how many rows, and the sum of each number."""
    columns = world.rows(
        """
        SELECT t.name AS TableName, c.name AS ColumnName
        FROM sys.tables AS t
        INNER JOIN sys.columns AS c ON c.object_id = t.object_id
        INNER JOIN sys.types AS y ON y.user_type_id = c.user_type_id
        WHERE y.name IN (N'int', N'bigint', N'decimal')
        """
    )
    found: dict[str, tuple[Any, ...]] = {}
    for table in sorted({row.table_name for row in columns} - {"ErasureLog", "UserDevices"}):
        sums = [
            f"SUM(CAST(t.{row.column_name} AS decimal(38, 6)))"
            for row in columns
            if row.table_name == table
        ]
        (row,) = world.connection.execute(
            f"SELECT {', '.join(['COUNT(*)', *sums])} FROM dbo.{table} AS t"
            f" WHERE {TRAIL.get(table, '1 = 1')};"
        ).fetchall()
        found[table] = tuple(row)
    return found


@pytest.mark.ec("EC-040")
@pytest.mark.ec("EC-033")
def test_ec_040_ec_033_nothing_recognises_an_erased_person_and_all_sums_are_as_before(
    world: World, person: Person
) -> None:
    seen = person.traces()
    named = world.rows(
        "SELECT t.name AS TableName, c.name AS ColumnName FROM sys.tables AS t"
        " INNER JOIN sys.columns AS c ON c.object_id = t.object_id"
        " INNER JOIN sys.types AS y ON y.user_type_id = c.user_type_id"
        " WHERE y.name = N'nvarchar' AND c.is_computed = 0;"
    )
    # A new column for such a fact has to be filled by Person, and then to be erased.
    assert {
        f"{row.table_name}.{row.column_name}"
        for row in named
        if NAMES_A_USER.search(row.column_name)
    } <= seen.keys()
    before = figures(world)

    done = erase(world, person.user, reason="asked for it")

    assert done.ok, done
    assert person.traces() == {}
    assert figures(world) == before
    rows = json.loads(log(world, done).rows_changed_json)
    assert sum(rows.values()) == done.rows_changed
    assert {table for table, number in rows.items() if number} == TABLES - {
        "DunningAttempts",
        "VersionUpgrades",
    }


def log(world: World, done: Result) -> Result:
    (row,) = world.rows("SELECT * FROM dbo.ErasureLog WHERE PseudonymId = ?", done.pseudonym_id)
    return row


def test_the_proof_of_an_erasure_names_only_the_pseudonym(world: World) -> None:
    user = world.user()
    world.redeem(world.coupon(campaign=world.campaign()), user, ip=world.ip())

    done = erase(world, user, actor=user)

    assert done.pseudonym_id.startswith("erased-")
    assert len(done.pseudonym_id) == 39
    row = log(world, done)
    assert (row.ticket, row.requested_by) == ("GDPR-7", done.pseudonym_id)
    (event,) = world.events("user_erased", done.pseudonym_id)
    assert json.loads(event.payload_json) == {"pseudonymId": done.pseudonym_id}
    (audit,) = world.audit("user.erase", done.pseudonym_id)
    assert (audit.subject_user_id, audit.actor) == (done.pseudonym_id, done.pseudonym_id)
    profile = world.profile(done.pseudonym_id)
    assert profile is not None
    assert (profile.is_erased, profile.email, profile.last_ip_address) == (True, None, None)


def test_limits_count_on_for_the_pseudonym_and_anew_for_the_user(world: World) -> None:
    user, other = world.user(), world.user("u2")
    code = world.coupon(campaign=world.campaign(), max_uses=3, max_uses_per_user=1)
    assert world.redeem(code, user).ok
    assert world.redeem(code, other).ok

    done = erase(world, user)

    assert world.redeem(code, done.pseudonym_id).error == "MAX_USES_PER_USER_REACHED"
    assert world.redeem(code, other).error == "MAX_USES_PER_USER_REACHED"
    assert world.redeem(code, user).ok
    assert world.counters(code, user).used == 3


def test_an_open_reservation_is_released_before_the_person_goes(world: World) -> None:
    user = world.user()
    code = world.coupon(campaign=world.campaign(), max_uses=1)
    held = world.call("sp_ReserveCoupon", coupon_code=code, user_id=user, amount=100)
    assert held.ok

    done = erase(world, user)

    (row,) = world.rows(
        "SELECT * FROM dbo.Reservations WHERE ReservationId = ?", held.reservation_id
    )
    assert (row.status, row.close_reason, row.user_id) == ("Released", "admin", done.pseudonym_id)
    assert world.counters(code, user).reserved == 0
    assert world.redeem(code, world.user("u2")).ok


def test_in_the_callers_transaction_a_reservation_is_released_as_well(world: World) -> None:
    user = world.user()
    code = world.coupon(campaign=world.campaign(), max_uses=1)
    held = world.call("sp_ReserveCoupon", coupon_code=code, user_id=user, amount=100)
    assert held.ok

    world.run("BEGIN TRANSACTION")
    done = erase(world, user)
    world.run("COMMIT TRANSACTION")

    (row,) = world.rows(
        "SELECT * FROM dbo.Reservations WHERE ReservationId = ?", held.reservation_id
    )
    assert (row.status, row.user_id) == ("Released", done.pseudonym_id)
    assert world.counters(code, user).reserved == 0


def test_the_second_time_nobody_is_found(world: World) -> None:
    user = world.user()
    done = erase(world, user)

    for name in (user, done.pseudonym_id, world.id("nobody")):
        again = erase(world, name)
        assert (again.error, again.pseudonym_id, again.rows_changed) == (
            "USER_NOT_FOUND",
            None,
            None,
        )
        assert export(world, name).error == ("USER_NOT_FOUND")
    assert world.profile(world.id("nobody")) is None


def test_without_confirmation_an_erasure_only_counts(world: World, person: Person) -> None:
    before = person.traces()

    asked = erase(world, person.user, confirm=0)

    assert (asked.error, asked.pseudonym_id) == ("CONFIRMATION_REQUIRED", None)
    assert asked.rows_changed > 40
    assert str(asked.rows_changed) in asked.message
    assert person.traces() == before


def test_blocks_of_device_and_card_stay_where_they_are_to_be_kept(
    world: World, person: Person
) -> None:
    done = erase(world, person.user, keep_block=1)

    left = {
        (row.list_kind, row.subject_kind, row.is_active)
        for row in world.rows(
            "SELECT * FROM dbo.AccessLists WHERE CHARINDEX(?, SubjectValue) > 0", person.mark
        )
    }
    assert left == {("block", "device", True), ("block", "payment_method", True)}
    gone = world.rows(
        "SELECT * FROM dbo.AccessLists WHERE CHARINDEX(?, SubjectValue) > 0", done.pseudonym_id
    )
    assert len(gone) == 6
    assert not any(row.is_active for row in gone)


def test_an_address_that_others_use_is_not_the_persons(world: World) -> None:
    ann, bob = world.user("ann"), world.user("bob")
    code, address = world.coupon(campaign=world.campaign()), world.ip()
    world.redeem(code, ann, ip=address)
    world.redeem(code, bob, ip=address)
    world.listed("watch", "ip", address)

    erase(world, ann)

    (entry,) = world.rows("SELECT * FROM dbo.AccessLists WHERE SubjectValue = ?", address)
    assert entry.is_active
    assert [row.ip_address for row in world.ledger(bob)] == [address]


def test_in_json_only_values_are_replaced_and_the_figures_stay(
    world: World, person: Person
) -> None:
    erased = erase(world, person.user).pseudonym_id

    (event,) = world.rows(
        "SELECT * FROM dbo.ProcessedPaymentEvents WHERE EventId = ?", world.id("evt-2")
    )
    assert json.loads(event.payload_json) == {
        "metadata": {"user": erased},
        "receipt_email": "erased",
        "charges": [{"billing_details": "erased", "ip": "erased", "amount": 100}],
        "customer": "erased",
    }
    (bobs,) = world.rows("SELECT * FROM dbo.FraudEvents WHERE UserId = ?", world.id("bob"))
    assert json.loads(bobs.details_json) == {
        "ips": ["erased", "192.0.2.9"],
        "users": [erased, "bob"],
        "attempts": 4,
        "mail": "erased",
    }


def test_json_is_read_as_it_is_written_by_others(world: World) -> None:
    """Blanks and line ends, an array as the whole, a name with a blank, a nested text."""
    user = world.user()
    world.insert(
        "ProcessedPaymentEvents",
        event_id=world.id("evt"),
        event_type="charge.refunded",
        outcome="ignored",
        request_hash=b"\x00" * 32,
        user_id=user,
        payload_json=f'\n\t[ {{ "a b" : [ "{user}", 7, null ] }} , "{user}", "{user}s" ]',
        result_json='{"Outcome":"ignored"}',
    )

    erased = erase(world, user).pseudonym_id

    (event,) = world.rows(
        "SELECT * FROM dbo.ProcessedPaymentEvents WHERE EventId = ?", world.id("evt")
    )
    assert json.loads(event.payload_json) == [
        {"a b": [erased, 7, None]},
        erased,
        f"{user}s",
    ]
    assert json.loads(event.result_json) == {"Outcome": "ignored"}


def test_a_user_id_that_is_an_ordinary_word_takes_nothing_else_along(world: World) -> None:
    """`pro` is a tier, too: rows that are not about the user keep their words."""
    word = f"w{world.tag.lower()}"
    world.user(name="x", user_id=word)
    world.run(
        "INSERT INTO dbo.OutboxEvents (EventType, EntityType, EntityId, PayloadJson)"
        " VALUES (N'coupon_used', N'redemption', ?, ?)",
        world.id("evt"),
        json.dumps({"tier": word, word: 1, "userId": word}, separators=(",", ":")),
    )

    erased = erase(world, word).pseudonym_id

    (event,) = world.events("coupon_used", world.id("evt"))
    assert json.loads(event.payload_json) == {"tier": word, word: 1, "userId": erased}


@pytest.mark.ec("EC-045")
def test_ec_045_an_export_holds_every_row_of_every_table(world: World, person: Person) -> None:
    answer = export(world, person.user)

    data = json.loads(answer.data_json)
    assert data.keys() == TABLES
    assert {table for table, rows in data.items() if not rows} == set()
    assert [Decimal(str(row["DiscountAmount"])) for row in data["RedemptionHistoryArchive"]] == [
        Decimal("7.77")
    ]
    assert {row["UserId"] for row in data["FraudEvents"]} <= {person.user, None}
    columns = world.rows(
        "SELECT t.name AS TableName, c.name AS ColumnName FROM sys.tables AS t"
        " INNER JOIN sys.columns AS c ON c.object_id = t.object_id"
    )
    for table in TABLES - {"Coupons"}:
        assert set(data[table][0]) == {
            row.column_name for row in columns if row.table_name == table
        }, table
    (audit,) = world.audit("user.export", person.user)
    assert (audit.actor, audit.subject_user_id) == ("officer", person.user)


@pytest.mark.parametrize(
    ("number", "bad"),
    [
        (50001, {"user_id": " "}),
        (50001, {"ticket": " "}),
        (50008, {"user_id": "u" * 101}),
        (50008, {"actor": "a" * 101}),
        (50008, {"CorrelationId": "c" * 101}),
    ],
)
def test_broken_calls_are_thrown(world: World, number: int, bad: dict[str, Any]) -> None:
    with pytest.raises(Fault) as caught:
        world.call("sp_EraseUserData", **{"user_id": "u", "ticket": "t", "confirm": 1} | bad)
    assert caught.value.number == number

    if "ticket" not in bad:
        with pytest.raises(Fault) as caught:
            world.call("sp_ExportUserData", **{"user_id": "u"} | bad)
        assert caught.value.number == number
