"""couponry analytics …"""

from __future__ import annotations

from datetime import datetime

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.health import CheckFailed
from couponry_cli.options import period_options
from couponry_jobs import procedures, views
from couponry_jobs.connection import ResultSet
from couponry_jobs.errors import UsageError
from couponry_jobs.views import Filter, where

GRAIN = click.option("--grain", type=click.Choice(["day", "week", "month"]))
TARGETS = ("Target", "Measured", "Goal", "Acceptable", "Critical", "Verdict")

# Result sets 2, 3 … of each procedure.
DASHBOARD = ("topPerformers", "recentActivity", "alerts")
COUPON = (
    "usage",
    "money",
    "conversion",
    "fraud",
    "timeline",
    "rhythm",
    "markers",
    "failures",
)
CAMPAIGN = ("coupons", "channels", "variants", "timeline", "lifecycle", "markers")
SYSTEM = ("timeline", "funnel", "countries", "services", "channels", "tiers", "origins")


@click.group(cls=Group)
def analytics() -> None:
    """What came of codes, campaigns and all of it."""


@analytics.command("dashboard")
@period_options
@click.option("--top", type=int, help="How many of each.")
@pass_app
def dashboard(app: App, since: datetime | None, until: datetime | None, top: int | None) -> None:
    """The state of things: key figures, best codes, latest attempts, alerts."""
    found = procedures.get_dashboard(app.database, since=since, until=until, top=top)
    _show(app, found, DASHBOARD)


@analytics.command("coupon")
@click.argument("code")
@period_options
@GRAIN
@pass_app
def coupon(
    app: App, code: str, since: datetime | None, until: datetime | None, grain: str | None
) -> None:
    """One code: use, money, conversion, fraud, timeline, rhythm, failures."""
    answer = procedures.get_coupon_analytics(
        app.database, code=code, since=since, until=until, grain=grain
    )
    app.output.record(answer.row, sets=dict(zip(COUPON, answer.sets, strict=True)))


@analytics.command("campaign")
@click.argument("campaign_id", metavar="ID")
@period_options
@GRAIN
@pass_app
def campaign(
    app: App, campaign_id: str, since: datetime | None, until: datetime | None, grain: str | None
) -> None:
    """One campaign: totals, its codes, channels, variants, timeline, funnel."""
    answer = procedures.get_campaign_analytics(
        app.database, campaign_id=campaign_id, since=since, until=until, grain=grain
    )
    app.output.record(answer.row, sets=dict(zip(CAMPAIGN, answer.sets, strict=True)))


@analytics.command("system")
@period_options
@GRAIN
@pass_app
def system(app: App, since: datetime | None, until: datetime | None, grain: str | None) -> None:
    """All codes: totals, timeline, funnel, countries, services, channels, tiers, origins."""
    found = procedures.get_system_analytics(app.database, since=since, until=until, grain=grain)
    _show(app, found, SYSTEM)


@analytics.command("targets")
@period_options
@pass_app
def targets(app: App, since: datetime | None, until: datetime | None) -> None:
    """What was measured against its targets; exit code 6 if one is critical."""
    found = procedures.get_target_report(app.database, since=since, until=until)
    app.output.rows(found, TARGETS)
    critical = [str(row["Target"]) for row in found if row["Verdict"] == "critical"]
    if critical:
        raise CheckFailed(f"critical: {', '.join(critical)}")


@analytics.command("view")
@click.argument("name")
@click.option("--where", "conditions", multiple=True, metavar="COLUMN=VALUE", help="Repeatable.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@pass_app
def view(app: App, name: str, conditions: tuple[str, ...], limit: int) -> None:
    """Rows of a view, such as DailyRedemptions or vw_DailyRedemptions."""
    wanted = name.removeprefix("vw_").casefold()
    known = {one.removeprefix("vw_").casefold(): one for one in views.VIEWS}
    if wanted not in known:
        raise UsageError(f"there is no view {name!r} to read")
    found = views.select(
        app.database, known[wanted], filters=[_condition(one) for one in conditions], limit=limit
    )
    app.output.rows(found, list(found.columns))


def _condition(text: str) -> Filter:
    column, mark, value = text.partition("=")
    if not mark:
        raise UsageError(f"--where {text!r}: write it as COLUMN=VALUE")
    return where(column, "=", value)


def _show(app: App, found: tuple[ResultSet, ...], names: tuple[str, ...]) -> None:
    """The only row of the first set, and the others as its lists."""
    row = next(iter(found[0]))
    app.output.record(row, sets=dict(zip(names, found[1:], strict=True)))
