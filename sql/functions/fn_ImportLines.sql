/*
dbo.fn_ImportLines: the rows of an import as its procedures hand them to each other, typed; of what
dbo.fn_ImportRows read, with CouponId and IsNew where it is decided what is done with them.
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER FUNCTION dbo.fn_ImportLines(@LinesJson nvarchar(max))
RETURNS TABLE
AS
RETURN
    SELECT
        j.RowNo,
        j.Code COLLATE Latin1_General_100_BIN2 AS Code,
        j.CouponId,
        j.IsNew,
        j.DiscountType COLLATE Latin1_General_100_BIN2 AS DiscountType,
        j.CouponType COLLATE Latin1_General_100_BIN2 AS CouponType,
        j.DiscountValue,
        j.ValidFrom,
        j.InternalName,
        j.Description,
        j.MaxUses,
        j.ExpiresAt,
        j.ApplicableTo COLLATE Latin1_General_100_BIN2 AS ApplicableTo,
        j.CampaignSource,
        j.ErrorCode,
        j.Message
    FROM OPENJSON(@LinesJson) WITH (
        RowNo int '$.rowNo',
        Code nvarchar(200) '$.code',
        CouponId bigint '$.couponId',
        IsNew bit '$.isNew',
        DiscountType nvarchar(20) '$.discountType',
        CouponType nvarchar(30) '$.couponType',
        DiscountValue decimal(10, 2) '$.discountValue',
        ValidFrom datetime2(3) '$.validFrom',
        InternalName nvarchar(100) '$.internalName',
        Description nvarchar(1000) '$.description',
        MaxUses int '$.maxUses',
        ExpiresAt datetime2(3) '$.expiresAt',
        ApplicableTo nvarchar(30) '$.applicableTo',
        CampaignSource nvarchar(100) '$.campaignSource',
        ErrorCode nvarchar(50) '$.errorCode',
        Message nvarchar(400) '$.message'
    ) AS j;
GO
