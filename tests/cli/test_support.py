"""What support does: redemptions taken back, checkouts, suspicions, lists, the audit log."""

from __future__ import annotations

import secrets

import pytest

from tests.cli.conftest import Cli
from tests.endpoint import Target


def name(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


@pytest.fixture
def code(cli: Cli) -> str:
    campaign, made = name("help"), f"HELP{secrets.token_hex(4).upper()}"
    cli.ok(
        *("campaign", "create", campaign, "--name", "Of support", "--start", "2020-01-01"),
        *("--end", "2099-12-31", "--percent", "10"),
    )
    cli.ok("coupon", "create", made, "--campaign", campaign, "--max-uses", "5")
    return made


@pytest.fixture
def suspicions(cli: Cli, database: Target) -> tuple[str, list[str]]:
    """Three events about one user."""
    user = name("odd")
    with database.connect() as connection:
        for _ in range(3):
            connection.execute(
                "EXEC dbo.sp_RecordFraudEvent @DetectionType = N'multiple_accounts',"
                " @Severity = N'medium', @UserId = ?, @IpAddress = ?;",
                user,
                f"10.{secrets.randbelow(250)}.{secrets.randbelow(250)}.{secrets.randbelow(250)}",
            )
            connection.commit()
    listed = cli.data("fraud", "list", "--user", user)
    return user, [str(event["fraudEventId"]) for event in listed]


def test_a_redemption_is_found_fulfilled_and_taken_back_once(cli: Cli, code: str) -> None:
    user, order = name("u"), name("o")
    used = cli.data("redeem", "apply", code, user, "--amount", "50", "--order", order)
    number = str(used["redemptionId"])

    assert cli.ok("redeem", "fulfil", number, "attended", "--format", "table") == (
        f"redemption {number}: attended\n"
    )
    [seen] = cli.data("redeem", "history", user, "--status", "success")
    assert (seen["couponCode"], seen["fulfilmentStatus"]) == (code, "attended")

    back = ("redeem", "reverse", "--order", order, "--why", "refund")
    unasked = cli.run(*back)
    assert (unasked.exit_code, "add --yes" in unasked.stderr) == (2, True)
    done = cli.data(*back, "--restore", "--yes", "--key", order)
    assert (done["status"], done["useRestored"]) == ("reversed", True)
    assert cli.data(*back, "--restore", "--yes", "--key", order)["isReplay"] is True
    assert cli.run("redeem", "reverse", "--why", "refund", "--yes").exit_code == 2


def test_a_checkout_is_held_shown_confirmed_or_released(cli: Cli, code: str) -> None:
    user = name("u")
    held = [
        cli.data(*("reservation", "create", code, user + end), *("--amount", "20"))
        for end in ("a", "b")
    ]
    paid, left = (str(one["reservationId"]) for one in held)

    listed = cli.data("reservation", "list", "--all")
    assert {int(paid), int(left)} <= {row["reservationId"] for row in listed}
    overdue = cli.data("reservation", "list", "--overdue", "--all")
    assert int(paid) not in {row["reservationId"] for row in overdue}
    assert cli.data("reservation", "show", paid)["status"] == "Reserved"

    assert cli.data("reservation", "confirm", paid, "--paid", "18")["redemptionId"]
    released = ("reservation", "release", left, "--format", "table")
    assert cli.ok(*released) == f"reservation {left}: released\n"
    assert cli.ok(*released) == f"reservation {left}: was closed already\n"
    assert cli.run("reservation", "show", "0").exit_code == 1


def test_codes_that_are_assigned_are_listed_for_their_user(cli: Cli, code: str) -> None:
    user = name("u")
    cli.ok("coupon", "assign", code, user)

    assert [row["couponCode"] for row in cli.data("user", "coupons", user)] == [code]
    cli.ok("coupon", "deactivate", code)
    assert cli.data("user", "coupons", user) == []
    assert [row["couponCode"] for row in cli.data("user", "coupons", user, "--all")] == [code]


def test_a_payment_event_that_failed_is_listed_and_run_again(cli: Cli, database: Target) -> None:
    event = name("evt")
    with database.connect() as connection:
        connection.execute(
            "EXEC dbo.sp_ProcessPaymentEvent @EventId = ?,"
            " @EventType = N'payment_intent.succeeded', @OrderId = ?;",
            event,
            name("nothing"),
        )
        connection.commit()

    listed = cli.data("payment", "list", "--all")
    [known] = [row for row in listed if row["eventId"] == event]
    assert cli.data("payment", "list", "--outcome", known["outcome"])
    assert cli.data("payment", "replay", event)["outcome"] == known["outcome"]
    missing = cli.run("payment", "replay", name("evt"))
    assert (missing.exit_code, "EVENT_NOT_FOUND" in missing.stderr) == (1, True)


def test_a_list_entry_is_made_found_and_removed(cli: Cli) -> None:
    user = name("list")

    made = cli.data("access", "watch", "user", user, "--score", "0.6", "--until", "2090-01-01")
    entry = str(made["entryId"])
    [found] = cli.data("access", "list", "--list", "watch", "--kind", "user", "--search", user)
    assert (found["entryId"], found["riskScore"]) == (int(entry), "0.60")
    told = cli.ok("access", "remove", entry, "--format", "table")
    assert told == f"removed entry {entry}\n"
    assert cli.run("access", "remove", "0").exit_code == 1
    assert cli.run("access", "block", "shoe", user).exit_code == 2


def test_suspicions_are_shown_and_decided(cli: Cli, suspicions: tuple[str, list[str]]) -> None:
    user, events = suspicions
    first, *others = events

    assert cli.data("fraud", "dashboard")["flaggedCount"] >= 0
    assert cli.data("fraud", "report", "--period", "today")
    person = cli.data("fraud", "investigate", user, "--days", "7")
    assert len(person["fraudEvents"]) == len(events)

    approved = cli.ok("fraud", "approve", first, "--note", "a family", "--format", "table")
    assert approved == "approved 1\n"
    again = cli.run("fraud", "approve", first)
    assert (again.exit_code, "ALREADY_REVIEWED" in again.output) == (8, True)
    if others:
        rejected = cli.data("fraud", "reject", "--all-matching", "--user", user)
        assert rejected["reviewed"] == len(others)
    assert cli.data("fraud", "list", "--user", user) == []
    assert cli.run("fraud", "reject").exit_code == 2
    assert cli.run("fraud", "approve", first, "--user", user).exit_code == 2


def test_more_than_fifty_suspicions_ask_before_they_are_decided(cli: Cli) -> None:
    many = [str(number) for number in range(10**12, 10**12 + 51)]

    asked = cli.run("fraud", "reject", *many)
    assert (asked.exit_code, "51 events" in asked.stderr) == (2, True)
    done = cli.run("fraud", "reject", *many, "--yes")
    assert (done.exit_code, done.output.count("FRAUD_EVENT_NOT_FOUND") >= 51) == (8, True)


def test_a_user_is_flagged_and_the_log_tells_by_whom(cli: Cli) -> None:
    user, actor = name("flag"), name("ann")
    cli.ok("user", "profile", user)

    told = cli.ok(
        *("--actor", actor, "--reason", "seen twice", "fraud", "flag", user),
        *("--score", "0.9", "--format", "table"),
    )
    [entry] = cli.data("audit", "list", "--actor", actor)

    assert told.startswith(f"flagged {user}: ")
    assert (entry["actor"], entry["reason"]) == (actor, "seen twice")
    assert cli.data("audit", "list", "--actor", actor, "--action", "coupon.create") == []
    seen = cli.data("audit", "list", "--id", entry["entityId"], "--entity", entry["entityType"])
    assert seen[0]["auditId"] == entry["auditId"]


def test_redemptions_that_wait_for_a_person_are_decided(cli: Cli) -> None:
    decided = cli.data("fraud", "review-redemption", "1", "--decision", "approved")

    assert decided["reviewed"] in (0, 1)
