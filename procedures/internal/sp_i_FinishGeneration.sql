SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Brings a generation request into a final status: Completed, Failed or Cancelled. Ends the
           lease, audits, and reports the counts in a generation_finished event. The caller has
           decided that the change is allowed and holds the request row.
Called by: sp_ClaimGenerationRequest, sp_UpdateGenerationRequest, sp_CancelGenerationRequest
Locks:     L1 (held by the caller), L11 inserts
Returns:   nothing
Throws:    50202
Replay:    none: the callers answer repetitions before they come here
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FinishGeneration
    @RequestId nvarchar(100),
    @Status nvarchar(20),
    @FailureReason nvarchar(1000) = NULL,
    @Now datetime2(3),
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @BeforeJson nvarchar(max), @AfterJson nvarchar(max), @PayloadJson nvarchar(max),
            @Action nvarchar(60) = CASE @Status WHEN N'Completed' THEN N'generation.complete'
                                                WHEN N'Failed' THEN N'generation.fail'
                                                ELSE N'generation.cancel' END;

    SET @BeforeJson = (
        SELECT g.Status AS status, g.GeneratedAmount AS generated, g.AttemptCount AS attempts
        FROM dbo.GenerationRequests AS g
        WHERE g.RequestId = @RequestId
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);

    UPDATE dbo.GenerationRequests
    SET Status = @Status, CompletedAt = @Now, UpdatedAt = @Now, LeaseOwner = NULL,
        LeaseExpiresAt = NULL, FailureReason = @FailureReason,
        CancelledBy = IIF(@Status = N'Cancelled', COALESCE(CancelledBy, @Actor), CancelledBy)
    WHERE RequestId = @RequestId;
    IF @@ROWCOUNT <> 1
        THROW 50202, N'INVARIANT_ROWCOUNT: the generation request to finish is gone.', 1;

    SET @AfterJson = (SELECT @Status AS status, @FailureReason AS failureReason
                      FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    SET @PayloadJson = (
        SELECT g.RequestId AS requestId, g.CampaignId AS campaignId, g.Status AS status,
               g.RequestedAmount AS requested, g.GeneratedAmount AS generated,
               g.CollisionCount AS collisions
        FROM dbo.GenerationRequests AS g
        WHERE g.RequestId = @RequestId
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = @Action, @EntityType = N'generation_request',
         @EntityId = @RequestId, @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
         @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
         @CorrelationId = @CorrelationId, @Now = @Now;
    EXEC dbo.sp_i_Enqueue @EventType = N'generation_finished', @EntityType = N'generation_request',
         @EntityId = @RequestId, @PayloadJson = @PayloadJson, @Now = @Now;
END;
