SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides whether a hand-made coupon may be created: campaign and partner exist, the code
           is free, somebody grants a discount. Also words the warnings that do not forbid it.
Called by: sp_CreateCoupon, inside its transaction
Locks:     L3 (the code, whose absence is protected until the commit)
Returns:   @ErrorCode (NULL: admitted), @Message and @Warning
Throws:    nothing of its own
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AdmitCoupon
    @CouponCode nvarchar(50),
    @CampaignId nvarchar(100),
    @PartnerId int,
    @DiscountType nvarchar(20),
    @DiscountValue decimal(10,2),
    @MinimumOrderAmount decimal(10,2),
    @ExpiresAt datetime2(3),
    @TemplateId int,
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT,
    @Warning nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @IsTaken bit, @IsRetired bit, @CampaignFound bit, @CampaignEnd datetime2(3),
            @CampaignGrants bit;

    -- HOLDLOCK keeps the code absent until the commit; UPDLOCK makes a second creator wait.
    SELECT @IsTaken = 1, @IsRetired = IIF(k.DeletedAt IS NULL, 0, 1)
    FROM dbo.Coupons AS k WITH (UPDLOCK, HOLDLOCK)
    WHERE k.CouponCode = @CouponCode;

    SELECT @CampaignFound = 1, @CampaignEnd = c.EndDate,
           @CampaignGrants = IIF(COALESCE(c.DiscountPercentage, c.DiscountAmount) IS NULL, 0, 1)
    FROM dbo.Campaigns AS c
    WHERE c.CampaignId = @CampaignId AND c.DeletedAt IS NULL;

    SELECT @ErrorCode = NULL, @Message = N'Coupon created.', @Warning = NULL;

    IF @CampaignFound IS NULL
        SELECT @ErrorCode = N'CAMPAIGN_NOT_FOUND',
               @Message = CONCAT(N'Campaign ', @CampaignId, N' not found.');
    ELSE IF @IsRetired = 1
        SELECT @ErrorCode = N'CODE_RETIRED',
               @Message = CONCAT(N'Code ', @CouponCode, N' was deleted and is not issued again.');
    ELSE IF @IsTaken = 1
        SELECT @ErrorCode = N'CODE_EXISTS',
               @Message = CONCAT(N'Code ', @CouponCode, N' exists already.');
    ELSE IF @PartnerId IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM dbo.Partners AS p WHERE p.PartnerId = @PartnerId)
        SELECT @ErrorCode = N'PARTNER_NOT_FOUND',
               @Message = CONCAT(N'Partner ', @PartnerId, N' not found.');
    ELSE IF @TemplateId IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM dbo.CouponTemplates AS t
                            WHERE t.TemplateId = @TemplateId)
        SELECT @ErrorCode = N'TEMPLATE_NOT_FOUND',
               @Message = CONCAT(N'Template ', @TemplateId, N' not found.');
    ELSE IF @DiscountType IS NULL AND @CampaignGrants = 0
        SELECT @ErrorCode = N'NO_DISCOUNT_CONFIGURED',
               @Message = N'Neither the coupon nor its campaign has a discount.';
    ELSE
        SET @Warning = NULLIF(TRIM(CONCAT(
            IIF(@DiscountType = N'fixed_amount' AND @DiscountValue > @MinimumOrderAmount,
                N'The discount exceeds the minimum order and will be capped at the price. ', N''),
            IIF(@ExpiresAt > @CampaignEnd, N'The coupon ends after its campaign.', N''))), N'');
END;
