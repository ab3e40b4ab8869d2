SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes an active perpetual licence with a key of its own: CPN- and five groups of five
           characters of the safe alphabet, 124 bits.
Called by: sp_i_ApplyBenefits, sp_GrantPerpetualLicense, after an active licence of the user was
           looked for.
Locks:     the caller holds L2 of the user. L9: PerpetualLicenses. L11: OutboxEvents.
Returns:   @LicenseId, @LicenseKey.
Throws:    nothing of its own.
Replay:    none; the caller knows the call.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_GrantLicense
    @UserId nvarchar(100),
    @PurchasePrice decimal(10,2),
    @PurchasedVersion nvarchar(20),
    @CouponCode nvarchar(50) = NULL,
    @ByokEnabled bit = 1,
    @RedemptionId bigint = NULL,
    @RequestId nvarchar(100) = NULL,
    @Actor nvarchar(100) = NULL,
    @Now datetime2(3),
    @LicenseId bigint OUTPUT,
    @LicenseKey nvarchar(50) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Text nvarchar(100), @EntityId nvarchar(120), @Payload nvarchar(max);

    EXEC dbo.sp_i_MakeRandomText @Length = 25, @Text = @Text OUTPUT;
    SET @LicenseKey = CONCAT(N'CPN-', SUBSTRING(@Text, 1, 5), N'-', SUBSTRING(@Text, 6, 5), N'-',
                             SUBSTRING(@Text, 11, 5), N'-', SUBSTRING(@Text, 16, 5), N'-',
                             SUBSTRING(@Text, 21, 5));

    INSERT INTO dbo.PerpetualLicenses
        (UserId, LicenseKey, Status, PurchasePrice, PurchasedVersion, ByokEnabled,
         AcquisitionCouponCode, RedemptionId, RequestId, ActivatedAt, CreatedAt, CreatedBy,
         UpdatedAt, UpdatedBy)
    VALUES
        (@UserId, @LicenseKey, N'active', @PurchasePrice, @PurchasedVersion, @ByokEnabled,
         @CouponCode, @RedemptionId, @RequestId, @Now, @Now, @Actor,
         @Now, @Actor);
    SET @LicenseId = SCOPE_IDENTITY();

    -- The key is worth money: events name the licence by its number.
    SET @EntityId = CAST(@LicenseId AS nvarchar(20));
    SET @Payload = (SELECT @LicenseId AS licenseId, @UserId AS userId,
                           @PurchasePrice AS purchasePrice, @CouponCode AS couponCode,
                           @RedemptionId AS redemptionId
                    FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
    EXEC dbo.sp_i_Enqueue @EventType = N'license_granted', @EntityType = N'license',
         @EntityId = @EntityId, @PayloadJson = @Payload, @Now = @Now;
END;
