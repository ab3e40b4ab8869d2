SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in subscriptions, licences, invoices and
           payments. Customer numbers and device names go; machines get a number. A row that the
           user made says so by the pseudonym. Dunning attempts and upgrades name no person and
           follow their invoice and licence.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2. L9: Subscriptions, PerpetualLicenses. L11: invoices, payments,
           proration, the licences' machines.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseBilling
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Rows int;

    UPDATE dbo.Subscriptions
    SET UserId = @PseudonymId, StripeCustomerId = NULL,
        CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy),
        UpdatedBy = IIF(UpdatedBy = @UserId, @PseudonymId, UpdatedBy)
    WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.Subscriptions', @Rows);

    UPDATE dbo.PerpetualLicenses
    SET UserId = @PseudonymId,
        CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy),
        UpdatedBy = IIF(UpdatedBy = @UserId, @PseudonymId, UpdatedBy)
    WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.PerpetualLicenses', @Rows);

    UPDATE a
    SET MachineFingerprint = CONCAT(@PseudonymId, N'-', a.ActivationId), DeviceName = NULL,
        CreatedBy = IIF(a.CreatedBy = @UserId, @PseudonymId, a.CreatedBy)
    FROM dbo.LicenseActivations AS a
    INNER JOIN dbo.PerpetualLicenses AS l ON l.LicenseId = a.LicenseId
    WHERE l.UserId = @PseudonymId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.LicenseActivations', @Rows);

    UPDATE dbo.BillingInvoices
    SET UserId = @PseudonymId,
        CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy),
        UpdatedBy = IIF(UpdatedBy = @UserId, @PseudonymId, UpdatedBy)
    WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.BillingInvoices', @Rows);
    UPDATE dbo.PaymentTransactions
    SET UserId = @PseudonymId,
        CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy),
        UpdatedBy = IIF(UpdatedBy = @UserId, @PseudonymId, UpdatedBy)
    WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.PaymentTransactions', @Rows);
    -- By the subscription, which has an index; a proration is always of its subscription's user.
    UPDATE p
    SET UserId = @PseudonymId, CreatedBy = IIF(p.CreatedBy = @UserId, @PseudonymId, p.CreatedBy)
    FROM dbo.ProrationEvents AS p
    INNER JOIN dbo.Subscriptions AS s ON s.SubscriptionId = p.SubscriptionId
    WHERE s.UserId = @PseudonymId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.ProrationEvents', @Rows);
END;
