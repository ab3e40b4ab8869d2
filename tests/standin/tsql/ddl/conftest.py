"""A PostgreSQL with the stand-in's runtime, and a workbench that carries definitions out."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import couponry_standin.postgres as postgres_room
from couponry_standin.postgres.cluster import UNSYNCED, Cluster
from couponry_standin.tsql.catalog import Catalog, ObjectDoc
from couponry_standin.tsql.compiler.shapes import table_scalar
from couponry_standin.tsql.ddl import DdlPlan, compile_ddl
from couponry_standin.tsql.parser import parse

RUNTIME = Path(postgres_room.__file__).parent / "runtime"
SMALL = {**UNSYNCED, "shared_buffers": "16MB", "max_connections": "20"}


class Workbench:
    """One database: ``define`` runs T-SQL definitions, ``rows`` reads PostgreSQL."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self.connection = connection
        self.name = name

    def catalog(self) -> Catalog:
        found = self.rows(
            "SELECT object_id, schema_name, name, type, doc, definition, parent_object_id"
            " FROM tsql.objects"
        )
        return Catalog(self.name, [ObjectDoc(*row) for row in found])

    def define(self, text: str) -> list[DdlPlan]:
        """Each statement in a transaction of its own, as the session does it."""
        plans: list[DdlPlan] = []
        for statement in parse(text).statements:
            catalog = self.catalog()
            plan = compile_ddl(statement, catalog, table_scalar(catalog))
            with self.connection.transaction():
                for step in plan.steps:
                    try:
                        psycopg.RawCursor(self.connection).execute(step.text, step.params or None)
                    except psycopg.Error as error:
                        error.add_note(step.text)
                        raise
            plans.append(plan)
        return plans

    def rows(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        cursor = psycopg.RawCursor(self.connection)
        cursor.execute(sql, params or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *params: object) -> Any:
        return self.rows(sql, *params)[0][0]

    def doc(self, name: str) -> dict[str, Any]:
        text = self.value("SELECT doc::text FROM tsql.objects WHERE name = $1", name)
        return json.loads(text)

    def names(self, type_: str) -> list[str]:
        found = self.rows("SELECT name FROM tsql.objects WHERE type = $1 ORDER BY name", type_)
        return [name for (name,) in found]


@pytest.fixture(scope="session")
def definitions_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("definitions"), settings=SMALL)
    made.start()
    with psycopg.connect(made.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE definitions_template TEMPLATE template0")
    with psycopg.connect(made.conninfo("definitions_template"), autocommit=True) as connection:
        for script in sorted(RUNTIME.glob("*.sql")):
            connection.execute(script.read_bytes())
    yield made
    made.stop()


_numbers = itertools.count(1)


@pytest.fixture
def bench(definitions_cluster: Cluster) -> Iterator[Workbench]:
    """An empty T-SQL database."""
    name = f"bench{next(_numbers)}"
    with psycopg.connect(definitions_cluster.conninfo("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE definitions_template")
    with psycopg.connect(definitions_cluster.conninfo(name), autocommit=True) as connection:
        yield Workbench(connection, name)
