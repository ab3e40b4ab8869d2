"""Templates of coupons, and the partners who spread them."""

from __future__ import annotations

from decimal import Decimal

from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows


def save_template(
    database: Database,
    *,
    name: str,
    defaults_json: str,
    template_id: int | None = None,
    category: str | None = None,
    is_active: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SaveTemplate",
        {"Name": name, "DefaultsJson": defaults_json},
        {
            "TemplateId": template_id,
            "Category": category,
            "IsActive": is_active,
            **admin.parameters(),
        },
        idempotent=template_id is not None,
    )


def list_templates(database: Database) -> ResultSet:
    return rows(database, "sp_ListTemplates", {})


def create_coupon_from_template(
    database: Database,
    *,
    template_id: int,
    code: str,
    campaign_id: str | None,
    overrides_json: str | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_CreateCouponFromTemplate",
        {"TemplateId": template_id, "CouponCode": code, "CampaignId": campaign_id},
        {"OverridesJson": overrides_json, **admin.parameters()},
    )


def upsert_partner(
    database: Database,
    *,
    name: str,
    partner_id: int | None = None,
    percent: Decimal | None = None,
    is_active: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_UpsertPartner",
        {"Name": name},
        {
            "PartnerId": partner_id,
            "CommissionPercent": percent,
            "IsActive": is_active,
            **admin.parameters(),
        },
        idempotent=partner_id is not None,
    )
