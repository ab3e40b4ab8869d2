"""Types and values: fractions of a second, orders of letters, settings."""

from __future__ import annotations

from collections.abc import Iterator

from couponry_standin.tsql import tree

from .corpus import Script
from .reading import options
from .rule import rule, told
from .text import FREE, kind_of, together

FINE = ("datetime2", "time", "datetimeoffset")
CLOCKS = {"SYSUTCDATETIME", "SYSDATETIME", "SYSDATETIMEOFFSET"}
CARRYING = {*("DATEADD", "COALESCE", "ISNULL", "MAX", "MIN", "SWITCHOFFSET", "NULLIF")}


# ---------------------------------------------------------------- moments


@rule(
    "Fractions of a second have six digits",
    avoids="Times have three digits: columns, variables and parameters are `datetime2(3)`, and no"
    " clock is shown as it is.",
    breaks="CREATE PROCEDURE dbo.p AS SELECT DATEADD(DAY, 1, SYSUTCDATETIME()) AS Tomorrow;",
    keeps="CREATE PROCEDURE dbo.p AS SELECT CAST(SYSUTCDATETIME() AS datetime2(3)) AS Today;",
)
def shows_seven_digits(script: Script) -> Iterator[tree.Node]:
    inserted = {
        id(item)
        for node in script.all
        if isinstance(node, tree.Insert) and isinstance(node.source, tree.Select)
        for item in node.source.items
    }
    for node in script.all:
        match node:
            case tree.ColumnDefinition() | tree.DeclareItem() | tree.Parameter() | tree.Cast():
                type_ = node.type
                if type_ is not None and type_.name in FINE and (type_.scale or 0) > 6:
                    yield node
            case tree.SelectItem() if node.variable is None and id(node) not in inserted:
                if carries_a_clock(node.expr):
                    yield node
            case _:
                pass


def carries_a_clock(expr: tree.Expr | None) -> bool:
    """Whether the moment of a clock is the value of an expression, with all of its digits."""
    match expr:
        case tree.Function():
            return expr.name in CLOCKS or (
                expr.name in CARRYING and any(map(carries_a_clock, expr.args))
            )
        case tree.Case():
            return any(map(carries_a_clock, [expr.otherwise, *(then for _, then in expr.whens)]))
        case tree.AtTimeZone():
            return carries_a_clock(expr.operand)
        case _:
            return False


told(
    "A moment that is rounded up to the year 10000",
    why="Times are those of the clock and of offers; 9999-12-31 23:59:59.9996 is neither.",
)


# ---------------------------------------------------------------- texts


@rule(
    "letters of other alphabets by code point",
    avoids="Keys and codes are ordered by code point (`BIN2`), on both.",
    breaks="SELECT p.Name FROM dbo.Partners AS p ORDER BY p.Name;",
    keeps="SELECT c.CampaignId FROM dbo.Campaigns AS c ORDER BY c.CampaignId;",
    seen={
        **dict.fromkeys(
            (
                "procedures/ops/sp_ListSavedSearches.sql",
                "procedures/ops/sp_ListTemplates.sql",
                "procedures/internal/sp_i_ShowChannels.sql",
            ),
            "lists for people, by names that they gave: in the Latin alphabet the order is the"
            " same, and nothing that follows depends on the place of another",
        ),
        "procedures/ops/sp_GetCouponAnalytics.sql": "the reasons of refusals: capital letters and"
        " underscores, whose order is that of the code points",
        "procedures/internal/sp_i_EraseRequests.sql": "names of tables and their keys, which are"
        " written in ASCII; the order is that in which rows are locked",
        "procedures/ops/sp_SetTranslation.sql": "the larger of a text and NULL",
    },
)
def orders_free_text(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        match node:
            case tree.Query() | tree.Over():
                for each in node.order:
                    if together([each.expr], script) == FREE:
                        yield each
            case tree.Function():
                if node.name in ("MIN", "MAX") and together(node.args, script) == FREE:
                    yield node
                for each in node.within_group:
                    if together([each.expr], script) == FREE:
                        yield each
            case tree.Binary() if node.op in ("<", ">", "<=", ">="):
                if together([node.left, node.right], script) == FREE:
                    yield node
            case tree.Between():
                if together([node.operand, node.low, node.high], script) == FREE:
                    yield node
            case _:
                pass


@rule(
    "Ranges in `LIKE` and `PATINDEX` go by code point",
    avoids="Sets are compared by code point (`BIN2`); no `PATINDEX`.",
    breaks="SELECT PATINDEX(N'%ss%', p.Name) AS Place FROM dbo.Partners AS p ORDER BY p.PartnerId;",
    keeps="SELECT CHARINDEX(N'ss', p.Name) AS Place FROM dbo.Partners AS p ORDER BY p.PartnerId;",
    seen={
        "sql/functions/fn_ImportRows.sql": "the code is fn_NormaliseCode's, compared by code point",
        "procedures/internal/sp_i_CheckUsage.sql": "digits, in names that couponry itself makes",
        "procedures/internal/sp_i_MergeCoupon.sql": "one of two letters, in a list of columns",
    },
)
def looks_for_sets(script: Script) -> Iterator[tree.Node]:
    for node in script.all:
        match node:
            case tree.Function(name="PATINDEX"):
                yield node
            case tree.Like(pattern=tree.Literal() as pattern) if "[" in pattern.value:
                variable = isinstance(node.operand, tree.Variable)
                if variable or kind_of(node.operand, script) == FREE:
                    yield node
            case _:
                pass


told(
    "`ß` is not `ss`",
    why="Codes, keys and identifiers are compared by code point. Names that people give (templates,"
    " partners, saved searches) are compared by letters; two that differ in `ß` and `ss` alone are"
    " two names here.",
)
told(
    "`JSON_MODIFY` writes the document anew",
    why="Who gets a document reads it as JSON, in which blanks between parts mean nothing; scripts"
    " compare documents that were written in the same way.",
)
told(
    "U+0000 in a string is refused",
    why="Refused is not answered otherwise: a caller of couponry's that sends it gets 40517.",
)


# ---------------------------------------------------------------- settings


@rule(
    "`SET DATEFORMAT ymd` is taken",
    avoids="Moments are read and written in ISO forms, with four digits of the year.",
    breaks="SET DATEFORMAT ymd;",
    keeps="SET NOCOUNT ON;",
)
def sets_formats(script: Script) -> Iterator[tree.Node]:
    yield from options(script, "DATEFORMAT", "LANGUAGE", "DATEFIRST")


@rule(
    "Under `QUOTED_IDENTIFIER OFF` a write to a table with a filtered index is 1934",
    avoids="Every script sets `QUOTED_IDENTIFIER ON`; the drivers do.",
    breaks="SET QUOTED_IDENTIFIER OFF;",
    keeps="SET QUOTED_IDENTIFIER ON;",
)
def quotes_texts(script: Script) -> Iterator[tree.Node]:
    for each in options(script, "QUOTED_IDENTIFIER"):
        if each.value != "ON":
            yield each
