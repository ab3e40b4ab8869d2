"""Aggregates where they stand: whose they are, and what may not stand inside of them."""

from __future__ import annotations

from collections.abc import Callable

from .. import tree
from ..errors import SqlError
from ..typed import NULL_TYPE, Typed
from . import walk
from .scope import Scope
from .unit import Nulls

AGGREGATES = frozenset(
    [
        "COUNT",
        "COUNT_BIG",
        "SUM",
        "AVG",
        "MIN",
        "MAX",
        "STRING_AGG",
        "STDEV",
        "STDEVP",
        "VAR",
        "VARP",
        "APPROX_COUNT_DISTINCT",
    ]
)


def aggregate(node: tree.Function, scope: Scope, call: Callable[[], Typed]) -> Typed:
    """Compile an aggregate by ``call``; it is of the query whose columns it reads."""
    check_inside(node)
    before, reached = scope.inside_aggregate, scope.reached
    scope.inside_aggregate, scope.reached = True, []
    try:
        typed = call()
        read = scope.reached
    finally:
        scope.inside_aggregate, scope.reached = before, reached
    owner = scope
    if any(each is not scope for each in read):
        if len(read) > 1:
            raise SqlError(
                8124,
                "Multiple columns are specified in an aggregated expression containing an outer"
                " reference. If an expression being aggregated contains an outer reference, then"
                " that outer reference must be the only column referenced in the expression.",
                line=node.line,
                col=node.col,
            )
        # All that it reads are columns of queries around: the nearest of them aggregates.
        owner = next(each for each in scope.chain() if any(each is one for one in read))
    owner.aggregates_seen = True
    return typed


def check_inside(node: tree.Function) -> None:
    """130 and 4109: what no aggregate may be made of."""
    for each in walk.nodes([*node.args, *(item.expr for item in node.within_group)]):
        if isinstance(each, tree.Function) and each.over is not None:
            raise in_window(each)
        is_nested = isinstance(each, tree.Function) and each.name.upper() in AGGREGATES
        if is_nested or isinstance(each, tree.Query):
            raise SqlError(
                130,
                "Cannot perform an aggregate function on an expression containing an aggregate or a"
                " subquery.",
                severity=15,
                line=node.line,
                col=node.col,
            )


def check_window(node: tree.Function) -> None:
    """4109 and 5309: what no windowed function may be made of."""
    assert node.over is not None
    inside = [*node.args, *node.over.partition, *(item.expr for item in node.over.order)]
    for each in walk.nodes(inside):
        if isinstance(each, tree.Function) and each.over is not None:
            raise in_window(each)
    for item in node.over.order:
        if isinstance(item.expr, tree.Literal):
            is_number = item.expr.kind == "int"
            raise SqlError(
                5308 if is_number else 5309,
                "Windowed functions, aggregates and NEXT VALUE FOR functions do not support "
                + ("integer indices" if is_number else "constants")
                + " as ORDER BY clause expressions.",
                line=item.line,
                col=item.col,
            )


def check_group(expr: tree.Expr) -> None:
    """144 and 164: what GROUP BY may not group by."""
    parts = list(walk.nodes(expr))
    is_aggregate = any(
        isinstance(each, tree.Function) and each.over is None and each.name.upper() in AGGREGATES
        for each in parts
    )
    if is_aggregate or any(isinstance(each, tree.Query) for each in parts):
        raise SqlError(
            144,
            "Cannot use an aggregate or a subquery in an expression used for the group by list of"
            " a GROUP BY clause.",
            severity=15,
            line=expr.line,
            col=expr.col,
        )
    if not any(isinstance(each, tree.Column) for each in parts):
        raise SqlError(
            164,
            "Each GROUP BY expression must contain at least one column that is not an outer"
            " reference.",
            severity=15,
            line=expr.line,
            col=expr.col,
        )


def aggregate_in_from(node: tree.Select) -> SqlError:
    joins = (each for each in walk.nodes(node.sources) if isinstance(each, tree.Join))
    if any(each.kind.endswith("APPLY") for each in joins):
        return SqlError(
            4101,
            "Aggregates on the right side of an APPLY cannot reference columns from the left side.",
            severity=15,
            line=node.line,
            col=node.col,
        )
    return SqlError(
        1015,
        "An aggregate cannot appear in an ON clause unless it is in a subquery contained in a"
        " HAVING clause or select list, and the column being aggregated is an outer reference.",
        severity=15,
        line=node.line,
        col=node.col,
    )


def in_window(node: tree.Function) -> SqlError:
    return SqlError(
        4109,
        "Windowed functions cannot be used in the context of another windowed function or"
        " aggregate.",
        severity=15,
        line=node.line,
        col=node.col,
    )


def is_computed(node: tree.Expr) -> bool:
    """Whether SQL Server calls the result nullable whatever it is made of: sums, counts, ranks."""
    if isinstance(node, tree.Function):
        counted = node.over is not None or node.name.upper() in AGGREGATES
        return counted or node.name.upper() == "COALESCE"
    return isinstance(node, tree.Binary) and node.op in ("+", "-", "*", "/", "%")


def is_constant(node: tree.Expr) -> bool:
    """Whether nothing in it can differ from row to row, or is known only when it runs."""
    return all(
        isinstance(each, (tree.Literal, tree.Unary, tree.Binary, tree.Cast))
        or (isinstance(each, tree.Function) and each.name.upper() in FOLDED)
        for each in walk.nodes(node)
    )


FOLDED = frozenset(["ABS", "CEILING", "FLOOR", "LEN", "LOWER", "POWER", "ROUND", "SIGN", "UPPER"])
"""Functions whose value is known when all of theirs are."""


def whole_window(over: tree.Over, scope: Scope) -> tree.Over:
    """A window with what it takes over from the one of the WINDOW clause that it names."""
    if over.base is None:
        return over
    found = scope.windows.get(over.base.lower())
    if found is None:
        raise SqlError(
            5362, f"Window '{over.base}' is undefined.", severity=15, line=over.line, col=over.col
        )
    found = whole_window(found, scope)
    return tree.Over(
        over.line,
        over.col,
        over.partition or found.partition,
        over.order or found.order,
        over.frame or found.frame,
    )


def check_over(node: tree.Function, over: tree.Over) -> None:
    """What a function's window must have, and may not have."""
    name = node.name.upper()
    if name in UNFRAMED and over.frame:
        raise _window_problem(10752, f"The function '{name}' may not have a window frame.", node)
    if name in ORDERED and not over.order:
        message = f"The function '{name}' must have an OVER clause with ORDER BY."
        raise _window_problem(4112, message, node)
    if over.frame and not over.order:
        message = "Window frame with ROWS or RANGE must have an ORDER BY clause."
        raise _window_problem(10756, message, node)


def _window_problem(number: int, message: str, node: tree.Function) -> SqlError:
    return SqlError(number, message, severity=15, line=node.line, col=node.col)


UNFRAMED = frozenset(
    ["ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "PERCENT_RANK", "CUME_DIST", "LAG", "LEAD"]
)
"""Functions whose window has no frame."""

ORDERED = UNFRAMED | {"FIRST_VALUE", "LAST_VALUE"}
"""Functions that mean nothing without an order."""


def watch_nulls(node: tree.Function, args: list[Typed], nulls: Nulls) -> None:
    """Let an aggregate tell of the NULLs that it leaves out."""
    value = args[0]
    if node.keyword == "PIVOT":
        # The NULLs of its CASE are rows of other columns.
        return
    if node.name.upper() not in WARNING or not value.nullable or value.type == NULL_TYPE:
        return
    nulls.is_watched = True
    args[0] = value.replace(sql=f"coalesce({value.sql}, tsql.null_seen({value.sql}))")


WARNING = AGGREGATES - {"STRING_AGG", "APPROX_COUNT_DISTINCT"}
"""The aggregates that warn of NULLs."""
