"""EXECUTE in all its forms, and the switch of the executing principal."""

from __future__ import annotations

from .. import tree
from .queries import Queries

_NUMBERS = ("int", "decimal", "float", "money")


class Invocations(Queries):
    def execute(self) -> tree.Statement:
        start = self.expect("EXEC", "EXECUTE")
        if self.at("AS"):
            return self._execute_as()
        if self.at("("):
            return self._execute_text()
        node = tree.Execute(start.line, start.col, None, [])
        if self.token.kind == "variable" and self.peek().key == "=":
            node.return_variable = self.variable()
            self.advance()
        self._procedure_and_arguments(node)
        return node

    def bare_execute(self) -> tree.Statement:
        """A batch may begin with the name of a procedure, without EXEC."""
        node = tree.Execute(self.token.line, self.token.col, None, [])
        self._procedure_and_arguments(node)
        return node

    def odbc_call(self) -> tree.Statement:
        """``{call p(1, 2)}`` and ``{@rc = call p}``."""
        start = self.expect("{")
        node = tree.Execute(start.line, start.col, None, [])
        if self.token.kind == "variable":
            node.return_variable = self.variable()
            self.expect("=")
        self.expect("CALL")
        node.procedure = self.name()
        if self.accept("("):
            if not self.at(")"):
                node.args = self._arguments()
            self.expect(")")
        self.expect("}")
        return node

    def _procedure_and_arguments(self, node: tree.Execute) -> None:
        if self.token.kind == "variable":
            node.procedure_variable = self.variable()
        else:
            node.procedure = self.name()
        if self.at(";") and self.peek().kind == "int":
            raise self.refusal("numbered procedures")
        if self._at_argument():
            node.args = self._arguments()
        while self.accept("WITH") or (node.options and self.accept(",")):
            if self.at("RESULT"):
                raise self.refusal("WITH RESULT SETS")
            node.options.append(self.expect("RECOMPILE").key)
        if self.at("AT") and not node.args:
            raise self.refusal("EXEC … AT a linked server")

    def _at_argument(self) -> bool:
        token = self.token
        if token.kind == "word":
            return token.key in ("NULL", "DEFAULT") or self.at_identifier()
        if token.kind == "op":
            return token.key in ("-", "+")
        return token.kind != "end"

    def _arguments(self) -> list[tree.ExecuteArg]:
        args = [self._execute_argument()]
        while self.accept(","):
            args.append(self._execute_argument())
        named = False
        for position, arg in enumerate(args, 1):
            if named and arg.name is None:
                raise self.numbered(
                    119,
                    f"Must pass parameter number {position} and subsequent parameters as "
                    "'@name = value'. After the form '@name = value' has been used, all "
                    "subsequent parameters must be passed in the form '@name = value'.",
                )
            named = arg.name is not None
        return args

    def _execute_argument(self) -> tree.ExecuteArg:
        start = self.token
        name = None
        if start.kind == "variable" and self.peek().key == "=":
            name = self.variable()
            self.advance()
        expr = self._argument_value()
        output = self.accept("OUTPUT", "OUT") is not None
        if output and not isinstance(expr, tree.Variable):
            raise self.numbered(
                179,
                "Cannot use the OUTPUT option when passing a constant to a stored procedure.",
                start,
            )
        return tree.ExecuteArg(start.line, start.col, name, expr, output)

    def _argument_value(self) -> tree.Expr:
        """A constant, a variable, DEFAULT, NULL or a bare word; never an expression."""
        token = self.token
        line, col = token.line, token.col
        if token.key in ("-", "+"):
            self.advance()
            if self.token.kind not in _NUMBERS:
                raise self.problem()
            return tree.Unary(line, col, token.key, self.primary())
        if token.key == "DEFAULT":
            self.advance()
            return tree.Default(line, col)
        if token.key == "NULL" or token.kind in (
            *_NUMBERS,
            "string",
            "nstring",
            "binary",
            "variable",
            "sysvar",
        ):
            return self.primary()
        if token.key == "{":
            return self.odbc_escape()
        if self.at_identifier():
            self.advance()
            return tree.Literal(line, col, "nstring", token.value)
        raise self.problem()

    def _execute_text(self) -> tree.Statement:
        start = self.expect("(")
        text = self.value()
        self.expect(")")
        if self.at("AS", "AT"):
            raise self.refusal(f"EXEC (…) {self.token.key}")
        return tree.ExecuteText(start.line, start.col, text)

    def _execute_as(self) -> tree.Statement:
        start = self.expect("AS")
        if self.at("CALLER"):
            raise self.refusal("EXECUTE AS CALLER")
        kind = self.expect("USER", "LOGIN").key
        self.expect("=")
        principal = self.value()
        if self.at("WITH"):
            raise self.refusal("EXECUTE AS … WITH")
        return tree.ExecuteAs(start.line, start.col, kind, principal)

    def revert(self) -> tree.Statement:
        start = self.expect("REVERT")
        if self.at("WITH"):
            raise self.refusal("REVERT WITH COOKIE")
        return tree.Revert(start.line, start.col)
