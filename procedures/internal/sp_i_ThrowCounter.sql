SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   In a CATCH block: reports a CHECK constraint that stood behind a counter (547) as the
           broken invariant that it is. It is our fault, not the caller's.
Called by: the CATCH blocks of procedures that move counters, after their rollback.
Locks:     none.
Returns:   nothing, if the error is another one; the caller rethrows it.
Throws:    50200 a counter broke its limit.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ThrowCounter
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Message nvarchar(400);

    IF ERROR_NUMBER() <> 547
        RETURN;
    SET @Message = CONCAT(N'INVARIANT_COUNTER: ', LEFT(ERROR_MESSAGE(), 350));
    THROW 50200, @Message, 1;
END;
