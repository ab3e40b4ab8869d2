SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   How many rows an erasure of a user would change, about; none when there is no such user,
           or the name is a pseudonym.
Called by: sp_EraseUserData, sp_ExportUserData.
Locks:     none.
Returns:   @Rows.
Throws:    nothing.
Replay:    reads only.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_CountPerson
    @UserId nvarchar(100),
    @TracesJson nvarchar(max),
    @Rows int OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Sums nvarchar(max);

    SET @Rows = 0;
    IF EXISTS (SELECT 1 FROM dbo.UserProfiles AS p WHERE p.UserId = @UserId AND p.IsErased = 1)
        RETURN;
    EXEC dbo.sp_i_SumUser @UserId = @UserId, @SumsJson = @Sums OUTPUT, @Total = @Rows OUTPUT;
    SELECT @Rows += COUNT(*) FROM OPENJSON(@TracesJson) AS j;
    SELECT @Rows += COUNT(*) FROM dbo.FunnelEvents AS f WHERE f.UserId = @UserId;
    SELECT @Rows += COUNT(*) FROM dbo.UserDevices AS d WHERE d.UserId = @UserId;
    SELECT @Rows += COUNT(*) FROM dbo.Coupons AS c WHERE c.AssignedTo = @UserId;
    SELECT @Rows += COUNT(*) FROM dbo.Coupons AS c WHERE c.RedeemedBy = @UserId;
    SELECT @Rows += COUNT(*)
    FROM dbo.AccessLists AS a
    WHERE a.SubjectKind = N'user' AND a.SubjectValue = @UserId;
END;
