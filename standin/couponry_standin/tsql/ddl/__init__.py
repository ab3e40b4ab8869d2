"""Definitions: from their trees to PostgreSQL statements and rows of the catalogue."""

from __future__ import annotations

from .. import tree
from ..catalog import Catalog
from ..errors import NotSupported
from . import (
    alterations,
    databases,
    indexes,
    namespaces,
    permissions,
    principals,
    renames,
    tables,
)
from .objects import delete_objects, existing_module, object_steps
from .plan import Context, DatabaseAction, DdlPlan, LoginAction, Scalar, Sql

__all__ = [
    "DatabaseAction",
    "DdlPlan",
    "LoginAction",
    "Scalar",
    "Sql",
    "compile_ddl",
    "delete_objects",
    "existing_module",
    "is_ddl",
    "object_steps",
]

_STATEMENTS = (
    tree.CreateTable,
    tree.AlterTable,
    tree.CreateIndex,
    tree.CreateType,
    tree.CreateSequence,
    tree.CreateSchema,
    tree.CreateDatabase,
    tree.AlterDatabase,
    tree.CreatePrincipal,
    tree.AlterPrincipal,
    tree.Permission,
    tree.Drop,
    tree.Truncate,
    tree.Rename,
)


def is_ddl(statement: tree.Statement) -> bool:
    """True for what ``compile_ddl`` compiles. Modules are not among it: see ``object_steps``."""
    return isinstance(statement, _STATEMENTS)


def compile_ddl(statement: tree.Statement, catalog: Catalog, scalar: Scalar) -> DdlPlan:
    """The plan of a definition; raises SqlError where the catalogue already forbids it."""
    context = Context(catalog, scalar)
    match statement:
        case tree.CreateTable():
            return tables.create_table(statement, context)
        case tree.AlterTable():
            return alterations.alter_table(statement, context)
        case tree.CreateIndex():
            return indexes.create_index(statement, context)
        case tree.CreateType():
            return namespaces.create_type(statement, context)
        case tree.CreateSequence():
            return namespaces.create_sequence(statement, context)
        case tree.CreateSchema():
            return namespaces.create_schema(statement)
        case tree.CreateDatabase():
            return databases.create_database(statement)
        case tree.AlterDatabase():
            return databases.alter_database(statement, context)
        case tree.CreatePrincipal():
            return principals.create_principal(statement)
        case tree.AlterPrincipal():
            return principals.alter_principal(statement)
        case tree.Permission():
            return permissions.permission(statement, context)
        case tree.Truncate():
            return tables.truncate(statement, context)
        case tree.Rename():
            return renames.rename(statement, context)
        case tree.Drop():
            return _drop(statement, context)
        case _:
            kind = type(statement).__name__
            raise NotSupported(f"{kind} as a definition", statement.line, statement.col)


def _drop(statement: tree.Drop, context: Context) -> DdlPlan:
    match statement.kind:
        case "TABLE":
            return tables.drop_tables(statement, context)
        case "INDEX":
            return indexes.drop_indexes(statement, context)
        case "SCHEMA":
            return namespaces.drop_schemas(statement, context)
        case "DATABASE":
            return databases.drop_databases(statement)
        case "ROLE" | "USER" | "LOGIN":
            return principals.drop_principals(statement)
        case _:
            return namespaces.drop_objects(statement, context)
