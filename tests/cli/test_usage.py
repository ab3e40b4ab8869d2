from __future__ import annotations

import json
from datetime import datetime

import pytest

from couponry_cli import progress
from couponry_cli.main import GROUPS
from couponry_cli.options import period_of
from couponry_jobs import __version__
from tests.cli.conftest import Cli


def test_help_lists_every_group(offline: Cli) -> None:
    text = offline.ok("--help")

    assert all(f"  {group}" in text for group in GROUPS)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_group_has_help(offline: Cli, group: str) -> None:
    assert offline.ok(group, "--help").startswith("Usage: couponry")


def test_the_version_is_the_distributions(offline: Cli) -> None:
    assert __version__ in offline.ok("--version")


@pytest.mark.parametrize(
    "arguments",
    [
        ("campaign", "nosuch"),
        ("campaign", "create", "x", "--name", "n", "--start", "yesterday"),
        ("redeem", "validate", "CODE", "u", "--amount", "much"),
        ("redeem", "validate", "CODE", "u", "--amount", "NaN"),
        ("coupon", "create", "C", "--campaign", "x", "--max-uses", "few"),
        ("campaign", "list", "--format", "xml"),
        ("campaign", "list", "--limit", "0"),
    ],
)
def test_wrong_usage_is_exit_code_2(offline: Cli, arguments: tuple[str, ...]) -> None:
    assert offline.run(*arguments).exit_code == 2


def test_a_missing_variable_is_named_with_exit_code_3(offline: Cli) -> None:
    result = offline.run("campaign", "list", "--format", "json")

    assert result.exit_code == 3
    assert "COUPONRY_SQL_SERVER" in json.loads(result.stdout)["message"]


def test_a_driver_that_is_not_there_is_exit_code_3() -> None:
    environment = {
        "COUPONRY_SQL_SERVER": "127.0.0.1,1",
        "COUPONRY_SQL_DATABASE": "shop",
        "COUPONRY_SQL_AUTH": "sql",
        "COUPONRY_SQL_USER": "u",
        "COUPONRY_SQL_PASSWORD": "p",
        "COUPONRY_SQL_DRIVER": "/nowhere/libodbc.so",
    }

    result = Cli(environment).run("campaign", "list")

    assert result.exit_code == 3
    assert "/nowhere/libodbc.so" in result.stderr


def test_statements_for_users_can_be_printed_without_a_database(offline: Cli) -> None:
    text = offline.ok("db", "users", "--service", "checkout", "--ops", "odd]name", "--print")

    assert "CREATE USER [checkout] FROM EXTERNAL PROVIDER;" in text
    assert "ALTER ROLE [coupon_service] ADD MEMBER [checkout];" in text
    assert "CREATE USER [odd]]name] FROM EXTERNAL PROVIDER;" in text


def test_progress_away_from_a_terminal_is_a_line_every_few_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    moments = iter([0.0, 1.0, 5.5, 6.0, 6.5])
    advance = progress._lines("codes", lambda: next(moments))

    for done in (10, 20, 30, 100):
        advance(done, 100)

    assert capsys.readouterr().err == "codes: 20 % (20 of 100)\ncodes: 100 % (100 of 100)\n"


def test_quiet_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.bar("codes", quiet=True) as advance:
        advance(100, 100)

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("today", "2026-02-15", "2026-02-16"),
        ("yesterday", "2026-02-14", "2026-02-15"),
        ("last_7_days", "2026-02-09", "2026-02-16"),
        ("last_30_days", "2026-01-17", "2026-02-16"),
        ("last_quarter", "2025-10-01", "2026-01-01"),
    ],
)
def test_a_period_is_one_of_whole_days(name: str, since: str, until: str) -> None:
    now = datetime(2026, 2, 15, 13, 30)

    assert period_of(name, now) == (datetime.fromisoformat(since), datetime.fromisoformat(until))


COMMANDS = {
    "access": "allow block list remove watch",
    "analytics": "campaign coupon dashboard system targets view",
    "audit": "list",
    "campaign": "activate attach budget clone create deactivate delete detach list marker restore"
    " show stripes target update",
    "coupon": "activate assign bulk compare create deactivate delete describe export import"
    " import-template list preview restore rule show suggest target tiers unassign update usage",
    "credit": "balance grant ledger usage",
    "fraud": "approve dashboard flag investigate list reject report review-redemption",
    "generate": "cancel create export list retry show",
    "job": "generate run status",
    "license": "activate deactivate grant mode status upgrade",
    "partner": "commissions save",
    "payment": "list replay",
    "queue": "poison status",
    "redeem": "apply fulfil history reverse validate",
    "report": "html",
    "reservation": "confirm create list release show",
    "search": "delete list save",
    "settings": "list set",
    "subscription": "change pricing start status tier-config timeline",
    "template": "list save",
    "user": "coupons erase export profile",
    "webhook": "backlog list retry-dead save",
    "worker": "generate outbox",
}


@pytest.mark.parametrize("group", COMMANDS)
def test_a_group_has_the_commands_of_the_specification(offline: Cli, group: str) -> None:
    text = offline.ok(group, "--help").split("Commands:")[1]

    listed = {
        line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2:3] != " "
    }
    assert set(COMMANDS[group].split()) <= listed
