"""What a definition becomes: statements for PostgreSQL, or an action that only a session can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ...types import SqlType
from .. import tree
from ..catalog import Catalog, ColumnDoc
from ..typed import Typed


@dataclass(frozen=True, slots=True)
class Sql:
    """One PostgreSQL statement; ``$1`` … stand for the parameters, which are in text form."""

    text: str
    params: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseAction:
    """CREATE or DROP DATABASE, outside of any transaction. The session raises 1801 and 3701."""

    kind: str  # 'CREATE' or 'DROP'
    names: tuple[str, ...]
    if_exists: bool = False
    source: str | None = None
    """what the new database is a copy of"""


@dataclass(frozen=True, slots=True)
class LoginAction:
    """A change of a server login, kept in the database master. The session hashes the password.

    ``kind``: CREATE, ALTER or DROP. Errors 15025 and 15151 are the session's.
    """

    kind: str
    name: str
    if_exists: bool = False
    password: str | None = None
    old_password: str | None = None
    default_database: str | None = None
    new_name: str | None = None
    disabled: bool | None = None


@dataclass(slots=True)
class DdlPlan:
    """The steps run in order in one PostgreSQL transaction."""

    steps: list[Sql] = field(default_factory=list[Sql])
    database: str | None = None
    """run the steps in this database instead of the current one (ALTER DATABASE other)"""
    database_action: DatabaseAction | None = None
    login_action: LoginAction | None = None
    required_login: str | None = None
    """this login must exist (error 15007) before the steps run"""
    termination: str | None = None
    """ALTER DATABASE … WITH ROLLBACK IMMEDIATE and its kin"""
    row_versioning: bool | None = None
    """what READ_COMMITTED_SNAPSHOT is set to, which wants the database for itself"""
    single_user: bool = False
    """SINGLE_USER wants it, too"""

    def add(self, text: str, *params: str | None) -> None:
        self.steps.append(Sql(text, params))


class Scalar(Protocol):
    """Compiles a value or a condition over a table's columns.

    With ``target`` the value is converted as if it were stored in a column of that type.
    """

    def __call__(
        self, expr: tree.Expr, columns: list[ColumnDoc], target: SqlType | None
    ) -> Typed: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What every definition needs to be compiled."""

    catalog: Catalog
    scalar: Scalar
