"""What a release must be before any database is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from couponry_jobs.deployment import read_migrations
from couponry_jobs.errors import DeploymentError
from tests.jobs.releases import FIRST, SECOND, Project, first_release


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return first_release(tmp_path / "release")


def refused(project: Project, words: str) -> None:
    with pytest.raises(DeploymentError, match=words):
        read_migrations(project.root)


def test_a_release_may_have_no_migrations(project: Project) -> None:
    assert read_migrations(project.root) == []


def test_a_header_says_which_tables_change_and_whether_a_transaction_fits(
    project: Project,
) -> None:
    project.migration(FIRST, "SELECT 1;\n", "SELECT 0;\n", changes="dbo.A,\n          dbo.B")
    project.migration(
        SECOND, "-- dbo.C\n", "SELECT 0;\n", changes="nothing", more="Transaction: none, because\n"
    )

    one, two = read_migrations(project.root)

    assert (one.version, one.tables, one.has_transaction) == (FIRST, {"A", "B"}, True)
    assert one.rollback.name == "sql/migrations/rollback/100001_step.sql"
    assert (two.version, two.tables, two.has_transaction) == (SECOND, frozenset(), False)


def test_no_version_is_left_out(project: Project) -> None:
    project.migration(SECOND, "SELECT 1;\n", "SELECT 0;\n")

    refused(project, r"gap: version 100001 is missing before sql/migrations/100002_step\.sql")


def test_no_version_is_taken_twice(project: Project) -> None:
    project.migration(FIRST, "SELECT 1;\n", "SELECT 0;\n")
    folder = project.root / "sql" / "migrations"
    for place in (folder, folder / "rollback"):
        (place / "100001_other.sql").write_text((folder / "100001_step.sql").read_text())

    refused(project, "two migrations of version 100001")


def test_each_migration_can_be_undone(project: Project) -> None:
    project.migration(FIRST, "SELECT 1;\n", None)

    refused(project, r"100001_step\.sql has no rollback script sql/migrations/rollback/100001")


def test_each_rollback_undoes_something(project: Project) -> None:
    project.migration(FIRST, "SELECT 1;\n", "SELECT 0;\n")
    (project.root / "sql" / "migrations" / "100001_step.sql").unlink()

    refused(project, r"rollback/100001_step\.sql undoes no migration")


def test_a_name_says_version_and_purpose(project: Project) -> None:
    project.migration(7, "SELECT 1;\n", "SELECT 0;\n")

    refused(project, r"7_step\.sql: a migration is named 100001_what_it_does\.sql")


def test_a_migration_without_a_word_on_its_tables_is_refused(project: Project) -> None:
    project.migration(FIRST, "SELECT 1;\n", "SELECT 0;\n")
    (project.root / "sql" / "migrations" / "100001_step.sql").write_text("SELECT 1;\n")

    refused(project, "its header has no line 'Changes:'")
