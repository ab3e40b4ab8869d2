"""Statements that the session carries out itself: definitions, USE, EXECUTE AS, TRUNCATE, KILL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..postgres.databases import (
    DatabaseError,
    DatabaseExists,
    DatabaseInUse,
    DatabaseMissing,
    identifier,
)
from ..postgres.statement import Statement
from ..tsql import tree
from ..tsql.catalog import Catalog
from ..tsql.compiler.locks import compiled_level
from ..tsql.compiler.modules import compile_function
from ..tsql.compiler.parameters import parameter_docs
from ..tsql.compiler.shapes import function_doc, table_scalar, view_doc
from ..tsql.compiler.trees import TREE
from ..tsql.ddl import DatabaseAction, DdlPlan, compile_ddl, object_steps
from ..tsql.ddl.columns import entry
from ..tsql.errors import NotSupported, SqlError
from ..tsql.names import quote, schema_of
from ..tsql.plan import Plan
from . import permissions, standing
from .conflicts import definition_conflict
from .database import Resolve, plan_place
from .endings import kill
from .faults import compiling
from .logins import Logins
from .settings import require_quoted_identifiers
from .takeover import take_over
from .temporaries import of_session
from .writer import Writer

if TYPE_CHECKING:
    from .session import Session

CAUTION = "Caution: Changing any part of an object name could break scripts and stored procedures."
STAYING_SECONDS, LEAVING_SECONDS, LOOK_SECONDS = 2.0, 60.0, 0.02
"""How long a database in use may be about to be left by clients that talk, and by those gone."""

DEFERRED = (208, 2812)
"""A procedure may name what does not exist yet: it is missed when the procedure runs."""


class Definitions:
    """Carries out the definitions of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.logins = Logins(session)
        self._fresh: Plan | None = None
        """the plan of the procedure that is being defined"""

    async def run(self, node: tree.Statement, argument: str | None, writer: Writer) -> None:
        session = self.session
        match node:
            case tree.Use():
                await self._use(node, writer)
            case tree.ExecuteAs():
                await self._execute_as(node, argument or "")
            case tree.SetOption(names=["TRANSACTION ISOLATION LEVEL"]):
                await self._isolation(node)
            case tree.SetOption():
                session.state.implicit_transactions = node.value.upper() == "ON"
            case tree.Kill():
                await kill(session, node)
            case tree.Revert():
                if session.impersonated:
                    session.principal = session.impersonated.pop()
                    await session.tell_facts()
            case _:
                if isinstance(node, tree.AlterDatabase) and session.state.trancount > 0:
                    raise not_in_transaction("ALTER DATABASE")
                if not session.state.quoted_identifier:
                    require_quoted_identifiers(node)
                own = of_session(node)
                if not own:
                    permissions.require_owner(session, node)
                if own and isinstance(node, tree.CreateTable):
                    await session.temporaries.make_room(node.name)
                self._fresh = None
                try:
                    plan = self._compile(node, await session.catalog())
                    try:
                        await self._carry_out(node, plan, writer, temporary=own)
                    except SqlError as error:
                        definition_conflict(error, node)
                        raise
                    if isinstance(node, tree.Rename):
                        writer.response.info(15477, 1, 0, CAUTION)
                    if isinstance(node, tree.Module):
                        await self._keep(node)
                finally:
                    if own:
                        await session.temporaries.changed()

    async def _keep(self, node: tree.Module) -> None:
        """What has been parsed and compiled to define a module serves whoever uses it, too."""
        found = (await self.session.catalog()).object(node.name)
        if found is None or found.definition != node.text:
            return
        found.cache.setdefault(TREE, node)
        if self._fresh is not None:
            found.cache.setdefault(plan_place(self._fresh.isolation), self._fresh)

    async def _isolation(self, node: tree.SetOption) -> None:
        state = self.session.state
        level = node.value.upper()
        if state.snapshot and state.trancount > 0 and level != "SNAPSHOT":
            if not state.untouched:
                raise NotSupported("leaving SNAPSHOT inside of a transaction", node.line, node.col)
            # A pool that sets the level back, over a driver that begins before each statement.
            await self.session.connection.run([Statement("ROLLBACK"), Statement("BEGIN")])
            state.snapshot = False
            state.pg_lock_timeout = None
            state.told_isolation = "" if state.tells_isolation else state.told_isolation
        state.isolation = level

    async def _use(self, node: tree.Use, writer: Writer) -> None:
        session = self.session
        if session.state.trancount > 0:
            raise not_in_transaction("USE")
        if session.temporaries.tables:
            raise NotSupported("USE while there are temporary tables", node.line, node.col)
        old = session.database.name
        await session.enter(node.database)
        new = session.database.name
        writer.response.env_database(new, old)
        writer.response.info(5701, 2, 0, f"Changed database context to '{new}'.")

    async def _execute_as(self, node: tree.ExecuteAs, name: str) -> None:
        session = self.session
        if not session.principal.is_owner:
            raise missing_principal(name)
        found = await permissions.principal_named(session.connection, name)
        if found is None:
            raise missing_principal(name)
        session.impersonated.append(session.principal)
        session.principal = found
        await session.tell_facts()

    # ------------------------------------------------------------ compiling

    def _compile(self, node: tree.Statement, catalog: Catalog) -> DdlPlan:
        with compiling(type(node).__name__):
            return self._compiled(node, catalog)

    def _compiled(self, node: tree.Statement, catalog: Catalog) -> DdlPlan:
        if isinstance(node, tree.CreateProcedure):
            return self._procedure(node, catalog)
        try:
            if isinstance(node, tree.CreateView):
                doc = view_doc(node, full(node), catalog)
                return DdlPlan(object_steps(node, "V", doc, catalog))
            if isinstance(node, tree.CreateFunction):
                return self._function(node, catalog)
        except SqlError as error:
            assert isinstance(node, tree.Module)
            error.procedure = error.procedure or full(node)
            raise
        return compile_ddl(node, catalog, table_scalar(catalog))

    def _procedure(self, node: tree.CreateProcedure, catalog: Catalog) -> DdlPlan:
        """A procedure is compiled now, so that what the stand-in does not know is said now."""
        try:
            level = compiled_level(self.session.state.isolation, catalog)
            self._fresh = self.session.database.compile(node, full(node), catalog, level)
        except SqlError as error:
            if error.number not in DEFERRED:
                error.procedure = error.procedure or full(node)
                raise
        doc = {"parameters": parameter_docs(node.parameters, catalog)}
        return DdlPlan(object_steps(node, "P", doc, catalog))

    def _function(self, node: tree.CreateFunction, catalog: Catalog) -> DdlPlan:
        doc = function_doc(node, full(node), catalog)
        if node.query is not None:
            return DdlPlan(object_steps(node, "IF", doc, catalog))
        sql = f"{quote(schema_of(node.name))}.{quote(node.name.last)}"
        resolve = Resolve(self.session.database, catalog)
        code = compile_function(node, sql, full(node), catalog, resolve)
        doc[standing.USES] = code.uses
        steps = standing.made(code, schema_of(node.name), node.name.last)
        kind = "FN"
        if node.table is not None:
            kind = "TF"
            doc["columns"] = [
                entry(each.name, place, each.type, each.nullable)
                for place, each in enumerate(code.columns, 1)
            ]
        alone = standing.unreferenced(schema_of(node.name), node.name.last)
        # A schema that does not exist is missed before PostgreSQL misses it.
        return DdlPlan([alone, *object_steps(node, kind, doc, catalog), *steps])

    # ------------------------------------------------------------ carrying out

    async def _carry_out(
        self, node: tree.Statement, plan: DdlPlan, writer: Writer, *, temporary: bool
    ) -> None:
        session = self.session
        if plan.database_action is not None:
            await self._database(plan.database_action)
            return
        if plan.required_login is not None and not await self.logins.exists(plan.required_login):
            raise SqlError(
                15007,
                f"'{plan.required_login}' is not a valid login or you do not have permission.",
            )
        if plan.login_action is not None:
            await self.logins.carry_out(plan.login_action)
        if not plan.steps:
            return
        connection = session.connection
        database = session.database
        borrowed = None
        if plan.database is not None and plan.database.lower() != database.name.lower():
            database = await session.factory.database(plan.database)
        if plan.row_versioning is not None:
            versioned = not (await database.fresh()).readers_wait
            if versioned != plan.row_versioning:
                await take_over(session, database, plan.termination, writer)
        if plan.single_user:
            await take_over(session, database, plan.termination, writer)
        if database is not session.database:
            borrowed = await session.factory.pool.acquire(database.pg_name)
            connection = borrowed
        try:
            own = borrowed is not None or not session.in_pg_transaction
            before = Statement("BEGIN") if own else Statement("SAVEPOINT _definition")
            statements = [before]
            statements += [
                Statement(
                    step.text,
                    tuple(None if each is None else each.encode() for each in step.params),
                    prepare=False,
                )
                for step in plan.steps
            ]
            results = await connection.run(statements)
            undo = Statement("ROLLBACK" if own else "ROLLBACK TO SAVEPOINT _definition")
            problem = next((each.error for each in results if each.error is not None), None)
            if problem is not None:
                await connection.run([undo])
                raise await session.translate(problem, node.line, node.col)
            if not temporary and borrowed is None:
                try:
                    await standing.follow(session, connection, await session.catalog())
                except SqlError:
                    await connection.run([undo])
                    raise
            await connection.run([Statement("COMMIT" if own else "RELEASE SAVEPOINT _definition")])
        finally:
            if borrowed is not None:
                await session.factory.pool.release(borrowed)
                database.stale = True
        if not temporary:
            await session.defined()

    async def _database(self, action: DatabaseAction) -> None:
        session = self.session
        if session.state.trancount > 0:
            raise not_in_transaction(f"{action.kind} DATABASE")
        databases = session.factory.databases
        for name in action.names:
            try:
                if action.source is not None:
                    await session.factory.rest(action.source)
                    await self._left(action.source)
                    await databases.create_database(name, action.source)
                elif action.kind == "CREATE":
                    await databases.create_database(name)
                else:
                    await session.factory.rest(name)
                    await self._left(name)
                    await databases.drop_database(name)
                    await session.factory.forget(name)
            except DatabaseExists:
                raise SqlError(
                    1801,
                    f"Database '{name}' already exists. Choose a different database name.",
                    state=3,
                ) from None
            except DatabaseInUse as problem:
                if action.source is None:
                    raise SqlError(3702, str(problem)) from None
                raise NotSupported(f"a copy of {action.source} while it is in use") from None
            except DatabaseMissing:
                if action.source is not None:
                    raise SqlError(
                        40561,
                        "Database copy failed. Either the source or target database does not"
                        " exist.",
                    ) from None
                if not action.if_exists:
                    raise SqlError(
                        3701,
                        f"Cannot drop the database '{name}', because it does not exist or you do"
                        " not have permission.",
                        severity=11,
                    ) from None
            except DatabaseError as problem:
                raise SqlError(3702 if action.kind == "DROP" else 1802, str(problem)) from None

    async def _left(self, name: str) -> None:
        """Clients that have just hung up may still be on their way out."""
        factory, pg_name, waited = self.session.factory, identifier(name), 0.0
        while factory.pool.in_use(pg_name) and waited < LEAVING_SECONDS:
            if waited > STAYING_SECONDS and any(
                each.is_alive and each.database.pg_name == pg_name for each in factory.sessions
            ):
                return
            await asyncio.sleep(LOOK_SECONDS)
            waited += LOOK_SECONDS


def full(node: tree.Module) -> str:
    return f"{schema_of(node.name)}.{node.name.last}"


def not_in_transaction(statement: str) -> SqlError:
    return SqlError(226, f"{statement} statement not allowed within multi-statement transaction.")


def missing_principal(name: str) -> SqlError:
    return SqlError(
        15517,
        f'Cannot execute as the database principal because the principal "{name}" does not exist,'
        " this type of principal cannot be impersonated, or you do not have permission.",
    )
