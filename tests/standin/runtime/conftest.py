"""A database with the stand-in's runtime, and a desk that evaluates T-SQL expressions in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

import couponry_standin.postgres as postgres_room
from couponry_standin.postgres.cluster import UNSYNCED, Cluster
from couponry_standin.tsql import tree
from couponry_standin.tsql.catalog import Catalog, ObjectDoc
from couponry_standin.tsql.collation import as_text
from couponry_standin.tsql.compiler.expressions import Expressions
from couponry_standin.tsql.compiler.queries import Queries
from couponry_standin.tsql.compiler.scope import Scope
from couponry_standin.tsql.compiler.shapes import table_scalar
from couponry_standin.tsql.compiler.unit import Unit
from couponry_standin.tsql.conversion import store
from couponry_standin.tsql.ddl import compile_ddl
from couponry_standin.tsql.errors import SqlError
from couponry_standin.tsql.parser import parse
from couponry_standin.tsql.typed import Typed

RUNTIME = Path(postgres_room.__file__).parent / "runtime"
HERE = Path(__file__).parent
LAST = "test_every_function_of_the_runtime_is_called_by_a_test"
# PostgreSQL counts the calls of functions: test_completeness.py asks which have had none.
SMALL = {"shared_buffers": "16MB", "max_connections": "20", "track_functions": "all"}
# A function that PostgreSQL puts in line is not counted; one with a setting of its own stays.
COUNTABLE = """
SELECT format('ALTER FUNCTION %s SET tsql.counted = yes', p.oid::regprocedure)
FROM pg_proc AS p
JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.pronamespace = 'tsql'::regnamespace AND l.lanname = 'sql' AND p.prokind = 'f'
"""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What looks back at all tests of this folder comes last, and only behind all of them."""
    mine = [
        item for item in items if isinstance(item, pytest.Function) and item.path.parent == HERE
    ]
    last = [item for item in mine if item.originalname == LAST]
    chosen = {(item.path, item.originalname) for item in mine}
    written = {
        (path, name)
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    others = [item for item in items if item not in last]
    whole = chosen == written
    items[:] = others + last if whole else others
    if last and not whole:
        config.hook.pytest_deselected(items=last)


class Desk:
    """Compiles single expressions and queries and lets PostgreSQL evaluate them."""

    def __init__(self, connection: psycopg.Connection[Any], conninfo: str) -> None:
        self.connection = connection
        self.conninfo = conninfo

    # ------------------------------------------------------------ T-SQL

    def typed(self, expression: str) -> Typed:
        """The compiled expression; a leading question mark says that it is a condition."""
        if not expression.startswith("?"):
            return self._expressions().any(_select(f"SELECT {expression}").items[0].expr, Scope())
        condition = _select(f"SELECT 1 WHERE {expression[1:]}").where
        assert condition is not None
        return self._expressions().any(condition, Scope())

    def value(self, expression: str) -> str | None:
        """The value in the text form that the rooms exchange; ``ERROR n`` when it fails."""
        return self.answer(expression)[0]

    def answer(self, expression: str) -> tuple[str | None, str]:
        """The value and the type."""
        try:
            typed = self.typed(expression)
        except SqlError as error:
            return f"ERROR {error.number}", ""
        text = as_text(typed) if typed.type.is_string else f"({typed.sql})::text"
        try:
            return self.scalar(f"SELECT {text}"), str(typed.type)
        except psycopg.Error as error:
            return f"ERROR {self.error(error)[0]}", str(typed.type)

    def message(self, expression: str) -> str:
        """The message of the error that an expression fails with."""
        try:
            typed = self.typed(expression)
        except SqlError as error:
            return error.message
        with pytest.raises(psycopg.Error) as caught:
            self.connection.execute(f"SELECT {typed.sql}")
        return self.error(caught.value)[3]

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        """A T-SQL query's rows, each value as text."""
        unit, queries = self._queries()
        compiled = queries.query(_query(query), None)
        assert not unit.pre
        columns = ", ".join(
            as_text(Typed(f'_q."c{place}"', column.type, column.pg))
            if column.type.is_string
            else f'(_q."c{place}")::text'
            for place, column in enumerate(compiled.columns, 1)
        )
        found = self.connection.execute(f"SELECT {columns} FROM ({compiled.sql}) AS _q")
        return found.fetchall()

    def store(self, expression: str, type_: Any, column: str = "Code") -> str | None:
        """What a column of dbo.Coupons would keep of a value, or the error."""
        sql = store(self.typed(expression), type_, column, "dbo.Coupons")
        try:
            return self.scalar(f"SELECT textin(bpcharout(({sql})::bpchar))")
        except psycopg.Error as error:
            return f"ERROR {self.error(error)[0]}"

    def define(self, text: str) -> None:
        """Run T-SQL definitions, each in a transaction of its own."""
        for statement in parse(text).statements:
            catalog = self.catalog()
            plan = compile_ddl(statement, catalog, table_scalar(catalog))
            with self.connection.transaction():
                for step in plan.steps:
                    psycopg.RawCursor(self.connection).execute(step.text, step.params or None)

    def catalog(self) -> Catalog:
        found = self.connection.execute(
            "SELECT object_id, schema_name, name, type, doc, definition, parent_object_id"
            " FROM tsql.objects"
        )
        return Catalog("runtime_test", [ObjectDoc(*row) for row in found.fetchall()])

    def _expressions(self) -> Expressions:
        return self._queries()[1].expressions

    def _queries(self) -> tuple[Unit, Queries]:
        unit = Unit(self.catalog(), procedural=False)
        return unit, Queries(unit, Expressions(unit))

    # ------------------------------------------------------------ PostgreSQL

    def scalar(self, sql: str, *params: object) -> Any:
        row = psycopg.RawCursor(self.connection).execute(sql, params or None).fetchone()
        return None if row is None else row[0]

    def failure(self, sql: str) -> tuple[int, int, int, str]:
        """The T-SQL error that a PostgreSQL statement fails with."""
        with pytest.raises(psycopg.Error) as caught:
            self.connection.execute(sql)
        return self.error(caught.value)

    def error(self, error: psycopg.Error) -> tuple[int, int, int, str]:
        """Number, severity, state and message, as ``error_of`` maps them."""
        diag = error.diag
        row = (
            psycopg.RawCursor(self.connection)
            .execute(
                "SELECT number, severity, state, message"
                " FROM tsql.error_of($1, $2, $3, $4, $5, $6, $7, $8)",
                (
                    diag.sqlstate,
                    diag.message_primary or "",
                    diag.message_detail or "",
                    diag.schema_name or "",
                    diag.table_name or "",
                    diag.column_name or "",
                    diag.constraint_name or "",
                    diag.datatype_name or "",
                ),
            )
            .fetchone()
        )
        assert row is not None
        return row


def _query(text: str) -> tree.Query:
    statement = parse(text).statements[0]
    assert isinstance(statement, tree.SelectStatement)
    return statement.query


def _select(text: str) -> tree.Select:
    query = _query(text)
    assert isinstance(query, tree.Select)
    return query


@pytest.fixture(scope="session")
def runtime_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("runtime"), settings={**SMALL, **UNSYNCED})
    made.start()
    with psycopg.connect(made.conninfo("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE runtime_test TEMPLATE template0")
    with psycopg.connect(made.conninfo("runtime_test"), autocommit=True) as connection:
        # Twice: an engine applies newer scripts over a database that has older ones.
        for script in [*sorted(RUNTIME.glob("*.sql"))] * 2:
            connection.execute(script.read_bytes())
        for (text,) in connection.execute(COUNTABLE).fetchall():
            connection.execute(text)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def desk(runtime_cluster: Cluster) -> Iterator[Desk]:
    conninfo = runtime_cluster.conninfo("runtime_test")
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        for name, value in (("login", "clerk"), ("user", "dbo"), ("database", "Runtime_Test")):
            connection.execute("SELECT set_config(%s, %s, false)", (f"tsql.{name}", value))
        yield Desk(connection, conninfo)
