/*
dbo.vw_LicenseUsage: what the use of active licences costs the vendor without bringing credits. A
key is worth money: all but its last five characters are hidden.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_LicenseUsage
AS
SELECT
    l.LicenseId,
    CONCAT(LEFT(l.LicenseKey, 3), N'-***-', RIGHT(l.LicenseKey, 5)) AS LicenseKeyMasked,
    l.UserId,
    l.Status,
    l.ByokEnabled,
    l.AcquisitionCouponCode,
    u.Requests,
    u.TotalVendorCost
FROM dbo.PerpetualLicenses AS l
CROSS APPLY (
    SELECT
        COUNT(*) AS Requests,
        COALESCE(SUM(t.VendorCost), 0) AS TotalVendorCost
    FROM dbo.TokenUsageLedger AS t
    WHERE
        t.LicenseId = l.LicenseId
        AND t.CreditsDeducted = 0
) AS u
WHERE l.Status = N'active';
GO
