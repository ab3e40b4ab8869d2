"""What compilation gives the session: code to create, how to call it, what may come back.

A machine is a PL/pgSQL function ``(_pc, _frame, _in, state…, parameters…)`` that returns rows
``(tag, c1 … cn)``, all text but the tag:

=====  ==================================================================================
tag    meaning
=====  ==================================================================================
n > 0  a row of result set n
-1     result set c1 begins
-2     a message: number, severity, state, text, procedure, line
-3     a row count: c1
0      the end: c1 action, c2 next pc, c3 frame, c4 arguments, c5 state, c6 index
=====  ==================================================================================

The state: see ``STATE``. It goes in as parameters and comes back as an array of bigint, without
``implicit``.

Actions: DONE (arguments: return code, then output parameters), ERROR (arguments: the error),
BEGIN, COMMIT, ROLLBACK, SAVE, UNDO (to a savepoint), CALL, TEXT (dynamic SQL), HOST.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import SqlType
from . import tree
from .errors import SqlError
from .typed import pg_type

STATE = {
    "trancount": "int4",
    "doomed": "bool",
    "nocount": "bool",
    "xact_abort": "bool",
    "rowcount": "int4",
    "error": "int4",
    "handler": "int4",
    "transaction": "bool",
    "outer_try": "bool",
    "nestlevel": "int4",
    "implicit": "bool",
    "lock_timeout": "int4",
    "identity": "numeric",
    "scope_identity": "numeric",
}
"""What a machine knows of its session, in the order of its parameters, with their types."""

GIVEN_FIRST = 3 + len(STATE)
"""the parameters before a procedure's own: where to go on, the frame, the answer, the state"""

GIVEN_LAST = 4
"""the parameters after them, which nobody gives: PostgreSQL counts them, too"""

MOST = 100
"""the arguments that a function of PostgreSQL takes"""


@dataclass(frozen=True, slots=True)
class ResultColumn:
    name: str
    type: SqlType
    nullable: bool
    identity: bool = False
    updatable: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A PostgreSQL function to create before the plan runs: its name tells its content."""

    name: str
    text: str
    lines: tuple[int, ...] = ()
    """the T-SQL line of each PL/pgSQL line"""
    cols: tuple[int, ...] = ()
    """and the column at which its statement begins"""
    module: str = ""
    owners: tuple[str, ...] = ()
    """of each line, the procedure that it was expanded from, or ''; empty where none was"""


@dataclass(frozen=True, slots=True)
class Composite:
    """A row type of a table variable."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class CallArgument:
    name: str | None
    type: SqlType
    output: bool
    is_default: bool


@dataclass(slots=True)
class CallSite:
    """A call that the session makes for a machine. ``text`` is set for dynamic SQL."""

    procedure: tree.Name | None
    arguments: list[CallArgument]
    line: int
    col: int
    capture: int = 0
    """for INSERT … EXEC: how many columns the rows of the call shall have"""


@dataclass(frozen=True, slots=True)
class PlanParameter:
    name: str
    type: SqlType
    output: bool = False
    has_default: bool = False
    default: str | None = None
    row_pg: str = ""
    """of a table: the PostgreSQL type in which it travels"""

    @property
    def pg(self) -> str:
        return self.row_pg or pg_type(self.type)


def are_packed(parameters: list[PlanParameter]) -> bool:
    """Whether parameters travel in one array: a PostgreSQL function takes 100 arguments."""
    return len(parameters) > MOST - GIVEN_FIRST - GIVEN_LAST


@dataclass(slots=True)
class Plan:
    """A compiled procedure or batch."""

    name: str
    function: str
    parameters: list[PlanParameter]
    width: int
    sets: list[list[ResultColumn]]
    calls: list[CallSite]
    host: list[tree.Statement]
    code: list[Code]
    composites: list[Composite]
    depends: dict[int, str]
    needs: frozenset[tuple[int, str]]
    isolation: str = ""
    """the level for which it was compiled, where that is not READ COMMITTED"""
    begins: bool = False
    """the machine contains BEGIN TRANSACTION: call it inside a PostgreSQL transaction"""
    whole: bool = False
    """its transaction may be that of the request that calls it, which ends with it"""
    sets_lock_timeout: bool = False
    inline: str | None = None
    """the function that a caller may call directly, inside a transaction and with XACT_ABORT ON"""
    inline_writes: bool = True
    """False when the inline function changes nothing: it may be called outside a transaction"""
    inline_code: list[Code] = field(default_factory=list)
    provisional: bool = False
    """compiled while a procedure that it calls, or a table that it names, did not exist"""
    missing: SqlError | None = None
    """208 of the first table that does not exist: raised when it comes to its statement"""
    following: tuple[str, str, int] | None = None
    """of one part of a text: the text, its declarations, and the number of the part after it"""
    created_for: object = None
    """the state of the catalogue for which all its code is known to exist"""
    places: dict[str, int] = field(init=False)
    """where each parameter stands, by its name in lower case"""

    def __post_init__(self) -> None:
        self.places = {each.name.lower(): place for place, each in enumerate(self.parameters)}

    def check_complete(self) -> None:
        """208 now: who asks for the columns of results wants to know them."""
        if self.missing is not None:
            raise self.missing
