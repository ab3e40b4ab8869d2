"""Reading from the views: names out of a fixed list, values always bound."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from couponry_jobs.connection import Database, ResultSet, Value
from couponry_jobs.errors import UsageError

VIEWS = frozenset(
    {
        "vw_AccessLists",
        "vw_ActiveCampaigns",
        "vw_ActiveReservations",
        "vw_AnalyticsDaily",
        "vw_AttemptDetails",
        "vw_AuditTrail",
        "vw_CampaignBudget",
        "vw_CampaignCoupons",
        "vw_CampaignPerformance",
        "vw_ChannelAttribution",
        "vw_CohortRetention",
        "vw_ConsultantImpact",
        "vw_ConversionFunnel",
        "vw_CounterDrift",
        "vw_CouponList",
        "vw_CouponSubscriptions",
        "vw_CreditLedger",
        "vw_DailyRedemptions",
        "vw_ExpiringCoupons",
        "vw_FailureReasons",
        "vw_FraudQueue",
        "vw_FraudSummary",
        "vw_GenerationProgress",
        "vw_GeographicUsage",
        "vw_InvoiceDiscounts",
        "vw_JobStatus",
        "vw_LicenseUsage",
        "vw_OutboxBacklog",
        "vw_PartnerCommissions",
        "vw_PaymentEvents",
        "vw_ProcedurePerformance",
        "vw_ProrationTimeline",
        "vw_RecentActivity",
        "vw_RecentEvents",
        "vw_RedemptionLedger",
        "vw_RedemptionStats",
        "vw_RevenueAttribution",
        "vw_ServiceBreakdown",
        "vw_SettingsList",
        "vw_SubscriptionCredits",
        "vw_SuspiciousIps",
        "vw_TableSizes",
        "vw_TemporalPatterns",
        "vw_TierBreakdown",
        "vw_TopPerformers",
        "vw_UnpaidInvoices",
        "vw_VariantPerformance",
        "vw_Watchlist",
    }
)

Operator = Literal["=", ">", ">=", "<=", "<", "<>", "IN", "IS NULL", "IS NOT NULL"]


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that the rows of a view meet."""

    column: str
    operator: Operator
    values: tuple[Value, ...] = ()


def where(column: str, operator: Operator, *values: Value) -> Filter:
    return Filter(column, operator, values)


def select(
    database: Database,
    view: str,
    *,
    filters: Sequence[Filter] = (),
    order: Sequence[tuple[str, bool]] = (),
    limit: int | None = None,
    offset: int = 0,
) -> ResultSet:
    """Rows of the view. Order is a list of columns, each with whether it descends."""
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r} to read")
    values: list[Value] = []
    top = ""
    if limit is not None and not order:
        if offset:
            raise ValueError("a page needs an order")
        top = "TOP (?) "
        values.append(limit)
    statement = f"SELECT {top}* FROM dbo.{view}"
    if filters:
        statement += " WHERE " + " AND ".join(_condition(one, values) for one in filters)
    if order:
        statement += " ORDER BY " + ", ".join(
            _name(column) + (" DESC" if descends else "") for column, descends in order
        )
    if limit is not None and order:
        statement += " OFFSET ? ROWS FETCH NEXT ? ROWS ONLY"
        values += [offset, limit]
    return database.execute(statement, values, idempotent=True, read_only=True)[0]


def count(database: Database, view: str, *, filters: Sequence[Filter] = ()) -> int:
    """How many rows the view has."""
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r} to read")
    values: list[Value] = []
    statement = f"SELECT COUNT_BIG(*) AS Found FROM dbo.{view}"
    if filters:
        statement += " WHERE " + " AND ".join(_condition(one, values) for one in filters)
    found = database.execute(statement, values, idempotent=True, read_only=True)[0]
    return int(str(next(iter(found))["Found"]))


def totals(
    database: Database,
    view: str,
    *,
    by: Sequence[str],
    sums: Sequence[str],
    filters: Sequence[Filter] = (),
) -> ResultSet:
    """Sums over the rows of the view that agree in some columns, in the order of these."""
    if view not in VIEWS:
        raise UsageError(f"there is no view {view!r} to read")
    values: list[Value] = []
    keys = ", ".join(_name(column) for column in by)
    shown = [*map(_name, by), *(f"SUM({_name(column)}) AS {_name(column)}" for column in sums)]
    statement = f"SELECT {', '.join(shown)} FROM dbo.{view}"
    if filters:
        statement += " WHERE " + " AND ".join(_condition(one, values) for one in filters)
    if by:
        statement += f" GROUP BY {keys} ORDER BY {keys}"
    return database.execute(statement, values, idempotent=True, read_only=True)[0]


def _condition(one: Filter, values: list[Value]) -> str:
    values.extend(one.values)
    match one.operator:
        case "IN":
            return f"{_name(one.column)} IN ({', '.join('?' for _ in one.values)})"
        case "IS NULL" | "IS NOT NULL":
            return f"{_name(one.column)} {one.operator}"
        case _:
            return f"{_name(one.column)} {one.operator} ?"


def _name(column: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", column):
        raise UsageError(f"{column!r} is no column name")
    return column
