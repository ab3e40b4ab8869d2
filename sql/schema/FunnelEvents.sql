/*
dbo.FunnelEvents: views of a code and outside funnel steps; also what the limit of dry runs
counts.

Written by: sp_ValidateCoupon, sp_RecordFunnelEvent; purged by sp_CleanupData.
Read by:    step S02, vw_ConversionFunnel, vw_CouponList.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.FunnelEvents
(
    FunnelEventId bigint IDENTITY (1, 1) NOT NULL,
    EventType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    OccurredAt datetime2(3) NOT NULL
        CONSTRAINT DF_FunnelEvents_OccurredAt DEFAULT (SYSUTCDATETIME()),
    CouponCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    CouponId bigint NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    IpAddress nvarchar(45) NULL,
    CountryCode nchar(2) COLLATE Latin1_General_100_BIN2 NULL,
    ServiceType nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,
    ResultCode nvarchar(50) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_FunnelEvents PRIMARY KEY CLUSTERED (FunnelEventId),
    CONSTRAINT CK_FunnelEvents_EventType CHECK (
        EventType IN (
            N'coupon_view', N'coupon_apply', N'coupon_success'
        )
    )
);
GO

CREATE NONCLUSTERED INDEX IX_FunnelEvents_UserId_OccurredAt
    ON dbo.FunnelEvents (UserId, OccurredAt)
    INCLUDE (EventType, ResultCode);

CREATE NONCLUSTERED INDEX IX_FunnelEvents_IpAddress_OccurredAt
    ON dbo.FunnelEvents (IpAddress, OccurredAt)
    INCLUDE (EventType, ResultCode);

CREATE NONCLUSTERED INDEX IX_FunnelEvents_CouponId_OccurredAt
    ON dbo.FunnelEvents (CouponId, OccurredAt);

CREATE NONCLUSTERED INDEX IX_FunnelEvents_OccurredAt
    ON dbo.FunnelEvents (OccurredAt);
GO
