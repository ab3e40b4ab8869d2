SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Replaces a user by a pseudonym in all tables, in the one lock order, and holds the
           figures of the user before against those of the pseudonym after.
Called by: sp_EraseUserData, in its transaction.
Locks:     L1: as sp_i_EraseRequests. L2: UserProfiles. L3, L4: as sp_i_EraseHolds. L5 to L11: as
           sp_i_EraseUsage, sp_i_EraseBilling, sp_i_EraseCredits, sp_i_EraseFraud,
           sp_i_EraseLists, sp_i_EraseLogs.
Returns:   @IsThere 0 when somebody else erased the user meanwhile; @CountsJson, rows by table.
Throws:    50102 no committable transaction; 50202 the figures of the pseudonym differ, or rows of
           the user are left; 50200, 50201 as sp_i_EraseHolds.
Replay:    a second call finds nobody.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ErasePerson
    @UserId nvarchar(100),
    @PseudonymId nvarchar(100),
    @FactsJson nvarchar(max),
    @TracesJson nvarchar(max),
    @KeepBlock bit,
    @Now datetime2(3) OUTPUT,
    @IsThere bit OUTPUT,
    @CountsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Before nvarchar(max), @None nvarchar(max), @After nvarchar(max),
            @Left nvarchar(max);

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_ErasePerson needs a committable transaction.', 1;

    -- The pseudonym is new, so this is what no rows look like.
    SET @CountsJson = N'{}';
    EXEC dbo.sp_i_SumUser @UserId = @PseudonymId, @SumsJson = @None OUTPUT;

    IF @TracesJson IS NOT NULL
        EXEC dbo.sp_i_EraseRequests
             @UserId = @UserId, @PseudonymId = @PseudonymId, @FactsJson = @FactsJson,
             @TracesJson = @TracesJson, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_LockPerson @UserId = @UserId, @IsThere = @IsThere OUTPUT;
    IF @IsThere = 0
        RETURN;
    EXEC dbo.sp_i_EraseHolds @UserId = @UserId;
    EXEC dbo.sp_i_SumUser @UserId = @UserId, @SumsJson = @Before OUTPUT;
    SET @Now = SYSUTCDATETIME();

    INSERT INTO dbo.UserProfiles (UserId, CountryCode, RefundCount, IsErased, CreatedAt, UpdatedAt)
    SELECT @PseudonymId, p.CountryCode, p.RefundCount, 1, p.CreatedAt, @Now
    FROM dbo.UserProfiles AS p
    WHERE p.UserId = @UserId;

    EXEC dbo.sp_i_EraseUsage
         @UserId = @UserId, @PseudonymId = @PseudonymId, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_EraseBilling
         @UserId = @UserId, @PseudonymId = @PseudonymId, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_EraseCredits
         @UserId = @UserId, @PseudonymId = @PseudonymId, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_EraseFraud
         @UserId = @UserId, @PseudonymId = @PseudonymId, @FactsJson = @FactsJson,
         @TracesJson = @TracesJson, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_EraseLists
         @UserId = @UserId, @PseudonymId = @PseudonymId, @FactsJson = @FactsJson,
         @KeepBlock = @KeepBlock, @Now = @Now, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_EraseLogs
         @UserId = @UserId, @PseudonymId = @PseudonymId, @FactsJson = @FactsJson,
         @TracesJson = @TracesJson, @CountsJson = @CountsJson OUTPUT;
    EXEC dbo.sp_i_EraseRequests
         @UserId = @UserId, @PseudonymId = @PseudonymId, @FactsJson = @FactsJson,
         @TracesJson = NULL, @CountsJson = @CountsJson OUTPUT;
    DELETE FROM dbo.UserProfiles WHERE UserId = @UserId;
    SET @CountsJson = JSON_MODIFY(@CountsJson, '$.UserProfiles', @@ROWCOUNT);

    EXEC dbo.sp_i_SumUser @UserId = @PseudonymId, @SumsJson = @After OUTPUT;
    EXEC dbo.sp_i_SumUser @UserId = @UserId, @SumsJson = @Left OUTPUT;
    IF @After <> @Before
        THROW 50202, N'INVARIANT_ROWCOUNT: an erasure changed rows or sums.', 1;
    IF @Left <> @None
        THROW 50202, N'INVARIANT_ROWCOUNT: an erasure left rows of the user.', 1;
END;
