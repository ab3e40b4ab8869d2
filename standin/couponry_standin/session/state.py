"""What a session remembers between requests."""

from __future__ import annotations

from dataclasses import dataclass, field

ISOLATION = {
    "READ UNCOMMITTED": 1,
    "READ COMMITTED": 2,
    "REPEATABLE READ": 3,
    "SERIALIZABLE": 4,
    "SNAPSHOT": 5,
}
"""The numbers of the levels, in sys.dm_exec_sessions and in requests of drivers."""


@dataclass(slots=True)
class State:
    """Settings and transaction state; defaults are those of a new connection."""

    trancount: int = 0
    doomed: bool = False
    nocount: bool = False
    xact_abort: bool = False
    implicit_transactions: bool = False
    quoted_identifier: bool = True
    isolation: str = "READ COMMITTED"
    told_isolation: str = "READ COMMITTED"
    """what PostgreSQL's setting says, '' when that is not known"""
    tells_isolation: bool = False
    """it was told at least once: a rollback may take that back"""
    snapshot: bool = False
    """the transaction began under SNAPSHOT"""
    untouched: bool = False
    """a driver has begun the transaction, and nothing was asked of it since"""
    rowcount: int = 0
    error: int = 0
    identity: str | None = None
    scope_identity: str | None = None
    """what the batches of the client, which are one scope, have inserted last"""
    lock_timeout: int = -1
    pg_lock_timeout: int | None = -1
    """what PostgreSQL's lock_timeout is set to, None when that is not known"""
    savepoints: list[str] = field(default_factory=list)
    transaction_name: str | None = None
    rolled_back: bool = False
    """how the last transaction ended"""
    rollbacks: int = 0
    """how often something was rolled back so far"""

    def reset(self) -> None:
        """Back to the state after login, but for what PostgreSQL remembers by itself."""
        self.nocount = self.xact_abort = self.implicit_transactions = False
        self.quoted_identifier = True
        self.rowcount = self.error = 0
        self.identity = self.scope_identity = None
        self.lock_timeout = -1
        self.isolation = "READ COMMITTED"

    def forget_after(self, savepoint: str) -> None:
        """Back at a savepoint, those set after it are gone."""
        last = len(self.savepoints) - self.savepoints[::-1].index(savepoint)
        del self.savepoints[last:]

    def ended(self, *, rolled_back: bool = False) -> None:
        """The transaction is over."""
        self.rolled_back = rolled_back
        self.rollbacks += rolled_back
        if rolled_back and self.tells_isolation:
            self.told_isolation = ""
        self.trancount = 0
        self.doomed = self.snapshot = False
        self.savepoints.clear()
        self.transaction_name = None


@dataclass(slots=True)
class Principal:
    """Who the session is. ``user`` changes with EXECUTE AS; the login never does."""

    login: str
    user: str
    is_owner: bool
    roles: frozenset[str] = frozenset()
    user_id: int = 0
    role_ids: frozenset[int] = frozenset()
