"""JSON functions, and the columns of OPENJSON … WITH."""

from __future__ import annotations

from ...types import INT, MAX, SqlType, nvarchar
from .. import tree
from ..casts.strings import literal
from ..collation import as_text
from ..conversion import convert
from ..errors import SqlError
from ..shortcuts import escaped
from ..typed import Typed, pg_type
from .registry import Call, Family

JSON = Family()


def parse_path(path: str, line: int = 1, col: int = 1) -> tuple[bool, list[str]]:
    """``strict $.a."b c"[0]`` as (strict, ['a', 'b c', '0']); 13607 when it is no path."""
    place, strict = 0, False
    text = path.lstrip(" ")
    place = len(path) - len(text)
    for word in ("lax", "strict"):
        if text.startswith(word + " "):
            strict = word == "strict"
            rest = text[len(word) :].lstrip(" ")
            place += len(text) - len(rest)
            break
    if place >= len(path) or path[place] != "$":
        raise _bad_path(path, place, line, col)
    place += 1
    steps: list[str] = []
    while place < len(path):
        if path[place] == "." and path[place + 1 : place + 2] == '"':
            end = path.find('"', place + 2)
            if end < 0:
                raise _bad_path(path, len(path), line, col)
            steps.append(path[place + 2 : end])
            place = end + 1
        elif path[place] == ".":
            end = place + 1
            while end < len(path) and (path[end].isalnum() or path[end] in "_$"):
                end += 1
            if end == place + 1:
                raise _bad_path(path, end, line, col)
            steps.append(path[place + 1 : end])
            place = end
        elif path[place] == "[":
            end = path.find("]", place)
            if end < 0 or not path[place + 1 : end].isdigit():
                raise _bad_path(path, place + 1, line, col)
            steps.append(path[place + 1 : end])
            place = end + 1
        else:
            raise _bad_path(path, place, line, col)
    return strict, steps


def _bad_path(path: str, place: int, line: int, col: int) -> SqlError:
    char = path[place] if place < len(path) else "."
    return SqlError(
        13607,
        f"JSON path is not properly formatted. Unexpected character '{char}' is found at position "
        f"{place}.",
        state=3,
        line=line,
        col=col,
    )


def path_array(steps: list[str]) -> str:
    """The steps as a PostgreSQL text array constant."""
    quoted = ",".join('"' + step.replace("\\", "\\\\").replace('"', '\\"') + '"' for step in steps)
    return "'{" + quoted.replace("'", "''") + "}'::text[]"


def _arguments(call: Call, index: int) -> str:
    """The path of JSON_VALUE and the like as two arguments: the steps, and strict."""
    if len(call.args) <= index:
        return "'{}'::text[], false"
    constant = call.args[index].constant
    if isinstance(constant, str):
        strict, steps = parse_path(constant, call.line, call.col)
        return f"{path_array(steps)}, {str(strict).lower()}"
    text = call.text(index)
    return f"tsql.json_path({text}), tsql.json_strict({text})"


@JSON.define("ISJSON", 1)
def _isjson(call: Call) -> Typed:
    if call.function.keyword is None:
        return call.result(f"tsql.isjson({call.text(0)})", INT)
    text = call.text(0)
    return call.result(f"({text} IS JSON {call.function.keyword})::int4", INT)


@JSON.define("JSON_PATH_EXISTS", 2)
def _json_path_exists(call: Call) -> Typed:
    sql = f"tsql.json_path_exists({call.text(0)}, {_arguments(call, 1)})"
    return call.result(sql, INT, nullable=True)


@JSON.define("JSON_ARRAY", 0, None)
def _json_array(call: Call) -> Typed:
    keeps = call.function.keyword == "NULL"
    return Typed(
        _members("[", [_member(each, keeps) for each in call.args], "]"), JSON_TEXT, "text"
    )


@JSON.define("JSON_OBJECT", 0, None)
def _json_object(call: Call) -> Typed:
    keeps = call.function.keyword != "ABSENT"
    members: list[str] = []
    for place in range(0, len(call.args), 2):
        key = f"('\"' || {escaped(call.text(place))} || '\":')"
        members.append(f"({key} || {_member(call.args[place + 1], keeps)})")
    return Typed(_members("{", members, "}"), JSON_TEXT, "text", nullable=False)


def _member(value: Typed, keeps: bool) -> str:
    """A value; where NULL is not kept it makes the member NULL, which concat_ws leaves out."""
    return f"coalesce({json_of(value)}, 'null')" if keeps else json_of(value)


def _members(start: str, members: list[str], end: str) -> str:
    if not members:
        return f"'{start}{end}'::text"
    return f"('{start}' || concat_ws(',', {', '.join(members)}) || '{end}')"


def _document(call: Call) -> str:
    """The first argument: a string, and nothing that could be made one."""
    if not call.args[0].type.is_string and call.args[0].type.name != "null":
        raise call.invalid_argument(0)
    return call.text(0)


@JSON.define("JSON_VALUE", 2)
def _json_value(call: Call) -> Typed:
    sql = f"tsql.json_value({_document(call)}, {_arguments(call, 1)})"
    return call.result(sql, nvarchar(4000), nullable=True)


@JSON.define("JSON_QUERY", 1, 2)
def _json_query(call: Call) -> Typed:
    sql = f"tsql.json_query({_document(call)}, {_arguments(call, 1)})"
    return Typed(sql, JSON_TEXT, "text")


@JSON.define("JSON_MODIFY", 3)
def _json_modify(call: Call) -> Typed:
    value = call.args[2]
    path = call.args[1].constant
    append = isinstance(path, str) and path.lstrip().lower().startswith("append ")
    if isinstance(path, str):
        strict, steps = parse_path(path.lstrip()[7:] if append else path, call.line, call.col)
        arguments = f"{path_array(steps)}, {str(strict).lower()}, {str(append).lower()}"
    else:
        text = call.text(1)
        steps_of = f"tsql.json_path(tsql.json_target({text}))"
        arguments = (
            f"{steps_of}, tsql.json_strict(tsql.json_target({text})), tsql.json_appends({text})"
        )
    sql = f"tsql.json_modify({_document(call)}, {arguments}, {json_of(value)})"
    return Typed(sql, JSON_TEXT, "text")


JSON_TEXT = SqlType("nvarchar", MAX, precision=0)
"""The type of JSON_QUERY, JSON_MODIFY and a nested FOR JSON: nvarchar(max) that is JSON already.

The otherwise meaningless precision keeps it apart while it is a column of an inner query; any
conversion loses it, as any use of the value does in SQL Server.
"""


def is_json(type_: SqlType) -> bool:
    """True for what FOR JSON and JSON_MODIFY embed instead of quoting it."""
    return type_.name == "nvarchar" and type_.precision == 0


def json_of(value: Typed) -> str:
    """A value as JSON text: NULL stays NULL."""
    type_ = value.type
    if type_.name == "null":
        return "NULL::text"
    if is_json(type_):
        return value.sql
    if type_.name == "bit":
        return f"(CASE {value.sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)"
    if type_.name in ("money", "smallmoney"):
        return f"({value.sql})::numeric(19,4)::text"
    if type_.name in ("float", "real"):
        return f"tsql.float_text(({value.sql})::float8, {1 if type_.name == 'real' else 2})"
    if type_.is_number:
        return f"({value.sql})::text"
    if type_.is_binary:
        return f"('\"' || replace(encode({value.sql}, 'base64'), E'\\n', '') || '\"')"
    if type_.is_moment:
        text = convert(value, nvarchar(50), style=126)
        if type_.name == "datetimeoffset":
            return f"('\"' || regexp_replace({text.sql}, '\\+00:00$', 'Z') || '\"')"
        return f"('\"' || {text.sql} || '\"')"
    if type_.name == "uniqueidentifier":
        return f"('\"' || upper(({value.sql})::text) || '\"')"
    constant = value.constant
    if isinstance(constant, str) and constant.isascii() and _plain(constant):
        return literal(f'"{constant}"')
    return f"('\"' || {escaped(as_text(value))} || '\"')"


def _plain(text: str) -> bool:
    return text.isprintable() and not set(text) & {'"', "\\", "/"}


def _record_member(element: str, name: str, members: dict[str, str]) -> str:
    if len(name.encode()) > LONGEST_NAME:
        return f"tsql.json_member({element}, {literal(name)})"
    text = members.setdefault(name, '"_j"."' + name.replace('"', '""') + '"')
    # A string that only looks like an object costs a second look.
    return (
        f"(CASE WHEN left({text}, 1) IN ('{{', '[') AND json_typeof({element} -> {literal(name)})"
        f" IN ('object', 'array') THEN NULL ELSE {text} END)"
    )


LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""


def json_column(element: str, column: tree.JsonColumn, members: dict[str, str]) -> Typed:
    """A column of OPENJSON … WITH, read from one element (PostgreSQL type json).

    Plain members are left to ``members`` (by name, how it is read): all of them are taken out of
    the element at once, by the record that open_json makes of it.
    """
    strict, steps = (
        parse_path(column.path, column.line, column.col)
        if column.path is not None
        else (False, [column.name])
    )
    target: SqlType = column.type
    if column.as_json:
        if target.name != "nvarchar" or target.length != MAX:
            raise SqlError(
                13618,
                "AS JSON option can be specified only for column of nvarchar(max) type in WITH "
                "clause.",
                severity=15,
                line=column.line,
                col=column.col,
            )
        sql = f"tsql.json_fragment({element}, {path_array(steps)}, {str(strict).lower()})"
        return Typed(sql, target, "text")
    if strict:
        sql = f"tsql.json_scalar_strict({element}, {path_array(steps)})"
    elif len(steps) == 1 and not steps[0].isdigit():
        sql = _record_member(element, steps[0], members)
    else:
        sql = f"tsql.json_text({element} #> {path_array(steps)})"
    if target.is_binary:
        return Typed(f"tsql.base64_bytes({sql})", target, pg_type(target))
    return convert(
        Typed(sql, nvarchar(MAX), "text"), target, implicit=True, line=column.line, col=column.col
    )
