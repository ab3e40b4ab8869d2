"""Counting again, sweeping, changing: what keeps the house in order."""

from __future__ import annotations

from tests.mutation.bug import bug

RECONCILE = "spec/test_reconcile.py"
STRIPES = "spec/test_stripes.py"

BUGS = [
    bug(
        "recount-closed-holds",
        "sp_i_ReconcileCoupon",
        "    WHERE r.CouponId = @CouponId AND r.Status = N'Reserved';",
        "    WHERE r.CouponId = @CouponId;",
        "The count of held slots takes in those that ended.",
        RECONCILE,
    ),
    bug(
        "recount-above-the-limit",
        "sp_i_ReconcileCoupon",
        "@KeptUsed = IIF(@Used > @MaxUses, @MaxUses, @Used),",
        "@KeptUsed = @Used,",
        "A coupon used beyond its limit cannot be stored.",
        RECONCILE,
    ),
    bug(
        "recount-writes-when-looking",
        "sp_i_ReconcileCoupon",
        "    IF @RowsJson IS NULL OR @Fix = 0\n",
        "    IF @RowsJson IS NULL\n",
        "Who only looks changes the counters.",
        RECONCILE,
    ),
    bug(
        "recount-without-the-archive",
        "vw_RedemptionLedger",
        "    FROM dbo.RedemptionHistoryArchive AS h\n",
        "    FROM dbo.RedemptionHistoryArchive AS h\n    WHERE 1 = 0\n",
        "Uses that went to the archive are not counted.",
        RECONCILE,
    ),
    bug(
        "recount-credits-below-zero",
        "sp_i_ReconcileCredit",
        "        SET Amount = IIF(@Actual < 0, 0, @Actual), UpdatedAt = @Now\n",
        "        SET Amount = @Actual, UpdatedAt = @Now\n",
        "A balance is stored below zero.",
        RECONCILE,
    ),
    bug(
        "refresh-forgets-the-count",
        "sp_i_RefreshCampaign",
        "    SET CurrentRedemptions = @Used,\n",
        "    SET CurrentRedemptions = CurrentRedemptions,\n",
        "The row of a striped campaign does not follow its stripes.",
        STRIPES,
    ),
    bug(
        "archive-keeps-addresses",
        "sp_i_ArchiveLedger",
        "deleted.FailureReason, NULL, NULL, deleted.Status,",
        "deleted.FailureReason, deleted.IpAddress, deleted.UserAgent, deleted.Status,",
        "Addresses and agents go to the archive.",
        "spec/test_archive.py",
    ),
    bug(
        "archive-takes-open-checkouts",
        "sp_i_ArchiveLedger",
        " AND h.Status <> N'pending' AND h.ReviewStatus",
        " AND h.ReviewStatus",
        "An open checkout is moved to the archive.",
        "spec/test_archive.py",
    ),
]
