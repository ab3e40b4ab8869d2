SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Recounts one coupon, campaign, user or balance, and audits what was corrected, and what
           is above its limit.
Called by: sp_ReconcileCounters, one transaction each.
Locks:     those of the entity (L2, L5, L6 or L3 or L4 or L2, L10); L11: AuditLog, OutboxEvents.
Returns:   @RowsJson as sp_i_ReconcileUser.
Throws:    nothing of its own.
Replay:    harmless.
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_ReconcileOne
    @EntityType nvarchar(40),
    @EntityId nvarchar(201),
    @Fix bit,
    @RowsJson nvarchar(max) OUTPUT
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;
    DECLARE @Now datetime2(3), @CouponId bigint, @Id nvarchar(120) = LEFT(@EntityId, 120),
            @Subject nvarchar(100), @Before nvarchar(max), @After nvarchar(max),
            @Above nvarchar(max);

    IF @EntityType = N'coupon'
    BEGIN
        SET @CouponId = CAST(@EntityId AS bigint);
        EXEC dbo.sp_i_ReconcileCoupon @CouponId = @CouponId, @Fix = @Fix,
             @RowsJson = @RowsJson OUTPUT;
        SELECT @Id = c.CouponCode FROM dbo.Coupons AS c WHERE c.CouponId = @CouponId;
    END;
    ELSE IF @EntityType = N'campaign'
        EXEC dbo.sp_i_ReconcileCampaign @CampaignId = @Id, @Fix = @Fix,
             @RowsJson = @RowsJson OUTPUT;
    ELSE IF @EntityType = N'user'
        EXEC dbo.sp_i_ReconcileUser @UserId = @Id, @Fix = @Fix, @RowsJson = @RowsJson OUTPUT;
    ELSE
        EXEC dbo.sp_i_ReconcileCredit @UserId = @Id, @Fix = @Fix, @RowsJson = @RowsJson OUTPUT;

    IF @RowsJson IS NULL OR @Fix = 0
        RETURN;

    SELECT @Now = SYSUTCDATETIME(), @Subject = IIF(@EntityType IN (N'user', N'credit'), @Id, NULL);
    SET @Before = (SELECT j.entity, j.[counter], j.stored AS [value]
                   FROM OPENJSON(@RowsJson) WITH (
                       entity nvarchar(201) '$.entity', [counter] nvarchar(40) '$.counter',
                       stored decimal(14,2) '$.stored', kept decimal(14,2) '$.kept') AS j
                   WHERE j.stored <> j.kept
                   FOR JSON PATH);
    SET @After = (SELECT j.entity, j.[counter], j.kept AS [value]
                  FROM OPENJSON(@RowsJson) WITH (
                      entity nvarchar(201) '$.entity', [counter] nvarchar(40) '$.counter',
                      stored decimal(14,2) '$.stored', kept decimal(14,2) '$.kept') AS j
                  WHERE j.stored <> j.kept
                  FOR JSON PATH);
    SET @Above = (SELECT j.[counter], j.actual, j.kept AS limit
                  FROM OPENJSON(@RowsJson) WITH (
                      [counter] nvarchar(40) '$.counter', actual decimal(14,2) '$.actual',
                      kept decimal(14,2) '$.kept') AS j
                  WHERE j.actual <> j.kept
                  FOR JSON PATH);

    IF @After IS NOT NULL
        EXEC dbo.sp_i_Audit
             @Action = N'reconcile.correct', @EntityType = @EntityType, @EntityId = @Id,
             @BeforeJson = @Before, @AfterJson = @After, @SubjectUserId = @Subject, @Now = @Now;
    IF @Above IS NOT NULL
        EXEC dbo.sp_i_Audit
             @Action = N'reconcile.over_limit', @EntityType = @EntityType, @EntityId = @Id,
             @AfterJson = @Above, @SubjectUserId = @Subject, @Now = @Now;
END;
