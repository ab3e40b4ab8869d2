"""Refunds and reversals of redemptions."""

from __future__ import annotations

from tests.mutation.bug import bug

REVERSALS = "spec/test_reversals.py"

BUGS = [
    bug(
        "refund-beyond-payment",
        "sp_i_ReverseCore",
        "WHEN @RefundedBefore + @RefundAmount > @Final\n",
        "WHEN @RefundAmount > @Final\n",
        "Partial refunds add up to more than was paid.",
        REVERSALS,
    ),
    bug(
        "refund-never-full",
        "sp_i_ReverseCore",
        "IIF(@RefundAmount IS NULL OR @RefundedBefore + @RefundAmount = @Final, 1, 0)",
        "IIF(@RefundAmount IS NULL, 1, 0)",
        "Parts that add up to the whole do not reverse.",
        REVERSALS,
    ),
    bug(
        "reversal-keeps-the-budget",
        "sp_i_ReleaseSlot",
        "@Spent decimal(10,2) = IIF(@FromUsed = 1, -@DiscountAmount, 0)",
        "@Spent decimal(10,2) = 0",
        "A reversal gives the use back and not the budget.",
        REVERSALS,
    ),
    bug(
        "reversal-keeps-the-user",
        "sp_i_ShiftSlot",
        "    UPDATE dbo.CouponUserUsage\n    SET UsedCount = UsedCount + @Use,",
        "    UPDATE dbo.CouponUserUsage\n    SET UsedCount = UsedCount,",
        "A reversal leaves the use with its user.",
        REVERSALS,
    ),
    bug(
        "chargeback-restores",
        "sp_i_RestoreUse",
        "WHEN N'chargeback' THEN N'chargeback_restores_use' END;",
        "WHEN N'chargeback' THEN N'refund_restores_use' END;",
        "A chargeback follows the setting of refunds.",
        REVERSALS,
    ),
    bug(
        "chargeback-unsuspicious",
        "sp_i_ReverseCore",
        "    IF @ReversalReason = N'chargeback'\n",
        "    IF 1 = 0\n",
        "A chargeback raises no fraud event.",
        REVERSALS,
    ),
    bug(
        "reversal-unaudited",
        "sp_i_ReverseNamed",
        "        EXEC dbo.sp_i_Audit\n",
        "        IF 1 = 0\n        EXEC dbo.sp_i_Audit\n",
        "A reversal leaves no audit entry.",
        REVERSALS,
    ),
    bug(
        "reversal-unannounced",
        "sp_i_ReverseCore",
        "    EXEC dbo.sp_i_Enqueue @EventType = N'redemption_reversed'",
        "    IF 1 = 0\n    EXEC dbo.sp_i_Enqueue @EventType = N'redemption_reversed'",
        "A reversal leaves no event.",
        REVERSALS,
    ),
    bug(
        "reversal-without-the-user",
        "sp_i_LockRedemption",
        "        EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;\n",
        "        SET @Now = SYSUTCDATETIME();\n",
        "Two reversals of one redemption decide on the same state.",
        "concurrency/test_gates.py::test_a_reversal_holds_its_user_its_coupon_and_its_campaign",
    ),
]
