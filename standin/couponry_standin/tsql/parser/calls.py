"""Columns and calls of functions, with everything that may hang on a call."""

from __future__ import annotations

from dataclasses import replace

from ...types import DATETIME, SqlType
from .. import tree
from ..lexer import Token
from .expressions import Expressions
from .keywords import RESERVED, words

_DATE_PARTS = {
    "YEAR": "YEAR YY YYYY",
    "QUARTER": "QUARTER QQ Q",
    "MONTH": "MONTH MM M",
    "DAYOFYEAR": "DAYOFYEAR DY Y",
    "DAY": "DAY DD D",
    "WEEK": "WEEK WK WW",
    "WEEKDAY": "WEEKDAY DW W",
    "HOUR": "HOUR HH",
    "MINUTE": "MINUTE MI N",
    "SECOND": "SECOND SS S",
    "MILLISECOND": "MILLISECOND MS",
    "MICROSECOND": "MICROSECOND MCS",
    "NANOSECOND": "NANOSECOND NS",
    "TZOFFSET": "TZOFFSET TZ",
    "ISO_WEEK": "ISO_WEEK ISOWK ISOWW",
}
_PART_OF = {short: part for part, shorts in _DATE_PARTS.items() for short in shorts.split()}
_DATE_FUNCTIONS = words("DATEADD DATEDIFF DATEDIFF_BIG DATEPART DATENAME DATETRUNC DATE_BUCKET")
_WITHOUT_PARENTHESES = words("CURRENT_TIMESTAMP CURRENT_USER SESSION_USER SYSTEM_USER USER")
_RESERVED_FUNCTIONS = words("COALESCE NULLIF LEFT RIGHT")
_REFUSED = words(
    """
    PARSE TRY_PARSE JSON_OBJECTAGG JSON_ARRAYAGG JSON_MODIFY_ARRAY
    FREETEXTTABLE CONTAINSTABLE OPENXML IDENTITY $PARTITION COLUMNS_UPDATED EVENTDATA
    """
)
_ODBC_NAMES = {
    "ATAN2": "ATN2",
    "DATABASE": "DB_NAME",
    "DAYOFMONTH": "DAY",
    "IFNULL": "ISNULL",
    "LCASE": "LOWER",
    "LENGTH": "LEN",
    "LOCATE": "CHARINDEX",
    "NOW": "GETDATE",
    "UCASE": "UPPER",
}
"""Functions of ``{fn …}`` that are others by another name."""
_ODBC_REFUSED = words(
    """
    BIT_LENGTH CHAR_LENGTH CHARACTER_LENGTH CURRENT_TIME CURTIME DAYNAME DAYOFWEEK DAYOFYEAR
    EXTRACT HOUR INSERT MINUTE MOD MONTHNAME OCTET_LENGTH POSITION QUARTER REPEAT SECOND
    TIMESTAMPADD TIMESTAMPDIFF TRUNCATE WEEK
    """
)
VALUE_KEYWORDS = (
    _WITHOUT_PARENTHESES | _RESERVED_FUNCTIONS | {"CASE", "CONVERT", "TRY_CONVERT", "NULL"}
)
"""Reserved words with which a value may begin."""


class Calls(Expressions):
    def call_or_column(self) -> tree.Expr:
        token = self.token
        key = token.key
        if key and self.peek().key == "(":
            if key in ("CAST", "TRY_CAST"):
                return self._cast()
            if key in ("CONVERT", "TRY_CONVERT"):
                return self._convert()
            if key == "IIF":
                return self._iif()
            if key in _REFUSED:
                raise self.refusal(f"the function {key}")
            if key in _RESERVED_FUNCTIONS:
                self.advance()
                return self._call(token, key, None)
        elif key in _WITHOUT_PARENTHESES:
            self.advance()
            return tree.Function(token.line, token.col, key, [])
        elif key == "NEXT" and self.accept_words("NEXT", "VALUE", "FOR"):
            return self._next_value(token)
        elif key in ("$IDENTITY", "$ROWGUID", "$PARTITION", "IDENTITYCOL", "ROWGUIDCOL"):
            raise self.refusal(token.value)
        if token.kind == "word" and key in RESERVED:
            raise self.problem()
        return self._named(token)

    def _named(self, token: Token) -> tree.Expr:
        """A column, a qualified star, or a call by name."""
        parts = [self.identifier()]
        while self.token.key == ".":
            self.advance()
            if self.token.key == ".":
                parts.append("")
            elif self.token.key == "*":
                self.advance()
                return tree.Star(
                    token.line, token.col, tree.Name(token.line, token.col, tuple(parts))
                )
            else:
                parts.append(self.identifier())
        if self.token.key == "::":
            raise self.refusal("static methods of types", token)
        name = tree.Name(token.line, token.col, tuple(parts))
        if self.token.key != "(":
            return tree.Column(token.line, token.col, name)
        if len(parts) == 1:
            return self._call(token, parts[0].upper(), None)
        return self._call(token, parts[-1], name)

    # ---------------------------------------------------------------- calls

    def _call(self, start: Token, name: str, schema_name: tree.Name | None) -> tree.Expr:
        """Arguments and what follows them; the parser stands at the parenthesis."""
        self.expect("(")
        call = tree.Function(start.line, start.col, name, [], schema_name=schema_name)
        call.written = start.value
        if schema_name is None and name in _DATE_FUNCTIONS:
            call.keyword = self._date_part(name)
            self.expect(",")
        if schema_name is None and name == "TRIM":
            self._trim_arguments(call)
        elif schema_name is None and name in ("JSON_OBJECT", "JSON_ARRAY"):
            self._json_members(call)
        elif self.at("*"):
            star = self.advance()
            call.args.append(tree.Star(star.line, star.col, None))
        elif not self.at(")"):
            if self.accept("DISTINCT"):
                call.distinct = True
            else:
                self.accept("ALL")
            call.args.append(self.argument())
            while self.accept(","):
                if name == "ISJSON" and self.at("VALUE", "ARRAY", "OBJECT", "SCALAR"):
                    call.keyword = self.advance().key
                else:
                    call.args.append(self.argument())
        self.expect(")")
        self._call_tail(call)
        return call

    def argument(self) -> tree.Expr:
        """A value, or DEFAULT in the call of a user-defined function."""
        token = self.token
        if token.key == "DEFAULT":
            self.advance()
            return tree.Default(token.line, token.col)
        return self.value()

    def _call_tail(self, call: tree.Function) -> None:
        if self.token.key == "WITHIN":
            self.advance()
            self.expect("GROUP")
            self.expect("(")
            call.within_group = self._order_by()
            self.expect(")")
        if self.token.key in ("IGNORE", "RESPECT") and self.peek().key == "NULLS":
            raise self.refusal(f"{self.token.key} NULLS")
        if self.token.key == "FILTER" and self.peek().key == "(":
            raise self.problem()
        if self.token.key == "OVER":
            call.over = self._over()

    def _over(self) -> tree.Over:
        start = self.expect("OVER")
        if not self.at("("):
            return tree.Over(start.line, start.col, [], [], None, self.identifier())
        return self.window(start)

    def window(self, start: Token) -> tree.Over:
        """``([name] PARTITION BY … ORDER BY … ROWS …)``."""
        self.expect("(")
        base = None
        if self.at_identifier() and self.token.key not in ("PARTITION", "ROWS", "RANGE"):
            base = self.identifier()
        partition: list[tree.Expr] = []
        if self.accept("PARTITION"):
            self.expect("BY")
            partition = self.values()
        order = self._order_by() if self.at("ORDER") else []
        frame = self._frame() if self.at("ROWS", "RANGE") else None
        self.expect(")")
        return tree.Over(start.line, start.col, partition, order, frame, base)

    def _order_by(self) -> list[tree.OrderItem]:
        self.expect_words("ORDER", "BY")
        return self.order_items()

    def _frame(self) -> str:
        """The frame, normalised to the BETWEEN form."""
        unit = self.advance().key
        if self.accept("BETWEEN"):
            low = self._bound()
            self.expect("AND")
            high = self._bound()
        else:
            low, high = self._bound(), "CURRENT ROW"
        if unit == "RANGE" and any(bound[0].isdigit() for bound in (low, high)):
            raise self.numbered(
                4194,
                "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters.",
            )
        if _later(low) > _later(high) or low == "UNBOUNDED FOLLOWING":
            raise self.numbered(
                4193,
                f"'BETWEEN {low} AND {high}' is not a valid window frame and cannot be used with"
                " the OVER clause.",
            )
        return f"{unit} BETWEEN {low} AND {high}"

    def _bound(self) -> str:
        if self.accept("UNBOUNDED"):
            return f"UNBOUNDED {self.expect('PRECEDING', 'FOLLOWING').key}"
        if self.accept("CURRENT"):
            self.expect("ROW")
            return "CURRENT ROW"
        if self.token.kind != "int":
            raise self.problem()
        return f"{self.integer()} {self.expect('PRECEDING', 'FOLLOWING').key}"

    # ---------------------------------------------------------------- calls with a grammar

    def _date_part(self, function: str) -> str:
        token = self.token
        part = _PART_OF.get(token.key)
        if part is None:
            if token.kind == "variable":
                number, text = 1023, f"Invalid parameter 1 specified for {function.lower()}."
            else:
                number = 155
                text = f"'{token.value}' is not a recognized {function.lower()} option."
            raise self.numbered(number, text)
        self.advance()
        return part

    def _trim_arguments(self, call: tree.Function) -> None:
        """TRIM([LEADING | TRAILING | BOTH] [characters FROM] text): args are text, characters."""
        if self.at("LEADING", "TRAILING", "BOTH") and self.peek().key not in (")", ",", "."):
            call.keyword = self.advance().key
        first = self.value()
        if self.accept("FROM"):
            call.args = [self.value(), first]
        else:
            call.args = [first]

    def _json_members(self, call: tree.Function) -> None:
        """``'a': 1, 'b': 2 ABSENT ON NULL``: keys and values by turns; an array has values only."""
        while not self.at(")") and not self.at_words("NULL", "ON") and not self.at("ABSENT"):
            call.args.append(self.value())
            if call.name == "JSON_OBJECT":
                self.expect(":")
                call.args.append(self.value())
            if not self.accept(","):
                break
        if self.at("NULL", "ABSENT"):
            call.keyword = self.advance().key
            self.expect_words("ON", "NULL")

    def _cast(self) -> tree.Expr:
        start = self.advance()
        self.expect("(")
        operand = self.value()
        self.expect("AS")
        target = self.built_in_type(30)
        self.expect(")")
        return tree.Cast(start.line, start.col, operand, target, None, start.key == "TRY_CAST")

    def _convert(self) -> tree.Expr:
        start = self.advance()
        self.expect("(")
        target = self.built_in_type(30)
        self.expect(",")
        operand = self.value()
        style = self.value() if self.accept(",") else None
        self.expect(")")
        return tree.Cast(start.line, start.col, operand, target, style, start.key == "TRY_CONVERT")

    def _iif(self) -> tree.Expr:
        start = self.advance()
        self.expect("(")
        test = self.condition()
        self.expect(",")
        positive = self.value()
        self.expect(",")
        negative = self.value()
        self.expect(")")
        return tree.Case(start.line, start.col, None, [(test, positive)], negative)

    def _next_value(self, start: Token) -> tree.Expr:
        call = tree.Function(start.line, start.col, "NEXT_VALUE_FOR", [], schema_name=self.name(3))
        if self.at("OVER"):
            raise self.refusal("NEXT VALUE FOR … OVER")
        return call

    # ---------------------------------------------------------------- ODBC escapes

    def odbc_escape(self) -> tree.Expr:
        """``{fn …}``, ``{d '…'}``, ``{t '…'}``, ``{ts '…'}``, ``{guid '…'}``."""
        start = self.expect("{")
        kind = self.token.key
        if kind == "FN":
            self.advance()
            call = self._of_odbc(self.value())
            self.expect("}")
            return call
        if kind not in ("D", "T", "TS", "GUID"):
            raise self.problem()
        self.advance()
        literal: tree.Expr = tree.Literal(self.token.line, self.token.col, "string", self.string())
        self.expect("}")
        if kind == "T":
            literal = self._today_at(start, literal)
        target = SqlType("uniqueidentifier") if kind == "GUID" else DATETIME
        return tree.Cast(start.line, start.col, literal, target, None, False)

    def _of_odbc(self, call: tree.Expr) -> tree.Expr:
        """A function by the name that ODBC has for it."""
        if not isinstance(call, tree.Function) or call.schema_name is not None:
            return call
        if call.name in _ODBC_REFUSED:
            raise self.refusal(f"{{fn {call.name}}}", call)
        if call.name == "CURDATE":
            style = tree.Literal(call.line, call.col, "int", "23")
            now = tree.Function(call.line, call.col, "GETDATE", [])
            return tree.Cast(call.line, call.col, now, SqlType("varchar", 10), style, False)
        return replace(call, name=_ODBC_NAMES.get(call.name, call.name))

    def _today_at(self, start: Token, time: tree.Expr) -> tree.Expr:
        """The time escape is a datetime of the current day."""
        line, col = start.line, start.col
        style = tree.Literal(line, col, "int", "112")
        now = tree.Function(line, col, "GETDATE", [])
        today = tree.Cast(line, col, now, SqlType("char", 8), style, False)
        blank = tree.Literal(line, col, "string", " ")
        return tree.Binary(line, col, "+", tree.Binary(line, col, "+", today, blank), time)


def _later(bound: str) -> int:
    """Where a bound of a frame lies: no frame may end before it starts."""
    if bound == "CURRENT ROW":
        return 0
    return -1 if bound.endswith("PRECEDING") else 1
