"""Remote procedure calls: by name or by number, one or several in a message."""

from __future__ import annotations

import struct

from ..types import SqlType
from .batch import skip_headers
from .cursor import decode_utf16
from .errors import ProtocolError
from .events import Rpc, RpcCall, RpcParam
from .packet import Reset
from .reader import Reader
from .table import read_table
from .wiretype import ANNOUNCED, TABLE, VARIANT, read_type, read_variant

WELL_KNOWN = {
    1: "sp_cursor",
    2: "sp_cursoropen",
    3: "sp_cursorprepare",
    4: "sp_cursorexecute",
    5: "sp_cursorprepexec",
    6: "sp_cursorunprepare",
    7: "sp_cursorfetch",
    8: "sp_cursoroption",
    9: "sp_cursorclose",
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    14: "sp_prepexecrpc",
    15: "sp_unprepare",
}
"""The procedures that a client may call by number."""

_NEXT_CALL, _NEXT_UNEXECUTED = 0xFF, 0xFE
_NEXT_CALL_OLD = 0x80
_OUTPUT, _DEFAULT, _ENCRYPTED = 0x01, 0x02, 0x08

_MOST_KEPT = 4096
_kept: dict[bytes, tuple[str, SqlType, Reader, bool, bool]] = {}
"""What stands before the value of a parameter (name, flags, type) is the same at every call, so it
is read once and found by its bytes from then on."""


def parse_rpc(data: bytes, reset: Reset | None) -> Rpc:
    try:
        return Rpc(tuple(_calls(data)), reset)
    except (IndexError, struct.error):
        # Reading past the end is how the tight loops below notice that the message is cut off.
        raise ProtocolError("the call ends early") from None


def _calls(data: bytes) -> list[RpcCall]:
    position = skip_headers(data)
    size = len(data)
    calls: list[RpcCall] = []
    execute = True
    while True:
        name, proc_id = None, None
        length = data[position] | data[position + 1] << 8
        position += 2
        if length == 0xFFFF:
            proc_id = data[position] | data[position + 1] << 8
            position += 2
            if proc_id not in WELL_KNOWN:
                raise ProtocolError(f"no procedure has the number {proc_id}")
        else:
            end = position + 2 * length
            if length == 0 or end > size:
                raise ProtocolError("the name of a procedure does not fit the message")
            name = decode_utf16(data[position:end])
            position = end
        options = data[position] | data[position + 1] << 8
        position += 2
        params: list[RpcParam] = []
        while position < size:
            mark = data[position]
            if mark >= _NEXT_CALL_OLD and _ends_call(data, position):
                break
            end = position + 2 + 2 * mark
            end += ANNOUNCED[data[end]]
            known = _kept.get(data[position:end])
            if known is None:
                param, position = _param(data, position)
            else:
                called, type_, read, output, default = known
                value, position = read(data, end)
                # RpcParam(…), without the function of Python that a named tuple has around this.
                param = tuple.__new__(  # pyright: ignore[reportUnknownMemberType]
                    RpcParam, (called, type_, value, output, default)
                )
            params.append(param)
        calls.append(RpcCall(name, proc_id, tuple(params), options, execute))
        if position >= size:
            return calls
        execute = data[position] != _NEXT_UNEXECUTED
        position += 1
        if position >= size:
            return calls


def _ends_call(data: bytes, position: int) -> bool:
    mark = data[position]
    if mark == _NEXT_CALL_OLD:
        # Before TDS 7.2 this byte ended a call; since then it may also be the length of a name of
        # 128 characters, which begins with an at sign.
        return data[position + 1 : position + 3] != b"@\0"
    return mark in (_NEXT_CALL, _NEXT_UNEXECUTED)


def _param(data: bytes, position: int) -> tuple[RpcParam, int]:
    """A parameter that these bytes have not announced before."""
    status_at = position + 1 + 2 * data[position]
    token = data[status_at + 1]
    if data[status_at] & _ENCRYPTED:
        raise ProtocolError("encrypted parameters (Always Encrypted) are not offered")
    name = decode_utf16(data[position + 1 : status_at])
    output, default = bool(data[status_at] & _OUTPUT), bool(data[status_at] & _DEFAULT)
    if token == TABLE:
        table, end = read_table(data, status_at + 2)
        return RpcParam(name, SqlType("table"), table, output, default), end
    type_, read, end = read_type(data, status_at + 1)
    if token == VARIANT:
        type_, value, end = read_variant(data, end)
        return RpcParam(name, type_, value, output, default), end
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[data[position:end]] = name, type_, read, output, default
    value, end = read(data, end)
    return RpcParam(name, type_, value, output, default), end
