SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What tells of a user besides the user id: e-mail, addresses, agents, devices, payment
           method, customer. An address is own when no other user was seen on it.
Called by: sp_i_FindPerson.
Locks:     none.
Returns:   @FactsJson: array of {kind, value, own}; NULL when nothing is known.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_FindFacts
    @UserId nvarchar(100),
    @FactsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Facts TABLE (
        Kind nvarchar(10) NOT NULL,
        Value nvarchar(500) COLLATE Latin1_General_100_BIN2 NOT NULL,
        IsOwn bit NOT NULL);

    INSERT INTO @Facts (Kind, Value, IsOwn)
    SELECT DISTINCT s.Kind, s.Value, 1
    FROM (SELECT v.Kind, v.Value
          FROM dbo.UserProfiles AS p
          CROSS APPLY (VALUES
              (N'email', p.Email COLLATE Latin1_General_100_BIN2),
              (N'email', p.NormalisedEmail),
              (N'payment', p.PaymentFingerprint),
              (N'ip', p.LastIpAddress COLLATE Latin1_General_100_BIN2)) AS v (Kind, Value)
          WHERE p.UserId = @UserId
          UNION ALL
          SELECT N'device', d.DeviceFingerprint
          FROM dbo.UserDevices AS d
          WHERE d.UserId = @UserId
          UNION ALL
          SELECT N'customer', c.StripeCustomerId
          FROM dbo.Subscriptions AS c
          WHERE c.UserId = @UserId
          UNION ALL
          SELECT v.Kind, v.Value
          FROM (SELECT h.IpAddress, h.UserAgent, h.DeviceFingerprint
                FROM dbo.RedemptionHistory AS h
                WHERE h.UserId = @UserId
                UNION ALL
                SELECT a.IpAddress, a.UserAgent, a.DeviceFingerprint
                FROM dbo.RedemptionHistoryArchive AS a
                WHERE a.UserId = @UserId
                UNION ALL
                SELECT r.IpAddress, r.UserAgent, r.DeviceFingerprint
                FROM dbo.Reservations AS r
                WHERE r.UserId = @UserId
                UNION ALL
                SELECT f.IpAddress, NULL, NULL
                FROM dbo.FunnelEvents AS f
                WHERE f.UserId = @UserId
                UNION ALL
                SELECT e.IpAddress, NULL, e.DeviceFingerprint
                FROM dbo.FraudEvents AS e
                WHERE e.UserId = @UserId
                UNION ALL
                SELECT z.IpAddress, NULL, z.DeviceFingerprint
                FROM dbo.FraudEventsArchive AS z
                WHERE z.UserId = @UserId) AS w
          CROSS APPLY (VALUES
              (N'ip', w.IpAddress COLLATE Latin1_General_100_BIN2),
              (N'agent', w.UserAgent COLLATE Latin1_General_100_BIN2),
              (N'device', w.DeviceFingerprint)) AS v (Kind, Value)) AS s
    WHERE s.Value <> N'';

    UPDATE f
    SET IsOwn = 0
    FROM @Facts AS f
    WHERE f.Kind = N'ip'
          AND (EXISTS (SELECT 1 FROM dbo.RedemptionHistory AS h
                       WHERE h.IpAddress = f.Value COLLATE DATABASE_DEFAULT
                             AND h.UserId <> @UserId)
               OR EXISTS (SELECT 1 FROM dbo.FunnelEvents AS v
                          WHERE v.IpAddress = f.Value COLLATE DATABASE_DEFAULT
                             AND v.UserId <> @UserId));

    SET @FactsJson = (SELECT f.Kind AS kind, f.Value AS [value], f.IsOwn AS own
                      FROM @Facts AS f
                      FOR JSON PATH);
END;
