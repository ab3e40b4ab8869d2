"""Principals and their permissions."""

from __future__ import annotations

from dataclasses import dataclass, field

from .nodes import Name, Statement


@dataclass(slots=True)
class CreatePrincipal(Statement):
    """``kind``: ROLE, USER or LOGIN.

    Of a user: ``login`` ('' is WITHOUT LOGIN), ``external`` for FROM EXTERNAL PROVIDER.
    """

    kind: str
    name: str
    owner: str | None = None
    login: str | None = None
    password: str | None = None
    external: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class AlterPrincipal(Statement):
    """ALTER ROLE r ADD or DROP MEMBER m; ALTER LOGIN l WITH …, ENABLE or DISABLE; ALTER USER."""

    kind: str
    name: str
    action: str  # 'ADD MEMBER', 'DROP MEMBER', 'WITH', 'ENABLE', 'DISABLE'
    member: str | None = None
    options: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Permission(Statement):
    """GRANT / DENY / REVOKE. ``securable_class``: OBJECT, SCHEMA, DATABASE, TYPE."""

    verb: str
    permissions: list[str]  # upper case: 'EXECUTE', 'SELECT', 'VIEW DATABASE STATE'
    securable_class: str
    securable: Name | None
    principals: list[str]
    grant_option: bool = False
    columns: list[str] = field(default_factory=list)
