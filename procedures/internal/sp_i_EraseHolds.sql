SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Before a user is erased: locks the coupons that name the user and those of open
           reservations, then the campaigns of these, and releases the reservations.
Called by: sp_EraseUserData, in a short transaction of its own, so that no campaign stays locked
           while the rest is erased, and sp_i_ErasePerson, for what was reserved since.
Locks:     the caller holds L2. L3: Coupons, ascending; L4: Campaigns, ascending, both unless they
           are striped. L5 to L8, L11: as sp_i_ReleaseCore.
Returns:   nothing.
Throws:    50102 no committable transaction; 50200, 50201 as sp_i_ReleaseCore.
Replay:    harmless: the second time nothing is open.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseHolds
    @UserId nvarchar(100)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Number bigint, @Name nvarchar(100), @CouponId bigint, @CampaignId nvarchar(100),
            @ErrorCode nvarchar(50), @Message nvarchar(400), @Status nvarchar(10), @WasOpen bit;
    DECLARE @Coupons TABLE (CouponId bigint NOT NULL PRIMARY KEY);
    DECLARE @Holds TABLE (
        ReservationId bigint NOT NULL PRIMARY KEY,
        CouponId bigint NOT NULL,
        CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_EraseHolds needs a committable transaction.', 1;

    INSERT INTO @Holds (ReservationId, CouponId, CampaignId)
    SELECT r.ReservationId, r.CouponId, r.CampaignId
    FROM dbo.Reservations AS r
    WHERE r.UserId = @UserId AND r.Status = N'Reserved';
    INSERT INTO @Coupons (CouponId)
    SELECT h.CouponId FROM @Holds AS h
    UNION
    SELECT c.CouponId FROM dbo.Coupons AS c WHERE c.AssignedTo = @UserId
    UNION
    SELECT c.CouponId FROM dbo.Coupons AS c WHERE c.RedeemedBy = @UserId;

    -- One row at a time: no statement promises the order of its locks.
    SELECT @Number = MIN(k.CouponId) FROM @Coupons AS k;
    WHILE @Number IS NOT NULL
    BEGIN
        -- UPDLOCK: the row is read now and written later in this transaction.
        SELECT @CouponId = c.CouponId
        FROM dbo.Coupons AS c WITH (UPDLOCK, ROWLOCK)
        WHERE c.CouponId = @Number
              AND (c.StripeCount = 1 OR c.AssignedTo = @UserId OR c.RedeemedBy = @UserId);
        SELECT @Number = MIN(k.CouponId) FROM @Coupons AS k WHERE k.CouponId > @Number;
    END;
    SELECT @Name = MIN(h.CampaignId) FROM @Holds AS h;
    WHILE @Name IS NOT NULL
    BEGIN
        SELECT @CampaignId = g.CampaignId
        FROM dbo.Campaigns AS g WITH (UPDLOCK, ROWLOCK)
        WHERE g.CampaignId = @Name AND g.StripeCount = 1;
        SELECT @Name = MIN(h.CampaignId) FROM @Holds AS h WHERE h.CampaignId > @Name;
    END;

    SELECT @Number = MIN(h.ReservationId) FROM @Holds AS h;
    WHILE @Number IS NOT NULL
    BEGIN
        EXEC dbo.sp_i_ReleaseCore
             @ReservationId = @Number, @Reason = N'admin', @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT, @Status = @Status OUTPUT, @WasOpen = @WasOpen OUTPUT;
        SELECT @Number = MIN(h.ReservationId) FROM @Holds AS h WHERE h.ReservationId > @Number;
    END;
END;
