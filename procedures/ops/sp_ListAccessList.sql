SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The entries that count now: who is blocked, watched or trusted. Removed and expired ones
           are in vw_AccessLists.
Called by: coupon_ops
Locks:     none
Returns:   rows, newest first
Throws:    50003
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListAccessList
    @ListKind nvarchar(5) = NULL,
    @SubjectKind nvarchar(20) = NULL,
    @Search nvarchar(100) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT @ListKind = NULLIF(TRIM(@ListKind), N''), @SubjectKind = NULLIF(TRIM(@SubjectKind), N''),
           @Search = NULLIF(TRIM(@Search), N'');
    IF @ListKind COLLATE Latin1_General_100_BIN2 NOT IN (N'block', N'watch', N'white')
        THROW 50003, N'ARG_NOT_IN_LIST: @ListKind must be block, watch or white.', 1;
    IF @SubjectKind COLLATE Latin1_General_100_BIN2
       NOT IN (N'user', N'ip', N'country', N'email_domain', N'disposable_domain', N'device',
               N'payment_method', N'user_agent')
        THROW 50003, N'ARG_NOT_IN_LIST: @SubjectKind is not a kind of subject.', 1;

    SELECT a.EntryId, a.ListKind, a.SubjectKind, a.SubjectValue, a.RiskScore, a.RecommendedAction,
           a.Reason, a.ExpiresAt, a.FraudEventId, a.CreatedAt, a.CreatedBy, a.UpdatedAt, a.UpdatedBy
    FROM dbo.AccessLists AS a
    WHERE a.IsActive = 1 AND (a.ExpiresAt IS NULL OR a.ExpiresAt > SYSUTCDATETIME())
      AND (@ListKind IS NULL OR a.ListKind = @ListKind)
      AND (@SubjectKind IS NULL OR a.SubjectKind = @SubjectKind)
      AND (@Search IS NULL OR CHARINDEX(UPPER(@Search), UPPER(a.SubjectValue)) > 0
           OR CHARINDEX(UPPER(@Search), UPPER(a.Reason)) > 0)
    ORDER BY a.EntryId DESC;
END;
