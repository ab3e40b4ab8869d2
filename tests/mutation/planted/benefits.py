"""Credits, months and licences: granted, spent, expired and taken back."""

from __future__ import annotations

from tests.mutation.bug import bug

BENEFITS = "spec/test_benefits.py"
TAKEN_BACK = "spec/test_benefits_taken_back.py"
CREDITS = "spec/test_credits.py"
USAGE = "spec/test_usage.py"

BUGS = [
    bug(
        "balance-overdrawn",
        "sp_i_TakeCredits",
        " AND Amount >= @Amount;",
        ";",
        "Credits are taken that are not there.",
        USAGE,
    ),
    bug(
        "latest-credits-first",
        "sp_i_TakeCredits",
        "ORDER BY IIF(a.ExpiresAt IS NULL, 1, 0), a.ExpiresAt, a.AllocationId\n",
        "ORDER BY a.AllocationId DESC\n",
        "Credits that end soon are not spent first.",
        USAGE,
    ),
    bug(
        "expired-counts-as-used",
        "sp_i_TakeCredits",
        "TotalUsed = s.TotalUsed + IIF(@Reason IN (N'expiry', N'reversal'), 0, t.Amount),",
        "TotalUsed = s.TotalUsed + t.Amount,",
        "What expired or was taken back counts as used.",
        USAGE,
        TAKEN_BACK,
    ),
    bug(
        "allocations-untouched",
        "sp_i_TakeCredits",
        "    SET RemainingAmount = a.RemainingAmount - p.Amount\n",
        "    SET RemainingAmount = a.RemainingAmount\n",
        "The balance goes down and its allocations stay.",
        USAGE,
    ),
    bug(
        "lifetime-sum-replaced",
        "sp_i_AddCredits",
        "    SET TotalGranted = TotalGranted + @Amount\n",
        "    SET TotalGranted = @Amount\n",
        "The lifetime sum holds the last grant only.",
        CREDITS,
    ),
    bug(
        "grant-unaudited",
        "sp_GrantCredits",
        "            EXEC dbo.sp_i_Audit @Action = N'credit.grant'",
        "            IF 1 = 0\n            EXEC dbo.sp_i_Audit @Action = N'credit.grant'",
        "A grant leaves no audit entry.",
        CREDITS,
    ),
    bug(
        "order-not-paid-with-credits",
        "sp_i_ApplyBenefits",
        "        IF @Applied > 0\n",
        "        IF 1 = 0\n",
        "Credits reduce an order and are kept all the same.",
        BENEFITS,
    ),
    bug(
        "revoked-beyond-the-balance",
        "sp_i_RevokeBenefits",
        "SET @CreditsRevoked = IIF(@Remaining <= @Balance, @Remaining, @Balance);",
        "SET @CreditsRevoked = @Amount;",
        "A reversal takes back credits that are spent.",
        TAKEN_BACK,
    ),
    bug(
        "shortfall-forgets-expiry",
        "sp_i_RevokeBenefits",
        "SET @CreditsShortfall = @Amount - @Applied - @Expired - @CreditsRevoked;",
        "SET @CreditsShortfall = @Amount - @Applied - @CreditsRevoked;",
        "Credits that expired count as spent.",
        TAKEN_BACK,
    ),
    bug(
        "months-not-taken-back",
        "sp_i_RevokeBenefits",
        "        SET @Months = -@Months;\n",
        "",
        "A reversal gives the months a second time.",
        TAKEN_BACK,
    ),
    bug(
        "months-after-the-end",
        "sp_i_ApplyBenefits",
        "s.Status IN (N'trial', N'active', N'past_due')\n",
        "1 = 1\n",
        "A subscription that has ended is made longer.",
        BENEFITS,
    ),
    bug(
        "licensed-twice",
        "sp_i_RedeemCore",
        "    IF @ErrorCode IS NULL AND @CouponType = N'byok_migration'\n",
        "    IF 1 = 0\n",
        "A licence holder migrates again.",
        BENEFITS,
    ),
]
