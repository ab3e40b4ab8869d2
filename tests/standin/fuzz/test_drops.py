"""Clients that give up while they log in, by the thousand."""

from __future__ import annotations

from tests.standin.fuzz.judge import Log
from tests.standin.fuzz.sockets import drop, nothing_remains
from tests.standin.session.engine import Engine


def test_a_thousand_clients_that_give_up_leave_nothing_behind(engine: Engine) -> None:
    log = Log(engine.data_dir / "engine.log")

    with nothing_remains(engine):
        drop(engine, 1000)

    assert "Traceback" not in log.news()
