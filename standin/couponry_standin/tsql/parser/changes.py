"""INSERT, UPDATE, DELETE with their OUTPUT clauses."""

from __future__ import annotations

from abc import abstractmethod

from .. import tree
from ..lexer import Token
from .invocations import Invocations
from .queries import ASSIGNMENTS


class Changes(Invocations):
    @abstractmethod
    def merge(self, ctes: list[tree.CommonTable] | None = None) -> tree.Statement: ...

    @abstractmethod
    def update_statistics(self, start: Token) -> tree.Statement: ...

    @abstractmethod
    def insert_bulk(self, start: Token) -> tree.Statement: ...

    def with_statement(self) -> tree.Statement:
        """``WITH a AS (…)`` in front of a query or a change."""
        ctes = self.common_tables()
        if self.at("INSERT"):
            return self.insert(ctes)
        if self.at("UPDATE"):
            return self.update(ctes)
        if self.at("DELETE"):
            return self.delete(ctes)
        if self.at("MERGE"):
            return self.merge(ctes)
        start = self.token
        if not self.at("SELECT", "("):
            raise self.problem()
        query = self.statement_query()
        query.ctes = ctes
        return tree.SelectStatement(start.line, start.col, query)

    # ---------------------------------------------------------------- INSERT

    def insert(self, ctes: list[tree.CommonTable] | None = None) -> tree.Statement:
        start = self.expect("INSERT")
        if self.at("BULK"):
            if ctes:
                raise self.problem()
            return self.insert_bulk(start)
        top = self.top() if self.at("TOP") else None
        self.accept("INTO")
        if self.at("OPENQUERY", "OPENROWSET", "OPENDATASOURCE"):
            raise self.refusal(f"INSERT into {self.token.key}")
        target = self._target()
        hints = self.table_hints()
        columns: list[str] = []
        if self.at("(") and not self.at_query():
            columns = self.column_names()
        output = self._outputs()
        node = tree.Insert(
            start.line, start.col, target, columns, None, output, top, hints, ctes or []
        )
        if self.at_words("DEFAULT", "VALUES"):
            self.advance()
            self.advance()
        elif self.at("VALUES"):
            node.source = self.value_rows()
        elif self.at("EXEC", "EXECUTE"):
            node.source = self._inserted_call()
        else:
            node.source = self.inserted_query()
        if isinstance(node.source, tree.Query):
            node.options, node.source.options = node.source.options, []
        elif self.at("OPTION"):
            node.options = self.query_options()
        self._check_top(node)
        return node

    def _check_top(self, node: tree.Insert) -> None:
        """INSERT TOP (n) takes rows of a query, for a table."""
        if node.top is None:
            return
        if node.top.percent:
            raise self.refusal("TOP … PERCENT of INSERT", node.top)
        if not isinstance(node.source, tree.Query) or isinstance(node.target, str):
            raise self.refusal("INSERT TOP of anything but a query into a table", node.top)

    def inserted_query(self) -> tree.Query:
        if self.at("WITH"):
            # T-SQL wants the common tables in front of INSERT.
            raise self.numbered(
                319,
                "Incorrect syntax near the keyword 'with'. If this statement is a common table "
                "expression, an xmlnamespaces clause or a change tracking context clause, the "
                "previous statement must be terminated with a semicolon.",
            )
        if not self.at("SELECT", "("):
            raise self.problem()
        return self.statement_query()

    def _inserted_call(self) -> tree.Execute | tree.ExecuteText:
        call = self.execute()
        if not isinstance(call, (tree.Execute, tree.ExecuteText)):
            raise self.problem()
        return call

    def _target(self) -> tree.Name | str:
        if self.token.kind == "variable":
            return self.advance().value
        return self.name()

    # ---------------------------------------------------------------- UPDATE

    def update(self, ctes: list[tree.CommonTable] | None = None) -> tree.Statement:
        start = self.expect("UPDATE")
        if self.at("STATISTICS"):
            return self.update_statistics(start)
        top = self.top() if self.at("TOP") else None
        target = self._target()
        hints = self.table_hints()
        self.expect("SET")
        assignments = [self._assignment()]
        while self.accept(","):
            assignments.append(self._assignment())
        node = tree.Update(
            start.line, start.col, target, assignments, top=top, hints=hints, ctes=ctes or []
        )
        node.output = self._outputs()
        if self.accept("FROM"):
            node.sources = self.sources()
        node.where = self._where()
        if self.at("OPTION"):
            node.options = self.query_options()
        return node

    def _assignment(self) -> tree.Assignment:
        start = self.token
        variable = self.advance().value if start.kind == "variable" else None
        column: tree.Name | None = None
        if variable is None:
            column = self._assigned_column()
        op = self.expect(*ASSIGNMENTS).key
        if variable is not None and op == "=" and self._at_column_assignment():
            column = self._assigned_column()
            op = self.expect(*ASSIGNMENTS).key
        return tree.Assignment(start.line, start.col, column, variable, self.argument(), op)

    def _assigned_column(self) -> tree.Name:
        start = self.token
        column = self.name()
        if self.at("("):
            raise self.refusal(f"the method .{column.last}() in SET", start)
        return column

    def _at_column_assignment(self) -> bool:
        """``@v = column = …``: a name with dots, then an assignment operator."""
        offset = 0
        while self.at_identifier(offset):
            offset += 1
            if self.peek(offset).key != ".":
                return self.peek(offset).key in ASSIGNMENTS
            offset += 1
        return False

    # ---------------------------------------------------------------- DELETE

    def delete(self, ctes: list[tree.CommonTable] | None = None) -> tree.Statement:
        start = self.expect("DELETE")
        top = self.top() if self.at("TOP") else None
        self.accept("FROM")
        target = self._target()
        node = tree.Delete(start.line, start.col, target, top=top, ctes=ctes or [])
        node.hints = self.table_hints()
        node.output = self._outputs()
        if self.accept("FROM"):
            node.sources = self.sources()
        node.where = self._where()
        if self.at("OPTION"):
            node.options = self.query_options()
        return node

    def _where(self) -> tree.Expr | None:
        if not self.accept("WHERE"):
            return None
        if self.at("CURRENT") and self.peek().key == "OF":
            raise self.refusal("WHERE CURRENT OF (cursors)")
        return self.condition()

    # ---------------------------------------------------------------- OUTPUT

    def _outputs(self) -> list[tree.Output]:
        """At most two: one INTO a table, one to the client."""
        outputs: list[tree.Output] = []
        while self.at("OUTPUT") and len(outputs) < 2:
            start = self.advance()
            items = self.select_items()
            output = tree.Output(start.line, start.col, items)
            if self.accept("INTO"):
                output.target = self._target()
                if self.at("("):
                    output.columns = self.column_names()
            outputs.append(output)
        return outputs
