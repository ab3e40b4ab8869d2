SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records that an active licence was upgraded to another version, and for how much. With a
           redemption the price was made by a coupon for just this version; it pays for one upgrade.
Called by: coupon_service, coupon_ops
Locks:     L2, L9: as sp_i_LockLicense. L11: VersionUpgrades, AuditLog. Own transaction, or that of
           the caller.
Returns:   SR + UpgradeId. LICENSE_NOT_FOUND; LICENSE_NOT_ACTIVE; UPGRADE_EXISTS: the licence has
           this version.
Throws:    50001 key, version or a price missing; 50002 negative price, or more paid than the
           standard; 50003 unknown type; 50008 text too long; 50009 @RedemptionId is no success of
           the licence's user, its coupon is not for this version, or it paid for an upgrade; 50102
           called in a doomed transaction.
Replay:    the same version again is UPGRADE_EXISTS and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_RecordVersionUpgrade
    @LicenseKey nvarchar(200), @ToVersion nvarchar(20), @StandardPrice decimal(10,2),
    @PricePaid decimal(10,2), @UpgradeType nvarchar(12) = N'standard', @RedemptionId bigint = NULL,
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @LicenseId bigint,
            @UserId nvarchar(100), @IsUsable bit, @FromVersion nvarchar(20),
            @Bought nvarchar(20), @Code nvarchar(50), @UpgradeId bigint, @ErrorCode nvarchar(50),
            @Message nvarchar(400), @EntityId nvarchar(200), @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @ToVersion = NULLIF(TRIM(@ToVersion), N''),
           @UpgradeType = COALESCE(NULLIF(TRIM(@UpgradeType), N''), N'standard');
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @ToVersion IS NULL THROW 50001, N'ARG_REQUIRED: @ToVersion is required.', 1;
    IF @StandardPrice IS NULL THROW 50001, N'ARG_REQUIRED: @StandardPrice is required.', 1;
    IF @PricePaid IS NULL THROW 50001, N'ARG_REQUIRED: @PricePaid is required.', 1;
    IF @StandardPrice < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @StandardPrice is negative.', 1;
    IF @PricePaid NOT BETWEEN 0 AND @StandardPrice
        THROW 50002, N'ARG_OUT_OF_RANGE: @PricePaid must be 0 to @StandardPrice.', 1;
    IF @UpgradeType COLLATE Latin1_General_100_BIN2 NOT IN (N'standard', N'early_bird')
        THROW 50003, N'ARG_NOT_IN_LIST: @UpgradeType is not a type of upgrade.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockLicense
             @LicenseKey = @LicenseKey, @LicenseId = @LicenseId OUTPUT, @UserId = @UserId OUTPUT,
             @IsUsable = @IsUsable OUTPUT, @PurchasedVersion = @Bought OUTPUT, @Now = @Now OUTPUT;
        SET @FromVersion = @Bought;
        SELECT TOP (1) @FromVersion = u.ToVersion
        FROM dbo.VersionUpgrades AS u
        WHERE u.LicenseId = @LicenseId
        ORDER BY u.UpgradeId DESC;

        IF @LicenseId IS NULL
            SELECT @ErrorCode = N'LICENSE_NOT_FOUND', @Message = N'No such licence.';
        ELSE IF @IsUsable = 0
            SELECT @ErrorCode = N'LICENSE_NOT_ACTIVE', @Message = N'The licence is not active.';
        ELSE IF @Bought = @ToVersion
                OR EXISTS (SELECT 1 FROM dbo.VersionUpgrades AS u
                           WHERE u.LicenseId = @LicenseId AND u.ToVersion = @ToVersion)
            SELECT @ErrorCode = N'UPGRADE_EXISTS',
                   @Message = CONCAT(N'The licence has version ', @ToVersion, N'.');
        ELSE
        BEGIN
            IF @RedemptionId IS NOT NULL
            BEGIN
                SELECT @Code = h.CouponCode
                FROM dbo.RedemptionHistory AS h
                INNER JOIN dbo.Coupons AS c ON c.CouponId = h.CouponId
                WHERE h.RedemptionId = @RedemptionId AND h.UserId = @UserId
                      AND h.Status = N'success' AND c.UpgradeVersion = @ToVersion
                      AND NOT EXISTS (SELECT 1
                                      FROM dbo.PerpetualLicenses AS l
                                      INNER JOIN dbo.VersionUpgrades AS u
                                          ON u.LicenseId = l.LicenseId
                                      WHERE l.UserId = @UserId AND u.RedemptionId = @RedemptionId);
                IF @Code IS NULL
                    THROW 50009, N'ARG_CONFLICT: @RedemptionId does not pay for @ToVersion.', 1;
            END;

            INSERT INTO dbo.VersionUpgrades
                (LicenseId, FromVersion, ToVersion, UpgradeType, StandardPrice, PricePaid,
                 CouponCode, RedemptionId, PurchasedAt, CreatedAt, CreatedBy)
            VALUES
                (@LicenseId, @FromVersion, @ToVersion, @UpgradeType, @StandardPrice, @PricePaid,
                 @Code, @RedemptionId, @Now, @Now, @Actor);
            SET @UpgradeId = SCOPE_IDENTITY();

            SET @EntityId = CAST(@LicenseId AS nvarchar(20));
            SET @After = (SELECT @UpgradeId AS upgradeId, @FromVersion AS fromVersion,
                                 @ToVersion AS toVersion, @UpgradeType AS upgradeType,
                                 @StandardPrice AS standardPrice, @PricePaid AS pricePaid,
                                 @RedemptionId AS redemptionId
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'license.upgrade', @EntityType = N'license',
                 @EntityId = @EntityId, @AfterJson = @After, @SubjectUserId = @UserId,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           COALESCE(@Message, N'Upgrade recorded.') AS Message, @UpgradeId AS UpgradeId;
END;
