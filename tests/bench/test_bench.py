"""The bench runs from end to end on the smallest sizes; what it measures is not judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pyodbc
import pytest
from click.testing import CliRunner

from bench import callers, contention, lifecycle, mixed, production, redemption, server, sites
from bench.__main__ import main
from bench.shops import middle, spread
from couponry_jobs.connection import Database, connection_string
from couponry_jobs.driver import find_driver

OWN_COLUMNS = {
    "redemptionhistory": {
        "redemptionid",
        "userid",
        "orderid",
        "ipaddress",
        "devicefingerprint",
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
    "userdevices": {"userid", "devicefingerprint", "firstseenat", "lastseenat"},
    "userprofiles": {"userid", "lastipaddress", "lastattemptat", "createdat", "updatedat"},
}
"""What two redemptions of two users do not share: who, when, where, and numbers given out."""

HAND = "SELECT * FROM bench.redeem(%s, %s, %s, %s, %s, %s, %s, %s, %s::int2)"


@pytest.fixture(scope="module")
def site() -> Iterator[sites.Site]:
    with sites.open_site() as opened:
        yield opened


def test_redemption_is_compared(site: sites.Site) -> None:
    found = redemption.measure(site, seconds=1, connections=(1, 2), campaigns=2, slices=1)
    assert [one.connections for one in found] == [1, 2]
    assert all(one.couponry > 0 and one.refused == 0 for one in found)
    assert all((one.ratio is None) == (site.socket is None) for one in found)


@pytest.mark.parametrize("kind", ["bench", "bare", "without device", "by VPN", "watched"])
def test_the_hand_written_function_leaves_the_rows_that_the_procedure_leaves(
    site: sites.Site, kind: str
) -> None:
    if site.socket is None:
        return
    stem = kind.replace(" ", "-")
    users = [f"{stem}-procedure", f"{stem}-by-hand"]
    calls = [[*callers.arguments("", user)] for user in users]
    for call in calls:
        if kind == "bare":
            call[4:] = [None, None, None, None, None]
        if kind == "without device":
            call[7] = None
        if kind == "by VPN":
            call[8] = True
    with Database(site.settings) as database:
        codes = spread(database, f"{stem[:4]}-", 1, 2)

    link = connection_string(site.settings, find_driver(site.settings.driver))
    with (
        closing(pyodbc.connect(link, autocommit=True)) as connection,
        site.postgres() as postgres,
    ):
        postgres.execute(redemption.FUNCTION.read_text())
        if kind == "watched":
            for user in users:
                postgres.execute(
                    "INSERT INTO dbo.accesslists (listkind, subjectkind, subjectvalue, riskscore,"
                    " reason) VALUES ('watch', 'user', %s, 0.40, 'bench')",
                    (user,),
                )
        if kind == "by VPN":
            # Known users: an unknown one behind a VPN is a signal, which is no plain call.
            for user in users:
                postgres.execute(
                    "INSERT INTO dbo.userprofiles (userid, emailverified) VALUES (%s, 1)", (user,)
                )
        # Twice: the second call finds the rows and the history of the first.
        for code in codes:
            for call in calls:
                call[0], call[3] = code, f"{call[1]}-{code}"
            by_procedure = connection.execute(callers.STATEMENT, *calls[0]).fetchone()
            by_hand = postgres.execute(HAND, [*calls[1][:8], _number(calls[1][8])]).fetchone()
            assert by_procedure is not None and by_hand is not None
            assert by_procedure.Success and by_hand[0]
            assert by_procedure.RiskScore == by_hand[11]
            assert by_procedure.RemainingUsesForUser == by_hand[10]
        for table, own in OWN_COLUMNS.items():
            theirs, ours = (_rows(postgres, table, user, own) for user in users)
            assert theirs == ours, table
            assert theirs or (table == "userdevices" and calls[0][7] is None), table
        events = [
            postgres.execute(
                "SELECT eventtype, entitytype, replace(regexp_replace(lower(payloadjson::jsonb::"
                "text), '\"redemptionid\": \\d+', ''), lower(%s), '') FROM dbo.outboxevents"
                " WHERE payloadjson LIKE %s ORDER BY eventid",
                (user, f"%{user}%"),
            ).fetchall()
            for user in users
        ]
    assert events[0] == events[1]
    assert len(events[0]) == 2


def test_a_redemption_that_is_no_replay_reads_nothing_after_its_commit(site: sites.Site) -> None:
    """Else the stand-in would enter it twice, once before the commit and once after it (0015)."""
    if site.socket is None:
        return
    with Database(site.settings) as database:
        [code] = spread(database, "once-", 1, 1)
    link = connection_string(site.settings, find_driver(site.settings.driver))
    with closing(pyodbc.connect(link, autocommit=True)) as connection:
        row = connection.execute(callers.STATEMENT, *callers.arguments(code, "once")).fetchone()
        assert row is not None and row.Success

    with site.postgres() as postgres:
        found = postgres.execute(
            "SELECT prosrc FROM pg_proc WHERE proname LIKE 'dbo.sp_redeemcoupon!_%' ESCAPE '!'"
        ).fetchall()

    # What may stop for the commit is the branch of a replay: nothing before it, nothing beside it.
    assert found
    for (text,) in found:
        assert str(text).count("_1 := 'COMMIT'") == 1
        assert str(text).index("_1 := 'COMMIT'") > str(text).rindex("lower('replay'::text)")


def _number(flag: object) -> int | None:
    return None if flag is None else int(bool(flag))


def _rows(
    postgres: psycopg.Connection[tuple[object, ...]], table: str, user: str, own: set[str]
) -> list[dict[str, object]]:
    """What the table holds of the user, in the order of writing, without what is his own."""
    cursor = postgres.execute(
        f"SELECT * FROM dbo.{table} WHERE userid = %s ORDER BY xmin::text::int8".encode(), (user,)
    )
    names = [column.name for column in cursor.description or ()]
    return [
        {name: value for name, value in zip(names, row, strict=True) if name not in own}
        for row in cursor
    ]


def test_generation_is_measured(site: sites.Site) -> None:
    made = production.measure(site, codes=500)
    assert made.rate > 0
    assert made.memory_mb > 0
    assert (made.copy_seconds is None) == (site.socket is None)


def test_contention_has_three_figures(site: sites.Site) -> None:
    figures = contention.measure(site, seconds=0.5, connections=3, coupons=3)
    assert len(figures) == 3
    assert all(figure.rate > 0 and figure.refused == 0 for figure in figures)


def test_every_call_in_the_life_of_a_redemption_is_compared_with_it(site: sites.Site) -> None:
    costs = {
        cost.kind: cost for cost in lifecycle.measure(site, seconds=0.5, campaigns=2, warm_up=1)
    }
    assert set(costs) == set(lifecycle.KINDS)
    assert costs["redeem"].of_redeem == 1
    assert all(cost.calls > 0 and cost.p95_ms >= cost.median_ms > 0 for cost in costs.values())


def test_a_mixed_load_comes_by_the_clock(site: sites.Site) -> None:
    load = mixed.measure(site, seconds=1, offered=40, connections=3, campaigns=3)
    assert 0 < load.reached <= 45
    assert 0 < load.validations <= 45
    assert load.p95_ms >= load.median_ms > 0


def test_what_the_server_adds_to_each_call_is_measured(site: sites.Site) -> None:
    added = server.measure(site, seconds=0.1, inserted=40, read=60)
    assert [one.kind for one in added] == list(server.KINDS)
    assert [one.rows for one in added] == [1, 1, 40, 60]
    assert all(one.through_ms > 0 and one.rows_per_second > 0 for one in added)
    assert all((one.direct_ms is None) == (site.socket is None) for one in added)
    assert all((one.ratio is None) == (site.socket is None) for one in added)


def test_the_command_writes_what_it_measured(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    options = ["--only", "generation", "--codes", "100", "--json", str(target)]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert json.loads(target.read_text())["generation"]["codes"] == 100


def test_the_middle_of_values() -> None:
    assert middle([3.0, 1.0, 2.0]) == 2.0
    assert middle([4.0, 1.0, 2.0, 3.0]) == 2.5
