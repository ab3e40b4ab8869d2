"""couponry fraud …"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import click

from couponry_cli.context import App, Group, paging_options, pass_app, yes_option
from couponry_cli.options import MONEY, period_options
from couponry_cli.pages import select, walk
from couponry_jobs import procedures
from couponry_jobs.connection import ResultSet, Row
from couponry_jobs.errors import BusinessFailure, UsageError
from couponry_jobs.procedures import whole
from couponry_jobs.views import Filter, where

F = TypeVar("F", bound=Callable[..., Any])

LIST = (
    "FraudEventId",
    "DetectedAt",
    "Severity",
    "DetectionType",
    "UserId",
    "CouponCode",
    "RiskScore",
    "OccurrenceCount",
    "ReviewStatus",
)
REVIEWED = ("FraudEventId", "Result")
REPORT = (
    "Day",
    "DetectionType",
    "Severity",
    "Events",
    "Approved",
    "Rejected",
    "Pending",
    "DetectionPrecision",
    "FraudRate",
)
# Result sets 2, 3 … of the looks.
DASHBOARD = ("riskFactors", "watchlist")
PERSON = ("attempts", "fraudEvents", "devices", "linkedUsers", "listEntries", "reservations")
# So many events go in one call.
PORTION = 500


def filters(function: F) -> F:
    """Decorator: what events are looked for."""
    for option in (
        click.option("--coupon", "code"),
        click.option("--user", "user_id"),
        click.option("--type", "kind", help="How it was noticed."),
        click.option("--severity", help="low, medium, high, critical."),
    ):
        function = option(function)
    return function


@click.group(cls=Group)
def fraud() -> None:
    """What looks like abuse, and what is decided about it."""


@fraud.command("dashboard")
@pass_app
def dashboard(app: App) -> None:
    """How bad it is: level, factors, who is watched."""
    found = procedures.get_fraud_dashboard(app.database)
    app.output.record(next(iter(found[0])), sets=dict(zip(DASHBOARD, found[1:], strict=True)))


@fraud.command("list")
@click.option("--status", help="pending (the default), approved, rejected.")
@filters
@paging_options
@pass_app
def list_(app: App, limit: int, page: int, everything: bool, **given: Any) -> None:
    """List events, the worst first."""
    rows = walk(
        lambda size, before: procedures.list_fraud_events(
            app.database, page_size=size, before_id=before, **given
        ),
        "FraudEventId",
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, LIST)


def _deciding(function: F) -> F:
    """Decorator: which events are decided on, and why."""
    for option in (
        yes_option,
        click.option("--note", help="Why."),
        filters,
        click.option(
            "--all-matching", is_flag=True, help="All pending ones that these filters find."
        ),
        click.argument("events", type=int, nargs=-1, metavar="[ID]…"),
    ):
        function = option(function)
    return function


@fraud.command("approve")
@_deciding
@pass_app
def approve(app: App, **given: Any) -> None:
    """Decide that events were no abuse."""
    _review(app, "approved", **given)


@fraud.command("reject")
@_deciding
@click.option("--block-user", is_flag=True, help="Block their users as well.")
@pass_app
def reject(app: App, **given: Any) -> None:
    """Decide that events were abuse."""
    _review(app, "rejected", **given)


def _review(
    app: App,
    decision: str,
    *,
    events: Sequence[int],
    all_matching: bool,
    note: str | None,
    yes: bool,
    block_user: bool = False,
    **wanted: Any,
) -> None:
    named = any(value is not None for value in wanted.values())
    if bool(events) == all_matching or (named and not all_matching):
        raise UsageError("name events, or look for them: --all-matching with its filters")
    if all_matching:
        events = [
            whole(row, "FraudEventId")
            for row in walk(
                lambda size, before: procedures.list_fraud_events(
                    app.database, status="pending", page_size=size, before_id=before, **wanted
                ),
                "FraudEventId",
                limit=1,
                page=1,
                everything=True,
            )
        ]
    call = partial(
        procedures.review_fraud_events,
        app.database,
        decision=decision,
        note=note,
        block_user=block_user,
        admin=app.admin,
    )
    portions = [events[at : at + PORTION] for at in range(0, len(events), PORTION)]
    results: list[Row] = []
    reviewed, asked = 0, False
    for portion in portions:
        try:
            answer = call(events=portion, confirm=asked)
        except BusinessFailure as refused:
            if refused.code != "CONFIRMATION_REQUIRED":
                raise
            app.confirm(f"{len(events)} events: mark them all {decision}?", yes=yes)
            asked = True
            answer = call(events=portion, confirm=True)
        reviewed += whole(answer.row, "Reviewed")
        results += answer.set(2)
    found = ResultSet(REVIEWED, tuple(tuple(row[name] for name in REVIEWED) for row in results))
    app.output.record(
        {"Reviewed": reviewed}, sets={"events": found}, message=f"{decision} {reviewed}"
    )
    if reviewed < len(events):
        for row in results:
            if row["Result"] != decision:
                app.say(f"{row['FraudEventId']}: {row['Result']}")
        click.get_current_context().exit(8)


@fraud.command("review-redemption")
@click.argument("redemptions", type=int, nargs=-1, required=True, metavar="ID…")
@click.option("--decision", type=click.Choice(["approved", "rejected"]), required=True)
@click.option("--reverse", is_flag=True, help="Take rejected ones back.")
@pass_app
def review_redemption(app: App, redemptions: tuple[int, ...], decision: str, reverse: bool) -> None:
    """Decide on redemptions that wait for a person."""
    answer = procedures.review_redemptions(
        app.database,
        redemptions=redemptions,
        decision=decision,
        reverse=reverse,
        admin=app.admin,
    )
    app.output.record(answer.row, message=f"{decision} {answer.row['Reviewed']}")


@fraud.command("flag")
@click.argument("user")
@click.option("--score", type=MONEY, required=True, help="Risk from 0 to 1.")
@pass_app
def flag(app: App, user: str, score: Decimal) -> None:
    """Put a user on the watch list."""
    answer = procedures.flag_user(app.database, user_id=user, score=score, admin=app.admin)
    told = f"flagged {user}: {answer.row['RecommendedAction']}"
    app.output.record(answer.row, message=told)


@fraud.command("investigate")
@click.argument("user")
@click.option("--days", type=int, help="How far back.")
@pass_app
def investigate(app: App, user: str, days: int | None) -> None:
    """Show all that is known of a user's behaviour; the look itself is recorded."""
    found = procedures.investigate_user(app.database, user_id=user, days=days, admin=app.admin)
    profile = next(iter(found[0]), None)
    if profile is None:
        raise BusinessFailure("USER_NOT_FOUND", f"User {user} not found.", {})
    app.output.record(profile, sets=dict(zip(PERSON, found[1:], strict=True)))


@fraud.command("report")
@period_options
@paging_options
@pass_app
def report(
    app: App,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    page: int,
    everything: bool,
) -> None:
    """Events by day, kind and severity, and what became of them."""
    chosen: list[Filter] = []
    if since is not None:
        chosen.append(where("Day", ">=", since))
    if until is not None:
        chosen.append(where("Day", "<", until))
    rows = select(
        app.database,
        "vw_FraudSummary",
        filters=chosen,
        order=[("Day", True), ("DetectionType", False), ("Severity", False)],
        limit=limit,
        page=page,
        everything=everything,
    )
    app.output.rows(rows, REPORT)
