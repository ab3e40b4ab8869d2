SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Sets margin and credit rate from an instant on, for one tier or, without a tier, for all
           that have no row of their own. The row in force until then ends there, one that was to
           begin later ends the new one; a row from the very same instant is corrected in its place.
Called by: coupon_ops
Locks:     PricingConfigs; L11: AuditLog. Own transaction, or that of the caller.
Returns:   SR
Throws:    50001 margin or rate missing; 50002 margin below 1, rate not above 0; 50003 unknown tier;
           50008 text too long; 50102 called in a doomed transaction.
Replay:    what is in force at that instant again succeeds and writes nothing.
*/
CREATE OR ALTER PROCEDURE dbo.sp_SetPricingConfig
    @Tier nvarchar(20) = NULL, @MarginMultiplier decimal(6,3), @CreditsPerUsd decimal(12,4),
    @EffectiveFrom datetime2(3) = NULL,
    @Actor nvarchar(200) = NULL, @IpAddress nvarchar(45) = NULL,
    @UserAgent nvarchar(500) = NULL, @Reason nvarchar(500) = NULL,
    @CorrelationId nvarchar(200) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3) = SYSUTCDATETIME(),
            @ConfigId int, @From datetime2(3), @Margin decimal(6,3), @Rate decimal(12,4),
            @EntityId nvarchar(200), @Before nvarchar(max), @After nvarchar(max);
    DECLARE @Rows TABLE (
        ConfigId int NOT NULL PRIMARY KEY, Margin decimal(6,3) NOT NULL,
        Rate decimal(12,4) NOT NULL, EffectiveFrom datetime2(3) NOT NULL,
        EffectiveTo datetime2(3) NULL);

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SET @Tier = NULLIF(TRIM(@Tier), N'');
    EXEC dbo.sp_i_CheckAdmin
         @Needs = N'none', @Actor = @Actor OUTPUT, @CorrelationId = @CorrelationId;
    IF @MarginMultiplier IS NULL THROW 50001, N'ARG_REQUIRED: @MarginMultiplier is required.', 1;
    IF @CreditsPerUsd IS NULL THROW 50001, N'ARG_REQUIRED: @CreditsPerUsd is required.', 1;
    IF @MarginMultiplier < 1
        THROW 50002, N'ARG_OUT_OF_RANGE: @MarginMultiplier must be 1 or more.', 1;
    IF @CreditsPerUsd <= 0 THROW 50002, N'ARG_OUT_OF_RANGE: @CreditsPerUsd must be above 0.', 1;
    IF @Tier COLLATE Latin1_General_100_BIN2 NOT IN
        (N'free', N'pro', N'pro_max', N'enterprise_pro', N'enterprise_max', N'perpetual')
        THROW 50003, N'ARG_NOT_IN_LIST: @Tier is not a subscription tier.', 1;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        -- UPDLOCK, HOLDLOCK: no second call closes the same row, or adds one, before this one ends.
        INSERT INTO @Rows (ConfigId, Margin, Rate, EffectiveFrom, EffectiveTo)
        SELECT c.ConfigId, c.MarginMultiplier, c.CreditsPerUsd, c.EffectiveFrom, c.EffectiveTo
        FROM dbo.PricingConfigs AS c WITH (UPDLOCK, HOLDLOCK)
        WHERE c.Tier = @Tier OR (@Tier IS NULL AND c.Tier IS NULL);

        SET @Now = SYSUTCDATETIME();
        SET @EffectiveFrom = COALESCE(@EffectiveFrom, @Now);
        SELECT TOP (1) @ConfigId = r.ConfigId, @From = r.EffectiveFrom, @Margin = r.Margin,
               @Rate = r.Rate
        FROM @Rows AS r
        WHERE r.EffectiveFrom <= @EffectiveFrom
              AND (r.EffectiveTo IS NULL OR r.EffectiveTo > @EffectiveFrom)
        ORDER BY r.EffectiveFrom DESC;

        IF @ConfigId IS NULL OR @Margin <> @MarginMultiplier OR @Rate <> @CreditsPerUsd
        BEGIN
            IF @From = @EffectiveFrom
                UPDATE dbo.PricingConfigs
                SET MarginMultiplier = @MarginMultiplier, CreditsPerUsd = @CreditsPerUsd
                WHERE ConfigId = @ConfigId;
            ELSE
            BEGIN
                UPDATE dbo.PricingConfigs
                SET EffectiveTo = @EffectiveFrom
                WHERE ConfigId = @ConfigId;
                INSERT INTO dbo.PricingConfigs
                    (Tier, MarginMultiplier, CreditsPerUsd, EffectiveFrom, EffectiveTo, CreatedAt,
                     CreatedBy)
                SELECT @Tier, @MarginMultiplier, @CreditsPerUsd, @EffectiveFrom,
                       MIN(r.EffectiveFrom), @Now, @Actor
                FROM @Rows AS r
                WHERE r.EffectiveFrom > @EffectiveFrom;
            END;

            SET @EntityId = COALESCE(@Tier, N'*');
            IF @ConfigId IS NOT NULL
                SET @Before = (SELECT @Margin AS marginMultiplier, @Rate AS creditsPerUsd,
                                      @From AS effectiveFrom
                               FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            SET @After = (SELECT @MarginMultiplier AS marginMultiplier,
                                 @CreditsPerUsd AS creditsPerUsd, @EffectiveFrom AS effectiveFrom
                          FOR JSON PATH, WITHOUT_ARRAY_WRAPPER);
            EXEC dbo.sp_i_Audit @Action = N'pricing.rate', @EntityType = N'pricing_config',
                 @EntityId = @EntityId, @BeforeJson = @Before, @AfterJson = @After,
                 @Actor = @Actor, @IpAddress = @IpAddress, @UserAgent = @UserAgent,
                 @Reason = @Reason, @CorrelationId = @CorrelationId, @Now = @Now;
        END;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(1 AS bit) AS Success, CAST(NULL AS nvarchar(50)) AS ErrorCode,
           CAST(N'Rate set.' AS nvarchar(400)) AS Message;
END;
