"""Small releases: two tables, a procedure, and migrations as a test needs them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from couponry_jobs import scripts
from tests.endpoint import Target

# What tests make, in the order in which it can go.
MADE = ("AuditLog", "Orders", "Alone", "Made", "SchemaVersions")
FIRST = 100_001
SECOND = 100_002
GUARDED = "IF COL_LENGTH(N'dbo.{0}', N'{1}') IS NULL\n    ALTER TABLE dbo.{0} ADD {1} {2};\nGO\n"


@dataclass(frozen=True, slots=True)
class Project:
    """The scripts of a release in a folder of its own."""

    root: Path

    def table(self, name: str, *columns: str) -> None:
        lines = ["Id int NOT NULL", *columns, f"CONSTRAINT PK_{name} PRIMARY KEY (Id)"]
        text = f"CREATE TABLE dbo.{name} ({', '.join(lines)});\nGO\n"
        (self.root / "sql" / "schema" / f"{name}.sql").write_text(text)

    def answer(self, expression: str) -> None:
        """What sp_Answer answers: the code of the release."""
        text = f"CREATE OR ALTER PROCEDURE dbo.sp_Answer AS SELECT {expression};\nGO\n"
        (self.root / "procedures" / "service" / "sp_Answer.sql").write_text(text)

    def migration(
        self,
        version: int,
        text: str,
        undo: str | None,
        *,
        changes: str = "dbo.Orders",
        more: str = "",
    ) -> str:
        """A migration and its rollback; returns its name in SchemaVersions."""
        file = self.root / "sql" / "migrations" / f"{version}_step.sql"
        file.parent.joinpath("rollback").mkdir(parents=True, exist_ok=True)
        file.write_text(f"/*\nA step.\n\nChanges: {changes}\n{more}*/\n{text}")
        if undo is not None:
            (file.parent / "rollback" / file.name).write_text(undo)
        return f"sql/migrations/{file.name}"

    def copy(self, to: Path) -> Project:
        return Project(shutil.copytree(self.root, to))


def first_release(root: Path) -> Project:
    """Tables Orders and AuditLog, and a procedure."""
    (root / "sql" / "schema").mkdir(parents=True)
    (root / "procedures" / "service").mkdir(parents=True)
    shutil.copy(
        scripts.scripts_root() / "sql" / "schema" / "SchemaVersions.sql", root / "sql" / "schema"
    )
    (root / "sql" / "manifest.txt").write_text("sql/schema/\nprocedures/service/\n")
    project = Project(root)
    project.table("Orders")
    project.table("AuditLog", "Note int NULL")
    project.answer("1 AS Answer")
    return project


def second_release(first: Project, root: Path) -> Project:
    """One migration more: orders have a price, and the procedure answers the sum."""
    project = first.copy(root)
    project.table("Orders", "Price int NULL")
    project.answer("SUM(o.Price) AS Answer FROM dbo.Orders AS o")
    project.migration(
        FIRST,
        GUARDED.format("Orders", "Price", "int NULL")
        + "UPDATE dbo.Orders SET Price = 5 WHERE Price IS NULL;\nGO\n",
        # The column stays: what it holds is worth more than tidiness.
        "UPDATE dbo.Orders SET Price = NULL WHERE Price = 5;\nGO\n",
    )
    return project


def empty(target: Target) -> None:
    """Takes away what a test has made: quicker than another database."""
    with target.connect() as connection:
        connection.execute("DROP PROCEDURE IF EXISTS dbo.sp_Answer;")
        for table in MADE:
            connection.execute(f"DROP TABLE IF EXISTS dbo.{table};")
