"""SELECT that assigns variables from sources without a table: computed without a query.

``SELECT @a = n.Code FROM dbo.fn_Normalise(@x) AS n`` reads nothing if the function only computes.
PostgreSQL would set up a plan for it at every call; assignments cost a tenth of that. What a source
computes becomes PL/pgSQL variables, each before what reads it; a value that one place alone reads
stands in that place, one that nothing reads is not computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .. import tree
from ..conversion import assign, convert
from ..typed import NULL_TYPE, Typed, pg_type
from .expressions import Expressions
from .queries import Queries
from .scope import BoundColumn, BoundSource, Scope
from .singles import is_aggregate, own_nodes
from .trees import function_tree
from .unit import Unit, VariableInfo

if TYPE_CHECKING:
    from .body import Body


class Step(NamedTuple):
    """One computed value: the PL/pgSQL variable that holds it, and its text."""

    holder: str
    pg: str
    sql: str


def assign_computed(body: Body, query: tree.Select) -> bool:
    """Emit the assignments; False, and nothing done, where the query reads something."""
    if not _is_plain(query) or not all(_computes(each, body.unit) for each in query.sources):
        return False
    if any(item.variable is None for item in query.items):
        return False
    steps: list[Step] = []
    computation = Computation(body.unit, body.expressions, steps)
    scope = Scope()
    for each in query.sources:
        computation.bind(each, scope, Scope())
    targets = [body.unit.variable(item.variable or "", item.line, item.col) for item in query.items]
    changed = {target.sql for target in targets}
    texts: list[str] = []
    for item, target in zip(query.items, targets, strict=True):
        assert target.type is not None
        typed = body.expressions.value(item.expr, scope)
        text = assign(typed, target.type, line=item.line, col=item.col)
        texts.append(f"{target.sql} := {text};")
    kept, texts = _settled(steps, texts, changed)
    body.unit.touch({target.name.lower() for target in targets})

    def emit() -> None:
        body.flush()
        for step in kept:
            body.unit.extra(f"{step.holder} {step.pg}")
            body.out.add(f"{step.holder} := {step.sql};")
        for text in texts:
            body.out.add(text)
        if body.is_counted:
            body.out.add("_rowcount := 1;")

    body.guard(emit)
    return True


def _settled(
    steps: list[Step], texts: list[str], changed: set[str]
) -> tuple[list[Step], list[str]]:
    """The steps that have to be made, and the texts with what is computed in their places."""
    kept: list[Step] = []
    for index in range(len(steps) - 1, -1, -1):
        step = steps[index]
        later = [*(each.sql for each in kept), *texts]
        uses = sum(text.count(step.holder) for text in later)
        if uses == 0:
            continue
        if uses > 1 or any(name in step.sql for name in changed):
            kept.insert(0, step)
            continue
        kept = [each._replace(sql=each.sql.replace(step.holder, step.sql)) for each in kept]
        texts = [text.replace(step.holder, step.sql) for text in texts]
    return kept, texts


class Computation:
    """Binds sources that only compute to the steps that compute them."""

    def __init__(self, unit: Unit, expressions: Expressions, steps: list[Step]) -> None:
        self.unit = unit
        self.expressions = expressions
        self.steps = steps

    def bind(self, node: tree.Source, scope: Scope, around: Scope) -> None:
        """Add a source to a scope; ``around``: what its own texts may read."""
        match node:
            case tree.Join():
                self.bind(node.left, scope, around)
                self.bind(node.right, scope, scope if node.kind == "CROSS APPLY" else around)
            case tree.ValuesSource():
                values = [self._held(item, around) for item in node.rows[0]]
                scope.add(_bound(node.alias, list(zip(node.columns, values, strict=True))))
            case tree.DerivedSource(query=tree.Select() as query):
                found = self._columns(query, around)
                names = node.columns or [name for name, _ in found]
                values = [typed for _, typed in found]
                scope.add(_bound(node.alias, list(zip(names, values, strict=True))))
            case tree.FunctionSource():
                scope.add(_bound(node.alias or node.name.last, self._called(node, around)))
            case _:
                raise AssertionError(node)

    def _columns(self, query: tree.Select, around: Scope) -> list[tuple[str, Typed]]:
        inner = Scope(around)
        for each in query.sources:
            self.bind(each, inner, Scope(around))
        return [(_name(item), self._held(item.expr, inner)) for item in query.items]

    def _called(self, node: tree.FunctionSource, around: Scope) -> list[tuple[str, Typed]]:
        found = self.unit.catalog.object(node.name)
        assert found is not None
        self.unit.use(found, "SELECT")
        function = function_tree(found)
        variables: dict[str, VariableInfo] = {}
        for arg, parameter in zip(node.args, function.parameters, strict=True):
            assert parameter.type is not None
            typed = convert(
                self.expressions.value(arg, around),
                parameter.type,
                implicit=True,
                line=arg.line,
                col=arg.col,
            )
            pg = pg_type(parameter.type)
            sql = typed.sql if typed.pg == pg and typed.sql != "NULL" else f"({typed.sql})::{pg}"
            if not isinstance(arg, (tree.Literal, tree.Variable)):
                sql = self._step(sql, pg)
            variables[parameter.name.lower()] = VariableInfo(
                parameter.name, parameter.type, sql, pg
            )
        inner = self.unit.expansion(found, variables)
        expressions = Expressions(inner)
        Queries(inner, expressions)
        body = Computation(inner, expressions, self.steps)
        assert isinstance(function.query, tree.Select)
        return body._columns(function.query, Scope())

    def _held(self, expr: tree.Expr, scope: Scope) -> Typed:
        typed = self.expressions.value(expr, scope)
        if typed.type == NULL_TYPE or isinstance(expr, (tree.Literal, tree.Column)):
            return typed
        holder = self._step(typed.sql, typed.pg)
        return typed.replace(sql=holder, constant=None, choices=())

    def _step(self, sql: str, pg: str) -> str:
        # With the type in it: the next statement may use the same variables.
        holder = f'"step${len(self.steps) + 1}${pg}"'
        self.steps.append(Step(holder, pg, sql))
        return holder


def _bound(alias: str, columns: list[tuple[str, Typed]]) -> BoundSource:
    return BoundSource(alias, [BoundColumn(name, typed) for name, typed in columns], single=True)


def _name(item: tree.SelectItem) -> str:
    if item.alias is not None:
        return item.alias
    return item.expr.name.last if isinstance(item.expr, tree.Column) else ""


def _computes(node: tree.Source, unit: Unit) -> bool:
    match node:
        case tree.Join(kind="CROSS" | "CROSS APPLY", on=None):
            return _computes(node.left, unit) and _computes(node.right, unit)
        case tree.ValuesSource(rows=[row]):
            return len(row) == len(node.columns)
        case tree.DerivedSource(query=tree.Select() as query):
            return _is_table(query, node.columns, unit)
        case tree.FunctionSource(columns=[]):
            found = unit.catalog.object(node.name)
            if found is None or found.type != "IF" or found.object_id in unit.expanding:
                return False
            function = function_tree(found)
            parameters, query = function.parameters, function.query
            if len(node.args) != len(parameters) or any(each.type is None for each in parameters):
                return False
            if any(isinstance(each, tree.Default) for each in node.args):
                return False
            return isinstance(query, tree.Select) and _is_table(query, [], unit)
        case _:
            return False


def _is_table(query: tree.Select, names: list[str], unit: Unit) -> bool:
    """Whether a query computes one row, with a name for each of its columns."""
    if not _is_plain(query) or not all(_computes(each, unit) for each in query.sources):
        return False
    given = [name.lower() for name in names or (_name(item) for item in query.items)]
    return len(given) == len(query.items) == len(set(given)) and all(given)


def _is_plain(query: tree.Select) -> bool:
    """Whether a query has a row for each row of its sources, and shows nothing but values."""
    bare = tree.Select(query.line, query.col, items=query.items, sources=query.sources)
    return query == bare and not any(
        isinstance(each, tree.Star)
        or is_aggregate(each)
        or (isinstance(each, tree.Function) and each.over is not None)
        for item in query.items
        for each in own_nodes(item.expr)
    )
