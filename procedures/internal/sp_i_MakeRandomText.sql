SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes random text of the safe alphabet (31 characters, none of 0 O 1 I L), every
           character equally likely: bytes from 248 up are thrown away, because 256 is no multiple
           of 31.
Called by: sp_i_GrantLicense, sp_SuggestCode.
Locks:     none.
Returns:   @Text, @Length characters.
Throws:    nothing.
Replay:    not needed; nothing is written.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_MakeRandomText
    @Length int,
    @Text nvarchar(100) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Alphabet nvarchar(31) = N'ABCDEFGHJKMNPQRSTUVWXYZ23456789', @Bytes varbinary(64),
            @Place int = 65, @Byte int;

    SET @Text = N'';
    WHILE LEN(@Text) < @Length
    BEGIN
        IF @Place > 64
            SELECT @Bytes = CRYPT_GEN_RANDOM(64), @Place = 1;
        SET @Byte = CAST(SUBSTRING(@Bytes, @Place, 1) AS int);
        SET @Place += 1;
        IF @Byte < 248
            SET @Text = CONCAT(@Text, SUBSTRING(@Alphabet, @Byte % 31 + 1, 1));
    END;
END;
