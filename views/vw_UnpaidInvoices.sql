/*
dbo.vw_UnpaidInvoices: open invoices, and how often it was tried to collect them.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_UnpaidInvoices
AS
SELECT
    b.InvoiceId,
    b.UserId,
    b.SubscriptionId,
    b.AmountDue,
    b.AmountPaid,
    b.Status,
    b.PeriodEnd,
    d.DunningAttempts,
    d.LastAttemptAt
FROM dbo.BillingInvoices AS b
CROSS APPLY (
    SELECT
        COUNT(*) AS DunningAttempts,
        MAX(a.AttemptedAt) AS LastAttemptAt
    FROM dbo.DunningAttempts AS a
    WHERE a.InvoiceId = b.InvoiceId
) AS d
WHERE b.Status = N'open';
GO
