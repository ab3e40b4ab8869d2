SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What an administrative change leaves behind: its audit row, and for campaigns and coupons
           the event campaign_changed or coupon_changed with id, action and actor.
Called by: the administrative procedures of campaigns and coupons, inside their transaction
Locks:     L11 inserts
Returns:   nothing
Throws:    by sp_i_Audit 50008, 50102
Replay:    none; the rows live and die with the caller's transaction
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_RecordChange
    @EntityType nvarchar(40),
    @EntityId nvarchar(120),
    @CouponId bigint = NULL,             -- of a coupon, whose EntityId is the code
    @Verb nvarchar(20),
    @BeforeJson nvarchar(max) = NULL,
    @AfterJson nvarchar(max) = NULL,
    @SubjectUserId nvarchar(100) = NULL,
    @Actor nvarchar(200),
    @IpAddress nvarchar(45),
    @UserAgent nvarchar(500),
    @Reason nvarchar(500),
    @CorrelationId nvarchar(200),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Action nvarchar(60) = CONCAT(@EntityType, N'.', @Verb), @PayloadJson nvarchar(max),
            @EventType nvarchar(30) = CASE @EntityType WHEN N'coupon' THEN N'coupon_changed'
                                                       WHEN N'campaign' THEN N'campaign_changed'
                                      END;

    EXEC dbo.sp_i_Audit
        @Action = @Action, @EntityType = @EntityType, @EntityId = @EntityId,
        @BeforeJson = @BeforeJson, @AfterJson = @AfterJson, @SubjectUserId = @SubjectUserId,
        @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent, @Reason = @Reason,
        @CorrelationId = @CorrelationId, @Now = @Now;

    IF @EventType IS NULL RETURN;

    IF @CouponId IS NULL
        SET @PayloadJson = (SELECT @EntityId AS id, @Verb AS action, @Actor AS actor
                            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    ELSE
        SET @PayloadJson = (SELECT @CouponId AS id, @EntityId AS code, @Verb AS action,
                                   @Actor AS actor
                            FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue
        @EventType = @EventType, @EntityType = @EntityType, @EntityId = @EntityId,
        @PayloadJson = @PayloadJson, @Now = @Now;
END;
