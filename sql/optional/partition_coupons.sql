/*
dbo.Coupons in partitions by campaign, for databases of more than ten million codes
(couponry db partition). A boundary is the CampaignId of a large campaign: its partition begins
there and ends before the next boundary.

PK_Coupons and UQ_Coupons_CouponCode stay nonclustered and in one piece, not aligned: a code and an
id are unique over all partitions. Partitions are therefore not switched.

The boundaries stand in #Boundaries, which the session makes before. Runs in one transaction, needs
the table for itself, room for a second copy of it and of its indexes, and log for both. Repeated
with the same boundaries it changes nothing; new boundaries are added, and cost nothing as long as
their campaigns have no codes. Boundaries are never taken away.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

SET NOCOUNT, XACT_ABORT ON;

DECLARE @CampaignId nvarchar(100);
-- What was done, for the caller.
DECLARE @Done TABLE (StepNo int IDENTITY(1, 1) NOT NULL PRIMARY KEY, Step nvarchar(200) NOT NULL);

IF OBJECT_ID(N'tempdb..#Boundaries', N'U') IS NULL
    CREATE TABLE #Boundaries (
        CampaignId nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY
    );
IF NOT EXISTS (SELECT 1 FROM #Boundaries AS b)
BEGIN
    THROW 50001, N'ARG_REQUIRED: #Boundaries (CampaignId) has to be filled before.', 1;
END;

-- The parameter has the collation of the column, else the table cannot lie on the scheme.
IF NOT EXISTS (SELECT 1 FROM sys.partition_functions AS f WHERE f.name = N'PF_CouponsCampaign')
BEGIN
    CREATE PARTITION FUNCTION PF_CouponsCampaign (nvarchar(100) COLLATE Latin1_General_100_BIN2)
        AS RANGE RIGHT FOR VALUES ();
    INSERT INTO @Done (Step) VALUES (N'created PF_CouponsCampaign');
END;

IF NOT EXISTS (SELECT 1 FROM sys.partition_schemes AS s WHERE s.name = N'PS_CouponsCampaign')
BEGIN
    CREATE PARTITION SCHEME PS_CouponsCampaign
        AS PARTITION PF_CouponsCampaign ALL TO ([PRIMARY]);
    INSERT INTO @Done (Step) VALUES (N'created PS_CouponsCampaign');
END;

-- One after the other: a boundary is split off at a time, and each needs a place named before.
WHILE 1 = 1
BEGIN
    SELECT @CampaignId = MIN(b.CampaignId)
    FROM #Boundaries AS b
    WHERE NOT EXISTS (
        SELECT 1
        FROM sys.partition_functions AS f
        INNER JOIN sys.partition_range_values AS r ON r.function_id = f.function_id
        WHERE f.name = N'PF_CouponsCampaign'
              AND CAST(r.value AS nvarchar(100)) COLLATE Latin1_General_100_BIN2 = b.CampaignId
    );
    IF @CampaignId IS NULL
        BREAK;

    ALTER PARTITION SCHEME PS_CouponsCampaign NEXT USED [PRIMARY];
    ALTER PARTITION FUNCTION PF_CouponsCampaign() SPLIT RANGE (@CampaignId);
    INSERT INTO @Done (Step) VALUES (CONCAT(N'added boundary ', @CampaignId));
END;

IF NOT EXISTS (
    SELECT 1 FROM sys.indexes AS i
    WHERE i.object_id = OBJECT_ID(N'dbo.Coupons', N'U') AND i.name = N'CIX_Coupons'
)
BEGIN
    -- They refer to the key that is made anew.
    ALTER TABLE dbo.CampaignCoupons DROP CONSTRAINT FK_CampaignCoupons_Coupons;
    ALTER TABLE dbo.CouponCounterStripes DROP CONSTRAINT FK_CouponCounterStripes_Coupons;
    ALTER TABLE dbo.CouponTargets DROP CONSTRAINT FK_CouponTargets_Coupons;
    ALTER TABLE dbo.CouponTranslations DROP CONSTRAINT FK_CouponTranslations_Coupons;
    ALTER TABLE dbo.CouponUserUsage DROP CONSTRAINT FK_CouponUserUsage_Coupons;
    ALTER TABLE dbo.CouponValidationRules DROP CONSTRAINT FK_CouponValidationRules_Coupons;
    ALTER TABLE dbo.DiscountTiers DROP CONSTRAINT FK_DiscountTiers_Coupons;
    ALTER TABLE dbo.Reservations DROP CONSTRAINT FK_Reservations_Coupons;

    -- An index that is disabled is not rebuilt twice: as the clustered one goes and as it comes.
    ALTER INDEX UQ_Coupons_CouponCode ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_CampaignId ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_IsRedeemed ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_ExpiresAt ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_RedeemedBy ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_AssignedTo ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_GenerationBatchId ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_HandMade ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_SearchKey ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_PartnerId ON dbo.Coupons DISABLE;
    ALTER INDEX IX_Coupons_TemplateId ON dbo.Coupons DISABLE;

    ALTER TABLE dbo.Coupons DROP CONSTRAINT PK_Coupons;

    -- Unique, so that no hidden number is added to tell equal keys apart.
    CREATE UNIQUE CLUSTERED INDEX CIX_Coupons
        ON dbo.Coupons (CampaignId, CouponId)
        ON PS_CouponsCampaign (CampaignId);

    -- Without the place, an index of a partitioned table would be partitioned as well.
    ALTER TABLE dbo.Coupons
        ADD CONSTRAINT PK_Coupons PRIMARY KEY NONCLUSTERED (CouponId) ON [PRIMARY];

    -- They stay where they were: in one piece.
    ALTER INDEX UQ_Coupons_CouponCode ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_CampaignId ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_IsRedeemed ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_ExpiresAt ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_RedeemedBy ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_AssignedTo ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_GenerationBatchId ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_HandMade ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_SearchKey ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_PartnerId ON dbo.Coupons REBUILD;
    ALTER INDEX IX_Coupons_TemplateId ON dbo.Coupons REBUILD;

    -- WITH CHECK, so that they are trusted: sp_VerifyInstallation looks at it.
    ALTER TABLE dbo.CampaignCoupons WITH CHECK
        ADD CONSTRAINT FK_CampaignCoupons_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.CouponCounterStripes WITH CHECK
        ADD CONSTRAINT FK_CouponCounterStripes_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.CouponTargets WITH CHECK
        ADD CONSTRAINT FK_CouponTargets_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.CouponTranslations WITH CHECK
        ADD CONSTRAINT FK_CouponTranslations_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.CouponUserUsage WITH CHECK
        ADD CONSTRAINT FK_CouponUserUsage_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.CouponValidationRules WITH CHECK
        ADD CONSTRAINT FK_CouponValidationRules_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.DiscountTiers WITH CHECK
        ADD CONSTRAINT FK_DiscountTiers_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);
    ALTER TABLE dbo.Reservations WITH CHECK
        ADD CONSTRAINT FK_Reservations_Coupons
        FOREIGN KEY (CouponId) REFERENCES dbo.Coupons (CouponId);

    INSERT INTO @Done (Step) VALUES (N'moved dbo.Coupons to PS_CouponsCampaign');
END;

SELECT d.Step
FROM @Done AS d
ORDER BY d.StepNo;
GO
