"""The FROM clause: tables with their hints, joins, derived tables, table functions, OPENJSON."""

from __future__ import annotations

from .. import tree
from ..errors import SyntaxProblem
from ..lexer import Token
from .hints import Hints

_JOIN_STARTS = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER")
_JOIN_HINTS = ("LOOP", "HASH", "MERGE", "REMOTE", "REDUCE", "REPLICATE", "REDISTRIBUTE")
_REFUSED = (
    "OPENROWSET",
    "OPENQUERY",
    "OPENXML",
    "OPENDATASOURCE",
    "CONTAINSTABLE",
    "FREETEXTTABLE",
    "CHANGETABLE",
    "PREDICT",
)


class Sources(Hints):
    def sources(self) -> list[tree.Source]:
        items = [self.joined()]
        while self.accept(","):
            items.append(self.joined())
        return items

    # ---------------------------------------------------------------- joins

    def joined(self) -> tree.Source:
        """One item of FROM, with the joins that hang on it."""
        source = self._source()
        while self.at(*_JOIN_STARTS):
            source = self._join(source)
        return source

    def _join(self, left: tree.Source) -> tree.Source:
        """One join with ``left``; the parser stands at its first word."""
        kind, hint = self._join_kind()
        right = self._source()
        if kind in ("CROSS", "CROSS APPLY", "OUTER APPLY"):
            return tree.Join(left.line, left.col, kind, left, right, None, hint)
        # a JOIN b JOIN c ON … ON …: the inner pair comes first.
        while self.at(*_JOIN_STARTS):
            right = self._join(right)
        self.expect("ON")
        return tree.Join(left.line, left.col, kind, left, right, self.condition(), hint)

    def _join_kind(self) -> tuple[str, str | None]:
        word = self.advance().key
        if word == "JOIN":
            return "INNER", None
        if word == "CROSS":
            return ("CROSS APPLY" if self.expect("APPLY", "JOIN").key == "APPLY" else "CROSS"), None
        if word == "OUTER":
            self.expect("APPLY")
            return "OUTER APPLY", None
        if word != "INNER":
            self.accept("OUTER")
        hint = self.advance().key if self.at(*_JOIN_HINTS) else None
        self.expect("JOIN")
        return word, hint

    # ---------------------------------------------------------------- one source

    def _source(self) -> tree.Source:
        source = self._plain_source()
        while self.at("PIVOT", "UNPIVOT"):
            source = self._pivot(source) if self.at("PIVOT") else self._unpivot(source)
        return source

    def _pivot(self, source: tree.Source) -> tree.Source:
        start = self.expect("PIVOT")
        self.expect("(")
        aggregate = self.identifier().upper()
        self.expect("(")
        value = self.name(2)
        self.expect(")")
        self.expect("FOR")
        column = self.name(2)
        self.expect("IN")
        names = self.column_names()
        self.expect(")")
        self.accept("AS")
        alias = self.identifier()
        return tree.Pivot(start.line, start.col, source, aggregate, value, column, names, alias)

    def _unpivot(self, source: tree.Source) -> tree.Source:
        start = self.expect("UNPIVOT")
        self.expect("(")
        value = self.identifier()
        self.expect("FOR")
        column = self.identifier()
        self.expect("IN")
        self.expect("(")
        names = [self.name(2)]
        while self.accept(","):
            names.append(self.name(2))
        self.expect(")")
        self.expect(")")
        self.accept("AS")
        alias = self.identifier()
        return tree.Unpivot(start.line, start.col, source, value, column, names, alias)

    def _plain_source(self) -> tree.Source:
        token = self.token
        if token.key == "(":
            return self._parenthesised_source()
        if token.kind == "variable":
            return self._variable_source()
        if token.key == "OPENJSON" and self.peek().key == "(":
            return self._open_json()
        if token.key in _REFUSED and self.peek().key == "(":
            raise self.refusal(token.key)
        if token.key == "{":
            raise self.refusal("the ODBC escape {oj …}")
        name = self.name()
        if self.at("(") and not self._at_bare_hints():
            return self._function_source(name)
        if self.at("FOR") and self.peek().key in ("SYSTEM_TIME", "PATH"):
            raise self.refusal(f"FOR {self.peek().key}")
        alias = self._alias()
        if self.at("TABLESAMPLE"):
            raise self.refusal("TABLESAMPLE")
        hints: list[tree.Hint] = []
        if (self.at("WITH") and self.peek().key == "(") or self._at_bare_hints():
            self.accept("WITH")
            hints = self._hints()
        return tree.TableSource(token.line, token.col, name, alias, hints)

    def _alias(self) -> str | None:
        if self.accept("AS"):
            return self.identifier()
        if self.at("WINDOW") and self.peek(2).key == "AS" and self.peek(3).key == "(":
            return None
        return self.advance().value if self.at_identifier() else None

    def _variable_source(self) -> tree.Source:
        token = self.advance()
        if self.at("."):
            raise self.refusal("methods of XML variables", token)
        return tree.VariableSource(token.line, token.col, token.value, self._alias())

    def _function_source(self, name: tree.Name) -> tree.Source:
        self.expect("(")
        args: list[tree.Expr] = []
        if not self.at(")"):
            args.append(self.argument())
            while self.accept(","):
                args.append(self.argument())
        self.expect(")")
        if self.at("WITH") and self.peek().key == "(":
            raise self.refusal("hints on a table function")
        alias = self._alias()
        columns = self.column_names() if alias is not None and self.at("(") else []
        return tree.FunctionSource(name.line, name.col, name, args, alias, columns)

    def _parenthesised_source(self) -> tree.Source:
        start = self.token
        if self.peek().key == "VALUES":
            return self._values_source()
        if self.peek().key == "SELECT":
            return self._derived()
        if self.at_query():
            # ((SELECT …) UNION …) AS x, or ((SELECT …) AS x JOIN …): try the first.
            index = self.index
            try:
                return self._derived()
            except SyntaxProblem:
                self.rewind(index)
        self.advance()
        source = self.joined()
        self.expect(")")
        if not isinstance(source, tree.Join):
            raise self.problem(start)
        return source

    def _derived(self) -> tree.Source:
        start = self.expect("(")
        query = self.subquery()
        self.expect(")")
        alias, columns = self._alias_with_columns()
        return tree.DerivedSource(start.line, start.col, query, alias, columns)

    def _values_source(self) -> tree.Source:
        start = self.expect("(")
        rows = self.value_rows()
        self.expect(")")
        alias, columns = self._alias_with_columns()
        if not columns:
            raise self.numbered(
                8155, f"No column name was specified for column 1 of '{alias}'.", start
            )
        return tree.ValuesSource(start.line, start.col, rows, alias, columns)

    def _alias_with_columns(self) -> tuple[str, list[str]]:
        self.accept("AS")
        alias = self.identifier()
        return alias, self.column_names() if self.at("(") else []

    def value_rows(self) -> list[list[tree.Expr]]:
        """``VALUES (…), (…)``; DEFAULT may stand for a value."""
        self.expect("VALUES")
        rows: list[list[tree.Expr]] = []
        while True:
            self.expect("(")
            row = [self.argument()]
            while self.accept(","):
                row.append(self.argument())
            self.expect(")")
            rows.append(row)
            if not self.accept(","):
                return rows

    # ---------------------------------------------------------------- OPENJSON

    def _open_json(self) -> tree.Source:
        start = self.advance()
        self.expect("(")
        expr = self.value()
        path = self.value() if self.accept(",") else None
        self.expect(")")
        columns: list[tree.JsonColumn] | None = None
        if self.at_words("WITH", "("):
            self.advance()
            self.advance()
            columns = [self._json_column()]
            while self.accept(","):
                columns.append(self._json_column())
            self.expect(")")
        return tree.OpenJsonSource(start.line, start.col, expr, path, columns, self._alias())

    def _json_column(self) -> tree.JsonColumn:
        start: Token = self.token
        name = self.identifier()
        type_ = self.built_in_type(1)
        if self.accept("COLLATE"):
            type_ = type_.with_collation(self.identifier())
        path = self.string() if self.token.kind in ("string", "nstring") else None
        as_json = self.at("AS") and self.accept_words("AS", "JSON")
        if as_json and not (type_.name == "nvarchar" and type_.length == -1):
            raise self.numbered(
                13618,
                "AS JSON option can be specified only for column of nvarchar(max) type in WITH "
                "clause.",
                start,
            )
        return tree.JsonColumn(start.line, start.col, name, type_, path, as_json)
