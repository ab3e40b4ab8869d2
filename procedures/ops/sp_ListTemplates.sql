SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

/*
Purpose:   Lists all templates, also those that are not active.
Called by: coupon_ops
Locks:     none
Returns:   rows TemplateId, Name, Category, DefaultsJson, IsActive, CreatedAt, CreatedBy, UpdatedAt,
           UpdatedBy, by category and name
Throws:    nothing
Replay:    reads only
*/
CREATE OR ALTER PROCEDURE dbo.sp_ListTemplates
AS
BEGIN
    SET NOCOUNT, XACT_ABORT ON;

    SELECT t.TemplateId, t.Name, t.Category, t.DefaultsJson, t.IsActive, t.CreatedAt, t.CreatedBy,
           t.UpdatedAt, t.UpdatedBy
    FROM dbo.CouponTemplates AS t
    ORDER BY t.Category, t.Name;
END;
