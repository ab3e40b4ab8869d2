SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores a partner: a new one, or with @PartnerId another state of one. @Name is declared
           wider than its column so that 50008 can be told.
Called by: coupon_ops
Locks:     the partner, and the absence of the name; L11 inserts
Returns:   SR + PartnerId. NAME_EXISTS, PARTNER_NOT_FOUND
Throws:    50001, 50002, 50008, 50102
Replay:    the present values again succeed and write nothing; a new partner again is NAME_EXISTS
*/
CREATE OR ALTER PROCEDURE dbo.sp_UpsertPartner
    @PartnerId int = NULL,
    @Name nvarchar(400),
    @CommissionPercent decimal(5,2) = 0,
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
            @Message nvarchar(400) = N'Partner stored.', @Verb nvarchar(20) = N'update',
            @EntityId nvarchar(120), @BeforeJson nvarchar(max), @AfterJson nvarchar(max);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the caller''s transaction can only be rolled back.', 1;

    EXEC dbo.sp_i_CheckAdmin
        @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    SELECT @Name = NULLIF(TRIM(@Name), N''), @CommissionPercent = COALESCE(@CommissionPercent, 0),
           @IsActive = COALESCE(@IsActive, 1);
    IF @Name IS NULL THROW 50001, N'ARG_REQUIRED: @Name', 1;
    IF @CommissionPercent NOT BETWEEN 0 AND 100
        THROW 50002, N'ARG_OUT_OF_RANGE: @CommissionPercent must be 0 to 100.', 1;
    IF LEN(@Name) > 200 THROW 50008, N'ARG_TOO_LONG: @Name is longer than 200 characters.', 1;
    SET @AfterJson = (SELECT @Name AS name, @CommissionPercent AS commissionPercent,
                             @IsActive AS isActive
                      FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);

    BEGIN TRY
        IF @Own = 1 BEGIN TRANSACTION;

        -- UPDLOCK: what is read here is what the UPDATE below changes.
        SELECT @BeforeJson = (SELECT p.Name AS name, p.CommissionPercent AS commissionPercent,
                                     p.IsActive AS isActive
                              FOR JSON PATH, WITHOUT_ARRAY_WRAPPER)
        FROM dbo.Partners AS p WITH (UPDLOCK, ROWLOCK)
        WHERE p.PartnerId = @PartnerId;
        SET @Now = SYSUTCDATETIME();

        IF @PartnerId IS NOT NULL AND @BeforeJson IS NULL
            SELECT @ErrorCode = N'PARTNER_NOT_FOUND',
                   @Message = CONCAT(N'Partner ', @PartnerId, N' not found.');
        -- UPDLOCK, HOLDLOCK: nobody may take the name between this look and the write below.
        ELSE IF EXISTS (SELECT 1 FROM dbo.Partners AS p WITH (UPDLOCK, HOLDLOCK)
                        WHERE p.Name = @Name
                          AND (@PartnerId IS NULL OR p.PartnerId <> @PartnerId))
            SELECT @ErrorCode = N'NAME_EXISTS',
                   @Message = N'There is a partner of that name already.';
        ELSE IF @PartnerId IS NULL
        BEGIN
            INSERT INTO dbo.Partners
                (Name, CommissionPercent, IsActive, CreatedAt, CreatedBy, UpdatedAt, UpdatedBy)
            VALUES (@Name, @CommissionPercent, @IsActive, @Now, @Actor, @Now, @Actor);
            SELECT @PartnerId = SCOPE_IDENTITY(), @Verb = N'create';
        END
        ELSE IF @BeforeJson <> @AfterJson COLLATE Latin1_General_100_BIN2
            UPDATE dbo.Partners
            SET Name = @Name, CommissionPercent = @CommissionPercent, IsActive = @IsActive,
                UpdatedAt = @Now, UpdatedBy = @Actor
            WHERE PartnerId = @PartnerId;

        IF @ErrorCode IS NULL
           AND COALESCE(@BeforeJson, N'') <> @AfterJson COLLATE Latin1_General_100_BIN2
        BEGIN
            SET @EntityId = CAST(@PartnerId AS nvarchar(20));
            EXEC dbo.sp_i_RecordChange
                @EntityType = N'partner', @EntityId = @EntityId, @Verb = @Verb,
                @BeforeJson = @BeforeJson, @AfterJson = @AfterJson,
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
           @Message AS Message,
           IIF(@ErrorCode IS NULL, @PartnerId, NULL) AS PartnerId;
END;
