SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   The searches an owner kept: those with a name by their name, then the recent ones, the
           latest first.
Called by: coupon_ops
Locks:     none
Returns:   rows
Throws:    50001, 50008
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListSavedSearches
    @Owner nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SET @Owner = NULLIF(TRIM(@Owner), N'');
    IF @Owner IS NULL THROW 50001, N'ARG_REQUIRED: @Owner', 1;
    IF LEN(@Owner) > 100 THROW 50008, N'ARG_TOO_LONG: @Owner is longer than 100 characters.', 1;

    SELECT s.SavedSearchId, s.Owner, s.Name, s.FilterJson, s.SortField, s.SortDirection,
           s.IsDefaultSort, s.LastUsedAt
    FROM dbo.SavedSearches AS s
    WHERE s.Owner = @Owner
    ORDER BY IIF(s.Name IS NULL, 1, 0), s.Name, s.LastUsedAt DESC, s.SavedSearchId DESC;
END;
