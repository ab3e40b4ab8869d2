"""Suspicions and what is decided about them; lists of who is blocked, watched or trusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call, rows, sets, statement_of


def get_fraud_dashboard(database: Database) -> tuple[ResultSet, ...]:
    return sets(database, "sp_GetFraudDashboard", {}, report=True)


def list_fraud_events(
    database: Database,
    *,
    status: str | None = None,
    severity: str | None = None,
    kind: str | None = None,
    user_id: str | None = None,
    code: str | None = None,
    page_size: int | None = None,
    before_id: int | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_ListFraudEvents",
        {
            "ReviewStatus": status,
            "Severity": severity,
            "DetectionType": kind,
            "UserId": user_id,
            "CouponCode": code,
            "PageSize": page_size,
            "BeforeId": before_id,
        },
    )


def review_fraud_events(
    database: Database,
    *,
    events: Sequence[int],
    decision: str,
    note: str | None = None,
    block_user: bool = False,
    confirm: bool = False,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_ReviewFraudEvents",
        {"EventIdsJson": json.dumps(list(events)), "Decision": decision, "Confirm": confirm},
        {"Note": note, "BlockUser": block_user or None, **admin.parameters()},
        # What was reviewed stays as it is.
        idempotent=True,
    )


def review_redemptions(
    database: Database,
    *,
    redemptions: Sequence[int],
    decision: str,
    reverse: bool = False,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_ReviewRedemptions",
        {"RedemptionIdsJson": json.dumps(list(redemptions)), "Decision": decision},
        {"Reverse": reverse or None, **admin.parameters()},
        idempotent=True,
    )


def flag_user(database: Database, *, user_id: str, score: Decimal, admin: Admin = NOBODY) -> Answer:
    return call(
        database,
        "sp_FlagUser",
        {"UserId": user_id, "RiskScore": score},
        admin.parameters(),
        idempotent=True,
    )


def investigate_user(
    database: Database, *, user_id: str, days: int | None = None, admin: Admin = NOBODY
) -> tuple[ResultSet, ...]:
    """Not a plain read: each look at a person is written into the audit log."""
    statement, values = statement_of(
        "sp_InvestigateUser", {"UserId": user_id}, {"Days": days, **admin.parameters()}
    )
    return tuple(database.execute(statement, values, idempotent=True))


def set_access_list_entry(
    database: Database,
    *,
    kind: str,
    subject_kind: str,
    subject: str,
    score: Decimal | None = None,
    expires_at: datetime | None = None,
    admin: Admin = NOBODY,
) -> Answer:
    return call(
        database,
        "sp_SetAccessListEntry",
        {"ListKind": kind, "SubjectKind": subject_kind, "SubjectValue": subject},
        {"RiskScore": score, "ExpiresAt": expires_at, **admin.parameters()},
        idempotent=True,
    )


def remove_access_list_entry(database: Database, *, entry_id: int, admin: Admin = NOBODY) -> Answer:
    return call(
        database,
        "sp_RemoveAccessListEntry",
        {"EntryId": entry_id},
        admin.parameters(),
        idempotent=True,
    )


def list_access_list(
    database: Database,
    *,
    kind: str | None = None,
    subject_kind: str | None = None,
    search: str | None = None,
) -> ResultSet:
    return rows(
        database,
        "sp_ListAccessList",
        {"ListKind": kind, "SubjectKind": subject_kind, "Search": search},
    )
