SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores the include lists of a campaign or of a coupon, one row a value, with the family
           names expanded (`enterprise` to both enterprise tiers, `pro_family` to both pro tiers).
           The document must have passed sp_i_CheckTargets.
Called by: sp_CreateCampaign, sp_CreateCoupon, sp_i_ReplaceTargets, inside their transaction
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
    -- Values that differ in case are different values.
    SELECT DISTINCT @CampaignId, @CouponId, k.[key],
           COALESCE(f.Tier, TRIM(v.[value])) COLLATE Latin1_General_100_BIN2
    FROM OPENJSON(@TargetsJson) AS k
    CROSS APPLY OPENJSON(k.[value]) AS v
    LEFT JOIN (VALUES
        (N'enterprise', N'enterprise_pro'), (N'enterprise', N'enterprise_max'),
        (N'pro_family', N'pro'), (N'pro_family', N'pro_max')
    ) AS f (Family, Tier)
        ON k.[key] = N'tier' AND f.Family = TRIM(v.[value]) COLLATE Latin1_General_100_BIN2;
END;
