"""SELECT: its clauses, set operations, common table expressions, FOR JSON and OPTION."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .sources import Sources

ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=")


class Queries(Sources):
    # ---------------------------------------------------------------- whole queries

    def subquery(self) -> tree.Query:
        """A query inside parentheses or a definition: no OPTION, ORDER BY only with a purpose."""
        query = self._query_expression()
        self._query_tail(query)
        self._check_order(query)
        return query

    def statement_query(self) -> tree.Query:
        """A query as a statement of its own."""
        query = self._query_expression()
        self._query_tail(query)
        if self.at("OPTION"):
            query.options = self.query_options()
        return query

    def query_with_ctes(self) -> tree.Query:
        """A view's or an inline function's query."""
        ctes = self.common_tables() if self.at("WITH") else []
        query = self.subquery()
        query.ctes = ctes
        return query

    def _check_order(self, query: tree.Query) -> None:
        if not query.order or query.offset is not None or query.for_json is not None:
            return
        if isinstance(query, tree.Select) and query.top is not None:
            return
        item = query.order[0]
        raise self.numbered(
            1033,
            "The ORDER BY clause is invalid in views, inline functions, derived tables, "
            "subqueries, and common table expressions, unless TOP, OFFSET or FOR XML is also "
            "specified.",
            self._token_at(item),
        )

    def _token_at(self, node: tree.Node) -> Token:
        for token in self.tokens:
            if (token.line, token.col) == (node.line, node.col):
                return token
        return self.token

    def _query_expression(self) -> tree.Query:
        """UNION and EXCEPT, left to right; INTERSECT binds tighter."""
        left = self._intersection()
        while self.at("UNION", "EXCEPT"):
            op = self.advance().key
            if op == "UNION" and self.accept("ALL"):
                op = "UNION ALL"
            left = tree.SetOperation(
                left.line, left.col, op=op, left=left, right=self._intersection()
            )
        return left

    def _intersection(self) -> tree.Query:
        left = self._query_term()
        while self.accept("INTERSECT"):
            left = tree.SetOperation(
                left.line, left.col, op="INTERSECT", left=left, right=self._query_term()
            )
        return left

    def _query_term(self) -> tree.Query:
        if self.at("SELECT"):
            return self._select()
        start = self.expect("(")
        query = self.subquery()
        self.expect(")")
        limited = isinstance(query, tree.Select) and query.top is not None
        if (limited or query.order or query.for_json) and self.at("ORDER", "FOR"):
            raise self.refusal(
                "ORDER BY or FOR around a parenthesised query that has its own", start
            )
        return query

    def _query_tail(self, query: tree.Query) -> None:
        """ORDER BY, OFFSET, FETCH and FOR of the outermost query."""
        if self.at("ORDER"):
            self.expect_words("ORDER", "BY")
            query.order = self.order_items()
            if self.accept("OFFSET"):
                self._offset(query)
        if self.at("FOR") and self.peek().key not in ("READ", "UPDATE"):
            # FOR READ ONLY and FOR UPDATE belong to the cursor around the query.
            self._for(query)

    def _offset(self, query: tree.Query) -> None:
        query.offset = self.value()
        self.expect("ROW", "ROWS")
        if self.at("FETCH") and self.peek().key in ("NEXT", "FIRST"):
            self.advance()
            self.advance()
            query.fetch = self.value()
            self.expect("ROW", "ROWS")
            self.expect("ONLY")
        if isinstance(query, tree.Select) and query.top is not None:
            raise self.numbered(
                10741, "A TOP can not be used in the same query or sub-query as a OFFSET."
            )

    def _for(self, query: tree.Query) -> None:
        start = self.expect("FOR")
        if not self.accept("JSON"):
            raise self.refusal(f"FOR {self.token.key or self.token.value}", start)
        if not self.accept("PATH"):
            raise self.refusal(f"FOR JSON {self.token.key or self.token.value}", start)
        json = tree.ForJson(start.line, start.col, "PATH")
        while self.accept(","):
            option = self.expect("ROOT", "INCLUDE_NULL_VALUES", "WITHOUT_ARRAY_WRAPPER").key
            if option == "INCLUDE_NULL_VALUES":
                json.include_null = True
            elif option == "WITHOUT_ARRAY_WRAPPER":
                json.without_wrapper = True
            elif json.root is not None:
                raise self.refusal("ROOT twice", start)
            elif self.accept("("):
                json.root = self.string()
                self.expect(")")
            else:
                json.root = "root"
        if json.root is not None and json.without_wrapper:
            raise self.numbered(
                13620,
                "ROOT option and WITHOUT_ARRAY_WRAPPER option cannot be used together in FOR "
                "JSON. Remove one of these options.",
                start,
            )
        query.for_json = json

    # ---------------------------------------------------------------- common tables

    def common_tables(self) -> list[tree.CommonTable]:
        """``WITH a AS (…), b (x, y) AS (…)``."""
        self.expect("WITH")
        if self.at("XMLNAMESPACES", "CHANGE_TRACKING_CONTEXT") and self.peek().key == "(":
            raise self.refusal(f"WITH {self.token.key}")
        tables: list[tree.CommonTable] = []
        while True:
            start = self.token
            name = self.identifier()
            columns = self.column_names() if self.at("(") else []
            self.expect("AS")
            self.expect("(")
            query = self.subquery()
            self.expect(")")
            tables.append(tree.CommonTable(start.line, start.col, name, columns, query))
            if not self.accept(","):
                return tables

    # ---------------------------------------------------------------- SELECT

    def _select(self) -> tree.Select:
        start = self.expect("SELECT")
        select = tree.Select(start.line, start.col)
        if self.accept("DISTINCT"):
            select.distinct = True
        else:
            self.accept("ALL")
        if self.at("TOP"):
            select.top = self.top()
        select.items = self.select_items()
        if self.accept("INTO"):
            select.into = self.name()
        if self.accept("FROM"):
            select.sources = self.sources()
        if self.accept("WHERE"):
            select.where = self.condition()
        if self.at("GROUP"):
            select.group = self._group_by()
        if self.accept("HAVING"):
            select.having = self.condition()
        if self.at("WINDOW") and self.peek(2).key == "AS":
            self.advance()
            select.windows = [self._window()]
            while self.accept(","):
                select.windows.append(self._window())
        return select

    def _window(self) -> tuple[str, tree.Over]:
        start = self.token
        name = self.identifier()
        self.expect("AS")
        return name, self.window(start)

    def top(self) -> tree.Top:
        start = self.expect("TOP")
        if self.accept("("):
            if self.at("SELECT"):
                query = self.subquery()
                count: tree.Expr = tree.Subquery(start.line, start.col, query)
            else:
                count = self.value()
            self.expect(")")
        else:
            # Without parentheses only a number or a variable may stand here.
            if self.token.kind not in ("int", "decimal", "float", "variable"):
                raise self.problem()
            count = self.primary()
        percent = self.accept("PERCENT") is not None
        ties = self.at("WITH") and self.accept_words("WITH", "TIES")
        return tree.Top(start.line, start.col, count, percent, ties)

    def select_items(self) -> list[tree.SelectItem]:
        items = [self.select_item()]
        while self.accept(","):
            items.append(self.select_item())
        return items

    def select_item(self) -> tree.SelectItem:
        token = self.token
        line, col = token.line, token.col
        following = self.peek().key
        if token.key == "*":
            self.advance()
            return tree.SelectItem(line, col, tree.Star(line, col, None))
        if token.kind == "variable" and following in ASSIGNMENTS:
            self.advance()
            op = self.advance().key
            return tree.SelectItem(line, col, self.value(), variable=token.value, op=op)
        if token.key == "IDENTITY" and following == "(":
            return tree.SelectItem(line, col, self._new_identity(), alias=self._item_alias())
        if following == "=" and (self.at_identifier() or token.kind in ("string", "nstring")):
            self.advance()
            self.advance()
            return tree.SelectItem(line, col, self.value(), alias=token.value)
        expr = self.value()
        if isinstance(expr, tree.Star):
            return tree.SelectItem(line, col, expr)
        return tree.SelectItem(line, col, expr, alias=self._item_alias())

    def _new_identity(self) -> tree.Expr:
        start = self.expect("IDENTITY")
        self.expect("(")
        node = tree.NewIdentity(start.line, start.col, self.built_in_type(1), 1, 1)
        if self.accept(","):
            node.seed = self.integer()
            self.expect(",")
            node.increment = self.integer()
        self.expect(")")
        return node

    def _item_alias(self) -> str | None:
        if self.accept("AS"):
            if self.token.kind in ("string", "nstring"):
                return self.advance().value
            return self.identifier()
        if self.at_identifier() or self.token.kind in ("string", "nstring"):
            return self.advance().value
        return None

    def _group_by(self) -> list[tree.Expr]:
        self.expect_words("GROUP", "BY")
        if self.at("ALL"):
            raise self.refusal("GROUP BY ALL")
        group = [self._grouped()]
        while self.accept(","):
            group.append(self._grouped())
        if self.at("WITH") and self.peek().key in ("ROLLUP", "CUBE"):
            start = self.advance()
            return [tree.Grouping(start.line, start.col, self.advance().key, group)]
        return group

    def _grouped(self) -> tree.Expr:
        """An expression, ROLLUP (…), CUBE (…) or GROUPING SETS (…)."""
        start = self.token
        if self.at("ROLLUP", "CUBE") and self.peek().key == "(":
            return tree.Grouping(start.line, start.col, self.advance().key, self._grouped_list())
        if self.at_words("GROUPING", "SETS"):
            self.expect_words("GROUPING", "SETS")
            kind = "GROUPING SETS"
            return tree.Grouping(start.line, start.col, kind, self._grouped_list())
        if self.at_words("(", ")"):
            return tree.Grouping(start.line, start.col, "", self._grouped_list())
        return self.value()

    def _grouped_list(self) -> list[tree.Expr]:
        """``(a, (b, c), ())``."""
        self.expect("(")
        items: list[tree.Expr] = []
        while not self.at(")"):
            start = self.token
            index = self.index
            if self.at("("):
                inner = self._grouped_list()
                if self.at(",", ")"):
                    items.append(tree.Grouping(start.line, start.col, "", inner))
                else:
                    # The parenthesis belonged to an expression.
                    self.rewind(index)
                    items.append(self.value())
            else:
                items.append(self._grouped())
            if not self.accept(","):
                break
        self.expect(")")
        return items

    def order_items(self) -> list[tree.OrderItem]:
        items: list[tree.OrderItem] = []
        while True:
            start = self.token
            expr = self.value()
            descending = self.accept("DESC") is not None
            if not descending:
                self.accept("ASC")
            items.append(tree.OrderItem(start.line, start.col, expr, descending))
            if not self.accept(","):
                return items
