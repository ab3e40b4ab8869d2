"""Clients that break off, or say something else, in the middle of what they were saying."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from struct import pack

import pytest

from couponry_standin.tds.packet import Kind
from tests.standin.fuzz.judge import Log
from tests.standin.fuzz.sockets import PATIENCE, hello, nothing_remains
from tests.standin.session.engine import Engine
from tests.standin.session.wire import Wire, read
from tests.standin.tds.messages import HEADERS, batch, login, packet, prelogin, rpc_payload, utf16

INT_COLUMN = b"\0" * 6 + b"\x26\x04"
ROWS = b"".join(b"\xd1\x04" + pack("<i", number) for number in range(40))
LOAD = packet(
    Kind.BULK, b"\x81\x01\0" + INT_COLUMN + b"\x02" + utf16("Id") + ROWS + b"\xfd" + b"\0" * 12
)
TABLE_ROWS = b"".join(b"\x01\x04" + pack("<i", number) for number in range(40))
CALL = packet(
    Kind.RPC,
    HEADERS
    + rpc_payload(
        "dbo.Keep",
        b"\x04" + utf16("@ids") + b"\0" + b"\xf3\0" + b"\x03" + utf16("dbo") + b"\x03"
        + utf16("Ids") + b"\x01\0" + INT_COLUMN + b"\0" + b"\0" + TABLE_ROWS + b"\0",
    ),
)  # fmt: skip
ATTENTION = packet(Kind.ATTENTION)
SAID = {"bulk": LOAD, "table": CALL}

Leave = Callable[[socket.socket], None]


def by_reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, pack("ii", 1, 0))
    client.close()


@pytest.fixture(scope="module")
def database(engine: Engine) -> Iterator[str]:
    batches = (
        "CREATE TABLE dbo.Kept (Id int NOT NULL)",
        "CREATE TYPE dbo.Ids AS TABLE (Id int NOT NULL)",
        "CREATE PROCEDURE dbo.Keep @ids dbo.Ids READONLY AS INSERT dbo.Kept SELECT Id FROM @ids",
    )
    with engine.database(*batches) as name:
        yield name


@pytest.fixture
def begun(engine: Engine, database: str) -> Iterator[Wire]:
    """A session in a transaction that has written a row."""
    with engine.wire(database) as wire:
        wire.batch("BEGIN TRAN; INSERT dbo.Kept VALUES (-1)")
        yield wire


def kept(engine: Engine, database: str) -> str | None:
    with engine.wire(database) as wire:
        return wire.batch(
            "SET LOCK_TIMEOUT 100000; SELECT COUNT(*) FROM dbo.Kept WITH (UPDLOCK)"
        ).value


def announce(wire: Wire, what: str) -> None:
    if what == "bulk":
        assert wire.batch("INSERT BULK dbo.Kept (Id int)").numbers == []


@pytest.mark.parametrize("what", SAID)
def test_said_to_its_end_it_is_done(engine: Engine, begun: Wire, what: str) -> None:
    announce(begun, what)
    begun.send(SAID[what])

    assert begun.answer().numbers == []
    assert begun.batch("SELECT COUNT(*) FROM dbo.Kept; ROLLBACK").value == "41"


@pytest.mark.parametrize("leave", [socket.socket.close, by_reset], ids=["close", "reset"])
@pytest.mark.parametrize("what", SAID)
def test_who_leaves_in_the_middle_has_done_nothing(
    engine: Engine, database: str, what: str, leave: Leave
) -> None:
    log = Log(engine.data_dir / "engine.log")
    said = SAID[what]

    with nothing_remains(engine):
        for cut in (1, 8, 20, len(said) // 2, len(said) - 1, len(said)):
            wire = engine.wire(database)
            wire.batch("BEGIN TRAN; INSERT dbo.Kept VALUES (-1)")
            announce(wire, what)
            wire.send(said[:cut])
            leave(wire.socket)

        assert kept(engine, database) == "0"
    assert "Traceback" not in log.news()


@pytest.mark.parametrize("what", SAID)
def test_who_thinks_better_of_it_goes_on(engine: Engine, begun: Wire, what: str) -> None:
    """A message that ends early with the ignore bit is no message; a cancel may come before it."""
    announce(begun, what)
    said = SAID[what]
    half = said[8 : len(said) // 2]
    begun.send(packet(said[0], half, status=0) + packet(said[0], b"", status=0x03))
    begun.attention()
    begun.cancelled()

    assert begun.batch("IF @@TRANCOUNT > 0 ROLLBACK; SELECT COUNT(*) FROM dbo.Kept").value == "0"


@pytest.mark.parametrize(
    "other",
    [batch("SELECT 1"), CALL, packet(Kind.PRELOGIN, b"\xff")],
    ids=["a batch", "a call", "a greeting"],
)
def test_another_request_in_the_place_of_the_rows_is_heard_or_ends_the_connection(
    engine: Engine, database: str, other: bytes
) -> None:
    log = Log(engine.data_dir / "engine.log")
    with nothing_remains(engine):
        wire = engine.wire(database)
        wire.batch("BEGIN TRAN")
        announce(wire, "bulk")
        wire.send(other)
        assert set(wire.answer().numbers) <= {4002}
        wire.socket.close()

        assert kept(engine, database) == "0"
    assert "Traceback" not in log.news()


# ---------------------------------------------------------------- before anybody is logged in


def greetings(engine: Engine) -> dict[str, list[bytes]]:
    """What is said until the attention comes; each part but the last has an answer."""
    welcome = login(user=engine.login, password=engine.password)
    shake = packet(Kind.PRELOGIN, hello())
    return {
        "at once": [b""],
        "behind the greeting": [prelogin(), b""],
        "with the login": [prelogin(), welcome],
        "in the login": [prelogin(), welcome[:40]],
        "in the handshake": [prelogin(1), shake, b""],
        "in the first record": [prelogin(1), shake[: len(shake) // 2]],
        "for the first record": [prelogin(1), b""],
        "behind a bare handshake": [hello(), b""],
    }


STAGES = ("at once", "behind the greeting", "with the login", "in the login", "in the handshake",
          "in the first record", "for the first record", "behind a bare handshake")  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_an_attention_before_the_login_is_answered_by_words_or_the_end(
    engine: Engine, stage: str
) -> None:
    log = Log(engine.data_dir / "engine.log")
    *asked, last = greetings(engine)[stage]

    with (
        nothing_remains(engine),
        socket.create_connection((engine.host, engine.port), timeout=PATIENCE) as client,
    ):
        for each in asked:
            client.sendall(each)
            assert client.recv(65536)
        client.sendall(last + ATTENTION)
        client.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := client.recv(65536):
            heard += piece

    assert "Traceback" not in log.news()
    if stage == "with the login":
        assert read(heard[8 : int.from_bytes(heard[2:4], "big")]).numbers == []
