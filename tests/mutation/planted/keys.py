"""Idempotency: a call that is repeated is done once."""

from __future__ import annotations

from tests.mutation.bug import bug, keyless

KEYS = "spec/test_idempotency.py"
CATALOGUE = "schema/test_catalogue.py::test_indexes_are_as_declared"

BUGS = [
    bug(
        "key-for-any-arguments",
        "sp_i_Idempotency",
        "CASE WHEN @StoredHash <> @RequestHash THEN N'reused'",
        "CASE WHEN 1 = 0 THEN N'reused'",
        "A key answers for a call with other arguments.",
        KEYS,
    ),
    bug(
        "key-not-awaited",
        "sp_i_Idempotency",
        "FROM dbo.IdempotencyKeys AS k WITH (UPDLOCK, HOLDLOCK)",
        "FROM dbo.IdempotencyKeys AS k",
        "Of two callers with one key the second collides instead of waiting.",
        "concurrency/test_gates.py::test_of_calls_with_one_key_that_start_together_one_is_done",
    ),
    bug(
        "key-outcome-forgotten",
        "sp_i_RedeemOnce",
        "    IF @IdempotencyKey IS NOT NULL AND @State = N'new'\n",
        "    IF 1 = 0\n",
        "The outcome of a call is not kept under its key.",
        KEYS,
    ),
    bug(
        "key-of-the-ledger-ignored",
        "sp_i_ClaimRedemptionKey",
        "    IF @State = N'new' AND EXISTS",
        "    IF 1 = 0 AND EXISTS",
        "A key that only the ledger remembers is taken for a new one.",
        KEYS,
    ),
    bug(
        "key-without-amount",
        "sp_i_ClaimRedemptionKey",
        "@Mark, @OrderAmount, @Mark, @OrderId",
        "@Mark, @OrderId",
        "The amount of the order does not belong to what a key stands for.",
        KEYS,
    ),
    bug(
        "key-of-confirmation-ignored",
        "sp_i_ConfirmCore",
        "SET @IsReplay = IIF(@Status = N'Confirmed' AND @EventId = @IdempotencyKey, 1, 0);",
        "SET @IsReplay = 0;",
        "A confirmation that comes again by another way is refused.",
        "spec/test_reservations.py",
        "spec/test_payments.py",
    ),
    bug(
        "key-of-grant-ignored",
        "sp_GrantCredits",
        "        IF @State = N'new' AND EXISTS",
        "        IF 1 = 0 AND EXISTS",
        "A grant that only the allocations remember is made again.",
        "spec/test_credits.py",
    ),
    keyless(
        "two-uses-with-one-key",
        "UQ_RedemptionHistory_IdempotencyKey",
        "The ledger takes a key twice.",
        CATALOGUE,
    ),
    keyless(
        "two-reservations-of-one-checkout",
        "UQ_Reservations_Active",
        "A user holds one code twice for one order.",
        CATALOGUE,
    ),
    keyless(
        "two-payments-of-one-intent",
        "UQ_PaymentTransactions_StripePaymentIntentId",
        "One payment is recorded twice.",
        CATALOGUE,
    ),
    bug(
        "redeem-without-transaction",
        "sp_RedeemCoupon",
        "        IF @IsOwn = 1\n            BEGIN TRANSACTION;",
        "        IF 1 = 0\n            BEGIN TRANSACTION;",
        "A redemption is not one act.",
        KEYS,
    ),
    bug(
        "redeem-without-xact-abort",
        "sp_RedeemCoupon",
        "    SET NOCOUNT, XACT_ABORT ON;\n",
        "    SET NOCOUNT ON;\n",
        "An error does not end the transaction by itself.",
        KEYS,
        survives="Its CATCH rolls back, and every procedure that it calls sets it again. That each"
        " script sets it is held by tests/spec/test_headers.py.",
    ),
]
