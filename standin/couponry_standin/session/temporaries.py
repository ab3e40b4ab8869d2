"""Temporary tables of a session: who made them, which of them a name means, when they end.

PostgreSQL keeps them (``pg_temp``), and what T-SQL knows of them beside them, so that ROLLBACK
brings both back together. A table ends with the procedure or dynamic text that made it, or with the
session; while it lives, an outer table of the same name steps aside under another one.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING

from ..postgres.statement import Statement
from ..tsql import tree
from ..tsql.catalog import Catalog, ObjectDoc
from ..tsql.names import TEMPORARY, is_temporary
from .database import Plans

if TYPE_CHECKING:
    from .session import Session

SESSION = 0
"""The scope of what the batches of the client make: it ends with the session."""

OBJECTS = (
    "SELECT object_id, name, type, parent_object_id, doc::text, modify_date::text"
    " FROM tsql.temporary_objects()"
)
RENAME = "SELECT tsql.rename_temporary($1::int4, $2, $3)"
FORGET = "DELETE FROM pg_temp.tsql_objects WHERE $1::int4 IN (object_id, parent_object_id)"
ASIDE = "|"
"""Stands in the name of a table that another one hides, before its number."""


class Temporaries:
    """The temporary tables of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.scope = SESSION
        """where a table that is made now belongs"""
        self._objects: list[ObjectDoc] = []
        self._scopes: dict[int, int] = {}
        self._last_scope = SESSION
        self._rollbacks = 0
        self._overlay: tuple[Catalog, Catalog] | None = None
        self.plans: Plans = OrderedDict()
        """of texts that name these tables: another session means its own by the same names"""

    @property
    def tables(self) -> list[ObjectDoc]:
        return [each for each in self._objects if each.type == "U"]

    @property
    def used(self) -> bool:
        """False while there was none since the connection was reset."""
        return bool(self._scopes)

    def new_scope(self) -> int:
        self._last_scope += 1
        return self._last_scope

    def forget(self) -> None:
        """The connection has been reset: nothing is left."""
        self._objects.clear()
        self._scopes.clear()
        self._overlay = None
        self.plans.clear()

    # ------------------------------------------------------------ what names mean

    async def over(self, catalog: Catalog) -> Catalog:
        """The catalogue with the temporary tables that the session sees now."""
        await self._follow_rollbacks()
        if not self._objects:
            return catalog
        if self._overlay is None or self._overlay[0] is not catalog:
            self._overlay = catalog, catalog.overlaid(self._objects)
        return self._overlay[1]

    async def make_room(self, name: tree.Name) -> None:
        """A table is about to be made: one of that name in an outer scope steps aside."""
        found = self._visible(name.last)
        if found is not None and self._scopes[found.object_id] != self.scope:
            await self._rename(found, f"{found.name}{ASIDE}{found.object_id}")
            await self._read()

    def _visible(self, name: str) -> ObjectDoc | None:
        return next((each for each in self.tables if each.name.lower() == name.lower()), None)

    # ------------------------------------------------------------ changes

    async def changed(self) -> None:
        """Read anew what there is; a table that nothing hides any more comes back."""
        await self._read()
        for each in sorted(self.tables, key=lambda table: table.object_id):
            name, aside, _ = each.name.partition(ASIDE)
            if aside and self._visible(name) is None:
                await self._rename(each, name)
                await self._read()

    async def keep(self, *alive: int) -> None:
        """Drop the tables of all scopes but these."""
        await self._follow_rollbacks()
        dead = [each for each in self.tables if self._scopes[each.object_id] not in alive]
        if not dead or self.session.connection.closed:
            return
        for each in dead:
            identity = str(each.object_id).encode()
            await self._run(Statement(f"DROP TABLE {each.sql}", prepare=False))
            await self._run(Statement(FORGET, (identity,), prepare=False))
        await self.changed()

    async def _follow_rollbacks(self) -> None:
        if self._rollbacks != self.session.state.rollbacks:
            self._rollbacks = self.session.state.rollbacks
            if self._scopes:
                await self.changed()

    async def _rename(self, found: ObjectDoc, name: str) -> None:
        values = str(found.object_id), found.name, name
        await self._run(Statement(RENAME, tuple(each.encode() for each in values), prepare=False))

    async def _read(self) -> None:
        result = await self._run(Statement(OBJECTS, prepare=False))
        self._objects = []
        for row in result:
            texts = [(value or b"").decode() for value in row]
            identity = int(texts[0])
            self._scopes.setdefault(identity, self.scope)
            self._objects.append(
                ObjectDoc(
                    object_id=identity,
                    schema=TEMPORARY,
                    name=texts[1],
                    type=texts[2],
                    doc=json.loads(texts[4] or "{}"),
                    parent_object_id=int(texts[3]),
                    stamp=texts[5],
                )
            )
        self._overlay = None

    async def _run(self, statement: Statement) -> list[tuple[bytes | None, ...]]:
        [result] = await self.session.connection.run([statement])
        if result.error is not None:
            raise await self.session.translate(result.error)
        return result.rows


def of_session(node: tree.Statement) -> bool:
    """Whether a definition concerns temporary tables only: anybody may make and drop those."""
    match node:
        case tree.CreateTable() | tree.AlterTable():
            names = [node.name]
        case tree.CreateIndex():
            names = [node.table]
        case tree.Truncate():
            names = [node.table]
        case tree.Drop(kind="TABLE"):
            names = node.names
        case tree.Drop(kind="INDEX"):
            names = [node.on] if node.on is not None else []
        case _:
            names = []
    return bool(names) and all(is_temporary(each) for each in names)
