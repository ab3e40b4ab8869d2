"""Campaigns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet
from couponry_jobs.procedures.calling import CONFIRMATION, NOBODY, Admin, Answer, call, rows


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


def update_campaign(
    database: Database,
    *,
    campaign_id: str,
    name: str | None = None,
    start: datetime | None = None,
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
    clear: str | None = None,
    expected_version: bytes | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    """What is None stays; the columns named in clear become NULL."""
    return call(
        database,
        "sp_UpdateCampaign",
        {"CampaignId": campaign_id},
        {
            "Name": name,
            "StartDate": start,
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
            "ClearColumns": clear,
            "ExpectedRowVer": expected_version,
            **admin.parameters(),
        },
        idempotent=expected_version is None,
    )


def delete_campaign(
    database: Database,
    *,
    campaign_id: str,
    confirm: bool,
    release_reservations: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    """Without confirm the counts come with the refusal CONFIRMATION_REQUIRED."""
    return call(
        database,
        "sp_DeleteCampaign",
        {"CampaignId": campaign_id},
        {
            "Confirm": confirm,
            "ReleaseReservations": release_reservations,
            **admin.parameters(),
        },
        idempotent=True,
        answers=CONFIRMATION,
    )


def restore_campaign(database: Database, *, campaign_id: str, admin: Admin = NOBODY) -> Answer:
    return call(
        database,
        "sp_RestoreCampaign",
        {"CampaignId": campaign_id},
        admin.parameters(),
        idempotent=True,
    )


def clone_campaign(
    database: Database,
    *,
    source_id: str,
    new_id: str,
    name: str | None,
    start: datetime | None,
    end: datetime | None = None,
    code_suffix: str | None = None,
    include_coupons: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_CloneCampaign",
        {"SourceId": source_id, "NewId": new_id, "Name": name, "StartDate": start},
        {
            "EndDate": end,
            "CodeSuffix": code_suffix,
            "IncludeCoupons": include_coupons,
            **admin.parameters(),
        },
        timeout=JOB_TIMEOUT,
    )


def attach_coupon(
    database: Database,
    *,
    campaign_id: str,
    code: str,
    role: str | None = None,
    priority: int | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_AttachCoupon",
        {"CampaignId": campaign_id, "CouponCode": code},
        {"Role": role, "Priority": priority, **admin.parameters()},
    )


def detach_coupon(
    database: Database, *, campaign_id: str, code: str, admin: Admin = NOBODY
) -> Answer:
    return call(
        database,
        "sp_DetachCoupon",
        {"CampaignId": campaign_id, "CouponCode": code},
        admin.parameters(),
    )


def set_campaign_stripes(
    database: Database,
    *,
    campaign_id: str,
    stripes: int,
    coupon_stripes: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetCampaignStripes",
        {"CampaignId": campaign_id, "StripeCount": stripes},
        {"CouponStripes": coupon_stripes, **admin.parameters()},
        idempotent=True,
    )


def set_targets(
    database: Database,
    *,
    kind: str,
    campaign_id: str | None = None,
    code: str | None = None,
    include_json: str | None = None,
    exclude_json: str | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetTargets",
        {"TargetKind": kind},
        {
            "CampaignId": campaign_id,
            "CouponCode": code,
            "IncludeJson": include_json,
            "ExcludeJson": exclude_json,
            **admin.parameters(),
        },
        idempotent=True,
    )


def add_marker(
    database: Database,
    *,
    at: datetime | None,
    kind: str,
    label: str,
    campaign_id: str | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_AddMarker",
        {"OccurredAt": at, "Kind": kind, "Label": label},
        {"CampaignId": campaign_id, **admin.parameters()},
    )
