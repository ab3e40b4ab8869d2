SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores the include lists of a campaign or of a coupon, one row a value, as
           fn_TargetValues reads them. The document must have passed sp_i_CheckTargets.
Called by: sp_i_InsertCampaign, sp_i_InsertCoupon, sp_i_ReplaceTargets
Locks:     L11 inserts
Returns:   nothing
Throws:    nothing of its own
Replay:    none: the callers have just made the owner
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AddTargets
    @CampaignId nvarchar(100) = NULL,
    @CouponId bigint = NULL,
    @TargetsJson nvarchar(max)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    INSERT INTO dbo.CouponTargets (CampaignId, CouponId, TargetKind, TargetValue)
    SELECT DISTINCT @CampaignId, @CouponId, k.[key], v.TargetValue
    FROM OPENJSON(@TargetsJson) AS k
    CROSS APPLY dbo.fn_TargetValues(k.[key], k.[value]) AS v;
END;
