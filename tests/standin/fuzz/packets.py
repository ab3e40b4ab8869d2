"""Conversations as no client would have them: recorded ones, with something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from struct import pack

from couponry_standin.tds.packet import Kind
from tests.standin.tds.messages import HEADERS, RESET, batch, param, rpc_payload, utf16

FOLDER = Path(__file__).parents[1] / "tds" / "transcripts"
HEADER = 8
EXTREMES = tuple(
    number.to_bytes(size, order, signed=True)
    for size in (1, 2, 4, 8)
    for number in (0, 1, -1, -2, 2 ** (8 * size - 1) - 1, -(2 ** (8 * size - 1)))
    for order in ("little", "big")
)
"""Lengths and counts of every width: none, one, NULL, the largest, more than there is."""


@dataclass(frozen=True, slots=True)
class Message:
    kind: int
    payload: bytes
    status: int = 1

    def packed(self, size: int = 4096) -> bytes:
        """In packets of the size; ``status`` holds the bits of the last one."""
        room = size - HEADER
        pieces = [self.payload[at : at + room] for at in range(0, len(self.payload), room)] or [b""]
        packets: list[bytes] = []
        for number, piece in enumerate(pieces, 1):
            status = self.status if number == len(pieces) else self.status & ~1
            head = pack(">BBHHBB", self.kind, status, len(piece) + HEADER, 0, number & 0xFF, 0)
            packets.append(head + piece)
        return b"".join(packets)


def messages(conversation: bytes) -> list[Message]:
    """The messages of a recorded conversation."""
    found: list[Message] = []
    payload = b""
    while conversation:
        length = int.from_bytes(conversation[2:4], "big")
        payload += conversation[HEADER:length]
        if conversation[1] & 1:
            found.append(Message(conversation[0], payload, conversation[1]))
            payload = b""
        conversation = conversation[length:]
    return found


def table_parameter(columns: int, rows: bytes) -> bytes:
    """A call with a table whose rows need not fit its columns."""
    metadata = pack("<H", columns) + (b"\0" * 6 + b"\x26\x04\0") * min(columns, 5)
    value = b"\xf3\0\0" + bytes([6]) + utf16("IdList") + metadata + b"\0" + rows + b"\0"
    return HEADERS + rpc_payload("spThings", param("@ids", b"", value))


def own() -> list[Message]:
    """What no driver at hand sends, and what breaks careless servers."""
    word = utf16("SELECT ") + b"\x00\xd8" + utf16(" + ") + b"\x00\xdc"
    int_row = b"\x01\x04\x05\0\0\0"
    long_value = param("@x", b"\xa5\xff\xff", pack("<Q", 2**31) + pack("<I", 2**31 - 1) + b"ab")
    many = b"".join(param(f"@p{n}", b"\x26\x04", b"\x04\x01\0\0\0") for n in range(300))
    return [
        Message(Kind.BATCH, HEADERS + word),
        Message(Kind.BATCH, HEADERS + utf16("SELECT N'") + b"\x3d\xd8\x00" + utf16("'")),
        Message(Kind.BATCH, HEADERS + utf16("(" * 20000)),
        Message(Kind.BATCH, HEADERS + utf16("SELECT '\0'")),
        Message(Kind.BATCH, HEADERS),
        Message(Kind.RPC, table_parameter(1, int_row * 3)),
        Message(Kind.RPC, table_parameter(2, int_row * 3)),
        Message(Kind.RPC, table_parameter(0xFFFF, b"")),
        Message(Kind.RPC, table_parameter(1024, int_row)),
        Message(Kind.RPC, HEADERS + rpc_payload("sp_executesql", long_value)),
        Message(Kind.RPC, HEADERS + rpc_payload("sp_executesql", many)),
        *(Message(Kind.RPC, HEADERS + rpc_payload(number)) for number in range(16)),
        *(Message(Kind.RPC, HEADERS + rpc_payload(number, many)) for number in range(10, 16)),
        Message(Kind.RPC, HEADERS + b"\xff".join([rpc_payload(12)] * 500)),
        Message(Kind.TRANSACTION, HEADERS + b"\x05\0\0\0"),
        Message(Kind.TRANSACTION, HEADERS + b"\x07\0\0\0"),
        Message(Kind.TRANSACTION, HEADERS + b"\x09\0\xff" + b"\xd8" * 60),
        Message(Kind.BULK, b"\x81\x01\0" + b"\0" * 6 + b"\x26\x04\0" + b"\xd1\x04\x01\0\0\0"),
        Message(Kind.ATTENTION, b""),
        Message(Kind.SSPI, b"NTLMSSP\0"),
        Message(Kind.LOGIN, b"\0" * 100),
        Message(Kind.PRELOGIN, b"\xff"),
        Message(Kind.BATCH, batch("SELECT 1")[HEADER:], 1 | RESET),
    ]


def recorded() -> tuple[list[Message], list[Message]]:
    """What is said before one has logged in, and what after it."""
    before: list[Message] = []
    after: list[Message] = []
    for path in sorted(FOLDER.glob("*.hex")):
        for message in messages(bytes.fromhex(path.read_text())):
            early = message.kind in (Kind.PRELOGIN, Kind.LOGIN)
            (before if early else after).append(message)
    return before, [*after, *own()]


# ---------------------------------------------------------------- changes

Change = Callable[[bytearray, Random], None]


def flip(data: bytearray, dice: Random) -> None:
    for _ in range(dice.choice((1, 1, 2, 8))):
        data[dice.randrange(len(data))] = dice.randrange(256)


def extreme(data: bytearray, dice: Random) -> None:
    """A length or a count somewhere becomes another one."""
    value = dice.choice(EXTREMES)
    place = dice.randrange(len(data))
    data[place : place + len(value)] = value


def truncate(data: bytearray, dice: Random) -> None:
    del data[dice.randrange(len(data)) :]


def cut(data: bytearray, dice: Random) -> None:
    place = dice.randrange(len(data))
    del data[place : place + dice.randrange(1, 20)]


def repeat(data: bytearray, dice: Random) -> None:
    place = dice.randrange(len(data))
    data[place:place] = data[place : place + dice.randrange(1, 60)] * dice.choice((1, 2, 300))


def noise(data: bytearray, dice: Random) -> None:
    place = dice.randrange(len(data))
    data[place:place] = dice.randbytes(dice.randrange(1, 30))


CHANGES: tuple[Change, ...] = (flip, flip, extreme, extreme, truncate, cut, repeat, noise)


def changed(message: Message, dice: Random) -> Message:
    data = bytearray(message.payload)
    if data:
        dice.choice(CHANGES)(data, dice)
    if dice.random() < 0.05:
        return Message(dice.randrange(256), bytes(data), message.status)
    if dice.random() < 0.1:
        return replace(message, payload=bytes(data), status=dice.randrange(32))
    return replace(message, payload=bytes(data))


def written(chosen: list[Message], dice: Random) -> bytes:
    """The bytes of some messages, in packets of any size; rarely the bytes are changed as well."""
    data = bytearray()
    for message in chosen:
        data += message.packed(dice.choice((4096, 4096, 32767, 512, 9, 16)))
    if data and dice.random() < 0.15:
        dice.choice(CHANGES)(data, dice)
    return bytes(data)


def conversation(pool: list[Message], dice: Random) -> bytes:
    """A few messages in any order, most of them changed."""
    chosen = [dice.choice(pool) for _ in range(dice.choice((1, 1, 2, 4)))]
    return written([changed(each, dice) if dice.random() < 0.8 else each for each in chosen], dice)


def pieces(data: bytes, dice: Random) -> list[bytes]:
    """The bytes as they might arrive."""
    found: list[bytes] = []
    while data:
        size = dice.choice((1, 7, 100, 5000, len(data)))
        found.append(data[:size])
        data = data[size:]
    return found
