"""A compact text of a tree: what the fixture files hold."""

from __future__ import annotations

import dataclasses

from couponry_standin.tsql import tree
from couponry_standin.types import SqlType


def dump(value: object) -> str:
    """``Binary(op='+', left=a, right=1)``: places and fields that say nothing are left out."""
    match value:
        case tree.Name():
            return ".".join(value.parts)
        case tree.Column():
            return dump(value.name)
        case tree.Variable() | tree.SystemVariable():
            return value.name
        case tree.Literal(kind="int"):
            return value.value
        case tree.Literal():
            return f"{value.kind}:{value.value!r}" if value.kind != "null" else "NULL"
        case tree.Star():
            return "*" if value.qualifier is None else f"{dump(value.qualifier)}.*"
        case SqlType():
            collation = f" {value.collation}" if value.collation else ""
            return f"<{value}{collation}>"
        case list() | tuple():
            return "[" + ", ".join(dump(each) for each in value) + "]"
        case tree.Node():
            return _node(value)
        case _:
            return repr(value)


def _node(node: tree.Node) -> str:
    parts: list[str] = []
    for field in dataclasses.fields(node):
        if field.name in ("line", "col", "text", "written"):
            continue
        content = getattr(node, field.name)
        if field.default_factory is not dataclasses.MISSING:
            default: object = field.default_factory()
        else:
            default = field.default
        if content == default or content is None or content == []:
            continue
        if default is dataclasses.MISSING and content is False:
            continue
        parts.append(f"{field.name}={dump(content)}")
    return f"{type(node).__name__}({', '.join(parts)})"
