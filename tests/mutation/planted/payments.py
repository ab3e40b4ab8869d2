"""Payment events: once each, in whatever order."""

from __future__ import annotations

from tests.mutation.bug import bug

PAYMENTS = "spec/test_payments.py"

BUGS = [
    bug(
        "event-not-awaited",
        "sp_i_PaymentClaim",
        "FROM dbo.ProcessedPaymentEvents AS e WITH (UPDLOCK, HOLDLOCK)",
        "FROM dbo.ProcessedPaymentEvents AS e",
        "Of two deliveries of one event the second collides instead of waiting.",
        "concurrency/test_gates.py::test_ec_007_of_deliveries_that_start_together_one_takes_effect",
    ),
    bug(
        "event-twice",
        "sp_i_PaymentClaim",
        "WHEN @Replay = 1 AND @Outcome <> N'processed' THEN N'new'",
        "WHEN 1 = 1 THEN N'new'",
        "An event takes effect with every delivery.",
        PAYMENTS,
    ),
    bug(
        "event-not-counted",
        "sp_i_PaymentClaim",
        "    SET Attempts = Attempts + 1\n",
        "    SET Attempts = Attempts\n",
        "Deliveries of an event are not counted.",
        PAYMENTS,
    ),
    bug(
        "refund-before-payment-lost",
        "sp_i_PaymentApply",
        "        EXEC dbo.sp_i_PaymentDeferred\n             @IsLockOnly = 0,",
        "        IF 1 = 0\n        EXEC dbo.sp_i_PaymentDeferred\n             @IsLockOnly = 0,",
        "A refund that came first is never applied.",
        PAYMENTS,
    ),
    bug(
        "refund-before-payment-unlocked",
        "sp_i_PaymentApply",
        "        IF @IsSuccess = 1\n            EXEC dbo.sp_i_PaymentDeferred",
        "        IF 1 = 0\n            EXEC dbo.sp_i_PaymentDeferred",
        "Waiting refunds are locked after the user, against the lock order.",
        "concurrency/test_gates.py"
        "::test_ec_008_a_payment_holds_the_refunds_that_wait_for_it_before_its_user",
    ),
    bug(
        "refunds-not-summed",
        "sp_i_PaymentRefund",
        "SET @Sum = IIF(@IsDispute = 1 OR @Amount IS NULL, @Paid, @Before + @Amount);",
        "SET @Sum = IIF(@IsDispute = 1 OR @Amount IS NULL, @Paid, @Amount);",
        "A refund forgets those before it.",
        PAYMENTS,
    ),
    bug(
        "refund-in-whole-coins",
        "sp_i_PaymentRefund",
        "ROUND(u.FinalAmount * @Sum / NULLIF(@Paid, 0), 2)",
        "ROUND(u.FinalAmount * @Sum / NULLIF(@Paid, 0), 0)",
        "The share of a refund is rounded to whole units.",
        PAYMENTS,
    ),
    bug(
        "dispute-as-refund",
        "sp_i_PaymentRefund",
        "IIF(@IsDispute = 1, N'chargeback', N'refund')",
        "N'refund'",
        "A dispute is treated as a refund and gives the use back.",
        PAYMENTS,
    ),
    bug(
        "payment-of-another",
        "sp_i_PaymentApply",
        "    IF @Outcome IS NULL AND @UserId COLLATE Latin1_General_100_BIN2 <> @Holder\n",
        "    IF 1 = 0\n",
        "The payment of one user confirms the reservation of another.",
        PAYMENTS,
    ),
    bug(
        "success-undone-by-failure",
        "sp_i_PaymentRecord",
        "    SET Status = IIF(Status IN (N'pending', N'failed'), @Status, Status),\n",
        "    SET Status = @Status,\n",
        "A failure that is told late overwrites a payment that succeeded.",
        PAYMENTS,
    ),
    bug(
        "order-paid-in-part",
        "sp_i_PaymentHolds",
        "@ReleaseReason IS NULL AND @Holds > 1 AND @Amount < @Expected",
        "1 = 0",
        "One payment confirms all codes of an order, however small it is.",
        PAYMENTS,
    ),
]
