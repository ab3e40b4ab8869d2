"""Logins: they are the server's, so they are kept in master."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..credentials import check_password, hash_password
from ..postgres.databases import MASTER
from ..postgres.statement import Statement
from ..tsql.ddl import LoginAction
from ..tsql.errors import SqlError

if TYPE_CHECKING:
    from .session import Session


class Logins:
    """The logins of the server, as one session may change them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def exists(self, name: str) -> bool:
        rows = await self._master("SELECT 1 FROM tsql.logins WHERE lower(name) = lower($1)", name)
        return bool(rows)

    async def _master(self, sql: str, *values: str | None) -> list[tuple[bytes | None, ...]]:
        pool = self.session.factory.pool
        connection = await pool.acquire(MASTER)
        try:
            [result] = await connection.run(
                [
                    Statement(
                        sql, tuple(None if value is None else value.encode() for value in values)
                    )
                ]
            )
            if result.error is not None:
                raise await self.session.translate(result.error)
            return result.rows
        finally:
            await pool.release(connection)

    async def carry_out(self, action: LoginAction) -> None:
        exists = await self.exists(action.name)
        if action.kind == "CREATE":
            if exists:
                raise SqlError(15025, f"The server principal '{action.name}' already exists.")
            await self._master(
                "INSERT INTO tsql.logins (name, password, default_database, disabled)"
                " VALUES ($1, $2, $3, false)",
                action.name,
                hash_password(action.password or ""),
                action.default_database or "master",
            )
            return
        if not exists:
            if action.if_exists:
                return
            raise SqlError(
                15151,
                f"Cannot {action.kind.lower()} the login '{action.name}', because it does not exist"
                " or you do not have permission.",
            )
        if action.kind == "DROP":
            await self._master("DELETE FROM tsql.logins WHERE lower(name) = lower($1)", action.name)
            return
        if action.old_password is not None:
            [row] = await self._master(
                "SELECT password FROM tsql.logins WHERE lower(name) = lower($1)", action.name
            )
            if not check_password(action.old_password, (row[0] or b"").decode()):
                raise SqlError(15151, f"Cannot alter the login '{action.name}': wrong password.")
        await self._master(
            "UPDATE tsql.logins SET password = coalesce($2, password), default_database ="
            " coalesce($3, default_database), disabled = coalesce($4::bool, disabled), name ="
            " coalesce($5, name) WHERE lower(name) = lower($1)",
            action.name,
            hash_password(action.password) if action.password is not None else None,
            action.default_database,
            None if action.disabled is None else str(action.disabled).lower(),
            action.new_name,
        )
