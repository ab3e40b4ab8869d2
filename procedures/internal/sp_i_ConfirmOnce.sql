SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   One confirmation for each key: the stored outcome where the key is known, else the
           attempt, whose outcome is stored under the key.
Called by: sp_ConfirmReservation, inside its transaction.
Locks:     L1: IdempotencyKeys. L2 to L11 as sp_i_ConfirmCore.
Returns:   OUTPUT parameters only: as sp_i_ConfirmCore, or IDEMPOTENCY_KEY_REUSED; @IsReplay 1: a
           repetition.
Throws:    50200, 50201, 50203 as sp_i_ConfirmCore.
Replay:    as sp_i_Idempotency; refusals are outcomes, too.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ConfirmOnce
    @ReservationId bigint, @IdempotencyKey nvarchar(100), @RequestHash varbinary(32),
    @UserId nvarchar(100), @PaidAmount decimal(10,2), @OrderId nvarchar(100),
    @SubscriptionId bigint, @PaymentIntentId nvarchar(100),
    @ErrorCode nvarchar(50) OUTPUT, @Message nvarchar(400) OUTPUT, @RedemptionId bigint OUTPUT,
    @CouponId bigint OUTPUT, @CampaignId nvarchar(100) OUTPUT, @DiscountType nvarchar(20) OUTPUT,
    @DiscountAmount decimal(10,2) OUTPUT, @FinalAmount decimal(10,2) OUTPUT,
    @CreditsGranted int OUTPUT, @MonthsGranted int OUTPUT, @LicenseKey nvarchar(50) OUTPUT,
    @RemainingUses int OUTPUT, @WasLate bit OUTPUT, @IsReplay bit OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3) = SYSUTCDATETIME(), @State nvarchar(10), @Stored nvarchar(max);

    SET @IsReplay = 0;
    EXEC dbo.sp_i_Idempotency
         @Scope = N'ConfirmReservation', @IdempotencyKey = @IdempotencyKey,
         @RequestHash = @RequestHash, @Now = @Now, @State = @State OUTPUT,
         @StoredResult = @Stored OUTPUT;

    IF @State = N'reused'
        SELECT @ErrorCode = N'IDEMPOTENCY_KEY_REUSED',
               @Message = N'Key was used with other arguments.';
    ELSE IF @State = N'replay'
        SELECT @ErrorCode = j.ErrorCode, @Message = j.Message,
               @RedemptionId = j.RedemptionId, @CouponId = j.CouponId,
               @CampaignId = j.CampaignId, @DiscountType = j.DiscountType,
               @DiscountAmount = j.DiscountAmount, @FinalAmount = j.FinalAmount,
               @CreditsGranted = j.CreditsGranted, @MonthsGranted = j.MonthsGranted,
               @LicenseKey = j.LicenseKey, @RemainingUses = j.RemainingUses,
               @WasLate = j.WasLate, @IsReplay = 1
        FROM OPENJSON(@Stored) WITH (
            ErrorCode nvarchar(50), Message nvarchar(400), RedemptionId bigint,
            CouponId bigint, CampaignId nvarchar(100), DiscountType nvarchar(20),
            DiscountAmount decimal(10,2), FinalAmount decimal(10,2), CreditsGranted int,
            MonthsGranted int, LicenseKey nvarchar(50), RemainingUses int, WasLate bit) AS j;
    ELSE
    BEGIN
        EXEC dbo.sp_i_ConfirmCore
             @ReservationId = @ReservationId, @IdempotencyKey = @IdempotencyKey,
             @UserId = @UserId, @PaidAmount = @PaidAmount, @OrderId = @OrderId,
             @SubscriptionId = @SubscriptionId, @PaymentIntentId = @PaymentIntentId,
             @ErrorCode = @ErrorCode OUTPUT, @Message = @Message OUTPUT,
             @RedemptionId = @RedemptionId OUTPUT, @CouponId = @CouponId OUTPUT,
             @CampaignId = @CampaignId OUTPUT, @DiscountType = @DiscountType OUTPUT,
             @DiscountAmount = @DiscountAmount OUTPUT, @FinalAmount = @FinalAmount OUTPUT,
             @CreditsGranted = @CreditsGranted OUTPUT, @MonthsGranted = @MonthsGranted OUTPUT,
             @LicenseKey = @LicenseKey OUTPUT, @RemainingUses = @RemainingUses OUTPUT,
             @WasLate = @WasLate OUTPUT, @IsReplay = @IsReplay OUTPUT;
        SET @Stored = (SELECT @ErrorCode AS ErrorCode, @Message AS Message,
                              @RedemptionId AS RedemptionId, @CouponId AS CouponId,
                              @CampaignId AS CampaignId, @DiscountType AS DiscountType,
                              @DiscountAmount AS DiscountAmount,
                              @FinalAmount AS FinalAmount,
                              @CreditsGranted AS CreditsGranted,
                              @MonthsGranted AS MonthsGranted, @LicenseKey AS LicenseKey,
                              @RemainingUses AS RemainingUses, @WasLate AS WasLate
                       FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
        EXEC dbo.sp_i_Idempotency
             @Scope = N'ConfirmReservation', @IdempotencyKey = @IdempotencyKey,
             @Outcome = @Stored;
    END;
END;
