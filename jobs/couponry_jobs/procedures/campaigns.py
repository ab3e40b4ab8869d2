"""Campaigns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows


def create_campaign(
    database: Database,
    *,
    campaign_id: str,
    name: str | None,
    start: datetime | None,
    end: datetime | None = None,
    description: str | None = None,
    percent: Decimal | None = None,
    amount: Decimal | None = None,
    per_user: int | None = None,
    total: int | None = None,
    campaign_type: str | None = None,
    budget: Decimal | None = None,
    alert_percent: int | None = None,
    cost: Decimal | None = None,
    channel: str | None = None,
    source: str | None = None,
    utm_source: str | None = None,
    utm_medium: str | None = None,
    utm_campaign: str | None = None,
    currency: str | None = None,
    is_active: bool | None = None,
    stripes: int | None = None,
    tiers_json: str | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_CreateCampaign",
        {"CampaignId": campaign_id, "Name": name, "StartDate": start},
        {
            "EndDate": end,
            "Description": description,
            "DiscountPercentage": percent,
            "DiscountAmount": amount,
            "MaxRedemptionsPerUser": per_user,
            "MaxTotalRedemptions": total,
            "CampaignType": campaign_type,
            "BudgetAmount": budget,
            "BudgetAlertPercent": alert_percent,
            "MarketingCost": cost,
            "MarketingChannel": channel,
            "CampaignSource": source,
            "UtmSource": utm_source,
            "UtmMedium": utm_medium,
            "UtmCampaign": utm_campaign,
            "CurrencyCode": currency,
            "IsActive": is_active,
            "StripeCount": stripes,
            "TiersJson": tiers_json,
            **admin.parameters(),
        },
    )


def get_campaign(database: Database, *, campaign_id: str) -> Answer:
    return call(database, "sp_GetCampaign", {"CampaignId": campaign_id}, read=True)


def list_campaigns(
    database: Database,
    *,
    search: str | None = None,
    status: str | None = None,
    campaign_type: str | None = None,
    page_size: int | None = None,
    page_no: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_ListCampaigns",
        {
            "Search": search,
            "Status": status,
            "CampaignType": campaign_type,
            "PageSize": page_size,
            "PageNo": page_no,
        },
    )


def set_campaign_status(
    database: Database,
    *,
    campaign_id: str,
    is_active: bool,
    release_reservations: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetCampaignStatus",
        {"CampaignId": campaign_id, "IsActive": is_active},
        {"ReleaseReservations": release_reservations, **admin.parameters()},
        idempotent=True,
    )
