"""Says to a running server what no client would say, and looks at what remains of it."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from random import Random
from resource import getpagesize

from couponry_standin.tds.packet import Kind
from tests.standin.fuzz import packets
from tests.standin.fuzz.catalogue import FORMS
from tests.standin.fuzz.judge import Finding, wrong
from tests.standin.session.engine import Engine, Watch
from tests.standin.session.wire import read
from tests.standin.tds.messages import batch, login, packet, prelogin

PATIENCE = 120.0
"""How long the server may take to forget those who have left, in seconds."""
SILENCE = 0.25
"""After so long without a byte the server is taken to wait for more; nothing is judged by it."""
LISTENS = "0A"
GROWTH = 96 * 1024 * 1024
"""What the server may need more than before: caches of plans, not what strangers claim to send."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a server holds: sockets of clients, other files, sessions in PostgreSQL, and bytes."""

    clients: int
    files: int
    sessions: int
    memory: int


def footprint(engine: Engine, watch: Watch) -> Footprint:
    pid = json.loads((engine.data_dir / "engine.json").read_text())["pid"]
    process = Path(f"/proc/{pid}")
    sockets: set[str] = set()
    files = 0
    for each in (process / "fd").iterdir():
        with suppress(OSError):
            target = str(each.readlink())
            if target.startswith("socket:["):
                sockets.add(target[8:-1])
            elif target != "anon_inode:[eventpoll]":  # one for each kept connection to PostgreSQL
                files += 1
    clients = 0
    for line in (process / "net" / "tcp").read_text().splitlines()[1:]:
        local, state, inode = itemgetter(1, 3, 9)(line.split())
        if local.endswith(f":{engine.port:04X}") and state != LISTENS and inode in sockets:
            clients += 1
    row = watch.connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'session %'"
    ).fetchone()
    resident = int((process / "statm").read_text().split()[1]) * getpagesize()
    return Footprint(clients, files, row[0] if row else 0, resident)


def nobody(engine: Engine, watch: Watch, patience: float) -> Footprint:
    """What the server holds once all clients have left, and it has noticed."""
    deadline = time.monotonic() + patience
    while (now := footprint(engine, watch)).clients or now.sessions:
        assert time.monotonic() < deadline, f"somebody is still there: {now}"
        time.sleep(0.02)
    return now


@contextmanager
def nothing_remains(engine: Engine, *, patience: float = PATIENCE) -> Iterator[None]:
    """Nobody is there before it and after it, no file is left open, and the server answers."""
    with engine.watch("master") as watch:
        before = nobody(engine, watch, PATIENCE)
        yield
        after = nobody(engine, watch, patience)
        assert after.files <= before.files, f"{after} where {before} was"
        assert after.memory < before.memory + GROWTH, f"{after} where {before} was"
        with engine.wire() as wire:
            assert wire.batch("SELECT 1").value == "1"


# ---------------------------------------------------------------- packets


class Stranger:
    """Opens connections and says what is given, before or after it has logged in."""

    def __init__(self, engine: Engine, *, silence: float = SILENCE) -> None:
        self.engine = engine
        self.silence = silence
        self.early, self.late = packets.recorded()
        self.cases = 0
        self.errors = 0
        self.closed = 0

    def one(self, dice: Random) -> Finding | None:
        self.cases += 1
        engine = self.engine
        address = (engine.host, engine.port)
        logged_in = dice.random() < 0.8
        said = packets.conversation(self.late if logged_in else self.early, dice)
        with socket.create_connection(address, timeout=PATIENCE) as client:
            greeting = b""
            if logged_in:
                greeting = prelogin() + login(user=engine.login, password=engine.password)
                client.sendall(greeting)
                _message(client)
                _message(client)
            heard = self._say(client, said, dice)
        return self._judged(heard, said)

    def _say(self, client: socket.socket, said: bytes, dice: Random) -> list[bytes]:
        """What the server answers, whole messages only."""
        heard: list[bytes] = []
        try:
            for piece in packets.pieces(said, dice):
                client.sendall(piece)
            # If the server waits for the rest of a message, this takes its place.
            client.sendall(packet(Kind.ATTENTION))
            client.settimeout(self.silence)
            while True:
                heard.append(_message(client))
        except TimeoutError:
            pass
        except OSError:
            self.closed += 1
        return heard

    def _judged(self, heard: list[bytes], said: bytes) -> Finding | None:
        for each in heard:
            if not each or each[0] < 0x20:
                continue  # the answer to PRELOGIN has no tokens
            try:
                answer = read(each)
            except (AssertionError, IndexError, struct.error) as problem:
                return Finding(f"an answer that cannot be read: {problem}", said.hex())
            self.errors += len(answer.errors)
            for error in answer.errors:
                # Texts that the bytes happen to make are the other fuzzer's.
                kind = wrong(error, "", FORMS) if error.number != 40517 else ""
                if kind:
                    return Finding(kind, said.hex(), error.text)
        return None


def _message(client: socket.socket) -> bytes:
    payload = b""
    while True:
        head = _exactly(client, 8)
        payload += _exactly(client, int.from_bytes(head[2:4], "big") - 8)
        if head[1] & 1:
            return payload


def _exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


# ---------------------------------------------------------------- clients that give up


def hello() -> bytes:
    """How a client begins TLS."""
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    return outgoing.read()


Leave = Callable[[socket.socket], None]


def stages(engine: Engine) -> tuple[Leave, ...]:
    """How far a client comes before it gives up."""
    welcome = login(user=engine.login, password=engine.password)
    greeting, secret = prelogin(), prelogin(1)
    handshake = packet(Kind.PRELOGIN, hello())

    def said(*parts: bytes) -> Leave:
        def leave(client: socket.socket) -> None:
            for part in parts[:-1]:
                client.sendall(part)
                _message(client)
            client.sendall(parts[-1])

        return leave

    return (
        lambda _client: None,
        said(greeting[:5]),
        said(greeting),
        said(secret, handshake[: len(handshake) // 2]),
        said(secret, handshake),
        said(secret, handshake, handshake),
        said(hello()),
        said(greeting, welcome[: len(welcome) // 2]),
        said(greeting, welcome),
        said(greeting, welcome + batch("SELECT 1")),
        said(greeting, login(user=engine.login, password="wrong")),
    )


def drop(engine: Engine, count: int, *, together: int = 40) -> None:
    """Open connections, let each come to a stage, and drop them: by FIN and by RST."""
    ways = stages(engine)
    number = 0
    while number < count:
        clients: list[socket.socket] = []
        for _ in range(min(together, count - number)):
            client = socket.create_connection((engine.host, engine.port), timeout=PATIENCE)
            ways[number % len(ways)](client)
            clients.append(client)
            number += 1
        for index, client in enumerate(clients):
            if index % 2:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
