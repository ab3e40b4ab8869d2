SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Says whether the use of a licence costs credits: with own keys (1) it does not, in hybrid
           mode (0) it does.
Called by: coupon_service, coupon_ops
Locks:     L2, L9: as sp_i_LockLicense. L11: AuditLog. Own transaction, or that of the caller.
Returns:   SR. LICENSE_NOT_FOUND.
Throws:    50001 key or mode missing; 50008 text too long; 50102 called in a doomed transaction.
Replay:    the present mode again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetLicenseMode
    @LicenseKey nvarchar(200), @ByokEnabled bit,
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @LicenseId bigint,
            @UserId nvarchar(100), @Old bit, @EntityId nvarchar(200), @Before nvarchar(max),
            @After nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @ByokEnabled IS NULL THROW 50001, N'ARG_REQUIRED: @ByokEnabled is required.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockLicense
             @LicenseKey = @LicenseKey, @LicenseId = @LicenseId OUTPUT, @UserId = @UserId OUTPUT,
             @ByokEnabled = @Old OUTPUT, @Now = @Now OUTPUT;
        IF @LicenseId IS NOT NULL AND @Old <> @ByokEnabled
        BEGIN
            UPDATE dbo.PerpetualLicenses
            SET ByokEnabled = @ByokEnabled, UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE LicenseId = @LicenseId;

            -- The key is worth money: the log names the licence by its number.
            SELECT @EntityId = CAST(@LicenseId AS nvarchar(20)),
                   @Before = (SELECT @Old AS byokEnabled FOR JSON PATH, WITHOUT_ARRAY_WRAPPER),
                   @After = (SELECT @ByokEnabled AS byokEnabled
                             FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'license.mode', @EntityType = N'license',
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

    SELECT CAST(IIF(@LicenseId IS NULL, 0, 1) AS bit) AS Success,
           CAST(IIF(@LicenseId IS NULL, N'LICENSE_NOT_FOUND', NULL) AS nvarchar(50)) AS ErrorCode,
           CAST(IIF(@LicenseId IS NULL, N'No such licence.', N'Mode set.') AS nvarchar(400))
               AS Message;
END;
