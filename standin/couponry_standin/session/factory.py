"""Logins: who may enter, and the databases that all sessions share."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakSet

from ..access_tokens import Identity, TokenRefused, Verifier
from ..credentials import check_password
from ..postgres.connection import Connection, ConnectionLost
from ..postgres.databases import MASTER, Databases, identifier
from ..postgres.pool import Pool, PoolExhausted
from ..postgres.statement import Statement
from ..serving import HangUp
from ..tds import SECURITY_TOKEN, FederatedLogin, Login, Response
from ..tsql.errors import NotSupported, SqlError
from .database import Database
from .endings import LAST, LAST_OF_THE_SYSTEM
from .session import Session

log = logging.getLogger(__name__)

LOGIN_OF = (
    "SELECT name, password, default_database, disabled FROM tsql.logins"
    " WHERE lower(name) = lower($1)"
)


TOKEN_USER = "<token-identified principal>"


def login_failed(user: str) -> SqlError:
    return SqlError(18456, f"Login failed for user '{user}'.", severity=14)


ENGLISH = ("", "us_english", "english")


def refused_wish(login: Login) -> str:
    """What LOGIN7 asks for besides, in words, if it would change how texts are read or more."""
    if login.language.lower() not in ENGLISH:
        return f"the language {login.language} at the login: dates are read as in us_english"
    if login.attach_file:
        return "attaching a database file at the login (AttachDbFileName)"
    return "a change of the password at the login" if login.change_password else ""


class SessionFactory:
    """Makes a session for each login."""

    def __init__(self, pool: Pool, databases: Databases, verifier: Verifier | None = None) -> None:
        self.pool = pool
        self._verifier = verifier
        self.databases = databases
        self._open: dict[str, Database] = {}
        self._opening = asyncio.Lock()
        self._spid = LAST_OF_THE_SYSTEM
        self.sessions: WeakSet[Session] = WeakSet()

    async def login(self, login: Login, response: Response, hang_up: HangUp) -> Session | None:
        """Welcome a client, or write why not and give None."""
        try:
            return await self._welcome(login, response, hang_up)
        except SqlError as error:
            response.error(error.number, error.state, error.severity, error.message)
        except PoolExhausted as problem:
            response.error(17809, 1, 20, str(problem))
        except ConnectionLost as problem:
            log.warning("PostgreSQL refused a connection: %s", problem)
            response.error(17197, 1, 20, "Login failed: the engine's storage is not available.")
        response.done(error=True)
        return None

    async def _welcome(self, login: Login, response: Response, hang_up: HangUp) -> Session:
        if login.mars:
            raise NotSupported(
                "several active statements on one connection: connect without MARS"
                " (MARS_Connection=no, MultipleActiveResultSets=False)"
            )
        if wish := refused_wish(login):
            raise NotSupported(wish)
        if login.integrated:
            raise SqlError(
                18452,
                "Login failed. The login is from an untrusted domain and cannot be used with"
                " Integrated authentication.",
                severity=14,
            )
        identity = None
        if login.federated is not None:
            identity = self._identity(login, login.federated)
            name, default = identity.login, MASTER
        else:
            name, default = await self._check(login)
        shown = login.user if identity is None else TOKEN_USER
        wanted = login.database or default
        if not await self.databases.database_exists(wanted):
            response.error(
                4060,
                1,
                11,
                f'Cannot open database "{wanted}" requested by the login. The login failed.',
            )
            raise login_failed(shown)
        session = Session(self, name, self.free_number(), login, hang_up, identity)
        self.sessions.add(session)
        try:
            await session.enter(wanted)
        except SqlError as error:
            await session.close()
            if identity is None:
                response.error(error.number, error.state, error.severity, error.message)
            else:
                log.warning(
                    "no user for the access token of %r (%s) in database %r",
                    identity.name,
                    ", ".join(map(str, identity.ids)),
                    wanted,
                )
            raise login_failed(shown) from None
        except BaseException:
            # Somebody took the database meanwhile, or PostgreSQL ended: nothing stays lent.
            await session.close()
            raise
        response.login_ack(login, database=session.database.name)
        return session

    def free_number(self) -> int:
        """A session id that no session has. It is a smallint: after the last the first come."""
        used = {each.spid for each in self.sessions}
        while True:
            self._spid = self._spid + 1 if self._spid < LAST else LAST_OF_THE_SYSTEM + 1
            if self._spid not in used:
                return self._spid

    def _identity(self, login: Login, given: FederatedLogin) -> Identity:
        """Whom the access token names. The log says what is wrong with one; the client is not told.

        No text of the token goes into the log.
        """
        try:
            if not login.encrypted:
                raise TokenRefused("it came without encryption")
            if given.library != SECURITY_TOKEN:
                raise TokenRefused(
                    "the client wants to be told where to get one: let it fetch the token itself"
                    " and log in with that"
                )
            if self._verifier is None:
                raise TokenRefused("the engine was started without --token-issuer-key")
            return self._verifier.identity(given.token)
        except TokenRefused as problem:
            log.warning("an access token was refused: %s", problem)
            raise login_failed(TOKEN_USER) from None

    async def _check(self, login: Login) -> tuple[str, str]:
        """(the login as it is spelled, its default database), or error 18456."""
        connection = await self.pool.acquire(MASTER)
        try:
            [found] = await connection.run([Statement(LOGIN_OF, (login.user.encode(),))])
        finally:
            await self.pool.release(connection)
        refused = login_failed(login.user)
        if found.error is not None:
            raise ConnectionLost(str(found.error))
        if not found.nrows:
            raise refused
        name, password, default, disabled = ((value or b"").decode() for value in found.rows[0])
        if disabled == "t" or not check_password(login.password, password):
            raise refused
        return name, default or MASTER

    # ------------------------------------------------------------ databases

    async def database(self, name: str) -> Database:
        """The shared database of this name, which must exist."""
        pg_name = identifier(name)
        # One at a time: two first sessions at once would open it twice, and one of the two would
        # keep its connection for ever.
        async with self._opening:
            found = self._open.get(pg_name)
            if found is None:
                spelling = await self._spelling(pg_name, name)
                found = Database(spelling, pg_name, self.pool)
                await found.open()
                self._open[pg_name] = found
        return found

    async def _spelling(self, pg_name: str, given: str) -> str:
        connection: Connection = await self.pool.acquire(pg_name)
        try:
            [found] = await connection.run(
                [Statement("SELECT value FROM tsql.options WHERE name = 'name'")]
            )
        finally:
            await self.pool.release(connection)
        if found.error is None and found.nrows and found.value() is not None:
            return (found.value() or b"").decode()
        return given

    async def rest(self, name: str) -> None:
        """A database is to be copied or dropped: no connection is kept that no session asks for."""
        found = self._open.get(identifier(name))
        if found is not None:
            await found.close()

    async def forget(self, name: str) -> None:
        """A database was dropped: let go of it."""
        found = self._open.pop(identifier(name), None)
        if found is not None:
            await found.close()
