"""Codes made in batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows, whole


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
    return call(
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
    row = call(
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
        requested=whole(row, "RequestedAmount"),
        generated=whole(row, "GeneratedAmount"),
        remaining=whole(row, "RemainingAmount"),
        prefix=cast("str | None", row["Prefix"]) or None,
        code_length=whole(row, "CodeLength"),
        batch_size=whole(row, "BatchSize"),
        next_batch=whole(row, "NextBatchNo"),
        expires_at=cast("datetime | None", row["ExpirationDate"]),
        lease_expires_at=cast(datetime, row["LeaseExpiresAt"]),
        attempt=whole(row, "AttemptCount"),
    )


def bulk_insert_coupons(
    database: Database, *, request_id: str, lease_owner: str, batch_no: int, coupons_json: str
) -> Batch:
    answer = call(
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
        inserted=whole(row, "InsertedCount"),
        collisions=whole(row, "CollisionCount"),
        generated=whole(row, "GeneratedAmount"),
        remaining=whole(row, "RemainingAmount"),
        next_batch=whole(row, "NextBatchNo"),
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
    return call(
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
    return call(
        database,
        "sp_CancelGenerationRequest",
        {"RequestId": request_id},
        {"DeactivateCodes": deactivate_codes, **admin.parameters()},
    )


def retry_generation_request(
    database: Database, *, request_id: str, admin: Admin = NOBODY
) -> Answer:
    return call(
        database, "sp_RetryGenerationRequest", {"RequestId": request_id}, admin.parameters()
    )


def get_generation_request(database: Database, *, request_id: str) -> Answer:
    return call(database, "sp_GetGenerationRequest", {"RequestId": request_id}, read=True)


def list_generation_requests(
    database: Database,
    *,
    status: str | None = None,
    campaign_id: str | None = None,
    older_than_seconds: int | None = None,
    page_size: int | None = None,
    page_no: int | None = None,
) -> ResultSet:
    return rows(
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
    return call(
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
