"""Principals and permissions."""

from __future__ import annotations

from .. import tree
from ..lexer import Token
from .modules import Modules

_CLASSES = ("OBJECT", "SCHEMA", "DATABASE", "TYPE")
_PERMISSIONS = frozenset(
    """
    ALL|SELECT|INSERT|UPDATE|DELETE|EXECUTE|EXEC|REFERENCES|CONTROL|ALTER|TAKE OWNERSHIP|CONNECT
    |VIEW DEFINITION|VIEW DATABASE STATE|VIEW DATABASE PERFORMANCE STATE|VIEW SERVER STATE
    |VIEW CHANGE TRACKING|SHOWPLAN|UNMASK|IMPERSONATE|BACKUP DATABASE|BACKUP LOG|CHECKPOINT
    |CREATE TABLE|CREATE VIEW|CREATE PROCEDURE|CREATE FUNCTION|CREATE SCHEMA|CREATE TYPE
    |CREATE SEQUENCE|CREATE ROLE|CREATE DATABASE|CREATE DEFAULT|CREATE RULE|CREATE SYNONYM
    |ALTER ANY SCHEMA|ALTER ANY ROLE|ALTER ANY USER|ALTER ANY LOGIN|ALTER ANY APPLICATION ROLE
    |ALTER ANY DATABASE SCOPED CONFIGURATION|KILL DATABASE CONNECTION
    |ADMINISTER DATABASE BULK OPERATIONS|SUBSCRIBE QUERY NOTIFICATIONS
    """.replace("\n", " ").split("|")
)
PERMISSIONS = frozenset(" ".join(name.split()) for name in _PERMISSIONS)


class Security(Modules):
    # ---------------------------------------------------------------- principals

    def create_principal(self, start: Token) -> tree.Statement:
        kind = self.advance().key
        node = tree.CreatePrincipal(start.line, start.col, kind, self.identifier())
        if kind == "ROLE":
            node.owner = self.identifier() if self.accept("AUTHORIZATION") else None
            return node
        if kind == "USER":
            self._user_source(node, start)
        elif self.at("FROM"):
            self._login_source(node, start)
        elif not self.at("WITH"):
            raise self.problem()
        if self.accept("WITH"):
            node.options = self._principal_options()
            for name, value in node.options:
                if name == "PASSWORD":
                    node.password = value
            node.options = [pair for pair in node.options if pair[0] != "PASSWORD"]
        if kind == "LOGIN" and not node.external and node.password is None:
            raise self.problem()
        return node

    def _user_source(self, node: tree.CreatePrincipal, start: Token) -> None:
        if self.accept_words("WITHOUT", "LOGIN"):
            node.login = ""
        elif self.accept("FOR", "FROM"):
            if self.accept_words("EXTERNAL", "PROVIDER"):
                node.external = True
            elif self.accept("LOGIN"):
                node.login = self.identifier()
            else:
                raise self.refusal(f"CREATE USER … FOR {self.token.key}", start)

    def _login_source(self, node: tree.CreatePrincipal, start: Token) -> None:
        self.expect("FROM")
        if not self.accept_words("EXTERNAL", "PROVIDER"):
            raise self.refusal(f"CREATE LOGIN … FROM {self.token.key}", start)
        node.external = True

    def _principal_options(self) -> list[tuple[str, str]]:
        """``PASSWORD = 'x' MUST_CHANGE, …``: names in upper case, values as written."""
        options: list[tuple[str, str]] = []
        while True:
            token = self.advance()
            if token.kind != "word":
                raise self.problem(token)
            self.expect("=")
            value = self.token
            if value.kind == "binary":
                raise self.refusal(f"{token.key} = 0x…", token)
            if value.kind not in ("word", "quoted", "string", "nstring", "int"):
                raise self.problem()
            self.advance()
            options.append((token.key, value.value))
            while self.at("MUST_CHANGE", "UNLOCK", "HASHED", "OLD_PASSWORD"):
                if self.at("OLD_PASSWORD"):
                    break
                if self.at("HASHED"):
                    raise self.refusal("HASHED passwords")
                options.append((self.advance().key, "ON"))
            if self.at("OLD_PASSWORD"):
                continue
            if not self.accept(","):
                return options

    def alter_principal(self, start: Token) -> tree.Statement:
        kind = self.advance().key
        node = tree.AlterPrincipal(start.line, start.col, kind, self.identifier(), "")
        if kind == "ROLE" and self.at("ADD", "DROP"):
            node.action = f"{self.advance().key} MEMBER"
            self.expect("MEMBER")
            node.member = self.identifier()
        elif kind == "LOGIN" and self.at("ENABLE", "DISABLE"):
            node.action = self.advance().key
        else:
            self.expect("WITH")
            node.action = "WITH"
            node.options = self._principal_options()
        return node

    # ---------------------------------------------------------------- permissions

    def permission(self) -> tree.Statement:
        start = self.expect("GRANT", "DENY", "REVOKE")
        verb = start.key
        node = tree.Permission(start.line, start.col, verb, [], "DATABASE", None, [])
        if verb == "REVOKE" and self.accept_words("GRANT", "OPTION", "FOR"):
            node.grant_option = True
        node.permissions.append(self._permission_name(node))
        while self.accept(","):
            node.permissions.append(self._permission_name(node))
        if self.accept("ON"):
            self._securable(node)
        self.expect(*(("TO", "FROM") if verb == "REVOKE" else ("TO",)))
        node.principals = [self._principal()]
        while self.accept(","):
            node.principals.append(self._principal())
        if verb == "GRANT" and self.at("WITH"):
            self.expect_words("WITH", "GRANT", "OPTION")
            node.grant_option = True
        elif verb != "GRANT":
            self.accept("CASCADE")
        if self.at("AS"):
            raise self.refusal(f"{verb} … AS", start)
        return node

    def _principal(self) -> str:
        return self.advance().value if self.at("PUBLIC") else self.identifier()

    def _permission_name(self, node: tree.Permission) -> str:
        start = self.token
        words: list[str] = []
        while self.token.kind == "word" and not self.at("ON", "TO", "FROM"):
            words.append(self.advance().key)
        name = " ".join(words)
        if name in ("EXEC", "ALL PRIVILEGES"):
            name = "EXECUTE" if name == "EXEC" else "ALL"
        if not words:
            raise self.problem()
        if name not in PERMISSIONS:
            if name.startswith(("VIEW", "ALTER", "CREATE", "CONTROL", "CONNECT", "EXECUTE")):
                raise self.refusal(f"the permission {name}", start)
            raise self.problem(start)
        if self.at("("):
            node.columns = self.column_names()
        return name

    def _securable(self, node: tree.Permission) -> None:
        node.securable_class = "OBJECT"
        if self.peek().key == "::":
            token = self.advance()
            if token.key not in _CLASSES:
                raise self.refusal(f"permissions on {token.key}::", token)
            node.securable_class = token.key
            self.advance()
        node.securable = self.name(1 if node.securable_class in ("SCHEMA", "DATABASE") else 3)
        if self.at("("):
            node.columns = self.column_names()
