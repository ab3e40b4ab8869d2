"""Campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Unpack

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet
from couponry_jobs.procedures.attributes import CampaignAttributes, of_campaign
from couponry_jobs.procedures.calling import CONFIRMATION, NOBODY, Admin, Answer, call, rows


def create_campaign(
    database: Database,
    *,
    campaign_id: str,
    name: str | None,
    start: datetime | None,
    admin: Admin = NOBODY,
    **attributes: Unpack[CampaignAttributes],
) -> Answer:
    return call(
        database,
        "sp_CreateCampaign",
        {"CampaignId": campaign_id, "Name": name, "StartDate": start},
        {**of_campaign(attributes), **admin.parameters()},
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
    clear: str | None = None,
    expected_version: bytes | None = None,
    admin: Admin = NOBODY,
    **attributes: Unpack[CampaignAttributes],
) -> Answer:
    """What is None stays; the columns named in clear become NULL."""
    return call(
        database,
        "sp_UpdateCampaign",
        {"CampaignId": campaign_id},
        {
            "Name": name,
            "StartDate": start,
            **of_campaign(attributes),
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
