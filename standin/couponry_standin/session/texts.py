"""What the texts and parameters of requests say, before anything runs."""

from __future__ import annotations

import re

from ..tds import RpcCall, RpcParam
from ..tsql import tree
from ..tsql.catalog import Catalog, ObjectDoc
from ..tsql.compiler.parameters import plan_parameters
from ..tsql.conversion import literal as literal_of
from ..tsql.errors import NotSupported, SqlError
from ..tsql.plan import PlanParameter
from ..types import SqlType
from .arguments import Argument, rows_text
from .parsed import parsed

CALL_TEXT = re.compile(
    r"^\s*\{\s*(?P<result>\?\s*=\s*)?call\s+(?P<name>[^({}]+?)\s*(\((?P<args>.*)\))?\s*\}\s*$",
    re.IGNORECASE | re.DOTALL,
)

_DECLARATIONS: dict[str, list[PlanParameter]] = {}
_SINGLE_CALLS: dict[str, tree.Execute | None] = {}


def single_call(text: str) -> tree.Execute | None:
    """The EXEC that a text is, when it is just one of constants and variables."""
    if text in _SINGLE_CALLS:
        return _SINGLE_CALLS[text]
    found: tree.Execute | None = None
    if re.match(r"\s*(EXEC\b|EXECUTE\b|\{)", text, re.IGNORECASE):
        statements = parsed(text).statements
        if len(statements) == 1 and isinstance(statements[0], tree.Execute):
            call = statements[0]
            if (
                call.procedure is not None
                and call.return_variable is None
                and all(is_constant(each.expr) for each in call.args)
                and call.procedure.last.lower() not in ("sp_getapplock", "sp_releaseapplock")
            ):
                found = call
    if len(_SINGLE_CALLS) > 5000:
        _SINGLE_CALLS.clear()
    _SINGLE_CALLS[text] = found
    return found


def is_constant(expr: tree.Expr) -> bool:
    if isinstance(expr, tree.Unary):
        return isinstance(expr.operand, tree.Literal) and expr.op in ("-", "+")
    return isinstance(expr, (tree.Literal, tree.Variable, tree.Default))


def constant(name: str, expr: tree.Expr) -> Argument:
    """An argument from a literal."""
    sign = ""
    if isinstance(expr, tree.Unary):
        sign = "-" if expr.op == "-" else ""
        expr = expr.operand
    assert isinstance(expr, tree.Literal)
    type_ = literal_of(expr).type
    if type_.name == "null":
        return Argument(name, SqlType("nvarchar", 1), None)
    value = "\\x" + expr.value if expr.kind == "binary" else expr.value
    return Argument(name, type_, sign + value)


def argument_of(param: RpcParam, name: str = "", *, output: bool = False) -> Argument:
    """``name`` and ``output``: as the parameter is declared, where it is given by its place."""
    value = param.value
    given, output = param.name or name, output or (param.output and not name)
    if value is None or isinstance(value, str):
        return Argument(given, param.type, value, output, param.default)
    # Clients may leave the type's name to the procedure.
    table = f"{value.schema or 'dbo'}.{value.name}" if value.name else ""
    type_ = SqlType("table", table=table)
    return Argument(given, type_, rows_text(value.rows), output, param.default)


def described_text(call: RpcCall) -> str:
    if not call.params:
        raise SqlError(
            201,
            f"Procedure or function '{call.name}' expects parameter '@tsql', which was not"
            " supplied.",
            state=4,
        )
    return text_param(call.params[0])


REQUIRED = {
    "sp_prepare": ("@handle", "@params", "@stmt"),
    "sp_prepexec": ("@handle", "@params", "@stmt"),
    "sp_prepexecrpc": ("@handle", "@rpccall"),
    "sp_execute": ("@handle",),
    "sp_unprepare": ("@handle",),
}


def check_parameters(name: str, call: RpcCall) -> None:
    """201: what a procedure of drivers cannot do without."""
    required = REQUIRED.get(name, ())
    if len(call.params) < len(required):
        missing = required[len(call.params)]
        raise SqlError(
            201,
            f"Procedure or function '{name}' expects parameter '{missing}', which was not"
            " supplied.",
            state=4,
        )


def handle_param(param: RpcParam) -> int:
    """The number of a prepared statement; none is 0."""
    try:
        return int(str(param.value or 0))
    except ValueError:
        raise SqlError(8114, "Error converting data type nvarchar to int.", state=5) from None


def text_param(param: RpcParam) -> str:
    return "" if param.value is None else str(param.value)


def split_statement(
    params: tuple[RpcParam, ...], statement: int, declared: int
) -> tuple[str, str, tuple[RpcParam, ...]]:
    if not params:
        raise SqlError(
            201,
            "Procedure or function 'sp_executesql' expects parameter '@statement', which was not"
            " supplied.",
            state=10,
        )
    text = text_param(params[statement])
    key = text_param(params[declared]) if len(params) > declared else ""
    return text, key, params[declared + 1 :]


def declarations(key: str, catalog: Catalog | None = None) -> list[PlanParameter]:
    """The parameters that a declaration text like ``@a int, @b nvarchar(20) OUTPUT`` names."""
    found = _DECLARATIONS.get(key)
    if found is None:
        found = []
        if key.strip():
            node = parsed(f"CREATE PROCEDURE p {key} AS RETURN").statements[0]
            if not isinstance(node, tree.CreateProcedure):
                raise SqlError(102, f"Incorrect syntax near '{key}'.", severity=15)
            found = plan_parameters(node.parameters, catalog)
            if any(each.type_name is not None for each in node.parameters):
                return found
        if len(_DECLARATIONS) > 5000:
            _DECLARATIONS.clear()
        _DECLARATIONS[key] = found
    return found


def parse_name(text: str) -> tree.Name:
    try:
        [statement] = parsed(f"EXEC {text}").statements
    except (SqlError, ValueError):
        statement = None
    if not isinstance(statement, tree.Execute) or statement.procedure is None or statement.args:
        raise SqlError(2812, f"Could not find stored procedure '{text}'.", state=62)
    # A name in a call, or in a variable, stands in no line.
    return tree.Name(0, 0, statement.procedure.parts)


def call_name(text: str) -> tree.Name:
    """The procedure of an ODBC call text."""
    found = CALL_TEXT.match(text)
    # Drivers send the escape as it was written, or just the name that they have read out of it.
    return parse_name(found.group("name") if found is not None else text)


NO_PROCEDURES = {
    "U": "table",
    "V": "view",
    "IF": "table valued function",
    "TF": "table valued function",
}


def no_procedure(name: tree.Name, found: ObjectDoc | None) -> SqlError:
    """The error of a call: nothing has this name, or something that cannot be called."""
    if found is not None and found.type == "FN":
        return NotSupported(f"EXEC of the scalar function {name.last}", name.line, name.col)
    if found is not None and found.type in NO_PROCEDURES:
        return SqlError(
            2809,
            f"The request for procedure '{name.last}' failed because '{name.last}' is a"
            f" {NO_PROCEDURES[found.type]} object.",
            severity=18,
        )
    text = ".".join(name.parts)
    return SqlError(2812, f"Could not find stored procedure '{text}'.", state=62)
