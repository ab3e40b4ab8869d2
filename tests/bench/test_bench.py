"""The bench runs from end to end on the smallest sizes; what it measures is not judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyodbc
import pytest
from click.testing import CliRunner

from bench import callers, contention, production, redemption, sites
from bench.__main__ import main
from bench.shops import middle, spread
from couponry_jobs.connection import Database, connection_string
from couponry_jobs.driver import find_driver

OWN_COLUMNS = {
    "redemptionhistory": {
        "redemptionid",
        "userid",
        "orderid",
        "attemptedat",
        "completedat",
    },
    "userredemptions": {
        "userredemptionid",
        "userid",
        "firstredeemedat",
        "lastredeemedat",
    },
    "couponuserusage": {"userid", "lastusedat"},
    "userprofiles": {"userid", "lastattemptat", "createdat", "updatedat"},
}
"""What two redemptions of two users do not share: who, when, and numbers given out."""


@pytest.fixture(scope="module")
def site() -> Iterator[sites.Site]:
    with sites.open_site() as opened:
        yield opened


def test_redemption_is_compared(site: sites.Site) -> None:
    found = redemption.measure(site, seconds=1, connections=(1, 2), campaigns=2, rounds=1)
    assert [one.connections for one in found] == [1, 2]
    assert all(one.couponry > 0 and one.refused == 0 for one in found)
    assert all((one.ratio is None) == (site.socket is None) for one in found)


def test_the_hand_written_function_leaves_the_rows_that_the_procedure_leaves(
    site: sites.Site,
) -> None:
    if site.socket is None:
        return
    with Database(site.settings) as database:
        [code] = spread(database, "same-", 1, 1)
    with site.postgres() as postgres:
        postgres.execute(redemption.FUNCTION.read_text())

    text = connection_string(site.settings, find_driver(site.settings.driver))
    connection = pyodbc.connect(text, autocommit=True)
    connection.execute(
        callers.STATEMENT, code, "by-procedure", callers.AMOUNT, "order-1"
    ).fetchall()
    connection.close()
    with site.postgres() as postgres:
        postgres.execute(
            "SELECT * FROM bench.redeem(%s, 'by-hand', 100.00, 'order-2')", (code,)
        ).fetchall()

        for table, own in OWN_COLUMNS.items():
            names = [
                str(row[0])
                for row in postgres.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'dbo'"
                    " AND table_name = %s ORDER BY ordinal_position",
                    (table,),
                )
                if row[0] not in own
            ]
            rows = [
                postgres.execute(
                    f"SELECT {', '.join(names)} FROM dbo.{table} WHERE userid = %s".encode(),
                    (user,),
                ).fetchall()
                for user in ("by-procedure", "by-hand")
            ]
            assert len(rows[0]) == 1, table
            assert dict(zip(names, rows[0][0], strict=True)) == dict(
                zip(names, rows[1][0], strict=True)
            ), table
        events = postgres.execute(
            "SELECT eventtype, entitytype, count(*) FROM dbo.outboxevents WHERE payloadjson LIKE"
            " '%by-procedure%' OR payloadjson LIKE '%by-hand%' GROUP BY 1, 2"
        ).fetchall()
    assert [each[2] for each in events] == [2]


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
