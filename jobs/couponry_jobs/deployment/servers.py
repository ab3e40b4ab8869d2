"""Databases and the identities that may enter them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from couponry_jobs.connection import Database
from couponry_jobs.errors import DatabaseFault
from couponry_jobs.settings import Settings

TIMEOUT = 300
EXISTS = 1801
AZURE_SQL = 5
"""the engine edition of Azure SQL's databases"""
ROLES: Mapping[str, str] = {
    "service": "coupon_service",
    "job": "coupon_job",
    "ops": "coupon_ops",
    "reader": "coupon_reader",
}


def create_database(settings: Settings, name: str) -> bool:
    """Create the database if the server does not have it; tells whether it did."""
    with Database(settings.with_database("master")) as master:
        found = master.execute("SELECT 1 AS Found FROM sys.databases WHERE name = ?", [name])
        if found and len(found[0]):
            return False
        try:
            master.execute(f"CREATE DATABASE {quote_name(name)}", timeout=TIMEOUT)
        except DatabaseFault as error:
            # Another installation was a moment quicker.
            if error.number != EXISTS:
                raise
            return False
    return True


def drop_database(settings: Settings, name: str) -> None:
    """Drop the database with everything in it, whoever is still connected."""
    with Database(settings.with_database("master")) as master:
        found = master.execute("SELECT 1 AS Found FROM sys.databases WHERE name = ?", [name])
        if not found or not len(found[0]):
            return
        edition = master.execute("SELECT CAST(SERVERPROPERTY('EngineEdition') AS int) AS Edition")
        if edition[0].rows != ((AZURE_SQL,),):
            # Azure SQL does not know SINGLE_USER: it ends the connections by itself.
            alone = f"ALTER DATABASE {quote_name(name)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE"
            master.execute(alone)
        master.execute(f"DROP DATABASE {quote_name(name)}", timeout=TIMEOUT)


def user_statements(members: Mapping[str, Sequence[str]]) -> list[tuple[str, str, str]]:
    """For each identity and its role: the identity's name, and the two statements it takes."""
    return [
        (
            name,
            f"CREATE USER {quote_name(name)} FROM EXTERNAL PROVIDER",
            f"ALTER ROLE {quote_name(ROLES[role])} ADD MEMBER {quote_name(name)}",
        )
        for role, names in members.items()
        for name in names
    ]


def create_users(database: Database, members: Mapping[str, Sequence[str]]) -> list[str]:
    """Users for identities, in their roles; those that exist are kept. Returns the new ones."""
    created: list[str] = []
    with database.session() as session:
        for name, create, add in user_statements(members):
            found = session.execute(
                "SELECT 1 AS Found FROM sys.database_principals WHERE name = ?", [name]
            )
            if not found or not len(found[0]):
                session.execute(create)
                created.append(name)
            session.execute(add)
    return created


def quote_name(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"
