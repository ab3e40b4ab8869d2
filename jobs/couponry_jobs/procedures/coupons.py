"""Coupons."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Unpack

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet
from couponry_jobs.procedures.attributes import CouponAttributes, of_coupon
from couponry_jobs.procedures.calling import CONFIRMATION, NOBODY, Admin, Answer, call


def create_coupon(
    database: Database,
    *,
    code: str,
    campaign_id: str | None,
    admin: Admin = NOBODY,
    **attributes: Unpack[CouponAttributes],
) -> Answer:
    return call(
        database,
        "sp_CreateCoupon",
        {"CouponCode": code, "CampaignId": campaign_id},
        {**of_coupon(attributes), **admin.parameters()},
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


def update_coupon(
    database: Database,
    *,
    code: str,
    clear: str | None = None,
    expected_version: bytes | None = None,
    force_discount_change: bool | None = None,
    admin: Admin = NOBODY,
    **attributes: Unpack[CouponAttributes],
) -> Answer:
    """What is None stays; the columns named in clear become NULL."""
    return call(
        database,
        "sp_UpdateCoupon",
        {"CouponCode": code},
        {
            **of_coupon(attributes),
            "ClearColumns": clear,
            "ExpectedRowVer": expected_version,
            "ForceDiscountChange": force_discount_change,
            **admin.parameters(),
        },
        idempotent=expected_version is None,
    )


def set_coupon_status(
    database: Database,
    *,
    code: str,
    is_active: bool,
    release_reservations: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetCouponStatus",
        {"CouponCode": code, "IsActive": is_active},
        {"ReleaseReservations": release_reservations, **admin.parameters()},
        idempotent=True,
    )


def delete_coupon(
    database: Database,
    *,
    code: str,
    confirm: bool,
    release_reservations: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    """Without confirm the counts come with the refusal CONFIRMATION_REQUIRED."""
    return call(
        database,
        "sp_DeleteCoupon",
        {"CouponCode": code},
        {
            "Confirm": confirm,
            "ReleaseReservations": release_reservations,
            **admin.parameters(),
        },
        idempotent=True,
        answers=CONFIRMATION,
    )


def restore_coupon(database: Database, *, code: str, admin: Admin = NOBODY) -> Answer:
    return call(
        database, "sp_RestoreCoupon", {"CouponCode": code}, admin.parameters(), idempotent=True
    )


def bulk_update_coupons(
    database: Database,
    *,
    action: str,
    codes_json: str | None = None,
    filter_json: str | None = None,
    new_end: datetime | None = None,
    days: int | None = None,
    max_rows: int | None = None,
    confirm: bool = False,
    admin: Admin = NOBODY,
) -> Answer:
    """Result set 2 tells of each code whether it changed, and why not."""
    return call(
        database,
        "sp_BulkUpdateCoupons",
        {"Action": action},
        {
            "CodesJson": codes_json,
            "FilterJson": filter_json,
            "NewExpiresAt": new_end,
            "ExtendDays": days,
            "MaxRows": max_rows,
            "Confirm": confirm,
            **admin.parameters(),
        },
        # Days are added again by a second call.
        idempotent=days is None,
        timeout=JOB_TIMEOUT,
        answers=CONFIRMATION,
    )


def import_coupons(
    database: Database,
    *,
    campaign_id: str,
    rows_json: str,
    dry_run: bool,
    skip_duplicates: bool | None = None,
    update_existing: bool | None = None,
    activate: bool | None = None,
    notify: bool | None = None,
    key: str | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    """Result set 2 tells of each row what is done with it; also when the file has errors."""
    return call(
        database,
        "sp_ImportCoupons",
        {"CampaignId": campaign_id, "RowsJson": rows_json},
        {
            "DryRun": dry_run,
            "SkipDuplicates": skip_duplicates,
            "UpdateExisting": update_existing,
            "ActivateImmediately": activate,
            "SendNotifications": notify,
            "IdempotencyKey": key,
            **admin.parameters(),
        },
        idempotent=dry_run or key is not None,
        keyed=key is not None,
        timeout=JOB_TIMEOUT,
        answers=frozenset({"IMPORT_HAS_ERRORS"}),
    )


def suggest_code(
    database: Database,
    *,
    prefix: str | None = None,
    year: bool | None = None,
    month: bool | None = None,
    random: bool | None = None,
    length: int | None = None,
    count: int | None = None,
) -> tuple[str, ...]:
    answer = call(
        database,
        "sp_SuggestCode",
        {},
        {
            "Prefix": prefix,
            "IncludeYear": year,
            "IncludeMonth": month,
            "RandomSuffix": random,
            "Length": length,
            "Count": count,
        },
        read=True,
    )
    return tuple(str(row["CouponCode"]) for row in answer.set(2))


def preview_discount(
    database: Database,
    *,
    code: str | None = None,
    discount_type: str | None = None,
    value: Decimal | None = None,
    max_discount: Decimal | None = None,
    amounts_json: str | None = None,
) -> ResultSet:
    answer = call(
        database,
        "sp_PreviewDiscount",
        {},
        {
            "CouponCode": code,
            "DiscountType": discount_type,
            "DiscountValue": value,
            "MaxDiscountAmount": max_discount,
            "AmountsJson": amounts_json,
        },
        read=True,
    )
    return answer.set(2)


def set_translation(
    database: Database,
    *,
    code: str,
    language: str,
    text: str | None,
    admin: Admin = NOBODY,
) -> Answer:
    """None removes the text."""
    return call(
        database,
        "sp_SetTranslation",
        {"CouponCode": code, "LanguageCode": language, "Description": text},
        admin.parameters(),
        idempotent=True,
    )


def set_discount_tiers(
    database: Database, *, code: str, tiers_json: str, admin: Admin = NOBODY
) -> Answer:
    return call(
        database,
        "sp_SetDiscountTiers",
        {"CouponCode": code, "TiersJson": tiers_json},
        admin.parameters(),
        idempotent=True,
    )


def set_validation_rule(
    database: Database,
    *,
    rule: str,
    rule_id: int | None = None,
    code: str | None = None,
    campaign_id: str | None = None,
    config_json: str | None = None,
    is_active: bool | None = None,
    order: int | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetValidationRule",
        {"RuleType": rule},
        {
            "RuleId": rule_id,
            "CouponCode": code,
            "CampaignId": campaign_id,
            "ConfigJson": config_json,
            "IsActive": is_active,
            "SortOrder": order,
            **admin.parameters(),
        },
        idempotent=rule_id is not None,
    )


def delete_validation_rule(database: Database, *, rule_id: int, admin: Admin = NOBODY) -> Answer:
    return call(database, "sp_DeleteValidationRule", {"RuleId": rule_id}, admin.parameters())
