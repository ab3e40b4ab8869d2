"""One client's session: its PostgreSQL connection, its settings, and its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..access_tokens import Identity
from ..postgres.connection import Connection, ConnectionLost
from ..postgres.result import PgError
from ..postgres.statement import Statement
from ..serving import Flush, HangUp, RequestCancelled, SessionKilled
from ..tds import (
    Attention,
    Batch,
    Bulk,
    Event,
    Login,
    Response,
    Rpc,
    TransactionRequest,
    Unsendable,
)
from ..tsql import tree
from ..tsql.catalog import Catalog, ObjectDoc
from ..tsql.compiler.calls import system_name
from ..tsql.compiler.locks import compiled_level
from ..tsql.errors import NotSupported, SqlError, placed
from ..tsql.plan import Plan, PlanParameter
from ..tsql.quoting import with_names_quoted
from ..tsql.refused_procedures import REFUSED_PROCEDURES
from . import permissions, procedures
from .arguments import Argument, Bound, bind
from .bulk import BulkLoads
from .catalogue import read_catalog
from .database import Database
from .definitions import Definitions
from .ends import Cancelled
from .faults import compiling
from .outcome import error_from
from .requests import Requests
from .settings import require_settings
from .state import Principal, State
from .temporaries import SESSION, Temporaries
from .texts import no_procedure
from .transactions import ROLLBACK, Transactions

if TYPE_CHECKING:
    from .factory import SessionFactory

ERROR_OF = (
    "SELECT number::text, severity::text, state::text, message FROM"
    " tsql.error_of($1, $2, $3, $4, $5, $6, $7, $8)"
)


class Session:
    """What stands behind a connection once the client has logged in."""

    def __init__(
        self,
        factory: SessionFactory,
        login: str,
        spid: int,
        facts: Login,
        hang_up: HangUp,
        identity: Identity | None = None,
    ) -> None:
        self.factory = factory
        self.login = login
        self.identity = identity
        """whom an access token names; None for SQL logins"""
        self.spid = spid
        self.host = facts.host
        self.application = facts.application
        self.state = State()
        self.connection: Connection
        self.database: Database
        self.principal = Principal(login, "dbo", True)
        self.impersonated: list[Principal] = []
        self.home = ""
        """the database of the login: a reset goes back there"""
        self.own_catalog: Catalog | None = None
        self.transactions = Transactions(self)
        self.temporaries = Temporaries(self)
        self.definitions = Definitions(self)
        self.requests = Requests(self)
        self.bulk = BulkLoads(self)
        self._entered = False
        self._hang_up = hang_up
        self.cancelled = False

    # ------------------------------------------------------------ the server's calls

    async def handle(self, event: Event, response: Response, flush: Flush) -> None:
        """Answer one request; whatever goes wrong in it is told to the client."""
        self.cancelled = False
        try:
            await self._answer(event, response, flush)
        except ConnectionLost as problem:
            raise SessionKilled(str(problem)) from None

    async def _answer(self, event: Event, response: Response, flush: Flush) -> None:
        is_reset = False
        if isinstance(event, (Batch, Rpc, TransactionRequest, Bulk)) and event.reset is not None:
            keep = event.reset == "connection_skip_tran"
            await self.reset(keep_transaction=keep)
            response.reset_ack()
            is_reset = not keep
        if not isinstance(event, Bulk):
            self.bulk.forget()
        try:
            if is_reset and self.database.name != self.home:
                old = self.database.name
                await self.enter(self.home)
                response.env_database(self.database.name, old)
            match event:
                case Rpc():
                    await self.requests.rpc(event, response, flush)
                case Batch():
                    await self.requests.batch(event, response, flush)
                case TransactionRequest():
                    await self.transactions.request(event, response)
                case Bulk():
                    await self.bulk.load(event, response, flush)
                case _:
                    assert not isinstance(event, Attention)
            await self._end_request()
        except SqlError as error:
            response.error(
                error.number,
                error.state,
                error.severity,
                error.message,
                error.procedure,
                max(error.line, 1),
            )
            response.done(error=True, in_transaction=self.state.trancount > 0)
            await self._end_request()
        except Unsendable as problem:
            await self.transactions.lost_over_a_value(problem, response)
            await self._end_request()
        except Cancelled:
            await self._end_request()
            raise RequestCancelled from None

    async def _end_request(self) -> None:
        """What procedures and texts of the request have made for themselves ends with it."""
        if self.temporaries.used and self.temporaries.tables:
            await self.temporaries.keep(SESSION)

    async def cancel(self) -> None:
        self.cancelled = True
        if self._entered:
            await self.connection.cancel()

    async def close(self) -> None:
        if self._entered:
            self._entered = False
            await self.factory.pool.release(self.connection)

    # ------------------------------------------------------------ database and identity

    @property
    def is_alive(self) -> bool:
        return self._entered and not self.connection.closed

    def is_in(self, database: Database) -> bool:
        return self.is_alive and self.database is database

    async def enter(self, name: str) -> None:
        """Go into a database: another PostgreSQL connection, the login's user there."""
        if not await self.factory.databases.database_exists(name):
            raise SqlError(
                911,
                f"Database '{name}' does not exist. Make sure that the name is entered correctly.",
            )
        database = await self.factory.database(name)
        connection = await self.factory.pool.acquire(database.pg_name)
        try:
            principal = await permissions.principal_of(connection, self.login, self.identity)
            if principal is None:
                raise SqlError(
                    916,
                    f'The server principal "{self.login}" is not able to access the database'
                    f' "{database.name}" under the current security context.',
                    severity=14,
                )
        except BaseException:
            await self.factory.pool.release(connection)
            raise
        if self._entered:
            await self.factory.pool.release(self.connection)
        else:
            self.home = database.name
        self.connection, self.database = connection, database
        connection.ended = self._hang_up
        self.principal = principal
        self.impersonated.clear()
        self.own_catalog = None
        self._entered = True
        self.state.pg_lock_timeout = -1
        self.state.told_isolation = "READ COMMITTED"
        await self.tell_facts()

    async def tell_facts(self) -> None:
        """Let the runtime know what ORIGINAL_LOGIN(), USER_NAME() … answer."""
        facts = {
            "tsql.login": self.principal.login,
            "tsql.user": self.principal.user,
            "tsql.original_login": self.login,
            "tsql.database": self.database.name,
            "tsql.app": self.application,
            "tsql.host": self.host,
            "tsql.spid": str(self.spid),
            "application_name": f"session {self.spid}",
        }
        names = list(facts)
        calls = ", ".join(f"set_config('{name}', ${i}, false)" for i, name in enumerate(names, 1))
        values = tuple(facts[name].encode() for name in names)
        await self.connection.run([Statement(f"SELECT {calls}", values)])

    async def reset(self, *, keep_transaction: bool = False) -> None:
        """A pooled connection comes back to its client's pool: forget the settings."""
        if not keep_transaction:
            if self.in_pg_transaction:
                await self.connection.run([ROLLBACK])
            self.state.ended(rolled_back=True)
            self.transactions.forget()
            self.own_catalog = None
        while self.impersonated:
            self.principal = self.impersonated.pop(0)
            self.impersonated.clear()
        self.requests.prepared.forget()
        self.state.reset()
        if keep_transaction:
            await self.temporaries.keep()
        else:
            await self.connection.reset()
            self.temporaries.forget()
            self.state.pg_lock_timeout = -1
            self.state.told_isolation = "READ COMMITTED"
            self.state.tells_isolation = False
        await self.tell_facts()

    @property
    def in_pg_transaction(self) -> bool:
        return self.connection.in_transaction

    # ------------------------------------------------------------ plans

    @property
    def settled(self) -> Catalog | None:
        """The catalogue where it is everybody's and nothing has to be waited for, else None."""
        if self.own_catalog is not None or self.temporaries.used:
            return None
        return self.database.settled

    async def catalog(self) -> Catalog:
        """The catalogue as this session sees it: with its own uncommitted definitions."""
        if self.own_catalog is not None:
            return await self.temporaries.over(self.own_catalog)
        return await self.temporaries.over(await self.database.fresh())

    async def defined(self) -> None:
        """This session has changed the catalogue."""
        self.database.stale = True
        if self.in_pg_transaction:
            known = await self.database.fresh() if self.own_catalog is None else self.own_catalog
            self.own_catalog = await read_catalog(self.connection, known)
            self.database.stale = True

    async def batch_plan(
        self, text: str, parameters: list[PlanParameter], key: str, part: int = 0
    ) -> Plan:
        """The plan of a batch, or of the part of it that follows its ``part``-th USE."""
        catalog = await self.catalog()
        implicit = self.state.implicit_transactions
        if not self.state.quoted_identifier:
            text = with_names_quoted(text, quoted=False)
        with compiling(text):
            plan = self.database.batch(
                text,
                parameters,
                key,
                catalog,
                part=part,
                implicit=implicit,
                isolation=compiled_level(self.state.isolation, catalog),
                own=self.temporaries.plans,
            )
        await self.check(plan.needs, catalog)
        if not self.state.quoted_identifier:
            require_settings(plan.needs, catalog)
        return plan

    async def check(self, needs: frozenset[tuple[int, str]], catalog: Catalog) -> None:
        if not self.principal.is_owner and needs:
            await permissions.check(self, needs, catalog)

    async def ensure(self, plan: Plan) -> None:
        known = self.settled or await self.catalog()
        if plan.created_for is not known:
            await self.database.ensure(plan, known)

    async def resolve_call(
        self, name: tree.Name, arguments: list[Argument], *, checked: bool
    ) -> tuple[Plan, Bound]:
        """The plan and bound arguments of EXEC name; ``checked``: EXECUTE is asked of the user."""
        catalog = await self.catalog()
        found = self.find_procedure(name, catalog)
        if found is None:
            known = system_name(name)
            if known is not None and known in procedures.SYSTEM:
                return await procedures.SYSTEM[known](self, arguments)
            if known is not None and known.upper() in REFUSED_PROCEDURES:
                raise NotSupported(f"the procedure {name.last}", name.line, name.col)
            raise no_procedure(name, catalog.object(name))
        if checked:
            await self.check(frozenset({(found.object_id, "EXECUTE")}), catalog)
        with compiling(found.full_name):
            level = compiled_level(self.state.isolation, catalog)
            plan = self.database.procedure(found, catalog, level)
        return plan, bind(plan, arguments)

    def find_procedure(self, name: tree.Name, catalog: Catalog) -> ObjectDoc | None:
        if len(name.parts) > 3:
            raise NotSupported("a linked server", name.line, name.col)
        if len(name.parts) == 3 and name.parts[0].lower() not in ("", self.database.name.lower()):
            if name.parts[0].lower() != "master":
                raise NotSupported("a name of another database", name.line, name.col)
            return None
        found = catalog.object(name)
        return found if found is not None and found.type == "P" else None

    # ------------------------------------------------------------ errors

    async def translate(self, problem: PgError, line: int = 1, col: int = 1) -> SqlError:
        """SQL Server's error for one of PostgreSQL's; a refusal names this place."""
        fields = (
            problem.sqlstate,
            problem.message,
            problem.detail,
            problem.schema,
            problem.table,
            problem.column,
            problem.constraint,
            problem.datatype,
        )
        [result] = await self.connection.run(
            [Statement(ERROR_OF, tuple(field.encode() for field in fields))]
        )
        if result.error is not None:
            raise ConnectionLost(f"{result.error} while translating {problem}")
        row = [None if value is None else value.decode() for value in result.rows[0]]
        return placed(error_from([*row, "", "1"]), line, col)
