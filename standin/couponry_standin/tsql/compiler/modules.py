"""Whole modules and batches: from their trees to plans."""

from __future__ import annotations

from dataclasses import dataclass

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, ColumnDoc, ObjectDoc
from ..conversion import assign
from ..errors import MOST_PARAMETERS, NotSupported, SqlError, too_many_parameters
from ..names import literal, mangle, variable
from ..plan import Composite, Plan, PlanParameter, are_packed
from ..typed import pg_type
from . import side_effects, table_types, table_variables, walk
from .assembly import assemble, declarations, function_code
from .blocks import STATUS
from .body import Body
from .code import CodeLines
from .counts import Counts
from .coverage import Coverage
from .inline import Inline
from .machine import Machine
from .parameters import plan_parameters, value_type
from .resolver import Resolver
from .rows import table_row_type
from .scope import Scope
from .unit import Nulls, Unit, VariableInfo

# ---------------------------------------------------------------- machines


def compile_procedure(
    node: tree.CreateProcedure,
    full_name: str,
    catalog: Catalog,
    resolver: Resolver,
    *,
    isolation: str = "",
) -> Plan:
    """Compile a procedure: its machine, and its inline function where it can have one."""
    parameters = plan_parameters(node.parameters, catalog)
    body = node.body
    plan = _compile(
        full_name, parameters, body, catalog, resolver, module=True, isolation=isolation
    )
    if (
        plan.missing is None
        and not are_packed(parameters)
        and not any(
            isinstance(each, (tree.TryCatch, tree.Transaction, tree.RaisError, tree.Print))
            for each in walk.nodes(body)
        )
    ):
        try:
            _compile_inline(plan, full_name, parameters, body, catalog, resolver, isolation)
        except NotSupported:
            plan.inline = None
    return plan


def compile_batch(
    batch: tree.Batch,
    parameters: list[PlanParameter],
    catalog: Catalog,
    resolver: Resolver,
    *,
    implicit: bool = False,
    isolation: str = "",
) -> Plan:
    """Compile a batch; its parameters are those of sp_executesql.

    ``implicit``: IMPLICIT_TRANSACTIONS is ON, statements begin a transaction where there is none.
    """
    return _compile(
        "",
        parameters,
        batch.statements,
        catalog,
        resolver,
        module=False,
        implicit=implicit,
        isolation=isolation,
    )


def _compile(
    name: str,
    parameters: list[PlanParameter],
    body: list[tree.Statement],
    catalog: Catalog,
    resolver: Resolver,
    *,
    module: bool,
    implicit: bool = False,
    isolation: str = "",
) -> Plan:
    if len(parameters) > MOST_PARAMETERS:
        raise too_many_parameters()
    unit = Unit(catalog, name, isolation=isolation, watched=walk.watched(body))
    unit.uses_identity = not module or walk.asks_identity(body)
    unit.nulls = None if module else Nulls()
    machine = Machine(unit, Coverage(body, module=module), resolver)
    machine.counts = Counts(body)
    declare_parameters(machine, parameters)
    machine.begins_implicitly(body, now=implicit)
    machine.statements(body)
    # The last block in the order: no other is in the way to the end.
    machine.out.add(f"_rc := {STATUS};")
    width = max([6, *(len(columns) for columns in machine.sets)])
    machine.places.check()
    code = assemble(machine, name, parameters, width)
    return Plan(
        name=name,
        function=code.name,
        parameters=parameters,
        width=width,
        sets=machine.sets,
        calls=machine.calls,
        host=machine.host,
        code=[code],
        composites=list(machine.composites.values()),
        depends=dict(unit.depends),
        needs=frozenset(unit.reads),
        begins=machine.begins,
        whole=machine.begins and machine.abort_mode and not machine.may_be_implicit,
        isolation=isolation,
        sets_lock_timeout=machine.sets_lock_timeout,
        missing=machine.missing,
        provisional=machine.missing is not None,
    )


def declare_parameters(body: Body, parameters: list[PlanParameter]) -> None:
    for parameter in parameters:
        if parameter.type.table is None:
            body.unit.declare(parameter.name, parameter.type).cell.touched = True
        else:
            table_types.declare_parameter(body, parameter)


def asks_state(body: list[tree.Statement]) -> bool:
    return any(
        isinstance(each, tree.Function) and each.name.upper() == "XACT_STATE"
        for each in walk.nodes(body)
    )


# ---------------------------------------------------------------- inline functions


def _compile_inline(
    plan: Plan,
    name: str,
    parameters: list[PlanParameter],
    body: list[tree.Statement],
    catalog: Catalog,
    resolver: Resolver,
    isolation: str,
) -> None:
    unit = Unit(catalog, name, isolation=isolation)
    unit.uses_identity = walk.asks_identity(body)
    inline = Inline(unit, Coverage(body, module=True, inline=True), resolver)
    inline.counts = Counts(body)
    declare_parameters(inline, parameters)
    for node in body:
        inline.statement(node)
    lines = CodeLines()
    lines.add("#variable_conflict use_column")
    lines.add("DECLARE")
    lines.add("_identity numeric; _scope_identity numeric;")
    lines.add("_error int4 := 0; _r record; _c bool; _doomed bool := false;")
    lines.add("_nestlevel int4 := 0; _nocount bool := true; _lock_timeout int4; _e text[];")
    if "_xact_abort" in inline.out.text:
        lines.add("_xact_abort bool := true;")
    for each in declarations(unit, parameters, inline.extra_variables):
        lines.add(each)
    lines.add("BEGIN")
    lines.add("_rc := 0; _rowcount := 0;")
    lines.extend(inline.out)
    lines.add("END")
    listed = "".join(
        f"{'INOUT ' if parameter.output else ''}{variable(parameter.name)} {parameter.pg}, "
        for parameter in parameters
    )
    head = f"{listed}_trancount int4, OUT _rc int4, OUT _rowcount int4)"
    code = function_code(mangle(name) + "_in", head, lines.text, lines, name)
    plan.inline = code.name
    # Where a transaction may be doomed, only a machine knows it.
    plan.inline_writes = inline.writes or asks_state(body)
    plan.inline_code.append(code)
    plan.composites.extend(inline.composites.values())
    plan.depends.update(unit.depends)


def compile_function(
    node: tree.CreateFunction,
    found_sql: str,
    full_name: str,
    catalog: Catalog,
    resolver: Resolver,
) -> FunctionCode:
    """A scalar function, or a table function of several statements, as PL/pgSQL."""
    side_effects.check(node)
    unit = Unit(catalog, full_name)
    for each in node.parameters:
        value_type(each, catalog)
    parameters = plan_parameters(node.parameters, catalog)
    for parameter in parameters:
        unit.declare(parameter.name, parameter.type).cell.touched = True
    inline = ScalarBody(unit, Coverage(node.body, module=True, inline=True), resolver)
    columns: list[ColumnDoc] = []
    if node.table is not None:
        table_variables.declare(inline, node.table)
        inline.result = unit.table_variable(node.table.name, node.line, node.col)
        columns = inline.result.columns or []
        returns = f"{inline.result.pg}[]"
    else:
        assert node.returns is not None
        inline.returns = node.returns
        returns = pg_type(node.returns)
    for each in node.body:
        inline.statement(each)
    lines = [
        "#variable_conflict use_column",
        "DECLARE _rowcount int4 := 0; _error int4 := 0; _r record; _c bool; _rc int4;",
        "_trancount int4 := 0; _identity numeric; _scope_identity numeric; _doomed bool := false;",
        "_lock_timeout int4;",
    ]
    if "_xact_abort" in inline.out.text:
        lines.append("_nocount bool := false; _xact_abort bool := false;")
    lines += declarations(unit, parameters, inline.extra_variables)
    lines += ["BEGIN", inline.out.text, "END"]
    used = [catalog.by_id(each) for each in unit.depends]
    return FunctionCode(
        function_text(found_sql, returns, parameters, lines),
        list(inline.composites.values()),
        columns,
        sorted(each.full_name for each in used if each is not None),
        [variable(parameter.name)[1:-1].replace('""', '"') for parameter in parameters],
        [pg_type(parameter.type) for parameter in parameters],
        returns,
    )


def broken_function(
    node: tree.CreateFunction, found: ObjectDoc, catalog: Catalog, error: SqlError
) -> str:
    """CREATE FUNCTION text of one that lacks what it stands on: whoever calls it hears of it."""
    raised = f"PERFORM tsql.raise({error.number}, {literal(error.message)}, {error.severity},"
    lines = ["BEGIN", f"{raised} {error.state});", "RETURN NULL;", "END"]
    if node.returns is not None:
        returns = pg_type(node.returns)
    else:
        returns = f"{table_row_type(found.columns).name}[]"
    return function_text(found.sql, returns, plan_parameters(node.parameters, catalog), lines)


def function_text(
    found_sql: str, returns: str, parameters: list[PlanParameter], lines: list[str]
) -> str:
    listed = ", ".join(
        f"{variable(parameter.name)} {pg_type(parameter.type)}" for parameter in parameters
    )
    text = "\n".join(lines)
    return (
        f"CREATE OR REPLACE FUNCTION {found_sql}({listed}) RETURNS {returns}"
        f" LANGUAGE plpgsql STABLE AS $tsql$\n{text}\n$tsql$"
    )


@dataclass(frozen=True, slots=True)
class FunctionCode:
    """What makes a function: its row types first.

    ``columns`` are those of the table that it gives, ``uses`` the objects that it stands on;
    ``names``, ``types`` and ``returns`` tell whether a function of its name may be replaced by it.
    """

    create: str
    composites: list[Composite]
    columns: list[ColumnDoc]
    uses: list[str]
    names: list[str]
    types: list[str]
    returns: str


class ScalarBody(Inline):
    """The body of a scalar function: RETURN gives its value, changes are refused by T-SQL."""

    is_function = True
    returns: SqlType = SqlType("int")
    result: VariableInfo | None = None
    """what a table function fills and returns"""

    def _return(self, node: tree.Return) -> None:
        if self.result is not None:
            if node.expr is not None:
                raise SqlError(
                    178,
                    "A RETURN statement with a return value cannot be used in this context.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            self.out.add(f"RETURN {self.result.sql};")
            return
        if node.expr is None:
            raise SqlError(
                456,
                "The last statement included within a function must be a return statement.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        typed = self.expressions.value(node.expr, Scope())
        self.out.add(f"RETURN {assign(typed, self.returns, line=node.line, col=node.col)};")
