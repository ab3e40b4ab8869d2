SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Records what became of the booking that a code was used for.
Called by: coupon_service, coupon_ops
Locks:     L8: RedemptionHistory. L11: AuditLog. Own transaction, or that of the caller.
Returns:   SR. REDEMPTION_NOT_FOUND: no such redemption, or it is no success.
Throws:    50001 redemption or status missing; 50003 unknown status; 50102 called in a doomed
           transaction.
Replay:    the present status again succeeds and writes nothing, unless with another instant.
*/
CREATE OR ALTER PROCEDURE dbo.sp_RecordFulfilment
    @RedemptionId bigint,
    @FulfilmentStatus nvarchar(12),
    @FulfilledAt datetime2(3) = NULL      -- NULL: now, once the booking has come to an end
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @IsFound bit = 0,
            @IsSame bit, @OldStatus nvarchar(12), @OldAt datetime2(3), @UserId nvarchar(100),
            @Before nvarchar(max), @After nvarchar(max),
            @EntityId nvarchar(200) = CAST(@RedemptionId AS nvarchar(20));

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SET @FulfilmentStatus = NULLIF(TRIM(@FulfilmentStatus), N'');
    IF @RedemptionId IS NULL
        THROW 50001, N'ARG_REQUIRED: @RedemptionId is required.', 1;
    IF @FulfilmentStatus IS NULL
        THROW 50001, N'ARG_REQUIRED: @FulfilmentStatus is required.', 1;
    IF @FulfilmentStatus COLLATE Latin1_General_100_BIN2
            NOT IN (N'pending', N'completed', N'attended', N'no_show', N'cancelled')
        THROW 50003, N'ARG_NOT_IN_LIST: @FulfilmentStatus', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        -- UPDLOCK: decided on what is read here, written below.
        SELECT @IsFound = 1, @OldStatus = h.FulfilmentStatus, @OldAt = h.FulfilledAt,
               @UserId = h.UserId
        FROM dbo.RedemptionHistory AS h WITH (UPDLOCK, ROWLOCK)
        WHERE h.RedemptionId = @RedemptionId AND h.Status = N'success';

        SET @Now = SYSUTCDATETIME();
        SET @IsSame = IIF(@OldStatus = @FulfilmentStatus
                          AND (@FulfilledAt IS NULL OR @OldAt = @FulfilledAt), 1, 0);
        IF @IsFound = 1 AND @IsSame = 0
        BEGIN
            IF @FulfilmentStatus IN (N'completed', N'attended', N'no_show')
                SET @FulfilledAt = COALESCE(@FulfilledAt, @Now);

            UPDATE dbo.RedemptionHistory
            SET FulfilmentStatus = @FulfilmentStatus, FulfilledAt = @FulfilledAt
            WHERE RedemptionId = @RedemptionId;

            SELECT @Before = (SELECT @OldStatus AS fulfilmentStatus, @OldAt AS fulfilledAt
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES),
                   @After = (SELECT @FulfilmentStatus AS fulfilmentStatus,
                                    @FulfilledAt AS fulfilledAt
                             FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
            EXEC dbo.sp_i_Audit
                 @Action = N'redemption.fulfil', @EntityType = N'redemption',
                 @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
                 @SubjectUserId = @UserId, @Now = @Now;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT @IsFound AS Success,
           CAST(IIF(@IsFound = 1, NULL, N'REDEMPTION_NOT_FOUND') AS nvarchar(50)) AS ErrorCode,
           CAST(IIF(@IsFound = 1, N'Recorded.',
                    CONCAT(N'No successful redemption ', @RedemptionId, N'.'))
                AS nvarchar(400)) AS Message;
END;
