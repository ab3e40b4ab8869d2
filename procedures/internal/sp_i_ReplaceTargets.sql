SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Replaces the targets of a campaign or a coupon, kind by kind: of each kind that the
           document names all rows go, and its values come instead. The document must have passed
           sp_i_CheckTargets.
Called by: sp_i_WriteCampaign, sp_i_WriteCoupon
Locks:     the caller holds the owner (L3 or L4)
Returns:   nothing
Throws:    nothing of its own
Replay:    the same document again gives the same rows
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReplaceTargets
    @CampaignId nvarchar(100) = NULL,
    @CouponId bigint = NULL,
    @TargetsJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF @TargetsJson IS NULL RETURN;

    DELETE FROM dbo.CouponTargets
    WHERE (CampaignId = @CampaignId OR CouponId = @CouponId)
      AND TargetKind IN (SELECT k.[key] COLLATE Latin1_General_100_BIN2
                         FROM OPENJSON(@TargetsJson) AS k);
    EXEC dbo.sp_i_AddTargets
        @CampaignId = @CampaignId, @CouponId = @CouponId, @TargetsJson = @TargetsJson;
END;
