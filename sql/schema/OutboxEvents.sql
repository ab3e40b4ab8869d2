/*
dbo.OutboxEvents: events for the outside world, written in the transaction of the change they
tell of.

Written by: sp_i_Enqueue; purged by sp_CleanupData.
Read by:    the dispatcher, vw_RecentEvents.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.OutboxEvents
(
    EventId bigint IDENTITY (1, 1) NOT NULL,
    EventType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    EntityType nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    EntityId nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PayloadJson nvarchar(max) NOT NULL,
    OccurredAt datetime2(3) NOT NULL
        CONSTRAINT DF_OutboxEvents_OccurredAt DEFAULT (SYSUTCDATETIME()),
    FannedOutAt datetime2(3) NULL,

    CONSTRAINT PK_OutboxEvents PRIMARY KEY CLUSTERED (EventId),
    CONSTRAINT CK_OutboxEvents_EventType CHECK (
        EventType IN (
            N'coupon_used', N'fraud_detected', N'limit_reached', N'expired', N'coupon_expiring',
            N'coupon_changed', N'campaign_changed', N'coupons_imported', N'reservation_created',
            N'reservation_closed', N'redemption_reversed', N'late_payment', N'budget_alert',
            N'budget_exhausted', N'counter_drift', N'generation_requested',
            N'generation_finished', N'credits_granted', N'license_granted', N'list_changed',
            N'user_erased'
        )
    ),
    CONSTRAINT CK_OutboxEvents_PayloadJson_IsJson CHECK (ISJSON(PayloadJson) = 1)
);
GO

CREATE NONCLUSTERED INDEX IX_OutboxEvents_FannedOutAt
    ON dbo.OutboxEvents (EventId)
    WHERE FannedOutAt IS NULL;
GO
