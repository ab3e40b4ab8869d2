"""What a built-in function is, and what the compiler tells it about a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...types import INT, MAX, SqlType
from .. import tree
from ..collation import as_text
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..precedence import message_name
from ..typed import Typed, pg_type


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a call: OVER, ``*`` as the argument, the order of WITHIN GROUP."""

    over: str | None = None
    star: bool = False
    within_group: list[tuple[Typed, bool]] = field(default_factory=list[tuple[Typed, bool]])
    clock: str = "tsql.clock()"
    """what tells the time"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a built-in with its compiled arguments."""

    function: tree.Function
    args: list[Typed]
    context: Context

    @property
    def name(self) -> str:
        return self.function.name.upper()

    @property
    def line(self) -> int:
        return self.function.line

    @property
    def col(self) -> int:
        return self.function.col

    @property
    def nullable(self) -> bool:
        return any(arg.nullable for arg in self.args)

    def string(self, index: int) -> Typed:
        """An argument as a string; any other type converts, money too."""
        value = self.args[index]
        if value.type.is_string:
            return value
        if value.type.name == "null":
            return convert(value, SqlType("varchar", 1))
        wide = SqlType("varchar", _width(value.type))
        return convert(value, wide, line=self.line, col=self.col)

    def text(self, index: int) -> str:
        """An argument as PostgreSQL text."""
        return as_text(self.string(index))

    def integer(self, index: int, type_: SqlType = INT) -> str:
        """An argument as an int (or bigint)."""
        value = self.args[index]
        if value.type == type_:
            return value.sql
        return convert(value, type_, implicit=True, line=self.line, col=self.col).sql

    def converted(self, index: int, type_: SqlType) -> str:
        """An argument converted to a type by itself."""
        return convert(self.args[index], type_, implicit=True, line=self.line, col=self.col).sql

    def result(
        self, sql: str, type_: SqlType, *, nullable: bool | None = None, rank: str = "default"
    ) -> Typed:
        return Typed(
            sql,
            type_,
            "text" if type_.is_string else pg_type(type_),
            nullable=self.nullable if nullable is None else nullable,
            rank=rank,
        )

    def like_argument(self, sql: str, value: Typed, length: int | None = None) -> Typed:
        """A varying string as Unicode, and collated, as ``value`` is."""
        own = MAX if value.type.name in ("text", "ntext") else value.type.length
        type_ = SqlType(
            "nvarchar" if value.type.is_unicode else "varchar",
            own if length is None else length,
            collation=value.type.collation,
        )
        return self.result(sql, type_, rank=value.rank)

    def invalid_argument(self, index: int) -> SqlError:
        """8116: an argument of a type that the function does not take."""
        return SqlError(
            8116,
            f"Argument data type {message_name(self.args[index].type)} is invalid for argument "
            f"{index + 1} of {self.name.lower()} function.",
            line=self.line,
            col=self.col,
        )

    def refuse(self, what: str) -> NotSupported:
        return NotSupported(what, self.line, self.col)


Emit = Callable[[Call], Typed]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function: how many arguments it takes and how it is compiled."""

    name: str
    fewest: int
    most: int | None
    emit: Emit
    refused: bool = False
    """SQL Server has it and the stand-in does not: ``emit`` says so"""

    def check_count(self, count: int, line: int, col: int) -> None:
        if count >= self.fewest and (self.most is None or count <= self.most):
            return
        name = self.name.lower()
        if self.most is None:
            number, text = 189, f"The {name} function requires {self.fewest} to 254 arguments."
        elif self.fewest == self.most:
            number, text = 174, f"The {name} function requires {self.fewest} argument(s)."
        else:
            number = 189
            text = f"The {name} function requires {self.fewest} to {self.most} arguments."
        raise SqlError(number, text, severity=15, line=line, col=col)


class Family(dict[str, Builtin]):
    """The built-ins of one module by upper-case name; ``define`` registers the decorated one."""

    def define(self, names: str, fewest: int, most: int | None = -1) -> Callable[[Emit], Emit]:
        def register(emit: Emit) -> Emit:
            for name in names.split():
                limit = fewest if most == -1 else most
                self[name] = Builtin(name, fewest, limit, emit)
            return emit

        return register

    def refuse(self, names: str) -> None:
        """Functions that SQL Server has and the stand-in does not."""

        def emit(call: Call) -> Typed:
            raise call.refuse(f"the function {call.name}")

        for name in names.split():
            self[name] = Builtin(name, 0, None, emit, refused=True)


def _width(type_: SqlType) -> int:
    """A length that holds every value of the type as a string."""
    if type_.is_binary:
        return MAX if type_.length in (None, MAX) else max(1, (type_.length or 1))
    return 60
