"""Subscriptions, credits and licences, as an operator types them."""

from __future__ import annotations

import secrets

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def user(cli: Cli) -> str:
    """A user in a database where tiers have prices."""
    for tier, price, credits_ in (("pro", 19, 20_000), ("pro_max", 49, 60_000)):
        cli.ok(
            *("subscription", "tier-config", tier, "--monthly", str(price)),
            *("--annual", str(10 * price), "--credits", str(credits_)),
        )
    return f"cli-{secrets.token_hex(6)}"


def test_a_subscription_is_started_changed_and_ended(cli: Cli, user: str) -> None:
    started = cli.data("subscription", "start", "--user", user, "--tier", "pro")
    held = str(started["subscriptionId"])
    again = ("subscription", "change", held, "--tier", "pro_max", "--request-id", user)
    changed, replayed = cli.data(*again), cli.data(*again)
    timeline = cli.data("subscription", "timeline", held)
    text = cli.ok("subscription", "status", held, "cancelled", "--format", "table")

    assert (started["firstCharge"], started["creditsAllocated"]) == ("19.00", 20_000)
    assert (changed["isReplay"], replayed["isReplay"]) == (False, True)
    assert changed["creditsAllocated"] == 40_000
    assert [(row["fromTier"], row["toTier"]) for row in timeline] == [("pro", "pro_max")]
    assert text == f"subscription {held} is cancelled\n"
    refused = cli.run("subscription", "change", held, "--tier", "pro")
    assert refused.exit_code == 1
    assert "error: SUBSCRIPTION_NOT_FOUND" in refused.stderr


def test_credits_are_granted_and_explained(cli: Cli, user: str) -> None:
    text = cli.ok("credit", "grant", user, "--amount", "50", "--format", "table")
    cli.ok("credit", "grant", user, "--amount", "5", "--expires", "2090-01-01")

    assert text == f"granted 50 credits to {user}: 50\n"
    balance = cli.data("credit", "balance", user)
    assert (balance["balance"], len(balance["sources"])) == (55, 1)
    ledger = cli.data("credit", "ledger", user)
    assert [(row["entryType"], row["amount"]) for row in ledger] == [("grant", 5), ("grant", 50)]
    assert cli.data("credit", "usage", user, "--days", "7") == []


def test_a_licence_is_granted_used_and_upgraded(cli: Cli, user: str) -> None:
    key = cli.data(
        *("license", "grant", "--user", user, "--price", "199", "--version", "1.0", "--hybrid")
    )["licenseKey"]

    assert cli.ok("license", "mode", key, "--byok", "--format", "table") == (
        "the licence runs on own keys\n"
    )
    assert cli.data("license", "activate", key, "--machine", "m1")["activeDevices"] == 1
    assert cli.data("license", "deactivate", key, "--machine", "m1")["activeDevices"] == 0
    upgrade = ("license", "upgrade", key, "--to", "2.0", "--price", "79")
    assert cli.data(*upgrade, "--standard-price", "99")["upgradeId"] > 0
    assert "error: UPGRADE_EXISTS" in cli.run(*upgrade).stderr
    assert cli.ok("license", "status", key, "revoked", "--format", "table") == (
        "the licence is revoked\n"
    )


def test_models_and_rates_get_their_prices(cli: Cli, user: str) -> None:
    model = ("--provider", user, "--model", "m1", "--input", "0.003", "--output-price", "0.015")
    rate = ("--margin", "1.5", "--credits-per-usd", "1000", "--effective", "2095-01-01")

    text = cli.ok("subscription", "pricing", *model, "--format", "table")
    cli.ok("subscription", "pricing", *rate, "--tier", "enterprise_pro")

    assert text == f"set the price of {user} m1\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("subscription", "pricing"),
        ("subscription", "pricing", "--margin", "2"),
        ("subscription", "pricing", "--credits-per-usd", "2"),
        ("subscription", "pricing", "--provider", "p", "--model", "m"),
        ("subscription", "pricing", "--provider", "p", "--margin", "2"),
        ("subscription", "start", "--user", "u"),
        ("subscription", "change", "first", "--tier", "pro"),
        ("license", "mode", "KEY"),
        ("credit", "grant", "u"),
    ],
)
def test_wrong_usage_is_exit_code_2(offline: Cli, arguments: tuple[str, ...]) -> None:
    assert offline.run(*arguments).exit_code == 2
