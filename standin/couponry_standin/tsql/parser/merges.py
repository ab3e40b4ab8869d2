"""MERGE: one source, several clauses, each with its action."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .changes import Changes

_UNTERMINATED = "A MERGE statement must be terminated by a semi-colon (;)."


class Merges(Changes):
    def merge(self, ctes: list[tree.CommonTable] | None = None) -> tree.Statement:
        start = self.expect("MERGE")
        if self.at("TOP"):
            raise self.refusal("MERGE TOP")
        self.accept("INTO")
        if self.token.kind == "variable":
            raise self.refusal("MERGE into a table variable")
        target = self.name()
        hints = self.table_hints()
        alias = None
        if self.accept("AS"):
            alias = self.identifier()
        elif self.at_identifier() and not self.at("USING"):
            alias = self.advance().value
        hints += self.table_hints()
        self.expect("USING")
        source = self.joined()
        self.expect("ON")
        node = tree.Merge(start.line, start.col, target, alias, source, self.condition())
        node.hints, node.ctes = hints, ctes or []
        while self.at("WHEN"):
            node.clauses.append(self._clause())
        if not node.clauses:
            raise self.problem()
        node.output = self._outputs()
        if self.at("OPTION"):
            node.options = self.query_options()
        if not self.at(";"):
            raise self.numbered(10713, _UNTERMINATED)
        return node

    def _clause(self) -> tree.MergeClause:
        start = self.expect("WHEN")
        kind = "MATCHED"
        if self.accept("NOT"):
            self.expect("MATCHED")
            kind = "NOT MATCHED"
            if self.accept("BY"):
                kind = {"TARGET": kind, "SOURCE": f"{kind} BY SOURCE"}[
                    self.expect("TARGET", "SOURCE").key
                ]
        else:
            self.expect("MATCHED")
        condition = self.condition() if self.accept("AND") else None
        self.expect("THEN")
        node = tree.MergeClause(start.line, start.col, kind, condition)
        if kind == "NOT MATCHED":
            self._inserted(node)
        elif self.accept("DELETE"):
            node.action = "DELETE"
        else:
            self._updated(node, start)
        return node

    def _updated(self, node: tree.MergeClause, start: Token) -> None:
        self.expect("UPDATE")
        self.expect("SET")
        node.action = "UPDATE"
        node.assignments = [self._assignment()]
        while self.accept(","):
            node.assignments.append(self._assignment())
        for each in node.assignments:
            if each.variable is not None:
                raise self.refusal("a variable in SET of MERGE", each)

    def _inserted(self, node: tree.MergeClause) -> None:
        self.expect("INSERT")
        node.action = "INSERT"
        if self.at("("):
            node.columns = self.column_names()
        if self.accept_words("DEFAULT", "VALUES"):
            return
        start = self.token
        rows = self.value_rows()
        if len(rows) != 1:
            raise self.problem(start)
        node.values = rows[0]
