"""A database that holds data is brought to another release, and back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from couponry_jobs import deployment
from couponry_jobs.connection import Database, Value
from couponry_jobs.deployment import Action, State, running
from couponry_jobs.errors import DeploymentError, UsageError
from couponry_jobs.settings import Settings
from tests.endpoint import Target, fresh_database
from tests.jobs.releases import (
    FIRST,
    GUARDED,
    SECOND,
    Project,
    empty,
    first_release,
    second_release,
)

NOTHING = "PRINT N'nothing';\nGO\n"


@pytest.fixture
def first(tmp_path: Path) -> Project:
    return first_release(tmp_path / "first")


@pytest.fixture
def second(first: Project, tmp_path: Path) -> Project:
    return second_release(first, tmp_path / "second")


@pytest.fixture(scope="module")
def ground(server: Settings) -> Iterator[tuple[Target, Database]]:
    """A database for all tests of this page, one after the other."""
    with fresh_database(server) as target, target.open() as opened:
        yield target, opened


@pytest.fixture
def nothing(ground: tuple[Target, Database]) -> Iterator[Database]:
    """An empty database."""
    target, opened = ground
    yield opened
    empty(target)


@pytest.fixture
def shop(nothing: Database, first: Project) -> Database:
    """The first release with three orders in it."""
    deployment.install(nothing, root=first.root)
    nothing.execute("INSERT INTO dbo.Orders (Id) VALUES (1), (2), (3);")
    return nothing


@pytest.fixture
def target(ground: tuple[Target, Database]) -> Target:
    """The same database, for connections of one's own."""
    return ground[0]


def value(database: Database, text: str) -> Value:
    return database.execute(text)[0].rows[0][0]


def answer(database: Database) -> Value:
    return value(database, "EXEC dbo.sp_Answer;")


def states(database: Database, project: Project) -> set[State]:
    return {one.state for one in deployment.status(database, root=project.root)}


def versions(database: Database) -> list[Value]:
    text = "SELECT Version FROM dbo.SchemaVersions WHERE Version > ? ORDER BY Version;"
    return [row[0] for row in database.execute(text, [deployment.BASE])[0].rows]


def refused(database: Database, project: Project, words: str, to: int | None = None) -> None:
    with pytest.raises(DeploymentError, match=words):
        deployment.upgrade(database, root=project.root, to=to)


def test_an_upgrade_changes_tables_and_code_and_keeps_the_rows(
    shop: Database, second: Project
) -> None:
    planned = deployment.preview(shop, deployment.plan_upgrade, root=second.root)
    before = answer(shop)
    done = deployment.upgrade(shop, root=second.root)
    again = deployment.upgrade(shop, root=second.root)

    assert before == 1
    assert [step.action for step in planned] == [Action.MIGRATE, Action.RECORD, Action.APPLY]
    assert done.applied == tuple(step.script.name for step in planned)
    assert (done.version, again.version, again.applied) == (FIRST, FIRST, ())
    assert answer(shop) == 15
    assert states(shop, second) == {State.APPLIED}


def test_a_migration_is_written_down_with_all_that_is_to_be_known_of_it(
    shop: Database, second: Project
) -> None:
    deployment.upgrade(shop, root=second.root)

    text = (
        "SELECT Name, Checksum, AppliedAt, AppliedBy, DurationMs, RollbackScript,"
        f" ORIGINAL_LOGIN() AS Me FROM dbo.SchemaVersions WHERE Version = {FIRST};"
    )
    (row,) = shop.execute(text)[0]
    (migration,) = deployment.read_migrations(second.root)
    assert row["Name"] == "sql/migrations/100001_step.sql"
    assert row["Checksum"] == migration.script.checksum
    assert row["AppliedAt"] is not None
    assert row["AppliedBy"] == row["Me"]
    assert isinstance(row["DurationMs"], int)
    assert row["RollbackScript"] == "sql/migrations/rollback/100001_step.sql"


def test_an_empty_database_gets_todays_tables_and_runs_no_migration(
    nothing: Database, second: Project
) -> None:
    second.migration(SECOND, "THROW 50001, N'must not run', 1;\n", NOTHING, changes="nothing")
    refused(nothing, second, "couponry db install")

    deployment.install(nothing, root=second.root)
    done = deployment.upgrade(nothing, root=second.root)

    assert done.applied == ()
    assert versions(nothing) == [FIRST, SECOND]
    assert states(nothing, second) == {State.APPLIED}


def test_what_an_empty_database_got_can_be_undone_as_well(
    nothing: Database, first: Project, second: Project
) -> None:
    deployment.install(nothing, root=second.root)

    deployment.rollback(nothing, root=second.root)
    deployment.upgrade(nothing, root=first.root)

    assert states(nothing, first) == {State.APPLIED}
    assert answer(nothing) == 1


def test_an_installation_that_failed_goes_on_without_running_migrations(
    nothing: Database, second: Project
) -> None:
    second.migration(SECOND, "THROW 50001, N'must not run', 1;\n", NOTHING, changes="nothing")
    second.answer("1 / AS Broken")
    with pytest.raises(DeploymentError, match=r"sp_Answer\.sql, batch 1"):
        deployment.install(nothing, root=second.root)
    refused(nothing, second, "not all of it: run couponry db install")
    half = versions(nothing)

    second.answer("1 AS Answer")
    done = deployment.install(nothing, root=second.root)

    assert half == versions(nothing) == [FIRST, SECOND]
    assert done.applied == ("procedures/service/sp_Answer.sql",)


def test_an_installation_leaves_migrations_to_the_upgrade(shop: Database, second: Project) -> None:
    with pytest.raises(DeploymentError, match=r"waits for .*100001_step.*couponry db upgrade"):
        deployment.install(shop, root=second.root)

    assert states(shop, second) == {
        State.APPLIED, State.PENDING, State.OUTDATED, State.CHANGED,
    }  # fmt: skip
    assert answer(shop) == 1


def test_an_upgrade_that_broke_off_goes_on_where_it_was(shop: Database, second: Project) -> None:
    broken = GUARDED.format("Orders", "Tax", "int NULL") + "SELECT 1 / 0 AS Broken;\nGO\n"
    second.migration(SECOND, broken, NOTHING)
    refused(shop, second, r"100002_step\.sql, batch 2: .*8134")
    half = versions(shop), value(shop, "SELECT COL_LENGTH(N'dbo.Orders', N'Tax');")

    second.migration(SECOND, GUARDED.format("Orders", "Tax", "int NULL"), NOTHING)
    done = deployment.upgrade(shop, root=second.root)

    assert half == ([FIRST], None)
    assert done.applied[0] == "sql/migrations/100002_step.sql"
    assert done.version == SECOND
    assert answer(shop) == 15


def test_a_migration_without_a_transaction_may_be_repeated_from_its_start(
    shop: Database, second: Project
) -> None:
    text = GUARDED.format("Orders", "Tax", "int NULL") + "{0};\nGO\n"
    outside = {"changes": "nothing", "more": "Transaction: none, for the test\n"}
    second.migration(SECOND, text.format("SELECT 1 / @@TRANCOUNT AS Broken"), NOTHING, **outside)
    refused(shop, second, r"100002_step\.sql, batch 2: .*8134")
    half = versions(shop), value(shop, "SELECT COL_LENGTH(N'dbo.Orders', N'Tax');")

    second.migration(SECOND, text.format("SELECT @@TRANCOUNT AS Depth"), NOTHING, **outside)
    deployment.upgrade(shop, root=second.root)

    assert half == ([FIRST], 4)
    assert versions(shop) == [FIRST, SECOND]


def test_a_migration_that_commits_on_its_own_is_not_taken(shop: Database, second: Project) -> None:
    second.migration(FIRST, "COMMIT TRANSACTION;\nGO\n", NOTHING)

    refused(shop, second, "begins or ends a transaction")

    assert versions(shop) == []


def test_a_migration_that_was_changed_afterwards_stops_everything(
    shop: Database, second: Project
) -> None:
    deployment.upgrade(shop, root=second.root)
    (old,) = (one.script.checksum.hex() for one in deployment.read_migrations(second.root))
    name = second.migration(FIRST, NOTHING, NOTHING)
    (new,) = (one.script.checksum.hex() for one in deployment.read_migrations(second.root))

    for run in (deployment.install, deployment.upgrade, deployment.rollback):
        with pytest.raises(DeploymentError, match=f"{name} was changed .*{old}.*{new}"):
            run(shop, root=second.root)
    assert State.CONFLICT in states(shop, second)


def test_an_upgrade_up_to_a_version_leaves_the_code_for_the_last_one(
    shop: Database, second: Project
) -> None:
    second.migration(SECOND, GUARDED.format("Orders", "Tax", "int NULL"), NOTHING)

    part = deployment.upgrade(shop, root=second.root, to=FIRST)
    between = answer(shop)
    rest = deployment.upgrade(shop, root=second.root)

    assert part.applied == ("sql/migrations/100001_step.sql",)
    assert between == 1
    assert rest.applied[0] == "sql/migrations/100002_step.sql"
    assert answer(shop) == 15


def test_a_rollback_undoes_and_the_older_release_puts_its_code_back(
    shop: Database, first: Project, second: Project
) -> None:
    deployment.upgrade(shop, root=second.root)
    shop.execute("INSERT INTO dbo.Orders (Id, Price) VALUES (4, 7);")
    refused(shop, first, r"newer than this release: it has version 100001 .*100001_step")

    done = deployment.rollback(shop, root=second.root)
    again = deployment.rollback(shop, root=second.root)
    back = deployment.upgrade(shop, root=first.root)

    assert done.applied == ("sql/migrations/rollback/100001_step.sql",)
    assert (done.version, back.version) == (deployment.BASE, deployment.BASE)
    assert again.applied == ()
    assert answer(shop) == 1
    assert states(shop, first) == {State.APPLIED}
    assert value(shop, "SELECT COUNT(*) FROM dbo.Orders;") == 4
    assert value(shop, "SELECT SUM(Price) FROM dbo.Orders;") == 7


def test_what_was_undone_can_be_done_again(shop: Database, second: Project) -> None:
    second.migration(SECOND, GUARDED.format("Orders", "Tax", "int NULL"), NOTHING)
    deployment.upgrade(shop, root=second.root)

    done = deployment.rollback(shop, root=second.root, to=deployment.BASE)
    deployment.upgrade(shop, root=second.root)

    assert [name[-15:] for name in done.applied] == ["100002_step.sql", "100001_step.sql"]
    assert versions(shop) == [FIRST, SECOND]
    assert answer(shop) == 15


def test_a_rollback_that_takes_from_a_ledger_is_not_taken(shop: Database, second: Project) -> None:
    second.migration(SECOND, NOTHING, NOTHING)
    deployment.upgrade(shop, root=second.root)
    shop.execute("INSERT INTO dbo.AuditLog (Id, Note) VALUES (1, 8);")

    for undo in ("DROP TABLE dbo.AuditLog", "ALTER TABLE dbo.AuditLog DROP COLUMN Note"):
        second.migration(SECOND, NOTHING, f"{undo};\nGO\n")
        with pytest.raises(DeploymentError, match=r"drops AuditLog\..*Note: a rollback keeps"):
            deployment.rollback(shop, root=second.root)

    assert value(shop, "SELECT Note FROM dbo.AuditLog;") == 8
    assert versions(shop) == [FIRST, SECOND]


def test_a_new_table_is_made_by_its_script_or_by_the_migration_that_names_it(
    shop: Database, second: Project
) -> None:
    second.table("Alone")
    second.table("Made", "Name int NULL")
    text = (
        "IF OBJECT_ID(N'dbo.Made', N'U') IS NULL\n    CREATE TABLE dbo.Made (Id int NOT NULL"
        " CONSTRAINT PK_Made PRIMARY KEY, Name int NULL);\nGO\n"
        "INSERT INTO dbo.Alone (Id) VALUES (1);\nGO\n"
    )
    second.migration(SECOND, text, NOTHING, changes="dbo.Made")

    done = deployment.upgrade(shop, root=second.root)

    assert done.applied[0] == "sql/schema/Alone.sql"
    assert value(shop, "SELECT COUNT(*) FROM dbo.Made;") == 0
    assert states(shop, second) == {State.APPLIED}


def test_a_migration_has_to_make_the_tables_that_it_names(shop: Database, second: Project) -> None:
    second.table("Made")
    second.migration(SECOND, NOTHING, NOTHING, changes="dbo.Made")

    refused(shop, second, "names dbo.Made, but did not make it")


def test_two_upgrades_at_once_run_each_migration_once(
    target: Target, shop: Database, second: Project
) -> None:
    gate = threading.Barrier(2)

    def run() -> int:
        with target.open() as own:
            gate.wait()
            return len(deployment.upgrade(own, root=second.root).applied)

    with ThreadPoolExecutor(2) as pool:
        applied = [future.result() for future in [pool.submit(run) for _ in range(2)]]

    assert sorted(applied) == [0, 3]
    assert answer(shop) == 15


def test_nobody_deploys_beside_another(
    target: Target, shop: Database, second: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LOCK_WAIT_MS", 100)
    upgrade = partial(deployment.upgrade, shop, root=second.root)
    rollback = partial(deployment.rollback, shop, root=second.root)
    cut = partial(deployment.partition, shop, ["spring-26"])

    with target.open() as other, other.session() as session, running.alone(session):
        for run in (upgrade, rollback, cut):
            with pytest.raises(DeploymentError, match="another deployment is running"):
                run()
        planned = deployment.preview(shop, deployment.plan_upgrade, root=second.root)
    done = upgrade()

    assert done.applied == tuple(step.script.name for step in planned)


def test_a_database_from_before_there_were_versions_is_upgraded_like_any_other(
    shop: Database, second: Project
) -> None:
    shop.execute(f"DELETE FROM dbo.SchemaVersions WHERE Version = {deployment.BASE};")

    done = deployment.upgrade(shop, root=second.root)

    assert len(done.applied) == 3
    count = f"SELECT COUNT(*) FROM dbo.SchemaVersions WHERE Version = {deployment.BASE};"
    assert value(shop, count) == 1


def test_an_upgrade_does_not_wait_for_ever_for_a_busy_table(
    target: Target, shop: Database, second: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "TABLE_WAIT_MS", 100)
    other = target.connect(autocommit=False)
    other.execute("UPDATE dbo.Orders SET Id = 9 WHERE Id = 1;")

    refused(shop, second, r"100001_step\.sql, batch 1: .*1222\) Run it again")
    other.rollback()
    other.close()
    waits = value(shop, "SELECT @@LOCK_TIMEOUT;")
    deployment.upgrade(shop, root=second.root)

    assert waits == -1
    assert answer(shop) == 15


def test_versions_that_lead_nowhere_are_refused(shop: Database, second: Project) -> None:
    for run, to, words in (
        (deployment.upgrade, 7, "version 7 is unknown: this release has 100000, 100001"),
        (deployment.rollback, 7, "version 7 is unknown"),
        (deployment.rollback, FIRST, "at version 100000: couponry db upgrade --to 100001"),
    ):
        with pytest.raises(UsageError, match=words):
            run(shop, root=second.root, to=to)
    deployment.upgrade(shop, root=second.root, to=FIRST)
    planner = partial(deployment.plan_upgrade, to=deployment.BASE)
    with pytest.raises(UsageError, match="at version 100001: couponry db rollback --to 100000"):
        deployment.preview(shop, planner, root=second.root)


def test_a_gap_in_what_a_database_has_is_told(shop: Database, second: Project) -> None:
    second.migration(SECOND, NOTHING, NOTHING)
    deployment.upgrade(shop, root=second.root)
    shop.execute(f"DELETE FROM dbo.SchemaVersions WHERE Version = {FIRST};")

    refused(shop, second, r"gap: sql/migrations/100001_step\.sql was never applied, .*100002")
