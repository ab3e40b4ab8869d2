SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Gives the slots of overdue reservations back, and of those that were marked for closing:
           each in a transaction of its own. A confirmation that is faster wins. A reservation that
           cannot be closed does not keep the others from it: it is left for the next run, and the
           first fault is thrown at the end.
Called by: coupon_job, coupon_ops
Locks:     application lock couponry:expire-reservations; per reservation L2 to L8, L11 as
           sp_i_ExpireCore
Returns:   SR + Expired
Throws:    50002, 50102; what sp_i_ExpireCore throws (50200, 50201), after the other reservations
Replay:    what is closed is not found again
*/
CREATE OR ALTER PROCEDURE dbo.sp_ExpireReservations
    @BatchSize int = 500
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @JobRunId bigint, @IsBusy bit,
            @Message nvarchar(400) = N'Reservations expired.', @Expired int = 0, @Next int = 1,
            @Last int, @ReservationId bigint, @WasOpen bit, @Now datetime2(3), @Number int,
            @Error nvarchar(2000), @Fault int, @FaultText nvarchar(2000);
    DECLARE @Work TABLE (
        WorkNo int IDENTITY (1, 1) NOT NULL PRIMARY KEY,
        ReservationId bigint NOT NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;
    SET @BatchSize = COALESCE(@BatchSize, 500);
    IF @BatchSize NOT BETWEEN 1 AND 100000
        THROW 50002, N'ARG_OUT_OF_RANGE: @BatchSize must be from 1 to 100000.', 1;

    BEGIN TRY
        EXEC dbo.sp_i_StartJob @JobName = N'expire-reservations', @JobRunId = @JobRunId OUTPUT,
             @IsBusy = @IsBusy OUTPUT;
        SET @Now = SYSUTCDATETIME();

        -- A look without lock; each one is looked at again under its user's.
        IF @IsBusy = 0
            INSERT INTO @Work (ReservationId)
            SELECT TOP (@BatchSize) r.ReservationId
            FROM dbo.Reservations AS r
            WHERE r.Status = N'Reserved'
              AND (r.ExpiresAt < @Now OR r.CloseReason IN (N'admin', N'fraud'))
            ORDER BY r.ExpiresAt, r.ReservationId;

        SELECT @Last = COUNT(*) FROM @Work;
        WHILE @Next <= @Last
        BEGIN
            SELECT @ReservationId = w.ReservationId FROM @Work AS w WHERE w.WorkNo = @Next;
            SELECT @Next += 1, @WasOpen = 0;

            BEGIN TRY
                IF @Own = 1 BEGIN TRANSACTION;
                EXEC dbo.sp_i_ExpireCore
                     @ReservationId = @ReservationId, @WasOpen = @WasOpen OUTPUT;
                IF @Own = 1 COMMIT TRANSACTION;
                SET @Expired += @WasOpen;
            END TRY
            BEGIN CATCH
                IF @Own = 0 THROW;
                IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
                SELECT @Number = ERROR_NUMBER(), @Error = ERROR_MESSAGE();
                -- 547: a CHECK constraint stood behind a counter. Only what has to do with locks
                -- passes by itself.
                IF @Number < 50000 AND @Number NOT IN (1205, 1222, 3960)
                    SELECT @Number = 50200, @Error = CONCAT(N'INVARIANT_COUNTER: ', @Error);
                -- The first fault is told; a lock only when there is no fault.
                IF @Fault IS NULL OR (@Fault < 50000 AND @Number >= 50000)
                    SELECT @Fault = @Number,
                           @FaultText = CONCAT(@Error, N' (reservation ', @ReservationId, N')');
            END CATCH;
        END;

        IF @IsBusy = 1
            SELECT @Message = N'Skipped', @Expired = 0;
        -- A deadlock or a lock time-out is no fault: the next run comes by.
        ELSE IF @Fault >= 50000
            THROW @Fault, @FaultText, 1;
        ELSE
            EXEC dbo.sp_i_EndJob @JobName = N'expire-reservations', @JobRunId = @JobRunId,
                 @ItemsProcessed = @Expired, @Error = @FaultText;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        SET @Error = CONCAT(ERROR_NUMBER(), N': ', ERROR_MESSAGE());
        EXEC dbo.sp_i_EndJob @JobName = N'expire-reservations', @JobRunId = @JobRunId,
             @Status = N'Failed', @ItemsProcessed = @Expired, @Error = @Error;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           @Message AS Message, @Expired AS Expired;
END;
