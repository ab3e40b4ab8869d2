"""``python -m couponry_standin --data-dir DIRECTORY --port PORT``: the engine as a program."""

from __future__ import annotations

import argparse
import errno
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from couponry_standin import server
from couponry_standin.access_tokens import AUDIENCE, ISSUER, TokenRules
from couponry_standin.banner import banner
from couponry_standin.clients import DRIVER, connection_strings
from couponry_standin.engine import Listen, Settings, run
from couponry_standin.postgres.connection import ConnectionLost
from couponry_standin.postgres.databases import DatabaseError
from couponry_standin.postgres.host import ClusterError
from couponry_standin.state import DEFAULT_PORT, EngineError, EngineState, default_data_dir

PROBLEMS = (EngineError, ClusterError, DatabaseError, ConnectionLost)


def main(arguments: Sequence[str] | None = None, *, listen: Listen | None = None) -> int:
    """Runs the engine to its end; ``listen`` makes the TDS server, and tests another one."""
    options = parser().parse_args(arguments)
    if options.token_issuer_key is None:
        tokens = None
    else:
        key = options.token_issuer_key.expanduser()
        tokens = TokenRules(key, options.token_issuer, options.token_audience)
    settings = Settings(
        options.data_dir.expanduser(), options.port, tokens, synced=not options.no_sync
    )
    # Trees and plans stay: to look through them for what might go took a seventh of a deployment.
    gc.set_threshold(50_000, 20, 100)

    def ready(state: EngineState, password: str) -> None:
        # A log keeps what it is told; the password has a file of its own.
        shown = password if options.foreground else "(see the file password)"
        strings = connection_strings(state, password, driver=options.driver)
        say(banner(state, strings if options.foreground else {}, shown))

    said_before = size(settings)
    try:
        server.run(run(settings, listen or tds(), ready=ready, progress=say))
    except PROBLEMS as problem:
        return complain(str(problem), settings, said_before)
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        return complain(os.strerror(errno.ENOSPC), settings, said_before)
    return 0


def size(settings: Settings) -> int:
    """How much PostgreSQL has said in former runs."""
    log = settings.data_dir / "postgres.log"
    return log.stat().st_size if log.exists() else 0


def complain(message: str, settings: Settings, said_before: int) -> int:
    full = os.strerror(errno.ENOSPC)
    log = settings.data_dir / "postgres.log"
    said = log.read_bytes()[said_before:] if log.exists() else b""
    if full in message or full.encode() in said:
        message = f"The disk of {settings.data_dir} is full. {message}"
    print(f"error: {message}", file=sys.stderr, flush=True)
    return 1


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m couponry_standin",
        description="couponry's development engine. It speaks TDS and is no SQL Server.",
    )
    made.add_argument(
        "--data-dir", type=Path, default=default_data_dir(), help="where the databases live"
    )
    made.add_argument("--port", type=port, default=DEFAULT_PORT, help="0 takes any free port")
    made.add_argument(
        "--foreground", action="store_true", help="show the password and how to connect"
    )
    made.add_argument(
        "--no-sync",
        action="store_true",
        help="wait for no disk: for data that need not outlive a crash of the machine",
    )
    made.add_argument(
        "--token-issuer-key",
        type=Path,
        metavar="FILE",
        help="public RSA key (PEM or JWKS) of who signs access tokens; without it none is accepted",
    )
    made.add_argument("--token-issuer", default=ISSUER, help="the issuer that tokens must name")
    made.add_argument("--token-audience", default=AUDIENCE, help="whom tokens must be made for")
    made.add_argument("--driver", default=DRIVER, help="ODBC driver named in what is shown")
    return made


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def tds() -> Listen:
    # Imported here: --help needs neither the protocol nor the language.
    from couponry_standin.listening import listen

    return listen


def say(message: str) -> None:
    print(message, flush=True)


if __name__ == "__main__":
    sys.exit(main())
