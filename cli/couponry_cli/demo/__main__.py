"""The chapters in their order, and what becomes of an interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from types import FrameType

from rich.console import Console

from couponry_cli.demo import beginning, count, life, rush
from couponry_cli.demo.server import DATABASE, engine, show_connection
from couponry_cli.demo.stage import Stage
from couponry_jobs import deployment, settings
from couponry_jobs.connection import Database
from couponry_jobs.errors import BusinessFailure, CouponryError


def perform(stage: Stage) -> None:
    beginning.deploy(stage)
    request_id = beginning.generate(stage)
    rush.warm_up(stage)
    rush.race_for_slots(stage)
    codes = beginning.codes_of(stage, request_id, rush.CALLERS + 1)
    rush.redeem_distinct(stage, codes[: rush.CALLERS])
    rush.race_for_one(stage, codes[rush.CALLERS])
    rush.replay(stage)
    life.follow(stage)
    count.count(stage)
    count.reconcile(stage)


class Terminated(BaseException):
    """SIGTERM, as an exception, so that the server is stopped on the way out."""


asked_to_end = threading.Event()


def _terminate(number: int, _: FrameType | None) -> None:
    # The driver may put an error of its own in the place of one raised inside its calls.
    asked_to_end.set()
    raise Terminated


def main() -> int:
    signal.signal(signal.SIGTERM, _terminate)
    console = Console(width=None if sys.stdout.isatty() else 120)
    started = time.monotonic()
    try:
        with engine(console) as environ:
            found = replace(
                settings.read({**os.environ, **environ}),
                pool_size=rush.CONNECTIONS,
                # A thousand callers wait for a hundred connections: the last of them for longest.
                pool_timeout=120,
                # And on a small machine each of the hundred first calls for a while.
                command_timeout=120,
            )
            deployment.create_database(found, DATABASE)
            with Database(found) as database:
                stage = Stage(console, database)
                perform(stage)
                show_connection(stage, environ)
                code = stage.verdict()
    except BusinessFailure as failure:
        console.print(f"[red]error[/red]: {failure.code}: {failure.message}")
        return 1
    except Terminated:
        return 128 + signal.SIGTERM
    except CouponryError as error:
        if asked_to_end.is_set():
            return 128 + signal.SIGTERM
        console.print(f"[red]error[/red]: {error.code}: {error.message}")
        return error.exit_code
    except subprocess.CalledProcessError:
        return 1
    except KeyboardInterrupt:
        return 130
    console.print(f"{time.monotonic() - started:.0f} s in all; the server is stopped")
    return code


if __name__ == "__main__":
    sys.exit(main())
