/*
dbo.vw_AccessLists: who is blocked, watched or trusted, removed entries included. Addresses, user
agents, devices and payment methods are personal data: only operators see them whole (coupon_ops,
db_owner and dbo; IS_ROLEMEMBER knows no membership of dbo itself, and is NULL for a role that does
not exist).
*/
SET ANSI_NULLS ON;
SET QUOTED_IDENTIFIER ON;
GO

CREATE OR ALTER VIEW dbo.vw_AccessLists
AS
SELECT
    a.EntryId,
    a.ListKind,
    a.SubjectKind,
    IIF(m.IsMasked = 1, CONCAT(LEFT(a.SubjectValue, 3), NCHAR(8230)), a.SubjectValue)
        AS SubjectValue,
    a.Reason,
    a.ExpiresAt,
    a.CreatedBy,
    a.CreatedAt,
    a.IsActive
FROM dbo.AccessLists AS a
CROSS APPLY (
    SELECT
        CASE
            WHEN a.SubjectKind NOT IN (N'ip', N'user_agent', N'device', N'payment_method') THEN 0
            WHEN IS_ROLEMEMBER(N'coupon_ops') = 1 THEN 0
            WHEN IS_ROLEMEMBER(N'db_owner') = 1 OR USER_NAME() = N'dbo' THEN 0
            ELSE 1
        END AS IsMasked
) AS m;
GO
