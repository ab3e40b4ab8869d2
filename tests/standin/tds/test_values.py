"""Values go out as they come in: every type, at its limits."""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couponry_standin.tds import ProtocolError
from couponry_standin.tds.collation import collation_bytes
from couponry_standin.tds.encoding import encoder
from couponry_standin.tds.typeinfo import type_info
from couponry_standin.tds.wiretype import read_row_value, read_type
from couponry_standin.types import (
    BIGINT,
    BIT,
    DATE,
    DATETIME,
    FLOAT,
    INT,
    MAX,
    MONEY,
    REAL,
    ROWVERSION,
    SMALLINT,
    TINYINT,
    UNIQUEIDENTIFIER,
    SqlType,
    datetime2,
    decimal,
    nvarchar,
    varbinary,
    varchar,
)

SMALLMONEY, SMALLDATETIME = SqlType("smallmoney"), SqlType("smalldatetime")
UTF8 = SqlType("varchar", 240, collation="Latin1_General_100_CI_AS_SC_UTF8")


def offset(scale: int) -> SqlType:
    return SqlType("datetimeoffset", scale=scale)


def clock(scale: int) -> SqlType:
    return SqlType("time", scale=scale)


def there_and_back(type_: SqlType, text: str | None, *, nullable: bool) -> str | None:
    """Encode as a server does, decode as from a client; the type must survive as well."""
    encoded = encoder(type_, nullable=nullable)(None if text is None else text.encode())
    data = type_info(type_, nullable=nullable) + encoded
    found, read, position = read_type(data, 0)
    wire_name = "binary" if type_.name == "rowversion" else type_.name
    assert found.name == wire_name
    value, end = read_row_value(found, read, data, position)
    assert end == len(data)
    return value


LIMITS: list[tuple[SqlType, list[str]]] = [
    (BIT, ["0", "1"]),
    (TINYINT, ["0", "255"]),
    (SMALLINT, ["-32768", "0", "32767"]),
    (INT, ["-2147483648", "-1", "0", "2147483647"]),
    (BIGINT, ["-9223372036854775808", "0", "9223372036854775807"]),
    (decimal(1, 0), ["-9", "0", "9"]),
    (decimal(9, 4), ["-99999.9999", "0.0000", "0.0001", "99999.9999"]),
    (decimal(19, 19), ["-0.9999999999999999999", "0.0000000000000000001"]),
    (decimal(28, 0), ["9" * 28, "-" + "9" * 28]),
    (decimal(38, 0), ["9" * 38, "-" + "9" * 38]),
    (decimal(38, 38), ["0." + "9" * 38, "-0." + "9" * 38]),
    (MONEY, ["-922337203685477.5808", "0.0000", "-0.0001", "922337203685477.5807"]),
    (SMALLMONEY, ["-214748.3648", "0.0001", "214748.3647"]),
    (REAL, ["0", "1.5", "-3.4028235e+38", "1e-45", "0.1"]),
    (FLOAT, ["0", "-0.1", "1.7976931348623157e+308", "5e-324", "1e+16"]),
    (nvarchar(10), ["", "a", "ü🎟€", " blanks  ", "\u00a0\u2028"]),
    (nvarchar(4000), ["x" * 4000, "🎟" * 2000]),
    (nvarchar(MAX), ["", "🎟" * 5000, "x"]),
    (SqlType("ntext"), ["", "🎟ü"]),
    (varchar(20), ["", "Straße 5 €", "plain"]),
    (varchar(8000), ["x" * 8000]),
    (varchar(MAX), ["", "€" * 9000]),
    (SqlType("text"), ["", "5 €"]),
    (SqlType("nchar", 3), ["abc", "🎟c"]),
    (SqlType("char", 3), ["abc", "ü€ "]),
    (UTF8, ["", "🎟ü", "x"]),
    (SqlType("varchar", MAX, collation="Latin1_General_100_BIN2_UTF8"), ["🎟" * 3000]),
    (varbinary(8), ["\\x", "\\x00", "\\xffffffffffffffff"]),
    (varbinary(MAX), ["\\x", "\\x" + "ab" * 9000]),
    (SqlType("binary", 2), ["\\x00ff"]),
    (SqlType("image"), ["\\x", "\\xcafe"]),
    (ROWVERSION, ["\\x00000000000007d1"]),
    (
        UNIQUEIDENTIFIER,
        [
            "00000000-0000-0000-0000-000000000000",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ],
    ),
    (DATE, ["0001-01-01", "2000-02-29", "9999-12-31"]),
    (clock(0), ["00:00:00", "23:59:59"]),
    (clock(3), ["00:00:00.001", "23:59:59.999"]),
    (clock(6), ["23:59:59.999999", "00:00:00.000001"]),
    (clock(7), ["23:59:59.999999", "12:00:00.5"]),
    (DATETIME, ["1753-01-01 00:00:00", "9999-12-31 23:59:59.997", "2024-02-29 12:00:00.003"]),
    (DATETIME, ["1900-01-01 00:00:00.007", "1899-12-31 23:59:59.99"]),
    (SMALLDATETIME, ["1900-01-01 00:00:00", "2079-06-06 23:59:00"]),
    (datetime2(0), ["0001-01-01 00:00:00", "9999-12-31 23:59:59"]),
    (datetime2(2), ["2024-01-01 00:00:00.25"]),
    (datetime2(4), ["2024-01-01 00:00:00.1234"]),
    (datetime2(7), ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"]),
    (offset(0), ["2024-06-01 00:30:00+05:30", "0001-01-01 00:00:00+00:00"]),
    (offset(7), ["9999-12-31 23:59:59.999999+00:00", "2024-01-01 00:00:00.5-14:00"]),
    (offset(3), ["2023-12-31 23:30:00.125-00:30", "2024-01-01 13:59:00+14:00"]),
]
EACH = [(type_, text) for type_, texts in LIMITS for text in texts]


@pytest.mark.parametrize("nullable", [True, False])
@pytest.mark.parametrize(("type_", "text"), EACH, ids=lambda value: str(value)[:40])
def test_a_value_survives_the_way_out_and_in(type_: SqlType, text: str, nullable: bool) -> None:
    assert there_and_back(type_, text, nullable=nullable) == text


@pytest.mark.parametrize("type_", [type_ for type_, _ in LIMITS], ids=str)
def test_null_survives_where_it_may_stand(type_: SqlType) -> None:
    assert there_and_back(type_, None, nullable=True) is None

    with pytest.raises(ValueError, match="not nullable"):
        there_and_back(type_, None, nullable=False)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_survives(text: str) -> None:
    for type_ in (nvarchar(200), nvarchar(MAX), SqlType("ntext"), UTF8):
        assert there_and_back(type_, text, nullable=True) == text


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 38), st.data())
def test_any_decimal_survives(precision: int, data: st.DataObject) -> None:
    scale = data.draw(st.integers(0, precision))
    number = data.draw(st.integers(-(10**precision) + 1, 10**precision - 1))
    text = f"{Decimal((0 if number >= 0 else 1, tuple(map(int, str(abs(number)))), -scale)):f}"

    assert there_and_back(decimal(precision, scale), text, nullable=True) == text


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_float_survives(number: float) -> None:
    text = there_and_back(FLOAT, repr(number), nullable=True)

    assert text is not None
    assert float(text) == number


@settings(max_examples=100, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_any_real_survives(number: float) -> None:
    text = there_and_back(REAL, repr(number), nullable=True)

    assert text is not None
    assert there_and_back(REAL, text, nullable=True) == text
    assert float(text) == pytest.approx(number, rel=1e-7, abs=1e-45)


def trimmed(moment: date | time) -> str:
    text = str(moment)
    return text.rstrip("0") if "." in text else text


@settings(max_examples=100, deadline=None)
@given(st.datetimes())
def test_any_moment_survives(moment: datetime) -> None:
    text = trimmed(moment)

    assert there_and_back(datetime2(7), text, nullable=True) == text
    assert there_and_back(datetime2(6), text, nullable=True) == text
    assert there_and_back(DATE, str(moment.date()), nullable=True) == str(moment.date())
    assert there_and_back(clock(7), trimmed(moment.time()), nullable=True) == trimmed(moment.time())


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.integers(-840, 840))
def test_any_moment_with_an_offset_survives(moment: datetime, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    text = f"{trimmed(moment)}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

    assert there_and_back(offset(7), text, nullable=True) == text


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(1753, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 990_000)))
def test_a_datetime_moves_by_less_than_its_tick(moment: datetime) -> None:
    text = there_and_back(DATETIME, str(moment), nullable=True)

    assert text is not None
    assert abs(datetime.fromisoformat(text) - moment) < timedelta(milliseconds=2.2)
    assert there_and_back(DATETIME, text, nullable=True) == text


@pytest.mark.parametrize(
    ("millisecond", "shown"),
    [(0, "00"), (1, "00"), (2, "003"), (4, "003"), (5, "007"), (8, "007"), (9, "01"), (999, None)],
)
def test_a_datetime_shows_the_milliseconds_of_sql_server(
    millisecond: int, shown: str | None
) -> None:
    text = there_and_back(DATETIME, f"2024-01-01 00:00:00.{millisecond:03}", nullable=True)

    fraction = "" if shown == "00" else f".{shown}"
    assert text == (f"2024-01-01 00:00:00{fraction}" if shown else "2024-01-01 00:00:01")


def test_the_last_datetime_is_not_rounded_into_a_year_that_does_not_exist() -> None:
    text = there_and_back(DATETIME, "9999-12-31 23:59:59.999", nullable=True)

    assert text == "9999-12-31 23:59:59.997"


def test_the_seventh_digit_of_a_fraction_is_cut() -> None:
    ticks = 863_999_999_999
    data = b"\x2a\x07\x08" + (ticks | 0 << 40).to_bytes(8, "little")
    _, read, position = read_type(data, 0)

    assert read(data, position) == ("0001-01-01 23:59:59.999999", len(data))


@pytest.mark.parametrize(
    ("type_", "text", "sent"),
    [
        (SqlType("nchar", 4), "ü", "ü   "),
        (SqlType("char", 4), "€", "€   "),
        (SqlType("char", 4, collation="Latin1_General_100_BIN2_UTF8"), "ü", "ü  "),
        (SqlType("binary", 3), "\\x01", "\\x010000"),
    ],
)
def test_values_of_fixed_length_are_padded(type_: SqlType, text: str, sent: str) -> None:
    assert there_and_back(type_, text, nullable=True) == sent


def test_what_a_code_page_does_not_hold_becomes_a_question_mark() -> None:
    assert there_and_back(varchar(10), "€🎟Ω", nullable=True) == "€??"


def test_every_byte_of_a_code_page_is_a_character() -> None:
    data = b"\xa7\x05\x00" + collation_bytes(None) + b"\x05\x00\x80\x81\x8d\x9f\xff"
    _, read, position = read_type(data, 0)

    assert read(data, position)[0] == "€\x81\x8dŸÿ"


def test_a_lone_surrogate_becomes_the_replacement_character() -> None:
    data = b"\xe7\x06\x00" + collation_bytes(None) + b"\x06\x00a\0\x00\xd8b\0"
    _, read, position = read_type(data, 0)

    assert read(data, position)[0] == "a\ufffdb"


def test_a_decimal_with_another_number_of_digits_is_rounded() -> None:
    assert there_and_back(decimal(9, 2), "1.005", nullable=True) == "1.01"
    assert there_and_back(decimal(9, 2), "-7", nullable=True) == "-7.00"
    assert there_and_back(decimal(9, 0), "2.5", nullable=True) == "3"


def test_a_value_beyond_its_type_is_not_sent() -> None:
    for type_, text in ((TINYINT, b"256"), (decimal(9, 0), b"9" * 12), (BIT, b"t")):
        with pytest.raises((ValueError, OverflowError, KeyError, struct.error)):
            encoder(type_, nullable=True)(text)


def test_an_unknown_type_has_no_form() -> None:
    with pytest.raises(ValueError, match="sql_variant"):
        encoder(SqlType("sql_variant"), nullable=True)
    with pytest.raises(ValueError, match="sql_variant"):
        type_info(SqlType("sql_variant"), nullable=True)


def test_a_moment_beyond_the_calendar_is_refused() -> None:
    data = b"\x2a\x00\x06" + b"\x00\x00\x00" + b"\xff\xff\xff"
    _, read, position = read_type(data, 0)

    with pytest.raises(ProtocolError, match="9999"):
        read(data, position)


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("SQL_Latin1_General_CP1_CI_AS", "0904d00034"),
        ("Latin1_General_CI_AS", "0904d00000"),
        ("Latin1_General_CS_AS", "0904c00000"),
        ("Latin1_General_BIN2", "0904000200"),
        ("Latin1_General_100_BIN2", "0904002200"),
        ("Latin1_General_100_BIN2_UTF8", "0904002600"),
        ("Latin1_General_100_CI_AS_SC_UTF8", "0904d02400"),
    ],
)
def test_a_collation_has_its_form_on_the_wire(name: str, wire: str) -> None:
    assert collation_bytes(name).hex() == wire
