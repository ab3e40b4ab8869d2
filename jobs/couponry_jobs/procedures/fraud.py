"""Lists of who is blocked, watched or trusted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import NOBODY, Admin, Answer, call


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
