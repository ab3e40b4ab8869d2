"""CREATE, ALTER and CREATE OR ALTER of views, procedures and functions."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .definitions import Definitions

_FIRST = {
    "VIEW": "CREATE VIEW",
    "PROC": "CREATE/ALTER PROCEDURE",
    "PROCEDURE": "CREATE/ALTER PROCEDURE",
    "FUNCTION": "CREATE FUNCTION",
}


class Modules(Definitions):
    def module(self, start: Token, verb: str) -> tree.Statement:
        """The parser stands at VIEW, PROCEDURE or FUNCTION; a module is alone in its batch."""
        kind = self.token.key
        if not self._is_first(start):
            raise self.numbered(
                111, f"'{_FIRST[kind]}' must be the first statement in a query batch.", start
            )
        self.advance()
        if kind == "VIEW":
            return self._view(start, verb)
        if kind == "FUNCTION":
            return self._function(start, verb)
        return self._procedure(start, verb)

    def _is_first(self, start: Token) -> bool:
        return all(token.key == ";" for token in self.tokens[: self.tokens.index(start)])

    def _end_of_batch(self) -> None:
        while self.accept(";"):
            pass
        if self.token.kind != "end":
            raise self.problem()

    # ---------------------------------------------------------------- views

    def _view(self, start: Token, verb: str) -> tree.Statement:
        node = tree.CreateView(start.line, start.col, self.name(2), verb, self.text)
        if self.at("("):
            node.columns = self.column_names()
        node.options = self._module_options("SCHEMABINDING", "VIEW_METADATA")
        self.expect("AS")
        node.query = self.query_with_ctes()
        if self.at("WITH") and self.accept_words("WITH", "CHECK", "OPTION"):
            node.check_option = True
        self._end_of_batch()
        return node

    # ---------------------------------------------------------------- procedures

    def _procedure(self, start: Token, verb: str) -> tree.Statement:
        node = tree.CreateProcedure(start.line, start.col, self.name(2), verb, self.text)
        if self.at(";") and self.peek().kind == "int":
            raise self.refusal("numbered procedures")
        if self.token.kind == "variable":
            node.parameters = self._parameters()
        elif self.accept("("):
            node.parameters = self._parameters()
            self.expect(")")
        node.options = self._module_options("RECOMPILE")
        if self.at("FOR"):
            raise self.refusal("FOR REPLICATION")
        self.expect("AS")
        if self.at("EXTERNAL"):
            raise self.refusal("EXTERNAL NAME (CLR procedures)")
        node.body = self.statements()
        if not node.body:
            raise self.problem()
        return node

    def _parameters(self) -> list[tree.Parameter]:
        parameters = [self._parameter()]
        while self.accept(","):
            parameters.append(self._parameter())
        return parameters

    def _parameter(self) -> tree.Parameter:
        start = self.token
        name = self.variable()
        self.accept("AS")
        if self.at("CURSOR"):
            raise self.refusal("cursor parameters", start)
        use = self.type_use(1)
        node = tree.Parameter(start.line, start.col, name, use.type, type_name=use.name)
        if self.at("VARYING"):
            raise self.refusal("VARYING parameters")
        if self.at("NOT"):
            raise self.refusal("NOT NULL parameters")
        if self.accept("NULL"):
            node.nullable = True
        if self.accept("="):
            node.default = self._parameter_default()
        while self.at("OUT", "OUTPUT", "READONLY"):
            if self.advance().key == "READONLY":
                node.readonly = True
            else:
                node.output = True
        return node

    def _parameter_default(self) -> tree.Expr:
        """A constant, NULL or a bare word."""
        token = self.token
        if token.kind in ("variable", "sysvar") or token.key == "DEFAULT":
            raise self.problem()
        return self._argument_value()

    # ---------------------------------------------------------------- functions

    def _function(self, start: Token, verb: str) -> tree.Statement:
        node = tree.CreateFunction(start.line, start.col, self.name(2), verb, self.text)
        self.expect("(")
        if not self.at(")"):
            node.parameters = self._parameters()
        self.expect(")")
        self.expect("RETURNS")
        if self.token.kind == "variable":
            variable = self.token
            name = self.variable()
            self.expect("TABLE")
            node.table = tree.DeclareItem(
                variable.line, variable.col, name, None, table=self.table_definition()
            )
            self._function_body(node)
            return node
        if self.accept("TABLE"):
            if self.at("("):
                raise self.refusal("CLR table functions")
            self._inline_function(node)
            return node
        node.returns = self.built_in_type(1)
        self._function_body(node)
        return node

    def _function_body(self, node: tree.CreateFunction) -> None:
        node.options = self._function_options()
        self.accept("AS")
        if self.at("EXTERNAL"):
            raise self.refusal("EXTERNAL NAME (CLR functions)")
        self.expect("BEGIN")
        node.body = self.statements("END")
        if not node.body:
            raise self.problem()
        self.expect("END")
        self._end_of_batch()

    def _inline_function(self, node: tree.CreateFunction) -> None:
        node.options = self._function_options()
        self.accept("AS")
        self.expect("RETURN")
        if self.at("(") and (self.at_query() or self.peek().key == "WITH"):
            index = self.index
            self.advance()
            node.query = self.query_with_ctes()
            self.expect(")")
            if self.at("UNION", "EXCEPT", "INTERSECT"):
                # RETURN (SELECT …) UNION (SELECT …): the parenthesis belonged to the operand.
                self.rewind(index)
                node.query = self.query_with_ctes()
        else:
            node.query = self.query_with_ctes()
        self._end_of_batch()

    # ---------------------------------------------------------------- options

    def _function_options(self) -> list[str]:
        return self._module_options("SCHEMABINDING", "RETURNS", "CALLED", "INLINE")

    def _module_options(self, *known: str) -> list[str]:
        """``WITH a, b``: only the options that change nothing for a client, or that are obeyed."""
        options: list[str] = []
        if not self.accept("WITH"):
            return options
        while True:
            token = self.token
            if token.key in ("EXECUTE", "EXEC"):
                options.append(self._execute_as_option())
            elif token.key not in known:
                if token.kind != "word":
                    raise self.problem()
                raise self.refusal(f"WITH {token.key} of modules")
            elif token.key in ("RETURNS", "CALLED"):
                options.append(self._null_option())
            elif token.key == "INLINE":
                self.advance()
                self.expect("=")
                options.append(f"INLINE = {self.expect('ON', 'OFF').key}")
            else:
                options.append(self.advance().key)
            if not self.accept(","):
                return options

    def _execute_as_option(self) -> str:
        start = self.advance()
        self.expect("AS")
        if self.accept("CALLER"):
            return "EXECUTE AS CALLER"
        who = self.advance().key if self.at("OWNER", "SELF") else f"'{self.string()}'"
        raise self.refusal(f"WITH EXECUTE AS {who} of modules", start)

    def _null_option(self) -> str:
        if self.at("RETURNS"):
            raise self.refusal("WITH RETURNS NULL ON NULL INPUT of functions")
        self.expect_words("CALLED", "ON", "NULL", "INPUT")
        return "CALLED ON NULL INPUT"
