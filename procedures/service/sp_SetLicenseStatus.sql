SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes the status of a licence along the allowed ways. A user holds one active licence
           at most; devices stay registered.
Called by: coupon_service, coupon_ops
Locks:     L2, L9: as sp_i_LockLicense. L11: AuditLog. Own transaction, or that of the caller.
Returns:   SR. LICENSE_NOT_FOUND; INVALID_STATUS_TRANSITION; ALREADY_LICENSED: another licence of
           the user is active.
Throws:    50001 key or status missing; 50003 unknown status; 50008 text too long; 50102 called in
           a doomed transaction; 50202 the licence changed under its lock.
Replay:    the present status again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetLicenseStatus
    @LicenseKey nvarchar(200), @Status nvarchar(10),
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @LicenseId bigint,
            @UserId nvarchar(100), @Old nvarchar(10), @IsAllowed bit,
            @ErrorCode nvarchar(50), @Message nvarchar(400), @EntityId nvarchar(200),
            @Before nvarchar(max), @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SET @Status = NULLIF(TRIM(@Status), N'');
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @Status IS NULL THROW 50001, N'ARG_REQUIRED: @Status is required.', 1;
    IF @Status COLLATE Latin1_General_100_BIN2 NOT IN
        (N'pending', N'active', N'suspended', N'revoked', N'expired')
        THROW 50003, N'ARG_NOT_IN_LIST: @Status is not a licence status.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockLicense
             @LicenseKey = @LicenseKey, @LicenseId = @LicenseId OUTPUT, @UserId = @UserId OUTPUT,
             @Status = @Old OUTPUT, @Now = @Now OUTPUT;
        SET @IsAllowed = CASE WHEN @Status = N'revoked' THEN 1
                              WHEN @Status = N'active' AND @Old IN (N'pending', N'suspended') THEN 1
                              WHEN @Old = N'active' AND @Status IN (N'suspended', N'expired') THEN 1
                              ELSE 0 END;

        IF @LicenseId IS NULL
            SELECT @ErrorCode = N'LICENSE_NOT_FOUND', @Message = N'No such licence.';
        ELSE IF @Old <> @Status AND @IsAllowed = 0
            SELECT @ErrorCode = N'INVALID_STATUS_TRANSITION',
                   @Message = CONCAT(N'Licence cannot go from ', @Old, N' to ', @Status, N'.');
        ELSE IF @Old <> @Status AND @Status = N'active'
                AND EXISTS (SELECT 1 FROM dbo.PerpetualLicenses AS l
                            WHERE l.UserId = @UserId AND l.Status = N'active')
            SELECT @ErrorCode = N'ALREADY_LICENSED',
                   @Message = N'User already holds an active licence.';
        ELSE IF @Old <> @Status
        BEGIN
            UPDATE dbo.PerpetualLicenses
            SET Status = @Status, UpdatedAt = @Now, UpdatedBy = @Actor,
                ActivatedAt = IIF(@Status = N'active', COALESCE(ActivatedAt, @Now), ActivatedAt),
                SuspendedAt = CASE @Status WHEN N'suspended' THEN @Now
                                           WHEN N'active' THEN NULL
                                           ELSE SuspendedAt END,
                RevokedAt = IIF(@Status = N'revoked', @Now, RevokedAt),
                ExpiresAt = IIF(@Status = N'expired' AND (ExpiresAt IS NULL OR ExpiresAt > @Now),
                                @Now, ExpiresAt)
            WHERE LicenseId = @LicenseId AND Status = @Old;
            IF @@ROWCOUNT <> 1
                THROW 50202, N'INVARIANT_ROWCOUNT: the licence changed under its lock.', 1;

            -- The key is worth money: the log names the licence by its number.
            SELECT @EntityId = CAST(@LicenseId AS nvarchar(20)),
                   @Before = (SELECT @Old AS status FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
                   @After = (SELECT @Status AS status FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'license.status', @EntityType = N'license',
                 @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
                 @SubjectUserId = @UserId, @Actor = @Actor, @IpAddress = @IpAddress,
                 @UserAgent = @UserAgent, @Reason = @Reason, @CorrelationId = @CorrelationId,
                 @Now = @Now;
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
           COALESCE(@Message, N'Status set.') AS Message;
END;
