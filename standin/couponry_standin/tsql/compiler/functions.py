"""Functions that the language does not have by itself: sequences, errors, the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import INT, SYSNAME, SqlType, nvarchar
from .. import tree
from ..catalog import ObjectDoc, type_from_doc
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import literal
from ..typed import Typed, pg_type
from .scope import Scope
from .unit import Unit

if TYPE_CHECKING:
    from .expressions import Expressions

FETCH_STATUS = "_fetch int4 := -1"

ERROR_FIELDS = {
    "ERROR_NUMBER": (1, INT, "int4"),
    "ERROR_SEVERITY": (2, INT, "int4"),
    "ERROR_STATE": (3, INT, "int4"),
    "ERROR_MESSAGE": (4, nvarchar(4000), "text"),
    "ERROR_PROCEDURE": (5, SYSNAME, "text"),
    "ERROR_LINE": (6, INT, "int4"),
}


def error_field(unit: Unit, name: str) -> Typed:
    """ERROR_NUMBER() and its kin: of the CATCH block around, or of the caller's."""
    index, type_, pg = ERROR_FIELDS[name]
    if unit.error_scope:
        source = unit.error_scope[-1]
        text = f"({source})[{index}]"
    else:
        text = f"tsql.error_field({index})"
        if not unit.name and unit.procedural:
            # A batch of the client's has no caller; what EXEC (text) runs may have one.
            text = f"CASE WHEN _nestlevel > 0 THEN {text} END"
    if name == "ERROR_PROCEDURE":
        text = f"nullif({text}, '')"
    sql = text if pg == "text" else f"({text})::{pg}"
    return Typed(sql, type_, pg)


def next_value(unit: Unit, node: tree.Function) -> Typed:
    """NEXT VALUE FOR a sequence."""
    assert node.schema_name is not None
    found = unit.catalog.object(node.schema_name)
    if found is None or found.type != "SO":
        raise SqlError(208, f"Invalid object name '{'.'.join(node.schema_name.parts)}'.")
    unit.use(found, "UPDATE")
    unit.numbered = True
    type_ = type_from_doc(found.doc["type"])
    pg = pg_type(type_)
    return Typed(f"nextval({literal(found.sql)})::{pg}", type_, pg, nullable=False)


def call_scalar(expressions: Expressions, node: tree.Function, scope: Scope) -> Typed:
    """A call of a scalar function of the database."""
    assert node.schema_name is not None
    found = expressions.unit.catalog.object(node.schema_name)
    own = ".".join(node.schema_name.parts).lower() == expressions.unit.name.lower()
    if found is None and own:
        raise NotSupported("a function that calls itself", node.line, node.col)
    if found is None or found.type != "FN":
        raise SqlError(
            4121,
            f'Cannot find either column "{node.schema_name.parts[0]}" or the user-defined'
            f' function or aggregate "{".".join(node.schema_name.parts)}", or the name is'
            " ambiguous.",
        )
    expressions.unit.use(found, "EXECUTE")
    returns = type_from_doc(found.doc["returns"])
    args = scalar_arguments(expressions, node, found, scope)
    return Typed(f"{found.sql}({args})", returns, pg_type(returns))


def scalar_arguments(
    expressions: Expressions,
    node: tree.Function | tree.FunctionSource,
    found: ObjectDoc,
    scope: Scope,
) -> str:
    """The arguments of a function of the database, as its parameters want them."""
    args: list[str] = []
    parameters = found.parameters
    if len(node.args) > len(parameters):
        raise SqlError(
            8144,
            f"Procedure or function {found.full_name} has too many arguments specified.",
            state=2,
        )
    if len(node.args) < len(parameters):
        raise SqlError(
            313,
            "An insufficient number of arguments were supplied for the procedure or function"
            f" {found.full_name}.",
        )
    for arg, parameter in zip(node.args, parameters, strict=True):
        if isinstance(arg, tree.Default):
            if not parameter.has_default:
                raise NotSupported("DEFAULT for a parameter without one", arg.line, arg.col)
            text = "NULL" if parameter.default is None else literal(parameter.default)
            args.append(f"({text})::{pg_type(parameter.type)}")
            continue
        typed = convert(
            expressions.value(arg, scope),
            parameter.type,
            implicit=True,
            line=arg.line,
            col=arg.col,
        )
        args.append(f"({typed.sql})::{pg_type(parameter.type)}")
    return ", ".join(args)


def fetch_status(unit: Unit) -> Typed:
    """@@FETCH_STATUS, in texts that have cursors a variable."""
    unit.extra(FETCH_STATUS)
    return Typed("_fetch", INT, "int4", nullable=False)


def cursor_status(unit: Unit, node: tree.Function) -> Typed:
    """CURSOR_STATUS('local', 'name'): 1 open, 0 open without rows, -1 closed, -3 not declared."""
    texts = [each.value for each in node.args if isinstance(each, tree.Literal)]
    if len(node.args) != 2 or len(texts) != 2 or texts[0].lower() == "variable":
        raise NotSupported("CURSOR_STATUS of anything but a name", node.line, node.col)
    info = unit.cursors.get(texts[1].lower())
    sql = "(-3)::int2"
    if info is not None:
        sql = (
            f"(CASE WHEN NOT {info.known} THEN -3 WHEN {info.at} IS NULL THEN -1"
            f" WHEN cardinality({info.rows}) = 0 THEN 0 ELSE 1 END)::int2"
        )
    return Typed(sql, SqlType("smallint"), "int2", nullable=False)


def grouping(expressions: Expressions, node: tree.Function, scope: Scope) -> Typed:
    """GROUPING and GROUPING_ID: a bit for each expression that the row sums over."""
    groups, scope.groups = scope.groups, {}
    loose = len(scope.loose)
    keys: list[str] = []
    for index, each in enumerate(node.args, 1):
        key = scope.keys.get(expressions.value(each, scope).sql)
        if key is None:
            raise SqlError(
                8161,
                f"Argument {index} of the {node.name.upper()} function does not match any of the"
                " expressions in the GROUP BY clause.",
            )
        keys.append(key)
    scope.groups = groups
    del scope.loose[loose:]
    type_ = SqlType("tinyint") if node.name.upper() == "GROUPING" else INT
    sql = f"GROUPING({', '.join(keys)})::{pg_type(type_)}"
    return Typed(sql, type_, pg_type(type_), nullable=False)
