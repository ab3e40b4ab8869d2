"""couponry report html: one page, whole, that needs neither network nor script."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from couponry_cli.report import charts
from couponry_cli.report.charts import Mark, Series
from tests.cli.conftest import Cli
from tests.endpoint import Target

EMPTY = {"meta", "line", "br", "rect", "circle", "polyline"}
SECTIONS = (
    "key-figures",
    "timeline",
    "revenue",
    "funnel",
    "origins",
    "best",
    "season",
    "retention",
    "trouble",
    "operations",
)


class Page(HTMLParser):
    """The elements of a page; an element that is not closed in its turn is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY or (tag in ("line", "rect", "circle") and self._keeps()):
            self._open.append(tag)

    def _keeps(self) -> bool:
        # <line …/> stands alone; <line …><title>…</title></line> does not.
        return not (self.get_starttag_text() or "").endswith("/>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.found if name == tag)


@pytest.fixture(scope="module")
def shop(database: Target) -> tuple[Cli, str, str, str]:
    """A campaign with two codes; one was used twice and refused once."""
    cli = Cli({**database.environment, "COUPONRY_LOG_LEVEL": "ERROR"})
    tag = secrets.token_hex(5).upper()
    campaign, used, idle = f"rep-{tag}", f"REP-{tag}", f"IDLE-{tag}"
    cli.ok(
        *("campaign", "create", campaign, "--name", "Reports", "--start", "2020-01-01"),
        *("--percent", "10", "--budget", "500"),
    )
    for code in (used, idle):
        cli.ok("coupon", "create", code, "--campaign", campaign, "--max-uses", "2")
    for user in ("a", "b", "c"):
        cli.run("redeem", "apply", used, f"{user}-{tag}", "--amount", "100", "--country", "DE")
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    label = ("--kind", "launch", "--label", "<b>The post</b>")
    cli.ok("campaign", "marker", campaign, "--at", now, *label)
    return cli, campaign, used, idle


def test_a_page_is_whole_and_needs_nothing_else(
    shop: tuple[Cli, str, str, str], tmp_path: Path
) -> None:
    cli, *_ = shop
    file = tmp_path / "r.html"

    told = cli.ok(
        *("report", "html", "--period", "last_7_days", "--output", str(file)),
        *("--title", "Spring & <script>alert(1)</script>", "--format", "table"),
    )

    text = file.read_text("utf-8")
    page = Page(text)
    assert re.fullmatch(rf"{re.escape(str(file))} \(\d+ KB\)\n", told)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one["id"] for one in page.all("section")] == list(SECTIONS)
    assert "<h1>Spring &amp; &lt;script&gt;alert(1)&lt;/script&gt;</h1>" in text
    assert not re.search(r"https?://|src=|<link|@import|url\(", text)
    assert text.count("<script>") == 1


def test_each_drawing_speaks_and_has_its_figures_below(
    shop: tuple[Cli, str, str, str], tmp_path: Path
) -> None:
    cli, campaign, used, _ = shop
    file = tmp_path / "r.html"

    cli.ok("report", "html", "--campaign", campaign, "--output", str(file))

    text = file.read_text("utf-8")
    page = Page(text)
    drawings = [one for one in page.all("svg") if one.get("role") == "img"]
    assert len(drawings) >= 12
    assert all(one["aria-label"] for one in drawings)
    assert len(drawings) == len(list(page.all("figure"))) == len(list(page.all("details")))
    assert f"· campaign {campaign} ·" in text
    assert "&lt;b&gt;The post&lt;/b&gt;" in text
    assert "<b>The post" not in text
    assert re.search(rf"{campaign}, \d{{4}}-\d\d-\d\d: [12]\b", text)
    assert used not in text.split('id="timeline"')[0]


def test_codes_are_overlaid_and_compared(shop: tuple[Cli, str, str, str], tmp_path: Path) -> None:
    cli, _, used, idle = shop
    file = tmp_path / "r.html"

    done = cli.data(
        *("report", "html", "--coupon", used, "--compare", used, "--compare", idle),
        *("--output", str(file)),
    )

    timeline = file.read_text("utf-8").split('id="timeline"')[1].split("</section>")[0]
    assert done == {"file": str(file), "bytes": file.stat().st_size}
    assert f"</svg> {idle}</li>" in timeline
    assert "Codes compared" in timeline
    assert re.search(rf"{used}, \d{{4}}-\d\d-\d\d: [12]\b", timeline)


def test_what_cannot_be_reported_is_refused(
    shop: tuple[Cli, str, str, str], tmp_path: Path
) -> None:
    cli, campaign, used, _ = shop
    file = str(tmp_path / "r.html")

    def code(*arguments: str, output: str = file) -> int:
        return cli.run("report", "html", "--output", output, *arguments).exit_code

    assert code("--campaign", campaign, "--coupon", used) == 2
    assert code("--from", "2026-02-01", "--to", "2026-01-01") == 2
    assert code(*(f"--compare={number}" for number in range(11))) == 2
    assert code("--coupon", "NOSUCHCODE") == 1
    assert code("--campaign", campaign, output=str(tmp_path / "none" / "r.html")) == 3
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_drawn_as_nothing_and_everything_is_escaped() -> None:
    day = date(2026, 1, 1)

    empty = charts.lines("None", []) + charts.bars("None", []) + charts.heat("None", {}, (), ())
    lines = charts.lines("A & B", [Series("<x>", [(day, 3)])], [Mark(day, '"quoted" <i>')])
    bars = charts.bars("Bars", [("<y>", 2.5)], full=100)

    assert empty.count("<svg") == 3
    assert 'aria-label="A &amp; B"' in lines
    assert "&lt;x&gt;, 2026-01-01: 3" in lines
    assert "<i>" not in lines
    assert "&lt;y&gt;: 2.5" in bars
