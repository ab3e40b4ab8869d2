"""QUOTED_IDENTIFIER OFF, as sqlcmd connects without -I."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from couponry_standin.tsql.quoting import setting_after, with_names_quoted
from tests.standin.session.engine import Engine
from tests.standin.session.wire import Wire

OFF = "SET QUOTED_IDENTIFIER OFF"


@pytest.fixture
def wire(engine: Engine, database: str) -> Iterator[Wire]:
    with engine.wire(database) as opened:
        opened.batch(OFF)
        yield opened


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('SELECT "it\'s ""q"""', "SELECT 'it''s \"q\"'"),
        ('SELECT \'"a"\', ["b"] -- "c"', None),
        ('/* "a" /* "b" */ */ SELECT "c"', '/* "a" /* "b" */ */ SELECT \'c\''),
        ('SELECT "a" SET QUOTED_IDENTIFIER ON SELECT "b"', None),
        ('CREATE PROC p AS SET QUOTED_IDENTIFIER ON SELECT "b"', None),
        ('SELECT "never closed', None),
    ],
)
def test_double_quotes_hold_strings(text: str, read: str | None) -> None:
    expected = {
        3: "SELECT 'a' SET QUOTED_IDENTIFIER ON SELECT \"b\"",
        4: "CREATE PROC p AS SET QUOTED_IDENTIFIER ON SELECT 'b'",
    }
    kept = next((each for each in expected.values() if each.replace("'", '"') == text), text)

    assert with_names_quoted(text, quoted=False) == (read or kept)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("SET ANSI_NULLS, QUOTED_IDENTIFIER ON", True),
        ("SET ANSI_DEFAULTS ON", True),
        ("IF 1 = 0 SET QUOTED_IDENTIFIER ON", True),
        ("SELECT 'SET QUOTED_IDENTIFIER ON'", False),
        ("CREATE OR ALTER PROCEDURE p AS SET QUOTED_IDENTIFIER ON", False),
        ("SET NOCOUNT ON; SELECT 1 AS QUOTED_IDENTIFIER", False),
    ],
)
def test_the_setting_is_minded_while_a_text_is_read(text: str, after: bool) -> None:
    assert setting_after(text, quoted=False) is after


def test_the_setting_lasts_until_it_is_set_again(wire: Wire) -> None:
    assert wire.batch('SELECT "a"').value == "a"
    assert wire.batch('EXEC ("SELECT 1")').value == "1"
    assert wire.batch("SET QUOTED_IDENTIFIER ON").errors == []
    assert wire.batch('SELECT "a"').numbers == [207]


def test_tables_with_filtered_indexes_are_not_written_to(wire: Wire) -> None:
    wire.batch("SET QUOTED_IDENTIFIER ON")
    made = wire.batch("CREATE TABLE dbo.Filtered (Id int); INSERT dbo.Filtered VALUES (1)")
    assert made.errors == []
    filtered = "CREATE INDEX IX_Filtered ON dbo.Filtered (Id) WHERE Id > 0"

    wire.batch(OFF)
    assert wire.batch(filtered).numbers == [1934]
    wire.batch("SET QUOTED_IDENTIFIER ON")
    assert wire.batch(filtered).errors == []
    wire.batch(OFF)

    for change in ("INSERT dbo.Filtered VALUES (2)", "UPDATE dbo.Filtered SET Id = 3"):
        [refused] = wire.batch(change).errors
        assert refused.number == 1934
        assert refused.text.startswith(f"{change[:6]} failed because the following SET options")
    assert wire.batch("SELECT Id FROM dbo.Filtered").value == "1"
    wire.batch("DROP TABLE dbo.Filtered")


def test_modules_are_not_made(wire: Wire) -> None:
    assert wire.batch("CREATE PROCEDURE dbo.Made AS SELECT 1").numbers == [40517]
