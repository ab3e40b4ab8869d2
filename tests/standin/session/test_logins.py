"""A login that breaks off half-way: what it had borrowed is given back."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from couponry_standin.postgres.connection import Connection, ConnectionLost
from couponry_standin.postgres.databases import Databases
from couponry_standin.postgres.pool import Pool
from couponry_standin.session import SessionFactory
from couponry_standin.session.session import Session
from couponry_standin.tds import Login, ServerConnection
from tests.standin.tds.messages import login, prelogin

LENT = cast(Connection, object())


class Lender:
    def __init__(self) -> None:
        self.given_back: list[Connection] = []

    async def release(self, connection: Connection) -> None:
        self.given_back.append(connection)


class Anything:
    async def database_exists(self, _name: str) -> bool:
        return True


def test_who_is_ended_at_the_login_is_told_to_come_again_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when another session takes the database with ROLLBACK IMMEDIATE at that moment."""

    async def checked(*_: Any) -> tuple[str, str]:
        return "sa", "master"

    async def entered_and_ended(self: Session, _name: str) -> None:
        self.connection, self._entered = LENT, True
        raise ConnectionLost("terminating connection due to administrator command")

    monkeypatch.setattr(SessionFactory, "_check", checked)
    monkeypatch.setattr(Session, "enter", entered_and_ended)
    lender = Lender()
    factory = SessionFactory(cast(Pool, lender), cast(Databases, Anything()))
    connection = ServerConnection()
    connection.receive(prelogin())
    connection.answer_prelogin(encrypted=False)
    [event] = connection.receive(login())
    assert isinstance(event, Login)
    response = connection.respond(event)

    session = asyncio.run(factory.login(event, response, lambda: None))

    assert session is None
    assert (17197).to_bytes(4, "little") in response.finish()
    assert lender.given_back == [LENT]
