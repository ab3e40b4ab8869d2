from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from couponry_jobs import deployment, procedures, scripts
from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.deployment import State, servers
from couponry_jobs.errors import DeploymentError
from couponry_jobs.settings import Settings
from tests.endpoint import Target, deployed_database

TABLE = "CREATE TABLE dbo.{0} (Id int NOT NULL CONSTRAINT PK_{0} PRIMARY KEY);\nGO\n"
PROCEDURE = "CREATE OR ALTER PROCEDURE dbo.sp_Answer AS SELECT {0} AS Answer;\nGO\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of two tables and a procedure."""
    schema = tmp_path / "sql" / "schema"
    schema.mkdir(parents=True)
    shutil.copy(scripts.scripts_root() / "sql" / "schema" / "SchemaVersions.sql", schema)
    (schema / "First.sql").write_text(TABLE.format("First"))
    (schema / "Second.sql").write_text(TABLE.format("Second"))
    service = tmp_path / "procedures" / "service"
    service.mkdir(parents=True)
    (service / "sp_Answer.sql").write_text(PROCEDURE.format(42))
    (tmp_path / "sql" / "manifest.txt").write_text("sql/schema/\nprocedures/service/  # all\n")
    return tmp_path


@pytest.fixture
def empty(empty_database: Target) -> Iterator[Database]:
    with empty_database.open() as opened:
        yield opened


def answer(database: Database) -> object:
    return database.execute("EXEC dbo.sp_Answer")[0].rows[0][0]


def states(database: Database, root: Path) -> dict[str, State]:
    return {one.script.object_name: one.state for one in deployment.status(database, root=root)}


def test_a_second_installation_changes_nothing(empty: Database, root: Path) -> None:
    before = states(empty, root)
    first = deployment.install(empty, root=root)
    second = deployment.install(empty, root=root)

    assert set(before.values()) == {State.PENDING}
    assert len(first.applied) == 4
    assert second.applied == ()
    assert second.unchanged == 4
    assert second.version == first.version
    assert set(states(empty, root).values()) == {State.APPLIED}
    assert answer(empty) == 42


def test_an_installation_that_failed_goes_on_where_it_was(empty: Database, root: Path) -> None:
    broken = root / "sql" / "schema" / "Second.sql"
    broken.write_text(TABLE.format("Second") + "INSERT INTO dbo.NoSuchTable VALUES (1);\nGO\n")

    with pytest.raises(DeploymentError, match=r"sql/schema/Second\.sql, batch 2"):
        deployment.install(empty, root=root)
    half = states(empty, root)
    broken.write_text(TABLE.format("Second"))
    done = deployment.install(empty, root=root)

    assert (half["First"], half["Second"]) == (State.APPLIED, State.PENDING)
    assert "sql/schema/Second.sql" in done.applied
    assert "sql/schema/First.sql" not in done.applied


def test_changed_code_is_applied_again_and_remembered(empty: Database, root: Path) -> None:
    first = deployment.install(empty, root=root)
    (root / "procedures" / "service" / "sp_Answer.sql").write_text(PROCEDURE.format(43))

    changed = states(empty, root)
    second = deployment.install(empty, root=root)

    assert changed["sp_Answer"] is State.CHANGED
    assert second.applied == ("procedures/service/sp_Answer.sql",)
    assert second.version == first.version == deployment.BASE
    count = "SELECT COUNT(*) FROM dbo.SchemaVersions WHERE Name LIKE N'%sp_Answer.sql';"
    assert empty.execute(count)[0].rows[0][0] == 2
    assert answer(empty) == 43


def test_a_changed_table_is_refused_and_a_migration_asked_for(empty: Database, root: Path) -> None:
    deployment.install(empty, root=root)
    (root / "sql" / "schema" / "First.sql").write_text(TABLE.format("First") + "-- more\n")
    (root / "procedures" / "service" / "sp_Answer.sql").write_text(PROCEDURE.format(43))

    with pytest.raises(DeploymentError, match=r"First\.sql changed.*write a migration"):
        deployment.install(empty, root=root)

    assert states(empty, root)["First"] is State.CONFLICT
    assert answer(empty) == 42


def test_two_installations_at_once_do_the_work_once(
    empty_database: Target, empty: Database, root: Path
) -> None:
    """The first one takes the database for itself, which ends the other: that one comes again."""
    gate = threading.Barrier(2)

    def run() -> int:
        with empty_database.open() as own:
            gate.wait()
            return len(deployment.install(own, root=root).applied)

    with ThreadPoolExecutor(2) as pool:
        applied = [future.result() for future in [pool.submit(run) for _ in range(2)]]

    assert sorted(applied) == [0, 4]
    assert answer(empty) == 42


def test_of_two_who_make_a_database_at_once_one_has_made_it(
    server: Settings, empty_database: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either has made it."""
    execute = Database.execute

    def too_early(self: Database, statement: str, *given: object, **more: object) -> object:
        if "FROM sys.databases" in statement:
            return []
        return execute(self, statement, *given, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Database, "execute", too_early)
        made = deployment.create_database(server, empty_database.name)

    assert not made


def test_the_installed_project_passes_its_own_checks(database: Target) -> None:
    with database.open() as opened:
        checks = list(procedures.verify_installation(opened))
        statuses = deployment.status(opened)

    assert checks
    assert [row for row in checks if not row["Passed"]] == []
    assert {one.state for one in statuses} == {State.APPLIED}


def test_the_sample_is_loaded_once_and_not_beside_other_campaigns(
    server: Settings, model: Target | None
) -> None:
    with deployed_database(server, model=model) as target, target.open() as opened:
        deployment.seed(opened, relative=True)
        deployment.seed(opened, relative=True)

        campaigns = {str(row["CampaignId"]) for row in procedures.list_campaigns(opened)}
    assert campaigns == {
        "black-friday-2025",
        "summer-sale-2025",
        "win-back",
        "referral-bonus",
        "perpetual-migration",
    }


@pytest.mark.parametrize(("edition", "ends_connections"), [(3, True), (5, False)])
def test_a_database_is_dropped_on_azure_sql_too(
    server: Settings, monkeypatch: pytest.MonkeyPatch, edition: int, ends_connections: bool
) -> None:
    """Which ends connections by itself, and does not know SINGLE_USER."""
    asked: list[str] = []

    class Server(Database):
        def execute(self, statement: str, *_: object, **__: object) -> list[ResultSet]:
            asked.append(statement)
            return [ResultSet(("Found",), ((edition,),))]

    monkeypatch.setattr(servers, "Database", Server)

    deployment.drop_database(server, "Gone")

    assert asked[-1] == "DROP DATABASE [Gone]"
    assert any("SINGLE_USER" in each for each in asked) is ends_connections
