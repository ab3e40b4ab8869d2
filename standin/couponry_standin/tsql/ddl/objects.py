"""Rows of the catalogue: how objects come into ``tsql.objects`` and leave it."""

from __future__ import annotations

import json
from typing import Any

from .. import tree
from ..catalog import Catalog, ObjectDoc
from ..compiler import walk
from ..errors import NotSupported, SqlError
from ..names import TEMPORARY, is_temporary, schema_of
from .plan import Sql
from .problems import name_taken, problem, written

MODULES = {"V": "VIEW", "P": "PROCEDURE", "IF": "FUNCTION", "FN": "FUNCTION", "TF": "FUNCTION"}
_NOW = "clock_timestamp() AT TIME ZONE 'UTC'"
_FIND = (
    "(SELECT object_id FROM {{store}} WHERE lower(schema_name) = lower({0})"
    " AND lower(name) = lower({1}))"
)
_INSERT = (
    "INSERT INTO {store} (schema_name, name, type, definition, doc)"
    " VALUES ($1, $2, $3, $4, $5::jsonb)"
)
_INSERT_CHILD = (
    "INSERT INTO {store} (schema_name, name, type, parent_object_id, doc)"
    f" VALUES ($1, $2, $3, {_FIND.format('$1', '$4')}, $5::jsonb)"
)
_INSERT_REFERENCE = (
    "INSERT INTO {store} (schema_name, name, type, parent_object_id, doc)"
    f" VALUES ($1, $2, $3, {_FIND.format('$1', '$4')}, jsonb_set($5::jsonb, '{{references}}',"
    f" to_jsonb({_FIND.format('$6', '$7')})))"
)


STORE, TEMPORARY_STORE = "tsql.objects", "pg_temp.tsql_objects"
"""Where objects are kept: those of the database, and those of one session (their ids < 0)."""


def in_store(schema: str, text: str) -> str:
    return text.replace("{store}", TEMPORARY_STORE if schema == TEMPORARY else STORE)


def dumps(doc: dict[str, Any]) -> str:
    return json.dumps(doc, ensure_ascii=False, separators=(",", ":"))


def new_name(name: tree.Name, catalog: Catalog) -> tuple[str, str]:
    """Schema and name for an object about to be made."""
    if name.last.startswith("##"):
        raise NotSupported("global temporary tables", name.line, name.col)
    if is_temporary(name):
        return TEMPORARY, name.last
    if len(name.parts) == 4 or (
        len(name.parts) == 3 and name.parts[0] and name.parts[0].lower() != catalog.database.lower()
    ):
        raise NotSupported("definitions in another database", name.line, name.col)
    schema = schema_of(name)
    if schema.lower() in ("sys", "information_schema"):
        raise problem(2760, missing_schema(schema), name)
    return schema, name.last


def missing_schema(schema: str) -> str:
    return (
        f'The specified schema name "{schema}" either does not exist or you do not have '
        "permission to use it."
    )


def schema_steps(schema: str) -> list[Sql]:
    """Error 2760 when the schema is missing; dbo always exists."""
    if schema == TEMPORARY:
        return [Sql("SELECT tsql.prepare_temporary()")]
    if schema.lower() == "dbo":
        return []
    text = (
        "SELECT tsql.raise(2760, $1) WHERE NOT EXISTS"
        " (SELECT FROM tsql.schemas WHERE lower(name) = lower($2))"
    )
    return [Sql(text, (missing_schema(schema), schema))]


def insert_object(
    schema: str, name: str, type_: str, doc: dict[str, Any], definition: str | None = None
) -> Sql:
    return Sql(in_store(schema, _INSERT), (schema, name, type_, definition, dumps(doc)))


def insert_child(
    schema: str,
    name: str,
    type_: str,
    parent: str,
    doc: dict[str, Any],
    references: tuple[str, str] | None = None,
) -> Sql:
    """A constraint's row; its parent is found by name, so that it may be made in the same plan."""
    if references is None:
        return Sql(in_store(schema, _INSERT_CHILD), (schema, name, type_, parent, dumps(doc)))
    return Sql(
        in_store(schema, _INSERT_REFERENCE), (schema, name, type_, parent, dumps(doc), *references)
    )


def update_doc(object_id: int, doc: dict[str, Any]) -> Sql:
    store = STORE if object_id > 0 else TEMPORARY_STORE
    text = f"UPDATE {store} SET doc = $2::jsonb, modify_date = {_NOW} WHERE object_id = $1"
    return Sql(text, (str(object_id), dumps(doc)))


def touch(object_id: int) -> Sql:
    """A change that the object's own row does not show, such as a new constraint."""
    store = STORE if object_id > 0 else TEMPORARY_STORE
    text = f"UPDATE {store} SET modify_date = {_NOW} WHERE object_id = $1"
    return Sql(text, (str(object_id),))


def delete_objects(*object_ids: int) -> list[Sql]:
    """Remove rows, their children's rows and the permissions on them."""
    if not object_ids:
        return []
    ids = "{" + ",".join(str(each) for each in object_ids) + "}"
    if object_ids[0] < 0:
        text = (
            f"DELETE FROM {TEMPORARY_STORE} WHERE object_id = ANY ($1::int4[])"
            " OR parent_object_id = ANY ($1::int4[])"
        )
        return [Sql(text, (ids,))]
    return [
        Sql(
            "DELETE FROM tsql.permissions WHERE class IN ('OBJECT', 'TYPE')"
            " AND object_id = ANY ($1::int4[])",
            (ids,),
        ),
        Sql(
            "DELETE FROM tsql.objects WHERE object_id = ANY ($1::int4[])"
            " OR parent_object_id = ANY ($1::int4[])",
            (ids,),
        ),
    ]


# ---------------------------------------------------------------- modules


def object_steps(node: tree.Module, type_: str, doc: dict[str, Any], catalog: Catalog) -> list[Sql]:
    """Insert or update the row of a view, procedure or function, as its verb demands."""
    schema, name = new_name(node.name, catalog)
    if schema == TEMPORARY:
        raise NotSupported("a temporary module", node.name.line, node.name.col)
    found = existing_module(node, type_, catalog)
    if "SCHEMABINDING" in node.options:
        check_binding(node)
    if node.options:
        doc = doc | {"options": node.options}
    if isinstance(node, tree.CreateView) and node.check_option:
        doc = doc | {"check_option": True}
    if found is None:
        return [*schema_steps(schema), insert_object(schema, name, type_, doc, node.text)]
    text = (
        "UPDATE tsql.objects SET type = $2, definition = $3, doc = $4::jsonb,"
        f" modify_date = {_NOW} WHERE object_id = $1"
    )
    return [Sql(text, (str(found.object_id), type_, node.text, dumps(doc)))]


def check_binding(node: tree.Module) -> None:
    """What is bound to the schema names columns, and tables with their schema."""
    clauses = {each.name.lower() for each in walk.nodes(node) if isinstance(each, tree.CommonTable)}
    for each in walk.nodes(node):
        if isinstance(each, tree.SelectItem) and isinstance(each.expr, tree.Star):
            message = "Syntax '*' is not allowed in schema-bound objects."
            raise problem(1054, message, each, severity=15)
        if not isinstance(each, tree.TableSource) or len(each.name.parts) == 2:
            continue
        if each.name.last.lower() not in clauses:
            kind = "view" if isinstance(node, tree.CreateView) else "function"
            raise problem(
                4512,
                f"Cannot schema bind {kind} '{written(node.name)}' because name"
                f" '{written(each.name)}' is invalid for schema binding. Names must be in two-part"
                " format and an object cannot reference itself.",
                each,
                state=3,
            )


def existing_module(node: tree.Module, type_: str, catalog: Catalog) -> ObjectDoc | None:
    """The object that an ALTER changes; errors 2714, 208 and 2010 where the verb does not fit."""
    found = catalog.object(node.name)
    if found is None:
        if node.verb == "ALTER":
            message = f"Invalid object name '{written(node.name)}'."
            raise problem(208, message, node, state=6)
        return None
    if node.verb == "CREATE":
        raise name_taken(node.name.last, node)
    if found.type != type_:
        raise incompatible("alter", written(node.name), node)
    return found


def incompatible(verb: str, name: str, node: tree.Node) -> SqlError:
    return problem(
        2010,
        f"Cannot perform {verb} on '{name}' because it is an incompatible object type.",
        node,
    )
