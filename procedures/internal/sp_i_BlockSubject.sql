SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts a subject on the block list, or prolongs its entry; never shortens one.
Called by: sp_i_RaiseFraud.
Locks:     L11: AccessLists.
Returns:   nothing.
Throws:    nothing.
Replay:    a repeat leaves one entry.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_BlockSubject
    @SubjectKind nvarchar(20),
    @SubjectValue nvarchar(254),
    @ExpiresAt datetime2(3),      -- NULL = for good
    @Reason nvarchar(500),
    @FraudEventId bigint,
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- HOLDLOCK protects the absence: two attacks from one address make one entry.
    INSERT INTO dbo.AccessLists
        (ListKind, SubjectKind, SubjectValue, Reason, ExpiresAt, FraudEventId, CreatedAt, UpdatedAt)
    SELECT N'block', @SubjectKind, @SubjectValue, @Reason, @ExpiresAt, @FraudEventId, @Now, @Now
    WHERE NOT EXISTS (SELECT 1
                      FROM dbo.AccessLists AS a WITH (UPDLOCK, HOLDLOCK)
                      WHERE a.ListKind = N'block' AND a.SubjectKind = @SubjectKind
                        AND a.SubjectValue = @SubjectValue);
    IF @@ROWCOUNT = 1
        RETURN;

    UPDATE dbo.AccessLists
    SET IsActive = 1,
        ExpiresAt = @ExpiresAt,
        Reason = @Reason,
        FraudEventId = @FraudEventId,
        UpdatedAt = @Now
    WHERE ListKind = N'block' AND SubjectKind = @SubjectKind AND SubjectValue = @SubjectValue
      AND (IsActive = 0 OR ExpiresAt < @ExpiresAt
           OR (@ExpiresAt IS NULL AND ExpiresAt IS NOT NULL));
END;
