"""Remote procedure calls: by name or by number, one or several in a message."""

from __future__ import annotations

import struct

from ..types import SqlType
from .batch import skip_headers
from .cursor import decode_utf16
from .errors import ProtocolError
from .events import Rpc, RpcCall, RpcParam
from .layout import DEFAULT, OUTPUT, START
from .packet import Reset
from .table import read_table
from .wiretype import TABLE, read_type, read_variant

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
        layout, is_announced = START, True
        while position < size:
            likely = layout.likely
            if likely is not None and data.startswith(likely.announced, position):
                layout = likely
            else:
                if _ends_call(data, position):
                    break
                found = layout.next(data, position)
                if found is None:
                    param, position = _own_type(data, position)
                    params.append(param)
                    layout, is_announced = START, False
                    continue
                layout = found
            value, position = layout.read(data, position + layout.size)
            # RpcParam(…), without the function of Python that a named tuple has around this.
            param = tuple.__new__(  # pyright: ignore[reportUnknownMemberType]
                RpcParam, (layout.name, layout.type, value, layout.output, layout.default)
            )
            params.append(param)
        alike = layout if is_announced else None
        calls.append(RpcCall(name, proc_id, tuple(params), options, execute, alike))
        if position >= size:
            return calls
        execute = data[position] != _NEXT_UNEXECUTED
        position += 1
        if position >= size:
            return calls


def _ends_call(data: bytes, position: int) -> bool:
    mark = data[position]
    if mark < _NEXT_CALL_OLD:
        return False
    if mark == _NEXT_CALL_OLD:
        # Before TDS 7.2 this byte ended a call; since then it may also be the length of a name of
        # 128 characters, which begins with an at sign.
        return data[position + 1 : position + 3] != b"@\0"
    return mark in (_NEXT_CALL, _NEXT_UNEXECUTED)


def _own_type(data: bytes, position: int) -> tuple[RpcParam, int]:
    """A table, or a value of a type that it brings along."""
    status_at = position + 1 + 2 * data[position]
    name = decode_utf16(data[position + 1 : status_at])
    output, default = bool(data[status_at] & OUTPUT), bool(data[status_at] & DEFAULT)
    if data[status_at + 1] == TABLE:
        table, end = read_table(data, status_at + 2)
        return RpcParam(name, SqlType("table"), table, output, default), end
    _, _, end = read_type(data, status_at + 1)
    type_, value, end = read_variant(data, end)
    return RpcParam(name, type_, value, output, default), end
