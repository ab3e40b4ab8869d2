"""Coupons."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call


def create_coupon(
    database: Database,
    *,
    code: str,
    campaign_id: str | None,
    name: str | None = None,
    coupon_type: str | None = None,
    discount_type: str | None = None,
    value: Decimal | None = None,
    max_discount: Decimal | None = None,
    min_order: Decimal | None = None,
    max_uses: int | None = None,
    per_user: int | None = None,
    valid_from: datetime | None = None,
    expires: datetime | None = None,
    assigned_to: str | None = None,
    applicable_to: str | None = None,
    is_active: bool | None = None,
    is_stackable: bool | None = None,
    stacking_group: str | None = None,
    variant: str | None = None,
    partner: int | None = None,
    upgrade_version: str | None = None,
    description_json: str | None = None,
    targets_json: str | None = None,
    source: str | None = None,
    utm_source: str | None = None,
    utm_medium: str | None = None,
    utm_campaign: str | None = None,
    notes: str | None = None,
    allow_past_start: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_CreateCoupon",
        {"CouponCode": code, "CampaignId": campaign_id},
        {
            "InternalName": name,
            "CouponType": coupon_type,
            "DiscountType": discount_type,
            "DiscountValue": value,
            "MaxDiscountAmount": max_discount,
            "MinimumOrderAmount": min_order,
            "MaxUses": max_uses,
            "MaxUsesPerUser": per_user,
            "ValidFrom": valid_from,
            "ExpiresAt": expires,
            "AssignedTo": assigned_to,
            "ApplicableTo": applicable_to,
            "IsActive": is_active,
            "IsStackable": is_stackable,
            "StackingGroup": stacking_group,
            "VariantLabel": variant,
            "PartnerId": partner,
            "UpgradeVersion": upgrade_version,
            "DescriptionJson": description_json,
            "TargetsJson": targets_json,
            "CampaignSource": source,
            "UtmSource": utm_source,
            "UtmMedium": utm_medium,
            "UtmCampaign": utm_campaign,
            "Notes": notes,
            "AllowPastStart": allow_past_start,
            **admin.parameters(),
        },
    )


def assign_coupon(
    database: Database,
    *,
    code: str,
    user_id: str,
    reassign: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_AssignCoupon",
        {"CouponCode": code, "UserId": user_id},
        {"Reassign": reassign, **admin.parameters()},
        idempotent=True,
    )


def unassign_coupon(database: Database, *, code: str, admin: Admin = NOBODY) -> Answer:
    return call(
        database, "sp_UnassignCoupon", {"CouponCode": code}, admin.parameters(), idempotent=True
    )


def get_coupon_details(
    database: Database, *, code: str, user_id: str | None = None, language: str | None = None
) -> Answer:
    return call(
        database,
        "sp_GetCouponDetails",
        {"CouponCode": code},
        {"UserId": user_id, "Language": language},
        read=True,
    )
