"""couponry coupon bulk …: one change for many codes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from couponry_cli.context import App, Group, pass_app, yes_option
from couponry_cli.coupons import coupon
from couponry_cli.options import MOMENT
from couponry_cli.searches import search_options
from couponry_jobs import procedures
from couponry_jobs.errors import BusinessFailure, UsageError
from couponry_jobs.procedures import Answer, Search

COLUMNS = ("CouponCode", "Changed", "ErrorCode")


class PartlyDone(BusinessFailure):
    """Some rows were refused; the others changed."""

    exit_code = 8


def leave(app: App, answer: Answer) -> None:
    """Print what became of each code; rows that were refused decide the exit code."""
    row = answer.row
    refused = [one for one in answer.set(2) if one["ErrorCode"]]
    if app.format == "json":
        app.output.record(row, sets={"coupons": answer.set(2)})
    elif app.format == "csv":
        app.output.rows(answer.set(2), COLUMNS)
    elif refused:
        app.output.rows(refused, COLUMNS)
        app.say(f"matched {row['Matched']}, changed {row['Changed']}")
    else:
        app.output.record(row, message=f"matched {row['Matched']}, changed {row['Changed']}")
    if refused:
        code = "PARTLY_DONE" if row["Changed"] else str(refused[0]["ErrorCode"])
        raise PartlyDone(code, f"{len(refused)} codes were refused")


@coupon.group("bulk", cls=Group)
def bulk() -> None:
    """Change the codes of a file, or all that a search finds."""


def _selection(function: Any) -> Any:
    """Decorator: which codes, how many at most, and whether to ask."""
    for option in reversed(
        (
            click.option(
                "--file",
                "path",
                type=click.Path(path_type=Path),
                metavar="CODES.txt",
                help="One code a line, instead of a search.",
            ),
            search_options,
            click.option("--max-rows", type=int, help="The first ones only (1000)."),
            click.option("--dry-run", is_flag=True, help="Only count the codes."),
            yes_option,
        )
    ):
        function = option(function)
    return function


@bulk.command("activate")
@_selection
@pass_app
def activate(app: App, **given: Any) -> None:
    """Let codes be redeemed."""
    _change(app, "activate", **given)


@bulk.command("deactivate")
@_selection
@pass_app
def deactivate(app: App, **given: Any) -> None:
    """Stop codes at once."""
    _change(app, "deactivate", **given)


@bulk.command("extend")
@_selection
@click.option("--until", "new_end", type=MOMENT)
@click.option("--days", type=int)
@pass_app
def extend(app: App, new_end: datetime | None, days: int | None, **given: Any) -> None:
    """Move the end of codes to a time, or by days."""
    if (new_end is None) is (days is None):
        raise UsageError("--until or --days: give one of them")
    _change(app, "extend_expiry", new_end=new_end, days=days, **given)


@bulk.command("delete")
@_selection
@pass_app
def delete(app: App, **given: Any) -> None:
    """Delete codes; their history is kept."""
    _change(app, "delete", **given)


def _change(
    app: App,
    action: str,
    *,
    path: Path | None,
    search: Search,
    max_rows: int | None,
    dry_run: bool,
    yes: bool,
    new_end: datetime | None = None,
    days: int | None = None,
) -> None:
    if (path is None) is (not search.given()):
        raise UsageError("--file or a search: give one of them")
    chosen: dict[str, Any] = {
        "codes_json": None if path is None else json.dumps(_codes(path)),
        "filter_json": None if path is not None else search.filter_json(),
        "max_rows": max_rows,
    }
    # Deleting without a confirmation only counts, whatever is to be done in the end.
    counted = procedures.bulk_update_coupons(app.database, action="delete", **chosen)
    if dry_run:
        app.output.record(
            {"Matched": counted.row["Matched"]}, message=f"matched {counted.row['Matched']}"
        )
        return
    word = "Extend" if action == "extend_expiry" else action.capitalize()
    app.confirm(f"{counted.row['Matched']} coupons match. {word}?", yes=yes)
    answer = procedures.bulk_update_coupons(
        app.database,
        action=action,
        new_end=new_end,
        days=days,
        confirm=True,
        admin=app.admin,
        **chosen,
    )
    leave(app, answer)


def _codes(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None
    codes = [line.strip() for line in text.splitlines() if line.strip()]
    if not codes:
        raise UsageError(f"{path}: no codes")
    return codes
