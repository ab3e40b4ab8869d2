"""A T-SQL database as the server sees it: its catalogue, its compiled code, its plans."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

from ..postgres.connection import Connection
from ..postgres.pool import Pool
from ..postgres.statement import Statement
from ..tsql import tree
from ..tsql.catalog import Catalog, ObjectDoc
from ..tsql.compiler.calls import system_name
from ..tsql.compiler.coverage import Coverage
from ..tsql.compiler.modules import compile_batch, compile_procedure
from ..tsql.compiler.trees import definition
from ..tsql.errors import NotSupported, SqlError
from ..tsql.plan import Code, Composite, Plan, PlanParameter
from .arguments import array_text
from .catalogue import read_catalog
from .faults import not_compiled
from .parsed import parsed
from .parts import bound_early, parts

log = logging.getLogger(__name__)

BATCHES_KEPT = 2000

BatchKey = tuple[str, str, int, bool, str]
"""Text, declarations of parameters, part, whether transactions begin by themselves, isolation."""

Plans = OrderedDict[BatchKey, tuple[Catalog, Plan]]
"""Plans of batches, the one that was wanted last at the end, each with a catalogue it is for."""

BATCH_FUNCTIONS = (
    "SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n"
    " ON n.oid = p.pronamespace WHERE n.nspname = 'tsql_code' AND p.proname LIKE 'batch\\_%'"
)


class Database:
    """Shared by all sessions of one database."""

    def __init__(self, name: str, pg_name: str, pool: Pool) -> None:
        self.name = name
        self.pg_name = pg_name
        self.pool = pool
        self.catalog = Catalog(name)
        self.stale = True
        self._offered: list[Catalog] = []
        self._reading = asyncio.Lock()
        self._created: set[str] = set()
        self._batches: Plans = OrderedDict()
        self.compiled = 0
        """how many procedures and parts of batches have been compiled so far"""
        self._admin: Connection | None = None

    async def open(self) -> None:
        """Drop the code of batches that an earlier run left behind; modules' code is kept."""
        admin = await self._connection()
        [found] = await admin.run([Statement(BATCH_FUNCTIONS, prepare=False)])
        names = [(row[0] or b"").decode() for row in found.rows]
        for start in range(0, len(names), 200):
            chunk = ", ".join(names[start : start + 200])
            await admin.run([Statement(f"DROP FUNCTION {chunk}", prepare=False)])
        [known] = await admin.run(
            [
                Statement(
                    "SELECT p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON"
                    " n.oid = p.pronamespace WHERE n.nspname = 'tsql_code' UNION ALL"
                    " SELECT t.typname FROM pg_type AS t JOIN pg_namespace AS n"
                    " ON n.oid = t.typnamespace WHERE n.nspname = 'tsql_code'",
                    prepare=False,
                )
            ]
        )
        self._created = {f'tsql_code."{(row[0] or b"").decode()}"' for row in known.rows}

    async def close(self) -> None:
        if self._admin is not None:
            admin, self._admin = self._admin, None
            await self.pool.release(admin)

    async def _connection(self) -> Connection:
        if self._admin is not None and self._admin.closed:
            # Given back, or it would count as in use for ever.
            await self.close()
        if self._admin is None:
            self._admin = await self.pool.acquire(self.pg_name)
        return self._admin

    # ------------------------------------------------------------ the catalogue

    @property
    def settled(self) -> Catalog | None:
        """The committed catalogue; None where it has to be read, or waited for."""
        return None if self.stale or self._reading.locked() else self.catalog

    async def fresh(self) -> Catalog:
        """The committed catalogue."""
        known = self.settled
        if known is not None:
            return known
        # Who comes while it is read waits: the one before may lack all that it is asked for.
        async with self._reading:
            if self.stale:
                self.stale = False
                try:
                    known = self.catalog, *self._offered
                    self.catalog = await read_catalog(await self._connection(), *known)
                    self._offered.clear()
                except BaseException:
                    self.stale = True
                    raise
        return self.catalog

    def offer(self, catalog: Catalog) -> None:
        """The catalogue of a transaction that has ended: what it has committed is known already."""
        self.stale = True
        self._offered.append(catalog)

    # ------------------------------------------------------------ plans

    def procedure(self, found: ObjectDoc, catalog: Catalog, isolation: str = "") -> Plan:
        """The plan of a procedure, compiled when it is first wanted and when it is out of date."""
        place = plan_place(isolation)
        plan = found.cache.get(place)
        if isinstance(plan, Plan) and (
            found.cache.get(f"{place} catalog") is catalog or is_current(plan, catalog)
        ):
            found.cache[f"{place} catalog"] = catalog
            return plan
        node = definition(found)
        if not isinstance(node, tree.CreateProcedure):
            raise SqlError(2812, f"Could not find stored procedure '{found.full_name}'.")
        found.cache["compiling"] = True
        try:
            plan = self.compile(node, found.full_name, catalog, isolation)
        finally:
            found.cache.pop("compiling", None)
        found.cache[place] = plan
        found.cache[f"{place} catalog"] = catalog
        return plan

    def compile(
        self, node: tree.CreateProcedure, full_name: str, catalog: Catalog, isolation: str = ""
    ) -> Plan:
        self.compiled += 1
        resolve = Resolve(self, catalog, isolation)
        plan = compile_procedure(node, full_name, catalog, resolve, isolation=isolation)
        plan.provisional = plan.provisional or resolve.missed
        return plan

    def batch(
        self,
        text: str,
        parameters: list[PlanParameter],
        key: str,
        catalog: Catalog,
        *,
        part: int = 0,
        implicit: bool = False,
        isolation: str = "",
        own: Plans,
    ) -> Plan:
        """The plan of a batch, or of one of the parts that USE cuts it into.

        ``own``: what the session keeps for itself, because it names temporary tables of its own.
        """
        place = (text, key, part, implicit, isolation)
        for kept in (own, self._batches):
            known = kept.get(place)
            if known is not None and (known[0] is catalog or is_current(known[1], catalog)):
                kept.move_to_end(place)
                return known[1]
        self.compiled += 1
        every = parts(parsed(text), whole=bool(parameters))
        resolve = Resolve(self, catalog, isolation)
        if part == 0 and len(every) > 1:
            _bind_early(every, catalog, resolve)
        plan = compile_batch(
            every[part], parameters, catalog, resolve, implicit=implicit, isolation=isolation
        )
        if part + 1 < len(every):
            plan.following = text, key, part + 1
        kept = own if any(each < 0 for each in plan.depends) else self._batches
        kept[place] = (catalog, plan)
        while len(kept) > BATCHES_KEPT:
            kept.popitem(last=False)
        return plan

    async def ensure(self, plan: Plan, catalog: Catalog) -> None:
        """Create the PostgreSQL functions that the plan needs, those it calls directly included."""
        if plan.created_for is catalog:
            return
        missing: list[Composite | Code] = []
        self._collect(plan, catalog, missing, set())
        if not missing:
            plan.created_for = catalog
            return
        admin = await self._connection()
        statements: list[Statement] = []
        for each in missing:
            statements.append(Statement(each.text, prepare=False, sync=True))
            if isinstance(each, Code):
                bare = each.name.partition(".")[2].strip('"')
                lines, cols = (
                    "{" + ",".join(map(str, numbers)) + "}" for numbers in (each.lines, each.cols)
                )
                owners = array_text(list(each.owners)) if each.owners else None
                statements.append(
                    Statement(
                        "INSERT INTO tsql.code_lines VALUES ($1, $2, $3::int4[], $4::text[],"
                        " $5::int4[])"
                        " ON CONFLICT (function_name) DO NOTHING",
                        (
                            *(bare.encode(), each.module.encode(), lines.encode()),
                            *(owners, cols.encode()),
                        ),
                        sync=True,
                    )
                )
        results = await admin.run(statements)
        for statement, result in zip(statements, results, strict=True):
            if result.error is not None and result.error.sqlstate != "42710":
                log.error("code that PostgreSQL refuses: %s\n%s", result.error, statement.sql)
                raise not_compiled()
        self._created.update(each.name for each in missing)

    def _collect(
        self, plan: Plan, catalog: Catalog, missing: list[Composite | Code], seen: set[int]
    ) -> None:
        if id(plan) in seen:
            return
        seen.add(id(plan))
        for each in (*plan.composites, *plan.code, *plan.inline_code):
            if each.name not in self._created:
                missing.append(each)
        for object_id in plan.depends:
            found = catalog.by_id(object_id)
            if found is not None and found.type == "P":
                try:
                    called = self.procedure(found, catalog, plan.isolation)
                except SqlError:
                    # It is called through the session, which says so when it comes to that.
                    continue
                self._collect(called, catalog, missing, seen)


class Resolve:
    """What compilations ask about procedures, over one state of the catalogue."""

    def __init__(self, database: Database, catalog: Catalog, isolation: str = "") -> None:
        self.isolation = isolation
        self.database = database
        self.catalog = catalog
        self.missed = False
        """a procedure that was asked for does not exist yet, or stands on such a one"""

    def find(self, name: tree.Name) -> ObjectDoc | None:
        found = self.catalog.object(name)
        if found is None and system_name(name) is None:
            self.missed = True
        return found if found is not None and found.type == "P" else None

    def plan(self, found: ObjectDoc) -> Plan:
        if found.cache.get("compiling"):
            raise NotSupported("a recursive direct call")
        plan = self.database.procedure(found, self.catalog, self.isolation)
        self.missed = self.missed or plan.provisional
        return plan

    def is_direct(self, node: tree.Execute, coverage: Coverage) -> bool:
        if node.procedure is None:
            return False
        found = self.find(node.procedure)
        if found is None:
            return node.procedure.last.lower() in ("sp_getapplock", "sp_releaseapplock")
        if found.cache.get("compiling") or not (coverage.inline or coverage.is_quiet):
            return False
        plan = self.plan(found)
        if plan.inline is None:
            return False
        # What only reads can be called anywhere; what writes wants to be undone with its caller.
        return (
            coverage.inline
            or not plan.inline_writes
            or (coverage.abort_mode and not coverage.in_handler and coverage.is_covered(node))
        )


def _bind_early(every: list[tree.Batch], catalog: Catalog, resolve: Resolve) -> None:
    """207, 213: columns that later parts name, and that are not there when the batch begins."""
    for each in bound_early(every, lambda name: catalog.object(name) is not None):
        try:
            compile_batch(each, [], catalog, resolve)
        except SqlError as error:
            # Others may be mended by what runs before: a table that is yet to be made.
            if error.number in (207, 213):
                raise


def plan_place(isolation: str) -> str:
    """Where a procedure keeps its plan."""
    return f"plan {isolation}"


def is_current(plan: Plan, catalog: Catalog) -> bool:
    if plan.provisional:
        # What was missing may exist now, and then it is called directly.
        return False
    for object_id, stamp in plan.depends.items():
        found = catalog.by_id(object_id)
        if found is None or found.stamp != stamp:
            return False
    return True
