/*
dbo.fn_UserLinks: other users who look like the same person, and by what. One user can be linked in
several ways, a row each. LinkKind: email, payment_method or device.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_UserLinks(@UserId nvarchar(100))
RETURNS TABLE
AS
RETURN
    SELECT
        o.UserId AS LinkedUserId,
        N'email' AS LinkKind
    FROM dbo.UserProfiles AS p
    INNER JOIN dbo.UserProfiles AS o
        ON o.NormalisedEmail = p.NormalisedEmail AND o.UserId <> p.UserId
    WHERE p.UserId = @UserId
    UNION ALL
    SELECT
        o.UserId AS LinkedUserId,
        N'payment_method' AS LinkKind
    FROM dbo.UserProfiles AS p
    INNER JOIN dbo.UserProfiles AS o
        ON o.PaymentFingerprint = p.PaymentFingerprint AND o.UserId <> p.UserId
    WHERE p.UserId = @UserId
    UNION ALL
    SELECT
        o.UserId AS LinkedUserId,
        N'device' AS LinkKind
    FROM dbo.UserDevices AS d
    INNER JOIN dbo.UserDevices AS o
        ON o.DeviceFingerprint = d.DeviceFingerprint AND o.UserId <> d.UserId
    WHERE d.UserId = @UserId
    GROUP BY o.UserId;
GO
