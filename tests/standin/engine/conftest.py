"""Engines over directories of their own; whatever a test leaves running is stopped."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from couponry_standin import control
from couponry_standin.state import EngineState, holder

PROGRAM = (sys.executable, str(Path(__file__).with_name("idle_engine.py")), "--no-sync")

Start = Callable[..., control.Started]


@pytest.fixture
def data_dirs() -> Iterator[list[Path]]:
    """Directories whose engines are killed at the end."""
    used: list[Path] = []
    yield used
    for data_dir in used:
        pid = holder(data_dir)
        if pid:
            os.kill(pid, signal.SIGTERM)
        control.await_end(lambda place=data_dir: holder(place) is None, 120)


@pytest.fixture
def start(data_dirs: list[Path]) -> Start:
    def started(data_dir: Path, *, port: int = 0, **options: object) -> control.Started:
        data_dirs.append(data_dir)
        return control.start(data_dir, port=port, program=PROGRAM, **options)  # type: ignore[arg-type]

    return started


def greeting(state: EngineState, words: bytes = b"") -> list[str]:
    """What the idle engine says: the names of its databases; words make it add one."""
    with socket.create_connection((state.host, state.port), timeout=120) as client:
        said = client.recv(1000)
        if words:
            client.sendall(words)
        else:
            client.shutdown(socket.SHUT_WR)
        while client.recv(1000):
            pass
    return said.decode().split()


def running_over(folder: Path) -> list[str]:
    """What still runs and names the folder, as the engine and its PostgreSQL do."""
    found: list[str] = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                words = (
                    (process / "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode("utf-8", "replace")
                )
                found += [words] * (str(folder) in words)
    return found
