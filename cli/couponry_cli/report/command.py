"""couponry report …"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import click
import jinja2

from couponry_cli.context import App, Group, pass_app
from couponry_cli.options import period_of, period_options
from couponry_cli.report.figures import Section, Wanted, gather
from couponry_jobs.errors import ConfigurationError, UsageError

DEFAULT_PERIOD = "last_30_days"
MOST_COMPARED = 10


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    since: datetime
    until: datetime
    created: str
    database: str
    filter: str
    sections: list[Section]


@click.group(cls=Group)
def report() -> None:
    """Write reports."""


@report.command("html")
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Else report.html in COUPONRY_EXPORT_DIR.",
)
@period_options
@click.option("--campaign", help="Of one campaign.")
@click.option("--coupon", help="Of one code.")
@click.option("--compare", multiple=True, metavar="CODE", help="Overlay a code. Repeatable.")
@click.option("--title", default="Coupon report", show_default=True)
@pass_app
def html(
    app: App,
    file: Path | None,
    since: datetime | None,
    until: datetime | None,
    campaign: str | None,
    coupon: str | None,
    compare: tuple[str, ...],
    title: str,
) -> None:
    """One page with all figures and drawings, which needs no network and no script."""
    if campaign is not None and coupon is not None:
        raise UsageError("--campaign and --coupon: give one or the other")
    if len(compare) > MOST_COMPARED:
        raise UsageError(f"--compare: at most {MOST_COMPARED} codes")
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    first, last = period_of(DEFAULT_PERIOD, now)
    wanted = Wanted(since or first, until or last, campaign, coupon, compare)
    if wanted.since >= wanted.until:
        raise UsageError("the period ends before it begins")
    made = Report(
        title=title,
        since=wanted.since,
        until=wanted.until,
        created=f"{now:%Y-%m-%d %H:%M:%S}",
        database=app.database.settings.database,
        filter=f"campaign {campaign}" if campaign else f"code {coupon}" if coupon else "",
        sections=gather(app.database, wanted),
    )
    target = file or app.database.settings.export_dir / "report.html"
    size = write(target, render(made))
    app.output.record(
        {"File": str(target), "Bytes": size}, message=f"{target} ({-(-size // 1024)} KB)"
    )


def render(made: Report) -> str:
    """The page; every text in it is escaped."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    page = files("couponry_cli.report").joinpath("page.html").read_text("utf-8")
    return environment.from_string(page).render(report=made)


def write(target: Path, text: str) -> int:
    """A file that only its owner reads, as it names codes; there whole, or not at all."""
    draft = target.with_name(f"{target.name}.part")
    data = text.encode()
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as open_file:
            open_file.write(data)
        draft.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error
    return len(data)
