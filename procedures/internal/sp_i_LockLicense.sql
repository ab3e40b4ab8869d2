SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Locks the user whose licence this is, then the licence, and reads it under these locks.
           Who it belongs to is read before, and looked at again after: an erasure may come between.
Called by: the procedures that change a licence or what hangs on it.
Locks:     L2: UserProfiles. L9: PerpetualLicenses.
Returns:   @LicenseId, NULL when there is no such licence; its columns; @Now, the clock after the
           locks.
Throws:    50001 key missing; 50008 key too long; 50102 no committable transaction.
Replay:    not needed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_LockLicense
    @LicenseKey nvarchar(200),
    @LicenseId bigint OUTPUT,
    @UserId nvarchar(100) = NULL OUTPUT,
    @Status nvarchar(10) = NULL OUTPUT,
    @IsUsable bit = NULL OUTPUT,            -- active, and not past its end
    @ByokEnabled bit = NULL OUTPUT,
    @MaxActivations int = NULL OUTPUT,
    @PurchasedVersion nvarchar(20) = NULL OUTPUT,
    @Now datetime2(3) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Holder nvarchar(100);

    SELECT @LicenseId = NULL, @UserId = NULL, @LicenseKey = NULLIF(TRIM(@LicenseKey), N''),
           @Now = SYSUTCDATETIME();
    IF @LicenseKey IS NULL THROW 50001, N'ARG_REQUIRED: @LicenseKey is required.', 1;
    IF LEN(@LicenseKey) > 50
        THROW 50008, N'ARG_TOO_LONG: @LicenseKey is longer than 50 characters.', 1;

    SELECT @Holder = l.UserId FROM dbo.PerpetualLicenses AS l WHERE l.LicenseKey = @LicenseKey;
    IF @Holder IS NULL
        RETURN;

    EXEC dbo.sp_i_LockUser @UserId = @Holder, @Now = @Now OUTPUT;
    -- UPDLOCK: devices are counted under the lock of their licence.
    SELECT @LicenseId = l.LicenseId, @UserId = l.UserId, @Status = l.Status,
           @IsUsable = IIF(l.Status = N'active' AND (l.ExpiresAt IS NULL OR l.ExpiresAt > @Now),
                           1, 0),
           @ByokEnabled = l.ByokEnabled, @MaxActivations = l.MaxActivations,
           @PurchasedVersion = l.PurchasedVersion
    FROM dbo.PerpetualLicenses AS l WITH (UPDLOCK, ROWLOCK)
    WHERE l.LicenseKey = @LicenseKey AND l.UserId = @Holder;
    SET @Now = SYSUTCDATETIME();
END;
