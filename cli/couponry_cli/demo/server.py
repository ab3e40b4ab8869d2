"""The development server that the demonstration starts, and stops when it is over."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console

from couponry_cli.demo.stage import Stage

DATABASE = "couponry_demo"
ENGINE = (sys.executable, "-m", "couponry_cli", "engine")


@contextmanager
def engine(console: Console) -> Iterator[dict[str, str]]:
    """A development server on a free port; yields the variables that point clients at it."""
    with tempfile.TemporaryDirectory(prefix="couponry-demo-") as folder:
        where_ = ("--data-dir", folder)
        started = time.monotonic()
        subprocess.run(
            [*ENGINE, "start", *where_, "--port", "0", "--quiet"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            text = subprocess.run(
                [*ENGINE, "url", *where_, "--client", "env", "--to", DATABASE],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            words = [word for word in shlex.split(text) if "=" in word]
            console.print(f"development server ready after {time.monotonic() - started:.1f} s")
            yield dict(word.split("=", 1) for word in words)
        finally:
            subprocess.run(
                [*ENGINE, "stop", *where_, "--quiet"], check=False, stdout=subprocess.DEVNULL
            )


def show_connection(stage: Stage, environ: Mapping[str, str]) -> None:
    stage.title("How to connect")
    stage.say(
        "The server of this demonstration stops now. One that stays, and the connection strings"
        " for\npyodbc, SQLAlchemy, sqlcmd and JDBC:\n"
        "  .venv/bin/couponry engine start\n"
        "  .venv/bin/couponry engine url --format table\n"
        f"This one answered as {environ['COUPONRY_SQL_USER']} at"
        f" {environ['COUPONRY_SQL_SERVER']}, database {DATABASE}."
    )
