"""What a careless borrower leaves on a connection, and how one looks that comes back clean."""

from __future__ import annotations

DIRTY = [
    "CREATE TABLE #Left (Id int)",
    "SET LOCK_TIMEOUT 5000",
    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "EXEC sys.sp_set_session_context @key = N'borrower', @value = N'somebody'",
    "EXEC sys.sp_getapplock @Resource = N'left', @LockMode = 'Exclusive', @LockOwner = 'Session'",
    "BEGIN TRANSACTION",
    "CREATE TABLE dbo.NeverCommitted (Id int)",
]
LOOK = """
SELECT @@SPID, OBJECT_ID(N'tempdb..#Left'), @@LOCK_TIMEOUT,
    (SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = @@SPID),
    CONVERT(nvarchar(20), SESSION_CONTEXT(N'borrower')),
    APPLOCK_MODE(N'public', N'left', N'Session'), @@TRANCOUNT, OBJECT_ID(N'dbo.NeverCommitted')
"""
"""The first column is the session's number: only the same session can have been cleaned."""

CLEAN = [True, None, -1, 2, None, "NoLock", 0, None]
"""What LOOK finds, the number replaced by whether it is that of the borrower."""
