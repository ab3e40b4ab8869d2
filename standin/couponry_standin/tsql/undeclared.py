"""The types of a text's undeclared variables, guessed from where they stand.

Drivers ask for them (sp_describe_undeclared_parameters) when they cannot tell the type of a value,
as of a NULL. A variable takes the type of the column that it is assigned to or compared with, or of
the parameter that it is passed to; where nothing tells, it is nvarchar(4000).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..types import BIGINT, INT, SqlType, nvarchar
from . import tree
from .catalog import Catalog, ObjectDoc
from .compiler import walk
from .conversion import literal

UNKNOWN = nvarchar(4000)


def undeclared(batch: tree.Batch, catalog: Catalog) -> list[tuple[str, SqlType]]:
    """Name and type of each variable that the batch uses and does not declare, by first use."""
    declared = {
        each.name.lower() for each in walk.nodes(batch) if isinstance(each, tree.DeclareItem)
    }
    used: dict[str, tree.Variable] = {}
    for each in walk.nodes(batch):
        if isinstance(each, tree.Variable) and each.name.lower() not in declared:
            known = used.get(each.name.lower())
            if known is None or (each.line, each.col) < (known.line, known.col):
                used[each.name.lower()] = each
    found: dict[str, SqlType] = {}
    for statement in batch.statements:
        for name, type_ in _Clues(statement, catalog).all():
            found.setdefault(name.lower(), type_)
    ordered = sorted(used.values(), key=lambda each: (each.line, each.col))
    return [(each.name, found.get(each.name.lower(), UNKNOWN)) for each in ordered]


class _Clues:
    """What one statement tells about its variables."""

    def __init__(self, statement: tree.Statement, catalog: Catalog) -> None:
        self.statement = statement
        self.catalog = catalog
        self.tables = [found for found, _ in self._tables()]
        self.aliases = {alias.lower(): found for found, alias in self._tables() if alias}

    def _tables(self) -> Iterator[tuple[ObjectDoc, str | None]]:
        for each in walk.nodes(self.statement):
            if isinstance(each, tree.TableSource):
                name, alias = each.name, each.alias
            elif isinstance(
                each, (tree.Insert, tree.Update, tree.Delete, tree.Merge)
            ) and isinstance(each.target, tree.Name):
                name, alias = each.target, None
            else:
                continue
            found = self.catalog.object(name)
            if found is not None:
                yield found, alias or name.last

    def all(self) -> Iterator[tuple[str, SqlType]]:
        """(variable, type) pairs, the surest first."""
        for each in walk.nodes(self.statement):
            yield from self._of(each)

    def _of(self, node: tree.Node) -> Iterator[tuple[str, SqlType]]:
        match node:
            case tree.Insert():
                yield from self._inserted(node)
            case tree.Assignment() if node.column is not None:
                yield from told(node.expr, self._column(node.column))
            case tree.Binary():
                yield from told(node.left, self._type(node.right))
                yield from told(node.right, self._type(node.left))
            case tree.Between():
                for side in (node.low, node.high):
                    yield from told(side, self._type(node.operand))
            case tree.InList():
                for item in node.items:
                    yield from told(item, self._type(node.operand))
            case tree.Like():
                yield from told(node.pattern, self._type(node.operand))
            case tree.Cast():
                yield from told(node.operand, node.type)
            case tree.Top():
                yield from told(node.count, BIGINT)
            case tree.Query():
                for place in (node.offset, node.fetch):
                    if place is not None:
                        yield from told(place, BIGINT)
            case tree.Execute():
                yield from self._passed(node)
            case _:
                return

    def _inserted(self, node: tree.Insert) -> Iterator[tuple[str, SqlType]]:
        target = self.catalog.object(node.target) if isinstance(node.target, tree.Name) else None
        if target is None:
            return
        by_name = {column.name.lower(): column.type for column in target.columns}
        types = [by_name.get(name.lower()) for name in node.columns] or [
            column.type
            for column in target.columns
            if column.is_writable and column.identity is None
        ]
        rows: list[list[tree.Expr]] = []
        if isinstance(node.source, list):
            rows = node.source
        elif isinstance(node.source, tree.Select):
            rows = [[item.expr for item in node.source.items]]
        for row in rows:
            for expr, type_ in zip(row, types, strict=False):
                yield from told(expr, type_)

    def _passed(self, node: tree.Execute) -> Iterator[tuple[str, SqlType]]:
        found = self.catalog.object(node.procedure) if node.procedure is not None else None
        if found is None or found.type != "P":
            return
        by_name = {each.name.lower(): each.type for each in found.parameters}
        in_order = [each.type for each in found.parameters]
        for position, argument in enumerate(node.args):
            if argument.name is not None:
                yield from told(argument.expr, by_name.get(argument.name.lower()))
            elif position < len(in_order):
                yield from told(argument.expr, in_order[position])

    def _column(self, name: tree.Name) -> SqlType | None:
        tables = self.tables
        if len(name.parts) > 1:
            found = self.aliases.get(name.parts[-2].lower())
            tables = [found] if found is not None else []
        for table in tables:
            for column in table.columns:
                if column.name.lower() == name.last.lower():
                    return column.type
        return None

    def _type(self, expr: tree.Expr) -> SqlType | None:
        """The type of an expression as far as a glance tells it."""
        match expr:
            case tree.Column():
                return self._column(expr.name)
            case tree.Cast():
                return expr.type
            case tree.Literal():
                type_ = literal(expr).type
                if type_.name == "null":
                    return None
                return UNKNOWN if type_.is_string else type_
            case tree.Function() if expr.name in ("LEN", "DATALENGTH", "CHARINDEX", "COUNT"):
                return INT
            case tree.Binary() if expr.op not in ("=", "<>", "<", ">", "<=", ">=", "AND", "OR"):
                return self._type(expr.left) or self._type(expr.right)
            case _:
                return None


def told(expr: tree.Expr, type_: SqlType | None) -> Iterator[tuple[str, SqlType]]:
    if isinstance(expr, tree.Variable) and type_ is not None:
        yield expr.name, type_
