SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Counts the rows of a user and sums their amounts, table by table, for the tables that
           nobody writes without the lock of the user: an erasure must find the same figures under
           the pseudonym as before under the user, and none under the user.
Called by: sp_EraseUserData.
Locks:     none; the caller holds L2.
Returns:   @SumsJson: array of {table, rows, amount}, all tables, in one order; @Total: all rows.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_SumUser
    @UserId nvarchar(100),
    @SumsJson nvarchar(max) OUTPUT,
    @Total int = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Sums TABLE (
        Place int IDENTITY(1, 1) NOT NULL PRIMARY KEY,
        TableName nvarchar(40) NOT NULL,
        RowCountOf int NOT NULL,
        Amount decimal(30, 6) NULL);

    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'UserProfiles', COUNT(*), SUM(p.RefundCount)
    FROM dbo.UserProfiles AS p WHERE p.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'UserRedemptions', COUNT(*), SUM(u.RedemptionCount + u.ReservedCount + u.TotalDiscount)
    FROM dbo.UserRedemptions AS u WHERE u.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'CouponUserUsage', COUNT(*), SUM(u.UsedCount + u.ReservedCount)
    FROM dbo.CouponUserUsage AS u WHERE u.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'Reservations', COUNT(*), SUM(r.DiscountAmount + COALESCE(r.FinalAmount, 0))
    FROM dbo.Reservations AS r WHERE r.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'RedemptionHistory', COUNT(*),
           SUM(h.DiscountAmount + COALESCE(h.FinalAmount, 0) + h.RefundedAmount)
    FROM (SELECT l.DiscountAmount, l.FinalAmount, l.RefundedAmount
          FROM dbo.RedemptionHistory AS l WHERE l.UserId = @UserId
          UNION ALL
          SELECT a.DiscountAmount, a.FinalAmount, a.RefundedAmount
          FROM dbo.RedemptionHistoryArchive AS a WHERE a.UserId = @UserId) AS h;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'Subscriptions', COUNT(*), SUM(s.BasePriceUsd)
    FROM dbo.Subscriptions AS s WHERE s.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'PerpetualLicenses', COUNT(*), SUM(l.PurchasePrice)
    FROM dbo.PerpetualLicenses AS l WHERE l.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'UserCreditBalances', COUNT(*), SUM(b.Amount)
    FROM dbo.UserCreditBalances AS b WHERE b.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'UserCreditSources', COUNT(*),
           SUM(c.TotalGranted - c.TotalUsed - c.TotalExpired - c.TotalRevoked)
    FROM dbo.UserCreditSources AS c WHERE c.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'CreditAllocations', COUNT(*), SUM(CAST(c.Amount AS bigint) + c.RemainingAmount)
    FROM dbo.CreditAllocations AS c WHERE c.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'CreditDeductionLedger', COUNT(*), SUM(CAST(d.Amount AS bigint))
    FROM dbo.CreditDeductionLedger AS d WHERE d.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'TokenUsageLedger', COUNT(*), SUM(t.VendorCost + t.CreditsDeducted)
    FROM dbo.TokenUsageLedger AS t WHERE t.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'BillingInvoices', COUNT(*), SUM(i.AmountDue + i.AmountPaid + i.TaxAmount)
    FROM dbo.BillingInvoices AS i WHERE i.UserId = @UserId;
    INSERT INTO @Sums (TableName, RowCountOf, Amount)
    SELECT N'PaymentTransactions', COUNT(*), SUM(t.Amount + t.RefundedAmount)
    FROM dbo.PaymentTransactions AS t WHERE t.UserId = @UserId;

    SELECT @Total = SUM(s.RowCountOf) FROM @Sums AS s;
    SET @SumsJson = (SELECT s.TableName AS [table], s.RowCountOf AS [rows],
                            COALESCE(s.Amount, 0) AS amount
                     FROM @Sums AS s
                     ORDER BY s.Place
                     FOR JSON PATH);
END;
