"""Values on their way in: the bytes of the wire, without their length, to text form."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from struct import Struct

from .cursor import decode_utf16
from .errors import ProtocolError

Decode = Callable[[bytes], str]

_unpack_real = Struct("<f").unpack
_pack_real = Struct("<f").pack
_unpack_float = Struct("<d").unpack
_unpack_money = Struct("<iI").unpack
_TOO_LARGE = 10**38


def decode_bit(raw: bytes) -> str:
    return "1" if raw[0] else "0"


def decode_tinyint(raw: bytes) -> str:
    return str(raw[0])


def decode_integer(raw: bytes) -> str:
    return str(int.from_bytes(raw, "little", signed=True))


def decode_float(raw: bytes) -> str:
    (number,) = _unpack_float(raw)
    if not isfinite(number):
        raise ProtocolError("a float that is no number")
    return repr(number).removesuffix(".0")


def decode_real(raw: bytes) -> str:
    (number,) = _unpack_real(raw)
    if not isfinite(number):
        raise ProtocolError("a real that is no number")
    for digits in range(1, 9):
        text = f"{number:.{digits}g}"
        try:
            if _pack_real(float(text)) == raw:
                return text
        except OverflowError:
            continue  # rounded up beyond the largest real
    return f"{number:.9g}"


def _scaled(number: int, scale: int) -> str:
    if scale == 0:
        return str(number)
    sign = "-" if number < 0 else ""
    digits = str(abs(number)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def decimal_decoder(scale: int) -> Decode:
    def decode(raw: bytes) -> str:
        number = int.from_bytes(raw[1:], "little")
        if number >= _TOO_LARGE:
            raise ProtocolError("a decimal of more than 38 digits")
        return _scaled(number if raw[0] else -number, scale)

    return decode


def decode_money(raw: bytes) -> str:
    high, low = _unpack_money(raw)
    return _scaled((high << 32) + low, 4)


def decode_smallmoney(raw: bytes) -> str:
    return _scaled(int.from_bytes(raw, "little", signed=True), 4)


def decode_guid(raw: bytes) -> str:
    text = (raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]).hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def decode_binary(raw: bytes) -> str:
    return "\\x" + raw.hex()


decode_unicode = decode_utf16


def _cp1252_table() -> str:
    # Windows maps the five bytes that cp1252 leaves open to the control characters of their code.
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256))


_CP1252 = dict(enumerate(_cp1252_table()))


def decode_cp1252(raw: bytes) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    return raw.decode("latin-1").translate(_CP1252)


def decode_utf8(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
