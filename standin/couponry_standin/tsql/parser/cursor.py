"""The parser's place in the token list, and the small moves every part of the grammar makes."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .. import tree
from ..errors import NotSupported, SyntaxProblem
from ..lexer import Token, tokenise
from .keywords import RESERVED


class Cursor(ABC):
    """Walks the tokens of one batch. Subclasses add the grammar, area by area."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenise(text)
        self.index = 0
        self.token: Token = self.tokens[0]

    # The areas refer to each other: an expression may hold a query, a query holds expressions.

    @abstractmethod
    def value(self) -> tree.Expr: ...

    @abstractmethod
    def condition(self) -> tree.Expr: ...

    @abstractmethod
    def subquery(self) -> tree.Query: ...

    @abstractmethod
    def order_items(self) -> list[tree.OrderItem]: ...

    @abstractmethod
    def statement(self) -> tree.Statement: ...

    # ---------------------------------------------------------------- moves

    def advance(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def rewind(self, index: int) -> None:
        self.index = index
        self.token = self.tokens[index]

    def peek(self, offset: int = 1) -> Token:
        index = self.index + offset
        return self.tokens[index] if index < len(self.tokens) else self.tokens[-1]

    def at(self, *keys: str) -> bool:
        return self.token.key in keys

    def at_words(self, *keys: str) -> bool:
        """True when the next tokens are these, in this order."""
        if self.token.key != keys[0]:
            return False
        return all(self.peek(i).key == key for i, key in enumerate(keys))

    def accept(self, *keys: str) -> Token | None:
        return self.advance() if self.token.key in keys else None

    def accept_words(self, *keys: str) -> bool:
        if not self.at_words(*keys):
            return False
        for _ in keys:
            self.advance()
        return True

    def expect(self, *keys: str) -> Token:
        if self.token.key not in keys:
            raise self.problem()
        return self.advance()

    def expect_words(self, *keys: str) -> None:
        for key in keys:
            self.expect(key)

    # ---------------------------------------------------------------- complaints

    def problem(self, token: Token | None = None) -> SyntaxProblem:
        """SQL Server's complaint about a token that cannot stand where it stands."""
        token = token or self.token
        if token.kind == "word" and token.key in RESERVED:
            message = f"Incorrect syntax near the keyword '{token.value}'."
            return SyntaxProblem(message, token.line, token.col, 156)
        return SyntaxProblem(f"Incorrect syntax near '{token.value}'.", token.line, token.col)

    def numbered(self, number: int, message: str, token: Token | None = None) -> SyntaxProblem:
        token = token or self.token
        return SyntaxProblem(message, token.line, token.col, number)

    def refusal(self, construct: str, token: Token | tree.Node | None = None) -> NotSupported:
        token = token or self.token
        return NotSupported(construct, token.line, token.col)

    # ---------------------------------------------------------------- names

    def at_identifier(self, offset: int = 0) -> bool:
        token = self.peek(offset) if offset else self.token
        if token.kind == "word":
            return token.key not in RESERVED
        return token.kind == "quoted"

    def identifier(self) -> str:
        if not self.at_identifier():
            raise self.problem()
        return self.advance().value

    def identifiers(self) -> list[str]:
        names = [self.identifier()]
        while self.accept(","):
            names.append(self.identifier())
        return names

    def column_names(self) -> list[str]:
        """``(a, b, …)``."""
        self.expect("(")
        names = self.identifiers()
        self.expect(")")
        return names

    def name(self, most: int = 4) -> tree.Name:
        """A name of one to ``most`` parts; an omitted part (``db..t``, ``..p``) is ''."""
        start = self.token
        parts = [""] if self.token.key == "." else [self.identifier()]
        while self.token.key == ".":
            self.advance()
            if self.token.key == ".":
                parts.append("")
            else:
                parts.append(self.identifier())
        if len(parts) > most:
            raise self.numbered(
                4104 if most == 4 else 117,
                f"The object name '{'.'.join(parts)}' contains more than the maximum number of "
                f"prefixes. The maximum is {most - 1}.",
                start,
            )
        return tree.Name(start.line, start.col, tuple(parts))

    def variable(self) -> str:
        if self.token.kind != "variable":
            raise self.problem()
        return self.advance().value

    def string(self) -> str:
        if self.token.kind not in ("string", "nstring"):
            raise self.problem()
        return self.advance().value

    def integer(self) -> int:
        """A whole number with an optional sign."""
        sign = -1 if self.token.key == "-" else 1
        self.accept("-", "+")
        if self.token.kind != "int":
            raise self.problem()
        return sign * int(self.advance().value)

    def parenthesised_text(self) -> str:
        """The upper-case text of the tokens between ``(`` and its partner, single-spaced."""
        self.expect("(")
        words: list[str] = []
        depth = 1
        while True:
            if self.token.kind == "end":
                raise self.problem()
            token = self.advance()
            depth += {"(": 1, ")": -1}.get(token.key, 0)
            if not depth:
                return " ".join(words)
            words.append(self.token_text(token))

    def token_text(self, token: Token) -> str:
        if token.kind == "string":
            return f"'{token.value}'"
        return token.key or token.value
