SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Forgets one search of an owner; searches of others are not found.
Called by: coupon_ops
Locks:     L11: SavedSearches
Returns:   SR
Throws:    50001, 50008, 50102
Replay:    a repeat finds nothing: SEARCH_NOT_FOUND
*/
CREATE OR ALTER PROCEDURE dbo.sp_DeleteSavedSearch
    @SavedSearchId int,
    @Owner nvarchar(200)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Search deleted.';

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @Owner = NULLIF(TRIM(@Owner), N'');
    IF @SavedSearchId IS NULL THROW 50001, N'ARG_REQUIRED: @SavedSearchId', 1;
    IF @Owner IS NULL THROW 50001, N'ARG_REQUIRED: @Owner', 1;
    IF LEN(@Owner) > 100 THROW 50008, N'ARG_TOO_LONG: @Owner is longer than 100 characters.', 1;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        DELETE FROM dbo.SavedSearches WHERE SavedSearchId = @SavedSearchId AND Owner = @Owner;
        IF @@ROWCOUNT = 0
            SELECT @ErrorCode = N'SEARCH_NOT_FOUND',
                   @Message = CONCAT(N'Saved search ', @SavedSearchId, N' does not exist.');

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message;
END;
