"""String functions, with the results that SQL Server's documentation gives."""

from __future__ import annotations

import pytest

from couponry_standin.tsql.patterns import regular_expression

from .conftest import RUNTIME, Desk

CASES = [
    ("LEN(N'ab  ')", "2", "int"),
    ("LEN(N'  ab')", "4", "int"),
    ("LEN(N'a😀b')", "4", "int"),
    ("LEN('')", "0", "int"),
    ("LEN(0x0102FF20)", "3", "int"),
    ("LEN(NULL)", None, "int"),
    ("LEN(12345)", "5", "int"),
    ("DATALENGTH(N'ab ')", "6", "int"),
    ("DATALENGTH('ab ')", "3", "int"),
    ("DATALENGTH(0x0102)", "2", "int"),
    ("DATALENGTH(CAST('ab' AS char(5)))", "5", "int"),
    ("DATALENGTH(CAST(1 AS bigint))", "8", "int"),
    ("LEFT(N'abcdefg', 2)", "ab", "nvarchar(2)"),
    ("LEFT(N'abc', 0)", "", "nvarchar(3)"),
    ("LEFT(N'abc', -1)", "ERROR 537", "nvarchar(3)"),
    ("RIGHT(N'abcdefg', 2)", "fg", "nvarchar(2)"),
    ("RIGHT('abc', 9)", "abc", "varchar(3)"),
    ("SUBSTRING(N'abcdef', 2, 3)", "bcd", "nvarchar(3)"),
    ("SUBSTRING(N'abcdef', 0, 3)", "ab", "nvarchar(3)"),
    ("SUBSTRING(N'abcdef', -1, 3)", "a", "nvarchar(3)"),
    ("SUBSTRING(N'abc', 2, -1)", "ERROR 537", "nvarchar(3)"),
    ("SUBSTRING(N'a😀b', 2, 2)", "😀", "nvarchar(2)"),
    ("SUBSTRING(0x010203, 2, 1)", "\\x02", "varbinary(1)"),
    ("CHARINDEX('is', 'This is a string')", "3", "int"),
    ("CHARINDEX('is', 'This is a string', 4)", "6", "int"),
    ("CHARINDEX('TEST', 'Das ist ein Test')", "13", "int"),
    ("CHARINDEX('TEST', 'Das ist ein Test' COLLATE Latin1_General_BIN2)", "0", "int"),
    ("CHARINDEX('x', 'abc')", "0", "int"),
    ("PATINDEX('%ter%', 'interesting data')", "3", "int"),
    ("PATINDEX('%en_ure%', 'Please ensure the door is locked!')", "8", "int"),
    ("PATINDEX(N'%[^0-9A-Z]%', N'SAVE-10')", "5", "int"),
    ("PATINDEX('S%', 'SAVE')", "1", "int"),
    ("REPLACE('abcdefghicde', 'cde', 'xxx')", "abxxxfghixxx", "varchar(8000)"),
    ("REPLACE(N'aXbx', N'x', N'-')", "a-b-", "nvarchar(4000)"),
    ("REPLACE(N'aXbx' COLLATE Latin1_General_BIN2, N'x', N'-')", "aXb-", "nvarchar(4000)"),
    ("REPLACE(N'a.b', N'.', N'\\1')", "a\\1b", "nvarchar(4000)"),
    ("TRANSLATE('2*[3+4]', '[]', '()')", "2*(3+4)", "varchar(7)"),
    ("TRANSLATE(N'aBc', 'AB', 'xy')", "xyc", "nvarchar(3)"),
    ("TRANSLATE('abc', 'ab', 'x')", "ERROR 9828", ""),
    ("REPLICATE('0', 4)", "0000", "varchar(4)"),
    ("REPLICATE('ab', -1)", None, "varchar(1)"),
    ("REVERSE(N'abc')", "cba", "nvarchar(3)"),
    ("'[' + SPACE(2) + ']'", "[  ]", "varchar(8000)"),
    ("STUFF('abcdef', 2, 3, 'ijklmn')", "aijklmnef", "varchar(8000)"),
    ("STUFF('abcdef', 0, 1, 'x')", None, "varchar(8000)"),
    ("STUFF('abcdef', 3, 0, 'x')", "abxcdef", "varchar(8000)"),
    ("UPPER(N'straße é')", "STRASSE É".replace("SS", "ß"), "nvarchar(8)"),
    ("LOWER('ABC')", "abc", "varchar(3)"),
    ("LTRIM(N'  a ')", "a ", "nvarchar(4)"),
    ("RTRIM(N' a  ')", " a", "nvarchar(4)"),
    ("TRIM('     test    ')", "test", "varchar(13)"),
    ("TRIM('.,! ' FROM '     #     test    .')", "#     test", "varchar(20)"),
    ("CONCAT('Happy ', 'Birthday ', 11, '/', '25')", "Happy Birthday 11/25", "varchar(78)"),
    ("CONCAT(N'a', NULL, 'c')", "ac", "nvarchar(3)"),
    ("CONCAT_WS(',', '1 Microsoft Way', NULL, NULL, 'Redmond')", "1 Microsoft Way,Redmond", None),
    ("TRANSLATE('2*[3+4]/{7-2}', '[]{}', '()()')", "2*(3+4)/(7-2)", "varchar(13)"),
    ("TRANSLATE('oOiL', 'OIL', '011')", "0011", "varchar(4)"),
    ("TRANSLATE('abc', 'ab', 'x')", "ERROR 9828", ""),
    ("CHAR(65)", "A", "char(1)"),
    ("CHAR(128)", "€", "char(1)"),
    ("CHAR(256)", None, "char(1)"),
    ("NCHAR(8364)", "€", "nchar(1)"),
    ("ASCII('P')", "80", "int"),
    ("ASCII('€')", "128", "int"),
    ("UNICODE(N'Åkergatan')", "197", "int"),
    ("STR(123.45, 6, 1)", " 123.5", "varchar(6)"),
    ("STR(123.45, 2, 2)", "**", "varchar(2)"),
    ("STR(FLOOR(123.45), 8, 3)", " 123.000", "varchar(8)"),
    ("QUOTENAME('abc[]def')", "[abc[]]def]", "nvarchar(258)"),
    ("QUOTENAME('a''b', '''')", "'a''b'".replace("a'b", "a''b"), "nvarchar(258)"),
    ("STRING_ESCAPE(N'\\/\n\"', 'json')", '\\\\\\/\\n\\"', "nvarchar(max)"),
    ("SOUNDEX('Smith')", "S530", "varchar(4)"),
    ("SOUNDEX('Green')", "G650", "varchar(4)"),
    ("DIFFERENCE('Green', 'Greene')", "4", "int"),
    ("DIFFERENCE('Blotchet-Halls', 'Greene')", "0", "int"),
    ("TRANSLATE('2*[3+4]', CONCAT('[', ']'), '()')", "2*(3+4)", None),
    ("TRANSLATE('aAbB', CONCAT('a', 'B'), 'xy')", "xxyy", None),
    ("TRANSLATE('aA', CONCAT('a', 'A'), 'xy')", "xx", None),
    ("TRANSLATE('aA', 'aA', 'xy')", "xx", None),
    ("TRANSLATE('aAbB' COLLATE Latin1_General_BIN2, CONCAT('a', 'b'), 'xy')", "xAyB", None),
    ("TRANSLATE('a', CONCAT('a', 'b'), 'x')", "ERROR 9828", None),
    ("TRANSLATE(NULL, 'a', 'b')", None, None),
    ("FORMAT(1, 'N2')", "ERROR 40517", ""),
    ("LEN()", "ERROR 174", ""),
    ("CHARINDEX('a')", "ERROR 189", ""),
    ("NO_SUCH_FUNCTION(1)", "ERROR 195", ""),
]


@pytest.mark.parametrize(("expression", "expected", "type_"), CASES)
def test_a_string_function_gives_what_sql_server_gives(
    desk: Desk, expression: str, expected: str | None, type_: str | None
) -> None:
    value, found = desk.answer(expression)

    assert value == expected
    assert type_ is None or found == type_


def test_an_unknown_function_is_named(desk: Desk) -> None:
    assert desk.message("NO_SUCH(1)") == "'NO_SUCH' is not a recognized built-in function name."


def test_a_wrong_number_of_arguments_is_told(desk: Desk) -> None:
    assert desk.message("SUBSTRING('a', 1)") == "The substring function requires 3 argument(s)."


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "SELECT value FROM STRING_SPLIT('Lorem ipsum dolor', ' ')",
            [("Lorem",), ("ipsum",), ("dolor",)],
        ),
        ("SELECT value FROM STRING_SPLIT('a,,b', ',')", [("a",), ("",), ("b",)]),
        ("SELECT value FROM STRING_SPLIT('', ',')", [("",)]),
        ("SELECT value FROM STRING_SPLIT(NULL, ',')", []),
    ],
)
def test_string_split(desk: Desk, query: str, rows: list[tuple[str, ...]]) -> None:
    assert desk.rows(query) == rows


def test_a_padded_string_keeps_its_blanks_as_a_text(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.txt('ab'::char(4))") == "ab  "
    assert desk.scalar("SELECT tsql.txt(NULL)") is None


@pytest.mark.parametrize("mark", [None, "!"])
@pytest.mark.parametrize(
    "pattern",
    ["a%b_", "[a-c]x", "[^a-c]", "[z-a]", "[^z-a]", "[]]", "[]a]", "[^]]", "[a^]", "[a-]", "[-a]",
     "[a-c", "[", "[!]]", "[a!-c]", "!%", "!_a", "100!", "[[]", "(a+b)?", "\\\\", "[\\\\]", "[%_]"],
)  # fmt: skip
def test_a_pattern_is_read_at_run_time_as_when_it_is_compiled(
    desk: Desk, pattern: str, mark: str | None
) -> None:
    def chosen(regular: str) -> list[str]:
        return desk.scalar(
            "SELECT array_agg(v ORDER BY v) FROM unnest($1::text[]) AS v WHERE v ~ $2",
            SAMPLES, f"^{regular}$",
        )  # fmt: skip

    at_run_time = desk.scalar("SELECT tsql.pattern_regex($1, $2)", pattern, mark)

    assert chosen(at_run_time) == chosen(regular_expression(pattern, mark))


SAMPLES = [
    chr(code) + rest for code in range(32, 127) for rest in ("", "x", "%", "bz", "00!", "a+b)?")
] + ["(a+b)", "(aab", "100!", "\\\\"]


@pytest.mark.parametrize(
    ("words", "ordered"),
    [
        (True, ["", " a", "_", "+", "1", "a", "ä", "a b", "ab", "a-b", "æb", "ø", "ß", "st", "z"]),
        (False, ["-", " a", "!", "_", "~", "=", "0", "a", "a-b", "ab", "straße", "z"]),
    ],
)
def test_letters_lie_as_in_a_dictionary(desk: Desk, words: bool, ordered: list[str]) -> None:
    rows = desk.connection.execute(
        "SELECT x FROM unnest(%s::text[]) AS x ORDER BY tsql.letters(x, %s)",
        (sorted(ordered), words),
    ).fetchall()

    assert [row[0] for row in rows] == sorted(ordered, key=ordered.index)


def test_blanks_at_the_end_move_nothing(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.letters('a  ', true) = tsql.letters('a', true)") is True


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Łódź", "Lódz"),
        ("ＡＢ１", "AB1"),
        ("α∞≤", "a8="),
        ("世Ж", "??"),
        ("😀", "??"),
        ("“é€”", "“é€”"),
    ],
)
def test_what_a_code_page_lacks_becomes_what_looks_like_it(
    desk: Desk, text: str, plain: str
) -> None:
    assert desk.scalar("SELECT tsql.ansi($1)", text) == plain


def test_each_character_of_the_best_fit_has_one_of_the_code_page(desk: Desk) -> None:
    source = (RUNTIME / "011_best_fit.sql").read_text("utf-8")
    strange = "".join(sorted({c for c in source if ord(c) > 0xFF}))

    fitted = desk.scalar("SELECT tsql.best_fit($1)", strange)

    assert len(fitted) == len(strange)
    assert fitted.encode("cp1252")


def test_a_series_gets_somewhere(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.series_step(2)") == 2


def test_a_neighbour_lies_ahead(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.neighbour(2)") == 2
