/*
dbo.vw_AttemptDetails: every attempt of the live ledger with the address, agent and device that it
came from. Personal data: for operators.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_AttemptDetails
AS
SELECT
    h.RedemptionId,
    h.AttemptedAt,
    h.UserId,
    h.CouponCode,
    h.Status,
    h.FailureReason,
    h.IpAddress,
    h.UserAgent,
    h.DeviceFingerprint,
    h.CountryCode,
    h.RiskScore
FROM dbo.RedemptionHistory AS h;
GO
