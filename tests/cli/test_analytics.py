"""Searching, comparing and reporting on the command line."""

from __future__ import annotations

import json
import re
import secrets

import pytest

from couponry_cli.watching import lines
from couponry_jobs.scripts import scripts_root
from couponry_jobs.views import VIEWS
from tests.cli.conftest import Cli
from tests.endpoint import Target


@pytest.fixture(scope="module")
def cli(database: Target) -> Cli:
    tag = secrets.token_hex(6)
    return Cli(
        {**database.environment, "COUPONRY_LOG_LEVEL": "ERROR", "COUPONRY_ACTOR": f"op-{tag}"}
    )


@pytest.fixture(scope="module")
def shop(cli: Cli) -> tuple[str, str, str]:
    """A campaign with one code that was used twice and refused once, and one nobody used."""
    tag = secrets.token_hex(6).upper()
    campaign, used, idle = f"cli-{tag}", f"SAVE30-{tag}", f"IDLE-{tag}"
    cli.ok(
        *("campaign", "create", campaign, "--name", "Reports", "--start", "2020-01-01"),
        *("--percent", "30", "--per-user", "5", "--budget", "70", "--alert-percent", "50"),
    )
    for code in (used, idle):
        cli.ok(
            *("coupon", "create", code, "--campaign", campaign, "--name", f"Thirty {code}"),
            *("--max-uses", "2"),
        )
    for user in ("a", "b", "c"):
        cli.run("redeem", "apply", used, f"{user}-{tag}", "--amount", "100")
    return campaign, used, idle


def test_a_list_finds_what_looks_alike(cli: Cli, shop: tuple[str, str, str]) -> None:
    campaign, used, idle = shop
    alike = used.replace("SAVE30", "SAVE3O")

    (found,) = cli.data("coupon", "list", "--campaign", campaign, "--search", alike)
    exact = cli.data("coupon", "list", "--campaign", campaign, "--search", alike, "--no-fuzzy")
    by_revenue = cli.data("coupon", "list", "--campaign", campaign, "--sort", "revenue:desc")

    assert (found["couponCode"], found["matchRank"], found["usageText"]) == (used, 4, "2/2")
    assert exact == []
    assert [row["couponCode"] for row in by_revenue] == [used, idle]


def test_a_search_is_kept_found_used_and_deleted(cli: Cli, shop: tuple[str, str, str]) -> None:
    campaign, used, idle = shop
    cli.ok(
        *("search", "save", "full ones", "--campaign", campaign, "--status", "limit_reached"),
        *("--revenue-min", "1.50", "--from", "2020-01-01", "--sort", "usage:desc"),
    )

    full = cli.data("coupon", "list", "--saved", "Full Ones")
    others = cli.data("coupon", "list", "--saved", "full ones", "--revenue-min", "1000")
    cli.ok("coupon", "list", "--campaign", campaign, "--search", "idle")
    kept = cli.data("search", "list")
    deleted = cli.ok("search", "delete", "full ones", "--format", "table")
    missing = cli.run("coupon", "list", "--saved", "full ones", "--format", "json")

    assert [row["couponCode"] for row in full] == [used]
    assert others == []
    assert [row["name"] for row in kept[:2]] == ["full ones", None]
    assert json.loads(kept[1]["filterJson"]) == {"search": "idle", "campaignId": campaign}
    assert deleted == "deleted search full ones\n"
    assert json.loads(missing.stdout)["errorCode"] == "SEARCH_NOT_FOUND"
    assert idle not in [row["couponCode"] for row in full]


def test_the_attempts_with_a_code_are_paged(cli: Cli, shop: tuple[str, str, str]) -> None:
    _, used, _ = shop

    everything = cli.data("coupon", "usage", used, "--all")
    pages = [
        row["redemptionId"]
        for page in ("1", "2", "3")
        for row in cli.data("coupon", "usage", used, "--limit", "2", "--page", page)
    ]

    assert [row["status"] for row in everything] == ["failed", "success", "success"]
    assert pages == [row["redemptionId"] for row in everything]
    assert len(cli.data("coupon", "usage", used, "--status", "failed")) == 1
    assert cli.data("coupon", "usage", used, "--period", "yesterday") == []


def test_codes_are_compared(cli: Cli, shop: tuple[str, str, str]) -> None:
    _, used, idle = shop

    first, second = cli.data("coupon", "compare", idle, used)

    assert (first["couponCode"], first["conversionRate"]) == (idle, None)
    assert (second["couponCode"], second["conversionRate"]) == (used, "66.6667")
    assert second["revenueDifference"] == "140.00"


def test_a_code_a_campaign_and_the_system_are_reported(
    cli: Cli, shop: tuple[str, str, str]
) -> None:
    campaign, used, _ = shop

    of_code = cli.data("analytics", "coupon", used, "--period", "today", "--grain", "month")
    of_campaign = cli.data("analytics", "campaign", campaign)
    of_all = cli.data("analytics", "system", "--from", "2020-01-01")
    unknown = cli.run("analytics", "coupon", "NO-SUCH-CODE", "--format", "json")

    assert of_code["usage"][0]["successes"] == 2
    assert of_code["money"][0]["discountTotal"] == "60.00"
    assert of_code["failures"][0]["failures"] == 1
    assert of_campaign["redemptions"] == 2
    assert [row["couponCode"] for row in of_campaign["coupons"]] == [used]
    assert of_all["successes"] >= 2
    assert set(of_all) >= {"timeline", "funnel", "countries", "services", "channels", "tiers"}
    assert unknown.exit_code == 1
    assert json.loads(unknown.stdout)["errorCode"] == "COUPON_NOT_FOUND"


def test_the_dashboard_is_one_page(cli: Cli, shop: tuple[str, str, str]) -> None:
    campaign, _, _ = shop

    data = cli.data("analytics", "dashboard", "--top", "100")
    text = cli.ok("analytics", "dashboard", "--format", "table", "--wide")

    assert data["totalRedemptionsToday"] >= 2
    assert ("budget", campaign) in [(row["alertKind"], row["subject"]) for row in data["alerts"]]
    assert "TrendingDirection" in text


def test_targets_are_listed_with_their_verdicts(cli: Cli) -> None:
    result = cli.run("analytics", "targets", "--from", "1990-01-01", "--to", "1990-02-01")

    rows = json.loads(result.stdout)
    critical = [row for row in rows if row["verdict"] == "critical"]
    assert len(rows) == 11
    assert result.exit_code == (6 if critical else 0)
    assert ("error: CHECK_FAILED: critical" in result.stderr) == bool(critical)


def test_a_view_is_read_by_bound_values(cli: Cli, shop: tuple[str, str, str]) -> None:
    campaign, used, _ = shop

    by_campaign = ("--where", f"CampaignId={campaign}")
    (budget,) = cli.data("analytics", "view", "campaignbudget", *by_campaign)
    codes = cli.data(
        *("analytics", "view", "vw_CouponList", *by_campaign, "--where", "UsedCount=2")
    )
    over = cli.data("campaign", "budget", "--over-alert")
    limited = cli.data("analytics", "view", "CouponList", *by_campaign, "--limit", "1")

    assert (budget["budgetPercent"], budget["isOverAlert"]) == ("85.71", True)
    assert budget in over
    assert [row["couponCode"] for row in codes] == [used]
    assert len(limited) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("analytics", "view", "Coupons"),
        ("analytics", "view", "CouponList", "--where", "CampaignId"),
        ("analytics", "view", "CouponList", "--where", "CampaignId;--=1"),
        ("analytics", "system", "--period", "today", "--from", "2020-01-01"),
        ("coupon", "list", "--period", "today", "--to", "2020-01-01"),
        ("coupon", "list", "--sort", "name"),
        ("coupon", "list", "--sort", "code", "--sort", "usage", "--sort", "created"),
    ],
)
def test_what_cannot_be_asked_is_exit_code_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert cli.run(*arguments).exit_code == 2


def test_what_happens_is_watched_from_now_on(
    cli: Cli, shop: tuple[str, str, str], database: Target
) -> None:
    campaign, used, _ = shop
    code, user = f"W-{used[7:]}", f"watched-{used}"

    def redeem(_: float) -> None:
        cli.ok("redeem", "apply", code, user, "--amount", "10")

    cli.ok("coupon", "create", code, "--campaign", campaign, "--name", "Watched")
    with database.open() as opened:
        seen = list(lines(opened, ["coupon_used"], interval=9, looks=2, sleep=redeem))

    assert [row.get("EventType") or row["CouponCode"] for row in seen] == ["coupon_used", code]
    assert cli.ok("watch", "--looks", "1", "--format", "table") == ""
    assert cli.run("watch", "--events", " ").exit_code == 2


def test_every_deployed_view_can_be_read() -> None:
    manifest = (scripts_root() / "sql" / "manifest.txt").read_text("utf-8")

    assert set(re.findall(r"^views/(\w+)\.sql$", manifest, re.MULTILINE)) == VIEWS
