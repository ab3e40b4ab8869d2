SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Puts one event into the outbox, in the transaction of the change that it reports.
Called by: every procedure that changes what a subscriber may want to know.
Locks:     L11 (insert).
Returns:   nothing.
Throws:    50102 no committable transaction.
Replay:    none; the event lives and dies with the caller's transaction.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_Enqueue
    @EventType nvarchar(30),
    @EntityType nvarchar(40),
    @EntityId nvarchar(120),
    @PayloadJson nvarchar(max) = N'{}',
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    IF XACT_STATE() <> 1
        THROW 50102, N'TRANSACTION_DOOMED: sp_i_Enqueue needs a committable transaction.', 1;

    INSERT INTO dbo.OutboxEvents (EventType, EntityType, EntityId, PayloadJson, OccurredAt)
    VALUES (@EventType, @EntityType, @EntityId, COALESCE(@PayloadJson, N'{}'), @Now);
END;
