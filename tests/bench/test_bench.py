"""The bench runs from end to end on the smallest sizes; what it measures is not judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench import contention, production, redemption, sites
from bench.__main__ import main
from bench.shops import middle


@pytest.fixture(scope="module")
def site() -> Iterator[sites.Site]:
    with sites.open_site() as opened:
        yield opened


def test_redemption_is_compared(site: sites.Site) -> None:
    found = redemption.measure(site, seconds=1, connections=(1, 2), campaigns=2, rounds=1)
    assert [one.connections for one in found] == [1, 2]
    assert all(one.couponry > 0 and one.refused == 0 for one in found)
    assert all((one.ratio is None) == (site.socket is None) for one in found)


def test_generation_is_measured(site: sites.Site) -> None:
    made = production.measure(site, codes=500)
    assert made.rate > 0
    assert made.memory_mb > 0
    assert (made.copy_seconds is None) == (site.socket is None)


def test_contention_has_three_figures(site: sites.Site) -> None:
    figures = contention.measure(site, seconds=0.5, connections=3, coupons=3)
    assert len(figures) == 3
    assert all(figure.rate > 0 and figure.refused == 0 for figure in figures)


def test_the_command_writes_what_it_measured(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    options = ["--only", "generation", "--codes", "100", "--json", str(target)]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert json.loads(target.read_text())["generation"]["codes"] == 100


def test_the_middle_of_values() -> None:
    assert middle([3.0, 1.0, 2.0]) == 2.0
    assert middle([4.0, 1.0, 2.0, 3.0]) == 2.5
