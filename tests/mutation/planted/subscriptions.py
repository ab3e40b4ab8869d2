"""Subscriptions and licences: proration, months that wait, devices."""

from __future__ import annotations

from tests.mutation.bug import bug

SUBSCRIPTIONS = "spec/test_subscriptions.py"
TIERS = "spec/test_changing_tiers.py"
STATUS = "spec/test_subscription_status.py"
LICENSES = "spec/test_licenses.py"

BUGS = [
    bug(
        "proration-cut-off",
        "sp_i_ChangeTier",
        "@UnusedCredit = ROUND(@OldPrice * @Left / @Days, 2),",
        "@UnusedCredit = ROUND(@OldPrice * @Left / @Days, 2, 1),",
        "Half a cent of what was paid is cut off instead of rounded up.",
        TIERS,
    ),
    bug(
        "proration-wrong-sign",
        "sp_i_ChangeTier",
        "@NetAmount = @NewTierCost - @UnusedCredit - @Discount,",
        "@NetAmount = @NewTierCost - @UnusedCredit + @Discount,",
        "The discount of a coupon is added to what is to be paid.",
        TIERS,
    ),
    bug(
        "proration-on-the-full-price",
        "sp_i_ChangeTier",
        "@OrderAmount = @NewTierCost, @OrderId = NULL,",
        "@OrderAmount = @NewPrice, @OrderId = NULL,",
        "A coupon takes its share of the whole price and not of what is left of the period.",
        TIERS,
    ),
    bug(
        "proration-credits-for-all-days",
        "sp_i_ChangeTier",
        "CEILING(CAST(@NewCredits - @OldCredits AS decimal(19,0)) * @Left\n"
        "                                           / @Days), 0);",
        "@NewCredits - @OldCredits, 0);",
        "An upgrade brings the credits of a whole month, whatever is left of it.",
        TIERS,
    ),
    bug(
        "change-not-remembered",
        "sp_ChangeSubscriptionTier",
        "        IF @State = N'new' AND EXISTS",
        "        IF 1 = 0 AND EXISTS",
        "A change of which only the prorations know is made again.",
        TIERS,
    ),
    bug(
        "months-given-twice",
        "sp_i_ApplyWaitingMonths",
        "          AND h.SubscriptionId IS NULL;\n\n    SELECT @Count",
        ";\n\n    SELECT @Count",
        "Months that were given already are given with each new subscription.",
        SUBSCRIPTIONS,
    ),
    bug(
        "two-live-subscriptions",
        "sp_i_OpenSubscription",
        "    ELSE IF @Live IS NOT NULL\n",
        "    ELSE IF 1 = 0\n",
        "A user gets a second live subscription.",
        SUBSCRIPTIONS,
    ),
    bug(
        "status-unaudited",
        "sp_SetSubscriptionStatus",
        "            EXEC dbo.sp_i_Audit\n",
        "            IF 1 = 0\n            EXEC dbo.sp_i_Audit\n",
        "A change of status leaves no audit entry.",
        STATUS,
    ),
    bug(
        "one-device-too-many",
        "sp_ActivateLicense",
        "                   WHERE a.LicenseId = @LicenseId AND a.DeactivatedAt IS NULL) < @Most;\n"
        "            SET @Written = @@ROWCOUNT;\n        END\n        ELSE",
        "                   WHERE a.LicenseId = @LicenseId AND a.DeactivatedAt IS NULL) <= @Most;\n"
        "            SET @Written = @@ROWCOUNT;\n        END\n        ELSE",
        "A licence runs on one device more than it allows.",
        LICENSES,
    ),
]
