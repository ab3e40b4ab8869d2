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
    DECLARE @Step int = 1, @Rows int, @Total int = 0;

    WHILE @Step <= 9
    BEGIN
        IF @Step = 1
            UPDATE TOP (2000) dbo.Coupons SET AssignedTo = @PseudonymId WHERE AssignedTo = @UserId;
        ELSE IF @Step = 2
            UPDATE TOP (2000) dbo.Coupons SET RedeemedBy = @PseudonymId WHERE RedeemedBy = @UserId;
        ELSE IF @Step = 3
            UPDATE TOP (2000) dbo.UserRedemptions SET UserId = @PseudonymId WHERE UserId = @UserId;
        ELSE IF @Step = 4
            UPDATE TOP (2000) dbo.CouponUserUsage SET UserId = @PseudonymId WHERE UserId = @UserId;
        ELSE IF @Step = 5
            UPDATE TOP (2000) dbo.Reservations
            SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL, DeviceFingerprint = NULL
            WHERE UserId = @UserId;
        ELSE IF @Step = 6
            UPDATE TOP (2000) dbo.RedemptionHistory
            SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL, DeviceFingerprint = NULL
            WHERE UserId = @UserId;
        ELSE IF @Step = 7
            UPDATE TOP (2000) dbo.RedemptionHistoryArchive
            SET UserId = @PseudonymId, IpAddress = NULL, UserAgent = NULL, DeviceFingerprint = NULL
            WHERE UserId = @UserId;
        ELSE IF @Step = 8
            UPDATE TOP (2000) dbo.FunnelEvents
            SET UserId = @PseudonymId, IpAddress = NULL
            WHERE UserId = @UserId;
        ELSE
            DELETE TOP (2000) FROM dbo.UserDevices WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;

        SET @Total += @Rows;
        IF @Rows < 2000
        BEGIN
            SET @CountsJson = CASE @Step
                WHEN 1 THEN @CountsJson         -- one count for both columns of Coupons
                WHEN 2 THEN JSON_MODIFY(@CountsJson, '$.Coupons', @Total)
                WHEN 3 THEN JSON_MODIFY(@CountsJson, '$.UserRedemptions', @Total)
                WHEN 4 THEN JSON_MODIFY(@CountsJson, '$.CouponUserUsage', @Total)
                WHEN 5 THEN JSON_MODIFY(@CountsJson, '$.Reservations', @Total)
                WHEN 6 THEN JSON_MODIFY(@CountsJson, '$.RedemptionHistory', @Total)
                WHEN 7 THEN JSON_MODIFY(@CountsJson, '$.RedemptionHistoryArchive', @Total)
                WHEN 8 THEN JSON_MODIFY(@CountsJson, '$.FunnelEvents', @Total)
                ELSE JSON_MODIFY(@CountsJson, '$.UserDevices', @Total) END;
            SELECT @Total = IIF(@Step = 1, @Total, 0), @Step += 1;
        END;
    END;
END;
