SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What the audit log keeps of a rule.
Called by: sp_SetValidationRule, sp_DeleteValidationRule
Locks:     none of its own; the callers hold the owner
Returns:   @Json, NULL when this owner has no such rule
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ShowRule
    @RuleId int,
    @CampaignId nvarchar(100),
    @CouponId bigint,
    @Json nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Json = (
        SELECT r.RuleId AS ruleId, r.RuleType AS ruleType, JSON_QUERY(r.ConfigJson) AS config,
               r.IsActive AS isActive, r.SortOrder AS sortOrder
        FROM dbo.CouponValidationRules AS r
        WHERE r.RuleId = @RuleId AND (r.CampaignId = @CampaignId OR r.CouponId = @CouponId)
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
END;
