"""LOGIN7: who is there, and with what."""

from __future__ import annotations

from struct import Struct, unpack_from

from .cursor import Cursor, decode_utf16
from .errors import ProtocolError
from .events import FederatedLogin, Login

TDS_7_4, TDS_8 = 0x74000004, 0x08000000
"""TDS 8.0 is 7.4 under TLS; JDBC and go-mssqldb name it so, ODBC says 7.4."""

FEDERATED, UTF8 = 0x02, 0x0A
SECURITY_TOKEN = 1
"""The library of a client that brings its token; the others want to be told where to get one."""

_OLDEST_TDS = 0x730B0003
_FEATURES_END = 0xFF
_FIXED = 94
_read_head = Struct("<IIIIIIBBBBiI").unpack_from

_NIBBLES = bytes((b ^ 0xA5) >> 4 | ((b ^ 0xA5) << 4 & 0xF0) for b in range(256))

_ODBC = 0x02
_USE_DATABASE_FATAL = 0x40
_INTEGRATED = 0x80
_READ_ONLY = 0x20
_EXTENSION = 0x10


def parse(payload: bytes) -> Login:
    if len(payload) < _FIXED:
        raise ProtocolError("LOGIN7 ends early")
    (
        length,
        tds_version,
        packet_size,
        client_version,
        process,
        _connection,
        flags1,
        flags2,
        type_flags,
        flags3,
        time_zone,
        locale,
    ) = _read_head(payload)
    if tds_version < _OLDEST_TDS and tds_version != TDS_8:
        # First of all: older messages have other fields.
        raise ProtocolError(f"the client speaks TDS 0x{tds_version:08x}; 7.3 B is the oldest here")
    if length != len(payload):
        raise ProtocolError(f"LOGIN7 says {length} bytes and has {len(payload)}")

    def text(entry: int, limit: int = 128) -> str:
        return decode_utf16(_field(payload, entry, 2, limit))

    # Before 7.4 the flag means nothing; tedious sets it all the same.
    extended = flags3 & _EXTENSION and (tds_version >= TDS_7_4 or tds_version == TDS_8)
    features = _features(payload) if extended else {}
    federated = _federated(features[FEDERATED]) if FEDERATED in features else None
    return Login(
        tds_version=tds_version,
        requested_packet_size=packet_size,
        client_version=client_version,
        client_process=process,
        host=text(36),
        user=text(40),
        password=_reveal(_field(payload, 44, 2, 128)),
        application=text(48),
        server=text(52),
        library=text(60),
        language=text(64),
        database=text(68),
        attach_file=text(82, 260),
        change_password=_reveal(_field(payload, 86, 2, 128)),
        client_id=payload[72:78],
        time_zone=time_zone,
        locale=locale,
        odbc=bool(flags2 & _ODBC),
        integrated=bool(flags2 & _INTEGRATED),
        read_only=bool(type_flags & _READ_ONLY),
        use_database_fatal=bool(flags1 & _USE_DATABASE_FATAL),
        utf8=UTF8 in features,
        federated=federated,
        features=tuple(features),
    )


def _field(payload: bytes, entry: int, unit: int, limit: int) -> bytes:
    offset, count = unpack_from("<HH", payload, entry)
    if count > limit:
        raise ProtocolError(f"LOGIN7 has a field of {count} characters; {limit} are allowed")
    end = offset + count * unit
    if count and (offset < _FIXED or end > len(payload)):
        raise ProtocolError("LOGIN7 has a field outside the message")
    return payload[offset:end]


def _reveal(secret: bytes) -> str:
    return decode_utf16(secret.translate(_NIBBLES))


def _features(payload: bytes) -> dict[int, bytes]:
    pointer = _field(payload, 56, 1, 255)
    if len(pointer) != 4:
        raise ProtocolError("LOGIN7 announces features and does not say where")
    cursor = Cursor(payload, int.from_bytes(pointer, "little"))
    features: dict[int, bytes] = {}
    while (feature := cursor.u8()) != _FEATURES_END:
        features[feature] = cursor.take(cursor.u32())
    return features


def _federated(data: bytes) -> FederatedLogin:
    cursor = Cursor(data)
    options = cursor.u8()
    library = options >> 1
    token, nonce = "", b""
    if library == SECURITY_TOKEN:
        token = decode_utf16(cursor.take(cursor.u32()))
        nonce = cursor.take(cursor.left)
    return FederatedLogin(library=library, echo=bool(options & 1), token=token, nonce=nonce)
