SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Appends one row to AuditLog for a change made in the caller's transaction.
           Checks the text arguments that every administrative procedure passes through (+A).
Called by: every administrative procedure; sp_i_ClaimSlot when a budget is used up.
Locks:     L11 (insert).
Returns:   nothing.
Throws:    50008 @Actor, @EntityId or @CorrelationId too long; 50102 no committable transaction.
Replay:    none; the row lives and dies with the caller's transaction.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_Audit
    @Action nvarchar(60),                -- '<entity>.<verb>', e.g. 'coupon.update'
    @EntityType nvarchar(40),
    @EntityId nvarchar(200) = NULL,
    @BeforeJson nvarchar(max) = NULL,
    @AfterJson nvarchar(max) = NULL,
    @SubjectUserId nvarchar(100) = NULL, -- the person whom the change concerns
    @Actor nvarchar(200) = NULL,         -- NULL = the login
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL,
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_Audit needs a committable transaction.', 1;
    IF LEN(@Actor) > 100
        THROW 50008, N'ARG_TOO_LONG: @Actor is longer than 100 characters.', 1;
    IF LEN(@EntityId) > 120
        THROW 50008, N'ARG_TOO_LONG: @EntityId is longer than 120 characters.', 1;
    IF LEN(@CorrelationId) > 100
        THROW 50008, N'ARG_TOO_LONG: @CorrelationId is longer than 100 characters.', 1;

    INSERT INTO dbo.AuditLog
        (OccurredAt, Actor, LoginName, Action, EntityType, EntityId, SubjectUserId,
         BeforeJson, AfterJson, Reason, IpAddress, UserAgent, CorrelationId)
    VALUES
        (@Now, COALESCE(NULLIF(TRIM(@Actor), N''), LEFT(ORIGINAL_LOGIN(), 100)), ORIGINAL_LOGIN(),
         @Action, @EntityType, @EntityId, @SubjectUserId,
         @BeforeJson, @AfterJson, NULLIF(TRIM(@Reason), N''), NULLIF(TRIM(@IpAddress), N''),
         NULLIF(TRIM(@UserAgent), N''), NULLIF(TRIM(@CorrelationId), N''));
END;
