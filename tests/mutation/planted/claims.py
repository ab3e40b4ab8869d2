"""Taking a use: of a coupon, of a campaign with its budget, of a user."""

from __future__ import annotations

from tests.mutation.bug import bug

RACES = "concurrency/test_redemption_races.py"
HOLDS = "spec/test_reservations.py"
STEPS = "spec/test_validate_and_redeem_steps.py"
STRIPES = "spec/test_stripes.py"
LOCKS = "concurrency/test_gates.py"
ATTEMPT = f"{LOCKS}::test_an_attempt_holds_its_user_its_coupon_and_its_campaign"
OVERTAKEN = f"{LOCKS}::test_ec_004_a_striped_claim_sees_a_deactivation_that_overtook_it"

BUGS = [
    bug(
        "claim-beyond-coupon-limit",
        "sp_i_ClaimCoupon",
        "\n      AND (MaxUses IS NULL OR UsedCount + ReservedCount < MaxUses);",
        ";",
        "A coupon is claimed without looking at its limit once more.",
        f"{HOLDS}::test_ec_009_a_late_payment_without_a_free_slot_asks_for_a_refund",
    ),
    bug(
        "claim-without-looking-back",
        "sp_i_ClaimCoupon",
        "    IF @@ROWCOUNT = 0\n        SET @ErrorCode = IIF(@MaxUses = 1,",
        "    IF 1 = 0\n        SET @ErrorCode = IIF(@MaxUses = 1,",
        "A claim that changed no row counts as one that did.",
        f"{HOLDS}::test_ec_009_a_late_payment_without_a_free_slot_asks_for_a_refund",
    ),
    bug(
        "claim-not-undone",
        "sp_i_UndoCoupon",
        "        SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,\n"
        "            UniqueUsers = UniqueUsers - @NewUser,\n"
        "            TotalDiscountApplied",
        "        SET UniqueUsers = UniqueUsers - @NewUser,\n            TotalDiscountApplied",
        "A coupon that was claimed before its campaign refused keeps the use.",
        f"{RACES}::test_r5_a_campaign_limit_is_met_exactly",
    ),
    bug(
        "claim-never-fills",
        "sp_i_ClaimCoupon",
        "IsRedeemed = IIF(UsedCount + @Use >= MaxUses, 1, 0)",
        "IsRedeemed = IIF(UsedCount + @Use > MaxUses, 1, 0)",
        "The last use does not mark a code as redeemed.",
        STEPS,
    ),
    bug(
        "claim-beyond-campaign-limit",
        "sp_i_ClaimCampaign",
        "          AND (StripeLimit IS NULL OR UsedCount + ReservedCount < StripeLimit)\n",
        "",
        "A stripe of a campaign is claimed without looking at its limit.",
        f"{RACES}::test_r5_a_campaign_limit_is_met_exactly",
    ),
    bug(
        "claim-beyond-budget",
        "sp_i_ClaimCampaign",
        "\n          AND (BudgetLimit IS NULL"
        " OR BudgetUsed + BudgetReserved + @Amount <= BudgetLimit);",
        ";",
        "A stripe of a campaign is claimed without looking at its budget.",
        f"{RACES}::test_r7_a_budget_of_100_grants_7_fourteen_times",
    ),
    bug(
        "claim-budget-to-the-cent",
        "sp_i_EvaluateOrder",
        "WHEN @BudgetTaken + COALESCE(@DiscountAmount, 0) > @BudgetAmount",
        "WHEN @BudgetTaken + COALESCE(@DiscountAmount, 0) >= @BudgetAmount",
        "The last discount that a budget just covers is refused.",
        "spec/test_discounts.py",
    ),
    bug(
        "claim-after-deactivation",
        "sp_i_ClaimCouponStripe",
        "    IF @MustBeActive = 1\n        SELECT",
        "    IF 1 = 0\n        SELECT",
        "A claim on a stripe does not see that its coupon went inactive meanwhile.",
        OVERTAKEN,
    ),
    bug(
        "claim-after-switching-off",
        "sp_i_ClaimCampaign",
        "CASE WHEN @MustBeActive = 1\n",
        "CASE WHEN 1 = 0\n",
        "A claim on a stripe does not see that its campaign went inactive meanwhile.",
        OVERTAKEN,
    ),
    bug(
        "claim-undone-in-part",
        "sp_i_ClaimCouponStripe",
        "        SET UsedCount = UsedCount - @Use, ReservedCount = ReservedCount - @Hold,\n",
        "        SET ReservedCount = ReservedCount - @Hold,\n",
        "A claim that came too late leaves its use on the stripe.",
        OVERTAKEN,
    ),
    bug(
        "gather-only-some",
        "sp_i_GatherCampaign",
        "BudgetUsed + BudgetReserved + IIF(StripeNo = @StripeNo, @FreeBudget, 0))",
        "BudgetUsed + BudgetReserved + IIF(StripeNo = @StripeNo, @Amount, 0))",
        "Budget that is left over several stripes gets lost when it is gathered.",
        f"{RACES}::test_r7_a_budget_of_100_grants_7_fourteen_times",
    ),
    bug(
        "spread-without-the-rest",
        "sp_i_SpreadCampaign",
        "SET StripeLimit = (@Limit + @StripeCount - 1 - StripeNo) / @StripeCount,",
        "SET StripeLimit = @Limit / @StripeCount,",
        "What does not divide evenly over the stripes is lost.",
        STRIPES,
    ),
    bug(
        "user-not-locked",
        "sp_i_LockUser",
        "    UPDATE dbo.UserProfiles\n"
        "    SET LastAttemptAt = SYSUTCDATETIME()\n"
        "    WHERE UserId = @UserId;\n\n"
        "    IF @@ROWCOUNT = 0\n",
        "    IF NOT EXISTS (SELECT 1 FROM dbo.UserProfiles AS p WHERE p.UserId = @UserId)\n",
        "The calls of one user run side by side.",
        ATTEMPT,
    ),
    bug(
        "user-beyond-limit",
        "sp_i_ClaimUser",
        "\n          AND UsedCount + ReservedCount < @MaxUsesPerUser;",
        ";",
        "The uses of a user are counted without looking at the limit once more.",
        HOLDS,
        f"{RACES}::test_r4_one_user_gets_one_use_without_a_key_too",
        survives="The calls of one user wait for each other, and sp_i_ClaimSlot has compared the"
        " limit under that lock.",
    ),
    bug(
        "coupon-not-locked",
        "sp_i_LockCoupon",
        "FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)",
        "FROM dbo.Coupons AS c",
        "Attempts at one coupon read its counter side by side.",
        ATTEMPT,
    ),
    bug(
        "campaign-not-locked",
        "sp_i_LockCoupon",
        "FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)",
        "FROM dbo.Campaigns AS g",
        "Attempts at one campaign read its counters side by side.",
        ATTEMPT,
    ),
    bug(
        "use-not-announced",
        "sp_i_RecordUse",
        "    EXEC dbo.sp_i_Enqueue @EventType = N'coupon_used'",
        "    IF 1 = 0\n    EXEC dbo.sp_i_Enqueue @EventType = N'coupon_used'",
        "A redemption leaves no event.",
        STEPS,
    ),
    bug(
        "uses-left-grow",
        "sp_i_RedeemCore",
        "SELECT @RemainingUses -= 1, @RemainingUsesForUser -= 1;",
        "SELECT @RemainingUses += 1, @RemainingUsesForUser += 1;",
        "The answer counts the use that was just taken to what is left.",
        STEPS,
    ),
    bug(
        "fault-leaves-transaction",
        "sp_RedeemCoupon",
        "        IF @IsOwn = 1 AND XACT_STATE() <> 0\n            ROLLBACK TRANSACTION;",
        "        IF 1 = 0\n            ROLLBACK TRANSACTION;",
        "After a fault the caller sits in a transaction that it did not begin.",
        "spec/test_idempotency.py",
    ),
]
