"""Unique indexes that rest while one statement shifts keys, and hold again behind it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from .conftest import Desk


@pytest.fixture
def session(desk: Desk) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(desk.conninfo) as made:
        made.execute('CREATE TABLE public.shifted (id int4, "a name" text, kind int4)')
        made.execute(
            "CREATE UNIQUE INDEX shifted_id ON public.shifted (id, lower(kind::text))"
            " NULLS NOT DISTINCT"
        )
        made.execute('CREATE UNIQUE INDEX shifted_name ON public.shifted ("a name") WHERE kind = 1')
        made.execute("INSERT INTO public.shifted VALUES (1, 'a', 1), (2, 'b', 1), (3, 'b', 2)")
        yield made
        made.rollback()


def immediate(session: psycopg.Connection[tuple[object, ...]]) -> list[object]:
    return [
        row[0]
        for row in session.execute(
            "SELECT indimmediate FROM pg_index WHERE indrelid = 'public.shifted'::regclass"
        )
    ]


def test_keys_may_meet_on_the_way(session: psycopg.Connection[tuple[object, ...]]) -> None:
    session.execute("SELECT tsql.keys_rest('public.shifted')")
    assert immediate(session) == [False, False]
    session.execute("""UPDATE public.shifted SET id = 4 - id, "a name" = chr(195 - ascii("a name"))
                       WHERE kind = 1""")

    session.execute("SELECT tsql.keys_hold('public.shifted')")

    assert immediate(session) == [True, True]
    with pytest.raises(psycopg.errors.UniqueViolation):
        session.execute("INSERT INTO public.shifted VALUES (3, 'c', 1)")


@pytest.mark.parametrize(
    ("change", "index", "detail"),
    [
        (
            "SET id = 7, kind = 1",
            "shifted_id",
            "Key (id, lower(kind::text))=(7, 1)",
        ),
        ("SET \"a name\" = 'x'", "shifted_name", 'Key ("a name")=(x) already exists.'),
        ("SET id = NULL, kind = 3", "shifted_id", ""),
    ],
)
def test_keys_that_are_equal_in_the_end_are_duplicates(
    session: psycopg.Connection[tuple[object, ...]], change: str, index: str, detail: str
) -> None:
    session.execute("SELECT tsql.keys_rest('public.shifted')")
    session.execute(f"UPDATE public.shifted {change}".encode())

    with pytest.raises(psycopg.errors.UniqueViolation) as raised:
        session.execute("SELECT tsql.keys_hold('public.shifted')")

    told = raised.value.diag
    assert (told.schema_name, told.table_name, told.constraint_name) == ("public", "shifted", index)
    assert (told.message_detail or "").startswith(detail)
