"""Starts an engine that outlives its starter, and stops it again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from couponry_standin.postgres.host import serves
from couponry_standin.state import (
    DEFAULT_PORT,
    EngineError,
    EngineState,
    holder,
    log_file,
    running,
    tail,
)

PROGRAM = (sys.executable, "-m", "couponry_standin")
START_SECONDS = 120.0
STOP_SECONDS = 90.0
LOG_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Started:
    """``already`` is set when the engine ran before."""

    state: EngineState
    already: bool


def start(
    data_dir: Path,
    *,
    port: int = DEFAULT_PORT,
    options: Sequence[str] = (),
    program: Sequence[str] = PROGRAM,
    wait: float = START_SECONDS,
    progress: Callable[[str], None] = lambda _message: None,
) -> Started:
    """Starts the engine over a data directory and waits until clients can connect.

    Raises EngineError with what the engine said when it does not get that far.
    """
    data_dir = data_dir.expanduser().absolute()
    state = running(data_dir)
    if state is not None:
        return Started(state, already=True)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        log = open_log(data_dir)
    except OSError as problem:
        raise EngineError(
            f"The data directory {data_dir} cannot be used: {problem.strerror}."
        ) from problem
    said_before = os.fstat(log).st_size
    command = [*program, "--data-dir", str(data_dir), "--port", str(port), *options]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Its own session: it gets no Ctrl-C and no hang-up of this terminal.
            start_new_session=True,
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + wait
    reminder = time.monotonic() + 5
    while True:
        state = running(data_dir)
        if state is not None:
            if state.pid != process.pid:
                # Ours still asks for the directory: left alone, it would take it after a stop.
                process.terminate()
                process.wait()
            return Started(state, already=state.pid != process.pid)
        ended = process.poll()
        # Another start may have been a moment quicker: then that engine is waited for.
        if ended is not None and holder(data_dir) in (None, process.pid):
            raise EngineError(failure(data_dir, ended, said_before))
        if time.monotonic() > deadline:
            process.terminate()
            raise EngineError(
                f"The engine was not ready after {wait:.0f} s and was stopped. Its log "
                f"({log_file(data_dir)}) says:\n{tail(log_file(data_dir))}"
            )
        if time.monotonic() > reminder:
            progress("The engine is still starting.")
            reminder = time.monotonic() + 5
        time.sleep(0.02)


def stop(data_dir: Path, *, wait: float = STOP_SECONDS) -> bool:
    """Stops the engine and its PostgreSQL; False when none was running.

    A clean stop first; an engine that does not come to an end is killed, and PostgreSQL with it.
    """
    data_dir = data_dir.expanduser().absolute()
    pid = await_holder(data_dir)
    if pid is None:
        return False
    for number, seconds in ((signal.SIGTERM, wait), (signal.SIGKILL, 10.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        if await_end(lambda: holder(data_dir) is None, seconds):
            break
    else:
        raise EngineError(f"The engine (process {pid}) does not end.")
    if not await_end(lambda: not postgres_runs(data_dir), 30.0):
        raise EngineError(f"The PostgreSQL of {data_dir} does not end.")
    return True


def await_holder(data_dir: Path) -> int | None:
    """The engine's process id; it is written a moment after the lock is taken."""
    deadline = time.monotonic() + 2.0
    pid = holder(data_dir)
    while pid == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
        pid = holder(data_dir)
    return pid or None


def await_end(ended: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not ended():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def postgres_runs(data_dir: Path) -> bool:
    """Whether the PostgreSQL of this directory is alive, with or without its engine."""
    files = data_dir.resolve() / "postgres"
    try:
        pid = int((files / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, PermissionError, ValueError):
        return False
    return serves(pid, files)


def open_log(data_dir: Path) -> int:
    path = log_file(data_dir)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def failure(data_dir: Path, code: int, said_before: int) -> str:
    """What the engine said since its start; its own errors come without the talk before."""
    path = log_file(data_dir)
    with path.open("rb") as file:
        file.seek(said_before)
        said = file.read().decode("utf-8", "replace").strip()
    _, found, message = said.rpartition("error: ")
    if found:
        return message
    how = f"signal {-code}" if code < 0 else f"status {code}"
    lines = "\n".join(said.splitlines()[-15:])
    return f"The engine ended with {how}. Its log ({path}) says:\n{lines}"
