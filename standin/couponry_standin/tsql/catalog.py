"""What the compiler knows of a database: its objects as rows of ``tsql.objects``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..types import SqlType
from .names import TEMPORARY, is_temporary, quote, schema_of
from .tree import Name
from .typed import column_pg_type


def type_from_doc(doc: dict[str, Any]) -> SqlType:
    return SqlType(
        doc["name"],
        doc.get("length"),
        doc.get("precision"),
        doc.get("scale"),
        doc.get("collation"),
        doc.get("table"),
    )


def type_to_doc(type_: SqlType) -> dict[str, Any]:
    return {
        "name": type_.name,
        "length": type_.length,
        "precision": type_.precision,
        "scale": type_.scale,
        "collation": type_.collation,
        **({"table": type_.table} if type_.table else {}),
    }


@dataclass(frozen=True, slots=True)
class ColumnDoc:
    """A column of a table or view. ``pg`` is the PostgreSQL type it is stored as."""

    name: str
    type: SqlType
    nullable: bool = True
    identity: tuple[int, int] | None = None
    computed: str | None = None
    default: str | None = None
    pg: str = ""

    @classmethod
    def from_doc(cls, doc: dict[str, Any]) -> ColumnDoc:
        type_ = type_from_doc(doc["type"])
        identity = doc.get("identity")
        return cls(
            name=doc["name"],
            type=type_,
            nullable=doc.get("nullable", True),
            identity=tuple(identity) if identity else None,
            computed=doc.get("computed"),
            default=doc.get("default"),
            pg=doc.get("pg") or column_pg_type(type_),
        )

    @property
    def is_writable(self) -> bool:
        return self.computed is None and self.type.name != "rowversion"


@dataclass(frozen=True, slots=True)
class IndexDoc:
    name: str
    unique: bool
    columns: tuple[str, ...]
    filter: str | None


@dataclass(slots=True, weakref_slot=True)
class ObjectDoc:
    """One object. ``stamp`` changes with every change of the object."""

    object_id: int
    schema: str
    name: str
    type: str
    doc: dict[str, Any]
    definition: str | None = None
    parent_object_id: int = 0
    stamp: str = ""
    cache: dict[str, Any] = field(default_factory=dict)
    is_local: bool = False
    """made by the text that is being compiled: nobody else sees it"""
    key: tuple[str, str] = field(init=False)
    """what it is found by"""

    def __post_init__(self) -> None:
        self.key = self.schema.lower(), self.name.lower()

    @property
    def is_temporary(self) -> bool:
        return self.schema == TEMPORARY

    @property
    def full_name(self) -> str:
        return f"{'dbo' if self.is_temporary else self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """The PostgreSQL relation or function."""
        return f"{quote(self.schema)}.{quote(self.name)}"

    @property
    def columns(self) -> list[ColumnDoc]:
        found = self.cache.get("columns")
        if found is None:
            found = [ColumnDoc.from_doc(each) for each in self.doc.get("columns", [])]
            self.cache["columns"] = found
        return found

    @property
    def indexes(self) -> list[IndexDoc]:
        found = self.cache.get("indexes")
        if found is None:
            found = [
                IndexDoc(
                    each["name"],
                    bool(each.get("unique")),
                    tuple(column[0] for column in each["columns"]),
                    each.get("filter"),
                )
                for each in self.doc.get("indexes", [])
            ]
            self.cache["indexes"] = found
        return found

    @property
    def parameters(self) -> list[ParameterDoc]:
        found = self.cache.get("parameters")
        if found is None:
            found = [ParameterDoc.from_doc(each) for each in self.doc.get("parameters", [])]
            self.cache["parameters"] = found
        return found

    @property
    def identity_column(self) -> ColumnDoc | None:
        return next((column for column in self.columns if column.identity), None)


@dataclass(frozen=True, slots=True)
class ParameterDoc:
    """``default`` is the text form of a constant, ``has_default`` tells NULL from none."""

    name: str
    type: SqlType
    has_default: bool
    default: str | None
    output: bool

    @classmethod
    def from_doc(cls, doc: dict[str, Any]) -> ParameterDoc:
        return cls(
            doc["name"],
            type_from_doc(doc["type"]),
            bool(doc.get("has_default")),
            doc.get("default_value"),
            bool(doc.get("output")),
        )


class Catalog:
    """The objects of one database as one session sees them."""

    def __init__(self, database: str, objects: Iterable[ObjectDoc] = ()) -> None:
        self.database = database
        self._by_name: dict[tuple[str, str], ObjectDoc] = {}
        self._by_id: dict[int, ObjectDoc] = {}
        self._own: list[ObjectDoc] = []
        self.readers_wait = False
        """READ_COMMITTED_SNAPSHOT is OFF"""
        self.heads: str | None = None
        """the numbers and stamps of its objects, as they were read"""
        for each in objects:
            self.put(each)

    def overlaid(self, own: Iterable[ObjectDoc]) -> Catalog:
        """This catalogue with objects before it that only one session or one text sees."""
        other = Catalog(self.database)
        other._by_name, other._by_id = self._by_name, self._by_id
        other._own = [*own, *self._own]
        other.readers_wait = self.readers_wait
        return other

    def put(self, found: ObjectDoc) -> None:
        old = self._by_id.get(found.object_id)
        if old is not None:
            self._by_name.pop(old.key, None)
        self._by_name[found.key] = found
        self._by_id[found.object_id] = found

    def remove(self, object_id: int) -> None:
        old = self._by_id.pop(object_id, None)
        if old is not None:
            self._by_name.pop(old.key, None)

    def copy(self) -> Catalog:
        other = Catalog(self.database, self._by_id.values())
        other.readers_wait = self.readers_wait
        return other

    def by_id(self, object_id: int) -> ObjectDoc | None:
        for each in self._own:
            if each.object_id == object_id:
                return each
        return self._by_id.get(object_id)

    def object(self, name: Name) -> ObjectDoc | None:
        """Find an object by a one- or two-part name (or three with this database's name)."""
        parts = name.parts
        if is_temporary(name):
            return self.find(TEMPORARY, name.last)
        if len(parts) > 3 or (
            len(parts) == 3 and parts[0] and parts[0].lower() != self.database.lower()
        ):
            return None
        return self.find(schema_of(name), name.last)

    def find(self, schema: str, name: str) -> ObjectDoc | None:
        key = schema.lower(), name.lower()
        for each in self._own:
            if each.key == key:
                return each
        return self._by_name.get(key)

    def objects(self, type_: str | None = None) -> list[ObjectDoc]:
        every = [*self._own, *self._by_id.values()]
        return [each for each in every if type_ is None or each.type == type_]

    def children(self, object_id: int) -> list[ObjectDoc]:
        return [each for each in self.objects() if each.parent_object_id == object_id]


__all__ = [
    "Catalog",
    "ColumnDoc",
    "IndexDoc",
    "ObjectDoc",
    "ParameterDoc",
    "type_from_doc",
    "type_to_doc",
]
