"""EXEC: direct calls of inline functions, calls through the session, and system procedures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import INT, SqlType, nvarchar
from .. import tree
from ..catalog import ObjectDoc
from ..conversion import assign, convert
from ..errors import NotSupported, SqlError
from ..names import literal
from ..names import variable as variable_sql
from ..plan import CallArgument
from ..refused_procedures import REFUSED_PROCEDURES
from ..typed import NULL_TYPE, Typed, pg_type
from . import expansion, table_types
from .scope import Scope
from .texts import text_of

if TYPE_CHECKING:
    from .body import Body
    from .machine import Machine

LOCK_PROCEDURES = ("sp_getapplock", "sp_releaseapplock")


def system_name(name: tree.Name | None) -> str | None:
    """The lower-case name of a system procedure (sp_…, with or without sys), or None."""
    if name is None:
        return None
    if len(name.parts) == 1 or name.parts[-2].lower() in ("sys", ""):
        return name.last.lower()
    return None


def execute(machine: Machine, node: tree.Execute) -> None:
    assert node.procedure is not None
    found = machine.resolver.find(node.procedure)
    if found is None and system_name(node.procedure) in LOCK_PROCEDURES:
        application_lock(machine, node)
        return
    if found is None and (system_name(node.procedure) or "").upper() in REFUSED_PROCEDURES:
        raise NotSupported(f"the procedure {node.procedure.last}", node.line, node.col)
    if found is not None and machine.resolver.is_direct(node, machine.coverage):
        direct(machine, node, found)
        return
    through_session(machine, node, found)


# ---------------------------------------------------------------- through the session


def through_session(
    machine: Machine, node: tree.Execute, found: ObjectDoc | None, *, capture: int = 0
) -> int:
    """The machine stops, the session runs the procedure and comes back with what it gave.

    Gives the number of items in the answer; the rows that were to be captured come after them.
    """
    parameters = found.parameters if found is not None and found.type == "P" else []
    arguments: list[CallArgument] = []
    texts: list[str] = []
    outputs: list[tuple[str, SqlType]] = []
    if node.procedure is None:
        assert node.procedure_variable is not None
        named = machine.unit.variable(node.procedure_variable, node.line, node.col)
        texts.append(text_of(named.typed))
    for position, arg in enumerate(node.args):
        if isinstance(arg.expr, tree.Default):
            arguments.append(CallArgument(arg.name, INT, False, True))
            texts.append("NULL")
            continue
        table = table_types.argument(machine, arg.expr)
        if table is not None:
            type_ = SqlType("table", table=table.table_type)
            arguments.append(CallArgument(arg.name, type_, arg.output, False))
            texts.append(f"coalesce({table.sql}, '{{}}')::text")
            continue
        typed = machine.expressions.value(arg.expr, Scope())
        type_ = typed.type
        arguments.append(CallArgument(arg.name, type_, arg.output, False))
        texts.append(text_of(typed))
        if arg.output:
            if not isinstance(arg.expr, tree.Variable):
                raise SqlError(
                    179,
                    "Cannot use the OUTPUT option when passing a constant to a stored procedure.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            declared = next(
                (
                    parameter.type
                    for index, parameter in enumerate(parameters)
                    if (arg.name is None and index == position)
                    or (arg.name is not None and parameter.name.lower() == arg.name.lower())
                ),
                type_,
            )
            outputs.append((arg.expr.name, declared))
            if found is not None:
                # What comes back is taken as the type that the procedure declares now.
                machine.unit.use(found)
    machine.call(node.procedure, arguments, texts, node, capture=capture)
    # The answer: 'R', the return code, then the OUTPUT arguments in the order of the call.
    if node.return_variable is not None:
        machine.receive(node.return_variable, "_in[2]", INT, node)
    for index, (name, type_) in enumerate(outputs):
        machine.receive(name, f"_in[{index + 3}]", type_, node)
    return 2 + len(outputs)


# ---------------------------------------------------------------- direct calls


def bound_arguments(
    body: Body, node: tree.Execute, found: ObjectDoc
) -> list[tuple[str, tree.ExecuteArg | None]]:
    """One PostgreSQL argument a parameter, with the argument it came from."""
    parameters = found.parameters
    given: dict[str, tree.ExecuteArg] = {}
    for position, arg in enumerate(node.args):
        if arg.name is None:
            if position >= len(parameters):
                raise SqlError(
                    8144,
                    f"Procedure or function {found.name} has too many arguments specified.",
                    line=node.line,
                    col=node.col,
                )
            given[parameters[position].name.lower()] = arg
        else:
            if not any(each.name.lower() == arg.name.lower() for each in parameters):
                raise SqlError(
                    8145,
                    f"{arg.name} is not a parameter for procedure {found.name}.",
                    line=node.line,
                    col=node.col,
                )
            given[arg.name.lower()] = arg
    bound: list[tuple[str, tree.ExecuteArg | None]] = []
    for parameter in parameters:
        arg = given.get(parameter.name.lower())
        pg = pg_type(parameter.type) if parameter.type.table is None else ""
        table = table_types.argument(body, arg.expr) if arg is not None else None
        if table is not None or (parameter.type.table is not None and arg is not None):
            if table is None:
                given_name = body.expressions.value(arg.expr, Scope()).type.name if arg else ""
            else:
                given_name = table.table_type or "table"
            wanted = parameter.type.table or parameter.type.name
            table_types.check_argument(given_name, wanted, node)
            assert table is not None
            bound.append((f"coalesce({table.sql}, '{{}}')", arg))
            continue
        if parameter.type.table is not None:
            bound.append(("NULL", None))
            continue
        if arg is None or isinstance(arg.expr, tree.Default):
            if not parameter.has_default:
                raise SqlError(
                    201,
                    f"Procedure or function '{found.name}' expects parameter '{parameter.name}',"
                    " which was not supplied.",
                    state=4,
                    line=node.line,
                    col=node.col,
                )
            value = "NULL" if parameter.default is None else literal(parameter.default)
            bound.append((f"{value}::{pg}", None))
            continue
        if arg.output and not parameter.output:
            raise SqlError(
                8162,
                f'The formal parameter "{parameter.name}" was not declared as an OUTPUT parameter,'
                " but the actual parameter passed in requested output.",
                line=node.line,
                col=node.col,
            )
        typed = body.expressions.value(arg.expr, Scope())
        text = assign(typed, parameter.type, line=arg.line, col=arg.col)
        bound.append((f"({text})::{pg}" if typed.type == NULL_TYPE else text, arg))
    return bound


def direct(body: Body, node: tree.Execute, found: ObjectDoc) -> None:
    """Call the inline function of a procedure: no result sets, no transaction of its own."""
    plan = body.resolver.plan(found)
    body.unit.use(found, "EXECUTE")
    body.unit.depends.update(plan.depends)
    bound = bound_arguments(body, node, found)
    if expansion.expand(body, node, found, plan, bound):
        return
    texts = ", ".join(text for text, _ in bound)
    separator = ", " if texts else ""
    sets: list[str] = []
    for (_, arg), parameter in zip(bound, found.parameters, strict=True):
        if arg is not None and arg.output:
            if not isinstance(arg.expr, tree.Variable):
                raise SqlError(
                    179,
                    "Cannot use the OUTPUT option when passing a constant to a stored procedure.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            variable = body.unit.variable(arg.expr.name, arg.line, arg.col)
            variable.cell.touched = True
            assert variable.type is not None
            typed = Typed(
                f"_r.{variable_sql(parameter.name)}", parameter.type, pg_type(parameter.type)
            )
            sets.append(
                f"{variable.sql} := {assign(typed, variable.type, line=arg.line, col=arg.col)};"
            )
    if body.counts.is_live(node):
        sets.append("_rowcount := _r._rowcount;")
    if node.return_variable is not None:
        variable = body.unit.variable(node.return_variable, node.line, node.col)
        variable.cell.touched = True
        assert variable.type is not None
        typed = Typed("_r._rc", INT, "int4")
        sets.append(
            f"{variable.sql} := {assign(typed, variable.type, line=node.line, col=node.col)};"
        )

    def emit() -> None:
        body.flush()
        body.check_covered(plan)
        body.out.add(f"_r := {plan.inline}({texts}{separator}_trancount);")
        if sets:
            body.out.add(" ".join(sets))

    body.guard(emit)


# ---------------------------------------------------------------- application locks


def application_lock(body: Body, node: tree.Execute) -> None:
    """sp_getapplock and sp_releaseapplock are functions of the runtime."""
    assert node.procedure is not None
    name = node.procedure.last.lower()
    order = (
        ["@resource", "@lockmode", "@lockowner", "@locktimeout", "@dbprincipal"]
        if name == "sp_getapplock"
        else ["@resource", "@lockowner", "@dbprincipal"]
    )
    given: dict[str, tree.Expr] = {}
    if len(node.args) > len(order):
        raise SqlError(
            8144,
            f"Procedure or function {node.procedure.last} has too many arguments specified.",
            line=node.line,
            col=node.col,
        )
    for position, arg in enumerate(node.args):
        key = arg.name.lower() if arg.name is not None else order[position]
        if key not in order:
            raise SqlError(
                8145,
                f"{arg.name} is not a parameter for procedure {node.procedure.last}.",
                line=node.line,
                col=node.col,
            )
        given[key] = arg.expr

    def text(key: str, default: str, type_: SqlType) -> str:
        if key not in given or isinstance(given[key], tree.Default):
            return default
        typed = convert(
            body.expressions.value(given[key], Scope()),
            type_,
            implicit=True,
            line=node.line,
            col=node.col,
        )
        return typed.sql if type_ == INT else text_of(typed)

    resource = text("@resource", "NULL", nvarchar(255))
    owner = text("@lockowner", "'Transaction'", nvarchar(32))
    if name == "sp_getapplock":
        mode = text("@lockmode", "NULL", nvarchar(32))
        timeout = text("@locktimeout", "coalesce(_lock_timeout, -1)", INT)
        call = f"tsql.getapplock({resource}, {mode}, {owner}, ({timeout})::int4)"
    else:
        call = f"tsql.releaseapplock({resource}, {owner})"

    def emit() -> None:
        body.flush()
        body.out.add(f"_rc := {call};")
        if node.return_variable is not None:
            variable = body.unit.variable(node.return_variable, node.line, node.col)
            variable.cell.touched = True
            body.out.add(f"{variable.sql} := _rc;")

    body.guard(emit)
