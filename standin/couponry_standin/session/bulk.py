"""Bulk loads: INSERT BULK announces them, a message with rows carries them out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..serving import Flush
from ..tds import Bulk, Response
from ..tsql import bulk, tree
from ..tsql.compiler.locks import compiled_level
from ..tsql.compiler.modules import compile_batch
from ..tsql.errors import SqlError
from .arguments import Argument, bind, rows_text
from .database import Resolve
from .faults import compiling
from .parsed import parsed
from .runner import Runner
from .writer import Writer

if TYPE_CHECKING:
    from .session import Session

_ANNOUNCES = re.compile(r"\s*INSERT\s+BULK\b", re.IGNORECASE)


def announcement(text: str) -> tree.InsertBulk | None:
    """The INSERT BULK that a batch is."""
    if _ANNOUNCES.match(text) is None:
        return None
    statements = parsed(text).statements
    first = statements[0]
    return first if len(statements) == 1 and isinstance(first, tree.InsertBulk) else None


class BulkLoads:
    """The bulk load that the last request of a session has announced."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._announced: tree.InsertBulk | None = None

    def forget(self) -> None:
        self._announced = None

    async def announce(self, node: tree.InsertBulk, response: Response) -> None:
        """Look at the table now: the client sends its rows only if all is well."""
        session = self.session
        catalog = await session.catalog()
        found = bulk.target(node, catalog)
        await session.check(frozenset({(found.object_id, "INSERT")}), catalog)
        self._announced = node
        response.done(in_transaction=session.state.trancount > 0)

    async def load(self, event: Bulk, response: Response, flush: Flush) -> None:
        node, self._announced = self._announced, None
        if node is None or len(node.columns) != len(event.columns):
            raise SqlError(
                4804,
                "While reading current row from host, a premature end-of-message was"
                " encountered--an incoming data stream was interrupted when the server expected to"
                " see more data. The host program may have terminated. Ensure that you are using a"
                " supported client application programming interface (API).",
                state=1,
            )
        session = self.session
        known = await session.catalog()
        found = bulk.target(node, known)
        rows = bulk.row_table([column.type for column in event.columns])
        catalog = known.overlaid([rows])
        with_nulls = {
            position
            for position in range(len(node.columns))
            if any(row[position] is None for row in event.rows)
        }
        parameter = bulk.parameter(rows)
        isolation = compiled_level(session.state.isolation, known)
        with compiling("INSERT BULK"):
            plan = compile_batch(
                bulk.batch(node, found, with_nulls),
                [parameter],
                catalog,
                Resolve(session.database, catalog, isolation),
                implicit=session.state.implicit_transactions,
                isolation=isolation,
            )
        await session.check(plan.needs, catalog)
        bound = bind(plan, [Argument(bulk.ROWS, parameter.type, rows_text(event.rows))])
        writer = Writer(response, in_procedure=False)
        nocount, session.state.nocount = session.state.nocount, False
        try:
            outcome = await Runner(session, writer, flush).run(plan, bound, is_module=False)
        finally:
            session.state.nocount = nocount
        if outcome.error is not None:
            writer.error(outcome.error, thrown=outcome.thrown)
            response.done(error=True, in_transaction=session.state.trancount > 0)
