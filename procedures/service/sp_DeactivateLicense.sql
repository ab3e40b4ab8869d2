SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Takes a machine off a licence, so that another may take its place. Also of a licence that
           is not active.
Called by: coupon_service, coupon_ops
Locks:     L2, L9: as sp_i_LockLicense, and with it its LicenseActivations. Own transaction, or
           that of the caller.
Returns:   SR + ActiveDevices. LICENSE_NOT_FOUND.
Throws:    50001 key or machine missing; 50008 key too long; 50102 called in a doomed transaction.
Replay:    a machine that does not run succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_DeactivateLicense
    @LicenseKey nvarchar(200), @MachineFingerprint nvarchar(128)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @LicenseId bigint,
            @Devices int;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SET @MachineFingerprint = NULLIF(TRIM(@MachineFingerprint), N'');
    IF @MachineFingerprint IS NULL
        THROW 50001, N'ARG_REQUIRED: @MachineFingerprint is required.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockLicense
             @LicenseKey = @LicenseKey, @LicenseId = @LicenseId OUTPUT, @Now = @Now OUTPUT;
        UPDATE dbo.LicenseActivations
        SET DeactivatedAt = @Now
        WHERE LicenseId = @LicenseId AND MachineFingerprint = @MachineFingerprint
              AND DeactivatedAt IS NULL;
        IF @LicenseId IS NOT NULL
            SELECT @Devices = COUNT(*)
            FROM dbo.LicenseActivations AS a
            WHERE a.LicenseId = @LicenseId AND a.DeactivatedAt IS NULL;

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
           CAST(IIF(@LicenseId IS NULL, N'No such licence.', N'Deactivated.') AS nvarchar(400))
               AS Message, @Devices AS ActiveDevices;
END;
