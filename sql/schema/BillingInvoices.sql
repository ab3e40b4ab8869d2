/*
dbo.BillingInvoices: invoices as the payment provider reports them.

Written by: sp_ProcessPaymentEvent.
Read by:    vw_UnpaidInvoices, vw_InvoiceDiscounts.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.BillingInvoices
(
    InvoiceId bigint IDENTITY (1, 1) NOT NULL,
    UserId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    SubscriptionId bigint NULL,
    StripeInvoiceId nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    AmountDue decimal(10, 2) NOT NULL,
    AmountPaid decimal(10, 2) NOT NULL CONSTRAINT DF_BillingInvoices_AmountPaid DEFAULT (0),
    DiscountAmount decimal(10, 2) NOT NULL CONSTRAINT DF_BillingInvoices_DiscountAmount DEFAULT (0),
    TaxAmount decimal(10, 2) NOT NULL CONSTRAINT DF_BillingInvoices_TaxAmount DEFAULT (0),
    CurrencyCode nchar(3) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_BillingInvoices_CurrencyCode DEFAULT (N'USD'),
    Status nvarchar(15) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_BillingInvoices_Status DEFAULT (N'open'),
    PeriodStart datetime2(3) NULL,
    PeriodEnd datetime2(3) NULL,
    RedemptionId bigint NULL,
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_BillingInvoices_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_BillingInvoices_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_BillingInvoices PRIMARY KEY CLUSTERED (InvoiceId),
    CONSTRAINT FK_BillingInvoices_Subscriptions
        FOREIGN KEY (SubscriptionId) REFERENCES dbo.Subscriptions (SubscriptionId),
    CONSTRAINT CK_BillingInvoices_Status CHECK (
        Status IN (
            N'draft', N'open', N'paid', N'void', N'uncollectible'
        )
    ),
    CONSTRAINT CK_BillingInvoices_CurrencyCode CHECK (CurrencyCode LIKE N'[A-Z][A-Z][A-Z]'),
    CONSTRAINT CK_BillingInvoices_AmountDue CHECK (AmountDue >= 0),
    CONSTRAINT CK_BillingInvoices_AmountPaid CHECK (AmountPaid >= 0),
    CONSTRAINT CK_BillingInvoices_DiscountAmount CHECK (DiscountAmount >= 0),
    CONSTRAINT CK_BillingInvoices_TaxAmount CHECK (TaxAmount >= 0)
);
GO

CREATE UNIQUE NONCLUSTERED INDEX UQ_BillingInvoices_StripeInvoiceId
    ON dbo.BillingInvoices (StripeInvoiceId)
    WHERE StripeInvoiceId IS NOT NULL;

CREATE NONCLUSTERED INDEX IX_BillingInvoices_UserId_Status_PeriodEnd
    ON dbo.BillingInvoices (UserId, Status, PeriodEnd);

CREATE NONCLUSTERED INDEX IX_BillingInvoices_SubscriptionId
    ON dbo.BillingInvoices (SubscriptionId);
GO
