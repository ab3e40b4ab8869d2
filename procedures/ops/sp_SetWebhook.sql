SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Makes a subscription to events, or changes one: channel, target, wanted types, the name
           of its secret (never the secret), whether it is active.
Called by: coupon_ops
Locks:     the WebhookSubscriptions row, L11 insert
Returns:   SR + WebhookId
Throws:    50102; by sp_i_CheckWebhook 50001, 50003, 50004, 50005, 50008
Replay:    the present state again succeeds and writes nothing; a repeated creation is NAME_EXISTS
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetWebhook
    @WebhookId int = NULL,
    @Name nvarchar(100),
    @Channel nvarchar(10),
    @Target nvarchar(500),
    @EventTypesJson nvarchar(max) = NULL,
    @SecretName nvarchar(100) = NULL,
    @IsActive bit = 1,
    @Actor nvarchar(200) = NULL,
    @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL,
    @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;

    DECLARE @Own bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @ErrorCode nvarchar(50),
            @Message nvarchar(400) = N'Webhook stored.', @Present int, @Action nvarchar(60),
            @EntityId nvarchar(20), @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    SET @IsActive = COALESCE(@IsActive, 1);
    EXEC dbo.sp_i_CheckWebhook
        @Name = @Name OUTPUT, @Channel = @Channel OUTPUT, @Target = @Target OUTPUT,
        @EventTypesJson = @EventTypesJson OUTPUT, @SecretName = @SecretName OUTPUT,
        @Actor = @Actor OUTPUT;

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;
        SET @Now = SYSUTCDATETIME();
        SET @AfterJson = (SELECT @Name AS name, @Channel AS channel, @Target AS target,
                                 @EventTypesJson AS eventTypes, @SecretName AS secretName,
                                 @IsActive AS isActive
                          FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER);

        -- UPDLOCK, HOLDLOCK: nobody may take the name between this look and the write below.
        IF EXISTS (SELECT 1
                   FROM dbo.WebhookSubscriptions AS w WITH (UPDLOCK, HOLDLOCK)
                   WHERE w.Name = @Name AND (@WebhookId IS NULL OR w.WebhookId <> @WebhookId))
            SELECT @ErrorCode = N'NAME_EXISTS',
                   @Message = CONCAT(N'Webhook ', @Name, N' exists already.');
        ELSE IF @WebhookId IS NULL
        BEGIN
            INSERT INTO dbo.WebhookSubscriptions
                (Name, Channel, Target, EventTypesJson, SecretName, IsActive, CreatedAt,
                 CreatedBy, UpdatedAt, UpdatedBy)
            VALUES (@Name, @Channel, @Target, @EventTypesJson, @SecretName, @IsActive, @Now,
                    @Actor, @Now, @Actor);
            SELECT @WebhookId = SCOPE_IDENTITY(), @Action = N'webhook.create';
        END
        ELSE
        BEGIN
            -- UPDLOCK: what is read here is what the UPDATE below changes.
            SELECT @Present = w.WebhookId,
                   @BeforeJson = (SELECT w.Name AS name, w.Channel AS channel,
                                         w.Target AS target, w.EventTypesJson AS eventTypes,
                                         w.SecretName AS secretName, w.IsActive AS isActive
                                  FOR JSON PATH, INCLUDE_NULL_VALUES, WITHOUT_ARRAY_WRAPPER)
            FROM dbo.WebhookSubscriptions AS w WITH (UPDLOCK, ROWLOCK)
            WHERE w.WebhookId = @WebhookId;

            IF @Present IS NULL
                SELECT @ErrorCode = N'WEBHOOK_NOT_FOUND',
                       @Message = CONCAT(N'Webhook ', @WebhookId, N' not found.');
            ELSE IF @BeforeJson COLLATE Latin1_General_100_BIN2 <> @AfterJson
            BEGIN
                UPDATE dbo.WebhookSubscriptions
                SET Name = @Name, Channel = @Channel, Target = @Target,
                    EventTypesJson = @EventTypesJson, SecretName = @SecretName,
                    IsActive = @IsActive, UpdatedAt = @Now, UpdatedBy = @Actor
                WHERE WebhookId = @WebhookId;
                SET @Action = N'webhook.update';
            END;
        END;

        IF @Action IS NOT NULL
        BEGIN
            SET @EntityId = CAST(@WebhookId AS nvarchar(20));
            EXEC dbo.sp_i_Audit @Action = @Action, @EntityType = N'webhook',
                 @EntityId = @EntityId, @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @Own = 1 COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @Own = 1 AND XACT_STATE() <> 0 ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           @Message AS Message, IIF(@ErrorCode IS NULL, @WebhookId, NULL) AS WebhookId;
END;
