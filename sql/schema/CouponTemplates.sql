/*
dbo.CouponTemplates: named sets of coupon attributes to start a new coupon from.

Written by: sp_SaveTemplate, the reference seed.
Read by:    sp_ListTemplates, sp_CreateCouponFromTemplate.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE TABLE dbo.CouponTemplates
(
    TemplateId int IDENTITY (1, 1) NOT NULL,
    Name nvarchar(100) NOT NULL,
    Category nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL
        CONSTRAINT DF_CouponTemplates_Category DEFAULT (N'general'),
    DefaultsJson nvarchar(max) NOT NULL,
    IsActive bit NOT NULL CONSTRAINT DF_CouponTemplates_IsActive DEFAULT (1),
    CreatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CouponTemplates_CreatedAt DEFAULT (SYSUTCDATETIME()),
    CreatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,
    UpdatedAt datetime2(3) NOT NULL
        CONSTRAINT DF_CouponTemplates_UpdatedAt DEFAULT (SYSUTCDATETIME()),
    UpdatedBy nvarchar(100) COLLATE Latin1_General_100_BIN2 NULL,

    CONSTRAINT PK_CouponTemplates PRIMARY KEY CLUSTERED (TemplateId),
    CONSTRAINT UQ_CouponTemplates_Name UNIQUE NONCLUSTERED (Name),
    CONSTRAINT CK_CouponTemplates_Category CHECK (
        Category IN (
            N'general', N'seasonal', N'holiday'
        )
    ),
    CONSTRAINT CK_CouponTemplates_DefaultsJson_IsJson CHECK (ISJSON(DefaultsJson) = 1)
);
GO
