SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Changes and inserts the codes of one portion of an import. What the file leaves out
           stays, and so does a type that goes with the new discount.
Called by: sp_i_WriteImport, which keeps the portions small enough not to lock the table
Locks:     L3 held by the caller
Returns:   nothing
Throws:    nothing of its own
Replay:    values that are there already write nothing
*/
CREATE OR ALTER PROCEDURE dbo.sp_i_WriteImportRows
    @CampaignId nvarchar(100),
    @LinesJson nvarchar(max),
    @ActivateImmediately bit,
    @Actor nvarchar(200),
    @Now datetime2(3)
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    DECLARE @Lines TABLE (
        RowNo int NOT NULL PRIMARY KEY,
        Code nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
        CouponId bigint NULL,
        IsNew bit NOT NULL,
        DiscountType nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
        CouponType nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
        DiscountValue decimal(10,2) NULL, ValidFrom datetime2(3) NULL,
        InternalName nvarchar(100) NULL, Description nvarchar(1000) NULL, MaxUses int NULL,
        ExpiresAt datetime2(3) NULL,
        ApplicableTo nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
        CampaignSource nvarchar(100) NULL);

    INSERT INTO @Lines
        (RowNo, Code, CouponId, IsNew, DiscountType, CouponType, DiscountValue, ValidFrom,
         InternalName, Description, MaxUses, ExpiresAt, ApplicableTo, CampaignSource)
    SELECT j.RowNo, j.Code, j.CouponId, j.IsNew, j.DiscountType, j.CouponType, j.DiscountValue,
           j.ValidFrom, j.InternalName, j.Description, j.MaxUses, j.ExpiresAt, j.ApplicableTo,
           j.CampaignSource
    FROM dbo.fn_ImportLines(@LinesJson) AS j;

    -- A limit that was met and is raised opens the code again; one lowered to its use closes it.
    UPDATE k
    SET InternalName = COALESCE(l.InternalName, k.InternalName),
        CouponType = IIF(k.DiscountType = l.DiscountType, k.CouponType, l.CouponType),
        DiscountType = l.DiscountType, DiscountValue = l.DiscountValue,
        MaxUses = m.MaxUses, ValidFrom = l.ValidFrom,
        ExpiresAt = COALESCE(l.ExpiresAt, k.ExpiresAt),
        ApplicableTo = COALESCE(l.ApplicableTo, k.ApplicableTo),
        CampaignSource = COALESCE(l.CampaignSource, k.CampaignSource),
        Description = COALESCE(l.Description, k.Description),
        IsActive = IIF(@ActivateImmediately = 1, 1, k.IsActive),
        UsedCount = n.UsedCount, ReservedCount = n.ReservedCount, IsRedeemed = m.Fills,
        RedeemedAt = CASE WHEN m.Fills = 0 THEN NULL
                          WHEN k.IsRedeemed = 1 THEN k.RedeemedAt
                          ELSE COALESCE(k.LastUsedAt, @Now) END,
        RedeemedBy = IIF(m.Fills = 0, NULL, k.RedeemedBy),
        LimitEventAt = IIF(m.Fills = 0, NULL, k.LimitEventAt),
        ExpiryNotifiedAt = IIF(l.ExpiresAt IS NULL OR l.ExpiresAt = k.ExpiresAt,
                               k.ExpiryNotifiedAt, NULL),
        ExpiredEventAt = IIF(l.ExpiresAt IS NULL OR l.ExpiresAt = k.ExpiresAt,
                             k.ExpiredEventAt, NULL),
        UpdatedAt = @Now, UpdatedBy = @Actor
    FROM dbo.Coupons AS k
    INNER JOIN @Lines AS l ON l.CouponId = k.CouponId
    CROSS APPLY dbo.fn_CouponCounters(k.CouponId) AS n
    CROSS APPLY (SELECT COALESCE(l.MaxUses, k.MaxUses) AS MaxUses,
                        IIF(n.UsedCount >= COALESCE(l.MaxUses, k.MaxUses), 1, 0) AS Fills) AS m
    WHERE EXISTS (
          SELECT l.DiscountType, l.DiscountValue, l.ValidFrom, m.MaxUses,
                 COALESCE(l.InternalName, k.InternalName) COLLATE Latin1_General_100_BIN2,
                 COALESCE(l.ExpiresAt, k.ExpiresAt), COALESCE(l.ApplicableTo, k.ApplicableTo),
                 COALESCE(l.CampaignSource, k.CampaignSource) COLLATE Latin1_General_100_BIN2,
                 COALESCE(l.Description, k.Description) COLLATE Latin1_General_100_BIN2,
                 IIF(@ActivateImmediately = 1, CAST(1 AS bit), k.IsActive)
          EXCEPT
          SELECT k.DiscountType, k.DiscountValue, k.ValidFrom, k.MaxUses,
                 k.InternalName COLLATE Latin1_General_100_BIN2, k.ExpiresAt, k.ApplicableTo,
                 k.CampaignSource COLLATE Latin1_General_100_BIN2,
                 k.Description COLLATE Latin1_General_100_BIN2, k.IsActive);

    INSERT INTO dbo.Coupons
        (CouponCode, CampaignId, ExpiresAt, CreatedAt, CouponType, DiscountType, DiscountValue,
         MaxUses, ValidFrom, IsActive, InternalName, Description, ApplicableTo, CampaignSource,
         CreatedBy, UpdatedAt, UpdatedBy)
    SELECT l.Code, @CampaignId, l.ExpiresAt, @Now, l.CouponType, l.DiscountType,
           l.DiscountValue, l.MaxUses, l.ValidFrom, @ActivateImmediately, l.InternalName,
           l.Description, COALESCE(l.ApplicableTo, N'all'), l.CampaignSource, @Actor, @Now,
           @Actor
    FROM @Lines AS l
    WHERE l.IsNew = 1;
END;
