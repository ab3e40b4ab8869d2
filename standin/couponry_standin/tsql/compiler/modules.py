"""Whole modules and batches: from their trees to plans."""

from __future__ import annotations

from typing import Any

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, ColumnDoc, ObjectDoc, type_to_doc
from ..conversion import assign, store
from ..errors import NotSupported, SqlError
from ..names import mangle, quote, variable
from ..plan import Code, Plan, PlanParameter
from ..typed import Typed, column_pg_type, pg_type
from . import calls, walk
from .code import CodeLines, digest
from .coverage import Coverage
from .expressions import Expressions
from .inline import Inline
from .machine import DIAGNOSTICS, Machine
from .queries import Queries
from .scope import BoundColumn, BoundSource, Scope
from .unit import Unit

CODE_SCHEMA = "tsql_code"

STATE_TEXT = (
    "ARRAY[_trancount, _doomed::int4, _nocount::int4, _xact_abort::int4, _rowcount, _error, _h,"
    " _transaction::int4, _outer_try::int4, _nestlevel, _lock_timeout, _identity]::int8[]::text"
)

VARIABLES = (
    "_trancount int4 := _st[1]; _doomed bool := _st[2] = 1; _nocount bool := _st[3] = 1;"
    " _xact_abort bool := _st[4] = 1; _rowcount int4 := _st[5]; _error int4 := _st[6];"
    " _h int4 := _st[7]; _transaction bool := _st[8] = 1; _outer_try bool := _st[9] = 1;"
    " _nestlevel int4 := _st[10]; _lock_timeout int4 := _st[11]; _identity numeric := _st[12];"
    " _dirty bool := false; _rc int4 := 0; _c bool; _a text; _e text[]; _r record;"
    " _x1 text; _x2 text; _x3 text; _x4 text; _x5 text; _x6 text; _x7 text; _x8 text; _x9 text;"
    " _x10 text;"
)


# ---------------------------------------------------------------- machines


def compile_procedure(
    node: tree.CreateProcedure, full_name: str, catalog: Catalog, resolver: calls.Resolver
) -> Plan:
    """Compile a procedure: its machine, and its inline function where it can have one."""
    parameters = plan_parameters(node.parameters)
    body = node.body
    plan = _compile(full_name, parameters, body, catalog, resolver, module=True)
    if not any(
        isinstance(each, (tree.TryCatch, tree.Transaction, tree.RaisError, tree.Print))
        for each in walk.nodes(body)
    ):
        try:
            _compile_inline(plan, full_name, parameters, body, catalog, resolver)
        except NotSupported:
            plan.inline = None
    return plan


def compile_batch(
    batch: tree.Batch,
    parameters: list[PlanParameter],
    catalog: Catalog,
    resolver: calls.Resolver,
) -> Plan:
    """Compile a batch; its parameters are those of sp_executesql."""
    return _compile("", parameters, batch.statements, catalog, resolver, module=False)


def _compile(
    name: str,
    parameters: list[PlanParameter],
    body: list[tree.Statement],
    catalog: Catalog,
    resolver: calls.Resolver,
    *,
    module: bool,
) -> Plan:
    if len(parameters) > 94:
        raise SqlError(2717, f"The size of the parameter list ({len(parameters)}) exceeds 94.")
    unit = Unit(catalog, name)
    for parameter in parameters:
        unit.declare(parameter.name, parameter.type)
    unit.uses_identity = not module or asks_identity(body)
    machine = Machine(unit, Coverage(body, module=module), resolver)
    machine.statements(body)
    machine.out.add("_rc := 0; _pc := -2; CONTINUE machine;")
    width = max([6, *(len(columns) for columns in machine.sets)])
    code = _assemble(machine, name, parameters, width)
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
        sets_lock_timeout=machine.sets_lock_timeout,
        sets_nocount=machine.sets_nocount,
    )


def asks_identity(body: list[tree.Statement]) -> bool:
    """Whether SCOPE_IDENTITY() or @@IDENTITY is read: then inserts bring the value back."""
    return any(
        isinstance(each, tree.Function)
        and each.name.upper() == "SCOPE_IDENTITY"
        or isinstance(each, tree.SystemVariable)
        and each.name == "@@IDENTITY"
        for each in walk.nodes(body)
    )


def _assemble(
    machine: Machine, name: str, parameters: list[PlanParameter], width: int
) -> Code:
    lines = CodeLines()
    lines.add("#variable_conflict use_column")
    lines.add("DECLARE")
    lines.add(VARIABLES)
    own = {parameter.name.lower() for parameter in parameters}
    for each in machine.unit.variables.values():
        if each.name.lower() not in own:
            lines.add(f"{each.sql} {each.pg}{'[]' if each.columns is not None else ''};")
    for each in machine.extra_variables:
        lines.add(each + ";")
    lines.add("BEGIN")
    frame = machine.frame_variables()
    if frame:
        lines.add("IF _pc > 0 THEN")
        for index, (sql, _) in enumerate(frame, 1):
            lines.add(f"{sql} := _frame[{index}];")
        lines.add("END IF;")
    lines.add("IF _in[1] = 'E' THEN")
    lines.add("_e := _in[2:7]; _error := _e[1]::int4;")
    lines.add("IF _h > 0 THEN _pc := _h; ELSIF _outer_try OR _xact_abort OR _in[8] = '1' THEN")
    lines.add("_pc := -1; ELSE")
    sets = " ".join(f"_{i} := _e[{i}];" for i in range(1, 7))
    lines.add(f"_0 := -2; {sets} RETURN NEXT; END IF; END IF;")
    lines.add("<<machine>> LOOP")
    if machine.abort_mode:
        lines.add("BEGIN")
    for block in machine.order:
        lines.add(f"IF _pc = {block.number} THEN")
        lines.extend(block.code)
        lines.add("END IF;")
    lines.add("IF _pc = -1 THEN")
    lines.add(f"_0 := 0; _1 := 'ERROR'; _4 := _e::text; _5 := {STATE_TEXT}; RETURN NEXT; RETURN;")
    lines.add("END IF;")
    outputs = [
        machine.unit.variables[parameter.name.lower()]
        for parameter in parameters
        if parameter.output
    ]
    from .body import text_of

    texts = ", ".join(["_rc::text", *(text_of(each.typed) for each in outputs)])
    lines.add(
        f"_0 := 0; _1 := 'DONE'; _4 := ARRAY[{texts}]::text[]::text; _5 := {STATE_TEXT};"
        " RETURN NEXT; RETURN;"
    )
    if machine.abort_mode:
        lines.add(f"EXCEPTION WHEN OTHERS THEN {DIAGNOSTICS}")
        lines.add(
            "_e := tsql.caught(_x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10,"
            f" {_literal(name)}, 0);"
        )
        lines.add("_error := _e[1]::int4; _rowcount := 0;")
        lines.add("IF _trancount > 0 THEN _doomed := true; END IF;")
        lines.add("IF _h > 0 THEN _pc := _h; ELSE _pc := -1; END IF;")
        lines.add("END;")
    lines.add("END LOOP;")
    lines.add("END")
    text = lines.text.replace("/*frame*/", machine.frame_text()).replace("/*state*/", STATE_TEXT)
    text = _pad(text, width)
    listed = "".join(
        f", {variable(parameter.name)} {pg_type(parameter.type)}" for parameter in parameters
    )
    outs = ", ".join(["_0 int2", *(f"_{i} text" for i in range(1, width + 1))])
    head = f"_pc int4, _frame text[], _in text[], _st int8[]{listed}) RETURNS TABLE ({outs})"
    return _code(mangle(name or "batch"), head, text, lines, name)


def _pad(text: str, width: int) -> str:
    parts = text.split("/*pad:")
    padded = [parts[0]]
    for part in parts[1:]:
        number, _, rest = part.partition("*/")
        padded.append(", NULL::text" * (width - int(number)) + rest)
    return "".join(padded)


def _code(stem: str, head: str, text: str, lines: CodeLines, module: str) -> Code:
    name = f'{CODE_SCHEMA}."{stem[:40].replace(chr(34), "")}_{digest(head + text)}"'
    create = (
        f"CREATE OR REPLACE FUNCTION {name}({head} LANGUAGE plpgsql AS $tsql$\n{text}\n$tsql$"
    )
    return Code(name, create, tuple(lines.lines), module)


def _literal(text: str) -> str:
    from ..names import literal

    return literal(text)


# ---------------------------------------------------------------- inline functions


def _compile_inline(
    plan: Plan,
    name: str,
    parameters: list[PlanParameter],
    body: list[tree.Statement],
    catalog: Catalog,
    resolver: calls.Resolver,
) -> None:
    unit = Unit(catalog, name)
    for parameter in parameters:
        unit.declare(parameter.name, parameter.type)
    unit.uses_identity = asks_identity(body)
    inline = Inline(unit, resolver, Coverage(body, module=True, inline=True))
    for node in body:
        inline.statement(node)
    lines = CodeLines()
    lines.add("#variable_conflict use_column")
    lines.add("DECLARE")
    lines.add("_error int4 := 0; _identity numeric; _r record; _c bool; _doomed bool := false;")
    lines.add("_nestlevel int4 := 0; _nocount bool := true; _lock_timeout int4; _e text[];")
    own = {parameter.name.lower() for parameter in parameters}
    for each in unit.variables.values():
        if each.name.lower() not in own:
            lines.add(f"{each.sql} {each.pg}{'[]' if each.columns is not None else ''};")
    for each in inline.extra_variables:
        lines.add(each + ";")
    lines.add("BEGIN")
    lines.add("_rc := 0; _rowcount := 0;")
    lines.extend(inline.out)
    lines.add("END")
    listed = "".join(
        f"{'INOUT ' if parameter.output else ''}{variable(parameter.name)}"
        f" {pg_type(parameter.type)}, "
        for parameter in parameters
    )
    head = f"{listed}_trancount int4, OUT _rc int4, OUT _rowcount int4)"
    code = _code(mangle(name) + "_in", head, lines.text, lines, name)
    plan.inline = code.name
    plan.inline_writes = inline.writes
    plan.inline_code.append(code)
    plan.composites.extend(inline.composites.values())
    plan.depends.update(unit.depends)


def compile_scalar_function(
    node: tree.CreateFunction, found_sql: str, full_name: str, catalog: Catalog,
    resolver: calls.Resolver,
) -> str:
    """CREATE FUNCTION text of a scalar function, as PL/pgSQL."""
    assert node.returns is not None
    unit = Unit(catalog, full_name)
    parameters = plan_parameters(node.parameters)
    for parameter in parameters:
        unit.declare(parameter.name, parameter.type)
    inline = ScalarBody(unit, resolver, Coverage(node.body, module=True, inline=True))
    inline.returns = node.returns
    for each in node.body:
        inline.statement(each)
    lines = [
        "#variable_conflict use_column",
        "DECLARE _rowcount int4 := 0; _error int4 := 0; _r record; _c bool; _rc int4;",
        "_trancount int4 := 0; _identity numeric; _doomed bool := false;",
    ]
    own = {parameter.name.lower() for parameter in parameters}
    for each in unit.variables.values():
        if each.name.lower() not in own:
            lines.append(f"{each.sql} {each.pg}{'[]' if each.columns is not None else ''};")
    lines += ["BEGIN", inline.out.text, "END"]
    listed = ", ".join(
        f"{variable(parameter.name)} {pg_type(parameter.type)}" for parameter in parameters
    )
    text = "\n".join(lines)
    return (
        f"CREATE OR REPLACE FUNCTION {found_sql}({listed}) RETURNS {pg_type(node.returns)}"
        f" LANGUAGE plpgsql STABLE AS $tsql$\n{text}\n$tsql$"
    )


class ScalarBody(Inline):
    """The body of a scalar function: RETURN gives its value, changes are refused by T-SQL."""

    returns: SqlType = SqlType("int")

    def _return(self, node: tree.Return) -> None:
        assert node.expr is not None
        typed = self.expressions.value(node.expr, Scope())
        self.out.add(f"RETURN {assign(typed, self.returns, line=node.line, col=node.col)};")
