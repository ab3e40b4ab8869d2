"""Names of SQL Server 2000's catalogue views."""

from __future__ import annotations

OLD_VIEWS = frozenset(
    [
        "sysaltfiles",
        "syscolumns",
        "syscomments",
        "sysconstraints",
        "sysdatabases",
        "sysdepends",
        "sysfiles",
        "sysfilegroups",
        "sysforeignkeys",
        "sysindexes",
        "sysindexkeys",
        "syslogins",
        "sysmembers",
        "sysmessages",
        "sysobjects",
        "sysperfinfo",
        "syspermissions",
        "sysprocesses",
        "sysprotects",
        "sysreferences",
        "sysservers",
        "systypes",
        "sysusers",
    ]
)
"""Views of SQL Server 2000, which answer without a schema, too; refused by name."""
