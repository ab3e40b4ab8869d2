"""A call that comes again is bound as before only while everything is as before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine
from tests.standin.session.wire import Answer, Wire, integer, text

TAKE = (
    "{verb} PROCEDURE dbo.Take {parameters} AS BEGIN SET NOCOUNT ON;"
    " SELECT CONCAT(@number, N'-', @word, N'-', @more); SET @word = CONCAT(@word, @number);"
    " RETURN @number; END"
)
USUAL = "@number int, @word nvarchar(20) OUTPUT, @more nvarchar(5) = N'd'"
TEXT = "EXEC dbo.Take @number = @P1, @word = @P2 OUTPUT, @more = N'c'"
DECLARED = "@P1 int, @P2 nvarchar(20) OUTPUT"


@pytest.fixture(scope="module")
def place(engine: Engine) -> Iterator[str]:
    with engine.database("CREATE USER Clerk WITHOUT LOGIN") as name:
        yield name


@pytest.fixture
def here(engine: Engine, place: str) -> Iterator[Wire]:
    with engine.wire(place) as opened:
        usual = TAKE.format(verb="CREATE OR ALTER", parameters=USUAL)
        assert opened.batch(usual).errors == []
        yield opened


@pytest.fixture
def there(engine: Engine, place: str) -> Iterator[Wire]:
    with engine.wire(place) as opened:
        yield opened


def take(wire: Wire, number: int | None, word: str | None, statement: str = TEXT) -> Answer:
    return wire.call(
        10,
        text("", statement),
        text("", DECLARED),
        integer("", number),
        text("", word, output=True),
    )


def shown(answer: Answer) -> tuple[str | None, list[str | None], list[int]]:
    return answer.value, [value for _, _, value in answer.of("value")], answer.numbers


def test_it_has_the_new_values(here: Wire) -> None:
    assert shown(take(here, 1, "a")) == ("1-a-c", ["a1"], [])
    assert shown(take(here, 22, "ä€ '")) == ("22-ä€ '-c", ["ä€ '22"], [])
    assert shown(take(here, None, None)) == ("--c", [""], [])
    assert shown(take(here, 3, "b")) == ("3-b-c", ["b3"], [])


def test_the_same_text_with_other_values_given(here: Wire) -> None:
    assert shown(take(here, 1, "a")) == ("1-a-c", ["a1"], [])
    named = here.call(10, text("", TEXT), text("", DECLARED), text("@P2", "b"), integer("@P1", 2))
    assert named.value == "2-b-c"
    assert shown(take(here, 5, "e")) == ("5-e-c", ["e5"], [])


def test_another_session_has_altered_the_procedure(here: Wire, there: Wire) -> None:
    assert take(here, 1, "a").value == "1-a-c"

    other = "@more nvarchar(5), @word nvarchar(2) OUTPUT, @number int = 9"
    assert there.batch(TAKE.format(verb="ALTER", parameters=other)).errors == []

    assert take(here, 1, "abc").value == "1-ab-c"


def test_the_procedure_is_gone(here: Wire, there: Wire) -> None:
    assert take(here, 1, "a").value == "1-a-c"

    assert there.batch("DROP PROCEDURE dbo.Take").errors == []

    assert take(here, 1, "a").numbers == [2812]


def test_the_permission_is_gone(here: Wire, there: Wire) -> None:
    assert there.batch("GRANT EXECUTE ON dbo.Take TO Clerk").errors == []
    assert here.batch("EXECUTE AS USER = 'Clerk'").errors == []
    assert take(here, 1, "a").value == "1-a-c"

    assert there.batch("DENY EXECUTE ON dbo.Take TO Clerk").errors == []

    assert take(here, 1, "a").numbers == [229]


def test_it_is_called_in_a_transaction_and_under_another_isolation_level(here: Wire) -> None:
    assert take(here, 1, "a").value == "1-a-c"

    here.begin()
    inside = take(here, 2, "b").value
    here.commit()
    assert here.batch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").errors == []

    assert inside == "2-b-c"
    assert take(here, 3, "c").value == "3-c-c"


def test_it_fails_and_does_not(here: Wire) -> None:
    failing = "EXEC dbo.Take @number = @P2, @word = @P2 OUTPUT"

    assert take(here, 1, "7", failing).value == "7-7-d"
    assert take(here, 1, "x", failing).numbers == [8114]
    assert take(here, 1, "8", failing).value == "8-8-d"


def test_defaults_and_constants_come_again_and_a_changed_default_is_seen(
    here: Wire, there: Wire
) -> None:
    def with_default(verb: str, default: str) -> str:
        return TAKE.format(verb=verb, parameters=USUAL.replace("N'd'", default))

    short = "EXEC dbo.Take @word = @P2 OUTPUT, @more = DEFAULT, @number = 7"
    assert there.batch(with_default("ALTER", r"N'i''s\ä'")).errors == []
    assert shown(take(here, 1, "a", short)) == (r"7-a-i's\ä", ["a7"], [])
    assert shown(take(here, 2, None, short)) == (r"7--i's\ä", ["7"], [])

    assert there.batch(with_default("ALTER", "NULL")).errors == []

    assert shown(take(here, 3, "c", short)) == ("7-c-", ["c7"], [])
    assert there.batch(with_default("ALTER", "N'e'")).errors == []
    assert shown(take(here, 4, "d", short)) == ("7-d-e", ["d7"], [])


def test_another_count_of_values_is_another_call(here: Wire) -> None:
    """sp_prepexec's handle, declarations and text are announced as three values of sp_execute."""
    statement = "EXEC dbo.Take @number = 7, @word = @P2 OUTPUT, @more = @P1"
    declared = "@P1 nvarchar(max), @P2 nvarchar(max) OUTPUT"
    first = here.call(
        13,
        integer("", None, output=True),
        text("", declared),
        text("", statement),
        text("", "m"),
        text("", "w"),
    )
    assert first.value == "7-w-m"
    handle = int(first.of("value")[0][2] or 0)

    given = [text("", each) for each in ("m", "w", "x", "y")]
    too_many = here.call(12, integer("", handle, output=True), *given)

    assert too_many.numbers == [8144]
    again = here.call(12, integer("", handle), *given[:2])
    assert again.value == "7-w-m"
