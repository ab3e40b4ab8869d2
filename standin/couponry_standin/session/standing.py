"""Functions with statements follow what they stand on.

Views and inline functions are expanded where they are named. A procedure or a text that stands on
one is compiled anew when it is next run; a function with statements, whose code lies in PostgreSQL
under its own name because constraints and computed columns call it, has to be made anew at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..postgres.connection import Connection
from ..postgres.statement import Statement
from ..tsql.catalog import Catalog, ObjectDoc
from ..tsql.compiler.modules import FunctionCode, broken_function, compile_function
from ..tsql.compiler.trees import function_tree
from ..tsql.ddl.objects import update_doc
from ..tsql.ddl.plan import Sql
from ..tsql.errors import SqlError
from .arguments import array_text
from .catalogue import read_catalog
from .database import Resolve

if TYPE_CHECKING:
    from .session import Session

USES = "uses"
"""In the row of such a function: the full names of all that its code was made from."""


async def follow(session: Session, connection: Connection, before: Catalog) -> None:
    """Make those functions anew whose ground a definition, not yet committed, has changed."""
    standing = [
        each for each in before.objects() if each.type in ("FN", "TF") and each.doc.get(USES)
    ]
    if not standing:
        return
    after = await read_catalog(connection, before)
    changed = {
        name for each in standing for name in each.doc[USES] if is_other(name, before, after)
    }
    if not changed:
        return
    steps: list[Sql] = []
    for each in standing:
        found = after.by_id(each.object_id)
        # One that the definition itself has made stands on what there is now.
        if (
            found is not None
            and found.stamp == each.stamp
            and not changed.isdisjoint(each.doc[USES])
        ):
            steps += anew(session, found, after)
    statements = [
        Statement(
            step.text, tuple(None if p is None else p.encode() for p in step.params), (), False
        )
        for step in steps
    ]
    for result in await connection.run(statements):
        if result.error is not None:
            raise await session.translate(result.error)


def is_other(name: str, before: Catalog, after: Catalog) -> bool:
    schema, _, bare = name.partition(".")
    old, new = before.find(schema, bare), after.find(schema, bare)
    return (old and old.stamp) != (new and new.stamp)


def anew(session: Session, found: ObjectDoc, catalog: Catalog) -> list[Sql]:
    """The steps that give a function the code that it would get today."""
    node = function_tree(found)
    try:
        code = compile_function(
            node, found.sql, found.full_name, catalog, Resolve(session.database, catalog)
        )
    except SqlError as error:
        return [Sql(broken_function(node, found, catalog, error))]
    if code.uses == found.doc[USES]:
        return made(code, found.schema, found.name)
    return [
        *made(code, found.schema, found.name),
        update_doc(found.object_id, {**found.doc, USES: code.uses}),
    ]


def unreferenced(schema: str, name: str) -> Sql:
    """The step that lets no function change which a constraint or a computed column calls."""
    return Sql("SELECT tsql.check_unreferenced($1, $2, 'ALTER')", (schema, name))


def made(code: FunctionCode, schema: str, name: str) -> list[Sql]:
    """The steps that make a function: its row types, then its code.

    PostgreSQL replaces a function by one with the same parameters and the same result only.
    """
    types = [
        Sql("SELECT tsql.make_row_type($1, $2)", (each.name, each.text)) for each in code.composites
    ]
    room = Sql(
        "SELECT tsql.make_room_for_function($1, $2, $3::text[], $4::text[], $5)",
        (schema, name, listed(code.names), listed(code.types), code.returns),
    )
    return [*types, room, Sql(code.create)]


def listed(items: list[str]) -> str:
    """A PostgreSQL text array."""
    return array_text([*items]).decode()
