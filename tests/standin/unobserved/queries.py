"""Queries and changes: orders that nobody states, joins, identities, clocks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler.walk import leaves, nodes

from .corpus import Script, scripts
from .reading import equated, fixes_a_key, procedures, sources, writes
from .rule import rule
from .schema import tables

AGGREGATES = {"COUNT", "COUNT_BIG", "SUM", "MIN", "MAX", "AVG", "STDEV", "STRING_AGG"}


# ---------------------------------------------------------------- orders


@rule(
    "Without `ORDER BY` the order is PostgreSQL's",
    avoids="What a client gets has an `ORDER BY`, or is one row.",
    breaks="CREATE PROCEDURE dbo.p AS SELECT c.CouponCode FROM dbo.Coupons AS c;",
    keeps="CREATE PROCEDURE dbo.p AS SELECT c.CouponCode FROM dbo.Coupons AS c ORDER BY"
    " c.CouponCode;",
    seen={
        **dict.fromkeys(
            (
                "procedures/internal/sp_i_AnswerRedemption.sql",
                "procedures/service/sp_ChangeSubscriptionTier.sql",
                "procedures/service/sp_DeductCredits.sql",
                "procedures/service/sp_GrantPerpetualLicense.sql",
                "procedures/service/sp_ReverseRedemption.sql",
                "procedures/service/sp_StartSubscription.sql",
            ),
            "one stored answer, which is one object of JSON",
        ),
    },
)
def states_no_order(script: Script) -> Iterator[tree.Node]:
    roots = [each.body for each in procedures(script)]
    for node in nodes(roots):
        if isinstance(node, tree.SelectStatement) and not is_ordered(node.query):
            yield node


def is_ordered(query: tree.Query) -> bool:
    return bool(
        query.order
        or is_one_row(query)
        or (isinstance(query, tree.Select) and any(each.variable for each in query.items))
    )


def is_one_row(query: tree.Query | None) -> bool:
    if not isinstance(query, tree.Select):
        return False
    if query.for_json is not None or not query.sources:
        return True
    if isinstance(query.top, tree.Top) and getattr(query.top.count, "value", "") == "1":
        return True
    aggregates = not query.group and any(
        isinstance(node, tree.Function) and node.name in AGGREGATES and node.over is None
        for item in query.items
        for node in _own(item.expr)
    )
    fixed = equated(query.where)
    return aggregates or all(
        is_single(each, fixed | _joined(query)) for one in query.sources for each in leaves(one)
    )


def _own(expr: tree.Expr) -> Iterator[tree.Node]:
    """The nodes of an expression that are of no subquery."""
    below = {id(n) for each in nodes(expr) if isinstance(each, tree.Query) for n in nodes(each)}
    return (each for each in nodes(expr) if id(each) not in below)


def _joined(query: tree.Select) -> set[str]:
    return {
        name
        for each in query.sources
        for node in nodes(each)
        if isinstance(node, tree.Join)
        for name in equated(node.on)
    }


def is_single(source: tree.Source, fixed: set[str]) -> bool:
    """Whether a source gives one row at most, for one row of those before it."""
    match source:
        case tree.ValuesSource():
            return len(source.rows) == 1
        case tree.DerivedSource():
            return is_one_row(source.query)
        case tree.TableSource():
            name = source.name.last.lower()
            if name in tables():
                return fixes_a_key(name, fixed)
            return bool(fixed & {"couponid", "couponcode", "campaignid", "userid"})
        case tree.FunctionSource():
            return gives_one_row(source.name.last.lower())
        case _:
            return False


def gives_one_row(function: str) -> bool:
    """Whether a function of couponry gives one row at most, by the form of its query."""
    if function not in _SINGLE:
        _SINGLE[function] = False
        _SINGLE[function] = is_one_row(defined().get(function))
    return _SINGLE[function]


_SINGLE: dict[str, bool] = {}


@cache
def defined() -> dict[str, tree.Query | None]:
    """The query of each function and view."""
    return {
        node.name.last.lower(): node.query
        for script in scripts()
        if script.name.startswith(("sql/functions", "views"))
        for batch in script.batches
        for node in batch.statements
        if isinstance(node, (tree.CreateFunction, tree.CreateView))
    }


# ---------------------------------------------------------------- changes


@rule(
    "A clock in the default of a column is read for each row",
    avoids="A statement that inserts several rows gives them their time.",
    breaks="INSERT INTO dbo.FunnelEvents (EventType) SELECT j.JobName FROM dbo.JobRuns AS j;",
    keeps="INSERT INTO dbo.FunnelEvents (EventType) VALUES (N'coupon_view');",
    seen={
        **dict.fromkeys(
            (
                "sql/seed/demo.sql",
                "sql/seed/reference.sql",
                "sql/seed/sample.sql",
                "sql/seed/settings.sql",
            ),
            "a seed: its rows are told apart by their keys, and nothing orders them by these times",
        ),
        "procedures/job/sp_SummariseUsage.sql": "`CreatedAt` of a summary is read by nothing but"
        " the export of a person's data",
    },
)
def leaves_out_clocks(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.Insert) and (table := tables().get(writes(node))) is not None:
            given = {each.lower() for each in node.columns}
            if given and _inserts_several(node):
                for name, column in table.columns.items():
                    if name not in given and any(
                        isinstance(each, tree.Function) and "DATETIME" in each.name
                        for each in nodes(column.default or [])
                    ):
                        yield node


def _inserts_several(node: tree.Insert) -> bool:
    if isinstance(node.source, list):
        return len(node.source) > 1
    return isinstance(node.source, tree.Query) and not is_one_row(node.source)


@rule(
    "`@@IDENTITY` sees the insertions of a procedure called only if",
    avoids="`SCOPE_IDENTITY()`, never `@@IDENTITY`.",
    breaks="DECLARE @a bigint = @@IDENTITY;",
    keeps="DECLARE @a bigint = SCOPE_IDENTITY();",
)
def reads_the_last_identity(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if isinstance(node, tree.SystemVariable) and node.name == "@@IDENTITY":
            yield node


@rule(
    "where a join finds several rows for one target",
    avoids="A joined `UPDATE` takes its values from one row: found by a key, grouped by it, or of a"
    " variable with a key.",
    breaks="UPDATE c SET c.CouponType = h.Status FROM dbo.Coupons AS c JOIN dbo.RedemptionHistory"
    " AS h ON h.CampaignId = c.CampaignId;",
    keeps="UPDATE c SET c.Status = v.s FROM dbo.Campaigns AS c JOIN (VALUES (N'a', N'b')) AS v (i,"
    " s) ON v.i = c.CampaignId;",
    seen={
        "sql/seed/sample.sql": "each person and coupon of the sample has one redemption with these"
        " keys",
        "procedures/internal/sp_i_ReadImportRows.sql": "sp_i_CheckCouponRows tells one fault a row",
    },
)
def updates_from_many(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        if not isinstance(node, tree.Update) or not isinstance(node.target, tree.Name):
            continue
        alias = node.target.last.lower()
        fixed = equated(node.where) | {
            name
            for each in node.sources
            for part in nodes(each)
            if isinstance(part, tree.Join)
            for name in equated(part.on)
        }
        for each in sources(node):
            own = (getattr(each, "alias", None) or "").lower()
            if own != alias and not _is_known_single(each, fixed):
                yield each


def _is_known_single(source: tree.Source, fixed: set[str]) -> bool:
    match source:
        case tree.ValuesSource() | tree.VariableSource():
            return True
        case tree.DerivedSource(query=tree.Select() as query) if query.group:
            return True
        case _:
            return is_single(source, fixed)
