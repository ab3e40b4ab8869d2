SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Registers a machine on which an active licence runs, as long as there are fewer than the
           licence allows. A machine that was given back may come again.
Called by: coupon_service, coupon_ops
Locks:     L2, L9: as sp_i_LockLicense, and with it its LicenseActivations. Own transaction, or
           that of the caller.
Returns:   SR + ActiveDevices. LICENSE_NOT_FOUND; LICENSE_NOT_ACTIVE; ACTIVATION_LIMIT_REACHED.
Throws:    50001 key or machine missing; 50008 key too long; 50102 called in a doomed transaction.
Replay:    a machine that runs already succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_ActivateLicense
    @LicenseKey nvarchar(200), @MachineFingerprint nvarchar(128), @DeviceName nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @LicenseId bigint,
            @IsUsable bit, @Most int, @Devices int, @IsKnown bit = 0, @DeactivatedAt datetime2(3),
            @Written int = 1, @ErrorCode nvarchar(50), @Message nvarchar(400);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @MachineFingerprint = NULLIF(TRIM(@MachineFingerprint), N''),
           @DeviceName = NULLIF(TRIM(@DeviceName), N'');
    IF @MachineFingerprint IS NULL
        THROW 50001, N'ARG_REQUIRED: @MachineFingerprint is required.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        EXEC dbo.sp_i_LockLicense
             @LicenseKey = @LicenseKey, @LicenseId = @LicenseId OUTPUT,
             @IsUsable = @IsUsable OUTPUT, @MaxActivations = @Most OUTPUT, @Now = @Now OUTPUT;
        SELECT @IsKnown = 1, @DeactivatedAt = a.DeactivatedAt
        FROM dbo.LicenseActivations AS a
        WHERE a.LicenseId = @LicenseId AND a.MachineFingerprint = @MachineFingerprint;

        IF @LicenseId IS NULL
            SELECT @ErrorCode = N'LICENSE_NOT_FOUND', @Message = N'No such licence.';
        ELSE IF @IsUsable = 0
            SELECT @ErrorCode = N'LICENSE_NOT_ACTIVE', @Message = N'The licence is not active.';
        ELSE IF @IsKnown = 0
        BEGIN
            INSERT INTO dbo.LicenseActivations
                (LicenseId, MachineFingerprint, DeviceName, ActivatedAt, CreatedAt)
            SELECT @LicenseId, @MachineFingerprint, @DeviceName, @Now, @Now
            WHERE (SELECT COUNT(*)
                   FROM dbo.LicenseActivations AS a
                   WHERE a.LicenseId = @LicenseId AND a.DeactivatedAt IS NULL) < @Most;
            SET @Written = @@ROWCOUNT;
        END
        ELSE IF @DeactivatedAt IS NOT NULL
        BEGIN
            UPDATE dbo.LicenseActivations
            SET DeactivatedAt = NULL, ActivatedAt = @Now,
                DeviceName = COALESCE(@DeviceName, DeviceName)
            WHERE LicenseId = @LicenseId AND MachineFingerprint = @MachineFingerprint
                  AND (SELECT COUNT(*)
                       FROM dbo.LicenseActivations AS a
                       WHERE a.LicenseId = @LicenseId AND a.DeactivatedAt IS NULL) < @Most;
            SET @Written = @@ROWCOUNT;
        END;

        IF @ErrorCode IS NULL AND @Written = 0
            SELECT @ErrorCode = N'ACTIVATION_LIMIT_REACHED',
                   @Message = CONCAT(N'The licence runs on ', @Most, N' device(s) already.');
        IF @ErrorCode IS NULL
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

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           COALESCE(@Message, N'Activated.') AS Message, @Devices AS ActiveDevices;
END;
