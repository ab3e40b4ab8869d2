SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Writes that a reservation became a use, after its slot was moved or claimed anew: the
           reservation is Confirmed, the ledger row a success, and what follows a success follows.
           A late payment leaves the failed row as it is and gets a row of its own, to which the
           reservation points from then on.
Called by: sp_i_ConfirmCore.
Locks:     the caller holds L2 of the user. L7: Reservations. L8: RedemptionHistory. L9, L10 as
           sp_i_ApplyBenefits. L11: RedemptionHistory, UserDevices, OutboxEvents.
Returns:   @RedemptionId, the row of the success; @LicenseKey of a granted licence.
Throws:    50201 the reservation or its ledger row moved under the lock of its user; 50203 the
           benefit cannot be applied.
Replay:    none; the caller has looked at the state.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CompleteReservation
    @ReservationId bigint,
    @FromStatus nvarchar(10),           -- Reserved, or Expired: paid late
    @EventId nvarchar(100), @OrderId nvarchar(100), @SubscriptionId bigint,
    @CouponStripeNo tinyint, @CampaignStripeNo tinyint, @Now datetime2(3),
    @RedemptionId bigint OUTPUT, @LicenseKey nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @CouponId bigint, @Code nvarchar(50), @CampaignId nvarchar(100),
            @UserId nvarchar(100), @DiscountType nvarchar(20), @DiscountAmount decimal(10,2),
            @FinalAmount decimal(10,2), @Currency nchar(3), @Ip nvarchar(45), @Country nchar(2),
            @Device nvarchar(128), @CouponType nvarchar(30), @Payload nvarchar(max),
            @RemainingUses int,
            @EntityId nvarchar(120) = CAST(@ReservationId AS nvarchar(20));

    UPDATE dbo.Reservations
    SET Status = N'Confirmed', ClosedAt = @Now, CloseReason = N'confirmed',
        ConfirmEventId = @EventId, OrderId = COALESCE(OrderId, @OrderId),
        CouponStripeNo = @CouponStripeNo, CampaignStripeNo = @CampaignStripeNo
    WHERE ReservationId = @ReservationId AND Status = @FromStatus;
    IF @@ROWCOUNT <> 1
        THROW 50201, N'INVARIANT_LEDGER: a reservation moved under the lock of its user.', 1;

    IF @FromStatus = N'Reserved'
    BEGIN
        UPDATE dbo.RedemptionHistory
        SET Status = N'success', Success = 1, CompletedAt = @Now,
            OrderId = COALESCE(OrderId, @OrderId),
            SubscriptionId = COALESCE(@SubscriptionId, SubscriptionId)
        WHERE RedemptionId = @RedemptionId AND Status = N'pending';
        IF @@ROWCOUNT <> 1
            THROW 50201, N'INVARIANT_LEDGER: the ledger row of a reservation was not pending.', 1;
    END
    ELSE
    BEGIN
        INSERT INTO dbo.RedemptionHistory
            (CouponCode, UserId, CampaignId, AttemptedAt, Success, Status, IpAddress, UserAgent,
             CouponId, ReservationId, OrderId, OrderAmount, BaseAmount, FinalAmount, DiscountType,
             DiscountAmount, CurrencyCode, CreditsGranted, CreditsApplied, MonthsGranted,
             SubscriptionId, UserTier, ServiceType, ConsultantId, CountryCode, DeviceFingerprint,
             MarketingChannel, UtmSource, UtmMedium, UtmCampaign, RiskScore, ReviewStatus,
             CompletedAt)
        SELECT h.CouponCode, h.UserId, h.CampaignId, @Now, 1, N'success', h.IpAddress,
               h.UserAgent, h.CouponId, r.ReservationId, r.OrderId, r.OrderAmount, r.BaseAmount,
               r.FinalAmount, r.DiscountType, r.DiscountAmount, r.CurrencyCode, r.CreditsGranted,
               r.CreditsApplied, r.MonthsGranted, COALESCE(@SubscriptionId, h.SubscriptionId),
               h.UserTier, h.ServiceType, h.ConsultantId, h.CountryCode, h.DeviceFingerprint,
               h.MarketingChannel, h.UtmSource, h.UtmMedium, h.UtmCampaign, h.RiskScore,
               h.ReviewStatus, @Now
        FROM dbo.Reservations AS r
        INNER JOIN dbo.RedemptionHistory AS h ON h.RedemptionId = r.RedemptionId
        WHERE r.ReservationId = @ReservationId;
        IF @@ROWCOUNT <> 1
            THROW 50201, N'INVARIANT_LEDGER: the ledger row of a reservation is gone.', 1;
        SET @RedemptionId = SCOPE_IDENTITY();
        UPDATE dbo.Reservations
        SET RedemptionId = @RedemptionId
        WHERE ReservationId = @ReservationId;
    END;

    SELECT @CouponId = h.CouponId, @Code = h.CouponCode, @CampaignId = h.CampaignId,
           @UserId = h.UserId, @OrderId = h.OrderId, @DiscountType = h.DiscountType,
           @DiscountAmount = h.DiscountAmount, @FinalAmount = h.FinalAmount,
           @Currency = h.CurrencyCode, @Ip = h.IpAddress, @Country = h.CountryCode,
           @Device = h.DeviceFingerprint, @CouponType = c.CouponType,
           -- The claim has counted this use, except that the row of a striped code is behind by it.
           @RemainingUses = c.MaxUses - c.UsedCount - c.ReservedCount
                            - IIF(c.StripeCount > 1, 1, 0)
    FROM dbo.RedemptionHistory AS h
    INNER JOIN dbo.Coupons AS c ON c.CouponId = h.CouponId
    WHERE h.RedemptionId = @RedemptionId;

    IF @DiscountType IN (N'credits', N'months_free') OR @CouponType = N'byok_migration'
        EXEC dbo.sp_i_ApplyBenefits
             @RedemptionId = @RedemptionId, @Now = @Now, @LicenseKey = @LicenseKey OUTPUT;
    EXEC dbo.sp_i_RecordUse
         @RedemptionId = @RedemptionId, @CouponId = @CouponId, @CouponCode = @Code,
         @CampaignId = @CampaignId, @UserId = @UserId, @OrderId = @OrderId,
         @DiscountType = @DiscountType, @DiscountAmount = @DiscountAmount,
         @FinalAmount = @FinalAmount, @CurrencyCode = @Currency, @IpAddress = @Ip,
         @CountryCode = @Country, @DeviceFingerprint = @Device,
         @RemainingUses = @RemainingUses, @Now = @Now;

    SET @Payload = (SELECT @ReservationId AS reservationId, @Code AS couponCode,
                           N'confirmed' AS reason
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'reservation_closed', @EntityType = N'reservation',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
