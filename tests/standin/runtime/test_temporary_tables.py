"""Temporary tables: what a session knows of its own, and names that step aside and back."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from .conftest import Desk

ROW = "CREATE TYPE tsql_code.row_0123456789abcdef AS (a int4)"


@pytest.fixture
def session(desk: Desk) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A session of its own, since temporary tables last as long."""
    with psycopg.connect(desk.conninfo, autocommit=True) as made:
        yield made


def known(session: psycopg.Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return session.execute(
        "SELECT name, object_id < 0 FROM tsql.temporary_objects() ORDER BY object_id DESC"
    ).fetchall()


def prepare(session: psycopg.Connection[tuple[object, ...]], *names: str) -> list[int]:
    """Temporary tables with an index, as the session makes them, and their numbers."""
    session.execute("SELECT tsql.prepare_temporary()")
    made: list[int] = []
    for name in names:
        session.execute(f'CREATE TEMPORARY TABLE "{name}" (id int4)')
        session.execute(f'CREATE INDEX "{name} ids" ON "{name}" (id)')
        [number] = session.execute(
            "INSERT INTO pg_temp.tsql_objects (schema_name, name, type) VALUES ('dbo', %s, 'U')"
            " RETURNING object_id",
            (name,),
        ).fetchone() or [0]
        assert isinstance(number, int)
        made.append(number)
    return made


def test_a_session_without_temporary_tables_knows_none(
    session: psycopg.Connection[tuple[object, ...]],
) -> None:
    assert known(session) == []


def test_temporary_tables_are_numbered_below_zero(
    session: psycopg.Connection[tuple[object, ...]],
) -> None:
    prepare(session, "#cart")
    prepare(session, "#paid")

    assert known(session) == [("#cart", True), ("#paid", True)]


def test_what_another_session_made_is_not_seen(
    desk: Desk, session: psycopg.Connection[tuple[object, ...]]
) -> None:
    prepare(session, "#cart")

    with psycopg.connect(desk.conninfo) as other:
        assert known(other) == []


def test_a_rollback_takes_table_and_knowledge_back(
    session: psycopg.Connection[tuple[object, ...]],
) -> None:
    with session.transaction(force_rollback=True):
        prepare(session, "#cart")
        assert known(session) == [("#cart", True)]

    assert known(session) == []
    assert session.execute("SELECT to_regclass('pg_temp.\"#cart\"')").fetchone() == (None,)


def test_an_outer_table_steps_aside_with_its_indexes_and_back(
    session: psycopg.Connection[tuple[object, ...]],
) -> None:
    [outer] = prepare(session, "#cart")
    session.execute('INSERT INTO "#cart" VALUES (1)')

    session.execute("SELECT tsql.rename_temporary(%s, '#Cart', '#cart outer')", (outer,))
    [inner] = prepare(session, "#cart")
    assert session.execute('SELECT * FROM "#cart outer"').fetchall() == [(1,)]
    assert session.execute('SELECT * FROM "#cart"').fetchall() == []
    assert known(session) == [("#cart outer", True), ("#cart", True)]

    session.execute('DROP TABLE "#cart"')
    session.execute("DELETE FROM pg_temp.tsql_objects WHERE object_id = %s", (inner,))
    session.execute("SELECT tsql.rename_temporary(%s, '#cart outer', '#cart')", (outer,))
    assert session.execute('SELECT * FROM "#cart"').fetchall() == [(1,)]
    assert known(session) == [("#cart", True)]
    [index] = session.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = '\"#cart\"'::regclass"
    ).fetchall()
    assert index == ('"#cart ids"',)


def test_a_row_type_is_made_once(desk: Desk) -> None:
    name = "tsql_code.row_0123456789abcdef"
    with desk.connection.transaction(force_rollback=True):
        desk.scalar("SELECT tsql.make_row_type($1, $2)", name, ROW)
        desk.scalar("SELECT tsql.make_row_type($1, $2)", name, ROW)

        assert desk.scalar(f"SELECT (ROW(5)::{name}).a") == 5
