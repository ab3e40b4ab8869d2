"""A stand-in of one's own that is killed without warning and started again over the same files."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from couponry_jobs import deployment
from couponry_jobs.settings import Settings
from couponry_standin import control
from couponry_standin.state import password
from tests.endpoint import Target

Victim = Literal["server", "postgres", "both"]
VICTIMS: tuple[Victim, ...] = ("both", "server", "postgres")


@dataclass(slots=True)
class Engine:
    data: Path
    settings: Settings
    port: int
    killed: list[Victim] = field(default_factory=list)
    down: float = 0.0
    """seconds without a server"""

    def kill(self, victim: Victim) -> None:
        """SIGKILL: nothing is flushed, nobody says good-bye. Then the start of the next one."""
        began = time.monotonic()
        server = control.await_holder(self.data)
        first_line = (self.data / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
        with suppress(ProcessLookupError):
            if victim != "server":
                os.kill(int(first_line), signal.SIGKILL)
            if victim != "postgres" and server:
                os.kill(server, signal.SIGKILL)
        if victim == "postgres":
            # A server without its PostgreSQL ends by itself, or is told to.
            control.await_end(lambda: control.holder(self.data) is None, 5.0)
            control.stop(self.data)
        assert control.await_end(lambda: control.holder(self.data) is None, 30.0)
        control.start(self.data, port=self.port)
        self.killed.append(victim)
        self.down += time.monotonic() - began


@contextmanager
def engine(data: Path, database: str = "storm") -> Iterator[tuple[Engine, Target]]:
    """An engine with a deployed database; whatever runs over the files in the end is stopped."""
    state = control.start(data, port=0).state
    try:
        server = Settings(
            server=f"{state.host},{state.port}",
            database="master",
            auth="sql",
            user=state.login,
            password=password(data),
            insecure=True,
        )
        deployment.create_database(server, database)
        target = Target(server.with_database(database))
        with target.open() as opened:
            deployment.install(opened)
        yield Engine(data, server, state.port), target
    finally:
        control.stop(data)


class Killer:
    """Kills in a thread of its own whenever the storm has come so far."""

    def __init__(self, engine: Engine, at: dict[int, Victim]) -> None:
        self.engine = engine
        self.at = at
        self.threads: list[threading.Thread] = []
        self.lock = threading.Lock()

    def tick(self, turn: int) -> None:
        victim = self.at.get(turn)
        if victim is not None:
            with self.lock:
                thread = threading.Thread(target=self._kill, args=(victim, [*self.threads]))
                self.threads.append(thread)
                thread.start()

    def _kill(self, victim: Victim, earlier: list[threading.Thread]) -> None:
        # One after the other, in their order, however fast the storm is.
        for thread in earlier:
            thread.join()
        self.engine.kill(victim)

    def finish(self) -> None:
        for thread in self.threads:
            thread.join(120)
