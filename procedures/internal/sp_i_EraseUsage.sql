SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in coupons, counters, reservations, the ledger
           with its archive and the funnel, and blanks address, agent and device there. Amounts,
           codes, dates and countries stay. Devices are deleted.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2, and L3 of the coupons that name the user. L3: Coupons.
           L5: UserRedemptions. L6: CouponUserUsage. L7: Reservations. L8: RedemptionHistory.
           L11: RedemptionHistoryArchive, FunnelEvents, UserDevices.
           At most 2000 rows a statement, so that no lock grows to the whole table.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseUsage
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Rows int, @Total int;

    UPDATE dbo.Coupons SET AssignedTo = @PseudonymId WHERE AssignedTo = @UserId;
    SET @Total = @@ROWCOUNT;
    UPDATE dbo.Coupons SET RedeemedBy = @PseudonymId WHERE RedeemedBy = @UserId;
    SELECT @Total += @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.Coupons', @Total);

    UPDATE dbo.UserRedemptions SET UserId = @PseudonymId WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.UserRedemptions', @Rows);

    UPDATE dbo.CouponUserUsage SET UserId = @PseudonymId WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.CouponUserUsage', @Rows);

    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.Reservations
        SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL, DeviceFingerprint = NULL
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.Reservations', @Total);

    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.RedemptionHistory
        SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL, DeviceFingerprint = NULL
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.RedemptionHistory', @Total);

    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.RedemptionHistoryArchive
        SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL, DeviceFingerprint = NULL
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.RedemptionHistoryArchive', @Total);

    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.FunnelEvents
        SET UserId = @PseudonymId, IpAddress = NULL
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.FunnelEvents', @Total);

    DELETE FROM dbo.UserDevices WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.UserDevices', @Rows);
END;
