SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Turns a reservation into a use after its payment. The quote is honoured as it was made;
           a payment that comes late claims a slot anew if the limits allow it.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys. L2 to L11 as sp_i_ConfirmOnce. Own transaction, or that of the
           caller.
Returns:   SR + RedemptionId, ReservationId, CouponId, CampaignId, DiscountType, DiscountAmount,
           FinalAmount, CreditsGranted, MonthsGranted, LicenseKey, RemainingUses, WasLate, IsReplay.
           RESERVATION_NOT_FOUND, RESERVATION_USER_MISMATCH, RESERVATION_ALREADY_CONFIRMED,
           RESERVATION_RELEASED, RESERVATION_EXPIRED, AMOUNT_MISMATCH, IDEMPOTENCY_KEY_REUSED.
Throws:    50001 reservation or key missing; 50002 negative amount; 50008 text longer than 100;
           50009 @SubscriptionId is not of this user; 50102 called in a doomed transaction;
           50200, 50201, 50203 as sp_i_ConfirmCore.
Replay:    the same @IdempotencyKey (the payment event) with the same arguments returns the first
           outcome, refusals too, with IsReplay 1; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ConfirmReservation
    @ReservationId bigint, @IdempotencyKey nvarchar(200), @UserId nvarchar(200) = NULL,
    @PaidAmount decimal(10,2) = NULL, @OrderId nvarchar(200) = NULL,
    @SubscriptionId bigint = NULL, @PaymentIntentId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Mark nchar(1) = NCHAR(31),
            @RequestHash varbinary(32), @ErrorCode nvarchar(50), @Message nvarchar(400),
            @RedemptionId bigint, @CouponId bigint, @CampaignId nvarchar(100),
            @DiscountType nvarchar(20), @DiscountAmount decimal(10,2),
            @FinalAmount decimal(10,2), @CreditsGranted int, @MonthsGranted int,
            @LicenseKey nvarchar(50), @RemainingUses int, @WasLate bit, @IsReplay bit,
            @Answered bigint;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;
    SELECT @IdempotencyKey = NULLIF(TRIM(@IdempotencyKey), N''),
           @UserId = NULLIF(TRIM(@UserId), N''), @OrderId = NULLIF(TRIM(@OrderId), N''),
           @PaymentIntentId = NULLIF(TRIM(@PaymentIntentId), N'');
    IF @ReservationId IS NULL
        THROW 50001, N'ARG_REQUIRED: @ReservationId is required.', 1;
    IF @IdempotencyKey IS NULL
        THROW 50001, N'ARG_REQUIRED: @IdempotencyKey is required.', 1;
    IF LEN(@IdempotencyKey) > 100
        THROW 50008, N'ARG_TOO_LONG: @IdempotencyKey is longer than 100 characters.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@OrderId) > 100
        THROW 50008, N'ARG_TOO_LONG: @OrderId is longer than 100 characters.', 1;
    IF LEN(@PaymentIntentId) > 100
        THROW 50008, N'ARG_TOO_LONG: @PaymentIntentId is longer than 100 characters.', 1;
    IF @PaidAmount < 0
        THROW 50002, N'ARG_OUT_OF_RANGE: @PaidAmount is negative.', 1;
    IF @SubscriptionId IS NOT NULL
       AND EXISTS (SELECT 1 FROM dbo.Reservations AS r WHERE r.ReservationId = @ReservationId)
       AND NOT EXISTS (SELECT 1
                       FROM dbo.Reservations AS r
                       INNER JOIN dbo.Subscriptions AS s ON s.UserId = r.UserId
                       WHERE r.ReservationId = @ReservationId
                         AND s.SubscriptionId = @SubscriptionId)
        THROW 50009, N'ARG_CONFLICT: @SubscriptionId is not a subscription of the user.', 1;

    SET @RequestHash = HASHBYTES('SHA2_256', CONCAT(
        @ReservationId, @Mark, @UserId, @Mark, @PaidAmount, @Mark, @OrderId, @Mark,
        @SubscriptionId, @Mark, @PaymentIntentId));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_ConfirmOnce
             @ReservationId = @ReservationId, @IdempotencyKey = @IdempotencyKey,
             @RequestHash = @RequestHash, @UserId = @UserId, @PaidAmount = @PaidAmount,
             @OrderId = @OrderId, @SubscriptionId = @SubscriptionId,
             @PaymentIntentId = @PaymentIntentId, @ErrorCode = @ErrorCode OUTPUT,
             @Message = @Message OUTPUT, @RedemptionId = @RedemptionId OUTPUT,
             @CouponId = @CouponId OUTPUT, @CampaignId = @CampaignId OUTPUT,
             @DiscountType = @DiscountType OUTPUT, @DiscountAmount = @DiscountAmount OUTPUT,
             @FinalAmount = @FinalAmount OUTPUT, @CreditsGranted = @CreditsGranted OUTPUT,
             @MonthsGranted = @MonthsGranted OUTPUT, @LicenseKey = @LicenseKey OUTPUT,
             @RemainingUses = @RemainingUses OUTPUT, @WasLate = @WasLate OUTPUT,
             @IsReplay = @IsReplay OUTPUT;
        SET @Answered = IIF(@ErrorCode IS NULL, @ReservationId, NULL);

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        EXEC dbo.sp_i_ThrowCounter;  -- 547 becomes 50200
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, @RedemptionId AS RedemptionId, @Answered AS ReservationId,
           @CouponId AS CouponId, @CampaignId AS CampaignId, @DiscountType AS DiscountType,
           @DiscountAmount AS DiscountAmount, @FinalAmount AS FinalAmount,
           @CreditsGranted AS CreditsGranted, @MonthsGranted AS MonthsGranted,
           @LicenseKey AS LicenseKey, @RemainingUses AS RemainingUses, @WasLate AS WasLate,
           @IsReplay AS IsReplay;
END;
