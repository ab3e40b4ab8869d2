SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts the pseudonym in the place of a user in credits and usage. The balance of the
           pseudonym is there before its children move; that of the user is deleted after.
Called by: sp_i_ErasePerson.
Locks:     the caller holds L2. L10: UserCreditBalances, CreditAllocations. L11: sources, ledgers
           and daily summaries. At most 2000 rows a statement, so that no lock grows to the whole
           table.
Returns:   @CountsJson with the rows of each table.
Throws:    nothing of its own.
Replay:    harmless: the second time there is nothing to find.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_EraseCredits
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Rows int, @Total int;

    INSERT INTO dbo.UserCreditBalances
        (UserId, Amount, LastDeductionAt, LastDeductionAmount, CreatedAt, CreatedBy, UpdatedAt)
    SELECT @PseudonymId, b.Amount, b.LastDeductionAt, b.LastDeductionAmount, b.CreatedAt,
           IIF(b.CreatedBy = @UserId, @PseudonymId, b.CreatedBy), b.UpdatedAt
    FROM dbo.UserCreditBalances AS b
    WHERE b.UserId = @UserId;
    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.CreditAllocations
        SET UserId = @PseudonymId,
            CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy)
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.CreditAllocations', @Total);
    UPDATE dbo.UserCreditSources
    SET UserId = @PseudonymId,
        CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy)
    WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.UserCreditSources', @Rows);
    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.CreditDeductionLedger
        SET UserId = @PseudonymId,
            CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy)
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.CreditDeductionLedger', @Total);
    DELETE FROM dbo.UserCreditBalances WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.UserCreditBalances', @Rows);

    SELECT @Rows = 2000, @Total = 0;
    WHILE @Rows = 2000
    BEGIN
        UPDATE TOP (2000) dbo.TokenUsageLedger
        SET UserId = @PseudonymId,
            CreatedBy = IIF(CreatedBy = @UserId, @PseudonymId, CreatedBy)
        WHERE UserId = @UserId;
        SET @Rows = @@ROWCOUNT;
        SET @Total += @Rows;
    END;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.TokenUsageLedger', @Total);

    UPDATE dbo.TokenUsageDailySummaries SET UserId = @PseudonymId WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.TokenUsageDailySummaries', @Rows);
    UPDATE dbo.CreditUsageDailySummaries SET UserId = @PseudonymId WHERE UserId = @UserId;
    SET @Rows = @@ROWCOUNT;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.CreditUsageDailySummaries', @Rows);
END;
