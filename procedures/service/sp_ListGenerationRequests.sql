SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Lists generation requests, newest first. @OlderThanSeconds keeps those that nobody has
           touched for so long: what the safety net puts back into the queue.
Called by: coupon_service, coupon_job, coupon_ops
Locks:     none
Returns:   rows + IsStalled, TotalRows
Throws:    50002, 50003, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListGenerationRequests
    @Status nvarchar(20) = NULL,
    @CampaignId nvarchar(200) = NULL,
    @OlderThanSeconds int = NULL,
    @PageSize int = 50,
    @PageNo int = 1
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Now datetime2(3) = SYSUTCDATETIME();

    SELECT @Status = NULLIF(TRIM(@Status), N''), @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @PageSize = COALESCE(@PageSize, 50), @PageNo = COALESCE(@PageNo, 1);

    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2
            NOT IN (N'Pending', N'Processing', N'Completed', N'Failed', N'Cancelled')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status', 1;
    IF @OlderThanSeconds < 0
        THROW 50002, N'ARG_OUT_OF_RANGE: @OlderThanSeconds must not be negative.', 1;
    IF @PageSize NOT BETWEEN 1 AND 1000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageSize must be 1 to 1000.', 1;
    IF @PageNo NOT BETWEEN 1 AND 1000000
        THROW 50002, N'ARG_OUT_OF_RANGE: @PageNo must be 1 or more.', 1;

    -- RECOMPILE: a filter that was not given costs nothing, one that was given finds its index.
    SELECT g.RequestId, g.CampaignId, g.Status, g.RequestedAmount, g.GeneratedAmount, g.Prefix,
           g.ExpirationDate, g.CollisionCount, g.AttemptCount, g.BatchSize, g.LeaseOwner,
           g.LeaseExpiresAt, g.FailureReason, g.RequestedBy, g.CreatedAt, g.StartedAt,
           g.LastProgressAt, g.CompletedAt, g.ExportedAt,
           CAST(100.0 * g.GeneratedAmount / g.RequestedAmount AS decimal(5,2)) AS ProgressPercent,
           CAST(IIF(g.Status = N'Processing' AND g.LeaseExpiresAt < @Now, 1, 0) AS bit)
               AS IsStalled,
           COUNT(*) OVER () AS TotalRows
    FROM dbo.GenerationRequests AS g
    WHERE (@Status IS NULL OR g.Status = @Status)
          AND (@CampaignId IS NULL OR g.CampaignId = @CampaignId)
          AND (@OlderThanSeconds IS NULL
               OR COALESCE(g.UpdatedAt, g.CreatedAt) <= DATEADD(SECOND, -@OlderThanSeconds, @Now))
    ORDER BY g.CreatedAt DESC, g.RequestId
    OFFSET (@PageNo - 1) * @PageSize ROWS FETCH NEXT @PageSize ROWS ONLY
    OPTION (RECOMPILE);
END;
