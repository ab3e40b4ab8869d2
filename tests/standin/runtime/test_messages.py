"""RAISERROR and FORMATMESSAGE: arguments in the places of a text."""

from __future__ import annotations

import pytest

from .conftest import Desk

MESSAGES = [
    ("no place", "{}", "{}", "no place"),
    ("100%% of %s", "{all}", "{s}", "100% of all"),
    ("%d and %i", "{1,-2}", "{i,i}", "1 and -2"),
    ("[%5d][%-5d][%05d]", "{42,42,42}", "{i,i,i}", "[   42][42   ][00042]"),
    ("[%+d][% d][%+d]", "{42,42,-42}", "{i,i,i}", "[+42][ 42][-42]"),
    ("%u", "{-1}", "{i}", "4294967295"),
    ("%I64u", "{-1}", "{i}", "18446744073709551615"),
    ("%x %X %#x %#X", "{255,255,255,255}", "{i,i,i,i}", "ff FF 0xff 0XFF"),
    ("%o %#o", "{8,8}", "{i,i}", "10 010"),
    ("%x", "{-1}", "{i}", "ffffffff"),
    ("%I64x", "{-1}", "{i}", "ffffffffffffffff"),
    ("%I64o", "{-1}", "{i}", "1777777777777777777777"),
    ("[%.2s][%6.2s][%-6s]", "{abc,abc,abc}", "{s,s,s}", "[ab][    ab][abc   ]"),
    ("[%.4d]", "{42}", "{i}", "[0042]"),
    ("[%*d][%*d]", "{5,42,-5,42}", "{i,i,i,i}", "[   42][42   ]"),
    ("[%.*s]", "{2,abc}", "{i,s}", "[ab]"),
    ("%ld %hd", "{1,2}", "{i,i}", "1 2"),
    ("%s and %d", "{NULL,NULL}", "{s,i}", "(null) and (null)"),
    ("%s", "{}", "{}", "(null)"),
]

ARGUMENTS = [
    ("'', NULL, NULL, false, 's', 'x', 's', 1", "x"),
    ("'', 3, NULL, false, 's', 'x', 's', 1", "  x"),
    ("'-', 3, NULL, false, 's', 'x', 's', 1", "x  "),
    ("'', NULL, 1, false, 's', 'xyz', 's', 1", "x"),
    ("'0', 6, NULL, false, 'd', '-42', 'i', 1", "-00042"),
    ("'0', 6, 3, false, 'd', '42', 'i', 1", "   042"),
    ("'-0', 6, NULL, false, 'd', '42', 'i', 1", "42    "),
    ("'#', NULL, NULL, false, 'x', '0', 'i', 1", "0"),
    ("'#', NULL, NULL, false, 'u', '7', 'i', 1", "7"),
    ("'', NULL, NULL, true, 'x', '-1', 'i', 1", "ffffffffffffffff"),
    ("'', 8, NULL, false, 'd', NULL, NULL, 1", "  (null)"),
]

MISMATCH = (
    "The data type of substitution parameter {} does not match the expected type of the format"
    " specification."
)


@pytest.mark.parametrize(("message", "arguments", "kinds", "expected"), MESSAGES)
def test_arguments_take_their_places(
    desk: Desk, message: str, arguments: str, kinds: str, expected: str
) -> None:
    found = desk.scalar(
        "SELECT tsql.format_message($1::text, $2::text[], $3::text[])", message, arguments, kinds
    )

    assert found == expected


def test_a_long_message_ends_in_dots(desk: Desk) -> None:
    just = desk.scalar("SELECT tsql.format_message(repeat('x', 2047), '{}', '{}')")
    long = desk.scalar("SELECT tsql.format_message(repeat('x', 2048), '{}', '{}')")

    assert just == "x" * 2047
    assert long == "x" * 2044 + "..."


def test_a_width_beyond_the_end_of_a_message_is_cut(desk: Desk) -> None:
    for message, arguments in (
        ("%*d", "{2147483647,5}"),
        ("%2147483647d", "{5}"),
        ("%.99999d", "{5}"),
    ):
        found = desk.scalar(
            "SELECT tsql.format_message($1::text, $2::text[], '{i,i}')", message, arguments
        )

        assert (len(found), found[-3:]) == (2047, "...")


@pytest.mark.parametrize(
    ("message", "shown"), [("%q", "%q"), ("100%", "%"), ("%5.2f", "%5.2f"), ("a %-08k", "%-08k")]
)
def test_a_place_of_no_known_form_is_an_error(desk: Desk, message: str, shown: str) -> None:
    assert desk.failure(f"SELECT tsql.format_message('{message}', '{{1}}', '{{i}}')") == (
        2787,
        16,
        1,
        f"Invalid format specification: '{shown}'.",
    )


@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS)
def test_one_argument_fills_its_place(desk: Desk, arguments: str, expected: str) -> None:
    assert desk.scalar(f"SELECT tsql.format_argument({arguments})") == expected


@pytest.mark.parametrize(
    ("letter", "argument", "kind"), [("d", "x", "s"), ("s", "1", "i"), ("x", "x", "s")]
)
def test_an_argument_of_another_kind_is_an_error(
    desk: Desk, letter: str, argument: str, kind: str
) -> None:
    text = (
        f"SELECT tsql.format_argument('', NULL, NULL, false, '{letter}', '{argument}', '{kind}', 3)"
    )

    assert desk.failure(text) == (2786, 16, 1, MISMATCH.format(3))
