"""Making codes: one worker at a time, every batch once, never more than were asked for."""

from __future__ import annotations

from tests.mutation.bug import bug

GENERATION = "spec/test_generation.py"
LEASES = "spec/test_generation_leases.py"
BATCHES = "spec/test_generation_batches.py"
RACES = "concurrency/test_generation_races.py"
GATES = "concurrency/test_gates.py"

BUGS = [
    bug(
        "lease-not-respected",
        "sp_i_LeaseGeneration",
        "                      AND (LeaseExpiresAt < @Now OR LeaseOwner = @LeaseOwner));",
        ");",
        "A request that somebody works on is claimed by another.",
        LEASES,
    ),
    bug(
        "claim-waits",
        "sp_i_LeaseGeneration",
        "FROM dbo.GenerationRequests AS g WITH (READPAST, UPDLOCK, ROWLOCK)",
        "FROM dbo.GenerationRequests AS g WITH (UPDLOCK, ROWLOCK)",
        "Workers queue at the oldest request instead of passing it.",
        f"{RACES}::test_a_claim_passes_over_a_request_that_is_just_being_claimed",
    ),
    bug(
        "batch-without-lease",
        "sp_i_AdmitBatch",
        "    ELSE IF @Holder IS NULL OR @LeaseExpiresAt < @Now\n",
        "    ELSE IF @Holder IS NULL\n",
        "A worker stores codes after its lease ran out.",
        BATCHES,
    ),
    bug(
        "batch-after-cancel",
        "sp_i_AdmitBatch",
        "    ELSE IF @CancelRequestedAt IS NOT NULL\n",
        "    ELSE IF 1 = 0\n",
        "A worker is not told to stop.",
        GENERATION,
    ),
    bug(
        "batch-twice",
        "sp_i_AdmitBatch",
        "    ELSE IF @StoredHash = @RequestHash\n",
        "    ELSE IF 1 = 0\n",
        "A batch that is sent again is not known.",
        BATCHES,
    ),
    bug(
        "batch-with-gap",
        "sp_i_AdmitBatch",
        "    ELSE IF @BatchNo <> @LastBatchNo + 1\n",
        "    ELSE IF @BatchNo <= @LastBatchNo\n",
        "Batch numbers may have gaps.",
        BATCHES,
    ),
    bug(
        "batches-side-by-side",
        "sp_i_AdmitBatch",
        "FROM dbo.GenerationRequests AS g WITH (UPDLOCK, ROWLOCK)",
        "FROM dbo.GenerationRequests AS g",
        "Two batches of one request are admitted side by side.",
        f"{GATES}::test_of_batches_that_start_together_one_is_stored",
    ),
    bug(
        "codes-beyond-the-request",
        "sp_i_StoreCodes",
        "        SELECT TOP (@RemainingAmount - @InsertedCount)\n",
        "        SELECT TOP (@Portion)\n",
        "More codes are stored than were asked for.",
        BATCHES,
    ),
    bug(
        "collisions-inserted",
        "sp_i_StoreCodes",
        "          AND NOT EXISTS (SELECT 1 FROM @Collided AS x"
        " WHERE x.CouponCode = c.CouponCode)\n",
        "",
        "A code that exists breaks its whole batch.",
        BATCHES,
    ),
    bug(
        "codes-not-awaited",
        "sp_i_StoreCodes",
        "FROM dbo.Coupons AS k WITH (UPDLOCK, HOLDLOCK, FORCESEEK)",
        "FROM dbo.Coupons AS k",
        "A code in two batches at once breaks one of them.",
        f"{GATES}::test_ec_037_a_code_of_batches_that_start_together_is_stored_once",
    ),
    bug(
        "codes-of-the-first-portion",
        "sp_i_StoreCodes",
        "        SET @From += @Portion;\n",
        "        SET @From = @Distinct;\n",
        "What comes after the first portion of a batch is lost.",
        BATCHES,
    ),
    bug(
        "switched-off-in-part",
        "sp_i_DeactivateCodes",
        "    WHILE @Last IS NOT NULL\n",
        "    IF @Last IS NOT NULL\n",
        "Only the first portion of a cancelled request's codes is switched off.",
        GENERATION,
    ),
    bug(
        "batch-does-not-renew",
        "sp_BulkInsertCoupons",
        "                LastBatchNo = @BatchNo, LastProgressAt = @Now, UpdatedAt = @Now,\n"
        "                LeaseExpiresAt = DATEADD(SECOND, @LeaseSeconds, @Now)\n",
        "                LastBatchNo = @BatchNo, LastProgressAt = @Now, UpdatedAt = @Now\n",
        "A batch does not renew the lease.",
        BATCHES,
    ),
    bug(
        "finish-unannounced",
        "sp_i_FinishGeneration",
        "    EXEC dbo.sp_i_Enqueue @EventType = N'generation_finished'",
        "    IF 1 = 0\n    EXEC dbo.sp_i_Enqueue @EventType = N'generation_finished'",
        "Nobody hears that a request is done.",
        LEASES,
    ),
]
