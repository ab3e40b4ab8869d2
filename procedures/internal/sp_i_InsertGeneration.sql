SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes a new generation request, its audit row and its event.
Called by: sp_CreateGenerationRequest, inside its transaction, which keeps the id absent until then
Locks:     L1 (the new request); L11 inserts
Returns:   nothing
Throws:    by sp_i_Audit 50008, 50102
Replay:    none; the request exists afterwards
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_InsertGeneration
    @RequestId nvarchar(100),
    @CampaignId nvarchar(100),
    @RequestedAmount int,
    @Prefix nvarchar(20),
    @ExpirationDate datetime2(3),
    @RequestedBy nvarchar(100),
    @CodeLength tinyint,
    @CouponDefaultsJson nvarchar(max),
    @BatchSize int,
    @Status nvarchar(20),
    @Actor nvarchar(200), @IpAddress nvarchar(45), @UserAgent nvarchar(500),
    @Reason nvarchar(500), @CorrelationId nvarchar(200), @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @PayloadJson nvarchar(max);

    INSERT INTO dbo.GenerationRequests
        (RequestId, CampaignId, RequestedAmount, Prefix, ExpirationDate, RequestedBy,
         CreatedAt, CodeLength, CouponDefaultsJson, BatchSize, UpdatedAt)
    VALUES
        (@RequestId, @CampaignId, @RequestedAmount, @Prefix, @ExpirationDate, @RequestedBy,
         @Now, @CodeLength, @CouponDefaultsJson, @BatchSize, @Now);
    SET @PayloadJson = (
        SELECT @RequestId AS requestId, @CampaignId AS campaignId, @Status AS status,
               @RequestedAmount AS requested, 0 AS generated, 0 AS collisions
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Audit @Action = N'generation.create',
         @EntityType = N'generation_request', @EntityId = @RequestId,
         @AfterJson = @PayloadJson, @Actor = @Actor, @IpAddress = @IpAddress,
         @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
         @Now = @Now;
    EXEC dbo.sp_i_Enqueue @EventType = N'generation_requested',
         @EntityType = N'generation_request', @EntityId = @RequestId,
         @PayloadJson = @PayloadJson, @Now = @Now;
END;
