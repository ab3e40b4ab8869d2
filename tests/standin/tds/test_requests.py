"""Requests that no driver at hand sends, byte by byte as the protocol defines them."""

from __future__ import annotations

from struct import pack

import pytest

from couponry_standin.tds import (
    Attention,
    Batch,
    Begin,
    Bulk,
    Discarded,
    ProtocolError,
    Rpc,
    RpcParam,
    ServerConnection,
    Table,
    TransactionRequest,
)
from couponry_standin.tds.packet import Kind
from couponry_standin.types import MAX, SqlType, nvarchar
from tests.standin.tds.messages import (
    COLLATION,
    EOM,
    HEADERS,
    IGNORE,
    RESET,
    RESET_SKIP_TRAN,
    b_text,
    batch,
    login,
    opened,
    packet,
    param,
    prelogin,
    received,
    rpc,
    rpc_payload,
    utf16,
)

INTN = b"\x26\x04"
NVARCHAR_MAX = b"\xe7\xff\xff" + COLLATION


def params_of(data: bytes) -> tuple[RpcParam, ...]:
    event = received(data)
    assert isinstance(event, Rpc)
    [call] = event.calls
    return call.params


# Packets


@pytest.mark.parametrize(
    ("status", "reset"),
    [(0, None), (RESET, "connection"), (RESET_SKIP_TRAN, "connection_skip_tran")],
)
def test_a_reset_is_reported_with_the_request_that_asks_for_it(
    status: int, reset: str | None
) -> None:
    assert received(batch("x", EOM | status)) == Batch("x", reset)


def test_a_reset_on_a_later_packet_of_a_message_means_nothing() -> None:
    data = HEADERS + utf16("select 1")
    first = packet(Kind.BATCH, data[:30], 0)
    last = packet(Kind.BATCH, data[30:], EOM | RESET)

    assert received(first + last) == Batch("select 1", None)


def test_a_message_that_the_client_gives_up_is_discarded() -> None:
    first = packet(Kind.BATCH, HEADERS + utf16("sel"), RESET)
    last = packet(Kind.BATCH, b"", EOM | IGNORE)

    assert received(first + last) == Discarded()


def test_a_cancel_overtakes_an_unfinished_message() -> None:
    unfinished = packet(Kind.BATCH, HEADERS, 0)

    events = opened().receive(unfinished + packet(Kind.ATTENTION) + batch("next"))

    assert events == [Attention(), Batch("next")]


def test_events_before_an_error_are_handed_over_with_it() -> None:
    connection = opened()

    with pytest.raises(ProtocolError) as caught:
        connection.receive(batch("good") + b"\x99\x01\x00\x08\0\0\0\0")

    assert caught.value.before == (Batch("good"),)
    with pytest.raises(ProtocolError, match="broken"):
        connection.receive(batch("later"))


def test_a_message_beyond_the_limit_is_refused_before_it_is_kept() -> None:
    connection = ServerConnection(message_limit=10_000)
    connection.receive(prelogin() + login())
    part = packet(Kind.BATCH, HEADERS + b" \0" * 2000, 0)
    connection.receive(part + part)

    with pytest.raises(ProtocolError, match="longer than 10000 bytes"):
        connection.receive(part[:8])


def test_a_stranger_may_send_little() -> None:
    connection = ServerConnection()
    part = packet(Kind.PRELOGIN, b"\0" * 30_000, 0)
    connection.receive(part * 4)

    with pytest.raises(ProtocolError, match="longer"):
        connection.receive(part)


# Calls


def test_several_calls_in_one_message_are_kept_apart() -> None:
    one = rpc_payload("dbo.one", param("@a", INTN, b"\x04\x01\0\0\0", status=1))
    two = rpc_payload(12, param("", INTN, b"\0", status=2), options=2)

    for separator in (b"\xff", b"\x80", b"\xfe"):
        event = received(rpc(one, two, separator=separator))

        assert isinstance(event, Rpc)
        first, second = event.calls
        assert (first.name, first.proc_id, first.options) == ("dbo.one", None, 0)
        assert first.params == (RpcParam("@a", SqlType("int"), "1", output=True, default=False),)
        assert (second.name, second.proc_id, second.options) == (None, 12, 2)
        assert second.params == (RpcParam("", SqlType("int"), None, output=False, default=True),)
        assert second.execute == (separator != b"\xfe")


def test_a_separator_after_the_last_call_adds_none() -> None:
    event = received(rpc(rpc_payload("p"), b""))

    assert isinstance(event, Rpc)
    assert len(event.calls) == 1


def test_a_name_of_128_characters_is_no_separator() -> None:
    name = "@" + "n" * 127

    [found] = params_of(rpc(rpc_payload("p", param(name, INTN, b"\x04\x05\0\0\0"))))

    assert (found.name, found.value) == (name, "5")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\xff" * 8, None),
        (pack("<Q", 0) + b"\0\0\0\0", ""),
        (pack("<QI", 4, 4) + utf16("ab") + b"\0\0\0\0", "ab"),
        (b"\xfe" + b"\xff" * 7 + pack("<I", 3) + b"a\0b" + pack("<I", 1) + b"\0" + b"\0" * 4, "ab"),
    ],
    ids=["null", "empty", "known length", "unknown length, a chunk boundary inside a character"],
)
def test_a_max_value_is_put_together_from_its_chunks(value: bytes, text: str | None) -> None:
    [found] = params_of(rpc(rpc_payload("p", param("@x", NVARCHAR_MAX, value))))

    assert found == RpcParam("@x", nvarchar(MAX), text, output=False, default=False)


VARIANTS = {
    "int": (b"\x38\x00\x07\0\0\0", SqlType("int"), "7"),
    "bit": (b"\x32\x00\x01", SqlType("bit"), "1"),
    "guid": (
        b"\x24\x00" + bytes(range(16)),
        SqlType("uniqueidentifier"),
        "03020100-0504-0706-0809-0a0b0c0d0e0f",
    ),
    "decimal": (
        b"\x6a\x02\x05\x02\x00" + (12345).to_bytes(4, "little"),
        SqlType("decimal", precision=5, scale=2),
        "-123.45",
    ),
    "date": (b"\x28\x00\x00\x00\x00", SqlType("date"), "0001-01-01"),
    "time": (b"\x29\x01\x00\x01\x00\x00", SqlType("time", scale=0), "00:00:01"),
    "nvarchar": (b"\xe7\x07" + COLLATION + b"\x14\0" + utf16("ü"), nvarchar(10), "ü"),
    "varbinary": (b"\xa5\x02\x08\0\xca\xfe", SqlType("varbinary", 8), "\\xcafe"),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_sql_variant_takes_the_type_of_its_value(name: str) -> None:
    content, type_, text = VARIANTS[name]
    value = pack("<I", len(content)) + content

    [found, after] = params_of(
        rpc(
            rpc_payload(
                "p",
                param("@v", b"\x62\x49\x1f\0\0", value),
                param("@n", b"\x62\x49\x1f\0\0", b"\0\0\0\0"),
            )
        )
    )

    assert (found.type, found.value) == (type_, text)
    assert (after.type, after.value) == (SqlType("sql_variant"), None)


@pytest.mark.parametrize(
    ("announced", "value", "type_", "text"),
    [
        (b"\x23\xff\xff\xff\x7f" + COLLATION, pack("<i", 2) + b"\x80!", "text", "€!"),
        (b"\x63\xfe\xff\xff\x7f" + COLLATION, pack("<i", 2) + utf16("ü"), "ntext", "ü"),
        (b"\x22\xff\xff\xff\x7f", pack("<i", 1) + b"\xff", "image", "\\xff"),
        (b"\x22\xff\xff\xff\x7f", pack("<i", -1), "image", None),
    ],
)
def test_the_old_long_types_are_understood(
    announced: bytes, value: bytes, type_: str, text: str | None
) -> None:
    [found] = params_of(rpc(rpc_payload("p", param("@t", announced, value))))

    assert (found.type, found.value) == (SqlType(type_), text)


def table(columns: bytes, rest: bytes) -> bytes:
    return b_text("@t") + b"\0\xf3" + b_text("") + b_text("dbo") + b_text("Codes") + columns + rest


def test_a_table_comes_with_its_type_its_columns_and_its_rows() -> None:
    ordinary = b"\0\0\0\0\x01\x00" + INTN + b"\0"
    default = b"\0\0\0\0\x00\x02" + INTN + b"\0"
    text = b"\0\0\0\0\x01\x00" + NVARCHAR_MAX + b"\0"
    columns = pack("<H", 3) + ordinary + default + text
    unique = b"\x10\x01\0\x01\0\x05"
    order = b"\x11\x03\0\x01\0\x02\0\x03\0"
    row = b"\x01\x04\x07\0\0\0" + pack("<QI", 2, 2) + b"a\0" + b"\0\0\0\0"
    nulls = b"\x01\x00" + b"\xff" * 8

    [found] = params_of(
        rpc(rpc_payload("p", table(columns, unique + order + b"\0" + row + nulls + b"\0")))
    )

    assert found.type == SqlType("table")
    assert isinstance(found.value, Table)
    assert (found.value.schema, found.value.name) == ("dbo", "Codes")
    assert [column.default for column in found.value.columns] == [False, True, False]
    assert found.value.rows == (("7", None, "a"), (None, None, None))


def test_a_decimal_of_which_no_row_tells_the_digits_is_null() -> None:
    unknown = b"\0\0\0\0\x01\x00" + b"\x6c\x11\0\0" + b"\0"
    columns = pack("<H", 1) + unknown

    [empty] = params_of(rpc(rpc_payload("p", table(columns, b"\0\0"))))
    [nulls] = params_of(rpc(rpc_payload("p", table(columns, b"\0\x01\0\x01\0\0"))))

    assert isinstance(empty.value, Table)
    assert empty.value.rows == ()
    assert isinstance(nulls.value, Table)
    assert nulls.value.rows == ((None,), (None,))
    with pytest.raises(ProtocolError, match=r"a value of decimal\(0,0\)"):
        received(rpc(rpc_payload("p", table(columns, b"\0\x01\x05\x01\x07\0\0\0\0"))))


def test_a_default_table_has_no_columns() -> None:
    [found] = params_of(rpc(rpc_payload("p", table(b"\xff\xff", b"\0\0"))))

    assert found.value == Table("dbo", "Codes", (), ())


@pytest.mark.parametrize(
    ("announced", "name"), [(b"\xf1\0", "xml"), (b"\xf0\0", "UDT"), (b"\xf4", "json")]
)
def test_a_type_that_is_not_offered_is_refused_by_name(announced: bytes, name: str) -> None:
    with pytest.raises(ProtocolError, match=name):
        received(rpc(rpc_payload("p", param("@x", announced, b"\0" * 12))))


# Transactions


def transaction(number: int, rest: bytes = b"") -> TransactionRequest:
    event = received(packet(Kind.TRANSACTION, HEADERS + pack("<H", number) + rest))
    assert isinstance(event, TransactionRequest)
    return event


def test_transactions_begin_with_isolation_and_name() -> None:
    name = b"\x04" + utf16("tx")

    assert transaction(5, b"\x05" + name) == TransactionRequest("begin", "tx", Begin(5, "tx"))
    assert transaction(5, b"\x00\x00") == TransactionRequest("begin", "", Begin(0, ""))


def test_transactions_end_and_may_begin_anew() -> None:
    name = b"\x04" + utf16("tx")

    assert transaction(7, b"\x00\x00") == TransactionRequest("commit", "")
    assert transaction(8, name + b"\x00") == TransactionRequest("rollback", "tx")
    assert transaction(7, b"\x00\x01\x02" + name) == TransactionRequest(
        "commit", "", Begin(2, "tx")
    )
    assert transaction(9, name) == TransactionRequest("save", "tx")


def test_distributed_transactions_are_reported_for_the_session_to_refuse() -> None:
    assert transaction(0, b"\x00\x00").kind == "dtc_address"
    assert transaction(1, b"\x00\x00").kind == "propagate"


# Bulk loads


def test_a_bulk_load_brings_columns_and_rows_of_both_forms() -> None:
    number = b"\0\0\0\0\x08\0" + INTN + b_text("n")
    text = b"\0\0\0\0\x08\0" + b"\x63\xfe\xff\xff\x7f" + COLLATION + b"\x01\x01\0t\0" + b_text("t")
    row = b"\xd1\x04\x05\0\0\0" + b"\x10" + b"\xff" * 24 + pack("<i", 2) + b"a\0"
    null = b"\xd1\x00\x00"
    sparse = b"\xd2\x02\x04\x06\0\0\0"
    done = b"\xfd" + b"\0" * 12

    event = received(packet(Kind.BULK, b"\x81\x02\0" + number + text + row + null + sparse + done))

    assert isinstance(event, Bulk)
    assert [(column.name, column.type.name) for column in event.columns] == [
        ("n", "int"),
        ("t", "ntext"),
    ]
    assert event.rows == (("5", "a"), (None, None), ("6", None))
