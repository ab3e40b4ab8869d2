"""Where is measured: a database of the bench's own, and the PostgreSQL below it if there is one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from couponry_jobs import deployment
from couponry_jobs.connection import Database
from couponry_jobs.settings import Settings
from tests.endpoint import VARIABLE, fresh_database, parse


@dataclass(frozen=True, slots=True)
class Site:
    settings: Settings
    environment: dict[str, str]
    socket: Path | None
    """the directory of PostgreSQL's socket; None where the server is not the stand-in"""

    @property
    def database(self) -> str:
        return self.settings.database

    def postgres(self) -> psycopg.Connection[tuple[object, ...]]:
        assert self.socket is not None
        return psycopg.connect(
            host=str(self.socket), user="couponry", dbname=self.database.lower(), autocommit=True
        )


@contextmanager
def open_site() -> Iterator[Site]:
    """A freshly deployed database: on the server that is named, else on a stand-in."""
    named = os.environ.get(VARIABLE)
    if named:
        yield from _deployed(parse(named), None)
        return
    # Imported here: a bench against a named server needs no stand-in.
    from couponry_standin import control
    from couponry_standin.state import password

    with tempfile.TemporaryDirectory(prefix="couponry-bench-") as folder:
        data = Path(folder) / "engine"
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
            yield from _deployed(server, data / "socket")
        finally:
            control.stop(data)


def _deployed(server: Settings, socket: Path | None) -> Iterator[Site]:
    with fresh_database(server, "couponry_bench") as target:
        with Database(target.settings) as database:
            deployment.install(database)
        yield Site(target.settings, dict(target.environment), socket)
