"""The engine, writing down what clients send: ``python -m tests.standin.tds.overheard FOLDER …``

What follows the folder are the options of ``python -m couponry_standin``. Each connection, by the
number of its arrival, becomes

* ``N.hex``: the client's bytes, decrypted where it came under TLS,
* ``N.events``: what they mean, an event a line,
* ``N.answers``: how the server greets: the answers to PRELOGIN and LOGIN7, in hexadecimal,
* ``N.tls``, under TLS: the bytes of the socket up to the end of the login, a line for each piece,
  ``>`` from the client and ``<`` to it; the line ``= READY`` stands where the handshake is over.

The program that drives a client and keeps what was written is ``tests/standin/clients/record.py``.
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

import couponry_standin.server
import couponry_standin.tls
from couponry_standin.__main__ import main
from couponry_standin.tds import Event, Login, Response, ServerConnection

WIDTH = 96
READY = "= READY"


class Greeting(Response):
    """The answer to a login, which tells where it was written to."""

    def __init__(self, keeper: Keeper, packet_size: int) -> None:
        super().__init__(packet_size)
        self._keeper = keeper

    def finish(self) -> bytes:
        data = super().finish()
        self._keeper.answered(data)
        return data


class Keeper(ServerConnection):
    """A connection that writes down what it receives, and how it greets."""

    folder = Path()
    opened = 0

    def __init__(self) -> None:
        super().__init__()
        Keeper.opened += 1
        self.path = self.folder / str(Keeper.opened)
        self._heard = b""
        self._events: list[Event] = []
        self._answers: list[bytes] = []

    def receive(self, data: bytes) -> list[Event]:
        events = super().receive(data)
        self._heard += data
        self._events += events
        write_hex(self.path.with_suffix(".hex"), self._heard)
        self.path.with_suffix(".events").write_text(
            "".join(f"{event}\n" for event in self._events), encoding="utf-8"
        )
        return events

    def answer_prelogin(
        self,
        version: tuple[int, int, int] = (16, 0, 1000),
        *,
        encrypted: bool = False,
        federated: bool = False,
        nonce: bytes | None = None,
    ) -> bytes:
        data = super().answer_prelogin(
            version, encrypted=encrypted, federated=federated, nonce=nonce
        )
        self.answered(data)
        return data

    def respond(self, event: Event) -> Response:
        response = super().respond(event)
        return Greeting(self, response._packet_size) if isinstance(event, Login) else response

    def answered(self, data: bytes) -> None:
        self._answers.append(data)
        self.path.with_suffix(".answers").write_text(
            "".join(f"{each.hex()}\n" for each in self._answers)
        )


class Tapped(couponry_standin.tls.Tls):
    """TLS that writes down the bytes of the socket, until the client is greeted."""

    __slots__ = ("_lines", "_path")

    def __init__(self, context: ssl.SSLContext, *, framed: bool) -> None:
        super().__init__(context, framed=framed)
        # A connection is made before its first byte arrives, and clients come one by one.
        self._path = Keeper.folder / f"{Keeper.opened}.tls"
        self._lines: list[str] = []

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        before = self.ready
        plain, reply = super().receive(data)
        self._note(">", data)
        if reply:
            self._note("<", reply)
        if self.ready and not before:
            self._lines.append(READY)
        return plain, reply

    def encrypt(self, data: bytes) -> bytes:
        sealed = super().encrypt(data)
        self._note("<", sealed)
        # The answer to LOGIN7; TDS 8 has another one before it, to PRELOGIN.
        self._path.with_suffix(".tls").write_text("\n".join(self._lines) + "\n")
        return sealed

    def _note(self, direction: str, data: bytes) -> None:
        if sum(line.startswith("<") for line in self._lines[self._start() :]) < 2:
            self._lines.append(f"{direction} {data.hex()}")

    def _start(self) -> int:
        return self._lines.index(READY) + 1 if READY in self._lines else len(self._lines)


def write_hex(path: Path, data: bytes) -> None:
    digits = data.hex()
    lines = [digits[start : start + WIDTH] for start in range(0, len(digits), WIDTH)]
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    Keeper.folder = Path(sys.argv[1])
    couponry_standin.server.ServerConnection = Keeper  # type: ignore[misc]
    couponry_standin.server.Tls = Tapped  # type: ignore[misc]
    sys.exit(main(sys.argv[2:]))
