"""CREATE INDEX and DROP INDEX."""

from __future__ import annotations

from .. import tree
from . import keys, objects
from .alterations import open_table
from .plan import Context, DdlPlan
from .problems import not_dropped, problem, written


def create_index(node: tree.CreateIndex, context: Context) -> DdlPlan:
    table = open_table(node.table, 1088, context)
    assert table.found is not None
    index = keys.user_index(node.index, table.name, table.doc, written(node.table))
    table.indexes.append(index)
    plan = DdlPlan()
    plan.add(keys.index_sql(table.schema, table.name, table.doc, index, context))
    plan.steps.append(objects.update_doc(table.found.object_id, table.doc))
    return plan


def drop_indexes(node: tree.Drop, context: Context) -> DdlPlan:
    assert node.on is not None
    plan = DdlPlan()
    found = context.catalog.object(node.on)
    if found is None or found.type != "U":
        if node.if_exists:
            return plan
        raise not_dropped("index", f"{written(node.on)}.{node.names[0].last}", node)
    table = open_table(node.on, 1088, context)
    for name in node.names:
        index = next(
            (each for each in table.indexes if each["name"].lower() == name.last.lower()), None
        )
        if index is None:
            if node.if_exists:
                continue
            raise not_dropped("index", f"{written(node.on)}.{name.last}", name)
        if index["primary"] or index["unique_constraint"]:
            kind = "PRIMARY KEY" if index["primary"] else "UNIQUE KEY"
            raise problem(
                3723,
                f"An explicit DROP INDEX is not allowed on index '{written(node.on)}."
                f"{name.last}'. It is being used for {kind} constraint enforcement.",
                name,
            )
        table.indexes.remove(index)
        plan.add(keys.drop_index_sql(table.schema, index))
    plan.steps.append(objects.update_doc(found.object_id, table.doc))
    return plan
