/*
dbo.PaymentTransactions: payments and their refunds.

Written by: sp_ProcessPaymentEvent.
Read by:    vw_RevenueAttribution, retention and lifetime-value figures.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.PaymentTransactions
(
    TransactionId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SubscriptionId bigint NULL,
    InvoiceId bigint NULL,
    StripePaymentIntentId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    OrderId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    Amount decimal(10, 2) NOT NULL,
    RefundedAmount decimal(10, 2) NOT NULL
        CONSTRAINT DF_PaymentTransactions_RefundedAmount DEFAULT (0),
    CurrencyCode nchar(3) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_PaymentTransactions_CurrencyCode DEFAULT (N'USD'),
    Status nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_PaymentTransactions_Status DEFAULT (N'pending'),
    FailureReason nvarchar(500) NULL,
    ReservationId bigint NULL,
    RedemptionId bigint NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_PaymentTransactions_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_PaymentTransactions_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_PaymentTransactions PRIMARY KEY CLUSTERED (TransactionId),
    CONSTRAINT FK_PaymentTransactions_Subscriptions
        FOREIGN KEY (SubscriptionId) REFERENCES dbo.Subscriptions (SubscriptionId),
    CONSTRAINT FK_PaymentTransactions_BillingInvoices
        FOREIGN KEY (InvoiceId) REFERENCES dbo.BillingInvoices (InvoiceId),
    CONSTRAINT CK_PaymentTransactions_Status CHECK (
        Status IN (
            N'pending', N'succeeded', N'failed', N'refunded', N'partially_refunded', N'disputed'
        )
    ),
    CONSTRAINT CK_PaymentTransactions_Amount CHECK (Amount >= 0),
    CONSTRAINT CK_PaymentTransactions_CurrencyCode CHECK (CurrencyCode LIKE N'[A-Z][A-Z][A-Z]'),
    CONSTRAINT CK_PaymentTransactions_RefundedAmount CHECK (
        RefundedAmount >= 0 AND RefundedAmount <= Amount
    )
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_PaymentTransactions_StripePaymentIntentId
    ON dbo.PaymentTransactions (StripePaymentIntentId)
    WHERE StripePaymentIntentId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_PaymentTransactions_UserId
    ON dbo.PaymentTransactions (UserId, CreatedAt);

CREATE NONCLUSTERED INDEX IX_PaymentTransactions_OrderId
    ON dbo.PaymentTransactions (OrderId)
    WHERE OrderId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_PaymentTransactions_InvoiceId
    ON dbo.PaymentTransactions (InvoiceId)
    WHERE InvoiceId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_PaymentTransactions_SubscriptionId
    ON dbo.PaymentTransactions (SubscriptionId)
    WHERE SubscriptionId IS NOT NULL;
GO
