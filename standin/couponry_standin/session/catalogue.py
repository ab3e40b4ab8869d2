"""Reads the catalogue of a database from PostgreSQL."""

from __future__ import annotations

import json

from ..postgres.connection import Connection
from ..postgres.statement import Statement
from ..tsql.catalog import Catalog, ObjectDoc

# One value, because it is read after every definition, and rows cost more than their text.
HEADS = (
    "SELECT coalesce(tsql.option('READ_COMMITTED_SNAPSHOT'), 'OFF') || coalesce(';' ||"
    " string_agg(object_id::text || ' ' || xmin::text || ':' || ctid::text, ';'), '')"
    " FROM tsql.objects"
)
ROWS = (
    "SELECT object_id, schema_name, name, type, parent_object_id, definition, doc::text,"
    " xmin::text || ':' || ctid::text FROM tsql.objects WHERE object_id = ANY($1::int4[])"
)


async def read_catalog(connection: Connection, known: Catalog, *others: Catalog) -> Catalog:
    """Read the catalogue as a connection sees it; what is unchanged is taken from those known."""
    [result] = await connection.run([Statement(HEADS)])
    if result.error is not None:
        raise RuntimeError(str(result.error))
    heads = (result.value() or b"").decode()
    every = known, *others
    for each in every:
        if each.heads == heads:
            return each
    catalog = Catalog(known.database)
    catalog.heads = heads
    catalog.readers_wait = heads.startswith("OFF")
    changed: list[str] = []
    for head in heads.split(";"):
        object_id, _, stamp = head.partition(" ")
        if not stamp:
            continue
        for each in every:
            found = each.by_id(int(object_id))
            if found is not None and found.stamp == stamp:
                catalog.put(found)
                break
        else:
            changed.append(object_id)
    if changed:
        wanted = "{" + ",".join(changed) + "}"
        [rows] = await connection.run([Statement(ROWS, (wanted.encode(),))])
        for row in rows.rows:
            texts = [None if value is None else value.decode() for value in row]
            catalog.put(
                ObjectDoc(
                    object_id=int(texts[0] or 0),
                    schema=texts[1] or "",
                    name=texts[2] or "",
                    type=texts[3] or "",
                    parent_object_id=int(texts[4] or 0),
                    definition=texts[5],
                    doc=json.loads(texts[6] or "{}"),
                    stamp=texts[7] or "",
                )
            )
    return catalog
