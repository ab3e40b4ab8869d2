"""Texts with places for arguments: FORMATMESSAGE."""

from __future__ import annotations

from ...types import nvarchar
from ..messages import message_arguments
from ..typed import Typed
from .registry import Call, Family

FORMATS = Family()


@FORMATS.define("FORMATMESSAGE", 1, 21)
def _format_message(call: Call) -> Typed:
    if not call.args[0].type.is_string:
        raise call.refuse("FORMATMESSAGE of a number")
    args = message_arguments(call.args[1:], call.line, call.col)
    sql = f"tsql.format_message({call.text(0)}, {args})"
    return call.result(sql, nvarchar(2048), nullable=True)


# FORMAT follows .NET's format strings and cultures; half of it would be a trap.
FORMATS.refuse("FORMAT")
