"""A client that shows every token of an answer, in order: no driver does."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from struct import pack, unpack_from
from typing import Any

from couponry_standin.tds.packet import Kind
from couponry_standin.tds.wiretype import read_type
from couponry_standin.types import SqlType
from tests.standin.tds.messages import (
    COLLATION,
    HEADERS,
    RESET,
    b_text,
    fedauth,
    login,
    packet,
    param,
    prelogin,
    rpc,
    rpc_payload,
    utf16,
)

EOM = 0x01
HEADER = 8
ENVIRONMENT = {1: "database", 8: "begin", 9: "commit", 10: "rollback", 18: "reset"}
DONES = {0xFD: "done", 0xFE: "proc", 0xFF: "in proc"}


@dataclass(frozen=True, slots=True)
class Message:
    """An error, or an information message (severity 10 and less)."""

    number: int
    severity: int
    state: int
    text: str
    procedure: str
    line: int


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a statement (done, in proc) or of a call (proc). ``count`` None: not counted."""

    kind: str
    more: bool
    error: bool
    count: int | None
    attention: bool


@dataclass(slots=True)
class Answer:
    """All tokens of an answer: result sets as ('rows', …), the rest by what they are."""

    tokens: list[tuple[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[Any]:
        return [value for name, value in self.tokens if name == kind]

    @property
    def sets(self) -> list[list[tuple[str | None, ...]]]:
        return self.of("rows")

    @property
    def rows(self) -> list[tuple[str | None, ...]]:
        """The rows of the only result set."""
        [rows] = self.sets
        return rows

    @property
    def value(self) -> str | None:
        [[value]] = self.rows
        return value

    @property
    def errors(self) -> list[Message]:
        return self.of("error")

    @property
    def numbers(self) -> list[int]:
        return [error.number for error in self.errors]

    @property
    def printed(self) -> list[str]:
        return [each.text for each in self.of("info") if each.number == 0]

    @property
    def counts(self) -> list[int]:
        return [done.count for done in self.of("done") if done.count is not None]

    @property
    def status(self) -> int:
        [status] = self.of("status")
        return status

    @property
    def story(self) -> list[str]:
        """The order of things in few words: rows, errors, messages, ends with a count."""
        told: list[str] = []
        for name, value in self.tokens:
            if name == "rows":
                told.append("rows")
            elif name == "error":
                told.append(f"error {value.number}")
            elif name == "info" and value.number == 0:
                told.append(f"print {value.text}")
            elif name == "done" and value.count is not None:
                told.append(f"count {value.count}")
            elif name == "environment":
                told.append(value)
        return told


class Wire:
    """One connection."""

    def __init__(
        self, host: str, port: int, user: str = "", password: str = "", *, token: str = ""
    ) -> None:
        self.socket = socket.create_connection((host, port), timeout=120)
        self.socket.sendall(prelogin(federated=bool(token)))
        self._message()
        features = fedauth(token) if token else None
        self.socket.sendall(login(user=user, password=password, features=features))
        self.welcome = read(self._message())

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> Answer:
        return read(self._message())

    def batch(self, text: str, *, reset: bool = False) -> Answer:
        self.start(text, reset=reset)
        return self.answer()

    def start(self, text: str, *, reset: bool = False) -> None:
        """Send a batch without waiting for its answer. Long ones go in several packets."""
        data = HEADERS + utf16(text)
        room = 4000
        pieces = [data[at : at + room] for at in range(0, len(data), room)]
        for number, piece in enumerate(pieces, 1):
            status = EOM * (number == len(pieces)) | RESET * (reset and number == 1)
            self.send(packet(Kind.BATCH, piece, status))

    def call(self, target: str | int, *params: bytes) -> Answer:
        self.send(rpc(rpc_payload(target, *params)))
        return self.answer()

    def transaction(self, number: int, rest: bytes = b"") -> Answer:
        self.send(packet(Kind.TRANSACTION, HEADERS + pack("<H", number) + rest))
        return self.answer()

    def begin(self) -> Answer:
        return self.transaction(5, b"\0\0")

    def commit(self, *, again: bool = False) -> Answer:
        return self.transaction(7, b"\0\1\0\0" if again else b"\0\0")

    def rollback(self, *, again: bool = False) -> Answer:
        return self.transaction(8, b"\0\1\0\0" if again else b"\0\0")

    def attention(self) -> None:
        self.send(packet(Kind.ATTENTION))

    def cancelled(self) -> Answer:
        """What was answered until the cancel; its acknowledgement is a message of its own."""
        answer = self.answer()
        [acknowledgement] = self.answer().of("done")
        assert acknowledgement.attention and not acknowledgement.more
        return answer

    def _message(self) -> bytes:
        payload = b""
        while True:
            head = self._exactly(HEADER)
            payload += self._exactly(int.from_bytes(head[2:4], "big") - HEADER)
            if head[1] & EOM:
                return payload

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("the server has closed the connection")
            data += piece
        return data


def integer(name: str, value: int | None, *, output: bool = False) -> bytes:
    body = b"\0" if value is None else b"\4" + pack("<i", value)
    return param(name, b"\x26\4", body, int(output))


def text(name: str, value: str | None, *, output: bool = False) -> bytes:
    body = b"\xff\xff" if value is None else pack("<H", len(utf16(value))) + utf16(value)
    return param(name, b"\xe7" + pack("<H", 8000) + COLLATION, body, int(output))


def default(name: str) -> bytes:
    """A parameter that asks for its default."""
    return param(name, b"\x26\4", b"\0", 2)


def read(data: bytes) -> Answer:
    """The tokens of a whole message."""
    answer = Answer()
    columns: list[tuple[str, Any]] = []
    position = 0
    while position < len(data):
        token = data[position]
        position += 1
        if token == 0x81:
            columns, position = _columns(data, position)
            answer.tokens.append(("columns", [name for name, _ in columns]))
            answer.tokens.append(("rows", []))
        elif token in (0xD1, 0xD2):
            row, position = _row(data, position, columns, compressed=token == 0xD2)
            answer.tokens[-1][1].append(row)
        elif token in (0xAA, 0xAB):
            name = "error" if token == 0xAA else "info"
            message, position = _note(data, position)
            answer.tokens.append((name, message))
        elif token == 0xE3:
            length, kind = unpack_from("<HB", data, position)
            if kind in ENVIRONMENT:
                answer.tokens.append(("environment", ENVIRONMENT[kind]))
            position += 2 + length
        elif token == 0x79:
            answer.tokens.append(("status", unpack_from("<i", data, position)[0]))
            position += 4
        elif token == 0xAC:
            value, position = _value(data, position)
            answer.tokens.append(("value", value))
        elif token in DONES:
            status, _, count = unpack_from("<HHQ", data, position)
            done = Done(
                DONES[token],
                bool(status & 1),
                bool(status & 2),
                count if status & 0x10 else None,
                bool(status & 0x20),
            )
            answer.tokens.append(("done", done))
            position += 12
        elif token in (0xAD, 0xA9):
            position += 2 + unpack_from("<H", data, position)[0]
        elif token == 0xAE:
            while data[position] != 0xFF:
                position += 5 + unpack_from("<I", data, position + 1)[0]
            position += 1
        else:
            raise AssertionError(f"an unknown token {token:#x}")
    return answer


def _short(data: bytes, position: int) -> tuple[str, int]:
    end = position + 1 + 2 * data[position]
    return data[position + 1 : end].decode("utf-16-le"), end


def _columns(data: bytes, position: int) -> tuple[list[tuple[str, Any]], int]:
    [count] = unpack_from("<H", data, position)
    position += 2
    columns: list[tuple[str, Any]] = []
    for _ in range(count):
        _, reader, position = read_type(data, position + 6)
        name, position = _short(data, position)
        columns.append((name, reader))
    return columns, position


def _row(
    data: bytes, position: int, columns: list[tuple[str, Any]], *, compressed: bool
) -> tuple[tuple[str | None, ...], int]:
    nulls = b""
    if compressed:
        width = (len(columns) + 7) // 8
        nulls, position = data[position : position + width], position + width
    values: list[str | None] = []
    for index, (_, reader) in enumerate(columns):
        if compressed and nulls[index // 8] >> index % 8 & 1:
            values.append(None)
            continue
        value, position = reader(data, position)
        values.append(value)
    return tuple(values), position


def _note(data: bytes, position: int) -> tuple[Message, int]:
    length, number, state, severity, size = unpack_from("<HiBBH", data, position)
    end = position + 2 + length
    position += 10
    words = data[position : position + 2 * size].decode("utf-16-le")
    _, position = _short(data, position + 2 * size)
    procedure, position = _short(data, position)
    [line] = unpack_from("<i", data, position)
    return Message(number, severity, state, words, procedure, line), end


def _value(data: bytes, position: int) -> tuple[tuple[str, SqlType, str | None], int]:
    name, position = _short(data, position + 2)
    type_, reader, position = read_type(data, position + 7)
    value, position = reader(data, position)
    return (name, type_, value), position


__all__ = ["Answer", "Done", "Message", "Wire", "b_text", "default", "integer", "read", "text"]
