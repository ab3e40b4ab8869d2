"""The stored procedures, one typed function each. No other module names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import cast

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet, Row, Value
from couponry_jobs.errors import BusinessFailure, DatabaseFault

NO_ROWS = ResultSet((), ())


@dataclass(frozen=True, slots=True)
class Answer:
    """The first row of a procedure that succeeded, and the result sets after it."""

    row: Row
    sets: tuple[ResultSet, ...] = ()

    def set(self, number: int) -> ResultSet:
        """Result set 2, 3 … as the specification counts them."""
        return self.sets[number - 2] if number - 2 < len(self.sets) else NO_ROWS


@dataclass(frozen=True, slots=True)
class Admin:
    """Who does it and why: what every administrative write passes to the audit log."""

    actor: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    reason: str | None = None
    correlation_id: str | None = None

    def parameters(self) -> dict[str, Value]:
        return {
            "Actor": self.actor,
            "IpAddress": self.ip_address,
            "UserAgent": self.user_agent,
            "Reason": self.reason,
            "CorrelationId": self.correlation_id,
        }


@dataclass(frozen=True, slots=True)
class Order:
    """What is known about the order and the caller when a code is checked or redeemed."""

    amount: Decimal | None = None
    order_id: str | None = None
    currency: str | None = None
    tier: str | None = None
    service: str | None = None
    consultant: str | None = None
    country: str | None = None
    device: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    is_vpn: bool | None = None
    channel: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None

    def parameters(self) -> dict[str, Value]:
        return {
            "IpAddress": self.ip_address,
            "UserAgent": self.user_agent,
            "OrderAmount": self.amount,
            "OrderId": self.order_id,
            "CurrencyCode": self.currency,
            "Tier": self.tier,
            "ServiceType": self.service,
            "ConsultantId": self.consultant,
            "CountryCode": self.country,
            "DeviceFingerprint": self.device,
            "IsVpn": self.is_vpn,
            "MarketingChannel": self.channel,
            "UtmSource": self.utm_source,
            "UtmMedium": self.utm_medium,
            "UtmCampaign": self.utm_campaign,
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """A generation request that this instance may work on until the lease runs out."""

    request_id: str
    campaign_id: str
    requested: int
    generated: int
    remaining: int
    prefix: str | None
    code_length: int
    batch_size: int
    next_batch: int
    expires_at: datetime | None
    lease_expires_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch of codes."""

    inserted: int
    collisions: int
    generated: int
    remaining: int
    next_batch: int
    is_replay: bool
    collided: tuple[str, ...] = field(default=())


NOBODY = Admin()
NO_ORDER = Order()


# --- campaigns -----------------------------------------------------------------------------------


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
    return _answer(
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
    return _answer(database, "sp_GetCampaign", {"CampaignId": campaign_id}, read=True)


def list_campaigns(
    database: Database,
    *,
    search: str | None = None,
    status: str | None = None,
    campaign_type: str | None = None,
    page_size: int | None = None,
    page_no: int | None = None,
) -> ResultSet:
    return _rows(
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
    return _answer(
        database,
        "sp_SetCampaignStatus",
        {"CampaignId": campaign_id, "IsActive": is_active},
        {"ReleaseReservations": release_reservations, **admin.parameters()},
        idempotent=True,
    )


# --- coupons -------------------------------------------------------------------------------------


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
    return _answer(
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
    return _answer(
        database,
        "sp_AssignCoupon",
        {"CouponCode": code, "UserId": user_id},
        {"Reassign": reassign, **admin.parameters()},
        idempotent=True,
    )


def unassign_coupon(database: Database, *, code: str, admin: Admin = NOBODY) -> Answer:
    return _answer(
        database, "sp_UnassignCoupon", {"CouponCode": code}, admin.parameters(), idempotent=True
    )


def get_coupon_details(
    database: Database, *, code: str, user_id: str | None = None, language: str | None = None
) -> Answer:
    return _answer(
        database,
        "sp_GetCouponDetails",
        {"CouponCode": code},
        {"UserId": user_id, "Language": language},
        read=True,
    )


# --- redemption ----------------------------------------------------------------------------------


def validate_coupon(
    database: Database,
    *,
    code: str,
    user_id: str,
    order: Order = NO_ORDER,
    language: str | None = None,
    record_view: bool | None = None,
) -> Answer:
    return _answer(
        database,
        "sp_ValidateCoupon",
        {"CouponCode": code, "UserId": user_id},
        {**order.parameters(), "Language": language, "RecordView": record_view},
    )


def redeem_coupon(
    database: Database,
    *,
    code: str,
    user_id: str,
    order: Order = NO_ORDER,
    key: str | None = None,
    subscription_id: int | None = None,
) -> Answer:
    return _answer(
        database,
        "sp_RedeemCoupon",
        {"CouponCode": code, "UserId": user_id},
        {**order.parameters(), "IdempotencyKey": key, "SubscriptionId": subscription_id},
        # Without a key a second call is a second redemption, so a lost answer stays lost.
        idempotent=key is not None,
        keyed=key is not None,
    )


def upsert_user_profile(
    database: Database,
    *,
    user_id: str,
    email: str | None = None,
    email_verified: bool | None = None,
    has_payment_method: bool | None = None,
    payment_fingerprint: str | None = None,
    country: str | None = None,
    first_purchase_at: datetime | None = None,
) -> Answer:
    return _answer(
        database,
        "sp_UpsertUserProfile",
        {"UserId": user_id},
        {
            "Email": email,
            "EmailVerified": email_verified,
            "HasPaymentMethod": has_payment_method,
            "PaymentFingerprint": payment_fingerprint,
            "CountryCode": country,
            "FirstPurchaseAt": first_purchase_at,
        },
        idempotent=True,
        keyed=True,
    )


# --- generation ----------------------------------------------------------------------------------


def create_generation_request(
    database: Database,
    *,
    campaign_id: str,
    amount: int,
    prefix: str | None = None,
    expires: datetime | None = None,
    requested_by: str | None = None,
    request_id: str | None = None,
    code_length: int | None = None,
    defaults_json: str | None = None,
    batch_size: int | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return _answer(
        database,
        "sp_CreateGenerationRequest",
        {"CampaignId": campaign_id, "RequestedAmount": amount},
        {
            "Prefix": prefix,
            "ExpirationDate": expires,
            "RequestedBy": requested_by,
            "RequestId": request_id,
            "CodeLength": code_length,
            "CouponDefaultsJson": defaults_json,
            "BatchSize": batch_size,
            **admin.parameters(),
        },
        idempotent=request_id is not None,
        keyed=request_id is not None,
    )


def claim_generation_request(
    database: Database,
    *,
    lease_owner: str,
    request_id: str | None = None,
    lease_seconds: int | None = None,
) -> Claim:
    row = _answer(
        database,
        "sp_ClaimGenerationRequest",
        {"LeaseOwner": lease_owner},
        {"RequestId": request_id, "LeaseSeconds": lease_seconds},
        idempotent=True,
        timeout=JOB_TIMEOUT,
    ).row
    return Claim(
        request_id=str(row["RequestId"]),
        campaign_id=str(row["CampaignId"]),
        requested=_int(row, "RequestedAmount"),
        generated=_int(row, "GeneratedAmount"),
        remaining=_int(row, "RemainingAmount"),
        prefix=cast("str | None", row["Prefix"]) or None,
        code_length=_int(row, "CodeLength"),
        batch_size=_int(row, "BatchSize"),
        next_batch=_int(row, "NextBatchNo"),
        expires_at=cast("datetime | None", row["ExpirationDate"]),
        lease_expires_at=cast(datetime, row["LeaseExpiresAt"]),
        attempt=_int(row, "AttemptCount"),
    )


def bulk_insert_coupons(
    database: Database, *, request_id: str, lease_owner: str, batch_no: int, coupons_json: str
) -> Batch:
    answer = _answer(
        database,
        "sp_BulkInsertCoupons",
        {
            "RequestId": request_id,
            "LeaseOwner": lease_owner,
            "BatchNo": batch_no,
            "CouponsJson": coupons_json,
        },
        idempotent=True,
        keyed=True,
        timeout=JOB_TIMEOUT,
    )
    row = answer.row
    return Batch(
        inserted=_int(row, "InsertedCount"),
        collisions=_int(row, "CollisionCount"),
        generated=_int(row, "GeneratedAmount"),
        remaining=_int(row, "RemainingAmount"),
        next_batch=_int(row, "NextBatchNo"),
        is_replay=bool(row["IsReplay"]),
        collided=tuple(str(line["CouponCode"]) for line in answer.set(2)),
    )


def update_generation_request(
    database: Database,
    *,
    request_id: str,
    status: str,
    lease_owner: str | None = None,
    failure_reason: str | None = None,
    lease_seconds: int | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return _answer(
        database,
        "sp_UpdateGenerationRequest",
        {"RequestId": request_id, "Status": status},
        {
            "LeaseOwner": lease_owner,
            "FailureReason": failure_reason,
            "LeaseSeconds": lease_seconds,
            **admin.parameters(),
        },
        idempotent=True,
    )


def cancel_generation_request(
    database: Database,
    *,
    request_id: str,
    deactivate_codes: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return _answer(
        database,
        "sp_CancelGenerationRequest",
        {"RequestId": request_id},
        {"DeactivateCodes": deactivate_codes, **admin.parameters()},
    )


def retry_generation_request(
    database: Database, *, request_id: str, admin: Admin = NOBODY
) -> Answer:
    return _answer(
        database, "sp_RetryGenerationRequest", {"RequestId": request_id}, admin.parameters()
    )


def get_generation_request(database: Database, *, request_id: str) -> Answer:
    return _answer(database, "sp_GetGenerationRequest", {"RequestId": request_id}, read=True)


def list_generation_requests(
    database: Database,
    *,
    status: str | None = None,
    campaign_id: str | None = None,
    older_than_seconds: int | None = None,
    page_size: int | None = None,
    page_no: int | None = None,
) -> ResultSet:
    return _rows(
        database,
        "sp_ListGenerationRequests",
        {
            "Status": status,
            "CampaignId": campaign_id,
            "OlderThanSeconds": older_than_seconds,
            "PageSize": page_size,
            "PageNo": page_no,
        },
    )


def export_batch_codes(
    database: Database,
    *,
    request_id: str,
    after_coupon_id: int = 0,
    page_size: int | None = None,
    only_unredeemed: bool = False,
) -> Answer:
    return _answer(
        database,
        "sp_ExportBatchCodes",
        {"RequestId": request_id},
        {
            "AfterCouponId": after_coupon_id,
            "PageSize": page_size,
            "OnlyUnredeemed": only_unredeemed,
        },
        idempotent=True,
        timeout=JOB_TIMEOUT,
    )


# --- settings and checks -------------------------------------------------------------------------


def get_settings(database: Database) -> ResultSet:
    return _rows(database, "sp_GetSettings", {})


def set_setting(
    database: Database,
    *,
    name: str,
    value: str,
    expected_version: bytes | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return _answer(
        database,
        "sp_SetSetting",
        {"SettingName": name, "SettingValue": value},
        {"ExpectedRowVer": expected_version, **admin.parameters()},
        idempotent=expected_version is None,
    )


def verify_installation(database: Database, *, min_version: int | None = None) -> ResultSet:
    return _rows(
        database, "sp_VerifyInstallation", {"MinVersion": min_version}, timeout=JOB_TIMEOUT
    )


# --- the call itself -----------------------------------------------------------------------------


def statement_of(
    name: str, required: Mapping[str, Value], optional: Mapping[str, Value]
) -> tuple[str, list[Value]]:
    """The text of a call and what is bound to it."""
    texts: list[str] = []
    values: list[Value] = []
    for parameter, value in required.items():
        if value is None:
            # Written out: for a bound NULL the driver would have to ask the server for its type.
            texts.append(f"@{parameter} = NULL")
        else:
            texts.append(f"@{parameter} = ?")
            values.append(value)
    for parameter, value in optional.items():
        # An absent argument leaves the default to the procedure, which owns it.
        if value is not None:
            texts.append(f"@{parameter} = ?")
            values.append(value)
    return f"EXEC dbo.{name} {', '.join(texts)}".rstrip(), values


def _answer(
    database: Database,
    name: str,
    required: Mapping[str, Value],
    optional: Mapping[str, Value] | None = None,
    *,
    read: bool = False,
    idempotent: bool = False,
    keyed: bool = False,
    timeout: int | None = None,
) -> Answer:
    statement, values = statement_of(name, required, optional or {})
    sets = database.execute(
        statement, values, idempotent=idempotent or read, keyed=keyed, timeout=timeout
    )
    row = next(iter(sets[0]), None) if sets else None
    if row is None or "Success" not in row:
        raise DatabaseFault(0, f"{name} did not answer with a result row")
    if not row["Success"]:
        raise BusinessFailure(str(row["ErrorCode"]), str(row["Message"] or ""), row)
    return Answer(row, tuple(sets[1:]))


def _rows(
    database: Database, name: str, optional: Mapping[str, Value], *, timeout: int | None = None
) -> ResultSet:
    statement, values = statement_of(name, {}, optional)
    sets = database.execute(statement, values, idempotent=True, timeout=timeout)
    if not sets:
        raise DatabaseFault(0, f"{name} did not answer with rows")
    return sets[0]


def _int(row: Row, name: str) -> int:
    return int(cast(int, row[name]))
