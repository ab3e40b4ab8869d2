"""The procedural layer: variables, blocks, branches, loops, errors, transactions."""

from __future__ import annotations

from abc import abstractmethod

from .. import tree
from ..lexer import Token
from .calls import VALUE_KEYWORDS
from .queries import ASSIGNMENTS
from .settings import Settings


class Control(Settings):
    @abstractmethod
    def declare_cursor(self, start: Token) -> tree.Statement: ...

    def statements(self, *closers: str) -> list[tree.Statement]:
        """Statements up to one of the closing words (not consumed) or the end of the batch."""
        body: list[tree.Statement] = []
        terminated = True
        while self.token.kind != "end" and self.token.key not in closers:
            if self.accept(";"):
                terminated = True
                continue
            if self.at("WITH") and not terminated:
                raise self.numbered(
                    319,
                    "Incorrect syntax near the keyword 'with'. If this statement is a common "
                    "table expression, an xmlnamespaces clause or a change tracking context "
                    "clause, the previous statement must be terminated with a semicolon.",
                )
            if self.at("THROW") and not terminated:
                raise self.problem()
            body.append(self.statement())
            terminated = self.accept(";") is not None or isinstance(body[-1], tree.Label)
        return body

    # ---------------------------------------------------------------- variables

    def declare(self) -> tree.Statement:
        start = self.expect("DECLARE")
        if self.token.kind != "variable" and self.peek().key in ("CURSOR", "INSENSITIVE", "SCROLL"):
            return self.declare_cursor(start)
        items = [self._declare_item()]
        while self.accept(","):
            items.append(self._declare_item())
        return tree.Declare(start.line, start.col, items)

    def _declare_item(self) -> tree.DeclareItem:
        start = self.token
        name = self.variable()
        self.accept("AS")
        if self.at("TABLE"):
            self.advance()
            definition = self.table_definition()
            return tree.DeclareItem(start.line, start.col, name, None, table=definition)
        if self.at("CURSOR"):
            raise self.refusal("cursor variables", start)
        use = self.type_use(1)
        value = self.value() if self.accept("=") else None
        return tree.DeclareItem(start.line, start.col, name, use.type, value, type_name=use.name)

    def set_statement(self) -> tree.Statement:
        start = self.expect("SET")
        if self.token.kind != "variable":
            return self.set_option(start)
        name = self.variable()
        if self.at("."):
            raise self.refusal("methods in SET @variable", start)
        op = self.expect(*ASSIGNMENTS).key
        if self.at("CURSOR"):
            raise self.refusal("cursor variables", start)
        return tree.SetVariable(start.line, start.col, name, self.value(), op)

    # ---------------------------------------------------------------- blocks and branches

    def begin(self) -> tree.Statement:
        start = self.expect("BEGIN")
        if self.at("TRY"):
            return self._try_catch(start)
        if self.at("TRAN", "TRANSACTION"):
            return self._begin_transaction(start)
        if self.at("DISTRIBUTED", "DIALOG", "CONVERSATION", "ATOMIC"):
            raise self.refusal(f"BEGIN {self.token.key}", start)
        body = self.statements("END")
        if not body:
            raise self.problem()
        self.expect("END")
        return tree.Block(start.line, start.col, body)

    def _try_catch(self, start: Token) -> tree.Statement:
        self.expect("TRY")
        body = self.statements("END")
        if not body:
            raise self.problem()
        self.expect_words("END", "TRY", "BEGIN", "CATCH")
        handler = self.statements("END")
        self.expect_words("END", "CATCH")
        return tree.TryCatch(start.line, start.col, body, handler)

    def if_statement(self) -> tree.Statement:
        start = self.expect("IF")
        condition = self.condition()
        node = tree.If(start.line, start.col, condition, self.statement())
        if self.at(";") and self.peek().key == "ELSE":
            self.advance()
        if self.accept("ELSE"):
            node.otherwise = self.statement()
        return node

    def while_statement(self) -> tree.Statement:
        start = self.expect("WHILE")
        condition = self.condition()
        return tree.While(start.line, start.col, condition, self.statement())

    def break_statement(self) -> tree.Statement:
        start = self.expect("BREAK")
        return tree.Break(start.line, start.col)

    def continue_statement(self) -> tree.Statement:
        start = self.expect("CONTINUE")
        return tree.Continue(start.line, start.col)

    def go_to(self) -> tree.Statement:
        start = self.expect("GOTO")
        return tree.GoTo(start.line, start.col, self.identifier())

    def label(self) -> tree.Statement:
        start = self.token
        name = self.identifier()
        self.expect(":")
        return tree.Label(start.line, start.col, name)

    def return_statement(self) -> tree.Statement:
        start = self.expect("RETURN")
        value = self.value() if self._at_value() else None
        return tree.Return(start.line, start.col, value)

    def _at_value(self) -> bool:
        token = self.token
        if token.kind == "op":
            return token.key in ("(", "-", "+", "~", "{")
        if token.kind == "word":
            # A bare word may begin the next statement; THROW is the one that is not reserved.
            return token.key in VALUE_KEYWORDS or (self.at_identifier() and token.key != "THROW")
        return token.kind != "end"

    # ---------------------------------------------------------------- errors and messages

    def throw(self) -> tree.Statement:
        start = self.expect("THROW")
        if self.token.kind not in ("int", "variable"):
            return tree.Throw(start.line, start.col)
        number = self._constant("int")
        self.expect(",")
        message = self._constant("string", "nstring")
        self.expect(",")
        return tree.Throw(start.line, start.col, number, message, self._constant("int"))

    def _constant(self, *kinds: str) -> tree.Expr:
        if self.token.kind not in (*kinds, "variable"):
            raise self.problem()
        return self.primary()

    def raise_error(self) -> tree.Statement:
        start = self.expect("RAISERROR")
        if not self.at("("):
            raise self.refusal("RAISERROR without parentheses", start)
        self.advance()
        message = self._raised()
        self.expect(",")
        severity = self._raised()
        self.expect(",")
        node = tree.RaisError(start.line, start.col, message, severity, self._raised())
        while self.accept(","):
            node.args.append(self._raised())
        self.expect(")")
        if self.accept("WITH"):
            node.options.append(self.expect("NOWAIT", "LOG", "SETERROR").key)
            while self.accept(","):
                node.options.append(self.expect("NOWAIT", "LOG", "SETERROR").key)
        return node

    def _raised(self) -> tree.Expr:
        """An argument of RAISERROR: a constant or a variable, no expression."""
        sign = self.token
        if sign.key == "-":
            self.advance()
        value = self.primary()
        if not isinstance(value, (tree.Literal, tree.Variable, tree.SystemVariable)):
            raise self.problem(sign)
        return tree.Unary(sign.line, sign.col, "-", value) if sign.key == "-" else value

    def print_statement(self) -> tree.Statement:
        start = self.expect("PRINT")
        return tree.Print(start.line, start.col, self.value())

    def wait_for(self) -> tree.Statement:
        start = self.expect("WAITFOR")
        if self.at("("):
            raise self.refusal("WAITFOR (RECEIVE …)", start)
        kind = self.expect("DELAY", "TIME").key
        return tree.WaitFor(start.line, start.col, kind, self._constant("string", "nstring"))

    # ---------------------------------------------------------------- transactions

    def _begin_transaction(self, start: Token) -> tree.Statement:
        self.expect("TRAN", "TRANSACTION")
        name = self._transaction_name()
        if self.at("WITH") and self.peek().key == "MARK":
            raise self.refusal("BEGIN TRANSACTION … WITH MARK", start)
        return tree.Transaction(start.line, start.col, "BEGIN", name)

    def commit_or_rollback(self) -> tree.Statement:
        start = self.expect("COMMIT", "ROLLBACK")
        name = None
        if not self.accept("WORK") and self.accept("TRAN", "TRANSACTION"):
            name = self._transaction_name()
        if start.key == "COMMIT" and self.at_words("WITH", "(", "DELAYED_DURABILITY"):
            self.advance()
            self.expect_words("(", "DELAYED_DURABILITY", "=")
            self.expect("ON", "OFF")
            self.expect(")")
        return tree.Transaction(start.line, start.col, start.key, name)

    def save_transaction(self) -> tree.Statement:
        start = self.expect("SAVE")
        self.expect("TRAN", "TRANSACTION")
        name = self._transaction_name()
        if name is None:
            raise self.problem()
        return tree.Transaction(start.line, start.col, "SAVE", name)

    def _transaction_name(self) -> str | None:
        if self.token.kind == "variable" or self.at_identifier():
            return self.advance().value
        return None

    def use(self) -> tree.Statement:
        start = self.expect("USE")
        return tree.Use(start.line, start.col, self.identifier())
