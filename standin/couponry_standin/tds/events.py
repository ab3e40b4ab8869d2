"""What a client can say to a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..types import SqlType
from .layout import Layout
from .packet import DEFAULT_PACKET, LARGEST_PACKET, SMALLEST_PACKET, Reset

ENCRYPT_OFF, ENCRYPT_ON, ENCRYPT_NOT_SUP, ENCRYPT_REQ, ENCRYPT_STRICT = range(5)
"""STRICT is what go-mssqldb says under TDS 8, where TLS is there already."""


@dataclass(frozen=True, slots=True)
class PreLogin:
    """The first message: what the client can do and wants."""

    version: tuple[int, int, int]
    encryption: int
    instance: str
    mars: bool
    federated: bool
    nonce: bytes = field(default=b"", repr=False)
    """what the client wants to hear again with the acknowledgement of its token"""

    @property
    def demands_encryption(self) -> bool:
        """True when the client gives up on a server without TLS.

        Of those who want it for the login alone that is Rust's tiberius, known by its version,
        which it writes backwards: it gets TLS for all, as from a server that insists.
        """
        backwards = self.version[0] == 0 and self.version != (0, 0, 0)
        return (self.encryption == ENCRYPT_OFF and backwards) or self.encryption in (
            ENCRYPT_ON,
            ENCRYPT_REQ,
            ENCRYPT_STRICT,
        )


@dataclass(frozen=True, slots=True)
class FederatedLogin:
    """The FEDAUTH feature: an access token in place of a password, or the wish to fetch one."""

    library: int
    echo: bool
    token: str = field(repr=False)
    nonce: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """LOGIN7. Passwords stay out of ``repr``, and so out of logs."""

    tds_version: int
    requested_packet_size: int
    client_version: int
    client_process: int
    host: str
    user: str
    password: str = field(repr=False)
    application: str
    server: str
    library: str
    language: str
    database: str
    attach_file: str
    change_password: str = field(repr=False)
    client_id: bytes
    time_zone: int
    locale: int
    odbc: bool
    integrated: bool
    read_only: bool
    use_database_fatal: bool
    utf8: bool
    federated: FederatedLogin | None
    features: tuple[int, ...]
    mars: bool = field(default=False, repr=False)
    """the client means to keep several statements open at once"""
    encrypted: bool = field(default=False, repr=False)
    """the login came under TLS"""
    nonce: bytes = field(default=b"", repr=False)
    """what the client sent in its PRELOGIN, for the acknowledgement of its token"""

    @property
    def packet_size(self) -> int:
        """The packet size that the server grants."""
        if self.requested_packet_size == 0:
            return DEFAULT_PACKET
        return max(SMALLEST_PACKET, min(LARGEST_PACKET, self.requested_packet_size))


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of T-SQL text."""

    text: str
    reset: Reset | None = None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table-valued parameter. ``default`` columns carry no values (None)."""

    type: SqlType
    default: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The value of a table-valued parameter. Without columns it is the empty default table."""

    schema: str
    name: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]


class RpcParam(NamedTuple):
    """A parameter: ``name`` is empty for a positional one, ``default`` asks for the default."""

    name: str
    type: SqlType
    value: str | Table | None
    output: bool
    default: bool


@dataclass(slots=True)
class RpcCall:
    """One call, by ``name`` or by well-known ``proc_id``.

    ``options``: 1 recompile, 2 no metadata, 4 reuse metadata. ``execute`` is False for a call that
    is sent only so that the ones before it keep their answers apart. ``layout`` is the same for
    calls whose parameters are announced alike, and None where a value brings its own type.
    """

    name: str | None
    proc_id: int | None
    params: tuple[RpcParam, ...]
    options: int = 0
    execute: bool = True
    layout: Layout | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rpc:
    """One or more calls in one message; each is answered by its own DONEPROC."""

    calls: tuple[RpcCall, ...]
    reset: Reset | None = None


TransactionKind = Literal["begin", "commit", "rollback", "save", "dtc_address", "propagate"]


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction to begin: isolation level (0 keeps the session's) and an optional name."""

    isolation: int
    name: str


@dataclass(frozen=True, slots=True)
class TransactionRequest:
    """A transaction-manager request.

    ``name`` is the transaction's or the savepoint's. ``begin`` is the transaction to begin: always
    for 'begin', and for 'commit' and 'rollback' when a new one shall follow at once. The
    distributed kinds are reported so that the session can refuse them by number.
    """

    kind: TransactionKind
    name: str
    begin: Begin | None = None
    reset: Reset | None = None


@dataclass(frozen=True, slots=True)
class BulkColumn:
    """A column of a bulk load."""

    name: str
    type: SqlType


@dataclass(frozen=True, slots=True)
class Bulk:
    """The rows that follow an INSERT BULK batch."""

    columns: tuple[BulkColumn, ...]
    rows: tuple[tuple[str | None, ...], ...]
    reset: Reset | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """Cancel what is running; the client waits for the acknowledgement."""


@dataclass(frozen=True, slots=True)
class Discarded:
    """A request that the client gave up while sending it: answered by a DONE with an error."""


Event = PreLogin | Login | Batch | Rpc | TransactionRequest | Bulk | Attention | Discarded
