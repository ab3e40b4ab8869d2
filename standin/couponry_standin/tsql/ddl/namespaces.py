"""Types, sequences and schemas; DROP of everything that is neither table nor index."""

from __future__ import annotations

from typing import Any

from ...types import BIGINT, SqlType
from .. import tree
from ..catalog import ObjectDoc, type_to_doc
from ..errors import NotSupported
from ..names import quote
from . import objects, tables
from .columns import ALIAS_TYPE, with_effective_collation
from .plan import Context, DdlPlan
from .problems import name_taken, not_dropped, problem, written

_TYPES = ("TT", ALIAS_TYPE)
_BOUNDS = {
    "tinyint": (0, 255),
    "smallint": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}
_PG_SEQUENCE_TYPES = {"tinyint": "int2", "smallint": "int2", "int": "int4", "bigint": "int8"}
_RESERVED_SCHEMAS = ("tsql", "tsql_is", "tsql_code", "public")


# ---------------------------------------------------------------- types


def create_type(node: tree.CreateType, context: Context) -> DdlPlan:
    schema, name = objects.new_name(node.name, context.catalog)
    if context.catalog.find(schema, name) is not None:
        message = (
            f"The type '{written(node.name)}' already exists, or you do not have permission to "
            "create it."
        )
        raise problem(219, message, node)
    doc: dict[str, Any]
    if node.table is not None:
        type_, doc = "TT", tables.table_type_doc(node, name, schema, context)
    else:
        assert node.base is not None
        base = with_effective_collation(node.base)
        nullable = node.nullable is not False
        type_, doc = ALIAS_TYPE, {"base": type_to_doc(base), "nullable": nullable}
    plan = DdlPlan(steps=objects.schema_steps(schema))
    plan.steps.append(objects.insert_object(schema, name, type_, doc))
    return plan


# ---------------------------------------------------------------- sequences


def create_sequence(node: tree.CreateSequence, context: Context) -> DdlPlan:
    schema, name = objects.new_name(node.name, context.catalog)
    if context.catalog.find(schema, name) is not None:
        raise name_taken(name, node)
    type_ = node.type or BIGINT
    low, high = _sequence_bounds(type_, node)
    increment = 1 if node.increment is None else node.increment
    minimum = low if node.minimum is None else node.minimum
    maximum = high if node.maximum is None else node.maximum
    start = node.start
    if start is None:
        start = minimum if increment > 0 else maximum
    for argument, value in (("MINVALUE", minimum), ("MAXVALUE", maximum), ("START WITH", start)):
        if not low <= value <= high:
            raise problem(
                11708,
                f"An invalid value was specified for argument '{argument}' for the given data"
                " type.",
                node,
            )
    _check_sequence(written(node.name), start, increment, minimum, maximum, node)
    doc = {
        "type": type_to_doc(type_),
        "start": start,
        "increment": increment,
        "minimum": minimum,
        "maximum": maximum,
        "cycle": node.cycle,
        "cache": node.cache,
    }
    plan = DdlPlan(steps=objects.schema_steps(schema))
    # A cache would make numbers go backwards between sessions, which share one in SQL Server.
    plan.add(
        f"CREATE SEQUENCE {quote(schema)}.{quote(name)} AS {_PG_SEQUENCE_TYPES[type_.name]}"
        f" START WITH {start} INCREMENT BY {increment} MINVALUE {minimum} MAXVALUE {maximum}"
        f"{' CYCLE' if node.cycle else ''}"
    )
    plan.steps.append(objects.insert_object(schema, name, "SO", doc))
    return plan


def _sequence_bounds(type_: SqlType, node: tree.CreateSequence) -> tuple[int, int]:
    if type_.name == "decimal" and type_.scale == 0:
        raise NotSupported("a sequence of type decimal", node.line, node.col)
    bounds = _BOUNDS.get(type_.name)
    if bounds is None:
        raise problem(
            11702,
            f"The sequence object '{written(node.name)}' must be of data type int, bigint, "
            "smallint, tinyint, or decimal or numeric with a scale of 0, or any user-defined data "
            "type that is based on one of the above integer data types.",
            node,
        )
    return bounds


def _check_sequence(
    name: str, start: int, increment: int, minimum: int, maximum: int, node: tree.Node
) -> None:
    if increment == 0:
        message = f"The increment for sequence object '{name}' cannot be zero."
        raise problem(11700, message, node)
    if minimum >= maximum:
        message = (
            f"The minimum value for sequence object '{name}' must be less than its maximum value."
        )
        raise problem(11705, message, node)
    if not minimum <= start <= maximum:
        message = (
            f"The start value for sequence object '{name}' must be between the minimum and maximum "
            "value of the sequence object."
        )
        raise problem(11703, message, node)


# ---------------------------------------------------------------- schemas


def create_schema(node: tree.CreateSchema) -> DdlPlan:
    lowered = node.name.lower()
    if lowered in _RESERVED_SCHEMAS or lowered.startswith("pg_"):
        raise NotSupported(f"a schema named {node.name}", node.line, node.col)
    plan = DdlPlan()
    plan.add(
        "SELECT tsql.raise(2714, $1, 16, 6) FROM tsql.schemas WHERE lower(name) = lower($2)",
        f"There is already an object named '{node.name}' in the database.",
        node.name,
    )
    plan.add(
        "INSERT INTO tsql.schemas (schema_id, name, owner)"
        " SELECT greatest(max(schema_id), 4) + 1, $1, $2 FROM tsql.schemas",
        node.name,
        node.owner or "dbo",
    )
    plan.add(f"CREATE SCHEMA {quote(node.name)}")
    return plan


def drop_schemas(node: tree.Drop, context: Context) -> DdlPlan:
    plan = DdlPlan()
    for name in node.names:
        lowered = name.last.lower()
        for each in context.catalog.objects():
            if each.schema.lower() == lowered:
                raise problem(
                    3729,
                    f"Cannot drop schema '{name.last}' because it is being referenced by object "
                    f"'{each.name}'.",
                    name,
                )
        if lowered in ("dbo", "sys", "guest", "information_schema"):
            raise problem(15150, f"Cannot drop the schema '{name.last}'.", name)
        if not node.if_exists:
            plan.add(
                "SELECT tsql.raise(15151, $1) WHERE NOT EXISTS"
                " (SELECT FROM tsql.schemas WHERE lower(name) = lower($2))",
                f"Cannot drop the schema '{name.last}', because it does not exist or you do not "
                "have permission.",
                name.last,
            )
        plan.add("DELETE FROM tsql.schemas WHERE lower(name) = lower($1)", name.last)
        plan.add(
            "DELETE FROM tsql.permissions WHERE class = 'SCHEMA'"
            " AND lower(schema_name) = lower($1)",
            name.last,
        )
        plan.add(f"DROP SCHEMA IF EXISTS {quote(name.last)}")
    return plan


# ---------------------------------------------------------------- DROP


def drop_objects(node: tree.Drop, context: Context) -> DdlPlan:
    """DROP of modules, types and sequences."""
    plan = DdlPlan()
    for name in node.names:
        found = context.catalog.object(name)
        is_type = found is not None and found.type in _TYPES
        if found is None or (node.kind == "TYPE") != is_type:
            if found is not None and not is_type:
                raise tables.wrong_kind(name, node.kind, found)
            if node.if_exists:
                continue
            raise _missing(node.kind, name)
        if node.kind == "TYPE":
            _check_unused(name, found, context)
        elif node.kind == "SEQUENCE" and found.type == "SO":
            plan.add(f"DROP SEQUENCE {quote(found.schema)}.{quote(found.name)}")
        elif objects.MODULES.get(found.type) != node.kind:
            raise tables.wrong_kind(name, node.kind, found)
        elif found.type in ("FN", "TF"):
            # Functions with statements are PostgreSQL's; other modules live in the catalogue.
            plan.add(
                "SELECT tsql.check_unreferenced($1, $2, 'DROP FUNCTION')", found.schema, found.name
            )
            plan.add(f"DROP FUNCTION IF EXISTS {quote(found.schema)}.{quote(found.name)}")
        plan.steps += objects.delete_objects(found.object_id)
    return plan


def _missing(kind: str, name: tree.Name) -> Exception:
    if kind == "TYPE":
        return problem(
            218,
            f"Could not find the type '{written(name)}'. Either it does not exist or you do not "
            "have the necessary permission.",
            name,
        )
    words = "sequence object" if kind == "SEQUENCE" else kind.lower()
    return not_dropped(words, written(name), name)


def _check_unused(name: tree.Name, found: ObjectDoc, context: Context) -> None:
    """3732: a type that a parameter or a column names stays."""
    for each in context.catalog.objects():
        users = each.doc.get("parameters", [])
        if each.type == "U":
            users = each.doc["columns"]
        for user in users:
            if user.get("type_id") == found.object_id:
                raise problem(
                    3732,
                    f"Cannot drop type '{written(name)}' because it is being referenced by object "
                    f"'{each.name}'. There may be other objects that reference this type.",
                    name,
                )
