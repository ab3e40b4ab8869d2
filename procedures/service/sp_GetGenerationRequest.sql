SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Shows one generation request, how far it is, and its batches.
Called by: coupon_service, coupon_job, coupon_ops
Locks:     none
Returns:   SR + the request, ProgressPercent, CodesPerSecond; RS2 its batches, oldest first
Throws:    50001, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetGenerationRequest
    @RequestId nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @RequestId = NULLIF(TRIM(@RequestId), N'');

    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;

    SELECT CAST(IIF(g.RequestId IS NULL, 0, 1) AS bit) AS Success,
           IIF(g.RequestId IS NULL, N'REQUEST_NOT_FOUND', NULL) AS ErrorCode,
           IIF(g.RequestId IS NULL, CONCAT(N'Generation request ', @RequestId, N' not found.'),
               N'Generation request found.') AS Message,
           g.RequestId, g.CampaignId, g.RequestedAmount, g.GeneratedAmount, g.Prefix,
           g.ExpirationDate, g.Status, g.StartedAt, g.CompletedAt, g.FailureReason, g.RequestedBy,
           g.CreatedAt, g.CodeLength, g.CouponDefaultsJson, g.BatchSize, g.LeaseOwner,
           g.LeaseExpiresAt, g.AttemptCount, g.LastBatchNo, g.CollisionCount, g.LastProgressAt,
           g.CancelRequestedAt, g.CancelledBy, g.UpdatedAt, g.ExportedAt,
           CAST(100.0 * g.GeneratedAmount / g.RequestedAmount AS decimal(5,2)) AS ProgressPercent,
           CAST(g.GeneratedAmount * 1000.0
                / NULLIF(DATEDIFF_BIG(MILLISECOND, g.StartedAt,
                                      COALESCE(g.CompletedAt, g.LastProgressAt)), 0)
                AS decimal(10,1)) AS CodesPerSecond
    FROM (VALUES (1)) AS one (One)
    LEFT JOIN dbo.GenerationRequests AS g
        ON g.RequestId = @RequestId;

    SELECT b.BatchNo, b.ReceivedCount, b.InsertedCount, b.CollisionCount, b.CreatedAt
    FROM dbo.GenerationBatches AS b
    WHERE b.RequestId = @RequestId
    ORDER BY b.BatchNo;
END;
