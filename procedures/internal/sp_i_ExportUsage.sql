SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What a user did with coupons, and the profile, as JSON; the archive, too. Of a coupon,
           which belongs to the shop, only what ties it to the user.
Called by: sp_ExportUserData.
Locks:     none.
Returns:   @Json: an object with one array for each table, its columns under their own names.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ExportUsage
    @UserId nvarchar(100),
    @Json nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Json = (SELECT
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.UserProfiles AS t
            WHERE t.UserId = @UserId ORDER BY t.UserId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS UserProfiles,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.UserDevices AS t
            WHERE t.UserId = @UserId ORDER BY t.DeviceFingerprint
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS UserDevices,
        JSON_QUERY(COALESCE((
            SELECT t.CouponId, t.CouponCode, t.CampaignId, t.AssignedTo, t.RedeemedBy, t.RedeemedAt,
                   t.ExpiresAt
            FROM dbo.Coupons AS t
            WHERE t.AssignedTo = @UserId OR t.RedeemedBy = @UserId ORDER BY t.CouponId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS Coupons,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.UserRedemptions AS t
            WHERE t.UserId = @UserId ORDER BY t.UserRedemptionId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS UserRedemptions,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.CouponUserUsage AS t
            WHERE t.UserId = @UserId ORDER BY t.CouponId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS CouponUserUsage,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.Reservations AS t
            WHERE t.UserId = @UserId ORDER BY t.ReservationId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS Reservations,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.RedemptionHistory AS t
            WHERE t.UserId = @UserId ORDER BY t.RedemptionId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS RedemptionHistory,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.RedemptionHistoryArchive AS t
            WHERE t.UserId = @UserId ORDER BY t.RedemptionId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS RedemptionHistoryArchive,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.FunnelEvents AS t
            WHERE t.UserId = @UserId ORDER BY t.FunnelEventId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS FunnelEvents
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
END;
