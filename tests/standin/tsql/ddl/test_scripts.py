"""Every table of the project is made, with all its keys, checks and indexes."""

from __future__ import annotations

import re
from pathlib import Path

from couponry_standin.tsql import tree
from couponry_standin.tsql.parser import parse
from tests.standin.tsql.ddl.conftest import Workbench

SCHEMA = Path(__file__).parents[4] / "sql" / "schema"
GO = re.compile(r"^[ \t]*GO[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def read_tables() -> dict[str, tuple[list[str], set[str]]]:
    """Batches and referenced tables by table."""
    tables: dict[str, tuple[list[str], set[str]]] = {}
    for script in sorted(SCHEMA.glob("*.sql")):
        batches = GO.split(script.read_text())
        needed = {
            match.lower()
            for batch in batches
            for match in re.findall(r"REFERENCES dbo\.(\w+)", batch)
        }
        tables[script.stem.lower()] = (batches, needed - {script.stem.lower()})
    return tables


def test_all_tables_of_the_project_are_made(bench: Workbench) -> None:
    tables = read_tables()
    done: set[str] = set()

    while len(done) < len(tables):
        ready = [name for name in tables if name not in done and tables[name][1] <= done]
        assert ready, "tables refer to one another in a circle"
        for name in ready:
            for batch in tables[name][0]:
                for statement in parse(batch).statements:
                    if not isinstance(statement, tree.SetOption):
                        bench.define(batch)
                        break
            done.add(name)

    assert len(bench.names("U")) == len(tables)
    assert bench.value("SELECT count(*) FROM tsql.objects WHERE doc->>'system_named' = 'true'") == 0
