"""Arguments of calls: from what a client or a caller gives to a machine's parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..tsql import tree
from ..tsql.compiler.table_types import check_argument
from ..tsql.conversion import assign
from ..tsql.errors import SqlError
from ..tsql.names import literal
from ..tsql.plan import GIVEN_FIRST, STATE, Plan, PlanParameter, are_packed
from ..tsql.typed import Typed, pg_type
from ..types import SqlType


class Argument(NamedTuple):
    """A value in text form with its type. ``name`` '' for a positional one."""

    name: str
    type: SqlType
    value: str | None
    output: bool = False
    is_default: bool = False


class Bound(NamedTuple):
    """The statement that enters a machine, its parameters, and where outputs go.

    Only what is given is a parameter of the statement; defaults stand in its text.
    ``outputs``: for each output parameter of the machine, the position of the argument that takes
    it (or None) and its type.
    """

    sql: str
    values: tuple[bytes | None, ...]
    outputs: list[tuple[int | None, PlanParameter]]


HEAD = ", ".join(
    f"${index}::{pg}" for index, pg in enumerate(("int4", "text[]", "text[]", *STATE.values()), 1)
)
"""What every machine is given first: see plan.py."""

_MOST_KEPT = 4096
_kept: dict[tuple[str, tuple[int | str | None, ...]], tuple[str, list[SqlType | None]]] = {}
"""The statements that enter machines, by the function and, of each parameter, the identity of the
type given or the default. The types are kept beside them: a type is the same object at every call,
and hashing it costs more."""


def bind(plan: Plan, arguments: list[Argument], called: str = "", *, statement: str = "") -> Bound:
    """Match arguments to parameters as EXEC does, with SQL Server's errors.

    ``called`` names the procedure in errors where the plan has no name.
    """
    parameters = plan.parameters
    chosen: list[tuple[int, Argument] | None] = [None] * len(parameters)
    names = plan.places
    short = plan.name.rpartition(".")[2] or called
    for position, argument in enumerate(arguments):
        if argument.name:
            index = names.get(argument.name.lower())
            if index is None:
                raise SqlError(
                    8145, f"{argument.name} is not a parameter for procedure {short}.", state=2
                )
        else:
            index = position
            if index >= len(parameters):
                raise SqlError(
                    8144,
                    f"Procedure or function {short} has too many arguments specified.",
                    state=2,
                )
        if chosen[index] is not None:
            raise SqlError(
                8143, f"Parameter '{parameters[index].name}' was supplied multiple times."
            )
        chosen[index] = (position, argument)
    values: list[bytes | None] = []
    types: list[SqlType | None] = []
    marks: list[int | str | None] = []
    outputs: list[tuple[int | None, PlanParameter]] = []
    for parameter, given in zip(parameters, chosen, strict=True):
        position: int | None = None
        if given is None or given[1].is_default:
            if not parameter.has_default and not short:
                declared = ",".join(f"{each.name} {each.type}" for each in parameters)
                raise SqlError(
                    8178,
                    f"The parameterized query '({declared}){statement}' expects the parameter"
                    f" '{parameter.name}', which was not supplied.",
                )
            if not parameter.has_default:
                raise SqlError(
                    201,
                    f"Procedure or function '{short}' expects parameter '{parameter.name}', which"
                    " was not supplied.",
                    state=4,
                )
            types.append(None)
            marks.append(parameter.default)
        else:
            argument = given[1]
            if argument.output:
                if not parameter.output:
                    raise SqlError(
                        8162,
                        f'The formal parameter "{parameter.name}" was not declared as an OUTPUT'
                        " parameter, but the actual parameter passed in requested output.",
                        state=2,
                    )
                position = given[0]
            types.append(argument.type)
            marks.append(id(argument.type))
            values.append(None if argument.value is None else argument.value.encode())
        if parameter.output:
            outputs.append((position, parameter))
    key = plan.function, tuple(marks)
    known = _kept.get(key)
    if known is None:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        known = _kept[key] = enter_sql(plan, types), types
    return Bound(known[0], tuple(values), outputs)


def enter_sql(plan: Plan, types: list[SqlType | None]) -> str:
    """``types``: of each parameter the type given, None where its default holds."""
    items: list[str] = []
    index = GIVEN_FIRST
    for parameter, type_ in zip(plan.parameters, types, strict=True):
        pg = parameter.pg
        if type_ is None:
            default = "NULL" if parameter.default is None else literal(parameter.default)
            items.append(
                f"{default}::text::{pg}" if parameter.type.table is None else f"NULL::{pg}"
            )
            continue
        index += 1
        if parameter.type.table is not None or type_.table is not None:
            if type_.table != "":
                wanted = parameter.type.table or parameter.type.name
                check_argument(type_.table or type_.name, wanted, tree.Node(1, 1))
            items.append(f"${index}::{pg}")
            continue
        if type_.name == "null":
            items.append(f"${index}::{pg}")
            continue
        given = Typed(f"(${index}::{pg_type(type_)})", type_, pg_type(type_))
        try:
            items.append(assign(given, parameter.type))
        except SqlError:
            raise SqlError(
                8114,
                f"Error converting data type {type_.name} to {parameter.type.name}.",
                state=5,
            ) from None
    if are_packed(plan.parameters):
        items = [f"ARRAY[{', '.join(f'({item})::text' for item in items)}]::text[]"]
    listed = "".join(f", {item}" for item in items)
    return f"SELECT * FROM {plan.function}({HEAD}{listed})"


def resume_sql(plan: Plan) -> str:
    listed = ", NULL" * (1 if are_packed(plan.parameters) else len(plan.parameters))
    return f"SELECT * FROM {plan.function}({HEAD}{listed})"


def array_text(items: list[str | None]) -> bytes:
    """A PostgreSQL text array."""
    parts = [
        "NULL" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for item in items
    ]
    return ("{" + ",".join(parts) + "}").encode()


def rows_text(rows: Iterable[tuple[str | None, ...]]) -> str:
    """A PostgreSQL array of rows."""
    return array_text([row_text(row) for row in rows]).decode()


def row_text(row: tuple[str | None, ...]) -> str:
    items = [
        "" if item is None else '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
        for item in row
    ]
    return "(" + ",".join(items) + ")"


def array_items(text: str) -> list[str | None]:
    """The items of a one-dimensional PostgreSQL text array."""
    items: list[str | None] = []
    index, end = 1, len(text) - 1
    while index < end:
        if text[index] == '"':
            index += 1
            piece: list[str] = []
            while text[index] != '"':
                if text[index] == "\\":
                    index += 1
                piece.append(text[index])
                index += 1
            items.append("".join(piece))
            index += 2
        else:
            stop = text.find(",", index)
            stop = end if stop < 0 else stop
            word = text[index:stop]
            items.append(None if word == "NULL" else word)
            index = stop + 1
    return items
