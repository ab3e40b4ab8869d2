SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One reservation and the seconds that are left of it (0 when it is closed or overdue).
Called by: coupon_service, coupon_ops
Locks:     none
Returns:   SR + the row, SecondsLeft. RESERVATION_NOT_FOUND.
Throws:    50001 no reservation named
Replay:    not needed; reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_GetReservation
    @ReservationId bigint
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME();

    IF @ReservationId IS NULL
        THROW 50001, N'ARG_REQUIRED: @ReservationId is required.', 1;

    SELECT CAST(IIF(r.ReservationId IS NULL, 0, 1) AS bit) AS Success,
           CAST(IIF(r.ReservationId IS NULL, N'RESERVATION_NOT_FOUND', NULL) AS nvarchar(50))
               AS ErrorCode,
           CAST(IIF(r.ReservationId IS NULL, CONCAT(N'Reservation ', v.Id, N' not found.'),
                    N'Found.') AS nvarchar(400)) AS Message,
           r.ReservationId, r.CouponId, r.CampaignId, r.UserId, r.OrderId, r.Status,
           r.OrderAmount, r.BaseAmount, r.FinalAmount, r.CurrencyCode, r.DiscountType,
           r.DiscountAmount, r.CreditsGranted, r.CreditsApplied, r.MonthsGranted, r.RedemptionId,
           r.CampaignStripeNo, r.CouponStripeNo, r.ReservedAt, r.ExpiresAt, r.ClosedAt,
           r.CloseReason, r.ConfirmEventId, r.IpAddress, r.UserAgent, r.DeviceFingerprint,
           CASE WHEN r.Status = N'Reserved' AND r.ExpiresAt > @Now
                    THEN DATEDIFF(SECOND, @Now, r.ExpiresAt)
                WHEN r.ReservationId IS NOT NULL THEN 0 END AS SecondsLeft
    FROM (VALUES (@ReservationId)) AS v (Id)
    LEFT OUTER JOIN dbo.Reservations AS r ON r.ReservationId = v.Id;
END;
