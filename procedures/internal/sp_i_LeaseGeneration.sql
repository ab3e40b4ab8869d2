SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Leases one generation request to a worker. @Phase says which: 0 the named one, 1 the
           oldest of the worker's own live leases, 2 of those that ran out, 3 of those that wait.
Called by: sp_ClaimGenerationRequest, inside its transaction
Locks:     L1 (the request)
Returns:   @ClaimedId, NULL when there is none; @IsSpent = 1: it was claimed too often by this
Throws:    nothing of its own
Replay:    the holder of a lease renews it, no attempt is counted
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LeaseGeneration
    @Phase tinyint,
    @RequestId nvarchar(100),
    @LeaseOwner nvarchar(100),
    @LeaseSeconds int,
    @MaxAttempts int,
    @Now datetime2(3),
    @ClaimedId nvarchar(100) OUTPUT,
    @IsSpent bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Claimed TABLE (
        RequestId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY,
        IsSpent bit NOT NULL);

    IF @Phase = 0
        -- Waits for the row: a twin message must learn who holds the lease.
        UPDATE dbo.GenerationRequests
        SET Status = N'Processing', StartedAt = COALESCE(StartedAt, @Now),
            AttemptCount += IIF(LeaseExpiresAt >= @Now, 0, 1), LeaseOwner = @LeaseOwner,
            LeaseExpiresAt = DATEADD(SECOND, @LeaseSeconds, @Now), UpdatedAt = @Now
        OUTPUT inserted.RequestId, IIF(inserted.AttemptCount > @MaxAttempts, 1, 0)
        INTO @Claimed (RequestId, IsSpent)
        WHERE RequestId = @RequestId
              AND (Status = N'Pending'
                   OR Status = N'Processing'
                      AND (LeaseExpiresAt < @Now OR LeaseOwner = @LeaseOwner));
    ELSE
        -- READPAST passes over what other workers are just claiming; UPDLOCK makes the
        -- choice and the change one act; ROWLOCK keeps the neighbours free. One status at
        -- a time, so that the index gives the order and only the chosen row is locked.
        WITH Oldest AS (
            SELECT TOP (1) g.RequestId, g.Status, g.StartedAt, g.AttemptCount,
                   g.LeaseOwner, g.LeaseExpiresAt, g.UpdatedAt
            FROM dbo.GenerationRequests AS g WITH (READPAST, UPDLOCK, ROWLOCK)
            WHERE g.Status = IIF(@Phase = 3, N'Pending', N'Processing')
                  AND (@Phase = 3
                       OR @Phase = 2 AND g.LeaseExpiresAt < @Now
                       OR @Phase = 1 AND g.LeaseExpiresAt >= @Now
                          AND g.LeaseOwner = @LeaseOwner)
            ORDER BY g.CreatedAt)
        UPDATE Oldest
        SET Status = N'Processing', StartedAt = COALESCE(StartedAt, @Now),
            AttemptCount += IIF(LeaseExpiresAt >= @Now, 0, 1), LeaseOwner = @LeaseOwner,
            LeaseExpiresAt = DATEADD(SECOND, @LeaseSeconds, @Now), UpdatedAt = @Now
        OUTPUT inserted.RequestId, IIF(inserted.AttemptCount > @MaxAttempts, 1, 0)
        INTO @Claimed (RequestId, IsSpent);

    SELECT @ClaimedId = NULL, @IsSpent = 0;
    SELECT @ClaimedId = c.RequestId, @IsSpent = c.IsSpent FROM @Claimed AS c;
END;
