SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The result row of sp_RedeemCoupon, from its stored outcome.
Called by: sp_RedeemCoupon, for a replay.
Locks:     none.
Returns:   SR as sp_RedeemCoupon, IsReplay 1.
Throws:    nothing.
Replay:    this is the replay.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AnswerRedemption
    @ResultJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT j.Success, j.ErrorCode, j.Message, j.FailedStep, j.RedemptionId, j.CouponId,
           j.CouponCode, j.CampaignId, j.DiscountType, j.DiscountValue, j.DiscountAmount,
           j.FinalAmount, j.IsZeroPayment, j.CreditsGranted, j.MonthsGranted, j.LicenseKey,
           j.RemainingUses, j.RemainingUsesForUser, j.RiskScore, j.RequiresCaptcha,
           j.SuggestedCouponCode, CAST(1 AS bit) AS IsReplay
    FROM OPENJSON(@ResultJson) WITH (
        Success bit, ErrorCode nvarchar(50), Message nvarchar(400), FailedStep nvarchar(4),
        RedemptionId bigint, CouponId bigint, CouponCode nvarchar(50), CampaignId nvarchar(100),
        DiscountType nvarchar(20), DiscountValue decimal(10,2), DiscountAmount decimal(10,2),
        FinalAmount decimal(10,2), IsZeroPayment bit, CreditsGranted int, MonthsGranted int,
        LicenseKey nvarchar(50), RemainingUses int, RemainingUsesForUser int,
        RiskScore decimal(3,2), RequiresCaptcha bit, SuggestedCouponCode nvarchar(50)) AS j;
END;
