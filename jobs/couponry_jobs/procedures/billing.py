"""Subscriptions, credits, licences, and what all of that costs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows

# ---------------------------------------------------------------- credits


def grant_credits(
    database: Database,
    *,
    user_id: str,
    amount: int,
    credit_type: str,
    source: str,
    request_id: str,
    subscription_id: int | None = None,
    expires_at: datetime | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_GrantCredits",
        {
            "UserId": user_id,
            "Amount": amount,
            "CreditType": credit_type,
            "Source": source,
            "RequestId": request_id,
        },
        {"SubscriptionId": subscription_id, "ExpiresAt": expires_at, **admin.parameters()},
        idempotent=True,
        keyed=True,
    )


def get_credit_balance(database: Database, *, user_id: str) -> Answer:
    return call(database, "sp_GetCreditBalance", {"UserId": user_id}, read=True)


def get_token_usage(
    database: Database,
    *,
    user_id: str,
    days: int | None = None,
    page_size: int | None = None,
    before_id: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_GetTokenUsage",
        {"UserId": user_id, "Days": days, "PageSize": page_size, "BeforeId": before_id},
    )


# ---------------------------------------------------------------- subscriptions


def start_subscription(
    database: Database,
    *,
    user_id: str,
    tier: str,
    request_id: str,
    billing_cycle: str | None = None,
    status: str | None = None,
    stripe_customer_id: str | None = None,
    stripe_subscription_id: str | None = None,
    period_start: datetime | None = None,
    period_end: datetime | None = None,
    redemption_id: int | None = None,
) -> Answer:
    return call(
        database,
        "sp_StartSubscription",
        {"UserId": user_id, "Tier": tier, "RequestId": request_id},
        {
            "BillingCycle": billing_cycle,
            "Status": status,
            "StripeCustomerId": stripe_customer_id,
            "StripeSubscriptionId": stripe_subscription_id,
            "PeriodStart": period_start,
            "PeriodEnd": period_end,
            "RedemptionId": redemption_id,
        },
        idempotent=True,
        keyed=True,
    )


def change_subscription_tier(
    database: Database,
    *,
    subscription_id: int,
    tier: str,
    request_id: str,
    effective_date: datetime | None = None,
    code: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_ChangeSubscriptionTier",
        {"SubscriptionId": subscription_id, "NewTier": tier, "RequestId": request_id},
        {"EffectiveDate": effective_date, "CouponCode": code},
        idempotent=True,
        keyed=True,
    )


def set_subscription_status(
    database: Database, *, subscription_id: int, status: str, admin: Admin = NOBODY
) -> Answer:
    return call(
        database,
        "sp_SetSubscriptionStatus",
        {"SubscriptionId": subscription_id, "Status": status},
        admin.parameters(),
        idempotent=True,
    )


# ---------------------------------------------------------------- prices


def set_tier_config(
    database: Database,
    *,
    tier: str,
    monthly_price: Decimal,
    annual_price: Decimal,
    monthly_credits: int,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetTierConfig",
        {
            "Tier": tier,
            "MonthlyPrice": monthly_price,
            "AnnualPrice": annual_price,
            "MonthlyCredits": monthly_credits,
        },
        admin.parameters(),
        idempotent=True,
    )


def set_pricing(
    database: Database,
    *,
    provider_id: str,
    model_id: str,
    input_price: Decimal,
    output_price: Decimal,
    effective_from: datetime | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetPricing",
        {
            "ProviderId": provider_id,
            "ModelId": model_id,
            "InputPricePer1K": input_price,
            "OutputPricePer1K": output_price,
        },
        {"EffectiveFrom": effective_from, **admin.parameters()},
        idempotent=True,
    )


def set_pricing_config(
    database: Database,
    *,
    margin: Decimal,
    credits_per_usd: Decimal,
    tier: str | None = None,
    effective_from: datetime | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetPricingConfig",
        {"MarginMultiplier": margin, "CreditsPerUsd": credits_per_usd},
        {"Tier": tier, "EffectiveFrom": effective_from, **admin.parameters()},
        idempotent=True,
    )


# ---------------------------------------------------------------- licences


def grant_perpetual_license(
    database: Database,
    *,
    user_id: str,
    price: Decimal,
    version: str,
    request_id: str,
    code: str | None = None,
    byok: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_GrantPerpetualLicense",
        {
            "UserId": user_id,
            "PurchasePrice": price,
            "PurchasedVersion": version,
            "RequestId": request_id,
        },
        {"CouponCode": code, "ByokEnabled": byok, **admin.parameters()},
        idempotent=True,
        keyed=True,
    )


def set_license_status(
    database: Database, *, key: str, status: str, admin: Admin = NOBODY
) -> Answer:
    return call(
        database,
        "sp_SetLicenseStatus",
        {"LicenseKey": key, "Status": status},
        admin.parameters(),
        idempotent=True,
    )


def set_license_mode(database: Database, *, key: str, byok: bool, admin: Admin = NOBODY) -> Answer:
    return call(
        database,
        "sp_SetLicenseMode",
        {"LicenseKey": key, "ByokEnabled": byok},
        admin.parameters(),
        idempotent=True,
    )


def activate_license(
    database: Database, *, key: str, machine: str, device_name: str | None = None
) -> Answer:
    return call(
        database,
        "sp_ActivateLicense",
        {"LicenseKey": key, "MachineFingerprint": machine},
        {"DeviceName": device_name},
        idempotent=True,
    )


def deactivate_license(database: Database, *, key: str, machine: str) -> Answer:
    return call(
        database,
        "sp_DeactivateLicense",
        {"LicenseKey": key, "MachineFingerprint": machine},
        idempotent=True,
    )


def record_version_upgrade(
    database: Database,
    *,
    key: str,
    to_version: str,
    standard_price: Decimal,
    price_paid: Decimal,
    upgrade_type: str | None = None,
    redemption_id: int | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    # A second call is refused: an answer that was lost cannot be had again.
    return call(
        database,
        "sp_RecordVersionUpgrade",
        {
            "LicenseKey": key,
            "ToVersion": to_version,
            "StandardPrice": standard_price,
            "PricePaid": price_paid,
        },
        {"UpgradeType": upgrade_type, "RedemptionId": redemption_id, **admin.parameters()},
    )
