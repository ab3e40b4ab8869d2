SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   L1: claims an idempotency key for this transaction, or stores the outcome of the call.
           Claim (@Outcome NULL): @State tells what the key means now:
             'new'    the key is ours until the end of the transaction: do the work;
             'replay' the same call was answered before: @StoredResult is its answer, write nothing;
             'reused' the key belongs to a call with other arguments: IDEMPOTENCY_KEY_REUSED.
           Outcome (@Outcome given, a JSON object): stored under the key claimed before.
Called by: every procedure that takes an idempotency key; the scope is its name without 'sp_'.
Locks:     L1: IdempotencyKeys.
Returns:   OUTPUT parameters only.
Throws:    50102 no committable transaction; 50202 outcome for a key that was not claimed.
Replay:    this procedure is what makes callers repeatable; failures are outcomes too.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_Idempotency
    @Scope nvarchar(30),
    @IdempotencyKey nvarchar(100),
    @RequestHash varbinary(32) = NULL,  -- of the business arguments; required to claim
    @Now datetime2(3) = NULL,           -- required to claim
    @Outcome nvarchar(max) = NULL,
    @State nvarchar(10) = NULL OUTPUT,
    @StoredResult nvarchar(max) = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @StoredHash varbinary(32);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_Idempotency needs a committable transaction.', 1;

    IF @Outcome IS NOT NULL
    BEGIN
        UPDATE dbo.IdempotencyKeys
        SET ResultJson = @Outcome
        WHERE Scope = @Scope AND IdempotencyKey = @IdempotencyKey;
        IF @@ROWCOUNT <> 1
            THROW 50202, N'INVARIANT_ROWCOUNT: outcome for an idempotency key not claimed.', 1;
        RETURN;
    END;

    -- HOLDLOCK protects the absence: of two callers with one key the second waits here and then
    -- finds the outcome of the first, instead of colliding with it at the primary key.
    INSERT INTO dbo.IdempotencyKeys (Scope, IdempotencyKey, RequestHash, CreatedAt)
    SELECT @Scope, @IdempotencyKey, @RequestHash, @Now
    WHERE NOT EXISTS (SELECT 1
                      FROM dbo.IdempotencyKeys AS k WITH (UPDLOCK, HOLDLOCK)
                      WHERE k.Scope = @Scope AND k.IdempotencyKey = @IdempotencyKey);
    IF @@ROWCOUNT = 1
    BEGIN
        SET @State = N'new';
        RETURN;
    END;

    SELECT @StoredHash = k.RequestHash, @StoredResult = k.ResultJson
    FROM dbo.IdempotencyKeys AS k
    WHERE k.Scope = @Scope AND k.IdempotencyKey = @IdempotencyKey;

    -- A key without a result was claimed earlier in this same transaction: the work goes on.
    SET @State = CASE WHEN @StoredHash <> @RequestHash THEN N'reused'
                      WHEN @StoredResult IS NULL THEN N'new'
                      ELSE N'replay' END;
END;
