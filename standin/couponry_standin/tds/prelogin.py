"""PRELOGIN: what both sides can do, before anything is said in earnest."""

from __future__ import annotations

from struct import Struct, pack

from .errors import ProtocolError
from .events import ENCRYPT_NOT_SUP, ENCRYPT_OFF, ENCRYPT_ON, ENCRYPT_REQ, ENCRYPT_STRICT, PreLogin

_VERSION, _ENCRYPTION, _INSTANCE, _THREAD, _MARS, _TRACE, _FEDERATED, _NONCE = range(8)
NONCE_LENGTH = 32
_END = 0xFF
_read_entry = Struct(">BHH").unpack_from


def parse(payload: bytes) -> PreLogin:
    options = _options(payload)
    version = options.get(_VERSION, b"")
    if len(version) < 4:
        raise ProtocolError("PRELOGIN without a version")
    encryption = options.get(_ENCRYPTION) or bytes([ENCRYPT_NOT_SUP])
    if encryption[0] > ENCRYPT_STRICT:
        raise ProtocolError(f"PRELOGIN with the unknown encryption 0x{encryption[0]:02x}")
    nonce = options.get(_NONCE, b"")
    if nonce and len(nonce) != NONCE_LENGTH:
        raise ProtocolError(f"PRELOGIN with a nonce of {len(nonce)} bytes")
    return PreLogin(
        version=(version[0], version[1], version[2] << 8 | version[3]),
        encryption=encryption[0],
        instance=options.get(_INSTANCE, b"").split(b"\0")[0].decode("cp1252", "replace"),
        mars=options.get(_MARS, b"") == b"\1",
        federated=options.get(_FEDERATED, b"") == b"\1",
        nonce=nonce,
    )


def _options(payload: bytes) -> dict[int, bytes]:
    options: dict[int, bytes] = {}
    position = 0
    while True:
        if position >= len(payload):
            raise ProtocolError("PRELOGIN without an end of its options")
        if payload[position] == _END:
            return options
        if position + 5 > len(payload):
            raise ProtocolError("PRELOGIN ends inside an option")
        token, offset, length = _read_entry(payload, position)
        if offset + length > len(payload):
            raise ProtocolError(f"PRELOGIN option {token} lies outside the message")
        options[token] = payload[offset : offset + length]
        position += 5


def answer(
    version: tuple[int, int, int],
    hello: PreLogin,
    *,
    encrypted: bool,
    federated: bool,
    nonce: bytes,
) -> bytes:
    """The server's PRELOGIN: TLS for all or for nothing, and the instance is right.

    A client that does not ask for TLS logs in without it: both ends are on one machine. That it
    knows federated authentication does not tell whether it will send a token.
    Drivers that want MARS give up without a word when it is denied here: the login says why.
    """
    with_tls = ENCRYPT_REQ if hello.encryption == ENCRYPT_OFF else ENCRYPT_ON
    options = (
        (_VERSION, pack(">BBHH", *version, 0)),
        (_ENCRYPTION, bytes([with_tls if encrypted else ENCRYPT_NOT_SUP])),
        (_INSTANCE, b"\0"),
        (_THREAD, b""),
        (_MARS, bytes([hello.mars])),
        *(((_FEDERATED, b"\1"),) if federated else ()),
        *(((_NONCE, nonce),) if nonce else ()),
    )
    offset = 5 * len(options) + 1
    head, body = b"", b""
    for token, value in options:
        head += pack(">BHH", token, offset + len(body), len(value))
        body += value
    return head + bytes([_END]) + body
