"""Ranking and offset functions; they stand only with OVER."""

from __future__ import annotations

from ...types import BIGINT, FLOAT
from ..collation import as_text
from ..conversion import convert
from ..errors import SqlError
from ..typed import Typed
from .registry import Call, Family

WINDOWS = Family()


def _over(call: Call, sql: str) -> str:
    if call.context.over is None:
        raise SqlError(
            10753,
            f"The function '{call.name}' must have an OVER clause.",
            severity=15,
            line=call.line,
            col=call.col,
        )
    return f"{sql} OVER {call.context.over}"


@WINDOWS.define("ROW_NUMBER RANK DENSE_RANK", 0)
def _rank(call: Call) -> Typed:
    return call.result(_over(call, f"{call.name.lower()}()"), BIGINT, nullable=False)


@WINDOWS.define("NTILE", 1)
def _ntile(call: Call) -> Typed:
    sql = f"({_over(call, f'ntile({call.integer(0)})')})::int8"
    return call.result(sql, BIGINT, nullable=False)


@WINDOWS.define("PERCENT_RANK CUME_DIST", 0)
def _share(call: Call) -> Typed:
    return call.result(_over(call, f"{call.name.lower()}()"), FLOAT, nullable=False)


@WINDOWS.define("LAG LEAD", 1, 3)
def _neighbour(call: Call) -> Typed:
    value = call.args[0]
    sql = as_text(value) if value.type.is_string else value.sql
    parts = [sql]
    if len(call.args) > 1:
        offset = call.args[1].constant
        known = isinstance(offset, int) and offset >= 0
        parts.append(call.integer(1) if known else f"tsql.neighbour({call.integer(1)})")
    if len(call.args) > 2:
        other = convert(call.args[2], value.type, implicit=True, line=call.line, col=call.col)
        parts.append(as_text(other) if value.type.is_string else other.sql)
    typed = call.result(
        _over(call, f"{call.name.lower()}({', '.join(parts)})"), value.type, nullable=True
    )
    return typed.replace(rank=value.rank)


@WINDOWS.define("FIRST_VALUE LAST_VALUE", 1)
def _edge(call: Call) -> Typed:
    value = call.args[0]
    sql = as_text(value) if value.type.is_string else value.sql
    typed = call.result(_over(call, f"{call.name.lower()}({sql})"), value.type)
    return typed.replace(rank=value.rank)


@WINDOWS.define("PERCENTILE_CONT PERCENTILE_DISC", 1)
def _percentile(call: Call) -> Typed:
    """A percentile of the partition; PostgreSQL knows it as an aggregate of groups only."""
    if call.context.over is None or "ORDER BY" in call.context.over:
        raise SqlError(
            10757 if call.context.over else 10753,
            f"The function '{call.name}' may not have ORDER BY in OVER clause."
            if call.context.over
            else f"The function '{call.name}' must have an OVER clause.",
            severity=15,
            line=call.line,
            col=call.col,
        )
    if len(call.context.within_group) != 1:
        raise SqlError(
            10754,
            f"The function '{call.name}' must have a WITHIN GROUP clause with one ORDER BY"
            " expression.",
            severity=15,
            line=call.line,
            col=call.col,
        )
    value, descending = call.context.within_group[0]
    share = convert(call.args[0], FLOAT, implicit=True, line=call.line, col=call.col).sql
    if not value.type.is_number:
        raise call.refuse(f"{call.name} of anything but numbers")
    pg = "float8" if call.name == "PERCENTILE_CONT" else value.pg
    rows = f"array_agg(({value.sql})::{pg}) OVER {call.context.over}"
    down = str(descending).lower()
    sql = f"tsql.{call.name.lower()}({share}, {rows}, {down})"
    return call.result(sql, FLOAT if pg == "float8" else value.type, nullable=True)
