"""Dates and times: text form to counts of days and ticks, and back.

Every type counts days from its own first day and ticks of its own length; the text form has
microseconds. Digits that a type does not hold are cut, as its values were rounded before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from struct import Struct

from .errors import ProtocolError

Encode = Callable[[bytes], bytes]
Decode = Callable[[bytes], str]

DAY = 86_400_000_000
"""Microseconds of a day."""

_LAST_DAY = date.max.toordinal() - 1
_FIRST = datetime(1, 1, 1)
_1900 = datetime(1900, 1, 1)
_1900_ORDINAL = date(1900, 1, 1).toordinal()
_SECONDS_KEPT = 10_000
_LAST_TICK = 300 * 86_400 - 1
_pack_datetime = Struct("<iI").pack
_unpack_datetime = Struct("<iI").unpack
_pack_small = Struct("<HH").pack
_unpack_small = Struct("<HH").unpack


def time_size(scale: int) -> int:
    """Bytes that hold the ticks of a day at ``scale`` fractional digits."""
    return 3 if scale <= 2 else 4 if scale <= 4 else 5


def _micros(moment: datetime | time) -> int:
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * 1_000_000 + moment.microsecond


def _ticks_of(scale: int) -> Callable[[int], int]:
    if scale == 7:
        return lambda micros: micros * 10
    step = 10 ** (6 - scale)
    return lambda micros: micros // step


def _micros_of(scale: int) -> Callable[[int], int]:
    if scale == 7:
        return lambda ticks: ticks // 10
    step = 10 ** (6 - scale)
    return lambda ticks: ticks * step


def _trimmed(text: str) -> str:
    return text.rstrip("0") if "." in text else text


def encode_date(text: bytes) -> bytes:
    return (date.fromisoformat(text.decode()).toordinal() - 1).to_bytes(3, "little")


def decode_date(raw: bytes) -> str:
    days = int.from_bytes(raw, "little")
    if days > _LAST_DAY:
        raise ProtocolError("a date beyond 9999-12-31")
    return date.fromordinal(days + 1).isoformat()


def time_encoder(scale: int) -> Encode:
    size, ticks = time_size(scale), _ticks_of(scale)

    def encode(text: bytes) -> bytes:
        return ticks(_micros(time.fromisoformat(text.decode()))).to_bytes(size, "little")

    return encode


def time_decoder(scale: int) -> Decode:
    micros_of = _micros_of(scale)

    def decode(raw: bytes) -> str:
        micros = micros_of(int.from_bytes(raw, "little"))
        if micros >= DAY:
            raise ProtocolError("a time beyond 24 hours")
        return _trimmed(str((_FIRST + timedelta(0, 0, micros)).time()))

    return decode


def datetime2_encoder(scale: int) -> Encode:
    size, ticks = time_size(scale), _ticks_of(scale)
    shift = 8 * size

    def encode(text: bytes) -> bytes:
        moment = datetime.fromisoformat(text.decode())
        days = moment.toordinal() - 1
        return (ticks(_micros(moment)) | days << shift).to_bytes(size + 3, "little")

    return encode


def datetime2_column(scale: int) -> Callable[[Sequence[bytes]], list[bytes]]:
    """As the encoder does, for many values, with their length.

    In a long result the same seconds come again and again: what a text is up to its point is kept.
    """
    size, ticks = time_size(scale), _ticks_of(scale)
    whole, shift, prefix = size + 3, 8 * size, bytes([size + 3])
    powers = [10 ** (scale - digits) for digits in range(scale + 1)]
    seconds: dict[str, int] = {}

    def start(text: str) -> int:
        moment = datetime.fromisoformat(text)
        if len(seconds) >= _SECONDS_KEPT:
            seconds.clear()
        found = ticks(_micros(moment)) | (moment.toordinal() - 1) << shift
        seconds[text] = found
        return found

    def encode(values: Sequence[bytes]) -> list[bytes]:
        encoded: list[bytes] = []
        for text in b"\0".join(values).decode().split("\0"):
            number = seconds.get(text[:19])
            if number is None:
                number = start(text[:19])
            digits = text[20 : 20 + scale]
            if digits:
                number += int(digits) * powers[len(digits)]
            encoded.append(prefix + number.to_bytes(whole, "little"))
        return encoded

    return encode


def datetime2_decoder(scale: int) -> Decode:
    moment_of = _moment_decoder(scale)

    def decode(raw: bytes) -> str:
        return _trimmed(str(moment_of(raw)))

    return decode


def _moment_decoder(scale: int) -> Callable[[bytes], datetime]:
    shift, micros_of = 8 * time_size(scale), _micros_of(scale)
    mask = (1 << shift) - 1

    def decode(raw: bytes) -> datetime:
        number = int.from_bytes(raw, "little")
        micros, days = micros_of(number & mask), number >> shift
        if micros >= DAY or days > _LAST_DAY:
            raise ProtocolError("a moment beyond 9999-12-31")
        return _FIRST + timedelta(days, 0, micros)

    return decode


def offset_encoder(scale: int) -> Encode:
    """datetimeoffset: the text is local time, the wire holds UTC and the offset in minutes."""
    size, ticks = time_size(scale), _ticks_of(scale)
    shift = 8 * size

    def encode(text: bytes) -> bytes:
        moment = datetime.fromisoformat(text.decode())
        offset = moment.utcoffset()
        if offset is None:
            raise ValueError(f"no offset in {text!r}")
        minutes = round(offset.total_seconds() / 60)
        days, micros = divmod(
            (moment.toordinal() - 1) * DAY + _micros(moment) - minutes * 60_000_000, DAY
        )
        if not 0 <= days <= _LAST_DAY:
            raise ValueError(f"{text!r} is out of range in UTC")
        utc = (ticks(micros) | days << shift).to_bytes(size + 3, "little")
        return utc + minutes.to_bytes(2, "little", signed=True)

    return encode


def offset_decoder(scale: int) -> Decode:
    moment_of = _moment_decoder(scale)

    def decode(raw: bytes) -> str:
        minutes = int.from_bytes(raw[-2:], "little", signed=True)
        if not -840 <= minutes <= 840:
            raise ProtocolError("an offset beyond 14 hours")
        try:
            local = moment_of(raw[:-2]) + timedelta(minutes=minutes)
        except OverflowError:
            raise ProtocolError("a moment out of range in its local time") from None
        hours, rest = divmod(abs(minutes), 60)
        return f"{_trimmed(str(local))}{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"

    return decode


def encode_datetime(text: bytes) -> bytes:
    """datetime counts three-hundredths of a second: .000, .003 and .007 in milliseconds."""
    moment = datetime.fromisoformat(text.decode())
    days = moment.toordinal() - _1900_ORDINAL
    ticks = (_micros(moment) * 3 + 5_000) // 10_000
    if ticks > _LAST_TICK:
        days, ticks = (days + 1, 0) if moment.toordinal() <= _LAST_DAY else (days, _LAST_TICK)
    return _pack_datetime(days, ticks)


def decode_datetime(raw: bytes) -> str:
    days, ticks = _unpack_datetime(raw)
    if not 0 <= days + _1900_ORDINAL - 1 <= _LAST_DAY or ticks > _LAST_TICK:
        raise ProtocolError("a datetime out of range")
    return _trimmed(str(_1900 + timedelta(days, 0, (ticks * 10 + 1) // 3 * 1_000)))


def encode_smalldatetime(text: bytes) -> bytes:
    moment = datetime.fromisoformat(text.decode())
    return _pack_small(moment.toordinal() - _1900_ORDINAL, moment.hour * 60 + moment.minute)


def decode_smalldatetime(raw: bytes) -> str:
    days, minutes = _unpack_small(raw)
    if minutes >= 1440:
        raise ProtocolError("a smalldatetime beyond 24 hours")
    return str(_1900 + timedelta(days, 0, 0, 0, minutes))
