"""Upkeep: counters held against the ledger, slots of overdue reservations."""

from __future__ import annotations

from couponry_jobs.connection import Database
from couponry_jobs.procedures.calling import Answer, call


def expire_reservations(database: Database, *, batch_size: int | None = None) -> Answer:
    return call(database, "sp_ExpireReservations", {}, {"BatchSize": batch_size}, idempotent=True)


def reconcile_counters(
    database: Database,
    *,
    scope: str | None = None,
    entity_id: str | None = None,
    fix: bool | None = None,
) -> Answer:
    return call(
        database,
        "sp_ReconcileCounters",
        {},
        {"Scope": scope, "EntityId": entity_id, "Fix": fix},
        idempotent=True,
    )
