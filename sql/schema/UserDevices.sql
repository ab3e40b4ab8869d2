/*
dbo.UserDevices: devices from which a user redeemed.

Written by: redemption writes, sp_EraseUserData (deletes).
Read by:    step S25, fn_UserLinks, fn_RiskScore.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.UserDevices
(
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    DeviceFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL,
    FirstSeenAt datetime2(3) NOT NULL,
    LastSeenAt datetime2(3) NOT NULL,
    SuccessCount int NOT NULL CONSTRAINT DF_UserDevices_SuccessCount DEFAULT (0),

    CONSTRAINT PK_UserDevices PRIMARY KEY CLUSTERED (UserId, DeviceFingerprint),
    CONSTRAINT CK_UserDevices_SuccessCount CHECK (SuccessCount >= 0)
);
GO

CREATE NONCLUSTERED INDEX IX_UserDevices_DeviceFingerprint
    ON dbo.UserDevices (DeviceFingerprint);
GO
