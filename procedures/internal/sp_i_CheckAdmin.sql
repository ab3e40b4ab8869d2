SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Trims and checks what every administrative call names: the campaign, the code, the actor.
           @Needs says which of campaign and coupon: campaign, coupon, both, either (exactly one),
           any (a campaign perhaps), none.
Called by: the procedures of campaigns and coupons that operators call, before their transaction
Locks:     none
Returns:   the trimmed names; @Actor is the login when nobody is named
Throws:    50001, 50008, 50009
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckAdmin
    @Needs nvarchar(10),
    @CampaignId nvarchar(200) = NULL OUTPUT,
    @CouponCode nvarchar(200) = NULL OUTPUT,
    @Actor nvarchar(200) = NULL OUTPUT,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @CampaignId = NULLIF(TRIM(@CampaignId), N''),
           @Actor = COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100));
    SELECT @CouponCode = NULLIF(n.Code, N'') FROM dbo.fn_NormaliseCode(@CouponCode) AS n;

    IF @Needs IN (N'campaign', N'both') AND @CampaignId IS NULL
        THROW 50001, N'ARG_REQUIRED: @CampaignId', 1;
    IF @Needs IN (N'coupon', N'both') AND @CouponCode IS NULL
        THROW 50001, N'ARG_REQUIRED: @CouponCode', 1;
    IF @Needs = N'either' AND @CampaignId IS NULL AND @CouponCode IS NULL
        THROW 50009, N'ARG_CONFLICT: @CampaignId or @CouponCode must be given.', 1;
    IF @Needs = N'either' AND @CampaignId IS NOT NULL AND @CouponCode IS NOT NULL
        THROW 50009, N'ARG_CONFLICT: @CampaignId excludes @CouponCode.', 1;
    IF LEN(@CampaignId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CampaignId is longer than 100 characters.', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    IF LEN(@Actor) > 100 THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@CorrelationId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CorrelationId is longer than 100 characters.', 1;
END;
