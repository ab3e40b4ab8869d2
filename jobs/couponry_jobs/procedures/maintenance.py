"""Upkeep: what jobs run, and the runs of work that is done outside the database."""

from __future__ import annotations

from datetime import date

from couponry_jobs.connection import JOB_TIMEOUT, Database
from couponry_jobs.procedures.calling import Answer, call


def expire_reservations(database: Database, *, batch_size: int | None = None) -> Answer:
    return _run(database, "sp_ExpireReservations", BatchSize=batch_size)


def reconcile_counters(
    database: Database,
    *,
    scope: str | None = None,
    entity_id: str | None = None,
    fix: bool | None = None,
) -> Answer:
    return _run(database, "sp_ReconcileCounters", Scope=scope, EntityId=entity_id, Fix=fix)


def refresh_campaign_counters(database: Database, *, campaign_id: str | None = None) -> Answer:
    return _run(database, "sp_RefreshCampaignCounters", CampaignId=campaign_id)


def run_fraud_scan(database: Database, *, window_minutes: int | None = None) -> Answer:
    return _run(database, "sp_RunFraudScan", WindowMinutes=window_minutes)


def run_expiry_sweep(database: Database) -> Answer:
    return _run(database, "sp_RunExpirySweep")


def expire_credits(database: Database, *, batch_size: int | None = None) -> Answer:
    return _run(database, "sp_ExpireCredits", BatchSize=batch_size)


def summarise_usage(database: Database, *, day: date | None = None) -> Answer:
    return _run(database, "sp_SummariseUsage", Date=day)


def cleanup_data(database: Database) -> Answer:
    return _run(database, "sp_CleanupData")


def archive_redemption_history(database: Database, *, max_rows: int | None = None) -> Answer:
    return _run(database, "sp_ArchiveRedemptionHistory", MaxRows=max_rows)


def start_job_run(database: Database, *, job: str, host: str) -> Answer:
    return call(database, "sp_StartJobRun", {"JobName": job, "Host": host})


def end_job_run(
    database: Database,
    *,
    run: int,
    status: str,
    items: int = 0,
    details_json: str | None = None,
    error: str | None = None,
) -> Answer:
    return call(
        database,
        "sp_EndJobRun",
        {"JobRunId": run, "Status": status},
        {"ItemsProcessed": items, "DetailsJson": details_json, "Error": error},
        idempotent=True,
    )


def _run(database: Database, name: str, **optional: str | int | bool | date | None) -> Answer:
    """Jobs may be killed and repeated at any point, so a call may be repeated, too."""
    return call(database, name, {}, optional, idempotent=True, timeout=JOB_TIMEOUT)
