"""What drivers really sent while they agreed on TLS, in whatever pieces it arrives.

A handshake cannot be carried on twice: keys are made up anew. So the library's part is played by
what was recorded, and the framing around it is what is tried: which bytes reach TLS, how its
answers are packed, and that from the end of the handshake on nothing is unpacked any more.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import cast

import pytest

from couponry_standin.tds.errors import ProtocolError
from couponry_standin.tds.packet import HEADER, Kind
from couponry_standin.tls import RECORD, Tls

RECORDED = sorted(Path(__file__).with_name("transcripts").rglob("*.tls"))
READY = "= READY"
EOM = 0x01
HANDSHAKE, CIPHER, APPLICATION, HEAD = 0x16, 0x14, 0x17, 5


@dataclass(frozen=True)
class Recorded:
    """Pieces of the socket: (from the client, what was said)."""

    handshake: list[tuple[bool, bytes]]
    after: list[tuple[bool, bytes]]

    @property
    def framed(self) -> bool:
        return self.handshake[0][1][0] != RECORD

    def said(self, *, client: bool) -> bytes:
        return b"".join(data for from_client, data in self.handshake if from_client is client)

    def flights(self) -> list[bytes]:
        """What the client said before it waited, each time."""
        turns = groupby(self.handshake, key=lambda piece: piece[0])
        return [b"".join(data for _, data in pieces) for client, pieces in turns if client]

    def records(self, *, client: bool) -> bytes:
        """What was said without the packets around it."""
        data = self.said(client=client)
        return b"".join(unpacked(data)) if self.framed else data


def unpacked(data: bytes) -> Iterator[bytes]:
    while data:
        assert data[0] == Kind.PRELOGIN
        length = int.from_bytes(data[2:4], "big")
        yield data[HEADER:length]
        data = data[length:]


def kinds(records: bytes) -> list[int]:
    """The content types of TLS records that are whole."""
    found: list[int] = []
    while records:
        found.append(records[0])
        length = HEAD + int.from_bytes(records[3:HEAD], "big")
        assert length <= len(records)
        records = records[length:]
    return found


@pytest.fixture(params=RECORDED, ids=lambda path: path.stem)
def recorded(request: pytest.FixtureRequest) -> Recorded:
    parts: list[list[tuple[bool, bytes]]] = [[], []]
    for line in request.param.read_text().splitlines():
        if line == READY:
            parts.reverse()
        else:
            parts[0].append((line[0] == ">", bytes.fromhex(line[2:])))
    return Recorded(parts[1], parts[0])


class Library:
    """Stands for OpenSSL: says what it said, as soon as it has heard all that it had heard."""

    def __init__(self, recorded: Recorded) -> None:
        self.heard = b""
        self._flights: list[tuple[int, bytes]] = []
        heard = 0
        for from_client, data in recorded.handshake:
            records = b"".join(unpacked(data)) if recorded.framed else data
            if from_client:
                heard += len(records)
            else:
                self._flights.append((heard, records))

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *, server_side: bool
    ) -> Library:
        assert server_side
        self._incoming, self._outgoing = incoming, outgoing
        return self

    def do_handshake(self) -> None:
        wanted = self._flights[-1][0]
        self.heard += self._incoming.read(wanted - len(self.heard))
        while self._flights and self._flights[0][0] <= len(self.heard):
            self._outgoing.write(self._flights.pop(0)[1])
        if self._flights:
            raise ssl.SSLWantReadError

    def read(self, size: int) -> bytes:
        if not self._incoming.pending:
            raise ssl.SSLWantReadError
        return self._incoming.read(size)


def carried_on(recorded: Recorded, login: bytes, size: int) -> tuple[Library, bytes, bytes]:
    """The library, what was left for it after the handshake, and what was answered.

    The login follows the last flight at once, as if the client had not waited for the server's.
    """
    library, plain, answer = Library(recorded), b"", b""
    tls = Tls(cast(ssl.SSLContext, library), framed=recorded.framed)
    *flights, last = recorded.flights()
    for flight in (*flights, last + login):
        for start in range(0, len(flight), size):
            opened, reply = tls.receive(flight[start : start + size])
            plain, answer = plain + opened, answer + reply
    assert tls.ready
    return library, plain, answer


@pytest.mark.parametrize("size", [1, 7, HEADER, 100, 1 << 16])
def test_tls_gets_what_is_inside_of_the_packets_and_then_everything(
    recorded: Recorded, size: int
) -> None:
    login = b"".join(data for from_client, data in recorded.after if from_client)

    library, plain, answer = carried_on(recorded, login, size)

    assert library.heard == recorded.records(client=True)
    assert plain == login
    assert answer == recorded.said(client=False)


def test_both_ends_say_whole_records_of_a_handshake(recorded: Recorded) -> None:
    for client in (True, False):
        found = kinds(recorded.records(client=client))
        assert found[0] == HANDSHAKE and set(found) <= {HANDSHAKE, CIPHER}


def test_after_the_handshake_both_ends_say_records_without_packets(recorded: Recorded) -> None:
    for client in (True, False):
        said = b"".join(data for from_client, data in recorded.after if from_client is client)
        assert set(kinds(said)) == {APPLICATION}


def test_the_servers_packets_end_each_of_its_turns(recorded: Recorded) -> None:
    if recorded.framed:
        for from_client, data in recorded.handshake:
            assert from_client or data[1] == EOM


def test_a_login_in_plain_instead_of_the_handshake_is_refused(recorded: Recorded) -> None:
    tls = Tls(cast(ssl.SSLContext, Library(recorded)), framed=True)

    with pytest.raises(ProtocolError, match="type 0x10 inside the TLS handshake"):
        tls.receive(bytes([Kind.LOGIN, EOM, 0, 9, 0, 0, 1, 0, 0]))
