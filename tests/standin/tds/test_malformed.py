"""Whatever a client sends, it is understood or refused; nothing else happens."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from couponry_standin.tds import ProtocolError, ServerConnection
from couponry_standin.tds.packet import Kind
from tests.standin.tds.messages import (
    COLLATION,
    HEADERS,
    b_text,
    login,
    opened,
    packet,
    param,
    prelogin,
    rpc,
    rpc_payload,
)

CONVERSATIONS = [
    bytes.fromhex(path.read_text())
    for path in sorted(Path(__file__).with_name("transcripts").glob("*.hex"))
]
REQUESTS = (Kind.BATCH, Kind.RPC, Kind.BULK, Kind.TRANSACTION, Kind.ATTENTION)


def survive(connection: ServerConnection, data: bytes) -> None:
    """Let the bytes be understood or refused; any other exception fails the test."""
    try:
        connection.receive(data)
    except ProtocolError as error:
        assert error.reason


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_noise_as_a_greeting(data: bytes) -> None:
    survive(ServerConnection(), data)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([Kind.PRELOGIN, Kind.LOGIN]))
def test_noise_in_a_greeting(data: bytes, kind: Kind) -> None:
    survive(ServerConnection(), packet(kind, data))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(REQUESTS), st.booleans())
def test_noise_in_a_request(data: bytes, kind: Kind, headers: bool) -> None:
    survive(opened(), packet(kind, HEADERS + data if headers else data))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=40))
def test_noise_behind_every_type(token: int, data: bytes) -> None:
    survive(opened(), rpc(rpc_payload("p", param("@x", bytes([token]), data))))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(CONVERSATIONS), st.data())
def test_a_conversation_with_a_byte_changed(conversation: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(conversation) - 1))
    byte = data.draw(st.integers(0, 255))

    survive(ServerConnection(), conversation[:place] + bytes([byte]) + conversation[place + 1 :])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([c for c in CONVERSATIONS if len(c) < 3000]), st.data())
def test_a_conversation_with_a_piece_missing(conversation: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(conversation)))
    end = data.draw(st.integers(start, len(conversation)))

    survive(ServerConnection(), conversation[:start] + conversation[end:])


def payloads(conversation: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    while conversation:
        length = int.from_bytes(conversation[2:4], "big")
        found.append((conversation[0], conversation[8:length]))
        conversation = conversation[length:]
    return found


def test_calls_cut_anywhere_are_refused_or_shorter() -> None:
    short = next(c for c in CONVERSATIONS if any(kind == Kind.RPC for kind, _ in payloads(c)))
    payload = next(body for kind, body in payloads(short) if kind == Kind.RPC)

    for end in range(len(payload)):
        survive(opened(), packet(Kind.RPC, payload[:end]))


def bad_rpc(announced: bytes, value: bytes = b"") -> bytes:
    return rpc(rpc_payload("p", param("@x", announced, value)))


def bad_login(change: slice, by: bytes) -> bytes:
    payload = bytearray(login(user="somebody")[8:])
    payload[change] = by
    return prelogin() + packet(Kind.LOGIN, bytes(payload))


MALFORMED = {
    "a packet shorter than its header": b"\x01\x01\x00\x07\0\0\0\0",
    "a packet longer than allowed": b"\x01\x01\xff\xff\0\0\0\0",
    "an unknown packet type": b"\x55\x01\x00\x08\0\0\0\0",
    "a packet type of servers": b"\x04\x01\x00\x08\0\0\0\0",
    "a second kind of packet inside a message": packet(Kind.BATCH, HEADERS, 0) + packet(Kind.RPC),
    "a second login": login(),
    "a request without headers": packet(Kind.BATCH),
    "headers longer than the message": packet(Kind.BATCH, b"\xff\0\0\0"),
    "a header longer than the headers": packet(Kind.BATCH, b"\x0a\0\0\0\xff\0\0\0\x02\0"),
    "half a character": packet(Kind.BATCH, HEADERS + b"x"),
    "a call without a name": rpc(b"\0\0\0\0"),
    "a call by an unknown number": rpc(rpc_payload(99)),
    "a call that is all headers": rpc(b""),
    "a parameter without a type": rpc(rpc_payload("p", b_text("@x"))),
    "an unknown type": bad_rpc(b"\x01"),
    "an int of five bytes": bad_rpc(b"\x26\x05", b"\0"),
    "an int value of another size": bad_rpc(b"\x26\x04", b"\x02\0\0"),
    "a cut value": bad_rpc(b"\x26\x04", b"\x04\0\0"),
    "a decimal of 39 digits": bad_rpc(b"\x6a\x11\x27\x00", b"\0"),
    "a decimal with more scale than digits": bad_rpc(b"\x6a\x05\x02\x03", b"\0"),
    "a decimal beyond 38 digits": bad_rpc(b"\x6a\x11\x26\x00", b"\x11\x01" + b"\xff" * 16),
    "a time of scale 8": bad_rpc(b"\x29\x08", b"\0"),
    "a time beyond 24 hours": bad_rpc(b"\x29\x00", b"\x03\xff\xff\xff"),
    "a date beyond 9999": bad_rpc(b"\x28", b"\x03\xff\xff\xff"),
    "a datetime beyond 9999": bad_rpc(b"\x6f\x08", b"\x08\xff\xff\xff\x7f\0\0\0\0"),
    "an offset beyond 14 hours": bad_rpc(b"\x2b\x00", b"\x08" + b"\0" * 6 + b"\xff\x7f"),
    "a local time before the year 1": bad_rpc(b"\x2b\x00", b"\x08" + b"\0" * 6 + pack("<h", -60)),
    "a float that is no number": bad_rpc(b"\x6d\x08", b"\x08" + b"\xff" * 8),
    "a string longer than its type": bad_rpc(b"\xe7\x02\0" + COLLATION, b"\x04\0a\0b\0"),
    "a string type beyond 8000 bytes": bad_rpc(b"\xe7\x00\xf0" + COLLATION, b"\0\0"),
    "a char of max length": bad_rpc(b"\xaf\xff\xff" + COLLATION, b"\0" * 12),
    "chunks that do not add up": bad_rpc(b"\xa5\xff\xff", pack("<QI", 5, 2) + b"ab" + b"\0" * 4),
    "a chunk beyond the message": bad_rpc(b"\xa5\xff\xff", pack("<QI", 5, 500)),
    "a sql_variant of a max type": bad_rpc(
        b"\x62\0\0\0\0", pack("<I", 9) + b"\xe7\x07" + COLLATION + b"\xff\xff"
    ),
    "a sql_variant inside a sql_variant": bad_rpc(b"\x62\0\0\0\0", b"\x06\0\0\0\x62\x04\0\0\0\0"),
    "an encrypted parameter": rpc(rpc_payload("p", param("@x", b"\x38", b"\0" * 4, status=8))),
    "an attention with words": packet(Kind.ATTENTION, b"x"),
    "an unknown transaction request": packet(Kind.TRANSACTION, HEADERS + b"\x63\0"),
    "an unknown isolation level": packet(Kind.TRANSACTION, HEADERS + b"\x05\0\x09\0"),
    "a bulk load without columns": packet(Kind.BULK, b"\xd1"),
    "a bulk load of nothing": packet(Kind.BULK),
    "a token of chance in a bulk load": packet(
        Kind.BULK, b"\x81\x01\0\0\0\0\0\0\0\x38\0" + b"\x42"
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_request_is_refused(name: str) -> None:
    with pytest.raises(ProtocolError):
        opened().receive(MALFORMED[name])


MALFORMED_GREETINGS = {
    "a prelogin without an end": packet(Kind.PRELOGIN, b"\0\0\0\0\0"),
    "a prelogin without a version": packet(Kind.PRELOGIN, b"\xff"),
    "an option outside the prelogin": packet(Kind.PRELOGIN, b"\0\x00\x50\x00\x06\xff"),
    "a cut option": packet(Kind.PRELOGIN, b"\0\x00"),
    "a second prelogin": prelogin() + prelogin(),
    "a login of a few bytes": prelogin() + packet(Kind.LOGIN, b"\0" * 20),
    "a login of another length than it says": bad_login(slice(0, 4), b"\xff\0\0\0"),
    "a field outside the login": bad_login(slice(40, 44), b"\xf0\xff\x05\x00"),
    "a field inside the directory": bad_login(slice(40, 44), b"\x08\x00\x05\x00"),
    "a field of 200 characters": bad_login(slice(40, 44), b"\x5e\x00\xc8\x00"),
    "features nowhere": bad_login(slice(27, 28), b"\x10"),
}


@pytest.mark.parametrize("name", MALFORMED_GREETINGS)
def test_a_malformed_greeting_is_refused(name: str) -> None:
    with pytest.raises(ProtocolError):
        ServerConnection().receive(MALFORMED_GREETINGS[name])
