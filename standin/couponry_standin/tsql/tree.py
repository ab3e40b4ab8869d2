"""The syntax tree of the T-SQL subset: what the parser builds and every later pass reads.

Nodes are plain slotted dataclasses. ``line`` and ``col`` (both from 1) say where the node began in
the batch. Names keep their spelling; comparing them is the binder's work.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import SqlType


@dataclass(slots=True)
class Node:
    line: int
    col: int


# ---------------------------------------------------------------- names


@dataclass(slots=True)
class Name(Node):
    """A one- to four-part name; ``parts`` never holds brackets or quotes ('' where omitted)."""

    parts: tuple[str, ...]

    @property
    def last(self) -> str:
        return self.parts[-1]


# ---------------------------------------------------------------- expressions


@dataclass(slots=True)
class Expr(Node):
    pass


@dataclass(slots=True)
class Literal(Expr):
    """``kind``: 'int' (any size), 'decimal', 'float', 'string', 'nstring', 'binary', 'money' or
    'null'.

    ``value`` is the text as Python str (quotes resolved; binary as hex digits without 0x; null '').
    """

    kind: str
    value: str


@dataclass(slots=True)
class Variable(Expr):
    name: str  # with the @, spelling kept


@dataclass(slots=True)
class SystemVariable(Expr):
    name: str  # upper case with @@, e.g. '@@ROWCOUNT'


@dataclass(slots=True)
class Column(Expr):
    """``alias.column`` or ``schema.table.column``; inserted and deleted are aliases, too."""

    name: Name


@dataclass(slots=True)
class Star(Expr):
    """``*`` or ``alias.*`` (only as a select item, in COUNT(*) or in OUTPUT inserted.*)."""

    qualifier: Name | None


@dataclass(slots=True)
class Unary(Expr):
    op: str  # '-', '+', '~', 'NOT'
    operand: Expr


@dataclass(slots=True)
class Binary(Expr):
    """``op``: + - * / % & | ^ = <> < <= > >= AND OR (!= !< !> are normalised)."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True)
class Collate(Expr):
    operand: Expr
    collation: str


@dataclass(slots=True)
class IsNull(Expr):
    operand: Expr
    negated: bool


@dataclass(slots=True)
class Between(Expr):
    operand: Expr
    low: Expr
    high: Expr
    negated: bool


@dataclass(slots=True)
class Like(Expr):
    operand: Expr
    pattern: Expr
    escape: Expr | None
    negated: bool


@dataclass(slots=True)
class InList(Expr):
    operand: Expr
    items: list[Expr]
    negated: bool


@dataclass(slots=True)
class InQuery(Expr):
    operand: Expr
    query: Query
    negated: bool


@dataclass(slots=True)
class Exists(Expr):
    query: Query


@dataclass(slots=True)
class QuantifiedComparison(Expr):
    op: str
    quantifier: str  # 'ALL' or 'ANY' (SOME is ANY)
    left: Expr
    query: Query


@dataclass(slots=True)
class Subquery(Expr):
    """A scalar subquery."""

    query: Query


@dataclass(slots=True)
class Case(Expr):
    """``operand`` is None for the searched form. IIF is parsed to this node too."""

    operand: Expr | None
    whens: list[tuple[Expr, Expr]]
    otherwise: Expr | None


@dataclass(slots=True)
class Cast(Expr):
    """CAST, CONVERT, TRY_CAST, TRY_CONVERT, PARSE is refused. ``style`` only for CONVERT."""

    operand: Expr
    type: SqlType
    style: Expr | None
    is_try: bool


@dataclass(slots=True)
class Over(Node):
    partition: list[Expr]
    order: list[OrderItem]
    frame: str | None  # normalised text: 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'
    base: str | None = None  # the window of the WINDOW clause that this one goes on from


@dataclass(slots=True)
class Function(Expr):
    """A call. ``name`` upper case for built-ins written without schema; else as written.

    ``keyword`` holds a leading bare word argument (DATEADD(day, …) → 'DAY'), upper case.
    NEXT VALUE FOR seq is ``NEXT_VALUE_FOR`` with ``schema_name`` the sequence.
    """

    name: str
    args: list[Expr]
    distinct: bool = False
    keyword: str | None = None
    over: Over | None = None
    within_group: list[OrderItem] = field(default_factory=list)
    schema_name: Name | None = None  # dbo.fn_x(…): the whole name
    written: str = field(default="", compare=False)  # the name as the text has it


@dataclass(slots=True)
class AtTimeZone(Expr):
    operand: Expr
    zone: Expr


@dataclass(slots=True)
class Grouping(Expr):
    """In GROUP BY. ``kind``: ROLLUP, CUBE, GROUPING SETS, or '' for several expressions as one."""

    kind: str
    items: list[Expr]


@dataclass(slots=True)
class NewIdentity(Expr):
    """IDENTITY(type, seed, increment): numbers the rows that SELECT … INTO makes."""

    type: SqlType
    seed: int
    increment: int


# ---------------------------------------------------------------- queries


@dataclass(slots=True)
class OrderItem(Node):
    expr: Expr
    descending: bool = False


@dataclass(slots=True)
class SelectItem(Node):
    """``expr AS alias``, ``alias = expr`` or ``@variable = expr`` (there with an ``op``)."""

    expr: Expr
    alias: str | None = None
    variable: str | None = None
    op: str = "="  # '=', '+=', '-=' … for variable assignment


@dataclass(slots=True)
class Top(Node):
    count: Expr
    percent: bool = False
    with_ties: bool = False


@dataclass(slots=True)
class Hint(Node):
    """A table hint, upper case: UPDLOCK, HOLDLOCK, …; INDEX hints carry their ``args``."""

    name: str
    args: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Source(Node):
    """Anything in FROM."""


@dataclass(slots=True)
class TableSource(Source):
    name: Name
    alias: str | None
    hints: list[Hint] = field(default_factory=list)


@dataclass(slots=True)
class VariableSource(Source):
    """``FROM @t AS alias``."""

    name: str
    alias: str | None


@dataclass(slots=True)
class FunctionSource(Source):
    """A table function in FROM: ``dbo.fn_x(…)``, STRING_SPLIT, GENERATE_SERIES …"""

    name: Name
    args: list[Expr]
    alias: str | None
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class JsonColumn(Node):
    name: str
    type: SqlType
    path: str | None
    as_json: bool = False


@dataclass(slots=True)
class OpenJsonSource(Source):
    """OPENJSON(expr [, path]) [WITH (columns)]; ``columns`` is None without WITH."""

    expr: Expr
    path: Expr | None
    columns: list[JsonColumn] | None
    alias: str | None


@dataclass(slots=True)
class DerivedSource(Source):
    """``(SELECT …) AS alias [(columns)]``."""

    query: Query
    alias: str
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ValuesSource(Source):
    """``(VALUES (…), (…)) AS alias (columns)``."""

    rows: list[list[Expr]]
    alias: str
    columns: list[str]


@dataclass(slots=True)
class Pivot(Source):
    """``source PIVOT (aggregate(value) FOR column IN ([a], [b])) AS alias``."""

    source: Source
    aggregate: str
    value: Name
    column: Name
    names: list[str]
    alias: str


@dataclass(slots=True)
class Unpivot(Source):
    """``source UNPIVOT (value FOR column IN (a, b)) AS alias``."""

    source: Source
    value: str
    column: str
    names: list[Name]
    alias: str


@dataclass(slots=True)
class Join(Source):
    """``kind``: INNER, LEFT, RIGHT, FULL, CROSS, CROSS APPLY, OUTER APPLY. A join hint is kept."""

    kind: str
    left: Source
    right: Source
    on: Expr | None
    hint: str | None = None


@dataclass(slots=True)
class CommonTable(Node):
    name: str
    columns: list[str]
    query: Query


@dataclass(slots=True)
class Query(Node):
    """Base of Select and SetOperation. ``ctes`` stand on the outermost query only."""

    ctes: list[CommonTable] = field(default_factory=list)
    order: list[OrderItem] = field(default_factory=list)
    offset: Expr | None = None
    fetch: Expr | None = None
    for_json: ForJson | None = None
    options: list[str] = field(default_factory=list)
    """the texts of OPTION (…) in upper case: 'RECOMPILE', 'MAXDOP 1'"""


@dataclass(slots=True)
class ForJson(Node):
    mode: str  # 'PATH' (AUTO is refused)
    root: str | None = None
    include_null: bool = False
    without_wrapper: bool = False


@dataclass(slots=True)
class Select(Query):
    items: list[SelectItem] = field(default_factory=list)
    distinct: bool = False
    top: Top | None = None
    into: Name | None = None
    sources: list[Source] = field(default_factory=list)  # comma-separated FROM items
    where: Expr | None = None
    group: list[Expr] = field(default_factory=list)
    having: Expr | None = None
    windows: list[tuple[str, Over]] = field(default_factory=list[tuple[str, "Over"]])


@dataclass(slots=True)
class SetOperation(Query):
    op: str = "UNION"  # UNION, UNION ALL, EXCEPT, INTERSECT
    left: Query | None = None
    right: Query | None = None


# ---------------------------------------------------------------- statements


@dataclass(slots=True)
class Statement(Node):
    pass


@dataclass(slots=True)
class SelectStatement(Statement):
    """A query as a statement: a result set, or assignment to variables."""

    query: Query


@dataclass(slots=True)
class Output(Node):
    """OUTPUT items [INTO target [(columns)]]; ``target`` is a Name or '@t'."""

    items: list[SelectItem]
    target: Name | str | None = None
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Insert(Statement):
    """``source``: list of rows for VALUES, a Query, an Execute, or None for DEFAULT VALUES.

    In a VALUES row the node ``Default`` stands for DEFAULT.
    """

    target: Name | str
    columns: list[str]
    source: list[list[Expr]] | Query | Execute | ExecuteText | None
    output: list[Output] = field(default_factory=list)
    top: Top | None = None
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    keep_identity: bool = False
    """identity columns of the list take the values given, whatever IDENTITY_INSERT says"""


@dataclass(slots=True)
class InsertBulk(Statement):
    """INSERT BULK, which announces the rows that a client sends next."""

    target: Name
    columns: list[str]
    keep_nulls: bool = False
    table_lock: bool = False


@dataclass(slots=True)
class Default(Expr):
    pass


@dataclass(slots=True)
class Assignment(Node):
    """``column = expr``, ``@v = expr`` or ``@v = column = expr`` in SET of UPDATE (with its op)."""

    column: Name | None
    variable: str | None
    expr: Expr
    op: str = "="


@dataclass(slots=True)
class Update(Statement):
    target: Name | str  # a table, an alias of FROM, a CTE, or '@t'
    assignments: list[Assignment]
    sources: list[Source] = field(default_factory=list)
    where: Expr | None = None
    output: list[Output] = field(default_factory=list)
    top: Top | None = None
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Delete(Statement):
    target: Name | str
    sources: list[Source] = field(default_factory=list)
    where: Expr | None = None
    output: list[Output] = field(default_factory=list)
    top: Top | None = None
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MergeClause(Node):
    """``kind``: MATCHED, NOT MATCHED or NOT MATCHED BY SOURCE; ``action``: UPDATE, DELETE, INSERT.

    ``values`` is None for DEFAULT VALUES.
    """

    kind: str
    condition: Expr | None
    action: str = ""
    assignments: list[Assignment] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    values: list[Expr] | None = None


@dataclass(slots=True)
class Merge(Statement):
    target: Name
    alias: str | None
    source: Source
    on: Expr
    clauses: list[MergeClause] = field(default_factory=list)
    output: list[Output] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    ctes: list[CommonTable] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Truncate(Statement):
    table: Name


@dataclass(slots=True)
class Declare(Statement):
    """One DECLARE; each variable is its own item."""

    items: list[DeclareItem]


@dataclass(slots=True)
class DeclareItem(Node):
    name: str
    type: SqlType | None  # None for a table variable or a user-defined table type
    value: Expr | None = None
    table: TableDefinition | None = None
    type_name: Name | None = None  # user-defined (table) type


@dataclass(slots=True)
class DeclareCursor(Statement):
    """DECLARE name CURSOR … FOR query; ``scrolls``: FETCH may go back."""

    name: str
    query: Query
    scrolls: bool = False


@dataclass(slots=True)
class CursorAction(Statement):
    """OPEN, CLOSE or DEALLOCATE of a cursor."""

    action: str
    name: str


@dataclass(slots=True)
class Fetch(Statement):
    """``direction``: NEXT, PRIOR, FIRST, LAST, ABSOLUTE or RELATIVE (these with a ``count``)."""

    name: str
    direction: str
    count: Expr | None = None
    into: list[str] | None = None


@dataclass(slots=True)
class SetVariable(Statement):
    name: str
    expr: Expr
    op: str = "="


@dataclass(slots=True)
class SetOption(Statement):
    """SET NOCOUNT, XACT_ABORT ON → names ('NOCOUNT','XACT_ABORT'), value 'ON'.

    SET LOCK_TIMEOUT 15000 → names ('LOCK_TIMEOUT',), value '15000';
    SET TRANSACTION ISOLATION LEVEL x → names ('TRANSACTION ISOLATION LEVEL',), value 'SNAPSHOT';
    SET IDENTITY_INSERT t ON → names ('IDENTITY_INSERT',), value 'ON', table.
    """

    names: list[str]
    value: str
    table: Name | None = None


@dataclass(slots=True)
class Block(Statement):
    body: list[Statement]


@dataclass(slots=True)
class If(Statement):
    condition: Expr
    then: Statement
    otherwise: Statement | None = None


@dataclass(slots=True)
class While(Statement):
    condition: Expr
    body: Statement


@dataclass(slots=True)
class Break(Statement):
    pass


@dataclass(slots=True)
class Continue(Statement):
    pass


@dataclass(slots=True)
class CheckIdentity(Statement):
    """DBCC CHECKIDENT. ``mode``: NORESEED, RESEED, or SET where a ``value`` is given."""

    table: Name
    mode: str
    value: Expr | None = None
    quiet: bool = False


@dataclass(slots=True)
class Maintenance(Statement):
    """UPDATE STATISTICS, ALTER INDEX … REBUILD: what PostgreSQL looks after by itself."""

    what: str
    table: Name
    index: str | None = None


@dataclass(slots=True)
class Label(Statement):
    """``name:``, where GOTO may lead."""

    name: str


@dataclass(slots=True)
class GoTo(Statement):
    name: str


@dataclass(slots=True)
class Return(Statement):
    expr: Expr | None = None


@dataclass(slots=True)
class TryCatch(Statement):
    body: list[Statement]
    handler: list[Statement]


@dataclass(slots=True)
class Throw(Statement):
    """Bare THROW has no arguments."""

    number: Expr | None = None
    message: Expr | None = None
    state: Expr | None = None


@dataclass(slots=True)
class RaisError(Statement):
    """RAISERROR(message, severity, state, args…) [WITH NOWAIT, LOG, SETERROR]."""

    message: Expr
    severity: Expr
    state: Expr
    args: list[Expr] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Print(Statement):
    expr: Expr


@dataclass(slots=True)
class WaitFor(Statement):
    kind: str  # 'DELAY' or 'TIME'
    expr: Expr


@dataclass(slots=True)
class Transaction(Statement):
    """``action``: BEGIN, COMMIT, ROLLBACK, SAVE. ``name``: identifier or '@v'."""

    action: str
    name: str | None = None


@dataclass(slots=True)
class ExecuteArg(Node):
    """``name`` with @ or None for positional; ``expr`` may be Default; bare words are strings."""

    name: str | None
    expr: Expr
    output: bool = False


@dataclass(slots=True)
class Execute(Statement):
    """EXEC [@rc =] name args. ``procedure_variable`` for EXEC @name."""

    procedure: Name | None
    args: list[ExecuteArg]
    return_variable: str | None = None
    procedure_variable: str | None = None
    options: list[str] = field(default_factory=list)  # 'RECOMPILE'


@dataclass(slots=True)
class ExecuteText(Statement):
    """EXEC (@sql) — dynamic text without parameters."""

    expr: Expr


@dataclass(slots=True)
class ExecuteAs(Statement):
    """EXECUTE AS USER = 'x' / LOGIN = 'x'."""

    kind: str
    principal: Expr


@dataclass(slots=True)
class Revert(Statement):
    pass


@dataclass(slots=True)
class Use(Statement):
    database: str


# ---------------------------------------------------------------- definitions


@dataclass(slots=True)
class ColumnDefinition(Node):
    name: str
    type: SqlType | None  # None for a computed column
    nullable: bool | None = None  # None: not said
    identity: tuple[int, int] | None = None
    default: Expr | None = None
    default_name: str | None = None
    computed: Expr | None = None
    persisted: bool = False
    collation: str | None = None
    rowguidcol: bool = False
    constraints: list[TableConstraint] = field(default_factory=list)  # written at the column
    type_name: Name | None = None  # a user-defined alias type
    default_with_values: bool = False  # ALTER TABLE ADD … DEFAULT … WITH VALUES


@dataclass(slots=True)
class TableConstraint(Node):
    """``kind``: PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY or DEFAULT (ADD … DEFAULT … FOR)."""

    kind: str
    name: str | None
    columns: list[OrderItem] = field(default_factory=list)  # expr is Column
    clustered: bool | None = None
    check: Expr | None = None
    references: Name | None = None
    referenced_columns: list[str] = field(default_factory=list)
    on_delete: str | None = None
    on_update: str | None = None
    default: Expr | None = None
    default_column: str | None = None
    with_check: bool = True
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class IndexDefinition(Node):
    name: str
    columns: list[OrderItem]
    unique: bool = False
    clustered: bool | None = None
    include: list[str] = field(default_factory=list)
    where: Expr | None = None
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class TableDefinition(Node):
    columns: list[ColumnDefinition]
    constraints: list[TableConstraint] = field(default_factory=list)
    indexes: list[IndexDefinition] = field(default_factory=list)


@dataclass(slots=True)
class CreateTable(Statement):
    name: Name
    definition: TableDefinition


@dataclass(slots=True)
class AlterTable(Statement):
    """``action``: ADD or DROP with COLUMN or CONSTRAINT, ALTER COLUMN, CHECK, NOCHECK."""

    name: Name
    action: str
    columns: list[ColumnDefinition] = field(default_factory=list)
    constraints: list[TableConstraint] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    if_exists: bool = False
    with_check: bool | None = None


@dataclass(slots=True)
class CreateIndex(Statement):
    table: Name
    index: IndexDefinition


@dataclass(slots=True)
class CreateType(Statement):
    """CREATE TYPE name FROM type, or AS TABLE (…)."""

    name: Name
    base: SqlType | None = None
    nullable: bool | None = None
    table: TableDefinition | None = None


@dataclass(slots=True)
class CreateSequence(Statement):
    name: Name
    type: SqlType | None = None
    start: int | None = None
    increment: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    cycle: bool = False
    cache: int | None = None


@dataclass(slots=True)
class CreateSchema(Statement):
    name: str
    owner: str | None = None


@dataclass(slots=True)
class CreateDatabase(Statement):
    name: str
    collation: str | None = None


@dataclass(slots=True)
class AlterDatabase(Statement):
    """``database`` '' is CURRENT. ``options``: for example [('READ_COMMITTED_SNAPSHOT', 'ON')]."""

    database: str
    options: list[tuple[str, str]]
    termination: str | None = None


@dataclass(slots=True)
class Module(Statement):
    """CREATE, CREATE OR ALTER or ALTER of a VIEW, FUNCTION or PROCEDURE. ``text`` is the batch."""

    name: Name
    verb: str  # 'CREATE', 'ALTER', 'CREATE OR ALTER'
    text: str = ""
    options: list[str] = field(default_factory=list)
    """'SCHEMABINDING', 'RECOMPILE' …; others are refused"""


@dataclass(slots=True)
class CreateView(Module):
    columns: list[str] = field(default_factory=list)
    query: Query | None = None
    check_option: bool = False


@dataclass(slots=True)
class Parameter(Node):
    name: str
    type: SqlType | None
    default: Expr | None = None
    output: bool = False
    readonly: bool = False
    type_name: Name | None = None
    nullable: bool | None = None


@dataclass(slots=True)
class CreateProcedure(Module):
    parameters: list[Parameter] = field(default_factory=list)
    body: list[Statement] = field(default_factory=list)


@dataclass(slots=True)
class CreateFunction(Module):
    """``query`` for an inline table function; ``returns`` and ``body`` for a scalar one.

    One of several statements has a ``body`` that fills ``table``, and no ``returns``.
    """

    parameters: list[Parameter] = field(default_factory=list)
    query: Query | None = None
    returns: SqlType | None = None
    body: list[Statement] = field(default_factory=list)
    table: DeclareItem | None = None


@dataclass(slots=True)
class Drop(Statement):
    """``kind``: the words after DROP, as TABLE, VIEW, PROCEDURE, FUNCTION, INDEX or LOGIN."""

    kind: str
    names: list[Name]
    if_exists: bool = False
    on: Name | None = None  # DROP INDEX … ON table


@dataclass(slots=True)
class CreatePrincipal(Statement):
    """``kind``: ROLE, USER or LOGIN.

    Of a user: ``login`` ('' is WITHOUT LOGIN), ``external`` for FROM EXTERNAL PROVIDER.
    """

    kind: str
    name: str
    owner: str | None = None
    login: str | None = None
    password: str | None = None
    external: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class AlterPrincipal(Statement):
    """ALTER ROLE r ADD or DROP MEMBER m; ALTER LOGIN l WITH …, ENABLE or DISABLE; ALTER USER."""

    kind: str
    name: str
    action: str  # 'ADD MEMBER', 'DROP MEMBER', 'WITH', 'ENABLE', 'DISABLE'
    member: str | None = None
    options: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Permission(Statement):
    """GRANT / DENY / REVOKE. ``securable_class``: OBJECT, SCHEMA, DATABASE, TYPE."""

    verb: str
    permissions: list[str]  # upper case: 'EXECUTE', 'SELECT', 'VIEW DATABASE STATE'
    securable_class: str
    securable: Name | None
    principals: list[str]
    grant_option: bool = False
    columns: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Batch(Node):
    statements: list[Statement]
    text: str
