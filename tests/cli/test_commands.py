from __future__ import annotations

import csv
import io
import json
import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.endpoint import Target


def name(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(6)}"


def code_name() -> str:
    return f"CLI{secrets.token_hex(6).upper()}"


@pytest.fixture
def campaign(cli: Cli) -> str:
    campaign_id = name("cli")
    cli.ok(
        *("campaign", "create", campaign_id, "--name", "Of the command line"),
        *("--start", "2020-01-01", "--end", "2099-12-31T23:59:59", "--percent", "10"),
        *("--per-user", "0"),
    )
    return campaign_id


@pytest.fixture
def code(cli: Cli, campaign: str) -> str:
    made = code_name()
    cli.ok(
        *("coupon", "create", made, "--campaign", campaign, "--name", "By hand"),
        *("--discount-type", "percentage", "--value", "15", "--max-uses", "3"),
    )
    return made


def test_a_campaign_is_created_shown_and_listed(cli: Cli) -> None:
    campaign_id = name("spring")

    text = cli.ok(
        *("campaign", "create", campaign_id, "--name", "Spring", "--start", "2030-03-01"),
        *("--end", "2030-03-31T23:59:59", "--percent", "15", "--budget", "20000"),
        *("--total", "2000", "--tier", "pro", "--format", "table"),
    )
    shown = cli.data("campaign", "show", campaign_id)
    listed = cli.data("campaign", "list", "--search", campaign_id)

    assert text == f"created campaign {campaign_id}\n"
    assert shown["campaignId"] == campaign_id
    assert shown["budgetAmount"] == "20000.00"
    assert shown["startDate"] == "2030-03-01T00:00:00Z"
    assert shown["maxTotalRedemptions"] == 2000
    assert [row["campaignId"] for row in listed] == [campaign_id]


def test_a_campaign_is_switched_off_and_on(cli: Cli, campaign: str) -> None:
    assert "deactivated" in cli.ok("campaign", "deactivate", campaign, "--format", "table")
    assert cli.data("campaign", "show", campaign)["isActive"] is False

    cli.ok("campaign", "activate", campaign)

    assert cli.data("campaign", "show", campaign)["isActive"] is True


def test_a_coupon_is_created_shown_and_listed(cli: Cli, campaign: str, code: str) -> None:
    shown = cli.data("coupon", "show", code.lower())
    listed = cli.data("coupon", "list", "--campaign", campaign, "--sort", "code:desc")

    assert shown["couponCode"] == code
    assert shown["maxUses"] == 3
    assert shown["isValid"] is True
    assert [row["couponCode"] for row in listed] == [code]
    assert listed[0]["usageText"] == "0/3"


def test_a_list_is_filtered_by_bound_values(cli: Cli, campaign: str, code: str) -> None:
    def found(*arguments: str) -> list[str]:
        rows = cli.data("coupon", "list", "--campaign", campaign, *arguments)
        return [row["couponCode"] for row in rows]

    assert found("--search", code[3:8]) == [code]
    assert found("--search", "%") == []
    assert found("--search", "' OR 1=1 --") == []
    assert found("--status", "active", "--status", "expired") == [code]
    assert found("--status", "expired") == []
    assert found("--usage-min", "1") == []
    assert found("--discount-type", "percentage", "--generated", "--deleted") == [code]
    assert found("--discount-type", "credits") == []
    assert found("--period", "today") == [code]
    assert found("--period", "yesterday") == []


def test_a_coupon_is_assigned_and_freed(cli: Cli, code: str) -> None:
    cli.ok("coupon", "assign", code, "u-7")
    assert cli.data("coupon", "show", code)["assignedTo"] == "u-7"
    refused = cli.run("coupon", "assign", code, "u-8", "--format", "json")
    cli.ok("coupon", "assign", code, "u-8", "--reassign")
    cli.ok("coupon", "unassign", code)

    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["errorCode"] == "ALREADY_ASSIGNED"
    assert cli.data("coupon", "show", code)["assignedTo"] is None


def test_a_code_is_validated_and_redeemed(cli: Cli, code: str) -> None:
    user = name("u")

    dry = cli.data("redeem", "validate", code.lower(), user, "--amount", "120")
    first = cli.data("redeem", "apply", code, user, "--amount", "120", "--key", user)
    again = cli.data("redeem", "apply", code, user, "--amount", "120", "--key", user)

    assert (dry["discountAmount"], dry["finalAmount"]) == ("18.00", "102.00")
    assert dry["success"] is True
    assert (first["isReplay"], again["isReplay"]) == (False, True)
    assert first["redemptionId"] == again["redemptionId"]
    assert first["remainingUses"] == 2


def test_a_refusal_is_an_error_line_and_exit_code_1(cli: Cli) -> None:
    result = cli.run("redeem", "validate", "NOSUCHCODE", "u-1", "--format", "table")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error: COUPON_NOT_FOUND: Coupon code not found\n" in result.stderr


def test_a_refusal_in_json_is_an_object(cli: Cli) -> None:
    result = cli.run("redeem", "apply", "NOSUCHCODE", name("u"), "--format", "json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "success": False,
        "errorCode": "COUPON_NOT_FOUND",
        "message": json.loads(result.stdout)["message"],
    }


def test_a_rejected_argument_is_exit_code_2(cli: Cli, campaign: str) -> None:
    result = cli.run(
        *("coupon", "create", "NEGATIVE", "--campaign", campaign, "--name", "Negative"),
        *("--discount-type", "percentage", "--value", "-5", "--format", "json"),
    )

    assert result.exit_code == 2
    assert json.loads(result.stdout)["errorCode"] == "ARG_BAD_DISCOUNT"


def test_codes_are_generated_exported_and_counted(cli: Cli, campaign: str, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"

    row = cli.data(
        *("generate", "create", "--campaign", campaign, "--amount", "1200", "--prefix", "CLI"),
        *("--batch-size", "500", "--wait", "--quiet"),
    )
    shown = cli.data("generate", "show", row["requestId"])
    listed = cli.data("generate", "list", "--campaign", campaign)
    written = cli.ok(
        "generate", "export", row["requestId"], "--output", str(file), "--format", "table"
    )

    assert (row["status"], row["generatedAmount"]) == ("Completed", 1200)
    assert [batch["batchNo"] for batch in shown["batches"]] == [1, 2, 3]
    assert [one["requestId"] for one in listed] == [row["requestId"]]
    assert written == "1200 codes written\n"
    lines = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert list(lines[0]) == ["coupon_code", "expires_at", "is_redeemed", "assigned_to"]
    assert len({line["coupon_code"] for line in lines}) == 1200
    assert all(line["coupon_code"].startswith("CLI-") for line in lines)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_export_overwrites_only_when_told(cli: Cli, campaign: str, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_text("mine")
    row = cli.data(
        *("generate", "create", "--campaign", campaign, "--amount", "10", "--wait", "--quiet")
    )

    refused = cli.run("generate", "export", row["requestId"], "--output", str(file))
    kept = file.read_text()
    cli.ok("generate", "export", row["requestId"], "--output", str(file), "--force")

    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert kept == "mine"
    assert len(file.read_text().splitlines()) == 11


def test_a_waiting_request_is_cancelled_only_after_a_yes(cli: Cli, campaign: str) -> None:
    row = cli.data("generate", "create", "--campaign", campaign, "--amount", "10")

    unasked = cli.run("generate", "cancel", row["requestId"])
    before = cli.data("generate", "show", row["requestId"])["status"]
    cli.ok("generate", "cancel", row["requestId"], "--yes")
    again = cli.run("generate", "retry", row["requestId"], "--format", "json")

    assert unasked.exit_code == 2
    assert "--yes" in unasked.stderr
    assert before == "Pending"
    assert cli.data("generate", "show", row["requestId"])["status"] == "Cancelled"
    assert json.loads(again.stdout)["errorCode"] == "INVALID_STATUS_TRANSITION"


def test_settings_are_listed_and_set_by_version(cli: Cli) -> None:
    def setting() -> dict[str, str]:
        rows = cli.data("settings", "list")
        return next(row for row in rows if row["settingName"] == "expiry_notice_days")

    version = setting()["rowVer"]
    cli.ok("settings", "set", "expiry_notice_days", "4", "--if-version", version)
    stale = cli.run(
        "settings", "set", "expiry_notice_days", "5", "--if-version", version, "--format", "json"
    )
    outside = cli.run("settings", "set", "expiry_notice_days", "1000", "--format", "json")
    unknown = cli.run("settings", "set", "no_such_setting", "1", "--format", "json")

    assert setting()["settingValue"] == "4"
    assert json.loads(stale.stdout)["errorCode"] == "CONCURRENT_UPDATE"
    assert json.loads(outside.stdout)["errorCode"] == "SETTING_OUT_OF_RANGE"
    assert json.loads(unknown.stdout)["errorCode"] == "SETTING_NOT_FOUND"
    cli.ok("settings", "set", "expiry_notice_days", "3")


def test_a_profile_is_created_then_updated(cli: Cli) -> None:
    user = name("u")

    first = cli.data("user", "profile", user, "--email", f"{user}@example.com", "--verified")
    second = cli.data("user", "profile", user, "--country", "DE")

    assert (first["isNew"], second["isNew"]) == (True, False)


def test_health_and_verify_are_green(cli: Cli) -> None:
    verified = cli.data("db", "verify")
    # A job of another test may be late by now, which is told as well: see tests/jobs.
    healthy = json.loads(cli.run("health", "--format", "json").stdout)

    for checks in (verified, healthy):
        own = [check for check in checks if check["checkName"] != "jobs"]
        assert own
        assert all(check["passed"] for check in own)


def test_a_database_older_than_the_caller_is_refused(cli: Cli) -> None:
    result = cli.run("db", "verify", "--min-version", "1000000", "--format", "json")

    assert json.loads(result.stdout)["errorCode"] == "SCHEMA_MISMATCH"
    assert result.exit_code == 5


def test_status_and_a_second_installation(cli: Cli) -> None:
    rows = cli.data("db", "status")
    again = cli.ok("db", "install", "--format", "table", "--quiet")

    assert {row["state"] for row in rows} == {"applied"}
    assert again.startswith("nothing to do; ")


def test_csv_has_a_header_and_every_column(cli: Cli, campaign: str, code: str) -> None:
    text = cli.ok("coupon", "list", "--campaign", campaign, "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["CouponCode"] == code
    assert "InternalName" in rows[0]


def test_every_page_is_streamed(cli: Cli, campaign: str) -> None:
    for _ in range(3):
        cli.ok(
            *("coupon", "create", code_name(), "--campaign", campaign, "--name", "Paged"),
            *("--discount-type", "percentage", "--value", "5"),
        )

    base = ("coupon", "list", "--campaign", campaign, "--sort", "code")
    everything = [row["couponCode"] for row in cli.data(*base, "--all")]
    pages = [
        row["couponCode"]
        for page in ("1", "2")
        for row in cli.data(*base, "--limit", "2", "--page", page)
    ]

    assert len(everything) == 3
    assert pages == everything == sorted(everything)


def test_a_wrong_password_is_exit_code_3(database: Target) -> None:
    environment = {**database.environment, "COUPONRY_SQL_PASSWORD": "wrong"}

    result = Cli(environment).run("campaign", "list", "--format", "json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["errorCode"] == "AUTHENTICATION_FAILED"
    assert "wrong" not in result.output


def test_as_a_real_process_data_and_talk_are_apart(database: Target) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "couponry_cli", "redeem", "validate", "NOSUCHCODE", "u-1"],
        env={**os.environ, **database.environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    # Without a terminal the format is JSON, and nothing else is on standard output.
    assert json.loads(done.stdout)["errorCode"] == "COUPON_NOT_FOUND"
    assert "error: COUPON_NOT_FOUND: " in done.stderr
