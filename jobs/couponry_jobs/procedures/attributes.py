"""What operators may say about a coupon or a campaign: each attribute once, and its parameter.

The keys are the keyword arguments of the functions that create and change one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypedDict, cast

from couponry_jobs.connection import Value


class CouponAttributes(TypedDict, total=False):
    name: str | None
    coupon_type: str | None
    discount_type: str | None
    value: Decimal | None
    max_discount: Decimal | None
    min_order: Decimal | None
    max_uses: int | None
    per_user: int | None
    valid_from: datetime | None
    expires: datetime | None
    assigned_to: str | None
    applicable_to: str | None
    is_active: bool | None
    is_stackable: bool | None
    stacking_group: str | None
    variant: str | None
    partner: int | None
    upgrade_version: str | None
    description_json: str | None
    targets_json: str | None
    source: str | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    notes: str | None
    allow_past_start: bool | None


class CampaignAttributes(TypedDict, total=False):
    end: datetime | None
    description: str | None
    percent: Decimal | None
    amount: Decimal | None
    per_user: int | None
    total: int | None
    campaign_type: str | None
    budget: Decimal | None
    alert_percent: int | None
    cost: Decimal | None
    channel: str | None
    source: str | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    currency: str | None
    is_active: bool | None
    stripes: int | None
    tiers_json: str | None


COUPON: Mapping[str, str] = {
    "name": "InternalName",
    "coupon_type": "CouponType",
    "discount_type": "DiscountType",
    "value": "DiscountValue",
    "max_discount": "MaxDiscountAmount",
    "min_order": "MinimumOrderAmount",
    "max_uses": "MaxUses",
    "per_user": "MaxUsesPerUser",
    "valid_from": "ValidFrom",
    "expires": "ExpiresAt",
    "assigned_to": "AssignedTo",
    "applicable_to": "ApplicableTo",
    "is_active": "IsActive",
    "is_stackable": "IsStackable",
    "stacking_group": "StackingGroup",
    "variant": "VariantLabel",
    "partner": "PartnerId",
    "upgrade_version": "UpgradeVersion",
    "description_json": "DescriptionJson",
    "targets_json": "TargetsJson",
    "source": "CampaignSource",
    "utm_source": "UtmSource",
    "utm_medium": "UtmMedium",
    "utm_campaign": "UtmCampaign",
    "notes": "Notes",
    "allow_past_start": "AllowPastStart",
}
CAMPAIGN: Mapping[str, str] = {
    "end": "EndDate",
    "description": "Description",
    "percent": "DiscountPercentage",
    "amount": "DiscountAmount",
    "per_user": "MaxRedemptionsPerUser",
    "total": "MaxTotalRedemptions",
    "campaign_type": "CampaignType",
    "budget": "BudgetAmount",
    "alert_percent": "BudgetAlertPercent",
    "cost": "MarketingCost",
    "channel": "MarketingChannel",
    "source": "CampaignSource",
    "utm_source": "UtmSource",
    "utm_medium": "UtmMedium",
    "utm_campaign": "UtmCampaign",
    "currency": "CurrencyCode",
    "is_active": "IsActive",
    "stripes": "StripeCount",
    "tiers_json": "TiersJson",
}


def of_coupon(attributes: CouponAttributes) -> dict[str, Value]:
    """The attributes under the names of their parameters."""
    return _named(COUPON, cast("Mapping[str, Value]", attributes))


def of_campaign(attributes: CampaignAttributes) -> dict[str, Value]:
    return _named(CAMPAIGN, cast("Mapping[str, Value]", attributes))


def _named(names: Mapping[str, str], attributes: Mapping[str, Value]) -> dict[str, Value]:
    # In the order of the list: the text of a call is the same whatever order they were given in.
    unknown = attributes.keys() - names.keys()
    if unknown:
        raise TypeError(f"no such attribute: {', '.join(sorted(unknown))}")
    return {parameter: attributes[name] for name, parameter in names.items() if name in attributes}
