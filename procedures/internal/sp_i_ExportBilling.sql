SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   What a user bought, was billed, and used: subscriptions, invoices, payments, credits and
           licences, as JSON.
Called by: sp_ExportUserData.
Locks:     none.
Returns:   @Json: an object with one array for each table, its columns under their own names.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ExportBilling
    @UserId nvarchar(100),
    @Json nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Json = (SELECT
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.Subscriptions AS t
            WHERE t.UserId = @UserId ORDER BY t.SubscriptionId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS Subscriptions,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.ProrationEvents AS t
            WHERE t.UserId = @UserId ORDER BY t.ProrationId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS ProrationEvents,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.BillingInvoices AS t
            WHERE t.UserId = @UserId ORDER BY t.InvoiceId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS BillingInvoices,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.PaymentTransactions AS t
            WHERE t.UserId = @UserId ORDER BY t.TransactionId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS PaymentTransactions,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.DunningAttempts AS t
            INNER JOIN dbo.BillingInvoices AS i ON i.InvoiceId = t.InvoiceId
            WHERE i.UserId = @UserId ORDER BY t.DunningId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS DunningAttempts,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.UserCreditBalances AS t
            WHERE t.UserId = @UserId ORDER BY t.UserId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS UserCreditBalances,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.UserCreditSources AS t
            WHERE t.UserId = @UserId ORDER BY t.CreditType
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS UserCreditSources,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.CreditAllocations AS t
            WHERE t.UserId = @UserId ORDER BY t.AllocationId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS CreditAllocations,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.CreditDeductionLedger AS t
            WHERE t.UserId = @UserId ORDER BY t.DeductionId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS CreditDeductionLedger,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.TokenUsageLedger AS t
            WHERE t.UserId = @UserId ORDER BY t.UsageId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS TokenUsageLedger,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.TokenUsageDailySummaries AS t
            WHERE t.UserId = @UserId ORDER BY t.UsageDate, t.ProviderId, t.ModelId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS TokenUsageDailySummaries,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.CreditUsageDailySummaries AS t
            WHERE t.UserId = @UserId ORDER BY t.UsageDate
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS CreditUsageDailySummaries,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.PerpetualLicenses AS t
            WHERE t.UserId = @UserId ORDER BY t.LicenseId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS PerpetualLicenses,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.LicenseActivations AS t
            INNER JOIN dbo.PerpetualLicenses AS l ON l.LicenseId = t.LicenseId
            WHERE l.UserId = @UserId ORDER BY t.ActivationId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS LicenseActivations,
        JSON_QUERY(COALESCE((
            SELECT t.* FROM dbo.VersionUpgrades AS t
            INNER JOIN dbo.PerpetualLicenses AS l ON l.LicenseId = t.LicenseId
            WHERE l.UserId = @UserId ORDER BY t.UpgradeId
            FOR JSON PATH, INCLUDE_NULL_VALUES), N'[]')) AS VersionUpgrades
        FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
END;
