"""FOR JSON PATH: one row as the text of a JSON object."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..casts.strings import literal
from ..errors import SqlError
from ..typed import Typed
from .json import json_of


@dataclass(slots=True)
class _Object:
    """Properties by name, in the order of their first mention."""

    members: dict[str, _Object | Typed] = field(default_factory=dict[str, "_Object | Typed"])


def for_json_row(columns: list[tuple[str, Typed]], include_null: bool = False) -> str:
    """PostgreSQL text of one row's object; dotted names nest, NULLs are left out unless asked for.

    SQL Server writes no blanks, and properties in the order of the columns.
    """
    root = _Object()
    for name, value in columns:
        _place(root, name, value)
    return _object(root, include_null)


def _place(root: _Object, name: str, value: Typed) -> None:
    steps = name.split(".")
    here = root
    for depth, step in enumerate(steps[:-1]):
        # A nested object is one run of columns: coming back to it later is the same conflict.
        found = here.members.get(step)
        if found is None:
            found = here.members[step] = _Object()
        elif not isinstance(found, _Object) or next(reversed(here.members)) != step:
            raise _conflict(".".join(steps[: depth + 1]) if depth else name)
        here = found
    if steps[-1] in here.members:
        raise _conflict(name)
    here.members[steps[-1]] = value


def _conflict(name: str) -> SqlError:
    return SqlError(
        13601,
        f"Property '{name}' cannot be generated in JSON output due to a conflict with another "
        "column name or alias. Use different names and aliases for each column in SELECT list.",
    )


def _object(node: _Object, include_null: bool) -> str:
    fixed = include_null or all(
        isinstance(member, Typed) and not member.nullable for member in node.members.values()
    )
    if fixed:
        parts = [
            _key(name, first=index == 0) + f" || {_member(member, include_null)}"
            for index, (name, member) in enumerate(node.members.items())
        ]
        return "('{' || " + " || ".join(parts) + " || '}')"
    parts = [
        f"{_key(name, first=True)} || {_optional(member)}" for name, member in node.members.items()
    ]
    return "('{' || concat_ws(',', " + ", ".join(parts) + ") || '}')"


def _member(member: _Object | Typed, include_null: bool) -> str:
    if isinstance(member, _Object):
        return _object(member, include_null)
    text = json_of(member)
    return f"coalesce({text}, 'null')" if member.nullable else text


def _optional(member: _Object | Typed) -> str:
    """NULL for a NULL, and for an object none of whose properties has a value."""
    if isinstance(member, _Object):
        return f"nullif({_object(member, False)}, '{{}}')"
    return json_of(member)


def _key(name: str, *, first: bool) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/")
    return literal(f'{"" if first else ","}"{escaped}":')
