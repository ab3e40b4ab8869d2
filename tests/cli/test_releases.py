"""couponry db upgrade, rollback and partition, as they are typed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from couponry_jobs import scripts
from couponry_jobs.settings import Settings
from tests.cli.conftest import Cli
from tests.endpoint import Target, fresh_database
from tests.jobs.releases import FIRST, Project, empty, first_release, second_release
from tests.spec.office import fresh

MIGRATION = "sql/migrations/100001_step.sql"
ROLLBACK = "sql/migrations/rollback/100001_step.sql"


class Place:
    """Which release the command line belongs to."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def use(self, project: Project) -> None:
        self._patch.setattr(scripts, "scripts_root", lambda: project.root)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(monkeypatch)


@pytest.fixture
def first(tmp_path: Path) -> Project:
    return first_release(tmp_path / "first")


@pytest.fixture
def second(first: Project, tmp_path: Path) -> Project:
    return second_release(first, tmp_path / "second")


@pytest.fixture(scope="module")
def ground(server: Settings) -> Iterator[Target]:
    """A database for all tests of this page, one after the other."""
    with fresh_database(server) as target:
        yield target


@pytest.fixture
def nothing(ground: Target) -> Iterator[Cli]:
    """The command line on an empty database."""
    yield Cli({**ground.environment, "COUPONRY_LOG_LEVEL": "ERROR"})
    empty(ground)


@pytest.fixture
def shop(nothing: Cli, place: Place, first: Project, second: Project) -> Cli:
    """The command line of the second release, on a database of the first one."""
    place.use(first)
    nothing.ok("db", "install")
    place.use(second)
    return nothing


def test_a_release_is_previewed_deployed_and_deployed_again(shop: Cli) -> None:
    planned = shop.data("db", "upgrade", "--dry-run")
    table = shop.ok("db", "upgrade", "--dry-run", "--format", "table")
    listed = list(
        csv.DictReader(io.StringIO(shop.ok("db", "upgrade", "--dry-run", "--format", "csv")))
    )
    done = shop.run("db", "upgrade", "--format", "json")
    again = shop.ok("db", "upgrade", "--format", "table")

    assert [(row["action"], row["version"], row["script"]) for row in planned] == [
        ("migrate", FIRST, MIGRATION),
        ("record", None, "sql/schema/Orders.sql"),
        ("apply", None, "procedures/service/sp_Answer.sql"),
    ]
    assert (planned[0]["batches"], planned[0]["inTransaction"]) == (2, True)
    assert [row["Script"] for row in listed] == [row["script"] for row in planned]
    assert MIGRATION in table
    assert '"applied": 3' in done.stdout
    assert "upgrade: 100 % (3 of 3)" in done.stderr
    assert again.startswith("nothing to do; schema version 100001")
    assert shop.data("db", "upgrade", "--dry-run") == []


def test_a_preview_shows_the_texts_to_those_who_want_them_and_changes_nothing(shop: Cli) -> None:
    shown = shop.run("db", "upgrade", "--dry-run", "--verbose", "--format", "json")

    assert "UPDATE dbo.Orders SET Price = 5" in shown.stderr
    assert "UPDATE dbo.Orders" not in shown.stdout
    states = {row["script"]: row["state"] for row in shop.data("db", "status")}
    assert states[MIGRATION] == "pending"
    assert states["sql/schema/Orders.sql"] == "outdated"
    assert states["sql/schema/AuditLog.sql"] == "applied"


def test_an_installation_is_previewed_too(nothing: Cli, place: Place, first: Project) -> None:
    place.use(first)

    planned = nothing.data("db", "install", "--dry-run")
    refused = nothing.run("db", "upgrade", "--format", "json")

    assert [row["action"] for row in planned] == ["create", "create", "create", "apply"]
    assert (refused.exit_code, "couponry db install" in refused.stdout) == (5, True)
    assert {row["state"] for row in nothing.data("db", "status")} == {"pending"}


def test_a_rollback_asks_undoes_and_says_what_is_next(shop: Cli) -> None:
    shop.ok("db", "upgrade")

    planned = shop.data("db", "rollback", "--to", "100000", "--dry-run")
    unasked = shop.run("db", "rollback")
    done = shop.ok("db", "rollback", "--yes", "--format", "table")
    again = shop.ok("db", "rollback", "--yes", "--format", "table")

    assert [(row["action"], row["script"]) for row in planned] == [("undo", ROLLBACK)]
    assert unasked.exit_code == 2
    assert MIGRATION in unasked.stderr
    assert "Undo 1 migration of" in unasked.stderr
    assert "schema version 100000. Now put the older code back: couponry db upgrade" in done
    assert again.startswith("nothing to undo")


def test_each_way_of_being_refused_has_its_exit_code(
    shop: Cli, place: Place, first: Project, second: Project
) -> None:
    unknown = shop.run("db", "upgrade", "--to", "7")
    shop.ok("db", "upgrade")
    backwards = shop.run("db", "upgrade", "--to", "100000")
    place.use(first)
    older = [shop.run("db", verb, *more) for verb, *more in (["upgrade"], ["rollback", "--yes"])]
    place.use(second)
    second.migration(FIRST, "PRINT N'other';\n", "PRINT N'other';\n")
    changed = shop.run("db", "upgrade", "--format", "json")

    assert (unknown.exit_code, backwards.exit_code) == (2, 2)
    assert "version 7 is unknown: this release has 100000, 100001" in unknown.stderr
    assert [one.exit_code for one in older] == [5, 5]
    assert all("the database is newer than this release" in one.stderr for one in older)
    assert changed.exit_code == 5
    assert '"errorCode": "DEPLOYMENT"' in changed.stdout
    assert "was changed after it was applied" in changed.stdout


def test_partitions_are_counted_before_anybody_is_asked(cli: Cli, tmp_path: Path) -> None:
    early = fresh("cut")
    late = f"{early}b"
    for campaign, codes in ((early, 2), (late, 1)):
        cli.ok("campaign", "create", campaign, "--name", "Parts", "--start", "2026-01-01",
               "--percent", "5")  # fmt: skip
        for number in range(codes):
            code = f"{campaign}-{number}".upper()
            cli.ok("coupon", "create", code, "--campaign", campaign)
    file = tmp_path / "boundaries.txt"
    file.write_text(f"# the large ones\n{late}\n\n{early}  # since spring\n")

    ranges = cli.data("db", "partition", "--boundaries", str(file), "--dry-run")
    unasked = cli.run("db", "partition", "--boundaries", str(file))

    assert [(one["partition"], one["from"], one["before"]) for one in ranges] == [
        (1, None, early),
        (2, early, late),
        (3, late, None),
    ]
    # Campaigns of other tests may lie before the first boundary and behind the last.
    assert ranges[1]["coupons"] == 2
    assert ranges[2]["coupons"] >= 1
    assert unasked.exit_code == 2
    assert "3 partitions. The table is locked while it is moved" in unasked.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no campaign"),
        ("# none\n\n", "names no campaign"),
        ("a\nb\na\n", "line 3: a stands there twice"),
        ("x" * 101, "line 1: no campaign has so long an id"),
        ("no-such-campaign\nnor-this\n", "no such campaign: no-such-campaign, nor-this"),
        (None, "No such file"),
    ],
)
def test_boundaries_that_make_no_sense_are_refused(
    cli: Cli, tmp_path: Path, text: str | None, words: str
) -> None:
    file = tmp_path / "boundaries.txt"
    if text is not None:
        file.write_text(text)

    result = cli.run("db", "partition", "--boundaries", str(file), "--yes")

    assert result.exit_code == 2
    assert words in result.stderr
