"""Campaigns, coupons, imports, bulk changes, templates and partners as an operator types them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def name(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(6)}"


def code_name() -> str:
    return f"CLO{secrets.token_hex(6).upper()}"


@pytest.fixture
def campaign(cli: Cli) -> str:
    campaign_id = name("office")
    cli.ok(
        *("campaign", "create", campaign_id, "--name", "Of the office", "--start", "2020-01-01"),
        *("--percent", "10", "--per-user", "0"),
    )
    return campaign_id


@pytest.fixture
def code(cli: Cli, campaign: str) -> str:
    made = code_name()
    cli.ok("coupon", "create", made, "--campaign", campaign, "--max-uses", "30")
    return made


# ---------------------------------------------------------------- campaigns


def test_a_campaign_is_changed_by_who_has_seen_it_last(cli: Cli, campaign: str) -> None:
    version = cli.data("campaign", "show", campaign)["rowVer"]
    change = ("campaign", "update", campaign, "--budget", "500", "--if-version", version)

    text = cli.ok(*change, "--end", "2099-01-01", "--format", "table")
    late = cli.run(*change, "--format", "json")
    cli.ok("campaign", "update", campaign, "--clear", "EndDate", "--tier", "pro")

    shown = cli.data("campaign", "show", campaign)
    assert text == f"updated campaign {campaign}\n"
    assert (late.exit_code, json.loads(late.stdout)["errorCode"]) == (1, "CONCURRENT_UPDATE")
    assert (shown["budgetAmount"], shown["endDate"]) == ("500.00", None)
    assert [row["targetValue"] for row in shown["targets"]] == ["pro"]


def test_a_campaign_is_deleted_after_its_name_was_typed_and_comes_back(
    cli: Cli, campaign: str, code: str
) -> None:
    counted = cli.ok("campaign", "delete", campaign, "--dry-run", "--format", "table")
    asked = cli.run("campaign", "delete", campaign)
    text = cli.ok("campaign", "delete", campaign, "--yes", "--format", "table")
    gone = cli.data("campaign", "show", campaign)["deletedAt"]
    cli.ok("campaign", "restore", campaign)

    assert counted == f"{campaign}: 1 coupons, 0 redemptions kept\n"
    assert (asked.exit_code, "add --yes" in asked.stderr) == (2, True)
    assert text.startswith(f"deleted campaign {campaign}")
    assert gone is not None
    assert cli.data("campaign", "show", campaign)["deletedAt"] is None


def test_a_campaign_is_cloned_and_gets_its_parts(cli: Cli, campaign: str, code: str) -> None:
    copy = name("copy")

    text = cli.ok(
        *("campaign", "clone", campaign, copy, "--name", "Again", "--start", "2031-01-01"),
        *("--code-suffix", "-2", "--format", "table"),
    )
    cli.ok("campaign", "attach", copy, code, "--role", "fallback", "--priority", "3")
    cli.ok("campaign", "stripes", copy, "4", "--no-coupons")
    targets = cli.ok(
        *("campaign", "target", copy, "country", "--include", "US", "--include", "CA"),
        *("--format", "table"),
    )
    marker = cli.data(
        *("campaign", "marker", copy, "--at", "2031-02-01", "--kind", "press", "--label", "Paper")
    )
    everywhere = cli.data(
        *("campaign", "marker", "--at", "2031-02-01", "--kind", "other", "--label", "All")
    )

    shown = cli.data("campaign", "show", copy)
    assert text == f"cloned {campaign} to {copy} (1 coupons)\n"
    assert targets == f"{copy} has 2 targets of kind country\n"
    assert (shown["stripeCount"], shown["isActive"]) == (4, False)
    assert {row["couponCode"]: row["role"] for row in shown["coupons"]} == {
        f"{code}-2": "primary",
        code: "fallback",
    }
    assert everywhere["markerId"] > marker["markerId"]
    cli.ok("campaign", "detach", copy, code)
    again = cli.run("campaign", "detach", copy, code, "--format", "json")
    assert json.loads(again.stdout)["errorCode"] == "NOT_ATTACHED"


# ---------------------------------------------------------------- coupons


def test_a_code_is_suggested_when_none_is_given(cli: Cli, campaign: str) -> None:
    word = code_name()

    made = cli.data("coupon", "create", "--campaign", campaign, "--prefix", word, "--random")
    listed = cli.data("coupon", "suggest", "--prefix", word, "--random", "--count", "3")
    both = cli.run("coupon", "create", "ABC", "--campaign", campaign, "--prefix", word)

    assert made["couponCode"].startswith(word)
    assert len(made["couponCode"]) == len(word) + 3
    assert len({row["couponCode"] for row in listed}) == 3
    assert both.exit_code == 2


def test_a_code_is_changed(cli: Cli, code: str) -> None:
    cli.ok(
        *("coupon", "update", code, "--max-uses", "unlimited", "--notes", "Said so", "--value"),
        *("20", "--discount-type", "percentage", "--describe", "en=Twenty", "--tier", "pro"),
    )
    shown = cli.data("coupon", "show", code)
    cli.ok("coupon", "update", code, "--clear", "Notes", "--inactive")
    after = cli.data("coupon", "show", code)

    assert (shown["maxUses"], shown["description"]) == (None, "Twenty")
    assert (shown["discountValue"], shown["isActive"]) == ("20.00", True)
    assert after["isActive"] is False


def test_codes_are_switched_one_by_one_or_together(cli: Cli, campaign: str, code: str) -> None:
    other = code_name()
    cli.ok("coupon", "create", other, "--campaign", campaign)

    one = cli.ok("coupon", "deactivate", code, "--release-reservations", "--format", "table")
    two = cli.ok("coupon", "activate", code, other, "--format", "table")
    some = cli.run("coupon", "deactivate", code, "NOSUCHCODE", "--format", "table")
    wrong = cli.run("coupon", "deactivate", code, other, "--release-reservations")

    assert one == f"deactivated {code}\n"
    assert two == "matched 2, changed 1\n"
    assert some.exit_code == 8
    assert "NOSUCHCODE" in some.stdout
    assert "COUPON_NOT_FOUND" in some.stdout
    assert "error: PARTLY_DONE: 1 codes were refused" in some.stderr
    assert wrong.exit_code == 2


def test_a_code_is_deleted_after_a_question_and_comes_back(cli: Cli, code: str) -> None:
    counted = cli.ok("coupon", "delete", code, "--dry-run", "--format", "table")
    asked = cli.run("coupon", "delete", code)
    cli.ok("coupon", "delete", code, "--yes")
    gone = cli.run("coupon", "activate", code, "--format", "json")
    back = cli.ok("coupon", "restore", code, "--format", "table")

    assert counted == f"{code}: 0 redemptions are kept.\n"
    assert asked.exit_code == 2
    assert json.loads(gone.stdout)["errorCode"] == "COUPON_NOT_FOUND"
    assert back == f"restored coupon {code}; it is inactive\n"


def test_what_belongs_to_a_code_is_set(cli: Cli, campaign: str, code: str) -> None:
    cli.ok("coupon", "describe", code, "en", "Ten off")
    cli.ok("coupon", "describe", code, "de", "Zehn weniger")
    cli.ok("coupon", "describe", code, "de", "--delete")
    cli.ok("coupon", "target", code, "country", "--exclude", "DE")
    cli.ok(
        *("coupon", "tiers", code, "--set", "50:percentage:20", "--set", "100:fixed_amount:30"),
    )
    preview = cli.data("coupon", "preview", code, "--amount", "49", "--amount", "60")
    tried = cli.data(
        *("coupon", "preview", "--discount-type", "percentage", "--value", "50"),
    )
    rule = cli.data(
        *("coupon", "rule", "add", "--coupon", code, "--rule", "exclude_refunded_users"),
        *("--config", '{"days": 30}', "--order", "5"),
    )
    bad = cli.run(
        *("coupon", "rule", "add", "--campaign", campaign, "--rule", "exclude_refunded_users"),
    )

    shown = cli.data("coupon", "show", code)
    assert shown["description"] == "Ten off"
    assert [row["targetValue"] for row in shown["targets"]] == ["DE"]
    assert len(shown["tiers"]) == 2
    assert [row["discountAmount"] for row in preview] == ["4.90", "12.00"]
    assert [row["discountAmount"] for row in tried] == ["9.50", "25.00", "50.00", "95.00"]
    assert bad.exit_code == 2
    assert "ARG_BAD_RULE" in bad.stderr
    cli.ok("coupon", "rule", "remove", str(rule["ruleId"]))
    cli.ok("coupon", "tiers", code, "--none")
    assert cli.data("coupon", "show", code)["tiers"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("coupon", "describe", "ABC", "en"),
        ("coupon", "describe", "ABC", "en", "text", "--delete"),
        ("coupon", "tiers", "ABC"),
        ("coupon", "tiers", "ABC", "--none", "--set", "1:percentage:5"),
        ("coupon", "tiers", "ABC", "--set", "50:10"),
        ("coupon", "bulk", "extend", "--campaign", "c"),
        ("coupon", "bulk", "extend", "--campaign", "c", "--days", "1", "--until", "2031-01-01"),
        ("coupon", "bulk", "activate"),
        ("coupon", "bulk", "activate", "--file", "nosuch.txt"),
        ("coupon", "update", "ABC", "--if-version", "xyz"),
        ("coupon", "create", "ABC", "--campaign", "c", "--template", "1", "--notes", "n"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(offline: Cli, arguments: tuple[str, ...]) -> None:
    assert offline.run(*arguments).exit_code == 2


# ---------------------------------------------------------------- many codes


def test_many_codes_are_extended_stopped_and_deleted(
    cli: Cli, campaign: str, tmp_path: Path
) -> None:
    codes = [code_name() for _ in range(3)]
    for one in codes:
        cli.ok("coupon", "create", one, "--campaign", campaign, "--expires", "2031-01-01")
    file = tmp_path / "codes.txt"
    file.write_text("\n".join([*codes[:2], "", "NOSUCHCODE"]), "utf-8")

    counted = cli.ok(
        "coupon", "bulk", "extend", "--campaign", campaign, "--days", "7", "--dry-run",
        "--format", "table",
    )  # fmt: skip
    asked = cli.run("coupon", "bulk", "deactivate", "--campaign", campaign)
    extended = cli.ok(
        *("coupon", "bulk", "extend", "--campaign", campaign, "--status", "active"),
        *("--days", "7", "--yes", "--format", "table"),
    )
    moved = cli.data("coupon", "show", codes[2])["expiresAt"]
    stopped = cli.run(
        "coupon", "bulk", "deactivate", "--file", str(file), "--yes", "--format", "json"
    )
    deleted = cli.data("coupon", "bulk", "delete", "--campaign", campaign, "--yes")

    assert counted == "matched 3\n"
    assert (asked.exit_code, "3 coupons match. Deactivate?" in asked.stderr) == (2, True)
    assert extended == "matched 3, changed 3\n"
    assert moved == "2031-01-08T00:00:00Z"
    assert stopped.exit_code == 8
    assert (deleted["matched"], deleted["changed"]) == (3, 3)


def test_what_a_search_finds_is_exported(
    cli: Cli, campaign: str, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "codes.csv"

    cli.ok("coupon", "export", "--campaign", campaign, "--format", "csv", "--output", str(file))

    header, line = file.read_text("utf-8").splitlines()
    assert code in line.split(",")
    assert "TotalRows" not in header
    assert [row["couponCode"] for row in cli.data("coupon", "export", "--campaign", campaign)] == [
        code
    ]


# ---------------------------------------------------------------- imports

HEADER = "code,discount_type,discount_value,valid_from,description_en"


def test_a_file_is_previewed_and_imported(cli: Cli, campaign: str, tmp_path: Path) -> None:
    codes = [code_name() for _ in range(3)]
    file = tmp_path / "codes.csv"
    file.write_text(
        "﻿" + HEADER + "\r\n" + "".join(
            f'{one},percentage,15,2031-01-01,"Two\r\nlines"\r\n' for one in codes
        ),
        "utf-8",
    )  # fmt: skip
    command = ("coupon", "import", str(file), "--campaign", campaign)

    preview = cli.run(*command, "--dry-run", "--format", "csv")
    asked = cli.run(*command, "--format", "table")
    real = cli.run(*command, "--yes", "--activate", "--format", "table")
    again = cli.run(*command, "--yes", "--format", "table")
    in_json = cli.run(*command, "--yes", "--format", "json")
    skipped = cli.data(*command, "--yes", "--skip-duplicates")

    lines = preview.stdout.splitlines()
    assert preview.exit_code == 0
    assert lines[0] == "Line,CouponCode,Action,ErrorCode,Message"
    # Each row takes two lines of the file.
    assert [line.split(",")[:3] for line in lines[1:]] == [
        [str(number), one, "insert"] for number, one in zip((2, 4, 6), codes, strict=True)
    ]
    assert asked.exit_code == 2
    assert real.stdout == "3 inserted, 0 updated, 0 skipped.\n"
    assert again.exit_code == 1
    assert "error: IMPORT_HAS_ERRORS: 3 of 3 rows have errors." in again.stderr
    assert codes[2] in again.stdout
    assert json.loads(in_json.stdout)["errorCode"] == "IMPORT_HAS_ERRORS"
    assert f"line 2: {codes[0]}: CODE_EXISTS" in in_json.stderr
    assert (skipped["skipped"], len(skipped["lines"])) == (3, 3)
    assert cli.data("coupon", "show", codes[0])["description"] == "Two\r\nlines"


def test_the_example_of_an_import_file_can_be_imported(
    cli: Cli, campaign: str, tmp_path: Path
) -> None:
    file = tmp_path / "example.csv"
    cli.ok("coupon", "import-template", "--output", str(file))
    text = file.read_text("utf-8")
    shown = cli.ok("coupon", "import-template")

    file.write_text(text.replace("SPRING15", code_name()), "utf-8")
    assert shown == text
    assert cli.data("coupon", "import", str(file), "--campaign", campaign, "--yes")["inserted"] == 1


def test_a_workbook_is_imported(cli: Cli, campaign: str, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book, one = openpyxl.Workbook(), code_name()
    book.active.append(HEADER.split(","))
    book.active.append([one, "fixed_amount", 12.5, "2031-01-01", None])
    book.save(tmp_path / "codes.xlsx")

    cli.ok("coupon", "import", str(tmp_path / "codes.xlsx"), "--campaign", campaign, "--yes")

    assert cli.data("coupon", "show", one)["discountValue"] == "12.50"


def wrong_files() -> Iterator[tuple[str, bytes, str]]:
    head = HEADER.encode()
    yield "nothing", b"", "no header row"
    yield "unknown column", head + b",colour\r\n", "unknown column colour"
    yield "twice", head + b",code\r\n", "comes twice"
    yield "too wide", head + b"\r\n1,2,3,4,5,6\r\n", "line 2: more cells than columns"
    yield "not text", b"\xff\xfe\x00", "not UTF-8"
    yield "quotes", head + b'\r\n"open', "line 2"
    yield "too many", head + b"\nA,,,," * 20_001, "more than 20000 rows"
    yield "too big", b" " * (10 * 1024 * 1024 + 1), "more than 10 MB"


@pytest.mark.parametrize(
    ("content", "message"),
    [pytest.param(content, message, id=kind) for kind, content, message in wrong_files()],
)
def test_a_file_that_is_no_import_is_wrong_usage(
    offline: Cli, tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(content)

    result = offline.run("coupon", "import", str(file), "--campaign", "c")

    assert result.exit_code == 2
    assert message in result.stderr


# ---------------------------------------------------------------- templates and partners


def test_a_template_starts_codes(cli: Cli, campaign: str, tmp_path: Path) -> None:
    file = tmp_path / "defaults.json"
    file.write_text('{"discountType": "percentage", "discountValue": 25, "maxUses": 9}', "utf-8")
    title = name("Template")

    saved = cli.data("template", "save", "--name", title, "--defaults", f"@{file}")
    number = str(saved["templateId"])
    listed = cli.data("template", "list")
    one = cli.data(
        *("coupon", "create", code_name(), "--campaign", campaign, "--template", number),
        *("--value", "30", "--max-uses", "unlimited"),
    )
    cli.ok(
        *("template", "save", "--id", number, "--name", title, "--defaults", "{}", "--inactive"),
    )
    off = cli.run("coupon", "create", code_name(), "--campaign", campaign, "--template", number)

    assert title in {row["name"] for row in listed}
    shown = cli.data("coupon", "show", one["couponCode"])
    assert (shown["discountValue"], shown["maxUses"]) == ("30.00", None)
    assert (off.exit_code, "TEMPLATE_NOT_FOUND" in off.stderr) == (1, True)


def test_a_partner_is_paid_for_the_codes_of_a_month(cli: Cli, campaign: str) -> None:
    code, month = code_name(), datetime.now(UTC).strftime("%Y-%m-01")
    partner = cli.data("partner", "save", "--name", name("Partner"), "--percent", "10")
    cli.ok("coupon", "create", code, "--campaign", campaign, "--partner", str(partner["partnerId"]))
    cli.ok("redeem", "apply", code, name("u"), "--amount", "100")

    rows = cli.data("partner", "commissions", "--month", month, "--all")

    (row,) = (one for one in rows if one["partnerId"] == partner["partnerId"])
    assert (row["successes"], row["cashTotal"], row["commissionAmount"]) == (1, "90.00", "9.00")


def test_a_partner_is_saved(cli: Cli) -> None:
    title = name("Partner")

    saved = cli.data("partner", "save", "--name", title, "--percent", "12.5")
    number = str(saved["partnerId"])
    text = cli.ok(
        *("partner", "save", "--id", number, "--name", title, "--inactive", "--format", "table"),
    )
    twice = cli.run("partner", "save", "--name", title)

    assert text == f"saved partner {number}\n"
    assert (twice.exit_code, "NAME_EXISTS" in twice.stderr) == (1, True)
