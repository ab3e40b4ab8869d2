/*
dbo.Reservations: a slot held for a checkout. Final once not Reserved, except that a late payment
may turn Expired into Confirmed after claiming a slot anew.

Written by: sp_ReserveCoupon, sp_ConfirmReservation, sp_ReleaseReservation,
            sp_ExpireReservations.
Read by:    sp_GetReservation, vw_ActiveReservations, hoarding limit.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.Reservations
(
    ReservationId bigint IDENTITY (1, 1) NOT NULL,
    CouponId bigint NOT NULL,
    CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    OrderId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    Status nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_Reservations_Status DEFAULT (N'Reserved'),
    OrderAmount decimal(10, 2) NULL,
    BaseAmount decimal(10, 2) NULL,
    FinalAmount decimal(10, 2) NULL,
    CurrencyCode nchar(3) COLLATE Latin1_General_100_BIN2 NULL,
    DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    DiscountAmount decimal(10, 2) NOT NULL CONSTRAINT DF_Reservations_DiscountAmount DEFAULT (0),
    CreditsGranted int NOT NULL CONSTRAINT DF_Reservations_CreditsGranted DEFAULT (0),
    CreditsApplied int NOT NULL CONSTRAINT DF_Reservations_CreditsApplied DEFAULT (0),
    MonthsGranted int NOT NULL CONSTRAINT DF_Reservations_MonthsGranted DEFAULT (0),
    RedemptionId bigint NOT NULL,
    CampaignStripeNo tinyint NOT NULL CONSTRAINT DF_Reservations_CampaignStripeNo DEFAULT (0),
    CouponStripeNo tinyint NULL,
    ReservedAt datetime2(3) NOT NULL
        CONSTRAINT DF_Reservations_ReservedAt DEFAULT (SYSUTCDATETIME()),
    ExpiresAt datetime2(3) NOT NULL,
    ClosedAt datetime2(3) NULL,
    CloseReason nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    ConfirmEventId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    IpAddress nvarchar(45) NULL,
    UserAgent nvarchar(500) NULL,
    DeviceFingerprint nvarchar(128) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_Reservations PRIMARY KEY CLUSTERED (ReservationId),
    CONSTRAINT FK_Reservations_Coupons FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId),
    CONSTRAINT FK_Reservations_Campaigns
        FOREIGN KEY (CampaignId) REFERENCES dbo.Campaigns (CampaignId),
    CONSTRAINT CK_Reservations_Status CHECK (
        Status IN (
            N'Reserved', N'Confirmed', N'Released', N'Expired'
        )
    ),
    CONSTRAINT CK_Reservations_DiscountType CHECK (
        DiscountType IN (
            N'percentage', N'fixed_amount', N'credits', N'months_free', N'free_session'
        )
    ),
    CONSTRAINT CK_Reservations_CloseReason CHECK (
        CloseReason IN (
            N'payment_failed', N'user_cancelled', N'timeout', N'cart_changed', N'admin',
            N'fraud', N'confirmed'
        )
    ),
    CONSTRAINT CK_Reservations_Dates CHECK (ExpiresAt > ReservedAt),
    CONSTRAINT CK_Reservations_DiscountAmount CHECK (DiscountAmount >= 0)
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_Reservations_Active
    ON dbo.Reservations (CouponId, UserId, OrderId)
    WHERE Status = N'Reserved';

CREATE NONCLUSTERED INDEX IX_Reservations_ExpiresAt
    ON dbo.Reservations (ExpiresAt)
    INCLUDE (UserId, CouponId, CampaignId)
    WHERE Status = N'Reserved';

CREATE NONCLUSTERED INDEX IX_Reservations_UserId
    ON dbo.Reservations (UserId, Status);

CREATE NONCLUSTERED INDEX IX_Reservations_CouponId_Status
    ON dbo.Reservations (CouponId, Status);

CREATE NONCLUSTERED INDEX IX_Reservations_CampaignId
    ON dbo.Reservations (CampaignId, Status);
GO
