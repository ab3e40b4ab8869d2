"""couponry search …, and the options by which codes are looked for."""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import MOMENT, MONEY, PERIOD_STANDS_ALONE, PERIODS, to_json
from couponry_jobs import procedures
from couponry_jobs.connection import Row
from couponry_jobs.errors import BusinessFailure, UsageError
from couponry_jobs.procedures import Search

F = TypeVar("F", bound=Callable[..., Any])

COLUMNS = (
    "SavedSearchId",
    "Name",
    "FilterJson",
    "SortField",
    "SortDirection",
    "IsDefaultSort",
    "LastUsedAt",
)
SORTS = (
    "code",
    "discount_type",
    "discount_value",
    "status",
    "usage",
    "revenue",
    "conversion",
    "created",
    "expires",
)
DATES = {"created": "created", "expires": "expires", "last-used": "lastUsed"}


def search_options(function: F) -> F:
    """Decorator: what codes are looked for by, gathered into the argument `search`."""

    @functools.wraps(function)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        own = {name: named.pop(name) for name in _PARAMETERS}
        return function(*arguments, search=_search(**own), **named)

    decorated: Any = wrapped
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


_OPTIONS = (
    click.option("--search", "text", help="In code, internal name, description and source."),
    click.option("--no-fuzzy", is_flag=True, help="Nothing that only looks or sounds alike."),
    click.option("--status", "statuses", multiple=True, help="Repeat for several."),
    click.option("--discount-type"),
    click.option("--applicable-to"),
    click.option("--campaign"),
    click.option("--source"),
    click.option("--date-field", type=click.Choice(list(DATES)), help="Of --from, --to, --period."),
    click.option("--from", "since", type=MOMENT),
    click.option("--to", "until", type=MOMENT, help="Not included."),
    click.option("--period", type=click.Choice(PERIODS), help="Instead of --from and --to."),
    click.option("--usage-min", type=int),
    click.option("--usage-max", type=int),
    click.option("--revenue-min", type=MONEY),
    click.option("--revenue-max", type=MONEY),
    click.option("--conversion-min", type=MONEY),
    click.option("--conversion-max", type=MONEY),
    click.option("--generated", is_flag=True, help="Generated codes as well."),
    click.option("--deleted", is_flag=True, help="Deleted codes as well."),
    click.option(
        "--sort", "sorts", multiple=True, metavar="FIELD[:asc|:desc]", help="At most twice."
    ),
)
_PARAMETERS = (
    "text",
    "no_fuzzy",
    "statuses",
    "discount_type",
    "applicable_to",
    "campaign",
    "source",
    "date_field",
    "since",
    "until",
    "period",
    "usage_min",
    "usage_max",
    "revenue_min",
    "revenue_max",
    "conversion_min",
    "conversion_max",
    "generated",
    "deleted",
    "sorts",
)


def _search(
    *,
    text: str | None,
    no_fuzzy: bool,
    statuses: tuple[str, ...],
    campaign: str | None,
    source: str | None,
    date_field: str | None,
    since: Any,
    until: Any,
    period: str | None,
    generated: bool,
    deleted: bool,
    sorts: tuple[str, ...],
    **same: Any,
) -> Search:
    if period is not None and (since is not None or until is not None):
        raise UsageError(PERIOD_STANDS_ALONE)
    if len(sorts) > 2:
        raise UsageError("--sort: at most two fields")
    fields = [_sort(one) for one in sorts]
    first, second = [*fields, (None, None), (None, None)][:2]
    return Search(
        search=text,
        fuzzy=False if no_fuzzy else None,
        status_json=to_json(list(statuses)),
        campaign_id=campaign,
        campaign_source=source,
        date_field=DATES[date_field] if date_field else None,
        date_from=since,
        date_to=until,
        date_preset=period,
        include_generated=generated or None,
        include_deleted=deleted or None,
        sort_field=first[0],
        sort_direction=first[1],
        sort_field2=second[0],
        sort_direction2=second[1],
        **same,
    )


def _sort(text: str) -> tuple[str, str]:
    field, _, direction = text.partition(":")
    if field not in SORTS or direction not in ("", "asc", "desc"):
        raise UsageError(f"--sort {text!r}: use one of {', '.join(SORTS)} with :asc or :desc")
    return field, direction or "asc"


def owner_of(app: App) -> str:
    """Whose searches these are: --actor, else the user of the connection, else of the system."""
    return app.admin.actor or app.settings().user or getpass.getuser()


def kept_search(app: App, name: str) -> Search:
    """The saved search of that name."""
    return Search.kept(str(_saved(app, name)["FilterJson"]))


def on_top_of(search: Search, more: Search) -> Search:
    """A search with what another one says in place of what it says."""
    given: dict[str, Any] = more.given()
    return replace(search, **given)


@click.group(cls=Group)
def search() -> None:
    """Keep searches for codes under a name."""


@search.command("save")
@click.argument("name")
@search_options
@click.option("--default-sort", is_flag=True, help="Make its order the one to start with.")
@pass_app
def save(app: App, name: str, search: Search, default_sort: bool) -> None:
    """Keep a search; the same name again replaces it."""
    answer = procedures.save_search(
        app.database,
        owner=owner_of(app),
        name=name,
        search=search,
        is_default_sort=default_sort or None,
    )
    app.output.record(answer.row, message=f"saved search {name}")


@search.command("list")
@pass_app
def list_(app: App) -> None:
    """List the saved searches, then the recent ones."""
    found = procedures.list_saved_searches(app.database, owner=owner_of(app))
    app.output.rows(found, COLUMNS)


@search.command("delete")
@click.argument("name")
@pass_app
def delete(app: App, name: str) -> None:
    """Forget a saved search."""
    row = _saved(app, name)
    answer = procedures.delete_saved_search(
        app.database, saved_search_id=procedures.whole(row, "SavedSearchId"), owner=owner_of(app)
    )
    app.output.record(answer.row, message=f"deleted search {name}")


def _saved(app: App, name: str) -> Row:
    for row in procedures.list_saved_searches(app.database, owner=owner_of(app)):
        if row["Name"] is not None and str(row["Name"]).casefold() == name.casefold():
            return row
    raise BusinessFailure("SEARCH_NOT_FOUND", f"Saved search {name} does not exist.")
