/*
dbo.vw_InvoiceDiscounts: discount and tax base of every invoice with a redemption. Month is the
month in which the invoice was made; a reversal does not change it but has a month of its own. The
tax base is what is due without the tax, and before the discount it was higher by the discount.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_InvoiceDiscounts
AS
SELECT
    DATEFROMPARTS(YEAR(b.CreatedAt), MONTH(b.CreatedAt), 1) AS Month,
    b.InvoiceId,
    b.RedemptionId,
    b.AmountDue - b.TaxAmount + b.DiscountAmount AS NetBeforeDiscount,
    b.DiscountAmount,
    b.AmountDue - b.TaxAmount AS TaxableAmount,
    b.TaxAmount,
    CAST(IIF(h.Status = N'reversed', 1, 0) AS bit) AS Reversed,
    DATEFROMPARTS(YEAR(h.ReversedAt), MONTH(h.ReversedAt), 1) AS ReversedMonth
FROM dbo.BillingInvoices AS b
LEFT JOIN (
    SELECT
        l.RedemptionId,
        l.Status,
        l.ReversedAt
    FROM dbo.RedemptionHistory AS l
    UNION ALL
    SELECT
        a.RedemptionId,
        a.Status,
        a.ReversedAt
    FROM dbo.RedemptionHistoryArchive AS a
) AS h
    ON h.RedemptionId = b.RedemptionId
WHERE b.RedemptionId IS NOT NULL;
GO
