SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Decides whether the new codes of a clone are free, and keeps them so. They are probed in
           portions: one statement with thousands of key locks would lock the whole table.
Called by: sp_CloneCampaign, inside its transaction
Locks:     L3 (the codes, whose absence is protected until the commit, ascending)
Returns:   @ErrorCode CODE_EXISTS, also for a deleted code, with @Message; NULL: all are free
Throws:    nothing of its own
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_AdmitCopies
    @CopiesJson nvarchar(max),
    @ErrorCode nvarchar(50) OUTPUT,
    @Message nvarchar(400) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Place int = 0, @Copies int, @Taken nvarchar(60);
    DECLARE @Codes TABLE (
        Place int NOT NULL PRIMARY KEY,
        Code nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL);

    INSERT INTO @Codes (Place, Code)
    SELECT ROW_NUMBER() OVER (ORDER BY j.Code COLLATE Latin1_General_100_BIN2), j.Code
    FROM OPENJSON(@CopiesJson) WITH (Code nvarchar(60) '$.code') AS j;
    SET @Copies = @@ROWCOUNT;

    WHILE @Place < @Copies AND @Taken IS NULL
    BEGIN
        -- HOLDLOCK keeps the free codes free until the commit, UPDLOCK lets one creator at a time
        -- decide about a code, FORCESEEK locks the gaps of these codes and no others.
        SELECT @Taken = MIN(c.Code)
        FROM @Codes AS c
        WHERE c.Place > @Place AND c.Place <= @Place + 1000
          AND EXISTS (SELECT 1
                      FROM dbo.Coupons AS k WITH (UPDLOCK, HOLDLOCK, FORCESEEK)
                      WHERE k.CouponCode = c.Code);
        SET @Place += 1000;
    END;

    IF @Taken IS NOT NULL
        SELECT @ErrorCode = N'CODE_EXISTS',
               @Message = CONCAT(N'Code ', @Taken, N' exists already.');
END;
