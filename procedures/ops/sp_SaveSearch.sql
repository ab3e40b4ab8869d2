SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Keeps a search: under a name, where the same name replaces, or without one as a recent
           search, of which an owner has the newest 20. One search of an owner may be the default.
Called by: coupon_ops
Locks:     L11: SavedSearches of the owner, the whole range, so that two savings of one name come
           one after the other
Returns:   SR + SavedSearchId
Throws:    50001, 50003, 50004, 50008, 50102
Replay:    the same name again replaces; a recent search is kept once more
*/
CREATE OR ALTER PROCEDURE dbo.sp_SaveSearch
    @Owner nvarchar(200),
    @Name nvarchar(100) = NULL,
    @FilterJson nvarchar(max),
    @SortField nvarchar(20) = N'created',
    @SortDirection nchar(4) = N'desc',
    @IsDefaultSort bit = 0
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @SavedSearchId int, @Kept int;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SELECT @Owner = NULLIF(TRIM(@Owner), N''), @Name = NULLIF(TRIM(@Name), N''),
           @FilterJson = NULLIF(TRIM(@FilterJson), N''),
           @SortField = COALESCE(NULLIF(TRIM(@SortField), N''), N'created'),
           @SortDirection = COALESCE(NULLIF(TRIM(@SortDirection), N''), N'desc'),
           @IsDefaultSort = COALESCE(@IsDefaultSort, 0);
    IF @Owner IS NULL THROW 50001, N'ARG_REQUIRED: @Owner', 1;
    IF @FilterJson IS NULL THROW 50001, N'ARG_REQUIRED: @FilterJson', 1;
    IF LEN(@Owner) > 100 THROW 50008, N'ARG_TOO_LONG: @Owner is longer than 100 characters.', 1;
    EXEC dbo.sp_i_CheckFilter @FilterJson = @FilterJson;
    EXEC dbo.sp_i_CheckSearch @SortField = @SortField, @SortDirection = @SortDirection;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- HOLDLOCK: a name that is not there yet stays away until this call has written it.
        SELECT @Kept = COUNT(*),
               @SavedSearchId = MAX(IIF(s.Name = @Name, s.SavedSearchId, NULL))
        FROM dbo.SavedSearches AS s WITH (UPDLOCK, HOLDLOCK)
        WHERE s.Owner = @Owner;

        IF @IsDefaultSort = 1
            UPDATE dbo.SavedSearches SET IsDefaultSort = 0
            WHERE Owner = @Owner AND IsDefaultSort = 1;

        IF @SavedSearchId IS NOT NULL
            UPDATE dbo.SavedSearches
            SET FilterJson = @FilterJson, SortField = @SortField, SortDirection = @SortDirection,
                IsDefaultSort = @IsDefaultSort, LastUsedAt = @Now
            WHERE SavedSearchId = @SavedSearchId;
        ELSE
        BEGIN
            INSERT INTO dbo.SavedSearches
                (Owner, Name, FilterJson, SortField, SortDirection, IsDefaultSort, LastUsedAt)
            VALUES (@Owner, @Name, @FilterJson, @SortField, @SortDirection, @IsDefaultSort, @Now);
            SET @SavedSearchId = SCOPE_IDENTITY();
        END;

        IF @Name IS NULL AND @Kept >= 20
            DELETE FROM dbo.SavedSearches
            WHERE Owner = @Owner AND Name IS NULL
                  AND SavedSearchId NOT IN (
                      SELECT TOP (20) s.SavedSearchId
                      FROM dbo.SavedSearches AS s
                      WHERE s.Owner = @Owner AND s.Name IS NULL
                      ORDER BY s.LastUsedAt DESC, s.SavedSearchId DESC);

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Search saved.' AS nvarchar(400)) AS Message, @SavedSearchId AS SavedSearchId;
END;
