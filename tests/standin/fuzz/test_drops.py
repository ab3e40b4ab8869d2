"""Clients that give up while they log in, by the thousand."""

from __future__ import annotations

import socket

import pytest

from tests.standin.fuzz.judge import Log
from tests.standin.fuzz.sockets import drop, nothing_remains
from tests.standin.session.engine import Engine
from tests.standin.tds.messages import prelogin


def test_a_thousand_clients_that_give_up_leave_nothing_behind(engine: Engine) -> None:
    log = Log(engine.data_dir / "engine.log")

    with nothing_remains(engine):
        drop(engine, 1000)

    assert "Traceback" not in log.news()


@pytest.mark.parametrize("is_logged_in", [True, False])
def test_a_client_that_stays_is_noticed(engine: Engine, is_logged_in: bool) -> None:
    # What the test with a thousand stands on: it would see a single one of them.
    stays: list[socket.socket] = []
    try:
        with (
            pytest.raises(AssertionError, match="somebody is still there"),
            nothing_remains(engine, patience=0),
        ):
            if is_logged_in:
                stays.append(engine.wire().socket)
            else:
                stays.append(socket.create_connection((engine.host, engine.port), timeout=120))
                stays[0].sendall(prelogin())
                assert stays[0].recv(8)
    finally:
        for each in stays:
            each.close()
