"""couponry job, reconcile, webhook and worker outbox, as they are typed."""

from __future__ import annotations

import json

from tests.cli.conftest import Cli
from tests.endpoint import Target
from tests.spec.office import Office, fresh


def test_a_job_is_run_listed_and_its_state_shown(cli: Cli) -> None:
    done = cli.data("job", "run", "cleanup")
    listed = cli.data("job", "list")
    shown = {row["jobName"]: row for row in cli.data("job", "status")}

    assert (done["jobName"], done["status"]) == ("cleanup", "Succeeded")
    assert {"jobName": "cleanup", "schedule": "0 3 * * *"} in listed
    assert (shown["cleanup"]["lastStatus"], shown["cleanup"]["isLate"]) == ("Succeeded", False)


def test_a_job_prints_its_figures_for_prometheus_and_takes_a_day(cli: Cli) -> None:
    printed = cli.ok("job", "run", "snapshot", "--date", "2026-01-02", "--metrics")

    assert 'couponry_job_items_total{job="snapshot"}' in printed
    assert cli.run("job", "run", "nothing").exit_code == 2
    assert cli.run("job", "run", "requeue-pending").exit_code == 3


def test_drift_ends_with_six_and_is_listed(cli: Cli, database: Target) -> None:
    campaign, code = fresh("c"), fresh("DRIFT").upper().replace("-", "")
    start = ("--start", "2026-01-01")
    cli.ok("campaign", "create", campaign, "--name", "Drift", "--percent", "10", *start)
    cli.ok("coupon", "create", code, "--campaign", campaign)

    one = ("reconcile", "--scope", "coupon", "--id", code, "--format", "json")
    with Office(database) as office:
        office.write("UPDATE dbo.Coupons SET UsedCount = 3 WHERE CouponCode = ?;", code)

    checked, corrected, clean = (cli.run(*one, *more) for more in (["--check"], [], ["--check"]))

    assert [each.exit_code for each in (checked, corrected, clean)] == [6, 6, 0]
    rows = [json.loads(each.stdout)[0] for each in (checked, corrected)]
    assert [(row["counterName"], row["stored"], row["corrected"]) for row in rows] == [
        ("UsedCount", "3.00", False),
        ("UsedCount", "3.00", True),
    ]


def test_subscriptions_are_kept_and_looked_after(cli: Cli) -> None:
    name = fresh("hook")
    saved = cli.data(
        "webhook", "save", "--name", name, "--target", "https://shop.example/hook",
        "--event", "coupon_used", "--secret-name", "shop", "--inactive",
    )  # fmt: skip
    number = str(saved["webhookId"])

    listed = {row["name"]: row for row in cli.data("webhook", "list")}
    backlog = {row["name"]: row for row in cli.data("webhook", "backlog")}
    retried = cli.data("webhook", "retry-dead", number)

    assert json.loads(listed[name]["eventTypesJson"]) == ["coupon_used"]
    assert (listed[name]["isActive"], backlog[name]["dead"]) == (False, 0)
    assert retried["requeued"] == 0
    refused = cli.run("webhook", "save", "--name", name, "--target", "http://shop.example")
    assert refused.exit_code == 2
    assert cli.data("worker", "outbox", "--once")["failed"] == 0
