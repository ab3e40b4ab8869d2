"""What is known of a person: told, and forgotten; and who did what."""

from __future__ import annotations

from datetime import datetime

from couponry_jobs.connection import JOB_TIMEOUT, Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows


def export_user_data(database: Database, *, user_id: str, admin: Admin = NOBODY) -> str:
    """The document, as JSON text."""
    answer = call(
        database,
        "sp_ExportUserData",
        {"UserId": user_id},
        admin.parameters(),
        idempotent=True,
        timeout=JOB_TIMEOUT,
    )
    return str(answer.row["DataJson"])


def erase_user_data(
    database: Database,
    *,
    user_id: str,
    ticket: str,
    keep_block: bool = False,
    confirm: bool = False,
    admin: Admin = NOBODY,
) -> Answer:
    """Not repeated after a lost reply: the second time there is nobody, which says it was done."""
    return call(
        database,
        "sp_EraseUserData",
        {"UserId": user_id, "Ticket": ticket, "KeepBlock": keep_block, "Confirm": confirm},
        admin.parameters(),
        timeout=JOB_TIMEOUT,
    )


def list_audit_log(
    database: Database,
    *,
    entity_type: str | None = None,
    entity_id: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    page_size: int | None = None,
    before_id: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_ListAuditLog",
        {
            "EntityType": entity_type,
            "EntityId": entity_id,
            "Actor": actor,
            "Action": action,
            "FromUtc": since,
            "ToUtc": until,
            "PageSize": page_size,
            "BeforeId": before_id,
        },
    )
