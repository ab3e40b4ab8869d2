"""Answers, byte by byte as the protocol defines them."""

from __future__ import annotations

from struct import pack, unpack

import pytest

from couponry_standin.tds import SELECT, ColumnMeta, Login, Response, ServerConnection, Shape
from couponry_standin.tds.packet import Kind
from couponry_standin.types import INT, MAX, ROWVERSION, SqlType, nvarchar
from tests.standin.tds.messages import b_text, batch, login, prelogin

DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF


def payload(packets: bytes) -> bytes:
    """The body of a whole message, after a check of every header."""
    body, number, last = b"", 1, False
    while packets:
        kind, status, length, _, found, _ = unpack(">BBHHBB", packets[:8])
        assert not last
        assert (kind, found) == (Kind.RESPONSE, number % 256)
        body, packets = body + packets[8:length], packets[length:]
        number, last = number + 1, status == 1
    assert last
    return body


def done(kind: int, status: int, count: int = 0, command: int = 0) -> bytes:
    return pack("<BHHQ", kind, status, command, count)


def test_only_the_last_done_says_that_nothing_follows() -> None:
    response = Response()
    response.done(1, SELECT)
    response.done(error=True)
    response.done()

    assert payload(response.finish()) == (
        done(DONE, 0x11, 1, SELECT) + done(DONE, 0x03) + done(DONE, 0x00)
    )


def test_a_call_ends_with_status_values_and_a_final_done() -> None:
    response = Response()
    response.done_in_proc(2, SELECT)
    response.return_status(-4)
    response.return_value("@id", 3, INT, "7")
    response.return_value("@note", 4, nvarchar(5), None)
    response.done_proc()

    value = b"\xac\x03\0" + b_text("@id") + b"\x01\0\0\0\0\x01\0" + b"\x26\x04\x04\x07\0\0\0"
    null = b"\xac\x04\0" + b_text("@note") + b"\x01\0\0\0\0\x01\0" + b"\xe7\x0a\0"
    assert payload(response.finish()) == (
        done(DONE_IN_PROC, 0x11, 2, SELECT)
        + b"\x79\xfc\xff\xff\xff"
        + value
        + null
        + bytes.fromhex("0904d00034")
        + b"\xff\xff"
        + done(DONE_PROC, 0, 0, 0xE0)
    )


def test_an_answer_without_an_end_gets_one() -> None:
    silent, failed = Response(), Response()
    failed.error(50001, 2, 16, "No.", "sp_X", 7)

    assert payload(silent.finish()) == done(DONE, 0)
    body = (
        pack("<iBB", 50001, 2, 16)
        + b"\x03\0N\0o\0.\0"
        + b_text("couponry")
        + b_text("sp_X")
        + pack("<i", 7)
    )
    assert payload(failed.finish()) == pack("<BH", 0xAA, len(body)) + body + done(DONE, 2)


def test_columns_say_what_is_known_of_them() -> None:
    shape = Shape(
        [
            ColumnMeta("Id", INT, nullable=False, identity=True),
            ColumnMeta("ü", nvarchar(MAX), computed=True),
            ColumnMeta("v", ROWVERSION, nullable=False, updatable=True),
            ColumnMeta("t", SqlType("image")),
        ]
    )

    assert shape.metadata == (
        b"\x81\x04\0"
        + (b"\0\0\0\0\x10\0\x38" + b_text("Id"))
        + (b"\0\0\0\0\x21\0\xe7\xff\xff" + bytes.fromhex("0904d00034") + b_text("ü"))
        + (b"\x50\0\0\0\x08\0\xad\x08\0" + b_text("v"))
        + (b"\0\0\0\0\x01\0\x22\xff\xff\xff\x7f\0" + b_text("t"))
    )


def test_rows_without_nulls_are_plain_and_rows_with_nulls_carry_a_bitmap() -> None:
    response = Response()
    shape = response.columns([ColumnMeta(f"c{n}", INT) for n in range(9)])
    response.row([b"1"] * 9)
    response.row([None] + [b"1"] * 7 + [None])

    one = b"\x04\x01\0\0\0"
    assert payload(response.finish()) == (
        shape.metadata + b"\xd1" + one * 9 + b"\xd2\x01\x01" + one * 7 + done(DONE, 0)
    )


def test_columns_that_the_client_keeps_are_not_sent_again() -> None:
    response = Response()
    response.columns([ColumnMeta("n", INT)], metadata=False)
    response.rows([(b"1",), (None,)])

    assert payload(response.finish()) == (
        b"\x81\xff\xff" + b"\xd1\x04\x01\0\0\0" + b"\xd2\x01" + done(DONE, 0)
    )


def test_a_row_that_cannot_be_sent_leaves_the_answer_whole() -> None:
    response = Response()
    shape = response.columns([ColumnMeta("n", INT)])

    for wrong in ([b"x"], [b"1", b"2"], []):
        with pytest.raises(ValueError):
            response.row(wrong)

    assert payload(response.finish()) == shape.metadata + done(DONE, 0)


def test_a_row_needs_columns_before_it() -> None:
    response = Response()
    response.columns([ColumnMeta("n", INT)])
    response.done()

    with pytest.raises(RuntimeError):
        response.row([b"1"])


@pytest.mark.parametrize("rows", [0, 1, 100, 3000])
def test_full_packets_can_leave_early_and_the_message_stays_the_same(rows: int) -> None:
    def answer(every: int) -> bytes:
        response, sent = Response(512), b""
        response.columns([ColumnMeta("n", INT), ColumnMeta("t", nvarchar(10))])
        for n in range(rows):
            response.row([str(n).encode(), b"text"])
            if n % every == 0:
                taken = response.take()
                assert len(taken) % 512 == 0
                sent += taken
        response.done(rows, SELECT)
        return sent + response.finish()

    whole = answer(10**9)

    assert answer(1) == answer(7) == whole
    assert len(payload(whole)) > rows


def test_an_answer_that_fills_its_packets_exactly_still_ends() -> None:
    for extra in range(-2, 3):
        response = Response(512)
        response.return_status(1)
        response.info(0, 1, 0, "x" * 483)
        response.columns([ColumnMeta("n" * (20 + extra), INT)])
        early = response.take()

        payload(early + response.finish())


def test_transactions_are_announced_by_descriptor() -> None:
    response = Response()
    response.reset_ack()
    response.begin_transaction(7)
    response.commit_transaction(7)
    response.rollback_transaction(8)

    assert payload(response.finish()) == (
        b"\xe3\x03\0\x12\0\0"
        + b"\xe3\x0b\0\x08\x08\x07\0\0\0\0\0\0\0\0"
        + b"\xe3\x0b\0\x09\0\x08\x07\0\0\0\0\0\0\0"
        + b"\xe3\x0b\0\x0a\0\x08\x08\0\0\0\0\0\0\0"
        + done(DONE, 0)
    )


def test_a_cancel_is_acknowledged_at_the_very_end() -> None:
    response = Response()
    response.done(error=True)
    response.attention_ack()

    assert payload(response.finish()) == done(DONE, 0x03) + done(DONE, 0x20, 0, 0xFD)


def greeted(data: bytes) -> tuple[ServerConnection, Login]:
    connection = ServerConnection()
    _, event = connection.receive(prelogin() + data)
    assert isinstance(event, Login)
    return connection, event


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (0x74000004, "74000004"),
        (0x730B0003, "730b0003"),
        (0x78000000, "74000004"),
        (0x08000000, "08000000"),
    ],
)
def test_a_login_is_acknowledged_with_a_protocol_that_both_speak(asked: int, said: str) -> None:
    _, event = greeted(login(tds_version=asked))
    response = Response()
    response.login_ack(event, database="couponry")

    assert bytes.fromhex("01" + said) + b_text("couponry stand-in") in response.finish()


def test_only_features_that_need_it_are_acknowledged() -> None:
    _, plain = greeted(login(features=pack("<BI", 1, 0) + pack("<BI", 4, 1) + b"\x01\xff"))
    _, utf8 = greeted(login(features=pack("<BI", 10, 1) + b"\x01\xff"))
    without, with_ = Response(), Response()
    without.login_ack(plain, database="x")
    with_.login_ack(utf8, database="x")

    assert b"\xae\x01" not in without.finish()
    assert b"\xae\x0a\x01\0\0\0\x01\xff" in with_.finish()


def test_the_packets_grow_after_the_answer_to_the_login() -> None:
    connection, welcomed = greeted(login(packet_size=8000))
    [asked] = connection.receive(batch("x"))

    for event, size in ((welcomed, 4096), (asked, 8000)):
        response = connection.respond(event)
        response.columns([ColumnMeta("n", INT)])
        response.rows([(b"1",)] * 5000)

        assert unpack(">H", response.finish()[2:4]) == (size,)


def test_a_message_is_cut_before_it_breaks_its_token() -> None:
    response = Response(32767)
    response.error(50000, 1, 16, "🎟" * 40_000)

    body = payload(response.finish())
    assert unpack("<H", body[1:3])[0] + 3 + 13 == len(body)
