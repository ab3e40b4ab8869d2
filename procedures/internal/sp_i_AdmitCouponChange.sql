SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides whether a code may take the state that is asked for: its limit holds what is used
           and reserved, the discount of a code in use changes only when that is forced, who has or
           holds it keeps it, and there is a discount in the end.
Called by: sp_i_ChangeCoupon
Locks:     the caller holds the coupon with its stripes; partner and campaign are only read
Returns:   @ErrorCode (NULL: it may), @Message
Throws:    nothing of its own
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AdmitCouponChange
    @CouponId bigint,
    @CouponType nvarchar(30),
    @DiscountType nvarchar(20),
    @DiscountValue decimal(10,2),
    @MaxDiscountAmount decimal(10,2),
    @MaxUses int,
    @AssignedTo nvarchar(200),
    @PartnerId int,
    @ForceDiscountChange bit,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Used int, @Reserved int, @IsDiscountNew bit, @IsAssigneeNew bit, @WasRedeemed bit,
            @HasCampaignDiscount bit;

    SELECT @Used = n.UsedCount, @Reserved = n.ReservedCount, @WasRedeemed = c.IsRedeemed,
           @IsDiscountNew = IIF(EXISTS (SELECT @CouponType, @DiscountType, @DiscountValue,
                                               @MaxDiscountAmount
                                        EXCEPT
                                        SELECT c.CouponType, c.DiscountType, c.DiscountValue,
                                               c.MaxDiscountAmount), 1, 0),
           @IsAssigneeNew = IIF(COALESCE(@AssignedTo, N'') <> COALESCE(c.AssignedTo, N''), 1, 0),
           @HasCampaignDiscount = IIF(COALESCE(g.DiscountPercentage, g.DiscountAmount) IS NULL,
                                      0, 1)
    FROM dbo.Coupons AS c
    INNER JOIN dbo.Campaigns AS g ON g.CampaignId = c.CampaignId
    CROSS APPLY dbo.fn_CouponCounters(c.CouponId) AS n
    WHERE c.CouponId = @CouponId;

    SET @ErrorCode = CASE
        WHEN @Used + @Reserved > @MaxUses THEN N'LIMIT_BELOW_USAGE'
        WHEN @IsDiscountNew = 1 AND @Used + @Reserved > 0 AND COALESCE(@ForceDiscountChange, 0) = 0
            THEN N'COUPON_IN_USE'
        WHEN @IsAssigneeNew = 1 AND @WasRedeemed = 1 THEN N'ALREADY_REDEEMED'
        WHEN @IsAssigneeNew = 1 AND @MaxUses = 1 AND @Reserved > 0 THEN N'COUPON_RESERVED'
        WHEN @PartnerId IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM dbo.Partners AS p WHERE p.PartnerId = @PartnerId)
            THEN N'PARTNER_NOT_FOUND'
        WHEN @DiscountType IS NULL AND @IsDiscountNew = 1 AND @HasCampaignDiscount = 0
            THEN N'NO_DISCOUNT_CONFIGURED' END;
    SET @Message = CASE @ErrorCode
        WHEN N'LIMIT_BELOW_USAGE' THEN CONCAT(@Used, N' used and ', @Reserved,
                                              N' reserved: more than the new limit allows.')
        WHEN N'COUPON_IN_USE' THEN CONCAT(@Used, N' used and ', @Reserved,
                                          N' reserved at the present discount.')
        WHEN N'ALREADY_REDEEMED' THEN N'Coupon was already redeemed.'
        WHEN N'COUPON_RESERVED' THEN N'Coupon is held by an open checkout.'
        WHEN N'PARTNER_NOT_FOUND' THEN CONCAT(N'Partner ', @PartnerId, N' not found.')
        WHEN N'NO_DISCOUNT_CONFIGURED'
            THEN N'Neither the coupon nor its campaign has a discount.'
        ELSE N'Coupon updated.' END;
END;
