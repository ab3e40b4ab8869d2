"""Values and conditions. T-SQL keeps the two apart: a condition is never a value."""

from __future__ import annotations

from abc import abstractmethod

from .. import tree
from .typenames import TypeNames

_LEVELS = {"*": 2, "/": 2, "%": 2, "+": 1, "-": 1, "&": 1, "|": 1, "^": 1}
_COMPARISONS = {
    "=": "=",
    "<>": "<>",
    "!=": "<>",
    "<": "<",
    "<=": "<=",
    "!>": "<=",
    ">": ">",
    ">=": ">=",
    "!<": ">=",
}
_LITERALS = ("int", "decimal", "float", "string", "nstring", "binary", "money")
_CONDITIONS = (
    tree.IsNull,
    tree.Between,
    tree.Like,
    tree.InList,
    tree.InQuery,
    tree.Exists,
    tree.QuantifiedComparison,
)
_CONDITION_OPS = frozenset(("AND", "OR", "=", "<>", "<", "<=", ">", ">="))


def is_condition(expr: tree.Expr) -> bool:
    """True when the node yields true, false or unknown instead of a value."""
    if isinstance(expr, tree.Binary):
        return expr.op in _CONDITION_OPS
    if isinstance(expr, tree.Unary):
        return expr.op == "NOT"
    return isinstance(expr, _CONDITIONS)


class Expressions(TypeNames):
    # ---------------------------------------------------------------- values

    def value(self) -> tree.Expr:
        return self._operators(self._unary(), 1)

    def values(self) -> list[tree.Expr]:
        items = [self.value()]
        while self.accept(","):
            items.append(self.value())
        return items

    def _operators(self, left: tree.Expr, floor: int) -> tree.Expr:
        """The binary operators after ``left`` that bind at least as tightly as ``floor``."""
        while True:
            op = self.token.key
            level = _LEVELS.get(op, 0)
            if level < floor:
                return left
            self.advance()
            right = self._operators(self._unary(), level + 1)
            left = tree.Binary(left.line, left.col, op, left, right)

    def _unary(self) -> tree.Expr:
        token = self.token
        if token.key in ("-", "+", "~"):
            self.advance()
            return tree.Unary(token.line, token.col, token.key, self._unary())
        return self._postfix(self.primary())

    def _postfix(self, operand: tree.Expr) -> tree.Expr:
        """COLLATE and AT TIME ZONE bind tighter than any operator."""
        while True:
            token = self.token
            if token.key == "COLLATE":
                self.advance()
                operand = tree.Collate(operand.line, operand.col, operand, self.identifier())
            elif token.key == "AT" and self.accept_words("AT", "TIME", "ZONE"):
                zone = self.primary()
                operand = tree.AtTimeZone(operand.line, operand.col, operand, zone)
            else:
                return operand

    def primary(self) -> tree.Expr:
        token = self.token
        kind = token.kind
        if kind in _LITERALS:
            self.advance()
            return tree.Literal(token.line, token.col, kind, token.value)
        if kind == "variable":
            self.advance()
            return tree.Variable(token.line, token.col, token.value)
        if kind == "sysvar":
            self.advance()
            return tree.SystemVariable(token.line, token.col, token.key)
        if kind == "op":
            if token.key == "(":
                return self._parenthesis()
            if token.key == "{":
                return self.odbc_escape()
            raise self.problem()
        if kind == "end":
            raise self.problem()
        if token.key == "CASE":
            return self._case()
        if token.key == "NULL":
            self.advance()
            return tree.Literal(token.line, token.col, "null", "")
        return self.call_or_column()

    @abstractmethod
    def call_or_column(self) -> tree.Expr: ...

    @abstractmethod
    def odbc_escape(self) -> tree.Expr: ...

    def at_query(self, offset: int = 0) -> bool:
        """True when a query starts here, perhaps behind opening parentheses."""
        while self.peek(offset).key == "(":
            offset += 1
        return self.peek(offset).key == "SELECT"

    def _parenthesis(self) -> tree.Expr:
        start = self.advance()
        if self.token.key == "SELECT":
            query = self.subquery()
            self.expect(")")
            return tree.Subquery(start.line, start.col, query)
        if self.token.key == "(" and self.at_query():
            # ((SELECT …) UNION …) is a query, ((SELECT …) + 1) is not: only the end tells.
            index = self.index
            inner = self.value()
            if not self.at("UNION", "EXCEPT", "INTERSECT"):
                self.expect(")")
                return inner
            self.rewind(index)
            query = self.subquery()
            self.expect(")")
            return tree.Subquery(start.line, start.col, query)
        inner = self.value()
        self.expect(")")
        return inner

    def _case(self) -> tree.Expr:
        start = self.expect("CASE")
        operand = None if self.at("WHEN") else self.value()
        whens: list[tuple[tree.Expr, tree.Expr]] = []
        while self.accept("WHEN"):
            test = self.condition() if operand is None else self.value()
            self.expect("THEN")
            whens.append((test, self.value()))
        if not whens:
            raise self.problem()
        otherwise = self.value() if self.accept("ELSE") else None
        self.expect("END")
        return tree.Case(start.line, start.col, operand, whens, otherwise)

    # ---------------------------------------------------------------- conditions

    def condition(self) -> tree.Expr:
        return self._disjunction(False)

    def _disjunction(self, lenient: bool) -> tree.Expr:
        """OR and what binds tighter; ``lenient`` lets a lone value pass (inside parentheses)."""
        left = self._conjunction(lenient)
        while self.token.key == "OR":
            self._require_condition(left)
            self.advance()
            left = tree.Binary(left.line, left.col, "OR", left, self._conjunction(False))
        return left

    def _conjunction(self, lenient: bool) -> tree.Expr:
        left = self._negation(lenient)
        while self.token.key == "AND":
            self._require_condition(left)
            self.advance()
            left = tree.Binary(left.line, left.col, "AND", left, self._negation(False))
        return left

    def _negation(self, lenient: bool) -> tree.Expr:
        token = self.token
        if token.key == "NOT":
            self.advance()
            return tree.Unary(token.line, token.col, "NOT", self._negation(False))
        return self._predicate(lenient)

    def _require_condition(self, expr: tree.Expr) -> None:
        if not is_condition(expr):
            raise self.numbered(
                4145,
                "An expression of non-boolean type specified in a context where a condition is "
                f"expected, near '{self.token.value}'.",
            )

    def _predicate(self, lenient: bool) -> tree.Expr:
        token = self.token
        if token.key == "EXISTS":
            self.advance()
            return tree.Exists(token.line, token.col, self._query_in_parentheses())
        if token.key in ("CONTAINS", "FREETEXT", "MATCH") and self.peek().key == "(":
            raise self.refusal(f"the predicate {token.key}")
        if token.key == "UPDATE" and self.peek().key == "(":
            raise self.refusal("UPDATE() of triggers")
        if token.key == "(" and self.peek().key != "SELECT":
            self.advance()
            inner = self._disjunction(True)
            self.expect(")")
            if is_condition(inner):
                return inner
            left = self._operators(self._postfix(inner), 1)
        else:
            left = self.value()
        return self._comparison(left, lenient)

    def _comparison(self, left: tree.Expr, lenient: bool) -> tree.Expr:
        line, col = left.line, left.col
        key = self.token.key
        op = _COMPARISONS.get(key)
        if op:
            self.advance()
            if self.token.key in ("ALL", "ANY", "SOME"):
                quantifier = "ALL" if self.advance().key == "ALL" else "ANY"
                query = self._query_in_parentheses()
                return tree.QuantifiedComparison(line, col, op, quantifier, left, query)
            return tree.Binary(line, col, op, left, self.value())
        if key == "IS":
            return self._is_null(left)
        negated = key == "NOT" and self.peek().key in ("IN", "LIKE", "BETWEEN")
        if negated:
            self.advance()
        if self.accept("IN"):
            return self._in(left, negated)
        if self.accept("LIKE"):
            pattern = self.value()
            return tree.Like(line, col, left, pattern, self._like_escape(), negated)
        if self.accept("BETWEEN"):
            low = self.value()
            self.expect("AND")
            return tree.Between(line, col, left, low, self.value(), negated)
        if not lenient:
            self._require_condition(left)
        return left

    def _is_null(self, left: tree.Expr) -> tree.Expr:
        self.expect("IS")
        negated = self.accept("NOT") is not None
        if self.accept("DISTINCT"):
            self.expect("FROM")
            return _distinct(left, self.value(), same=negated)
        self.expect("NULL")
        return tree.IsNull(left.line, left.col, left, negated)

    def _in(self, left: tree.Expr, negated: bool) -> tree.Expr:
        self.expect("(")
        if self.token.key == "SELECT":
            query = self.subquery()
            self.expect(")")
            return tree.InQuery(left.line, left.col, left, query, negated)
        items = self.values()
        self.expect(")")
        return tree.InList(left.line, left.col, left, items, negated)

    def _like_escape(self) -> tree.Expr | None:
        if self.accept("ESCAPE"):
            return self.value()
        if self.at("{") and self.peek().key == "ESCAPE":
            self.advance()
            self.advance()
            escape = self.value()
            self.expect("}")
            return escape
        return None

    def _query_in_parentheses(self) -> tree.Query:
        self.expect("(")
        query = self.subquery()
        self.expect(")")
        return query


def _distinct(left: tree.Expr, right: tree.Expr, *, same: bool) -> tree.Expr:
    """IS [NOT] DISTINCT FROM in other words: equal and known, or both NULL; never unknown."""
    line, col = left.line, left.col

    def both(one: tree.Expr, two: tree.Expr) -> tree.Expr:
        return tree.Binary(line, col, "AND", one, two)

    def null(operand: tree.Expr, *, negated: bool) -> tree.Expr:
        return tree.IsNull(line, col, operand, negated)

    equal = both(
        tree.Binary(line, col, "=", left, right),
        both(null(left, negated=True), null(right, negated=True)),
    )
    nothing = both(null(left, negated=False), null(right, negated=False))
    found = tree.Binary(line, col, "OR", equal, nothing)
    return found if same else tree.Unary(line, col, "NOT", found)
