SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Stores the facts about a user that rules need. NULL keeps the stored value; the first
           purchase only moves earlier.
Called by: coupon_service, coupon_ops
Locks:     L2: UserProfiles. L11: AuditLog.
Returns:   SR + IsNew. EMAIL_IN_USE when another profile has the address.
Throws:    50001 no @UserId; 50005 @Email or @CountryCode malformed; 50008 @UserId longer than 100;
           50102 called in a doomed transaction.
Replay:    the same facts again change nothing, write nothing and succeed.
*/
CREATE OR ALTER PROCEDURE dbo.sp_UpsertUserProfile
    @UserId nvarchar(200), @Email nvarchar(254) = NULL, @EmailVerified bit = NULL,
    @HasPaymentMethod bit = NULL, @PaymentFingerprint nvarchar(128) = NULL,
    @CountryCode nchar(2) = NULL, @FirstPurchaseAt datetime2(3) = NULL
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    SET LOCK_TIMEOUT 15000;
    DECLARE @IsOwn bit = IIF(@@TRANCOUNT = 0, 1, 0), @Now datetime2(3), @IsNew bit = 0,
            @ErrorCode nvarchar(50), @Local nvarchar(254), @Domain nvarchar(254),
            @Normalised nvarchar(254), @Before nvarchar(max), @After nvarchar(max),
            @OldEmail nvarchar(254), @OldVerified bit, @OldHasMethod bit, @OldPayment nvarchar(128),
            @OldCountry nchar(2), @OldFirst datetime2(3), @IsKnown bit = 0;

    IF XACT_STATE() = -1
        THROW 50102, N'TRANSACTION_DOOMED: the transaction can only be rolled back.', 1;

    SELECT @UserId = NULLIF(TRIM(@UserId), N''), @Email = NULLIF(TRIM(@Email), N''),
           @PaymentFingerprint = NULLIF(TRIM(@PaymentFingerprint), N''),
           @CountryCode = NULLIF(UPPER(TRIM(@CountryCode)), N'');
    IF @UserId IS NULL
        THROW 50001, N'ARG_REQUIRED: @UserId is required.', 1;
    IF LEN(@UserId) > 100
        THROW 50008, N'ARG_TOO_LONG: @UserId is longer than 100 characters.', 1;
    IF @Email NOT LIKE N'_%@_%' OR @Email LIKE N'%@%@%'
        THROW 50005, N'ARG_BAD_CODE: @Email is not an e-mail address.', 1;
    IF @CountryCode COLLATE Latin1_General_100_BIN2 NOT LIKE N'[A-Z][A-Z]'
        THROW 50005, N'ARG_BAD_CODE: @CountryCode is not two letters.', 1;

    -- One mailbox, one form: no +tag, and no dots where the provider ignores them.
    SELECT @Local = LOWER(LEFT(@Email, CHARINDEX(N'@', @Email) - 1)),
           @Domain = LOWER(SUBSTRING(@Email, CHARINDEX(N'@', @Email) + 1, 254))
    WHERE @Email IS NOT NULL;
    IF CHARINDEX(N'+', @Local) > 1
        SET @Local = LEFT(@Local, CHARINDEX(N'+', @Local) - 1);
    IF @Domain IN (N'gmail.com', N'googlemail.com')
        SET @Local = REPLACE(@Local, N'.', N'');
    SET @Normalised = @Local + N'@' + @Domain;

    BEGIN TRY
        IF @IsOwn = 1
            BEGIN TRANSACTION;

        -- UPDLOCK, HOLDLOCK: the row, or its absence, stays as read until the end.
        SELECT @IsKnown = 1, @OldEmail = p.Email, @OldVerified = p.EmailVerified,
               @OldHasMethod = p.HasPaymentMethod, @OldPayment = p.PaymentFingerprint,
               @OldCountry = p.CountryCode, @OldFirst = p.FirstPurchaseAt
        FROM dbo.UserProfiles AS p WITH (UPDLOCK, HOLDLOCK)
        WHERE p.UserId = @UserId;

        SELECT @Now = SYSUTCDATETIME(), @IsNew = IIF(@IsKnown = 1, 0, 1),
               @Email = COALESCE(@Email, @OldEmail),
               @EmailVerified = COALESCE(@EmailVerified, @OldVerified, 0),
               @HasPaymentMethod = COALESCE(@HasPaymentMethod, @OldHasMethod, 0),
               @PaymentFingerprint = COALESCE(@PaymentFingerprint, @OldPayment),
               @CountryCode = COALESCE(@CountryCode, @OldCountry),
               @FirstPurchaseAt = IIF(@OldFirst <= @FirstPurchaseAt OR @FirstPurchaseAt IS NULL,
                                      @OldFirst, @FirstPurchaseAt);
        IF @IsKnown = 1
            SET @Before = (SELECT @OldEmail AS email, @OldVerified AS emailVerified,
                                  @OldHasMethod AS hasPaymentMethod,
                                  @OldPayment AS paymentFingerprint, @OldCountry AS countryCode,
                                  @OldFirst AS firstPurchaseAt
                           FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);
        SET @After = (SELECT @Email AS email, @EmailVerified AS emailVerified,
                             @HasPaymentMethod AS hasPaymentMethod,
                             @PaymentFingerprint AS paymentFingerprint,
                             @CountryCode AS countryCode, @FirstPurchaseAt AS firstPurchaseAt
                      FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES);

        IF EXISTS (SELECT 1 FROM dbo.UserProfiles AS p
                   WHERE p.Email = @Email AND p.UserId <> @UserId)
            SET @ErrorCode = N'EMAIL_IN_USE';
        ELSE IF @IsNew = 1
            INSERT INTO dbo.UserProfiles
                (UserId, Email, NormalisedEmail, EmailVerified, HasPaymentMethod,
                 PaymentFingerprint, CountryCode, FirstPurchaseAt, CreatedAt, UpdatedAt)
            VALUES
                (@UserId, @Email, @Normalised, @EmailVerified, @HasPaymentMethod,
                 @PaymentFingerprint, @CountryCode, @FirstPurchaseAt, @Now, @Now);
        ELSE IF @After COLLATE Latin1_General_100_BIN2 <> @Before
            UPDATE dbo.UserProfiles
            SET Email = @Email, NormalisedEmail = COALESCE(@Normalised, NormalisedEmail),
                EmailVerified = @EmailVerified, HasPaymentMethod = @HasPaymentMethod,
                PaymentFingerprint = @PaymentFingerprint, CountryCode = @CountryCode,
                FirstPurchaseAt = @FirstPurchaseAt, UpdatedAt = @Now
            WHERE UserId = @UserId;
        ELSE
            SET @After = NULL;  -- the present state again

        IF @ErrorCode IS NULL AND @After IS NOT NULL
            EXEC dbo.sp_i_Audit
                 @Action = N'user.upsert', @EntityType = N'user', @EntityId = @UserId,
                 @SubjectUserId = @UserId, @BeforeJson = @Before, @AfterJson = @After,
                 @Now = @Now;

        IF @IsOwn = 1
            COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @IsOwn = 1 AND XACT_STATE() <> 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH;

    SELECT CAST(IIF(@ErrorCode IS NULL, 1, 0) AS bit) AS Success, @ErrorCode AS ErrorCode,
           IIF(@ErrorCode IS NULL, N'Saved.', N'Another profile has this e-mail address.')
               AS Message,
           IIF(@ErrorCode IS NULL, @IsNew, NULL) AS IsNew;
END;
