"""Procedures expanded into their callers: the statements stand where the call stood.

A call of a PL/pgSQL function costs: its variables are made anew, each argument is computed, a row
comes back and is taken apart. An internal procedure that a caller may call directly (inline.py) is
therefore compiled into the caller as a block. Its parameters are the caller's own variables where
nobody can tell, its constants are constants, and a RETURN leaves the block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...types import INT, SqlType
from .. import tree
from ..casts.strings import fits
from ..catalog import ObjectDoc
from ..conversion import assign
from ..names import variable as variable_sql
from ..plan import Plan, PlanParameter
from ..typed import Typed, pg_type
from . import walk
from .counts import Counts
from .coverage import Coverage
from .trees import definition
from .unit import Unit, VariableInfo

if TYPE_CHECKING:
    from .body import Body

SMALL = 24
"""Statements of a procedure that is expanded wherever it is called; larger ones are once."""

ROOM = 1500
"""Statements that one function may take in."""

OWN = frozenset({"@@ERROR", "@@NESTLEVEL", "@@LOCK_TIMEOUT", "@@FETCH_STATUS"})
"""What a procedure has of its own, so that it cannot stand in another's place."""


@dataclass(slots=True)
class Expansions:
    """What has been expanded into one function so far."""

    number: int = 0
    statements: int = 0
    done: set[int] = field(default_factory=set[int])

    def admit(self, found: ObjectDoc, size: int) -> bool:
        if self.statements + size > ROOM or (size > SMALL and found.object_id in self.done):
            return False
        self.done.add(found.object_id)
        self.statements += size
        self.number += 1
        return True


@dataclass(frozen=True, slots=True)
class Facts:
    """What a procedure's text says about its expansion."""

    size: int
    assigned: frozenset[str]
    leaves: bool
    """it has a RETURN"""
    answers: bool
    """some RETURN gives a code"""
    fits: bool
    asks_identity: bool


def facts_of(found: ObjectDoc, plan: Plan) -> Facts:
    known = found.cache.get("expansion")
    if isinstance(known, Facts):
        return known
    node = definition(found)
    assert isinstance(node, tree.CreateProcedure)
    everything = list(walk.nodes(node.body))
    known = Facts(
        sum(isinstance(each, tree.Statement) for each in everything),
        frozenset(walk.assigned(node.body)),
        any(isinstance(each, tree.Return) for each in everything),
        any(isinstance(each, tree.Return) and each.expr is not None for each in everything),
        not any(is_own(each) for each in everything)
        and all(each.type.table is None for each in plan.parameters),
        walk.asks_identity(node.body),
    )
    found.cache["expansion"] = known
    return known


def is_own(node: tree.Node) -> bool:
    """Whether something belongs to the procedure as such, and not to what surrounds it."""
    match node:
        case tree.SystemVariable():
            return node.name in OWN
        case tree.DeclareItem():
            return node.table is not None or node.type is None
        case tree.Name():
            return node.last.startswith("#")
        case tree.DeclareCursor() | tree.CursorAction() | tree.Fetch():
            return True
        case _:
            return False


def expand(
    body: Body,
    node: tree.Execute,
    found: ObjectDoc,
    plan: Plan,
    bound: list[tuple[str, tree.ExecuteArg | None]],
) -> bool:
    """Put the procedure's statements in the place of its call; False where a call has to stay."""
    if not body.may_expand or body.unit.isolation:
        return False
    facts = facts_of(found, plan)
    if not facts.fits or not body.expansions.admit(found, facts.size):
        return False
    call = Expansion(body, node, found, facts)
    for (text, arg), parameter in zip(bound, plan.parameters, strict=True):
        call.bind(parameter, text, arg)
    call.emit(plan)
    return True


class Expansion:
    """One call that is being expanded."""

    def __init__(self, body: Body, node: tree.Execute, found: ObjectDoc, facts: Facts) -> None:
        self.body = body
        self.node = node
        self.found = found
        self.facts = facts
        self.label = f"_x{body.expansions.number}"
        self.suffix = f"${body.expansions.number}"
        self.unit = Unit(body.unit.catalog, found.full_name, suffix=self.suffix)
        self.own: list[str] = []
        """declarations of parameters that need a variable of their own"""
        self.before: list[str] = []
        self.after: list[str] = []
        self.given = [
            each.expr.name.lower()
            for each in node.args
            if each.output and isinstance(each.expr, tree.Variable)
        ]
        """the caller's variables that take an output"""

    # ------------------------------------------------------------ parameters

    def bind(self, parameter: PlanParameter, text: str, arg: tree.ExecuteArg | None) -> None:
        source = None
        if arg is not None and isinstance(arg.expr, tree.Variable):
            source = self.body.unit.variable(arg.expr.name, arg.line, arg.col)
        name, type_ = parameter.name, parameter.type
        kept = name.lower() not in self.facts.assigned
        if arg is not None and arg.output:
            assert source is not None and source.type is not None
            if self.may_share(source, type_):
                self.share(name, type_, source)
                return
            self.copy(name, type_, text)
            typed = Typed(variable_sql(name + self.suffix), type_, pg_type(type_))
            back = assign(typed, source.type, line=arg.line, col=arg.col)
            self.after.append(f"{source.sql} := {back};")
            source.cell.touched = True
        elif kept and (arg is None or isinstance(arg.expr, tree.Literal)):
            self.unit.variables[name.lower()] = VariableInfo(name, type_, text, pg_type(type_))
        elif (
            kept
            and source is not None
            and source.name.lower() not in self.given
            and holds(source, type_)
        ):
            self.share(name, type_, source)
        else:
            self.copy(name, type_, text)

    def may_share(self, source: VariableInfo, type_: SqlType) -> bool:
        """Whether an OUTPUT parameter can be the caller's variable from the beginning.

        Not where an error could show the caller what the procedure had assigned before it.
        """
        name = source.name.lower()
        return (
            source.type == type_
            and self.given.count(name) == 1
            and name not in self.body.unit.watched
        )

    def share(self, name: str, type_: SqlType, source: VariableInfo) -> None:
        self.unit.variables[name.lower()] = VariableInfo(
            name, type_, source.sql, source.pg, cell=source.cell
        )

    def copy(self, name: str, type_: SqlType, text: str) -> None:
        info = self.unit.declare(name, type_)
        info.cell.touched = True
        self.before.append(f"{info.sql} := {text};")

    # ------------------------------------------------------------ the block

    def emit(self, plan: Plan) -> None:
        body, node = self.body, self.node
        callee = definition(self.found)
        assert isinstance(callee, tree.CreateProcedure)
        self.unit.uses_identity = facts_of(self.found, plan).asks_identity
        inner = body.inlined(self.unit, Coverage(callee.body, module=True, inline=True))
        inner.expands, inner.expansions = True, body.expansions
        inner.leave = f"EXIT {self.label};"
        inner.counts = Counts(callee.body, body.counts.is_live(node))
        for each in callee.body:
            inner.statement(each)
        body.composites.update(inner.composites)
        body.unit.depends.update(self.unit.depends)
        if node.return_variable is not None:
            variable = body.unit.variable(node.return_variable, node.line, node.col)
            assert variable.type is not None
            typed = Typed("_rc", INT, "int4")
            text = assign(typed, variable.type, line=node.line, col=node.col)
            self.after.append(f"{variable.sql} := {text};")
            variable.cell.touched = True

        def write() -> None:
            out = body.out
            body.flush()
            body.check_covered(plan)
            declared = self.declarations(inner.extra_variables)
            if declared:
                out.add("DECLARE")
                for each in declared:
                    out.add(each)
            out.add("BEGIN")
            if inner.counts.at_start:
                out.add("_rowcount := 0;")
            for each in self.before:
                out.add(each)
            if self.facts.leaves:
                out.add(f"<<{self.label}>> BEGIN")
            out.extend(inner.out, self.found.full_name)
            if len(inner.out) == 0:
                out.add("NULL;")
            if self.facts.leaves:
                out.add(f"END {self.label};")
            for each in self.after:
                out.add(each)
            out.add("END;")

        body.guard(write)

    def declarations(self, extra: list[str]) -> list[str]:
        lines = [
            f"{each.sql} {each.pg};"
            for each in self.unit.variables.values()
            if each.sql == variable_sql(each.name + self.suffix)
        ]
        if self.facts.answers or self.node.return_variable is not None:
            lines.append("_rc int4 := 0;")
        if self.unit.uses_identity:
            lines.append("_identity numeric; _scope_identity numeric;")
        return [*lines, *(f"{each};" for each in extra)]


def holds(source: VariableInfo, type_: SqlType) -> bool:
    """Whether every value of the variable is one of the type, as it is."""
    held = source.type
    if held is None or source.columns is not None:
        return False
    if held == type_:
        return True
    return (
        held.name == type_.name
        and held.name in ("varchar", "nvarchar")
        and held.is_binary_collated == type_.is_binary_collated
        and fits(held, type_)
    )
