"""The last chapter: every counter against the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import cast

from couponry_cli.demo.stage import Stage
from couponry_jobs import procedures, views
from couponry_jobs.connection import Value
from couponry_jobs.views import where


def count(stage: Stage) -> None:
    stage.title("vw_ActiveCampaigns")
    active = list(views.select(stage.database, "vw_ActiveCampaigns", order=[("CampaignId", False)]))
    stage.table(
        active,
        ["CampaignId", "CurrentRedemptions", "MaxTotalRedemptions", "BudgetUsed", "BudgetAmount"],
    )
    stage.title("vw_RedemptionStats")
    stats = views.select(stage.database, "vw_RedemptionStats", order=[("CampaignId", False)])
    stage.table(
        list(stats),
        ["CampaignId", "TotalCoupons", "RedeemedCount", "AvailableCount", "ExpiredCount"],
    )
    stage.title("Counters against the ledger")
    counted = Counter(
        str(row["CampaignId"])
        for row in views.select(
            stage.database, "vw_RedemptionLedger", filters=[where("IsCounted", "=", True)]
        )
    )
    rows: list[Mapping[str, Value]] = [
        {
            "CampaignId": row["CampaignId"],
            "Counter": row["CurrentRedemptions"],
            "Ledger": counted[str(row["CampaignId"])],
            "Drift": int(cast(int, row["CurrentRedemptions"])) - counted[str(row["CampaignId"])],
        }
        for row in active
    ]
    stage.table(rows, ["CampaignId", "Counter", "Ledger", "Drift"])
    drift = views.select(stage.database, "vw_CounterDrift")
    stage.say(f"vw_CounterDrift compares every counter: {len(drift)} differ")
    stage.expect("campaign counters that drift", [row for row in rows if row["Drift"]], [])
    stage.expect("counters that drift", len(drift), 0)


def reconcile(stage: Stage) -> None:
    done = procedures.reconcile_counters(stage.database).row
    stage.say(
        f"sp_ReconcileCounters looked at {done['Checked']:,} campaigns, coupons and users:"
        f" {done['Drifted']} drifted, {done['Corrected']} corrected"
    )
    stage.expect("counters that the reconciliation corrected", done["Corrected"], 0)
