"""Functions in FROM: table functions of the database, and those of the language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...types import MAX, SqlType, nvarchar
from .. import tree
from ..builtins import json_column
from ..collation import as_text, check_collation
from ..conversion import convert
from ..errors import NotSupported, SqlError
from ..names import quote
from ..typed import pg_type
from . import walk
from .expressions import Expressions
from .functions import scalar_arguments
from .rows_of_values import series, split
from .scope import Scope, Shape, bind, column_shape
from .trees import function_tree
from .unit import Unit, VariableInfo

if TYPE_CHECKING:
    from .queries import Queries


class TableFunctions:
    """Compiles the table functions of one unit."""

    def __init__(self, unit: Unit, expressions: Expressions, queries: Queries) -> None:
        self.unit = unit
        self.expressions = expressions
        self.queries = queries
        self._serial = 0

    def function(self, node: tree.FunctionSource, scope: Scope, *, lateral: bool = False) -> str:
        name = node.name.last.upper()
        alias = node.alias or node.name.last
        if len(node.name.parts) == 1 and name in ("STRING_SPLIT", "GENERATE_SERIES"):
            return self._builtin(name, node, alias, scope)
        found = self.unit.catalog.object(node.name)
        if found is None or found.type not in ("IF", "TF"):
            raise SqlError(
                208,
                f"Invalid object name '{'.'.join(node.name.parts)}'.",
                line=node.line,
                col=node.col,
            )
        self.unit.use(found, "SELECT")
        if found.object_id in self.unit.expanding:
            raise NotSupported("a recursive table function", node.line, node.col)
        if found.type == "TF":
            bound = bind(alias, column_shape(found.columns))
            given = scalar_arguments(
                self.expressions, node, found, scope if lateral else Scope(scope.parent)
            )
            scope.add(bound)
            return f"{'LATERAL ' if lateral else ''}unnest({found.sql}({given})) AS {quote(alias)}"
        function = function_tree(found)
        outer = scope if lateral else Scope(scope.parent, [], scope.ctes)
        arguments, variables = self._arguments(node, function.parameters, outer)
        compiled = self.queries.expand(found, function.query, variables)
        names = [column.name for column in compiled.columns]
        bound = bind(alias, compiled.shape())
        bound.single = compiled.single
        scope.add(bound)
        listed = ", ".join(quote(each) for each in names)
        if not arguments:
            return f"{'LATERAL ' if lateral else ''}({compiled.sql}) AS {quote(alias)}({listed})"
        self._serial += 1
        shape = ", ".join(f'"c{index}"' for index in range(1, len(names) + 1))
        return (
            f'LATERAL (SELECT "_q".* FROM {arguments} CROSS JOIN LATERAL'
            f' ({compiled.sql}) AS "_q"({shape})) AS {quote(alias)}({listed})'
        )

    def _arguments(
        self, node: tree.FunctionSource, parameters: list[tree.Parameter], scope: Scope
    ) -> tuple[str, dict[str, VariableInfo]]:
        """Bind the parameters of an expanded function to its arguments.

        Arguments that read columns are computed beside the function under a name of their own, so
        that no alias inside the function can capture them.
        """
        if len(node.args) != len(parameters):
            raise SqlError(
                313,
                "An insufficient number of arguments were supplied for the procedure or function"
                f" {'.'.join(node.name.parts)}.",
                line=node.line,
                col=node.col,
            )
        self._serial += 1
        holder = f"_f{len(self.unit.expanding)}_{self._serial}"
        variables: dict[str, VariableInfo] = {}
        computed: list[str] = []
        for arg, parameter in zip(node.args, parameters, strict=True):
            if parameter.type is None:
                raise NotSupported("a table-valued parameter here", node.line, node.col)
            if isinstance(arg, tree.Default):
                if parameter.default is None:
                    raise NotSupported("DEFAULT without a default", arg.line, arg.col)
                arg = parameter.default
            typed = convert(
                self.expressions.value(arg, scope),
                parameter.type,
                implicit=True,
                line=arg.line,
                col=arg.col,
            )
            pg = pg_type(parameter.type)
            sql = typed.sql if typed.pg == pg and typed.sql != "NULL" else f"({typed.sql})::{pg}"
            if any(True for _ in walk.columns(arg)) or walk.has_subquery(arg):
                name = f"p{len(computed) + 1}"
                computed.append(f'{sql} AS "{name}"')
                sql = f'"{holder}"."{name}"'
            variables[parameter.name.lower()] = VariableInfo(
                parameter.name, parameter.type, sql, pg
            )
        if not computed:
            return "", variables
        # OFFSET 0 keeps PostgreSQL from putting an argument in every place that names it.
        return f'(SELECT {", ".join(computed)} OFFSET 0) AS "{holder}"', variables

    def _builtin(self, name: str, node: tree.FunctionSource, alias: str, scope: Scope) -> str:
        args = [self.expressions.value(arg, scope) for arg in node.args]
        if len(args) not in (2, 3):
            text = f"The {name.lower()} function requires 2 to 3 arguments."
            raise SqlError(189, text, severity=15, line=node.line, col=node.col)
        compiled = split(node, args) if name == "STRING_SPLIT" else series(node, args)
        scope.add(bind(alias, compiled.columns))
        listed = ", ".join(quote(each) for each in compiled.names)
        return f"{compiled.sql} AS {quote(alias)}({listed})"

    def _json_text(self, node: tree.Expr, scope: Scope, number: int) -> str:
        value = self.expressions.value(node, scope)
        if value.type.is_string:
            return as_text(value)
        if value.type.name == "null":
            return "NULL::text"
        raise SqlError(
            8116,
            f"Argument data type {value.type.name} is invalid for argument {number} of OpenJson"
            " function.",
            line=node.line,
            col=node.col,
        )

    def open_json(self, node: tree.OpenJsonSource, scope: Scope) -> str:
        document = self._json_text(node.expr, scope, 1)
        path = self._json_text(node.path, scope, 2) if node.path is not None else "NULL"
        alias = node.alias or "OPENJSON"
        if node.columns is None:
            collation = "Latin1_General_BIN2"
            scope.add(
                bind(
                    alias,
                    [
                        (
                            "key",
                            SqlType("nvarchar", 4000, collation=collation),
                            "text",
                            False,
                            "implicit",
                        ),
                        ("value", nvarchar(MAX), "text", True, "implicit"),
                        ("type", SqlType("tinyint"), "int2", False, "implicit"),
                    ],
                )
            )
            return (
                f"LATERAL tsql.openjson({document}, {path}) AS {quote(alias)}"
                '("key", "value", "type")'
            )
        items: list[str] = []
        columns: list[Shape] = []
        members: dict[str, str] = {}
        for column in node.columns:
            if column.type.collation is not None:
                check_collation(column.type.collation, column.line, column.col)
            typed = json_column('"_e"."e"', column, members)
            items.append(f"{typed.sql} AS {quote(column.name)}")
            columns.append((column.name, column.type, typed.pg, True, "implicit"))
        scope.add(bind(alias, columns))
        return (
            f"LATERAL (SELECT {', '.join(items)} FROM tsql.json_elements({document}, {path})"
            f' AS "_e"("e"){record_of(members)}) AS {quote(alias)}'
        )


def record_of(members: dict[str, str]) -> str:
    """The members of an element as a row; one that is no object has none."""
    if not members:
        return ""
    listed = ", ".join(f"{name.partition('.')[2]} text" for name in members.values())
    return (
        ', LATERAL json_to_record(CASE json_typeof("_e"."e") WHEN \'object\''
        f' THEN "_e"."e" ELSE \'{{}}\' END) AS "_j"({listed})'
    )
