SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives a user an active perpetual licence with a key of its own. The coupon that led to it
           is noted, not redeemed: the price is what was paid.
Called by: coupon_service, coupon_ops
Locks:     L1: IdempotencyKeys. L2: UserProfiles. L9: PerpetualLicenses. L11: AuditLog,
           OutboxEvents. Own transaction, or that of the caller.
Returns:   SR + LicenseId, LicenseKey. ALREADY_LICENSED: the user holds an active licence.
Throws:    50001 user, price, version or request missing; 50002 negative price; 50008 text too
           long; 50102 called in a doomed transaction.
Replay:    the same @RequestId with the same arguments returns the first outcome, a refusal too,
           and writes nothing; with others IDEMPOTENCY_KEY_REUSED.
*/
CREATE OR ALTER PROCEDURE dbo.sp_GrantPerpetualLicense
    @UserId nvarchar(200), @PurchasePrice decimal(10,2), @PurchasedVersion nvarchar(20),
    @CouponCode nvarchar(200) = NULL, @ByokEnabled bit = 1, @RequestId nvarchar(200),
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @State nvarchar(10), @Stored nvarchar(max), @Mark nchar(1) = NCHAR(31),
            @Hash varbinary(32), @ErrorCode nvarchar(50), @Message nvarchar(400),
            @LicenseId bigint, @LicenseKey nvarchar(50), @EntityId nvarchar(200),
            @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @RequestId = NULLIF(TRIM(@RequestId), N''),
           @PurchasedVersion = NULLIF(TRIM(@PurchasedVersion), N''),
           @ByokEnabled = COALESCE(@ByokEnabled, 1), @CouponCode = NULLIF(n.Code, N'')
    FROM dbo.fn_NormaliseCode(@CouponCode) AS n;
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @UserId IS NULL THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF @PurchasePrice IS NULL THROW 50001, N'ARG_REQUIRED: @PurchasePrice is required.', 1;
    IF @PurchasedVersion IS NULL THROW 50001, N'ARG_REQUIRED: @PurchasedVersion is required.', 1;
    IF @RequestId IS NULL THROW 50001, N'ARG_REQUIRED: @RequestId is required.', 1;
    IF @PurchasePrice < 0 THROW 50002, N'ARG_OUT_OF_RANGE: @PurchasePrice is negative.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF LEN(@CouponCode) > 50
        THROW 50008, N'ARG_TOO_LONG: @CouponCode is longer than 50 characters.', 1;
    IF LEN(@RequestId) > 100
        THROW 50008, N'ARG_TOO_LONG: @RequestId is longer than 100 characters.', 1;

    -- Unit separators keep neighbouring arguments apart.
    SET @Hash = HASHBYTES('SHA2_256', CONCAT(
        @UserId, @Mark, @PurchasePrice, @Mark, @PurchasedVersion, @Mark, @CouponCode, @Mark,
        @ByokEnabled));

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_Idempotency
             @Scope = N'GrantPerpetualLicense', @IdempotencyKey = @RequestId,
             @RequestHash = @Hash, @Now = @Now, @State = @State OUTPUT,
             @StoredResult = @Stored OUTPUT;
        -- The licences remember requests longer than the keys do.
        IF @State = N'new' AND EXISTS (SELECT 1 FROM dbo.PerpetualLicenses AS l
                                       WHERE l.RequestId = @RequestId)
        BEGIN
            DELETE FROM dbo.IdempotencyKeys
            WHERE Scope = N'GrantPerpetualLicense' AND IdempotencyKey = @RequestId
                  AND ResultJson IS NULL;
            SET @State = N'reused';
        END;

        IF @State = N'new'
        BEGIN
            EXEC dbo.sp_i_LockUser @UserId = @UserId, @Now = @Now OUTPUT;
            IF EXISTS (SELECT 1 FROM dbo.PerpetualLicenses AS l
                       WHERE l.UserId = @UserId AND l.Status = N'active')
                SELECT @ErrorCode = N'ALREADY_LICENSED',
                       @Message = N'User already holds an active licence.';
            ELSE
            BEGIN
                EXEC dbo.sp_i_GrantLicense
                     @UserId = @UserId, @PurchasePrice = @PurchasePrice,
                     @PurchasedVersion = @PurchasedVersion, @CouponCode = @CouponCode,
                     @ByokEnabled = @ByokEnabled, @RequestId = @RequestId, @Actor = @Actor,
                     @Now = @Now, @LicenseId = @LicenseId OUTPUT,
                     @LicenseKey = @LicenseKey OUTPUT;
                -- The key is worth money: the log names the licence by its number.
                SET @EntityId = CAST(@LicenseId AS nvarchar(20));
                SET @After = (SELECT @UserId AS userId, @PurchasePrice AS purchasePrice,
                                     @PurchasedVersion AS purchasedVersion,
                                     @CouponCode AS couponCode, @ByokEnabled AS byokEnabled
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
                EXEC dbo.sp_i_Audit @Action = N'license.grant', @EntityType = N'license',
                     @EntityId = @EntityId, @AfterJson = @After, @SubjectUserId = @UserId,
                     @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                     @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
            END;
            SET @Message = COALESCE(@Message, N'Licence granted.');
            SET @Stored = (SELECT @ErrorCode AS ErrorCode, @Message AS Message,
                                  @LicenseId AS LicenseId, @LicenseKey AS LicenseKey
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Idempotency
                 @Scope = N'GrantPerpetualLicense', @IdempotencyKey = @RequestId,
                 @Outcome = @Stored;
        END
        ELSE IF @State = N'reused'
            SET @Stored = N'{"ErrorCode":"IDEMPOTENCY_KEY_REUSED",'
                          + N'"Message":"Key was used with other arguments."}';

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(o.ErrorCode IS NULL, 1, 0) AS bit) AS Success, o.ErrorCode, o.Message,
           o.LicenseId, o.LicenseKey
    FROM OPENJSON(@Stored) WITH (ErrorCode nvarchar(50), Message nvarchar(400),
                                 LicenseId bigint, LicenseKey nvarchar(50)) AS o;
END;
