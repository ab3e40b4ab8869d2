"""Searching codes, and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from couponry_jobs.connection import Database, ResultSet, Value
from couponry_jobs.procedures.calling import Answer, call, rows, sets


@dataclass(frozen=True, slots=True)
class Search:
    """What sp_SearchCoupons looks for; the names are its parameters, in snake case."""

    search: str | None = None
    fuzzy: bool | None = None
    status_json: str | None = None
    discount_type: str | None = None
    applicable_to: str | None = None
    campaign_id: str | None = None
    campaign_source: str | None = None
    date_preset: str | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None
    date_field: str | None = None
    usage_min: int | None = None
    usage_max: int | None = None
    revenue_min: Decimal | None = None
    revenue_max: Decimal | None = None
    conversion_min: Decimal | None = None
    conversion_max: Decimal | None = None
    include_generated: bool | None = None
    include_deleted: bool | None = None
    sort_field: str | None = None
    sort_direction: str | None = None
    sort_field2: str | None = None
    sort_direction2: str | None = None

    def given(self) -> dict[str, Value]:
        """The fields that say something."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    def parameters(self) -> dict[str, Value]:
        return {_pascal(name): value for name, value in self.given().items()}

    def filter_json(self) -> str:
        """The same as @FilterJson, which sp_SaveSearch keeps."""
        plain = {_camel(name): _plain(value) for name, value in self.given().items()}
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def kept(cls, filter_json: str) -> Self:
        """A search as sp_SaveSearch kept it."""
        stored: Mapping[str, Any] = json.loads(filter_json)
        found: dict[str, Any] = {}
        for one in fields(cls):
            value = stored.get(_camel(one.name))
            if value is None:
                continue
            if one.name in ("date_from", "date_to"):
                value = datetime.fromisoformat(value)
            elif one.name == "status_json" and not isinstance(value, str):
                value = json.dumps(value)
            elif one.name.startswith(("revenue", "conversion")):
                value = Decimal(str(value))
            found[one.name] = value
        return cls(**found)


def search_coupons(
    database: Database,
    *,
    search: Search,
    page_size: int | None = None,
    page_no: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_SearchCoupons",
        {**search.parameters(), "PageSize": page_size, "PageNo": page_no},
    )


def save_search(
    database: Database,
    *,
    owner: str,
    search: Search,
    name: str | None = None,
    is_default_sort: bool | None = None,
) -> Answer:
    return call(
        database,
        "sp_SaveSearch",
        {"Owner": owner, "FilterJson": search.filter_json()},
        {
            "Name": name,
            "SortField": search.sort_field,
            "SortDirection": search.sort_direction,
            "IsDefaultSort": is_default_sort,
        },
    )


def list_saved_searches(database: Database, *, owner: str) -> ResultSet:
    return rows(database, "sp_ListSavedSearches", {"Owner": owner})


def delete_saved_search(database: Database, *, saved_search_id: int, owner: str) -> Answer:
    return call(
        database, "sp_DeleteSavedSearch", {"SavedSearchId": saved_search_id, "Owner": owner}
    )


def list_coupon_usage(
    database: Database,
    *,
    code: str,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    page_size: int | None = None,
    before_id: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_ListCouponUsage",
        {
            "CouponCode": code,
            "Status": status,
            "FromUtc": since,
            "ToUtc": until,
            "PageSize": page_size,
            "BeforeId": before_id,
        },
    )


def compare_coupons(
    database: Database,
    *,
    codes: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_CompareCoupons",
        {"CodesJson": json.dumps(list(codes)), "FromUtc": since, "ToUtc": until},
        report=True,
    )


def get_dashboard(
    database: Database,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    top: int | None = None,
) -> tuple[ResultSet, ...]:
    return sets(
        database, "sp_GetDashboard", {"FromUtc": since, "ToUtc": until, "Top": top}, report=True
    )


def get_coupon_analytics(
    database: Database,
    *,
    code: str,
    since: datetime | None = None,
    until: datetime | None = None,
    grain: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_GetCouponAnalytics",
        {"CouponCode": code},
        {"FromUtc": since, "ToUtc": until, "Grain": grain},
        report=True,
    )


def get_campaign_analytics(
    database: Database,
    *,
    campaign_id: str,
    since: datetime | None = None,
    until: datetime | None = None,
    grain: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_GetCampaignAnalytics",
        {"CampaignId": campaign_id},
        {"FromUtc": since, "ToUtc": until, "Grain": grain},
        report=True,
    )


def get_system_analytics(
    database: Database,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    grain: str | None = None,
) -> tuple[ResultSet, ...]:
    return sets(
        database,
        "sp_GetSystemAnalytics",
        {"FromUtc": since, "ToUtc": until, "Grain": grain},
        report=True,
    )


def get_target_report(
    database: Database, *, since: datetime | None = None, until: datetime | None = None
) -> ResultSet:
    return rows(database, "sp_GetTargetReport", {"FromUtc": since, "ToUtc": until}, report=True)


def create_analytics_snapshot(database: Database, *, day: date | None = None) -> Answer:
    return call(database, "sp_CreateAnalyticsSnapshot", {}, {"SnapshotDate": day}, idempotent=True)


def _pascal(name: str) -> str:
    return "".join(part[0].upper() + part[1:] for part in name.split("_"))


def _camel(name: str) -> str:
    pascal = _pascal(name)
    return pascal[0].lower() + pascal[1:]


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
