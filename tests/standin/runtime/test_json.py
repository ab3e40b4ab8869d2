"""JSON: reading, opening, modifying and writing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from .conftest import Desk

DOCUMENT = """N'{"a": {"b": [1, "x\\u00e9", true, null, 1.50]}, "c d": "e", "n": null}'"""

CASES = [
    ("ISJSON('{\"a\": 1}')", "1"),
    ("ISJSON('[]')", "1"),
    ("ISJSON('1')", "0"),
    ("ISJSON('')", "0"),
    ("ISJSON('{a: 1}')", "0"),
    ("ISJSON(NULL)", None),
    (f"JSON_VALUE({DOCUMENT}, '$.a.b[0]')", "1"),
    (f"JSON_VALUE({DOCUMENT}, '$.a.b[1]')", "xé"),
    (f"JSON_VALUE({DOCUMENT}, '$.a.b[2]')", "true"),
    (f"JSON_VALUE({DOCUMENT}, '$.a.b[3]')", None),
    (f"JSON_VALUE({DOCUMENT}, '$.a.b[4]')", "1.50"),
    (f"JSON_VALUE({DOCUMENT}, '$.\"c d\"')", "e"),
    (f"JSON_VALUE({DOCUMENT}, 'lax $.a')", None),
    (f"JSON_VALUE({DOCUMENT}, 'strict $.a')", "ERROR 13623"),
    (f"JSON_VALUE({DOCUMENT}, 'strict $.z')", "ERROR 13608"),
    (f"JSON_VALUE({DOCUMENT}, '$.z')", None),
    (f"JSON_VALUE({DOCUMENT}, 'a')", "ERROR 13607"),
    (f"JSON_VALUE({DOCUMENT}, CONCAT('$.', 'n'))", None),
    (f"JSON_VALUE({DOCUMENT}, CONCAT('$.a.', 'b[0]'))", "1"),
    ("JSON_VALUE('{\"a\":', '$.a')", "ERROR 13609"),
    ("JSON_VALUE(NULL, '$.a')", None),
    ("JSON_VALUE(CONCAT('{\"a\":\"', REPLICATE(CAST('x' AS varchar(max)), 4001), '\"}'), '$.a')",
     None),
    (f"JSON_QUERY({DOCUMENT}, '$.a')", '{"b": [1, "x\\u00e9", true, null, 1.50]}'),
    (f"JSON_QUERY({DOCUMENT}, '$.n')", None),
    (f"JSON_QUERY({DOCUMENT}, 'strict $.\"c d\"')", "ERROR 13624"),
    ("JSON_QUERY('[1,2]')", "[1,2]"),
    ("JSON_MODIFY('{\"a\":1}', '$.a', 2)", '{"a":2}'),
    ("JSON_MODIFY('{\"a\":1}', '$.b', N'x\"y')", '{"a":1,"b":"x\\"y"}'),
    ("JSON_MODIFY('{\"a\":1,\"b\":2}', '$.a', NULL)", '{"b":2}'),
    ("JSON_MODIFY('{\"a\":1,\"b\":2}', 'strict $.a', NULL)", '{"a":null,"b":2}'),
    ("JSON_MODIFY('{\"a\":1}', 'strict $.b', 2)", "ERROR 13608"),
    ("JSON_MODIFY('{\"a\":[1]}', 'append $.a', 2)", '{"a":[1,2]}'),
    ("JSON_MODIFY('{\"a\":[1,2]}', '$.a[1]', JSON_QUERY('{\"b\":1}'))", '{"a":[1,{"b":1}]}'),
    ("JSON_MODIFY('{\"a\":{\"b\":1}}', '$.a.b', CAST(1 AS bit))", '{"a":{"b":true}}'),
    ("JSON_MODIFY('{\"a\":{\"b c\":[1,2]}}', CONCAT('$.a.', '\"b c\"[1]'), 'x')",
     '{"a":{"b c":[1,"x"]}}'),
    ("JSON_MODIFY('{\"a\":[1]}', CONCAT('append ', '$.a'), 2)", '{"a":[1,2]}'),
    ("JSON_MODIFY('{\"a\":1}', CONCAT('strict ', '$.b'), 2)", "ERROR 13608"),
]  # fmt: skip

BROKEN = [
    ("", ".", 0),
    ("x", "x", 0),
    ('{"a" 1}', "1", 5),
    ('{"a":1', ".", 6),
    ('{"a":1]', "]", 6),
    ("[1,]", "]", 3),
    ("{'a':1}", "'", 1),
    ('{"a":tru}', "t", 5),
    ("[1] 2", "2", 4),
    ('"text"', '"', 0),
]


@pytest.mark.parametrize(("expression", "expected"), CASES)
def test_a_json_function_gives_what_sql_server_gives(
    desk: Desk, expression: str, expected: str | None
) -> None:
    assert desk.value(expression) == expected


@pytest.mark.parametrize(("document", "char", "position"), BROKEN)
def test_broken_json_is_told_with_its_place(
    desk: Desk, document: str, char: str, position: int
) -> None:
    quoted = document.replace("'", "''")
    assert desk.message(f"JSON_VALUE('{quoted}', '$.a')") == (
        f"JSON text is not properly formatted. Unexpected character '{char}' is found at position "
        f"{position}."
    )


def test_openjson_without_schema_gives_key_value_and_type(desk: Desk) -> None:
    document = '{"s": "x", "n": 12.50, "b": true, "z": null, "a": [1, 2], "o": {"k": 1}}'

    assert desk.rows(f"SELECT [key], value, type FROM OPENJSON(N'{document}')") == [
        ("s", "x", "1"),
        ("n", "12.50", "2"),
        ("b", "true", "3"),
        ("z", None, "0"),
        ("a", "[1, 2]", "4"),
        ("o", '{"k": 1}', "5"),
    ]
    assert desk.rows('SELECT [key], value FROM OPENJSON(N\'["a", "b"]\')') == [
        ("0", "a"),
        ("1", "b"),
    ]
    assert desk.rows(f"SELECT value FROM OPENJSON(N'{document}', '$.a')") == [("1",), ("2",)]
    assert desk.rows(f"SELECT value FROM OPENJSON(N'{document}', '$.none')") == []
    assert desk.rows("SELECT value FROM OPENJSON(NULL)") == []


def test_openjson_with_schema_gives_typed_columns(desk: Desk) -> None:
    rows = desk.rows(
        """
        SELECT t.Code, t.Amount, t.Day, t.Tag, t.Raw, t.Whole, t.First
        FROM OPENJSON(N'{"list": [
            {"Code": "A1", "amount": 1.5, "day": "2026-01-31", "deep": {"tag": "x"}, "Raw": [1],
             "0": "zero", "tags": ["p", "q"]},
            {"Code": {"not": "scalar"}, "amount": null}
        ]}', '$.list')
        WITH (
            Code nvarchar(10),
            Amount decimal(9, 2) '$.amount',
            Day date '$.day',
            Tag nvarchar(5) '$.deep.tag',
            Raw nvarchar(max) AS JSON,
            Whole nvarchar(10) '$."0"',
            First nvarchar(10) '$.tags[1]'
        ) AS t
        """
    )

    assert rows == [
        ("A1", "1.50", "2026-01-31", "x", "[1]", "zero", "q"),
        (None, None, None, None, None, None, None),
    ]


def test_openjson_with_schema_reads_scalars_by_the_root_path(desk: Desk) -> None:
    assert desk.rows("SELECT v FROM OPENJSON('[3, 4]') WITH (v int '$')") == [("3",), ("4",)]


def test_openjson_with_schema_takes_members_of_every_kind(desk: Desk) -> None:
    long = "n" * 70
    document = (
        '[{"a": 1, "A": "other", "object": {"x": 1}, "list": [1], "looks": "{1}",'
        f' "two words": true, "{long}": "long", "escaped": "\\u00e4\\n"}}, 7, null, "text", [1],'
        ' {}, {"a": 2, "a": 3}]'
    )

    found = desk.rows(
        f"""
        SELECT a, again, capital, object, list, looks, words, far, escaped, missing
        FROM OPENJSON(N'{document}') WITH (
            a int, again nvarchar(9) '$.a', capital nvarchar(9) '$.A', object nvarchar(9),
            list nvarchar(9), looks nvarchar(9), words bit '$."two words"',
            far nvarchar(9) '$.{long}', escaped nvarchar(9), missing int)
        """
    )

    nothing = (None,) * 10
    assert found == [
        ("1", "1", "other", None, None, "{1}", "1", "long", "ä\n", None),
        *([nothing] * 5),
        ("3", "3", *nothing[2:]),
    ]


def test_openjson_of_ten_times_the_rows_takes_about_ten_times_as_long(desk: Desk) -> None:
    desk.connection.execute("CREATE TABLE IF NOT EXISTS public.documents (doc text)")

    def spent(rows: int, times: int) -> float:
        """Seconds of the processor, which others may have meanwhile."""
        document = json.dumps(
            [{"code": f"SAVE{n:06d}", "rank": n, "hash": "ab" * 16} for n in range(rows)]
        )
        desk.connection.execute("TRUNCATE public.documents")
        desk.connection.execute("INSERT INTO public.documents VALUES (%s)", (document,))
        before = _processor(desk.connection.info.backend_pid)
        for _ in range(times):
            found = desk.scalar(
                "SELECT count(tsql.json_member(e, 'code')) FROM public.documents,"
                " tsql.json_elements(doc, NULL) AS e"
            )
            assert found == rows
        return _processor(desk.connection.info.backend_pid) - before

    few = spent(2000, times=20)

    # A document that is read anew for each of its rows would take ten times as long.
    assert spent(20000, times=2) < 4 * few


def _processor(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_for_json_path_writes_as_sql_server_does(desk: Desk) -> None:
    [(text,)] = desk.rows(
        """
        SELECT t.a AS [code], t.b AS [price.amount], t.c AS [price.currency], t.d AS [active],
               t.e AS [since], t.f AS [ratio], t.g AS [none]
        FROM (VALUES (N'a"/b', CAST(1.50 AS decimal(9, 2)), 'EUR', CAST(1 AS bit),
                      CAST('2026-01-31 10:00:00.5' AS datetime2(3)), CAST(1.5 AS float),
                      CAST(NULL AS int))) AS t (a, b, c, d, e, f, g)
        FOR JSON PATH
        """
    )

    assert text == (
        '[{"code":"a\\"\\/b","price":{"amount":1.50,"currency":"EUR"},"active":true,'
        '"since":"2026-01-31T10:00:00.500","ratio":1.500000000000000e+000}]'
    )


def test_for_json_keeps_nulls_when_asked_and_embeds_json(desk: Desk) -> None:
    [(text,)] = desk.rows(
        """
        SELECT 1 AS a, NULL AS b, JSON_QUERY('[1, 2]') AS c, '[3]' AS d
        FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER
        """
    )

    assert text == '{"a":1,"b":null,"c":[1, 2],"d":"[3]"}'


def test_a_nested_for_json_is_embedded(desk: Desk) -> None:
    assert desk.rows("SELECT 1 AS a, (SELECT 5 AS x FOR JSON PATH) AS e FOR JSON PATH") == [
        ('[{"a":1,"e":[{"x":5}]}]',)
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [("{a}", "1"), ("{b,0}", "x"), ("{n}", None), ("{z}", 13608), ("{b}", 13623)],
)
def test_a_strict_scalar_exists_and_is_one(
    desk: Desk, path: str, expected: str | int | None
) -> None:
    text = f"""SELECT tsql.json_scalar_strict('{{"a": 1, "b": ["x"], "n": null}}', '{path}')"""

    found = desk.failure(text)[0] if isinstance(expected, int) else desk.scalar(text)

    assert found == expected


def test_base64_becomes_bytes(desk: Desk) -> None:
    assert desk.scalar("SELECT tsql.base64_bytes('AQL/')") == b"\x01\x02\xff"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("JSON_PATH_EXISTS(N'{\"a\": {\"b\": null}}', '$.a.b')", "1"),
        ("JSON_PATH_EXISTS(N'{\"a\": {\"b\": null}}', '$.a.c')", "0"),
        ("JSON_PATH_EXISTS(N'[1, 2]', '$[1]')", "1"),
        ("JSON_PATH_EXISTS(N'no json', '$.a')", "0"),
        ("JSON_PATH_EXISTS(NULL, '$.a')", None),
    ],
)
def test_a_path_is_looked_for(desk: Desk, expression: str, expected: str | None) -> None:
    assert desk.value(expression) == expected
