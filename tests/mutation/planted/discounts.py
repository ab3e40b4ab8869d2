"""How much a coupon takes off, and whether the budget allows it."""

from __future__ import annotations

from tests.mutation.bug import bug

DISCOUNTS = "spec/test_discounts.py"

BUGS = [
    bug(
        "discount-rounded-down",
        "fn_CalculateDiscount",
        "ROUND(ISNULL(@BaseAmount, 0) * @DiscountValue / 100, 2)",
        "ROUND(ISNULL(@BaseAmount, 0) * @DiscountValue / 100, 2, 1)",
        "Half a cent is cut off instead of rounded up.",
        DISCOUNTS,
    ),
    bug(
        "discount-without-cap",
        "fn_CalculateDiscount",
        "@MaxDiscountAmount < ISNULL(@BaseAmount, 0), @MaxDiscountAmount,",
        "1 = 0, @MaxDiscountAmount,",
        "The cap of a percentage is not looked at.",
        DISCOUNTS,
    ),
    bug(
        "discount-on-the-whole",
        "sp_i_EvaluateOrder",
        "IIF(@OtherDiscounts > @OrderAmount, 0, @OrderAmount - @OtherDiscounts)",
        "@OrderAmount",
        "A second code is calculated on the whole order and not on what the first left.",
        DISCOUNTS,
    ),
    bug(
        "stacking-one-too-many",
        "sp_i_EvaluateOrder",
        "@Others >= @CouponsPerOrder THEN",
        "@Others > @CouponsPerOrder THEN",
        "An order takes one code more than allowed.",
        DISCOUNTS,
    ),
    bug(
        "budget-never-ends",
        "sp_i_WatchBudget",
        "IIF(k.BudgetUsed >= @BudgetAmount AND g.IsActive = 1, 1, 0)",
        "IIF(k.BudgetUsed > @BudgetAmount AND g.IsActive = 1, 1, 0)",
        "A campaign whose budget is spent to the cent stays active.",
        DISCOUNTS,
    ),
    bug(
        "budget-alert-again",
        "sp_i_WatchBudget",
        "IIF(g.BudgetAlertSentAt IS NULL\n                          AND (k.BudgetUsed",
        "IIF(1 = 1\n                          AND (k.BudgetUsed",
        "The alert of a budget is sent with every use.",
        DISCOUNTS,
    ),
]
