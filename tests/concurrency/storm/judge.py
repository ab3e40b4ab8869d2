"""What became of a storm, from the ledger and the reservations alone: plain SQL of our own.

Nothing here asks vw_CounterDrift or sp_ReconcileCounters, which would share the product's errors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.concurrency.storm.record import Deed, Record
from tests.concurrency.storm.stage import Stage
from tests.spec.calls import Row
from tests.spec.office import Office

LEDGER = """(
    SELECT RedemptionId, CouponId, CampaignId, UserId, Status, DiscountAmount, UseRestored
    FROM dbo.RedemptionHistory
    UNION ALL
    SELECT RedemptionId, CouponId, CampaignId, UserId, Status, DiscountAmount, UseRestored
    FROM dbo.RedemptionHistoryArchive)"""
COUNTED = f"""(
    SELECT l.CouponId, l.CampaignId, l.UserId, 1 AS Used, 0 AS Held, l.DiscountAmount AS Spent,
           0 AS SpentHeld
    FROM {LEDGER} AS l
    WHERE l.Status = N'success' OR (l.Status = N'reversed' AND l.UseRestored = 0)
    UNION ALL
    SELECT r.CouponId, r.CampaignId, r.UserId, 0, 1, 0, r.DiscountAmount
    FROM dbo.Reservations AS r
    WHERE r.Status = N'Reserved')"""
"""One row for each use that counts and each slot that is held: what all counters must add up to."""


@dataclass(slots=True)
class Verdict:
    """The figures of a storm; right when every one of `wrong` is empty."""

    applied: int = 0
    acknowledged: int = 0
    unknown: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return not any(self.wrong.values())

    def __str__(self) -> str:
        found = [f"{kind}: {line}" for kind, lines in self.wrong.items() for line in lines[:5]]
        return "\n".join(found) or "right"


def judge(office: Office, stage: Stage, record: Record) -> Verdict:
    bench = _Bench(office, stage)
    applied = bench.applied()
    verdict = Verdict(unknown=sum(not deed.heard for deed in record.deeds))
    uses = {deed.redemption for deed in record.deeds if deed.heard and deed.kind in USES}
    doubtful = sum(not deed.heard for deed in record.deeds if deed.kind in USES)
    verdict.applied, verdict.acknowledged = len(applied), len(uses)
    verdict.wrong = {
        "excess": bench.excess(),
        "lost": bench.lost(record.deeds, applied),
        "duplicates": bench.duplicates(record.deeds),
        "drift": bench.drift(),
        "stranded": bench.stranded(),
        "half-written": bench.halves(),
        "invented": [f"{len(applied)} uses, {len(uses)} acknowledged, {doubtful} unknown"]
        if len(applied) > len(uses) + doubtful
        else [],
        "complaints": record.complaints,
    }
    return verdict


USES = ("redeem", "confirm", "pay")


@dataclass(slots=True)
class _Bench:
    office: Office
    stage: Stage

    def rows(self, text: str) -> Sequence[Row]:
        """The query with {here} for a condition that means: the campaigns of the storm."""
        here = f"CampaignId IN ({', '.join('?' * len(self.stage.campaigns))})"
        number = text.count("{here}")
        return self.office.rows(text.replace("{here}", here), *(self.stage.campaigns * number))

    def lines(self, text: str) -> list[str]:
        return [
            ", ".join(f"{name} {value}" for name, value in row.items()) for row in self.rows(text)
        ]

    def applied(self) -> dict[int, Row]:
        """Every use that there ever was."""
        found = self.rows(
            "SELECT h.RedemptionId, h.Status, h.IdempotencyKey, h.CouponCode, h.UserId,"
            " h.ReservationId, h.RefundedAmount FROM dbo.RedemptionHistory AS h"
            " WHERE h.{here} AND h.Status IN (N'success', N'reversed');"
        )
        return {row["RedemptionId"]: row for row in found}

    def excess(self) -> list[str]:
        """More used and held than a limit allows: of a coupon, a campaign, a user, a budget."""
        return (
            self.lines(
                "SELECT c.CouponCode, c.MaxUses, SUM(n.Used + n.Held) AS Taken"
                f" FROM {COUNTED} AS n INNER JOIN dbo.Coupons AS c ON c.CouponId = n.CouponId"
                " WHERE c.{here} GROUP BY c.CouponCode, c.MaxUses"
                " HAVING SUM(n.Used + n.Held) > c.MaxUses;"
            )
            + self.lines(
                "SELECT g.CampaignId, g.MaxTotalRedemptions, g.BudgetAmount,"
                " SUM(n.Used + n.Held) AS Taken, SUM(n.Spent + n.SpentHeld) AS Spent"
                f" FROM {COUNTED} AS n INNER JOIN dbo.Campaigns AS g"
                " ON g.CampaignId = n.CampaignId WHERE g.{here}"
                " GROUP BY g.CampaignId, g.MaxTotalRedemptions, g.BudgetAmount"
                " HAVING SUM(n.Used + n.Held) > g.MaxTotalRedemptions"
                " OR SUM(n.Spent + n.SpentHeld) > g.BudgetAmount;"
            )
            + self.lines(
                "SELECT c.CouponCode, n.UserId, c.MaxUsesPerUser, SUM(n.Used + n.Held) AS Taken"
                f" FROM {COUNTED} AS n INNER JOIN dbo.Coupons AS c ON c.CouponId = n.CouponId"
                " WHERE c.{here} GROUP BY c.CouponCode, n.UserId, c.MaxUsesPerUser"
                " HAVING SUM(n.Used + n.Held) > c.MaxUsesPerUser;"
            )
            + self.lines(
                "SELECT g.CampaignId, n.UserId, SUM(n.Used + n.Held) AS Taken"
                f" FROM {COUNTED} AS n INNER JOIN dbo.Campaigns AS g"
                " ON g.CampaignId = n.CampaignId WHERE g.{here}"
                " GROUP BY g.CampaignId, n.UserId, g.MaxRedemptionsPerUser"
                " HAVING SUM(n.Used + n.Held) > g.MaxRedemptionsPerUser;"
            )
        )

    def lost(self, deeds: Sequence[Deed], applied: dict[int, Row]) -> list[str]:
        """What was acknowledged and is not there."""
        holds = {
            row["ReservationId"]: row["Status"]
            for row in self.rows(
                "SELECT r.ReservationId, r.Status FROM dbo.Reservations AS r WHERE r.{here};"
            )
        }
        missing: list[str] = []
        for deed in deeds:
            if not deed.heard:
                continue
            use = applied.get(deed.redemption or 0)
            kept = {
                "redeem": use is not None and use["IdempotencyKey"] == deed.key,
                "reserve": deed.reservation in holds,
                "confirm": use is not None and holds.get(deed.reservation) == "Confirmed",
                "pay": use is not None,
                "release": holds.get(deed.reservation) == "Released",
                "reverse": use is not None and use["RefundedAmount"] >= (deed.refunded or 0),
            }[deed.kind]
            same = use is None or (use["CouponCode"], use["UserId"]) == (deed.code, deed.user)
            if not kept or not same:
                missing.append(f"{deed} is {use} and {holds.get(deed.reservation or 0)}")
        return missing

    def duplicates(self, deeds: Sequence[Deed]) -> list[str]:
        """Two effects of one key, of one reservation, or of one use."""
        keyed = Counter(deed.redemption for deed in deeds if deed.heard and deed.kind == "redeem")
        return [f"redemption {use} was told to {n} keys" for use, n in keyed.items() if n > 1] + [
            line
            for text in (
                "SELECT h.IdempotencyKey, COUNT(*) AS Effects FROM dbo.RedemptionHistory AS h"
                " WHERE h.{here} AND h.IdempotencyKey IS NOT NULL"
                " GROUP BY h.IdempotencyKey HAVING COUNT(*) > 1;",
                "SELECT h.ReservationId, COUNT(*) AS Uses FROM dbo.RedemptionHistory AS h"
                " WHERE h.{here} AND h.ReservationId IS NOT NULL"
                " AND h.Status IN (N'success', N'reversed')"
                " GROUP BY h.ReservationId HAVING COUNT(*) > 1;",
                "SELECT r.ConfirmEventId, COUNT(*) AS Confirmed FROM dbo.Reservations AS r"
                " WHERE r.{here} AND r.ConfirmEventId IS NOT NULL"
                " GROUP BY r.ConfirmEventId HAVING COUNT(*) > 1;",
                "SELECT r.CouponId, r.UserId, r.OrderId, COUNT(*) AS Held"
                " FROM dbo.Reservations AS r WHERE r.{here} AND r.Status = N'Reserved'"
                " GROUP BY r.CouponId, r.UserId, r.OrderId HAVING COUNT(*) > 1;",
            )
            for line in self.lines(text)
        ]

    def drift(self) -> list[str]:
        """Counters that differ from what was counted."""
        return self.lines(
            "SELECT v.What, v.Name, SUM(v.Used) AS Used, SUM(v.Held) AS Held,"
            " SUM(v.Spent) AS Spent, SUM(v.SpentHeld) AS SpentHeld FROM ("
            "SELECT N'coupon' AS What, CAST(n.CouponId AS nvarchar(220)) AS Name, n.Used, n.Held,"
            f" n.Spent, 0 AS SpentHeld FROM {COUNTED} AS n WHERE n.{{here}}"
            " UNION ALL SELECT N'coupon', CAST(c.CouponId AS nvarchar(220)), -c.UsedCount,"
            " -c.ReservedCount, -c.TotalDiscountApplied, 0 FROM dbo.Coupons AS c"
            " WHERE c.{here} AND c.StripeCount = 1"
            " UNION ALL SELECT N'coupon', CAST(s.CouponId AS nvarchar(220)), -s.UsedCount,"
            " -s.ReservedCount, -s.TotalDiscount, 0 FROM dbo.CouponCounterStripes AS s"
            " INNER JOIN dbo.Coupons AS c ON c.CouponId = s.CouponId WHERE c.{here}"
            " UNION ALL SELECT N'campaign', CAST(n.CampaignId AS nvarchar(220)), n.Used, n.Held,"
            f" n.Spent, n.SpentHeld FROM {COUNTED} AS n WHERE n.{{here}}"
            " UNION ALL SELECT N'campaign', CAST(s.CampaignId AS nvarchar(220)), -s.UsedCount,"
            " -s.ReservedCount, -s.BudgetUsed, -s.BudgetReserved"
            " FROM dbo.CampaignCounterStripes AS s WHERE s.{here}"
            " UNION ALL SELECT N'campaign row', CAST(n.CampaignId AS nvarchar(220)), n.Used, 0,"
            f" 0, 0 FROM {COUNTED} AS n INNER JOIN dbo.Campaigns AS g"
            " ON g.CampaignId = n.CampaignId WHERE g.{here} AND g.StripeCount = 1"
            " UNION ALL SELECT N'campaign row', CAST(g.CampaignId AS nvarchar(220)),"
            " -g.CurrentRedemptions, 0, 0, 0 FROM dbo.Campaigns AS g"
            " WHERE g.{here} AND g.StripeCount = 1"
            " UNION ALL SELECT N'user of campaign', CONCAT(n.UserId, N'/', n.CampaignId), n.Used,"
            f" n.Held, n.Spent, 0 FROM {COUNTED} AS n WHERE n.{{here}}"
            " UNION ALL SELECT N'user of campaign', CONCAT(u.UserId, N'/', u.CampaignId),"
            " -u.RedemptionCount, -u.ReservedCount, -u.TotalDiscount, 0"
            " FROM dbo.UserRedemptions AS u WHERE u.{here}"
            " UNION ALL SELECT N'user of coupon', CONCAT(n.UserId, N'/', n.CouponId), n.Used,"
            f" n.Held, 0, 0 FROM {COUNTED} AS n WHERE n.{{here}}"
            " UNION ALL SELECT N'user of coupon', CONCAT(u.UserId, N'/', u.CouponId),"
            " -u.UsedCount, -u.ReservedCount, 0, 0 FROM dbo.CouponUserUsage AS u"
            " INNER JOIN dbo.Coupons AS c ON c.CouponId = u.CouponId WHERE c.{here}"
            ") AS v GROUP BY v.What, v.Name HAVING SUM(v.Used) <> 0 OR SUM(v.Held) <> 0"
            " OR SUM(v.Spent) <> 0 OR SUM(v.SpentHeld) <> 0;"
        )

    def stranded(self) -> list[str]:
        """Room that no stripe has, stripes that nobody looks at, stripes below zero or too full."""
        return [
            line
            for text in (
                "SELECT g.CampaignId, g.StripeCount, COUNT(s.StripeNo) AS Stripes,"
                " MAX(s.StripeNo) AS Last, g.MaxTotalRedemptions, SUM(s.StripeLimit) AS Uses,"
                " g.BudgetAmount, SUM(s.BudgetLimit) AS Budget FROM dbo.Campaigns AS g"
                " LEFT OUTER JOIN dbo.CampaignCounterStripes AS s ON s.CampaignId = g.CampaignId"
                " WHERE g.{here} GROUP BY g.CampaignId, g.StripeCount, g.MaxTotalRedemptions,"
                " g.BudgetAmount HAVING COUNT(s.StripeNo) <> g.StripeCount"
                " OR MAX(s.StripeNo) <> g.StripeCount - 1"
                " OR COALESCE(SUM(s.StripeLimit), -1) <> COALESCE(g.MaxTotalRedemptions, -1)"
                " OR COALESCE(SUM(s.BudgetLimit), -1) <> COALESCE(g.BudgetAmount, -1);",
                "SELECT c.CouponCode, c.StripeCount, COUNT(s.StripeNo) AS Stripes, c.MaxUses,"
                " SUM(s.StripeLimit) AS Uses FROM dbo.Coupons AS c"
                " LEFT OUTER JOIN dbo.CouponCounterStripes AS s ON s.CouponId = c.CouponId"
                " WHERE c.{here} GROUP BY c.CouponCode, c.StripeCount, c.MaxUses"
                " HAVING COUNT(s.StripeNo) <> IIF(c.StripeCount = 1, 0, c.StripeCount)"
                " OR (c.StripeCount > 1"
                " AND COALESCE(SUM(s.StripeLimit), -1) <> COALESCE(c.MaxUses, -1));",
                "SELECT s.CampaignId, s.StripeNo FROM dbo.CampaignCounterStripes AS s"
                " WHERE s.{here} AND (s.UsedCount < 0 OR s.ReservedCount < 0 OR s.BudgetUsed < 0"
                " OR s.BudgetReserved < 0 OR s.UsedCount + s.ReservedCount > s.StripeLimit"
                " OR s.BudgetUsed + s.BudgetReserved > s.BudgetLimit);",
                "SELECT s.CouponId, s.StripeNo FROM dbo.CouponCounterStripes AS s"
                " INNER JOIN dbo.Coupons AS c ON c.CouponId = s.CouponId"
                " WHERE c.{here} AND (s.UsedCount < 0 OR s.ReservedCount < 0"
                " OR s.UsedCount + s.ReservedCount > s.StripeLimit);",
            )
            for line in self.lines(text)
        ]

    def halves(self) -> list[str]:
        """Effects of which a part is missing."""
        return [
            line
            for text in (
                # A reservation and its ledger row tell the same story.
                "SELECT r.ReservationId, r.Status, h.Status AS Ledger FROM dbo.Reservations AS r"
                " LEFT OUTER JOIN dbo.RedemptionHistory AS h ON h.RedemptionId = r.RedemptionId"
                " WHERE r.{here} AND COALESCE(h.Status, N'none') NOT IN (CASE r.Status"
                " WHEN N'Reserved' THEN N'pending' WHEN N'Confirmed' THEN N'success'"
                " ELSE N'failed' END, CASE r.Status WHEN N'Confirmed' THEN N'reversed'"
                " WHEN N'Reserved' THEN N'pending' ELSE N'failed' END);",
                "SELECT h.RedemptionId AS Pending FROM dbo.RedemptionHistory AS h"
                " LEFT OUTER JOIN dbo.Reservations AS r ON r.RedemptionId = h.RedemptionId"
                " AND r.Status = N'Reserved'"
                " WHERE h.{here} AND h.Status = N'pending' AND r.ReservationId IS NULL;",
                # Every use is told of once.
                "SELECT h.RedemptionId, COUNT(e.EventId) AS Events FROM dbo.RedemptionHistory AS h"
                " LEFT OUTER JOIN dbo.OutboxEvents AS e"
                " ON e.EntityId = CAST(h.RedemptionId AS nvarchar(120))"
                " AND e.EntityType = N'redemption' AND e.EventType = N'coupon_used'"
                " WHERE h.{here} AND h.Status IN (N'success', N'reversed')"
                " GROUP BY h.RedemptionId HAVING COUNT(e.EventId) <> 1;",
                "SELECT h.RedemptionId, h.Status, COUNT(e.EventId) AS Reversals"
                " FROM dbo.RedemptionHistory AS h LEFT OUTER JOIN dbo.OutboxEvents AS e"
                " ON e.EntityId = CAST(h.RedemptionId AS nvarchar(120))"
                " AND e.EntityType = N'redemption' AND e.EventType = N'redemption_reversed'"
                " WHERE h.{here} AND (h.Status = N'reversed' OR h.RefundedAmount > 0)"
                " GROUP BY h.RedemptionId, h.Status HAVING COUNT(e.EventId) = 0;",
                # A key has its outcome, an event its result.
                "SELECT k.Scope, k.IdempotencyKey FROM dbo.IdempotencyKeys AS k"
                " WHERE k.ResultJson IS NULL;",
                "SELECT e.EventId FROM dbo.ProcessedPaymentEvents AS e"
                " WHERE e.ResultJson IS NULL"
                " OR (e.ProcessedAt IS NULL AND e.Outcome = N'processed');",
            )
            for line in self.lines(text)
        ]
