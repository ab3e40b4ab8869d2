"""The deliveries of events: taken under a lease, and reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows, whole


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event that one subscription is to get, leased to this instance."""

    event_id: int
    webhook_id: int
    channel: str
    target: str
    secret_name: str | None
    event_type: str
    payload: str
    attempts: int
    """How often it was tried before."""
    occurred_at: datetime


def dequeue_outbox(
    database: Database, *, lease_owner: str, max_events: int = 50, lease_seconds: int = 60
) -> list[Delivery]:
    """Not repeated after a lost reply: what it leased comes back when the lease is over."""
    found = rows(
        database,
        "sp_DequeueOutbox",
        {"LeaseOwner": lease_owner, "MaxEvents": max_events, "LeaseSeconds": lease_seconds},
    )
    return [
        Delivery(
            event_id=whole(row, "EventId"),
            webhook_id=whole(row, "WebhookId"),
            channel=str(row["Channel"]),
            target=str(row["Target"]),
            secret_name=cast("str | None", row["SecretName"]),
            event_type=str(row["EventType"]),
            payload=str(row["PayloadJson"]),
            attempts=whole(row, "Attempts"),
            occurred_at=cast(datetime, row["OccurredAt"]),
        )
        for row in found
    ]


def complete_outbox(
    database: Database,
    *,
    event_id: int,
    webhook_id: int,
    lease_owner: str,
    error: str | None = None,
) -> Answer:
    """Tells that it was delivered, or why not."""
    return call(
        database,
        "sp_CompleteOutbox",
        {
            "EventId": event_id,
            "WebhookId": webhook_id,
            "LeaseOwner": lease_owner,
            "Delivered": error is None,
        },
        {"Error": error},
        idempotent=True,
    )


def set_webhook(
    database: Database,
    *,
    name: str,
    channel: str,
    target: str,
    webhook_id: int | None = None,
    event_types_json: str | None = None,
    secret_name: str | None = None,
    is_active: bool | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetWebhook",
        {"Name": name, "Channel": channel, "Target": target},
        {
            "WebhookId": webhook_id,
            "EventTypesJson": event_types_json,
            "SecretName": secret_name,
            "IsActive": is_active,
            **admin.parameters(),
        },
        idempotent=True,
    )


def retry_dead_deliveries(database: Database, *, webhook_id: int, admin: Admin = NOBODY) -> Answer:
    return call(
        database,
        "sp_RetryDeadDeliveries",
        {"WebhookId": webhook_id},
        admin.parameters(),
        idempotent=True,
    )
