SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Refuses a JSON argument that is not JSON, or not an object or array as demanded.
Called by: the procedures that take JSON arguments
Locks:     none
Returns:   nothing
Throws:    50004
Replay:    reads only its arguments
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CheckJson
    @Json nvarchar(max),
    @Parameter nvarchar(60),
    @Shape nvarchar(6)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    -- In a valid document the first bracket is the outermost one: no string can stand before it,
    -- only white space. The head is enough, and a batch of codes is long.
    DECLARE @Head nvarchar(100) = LEFT(@Json, 100);
    DECLARE @Brace int = CHARINDEX(N'{', @Head), @Bracket int = CHARINDEX(N'[', @Head);
    DECLARE @Found nvarchar(6) =
        IIF(@Bracket > 0 AND (@Brace = 0 OR @Bracket < @Brace), N'array', N'object');

    IF @Json IS NOT NULL AND (ISJSON(@Json) = 0 OR @Found <> @Shape)
    BEGIN
        DECLARE @Text nvarchar(400) =
            CONCAT(N'ARG_BAD_JSON: ', @Parameter, N' must be a JSON ', @Shape, N'.');
        THROW 50004, @Text, 1;
    END;
END;
