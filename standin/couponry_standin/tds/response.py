"""A response under construction: all that a session sees of the way back."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from ..types import SqlType
from . import login as login7
from . import tokens
from .collation import DEFAULT
from .columns import BlockEncoder
from .errors import Unsendable
from .events import Login
from .packet import DEFAULT_PACKET, HEADER, pack
from .shape import ColumnMeta, RowEncoder, Shape

SERVER = "couponry"

SELECT, INSERT, DELETE, UPDATE, MERGE, EXECUTE = 0xC1, 0xC3, 0xC4, 0xC5, 0x117, 0xE0
"""Commands that a DONE may name."""


_CANCELLED = 0xFD
_NO_FORM = (ValueError, OverflowError, struct.error)


def _no_columns(_: object) -> bytes:
    raise RuntimeError("a row without columns before it")


class Response:
    """Collects tokens and gives them away in packets.

    A DONE is held back until it is known what follows: with another token behind it, it says that
    there is more; at the end of the response it says that there is not. So nobody who reports the
    end of a statement needs to know whether it is the last one.
    """

    __slots__ = (
        "_done",
        "_encode_block",
        "_encode_row",
        "_failed",
        "_number",
        "_packet_size",
        "_parts",
        "_size",
    )

    def __init__(self, packet_size: int = DEFAULT_PACKET) -> None:
        self._packet_size = packet_size
        self._number = 1
        self._parts: list[bytes] = []
        self._size = 0
        self._done: tuple[int, int, int, int] | None = None
        self._failed = False
        self._encode_row: RowEncoder = _no_columns
        self._encode_block: BlockEncoder = _no_columns

    @property
    def pending(self) -> int:
        """Bytes that wait to be taken: the measure for when to flush."""
        return self._size

    def _write(self, data: bytes) -> None:
        if self._done is not None:
            self._settle(tokens.MORE)
        self._parts.append(data)
        self._size += len(data)

    def _settle(self, more: int) -> None:
        if self._done is not None:
            kind, status, command, count = self._done
            self._done = None
            data = tokens.done(kind, status | more, command, count)
            self._parts.append(data)
            self._size += len(data)

    # The environment

    def login_ack(
        self,
        login: Login,
        *,
        database: str,
        language: str = "us_english",
        program: str = "couponry stand-in",
        version: tuple[int, int, int] = (16, 0, 1000),
    ) -> None:
        """Welcome a client: environment, acknowledgement, features, and the final DONE."""
        self.env_database(database, "master")
        self.info(5701, 2, 0, f"Changed database context to '{database}'.")
        self.env_collation()
        self.env_language(language, "")
        self.info(5703, 1, 0, f"Changed language setting to {language}.")
        self._write(tokens.login_ack(min(login7.TDS_7_4, login.tds_version), program, version))
        self.env_packet_size(login.packet_size, DEFAULT_PACKET)
        features: dict[int, bytes] = {}
        if login.federated is not None:
            features[login7.FEDERATED] = login.nonce
        if login.utf8:
            features[login7.UTF8] = b"\x01"
        if features:
            self._write(tokens.feature_ack(features))
        self.done()

    def env_database(self, new: str, old: str) -> None:
        self._write(tokens.env_text(tokens.ENV_DATABASE, new, old))

    def env_language(self, new: str, old: str) -> None:
        self._write(tokens.env_text(tokens.ENV_LANGUAGE, new, old))

    def env_packet_size(self, new: int, old: int) -> None:
        self._write(tokens.env_text(tokens.ENV_PACKET_SIZE, str(new), str(old)))

    def env_collation(self, new: bytes = DEFAULT, old: bytes = b"") -> None:
        self._write(tokens.env_bytes(tokens.ENV_COLLATION, new, old))

    def begin_transaction(self, descriptor: int) -> None:
        """Tell the client that it is in the transaction ``descriptor`` (not 0) from here on."""
        self._write(tokens.begin_transaction(descriptor))

    def commit_transaction(self, descriptor: int) -> None:
        self._write(tokens.end_transaction(tokens.ENV_COMMIT, descriptor))

    def rollback_transaction(self, descriptor: int) -> None:
        self._write(tokens.end_transaction(tokens.ENV_ROLLBACK, descriptor))

    def reset_ack(self) -> None:
        """Acknowledge a reset: the first token of the answer to the request that asked for it."""
        self._write(tokens.env_bytes(tokens.ENV_RESET, b"", b""))

    # Messages

    def info(
        self,
        number: int,
        state: int,
        severity: int,
        message: str,
        procedure: str = "",
        line: int = 1,
    ) -> None:
        """A message of severity 0 to 10."""
        self._write(tokens.info(number, state, severity, message, SERVER, procedure, line))

    def error(
        self,
        number: int,
        state: int,
        severity: int,
        message: str,
        procedure: str = "",
        line: int = 1,
    ) -> None:
        """A message of severity 11 to 25. The DONE of its statement should have ``error=True``."""
        self._write(tokens.error(number, state, severity, message, SERVER, procedure, line))
        self._failed = True

    # Rows

    def columns(self, columns: Shape | Sequence[ColumnMeta], *, metadata: bool = True) -> Shape:
        """Open a result set. Give the shape back to save its making the next time.

        ``metadata=False`` is for a client that keeps the columns of an earlier answer.
        """
        shape = columns if isinstance(columns, Shape) else Shape(columns)
        self._write(shape.metadata if metadata else b"\x81\xff\xff")
        self._encode_row, self._encode_block = shape.encode_row, shape.encode_block
        return shape

    def row(self, values: Sequence[bytes | None]) -> None:
        """One row. A row that cannot be encoded raises, and leaves the response as it was."""
        try:
            data = self._encode_row(values)
        except _NO_FORM as problem:
            raise Unsendable(str(problem)) from problem
        self._parts.append(data)
        self._size += len(data)

    def rows(self, rows: Iterable[Sequence[bytes | None]]) -> None:
        try:
            data = b"".join(map(self._encode_row, rows))
        except _NO_FORM as problem:
            raise Unsendable(str(problem)) from problem
        self._parts.append(data)
        self._size += len(data)

    def block(self, columns: Sequence[Sequence[bytes | None]]) -> None:
        """Some rows, given as their columns: for many rows the quicker way."""
        try:
            data = self._encode_block(columns)
        except _NO_FORM as problem:
            raise Unsendable(str(problem)) from problem
        self._parts.append(data)
        self._size += len(data)

    # Ends

    def _end(
        self,
        kind: int,
        count: int | None,
        command: int,
        *,
        error: bool,
        in_transaction: bool,
        server_error: bool,
    ) -> None:
        status = (
            error * tokens.ERROR
            | in_transaction * tokens.IN_TRANSACTION
            | server_error * tokens.SERVER_ERROR
        )
        if count is not None:
            status |= tokens.COUNT
        if self._done is not None:
            self._settle(tokens.MORE)
        self._done = (kind, status, command, count or 0)
        self._failed = False
        self._encode_row = self._encode_block = _no_columns

    def done(
        self,
        count: int | None = None,
        command: int = 0,
        *,
        error: bool = False,
        in_transaction: bool = False,
        server_error: bool = False,
    ) -> None:
        """The end of a statement in a batch. ``count`` None: no rows were counted (NOCOUNT)."""
        self._end(
            tokens.DONE,
            count,
            command,
            error=error,
            in_transaction=in_transaction,
            server_error=server_error,
        )

    def done_in_proc(
        self,
        count: int | None = None,
        command: int = 0,
        *,
        error: bool = False,
        in_transaction: bool = False,
        server_error: bool = False,
    ) -> None:
        """The end of a statement inside a procedure (or in the text of sp_executesql)."""
        self._end(
            tokens.DONE_IN_PROC,
            count,
            command,
            error=error,
            in_transaction=in_transaction,
            server_error=server_error,
        )

    def done_proc(
        self,
        count: int | None = None,
        command: int = EXECUTE,
        *,
        error: bool = False,
        in_transaction: bool = False,
        server_error: bool = False,
    ) -> None:
        """The end of a call."""
        self._end(
            tokens.DONE_PROC,
            count,
            command,
            error=error,
            in_transaction=in_transaction,
            server_error=server_error,
        )

    def attention_ack(self) -> None:
        """Acknowledge a cancel, behind the DONE of what it interrupted. Nothing may follow."""
        self._settle(tokens.MORE)
        self._done = (tokens.DONE, tokens.ATTENTION, _CANCELLED, 0)

    # Values of calls

    def return_status(self, value: int) -> None:
        self._write(tokens.return_status(value))

    def return_value(
        self, name: str, ordinal: int, type: SqlType, text: bytes | str | None
    ) -> None:
        """An output parameter; ``ordinal`` counts the parameters of the call from 0."""
        data = text.encode() if isinstance(text, str) else text
        try:
            token = tokens.return_value(name, ordinal, type, data)
        except _NO_FORM as problem:
            raise Unsendable(str(problem)) from problem
        self._write(token)

    # Packets

    def take(self) -> bytes:
        """Give away the packets that are full. Something always stays for the last packet."""
        room = self._packet_size - HEADER
        if self._size <= room:
            return b""
        body = b"".join(self._parts)
        count = (len(body) - 1) // room
        cut = count * room
        rest = body[cut:]
        self._parts = [rest]
        self._size = len(rest)
        data = pack(body[:cut], self._packet_size, self._number, last=False)
        self._number += count
        return data

    def finish(self) -> bytes:
        """Give away all that is left; the last packet ends the message.

        A response that does not end with a DONE gets one, with an error if one was the last word.
        """
        if self._done is None:
            self.done(error=self._failed)
        self._settle(0)
        data = pack(b"".join(self._parts), self._packet_size, self._number, last=True)
        self._parts, self._size = [], 0
        return data
