"""T-SQL's built-in functions: their types and their PostgreSQL text."""

from __future__ import annotations

from .. import tree
from ..errors import SqlError
from ..typed import Typed
from .aggregates import AGGREGATES
from .calendar import CALENDAR, at_time_zone
from .for_json import for_json_row
from .formats import FORMATS
from .identifiers import IDENTIFIERS
from .json import JSON, JSON_TEXT, is_json, json_column, json_of
from .locks import LOCKS
from .logic import LOGIC
from .metadata import METADATA
from .moments import CLOCKS, MOMENTS
from .numbers import NUMBERS
from .registry import Builtin, Call, Context
from .security import SECURITY
from .strings import STRINGS
from .windows import WINDOWS

BUILTINS: dict[str, Builtin] = {
    name: builtin
    for family in (
        AGGREGATES,
        CALENDAR,
        FORMATS,
        IDENTIFIERS,
        JSON,
        LOCKS,
        LOGIC,
        METADATA,
        MOMENTS,
        NUMBERS,
        SECURITY,
        STRINGS,
        WINDOWS,
    )
    for name, builtin in family.items()
}
"""Every built-in by its upper-case name (system variables with their ``@@``)."""

_WINDOWED = frozenset(AGGREGATES) | frozenset(WINDOWS)


def call(function: tree.Function, args: list[Typed], context: Context) -> Typed:
    """Compile a call: 195 for an unknown function, 174 and 189 for a wrong number of arguments."""
    name = function.name.upper()
    builtin = BUILTINS.get(name)
    if builtin is None:
        if name.startswith("@@"):
            raise SqlError(
                137,
                f'Must declare the scalar variable "{function.name}".',
                severity=15,
                line=function.line,
                col=function.col,
            )
        raise SqlError(
            195,
            f"'{function.written or function.name}' is not a recognized built-in function name.",
            severity=15,
            state=10,
            line=function.line,
            col=function.col,
        )
    if not context.star:
        builtin.check_count(len(args), function.line, function.col)
    if context.over is not None and name not in _WINDOWED:
        raise SqlError(
            4113,
            f"The function '{function.name}' is not a valid windowing function, and cannot be "
            "used with the OVER clause.",
            line=function.line,
            col=function.col,
        )
    return builtin.emit(Call(function, args, context))


__all__ = [
    "BUILTINS",
    "CLOCKS",
    "JSON_TEXT",
    "Builtin",
    "Call",
    "Context",
    "at_time_zone",
    "call",
    "for_json_row",
    "is_json",
    "json_column",
    "json_of",
]
