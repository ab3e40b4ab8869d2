SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Marks the open reservations of a coupon or a campaign as ended by an operator. They stay
           Reserved until the next sweep gives their slots back, one transaction each, in the lock
           order; a confirmation that comes before the sweep is refused.
Called by: sp_SetCampaignStatus, sp_DeleteCampaign, sp_i_ChangeCouponState
Locks:     L7; the caller holds the coupon (L3) or the campaign (L4)
Returns:   @Ended, how many were marked
Throws:    nothing of its own
Replay:    what is marked already is left alone
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EndHolds
    @CampaignId nvarchar(100) = NULL,
    @CouponId bigint = NULL,
    @Now datetime2(3),
    @Ended int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Rows int = 2000;

    -- In portions: a statement with thousands of row locks would lock the table and stop the shop.
    -- A reservation made in this very millisecond still has to end after it began.
    SET @Ended = 0;
    WHILE @Rows = 2000
    BEGIN
        IF @CouponId IS NULL
            UPDATE TOP (2000) dbo.Reservations
            SET CloseReason = N'admin',
                ExpiresAt = IIF(@Now > ReservedAt, @Now, DATEADD(MILLISECOND, 1, ReservedAt))
            WHERE CampaignId = @CampaignId AND Status = N'Reserved' AND CloseReason IS NULL;
        ELSE
            UPDATE TOP (2000) dbo.Reservations
            SET CloseReason = N'admin',
                ExpiresAt = IIF(@Now > ReservedAt, @Now, DATEADD(MILLISECOND, 1, ReservedAt))
            WHERE CouponId = @CouponId AND Status = N'Reserved' AND CloseReason IS NULL;
        SET @Rows = @@ROWCOUNT;
        SET @Ended += @Rows;
    END;
END;
