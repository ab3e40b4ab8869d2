"""What an engine leaves in its data directory for those who look for it.

* ``engine.json``: where it listens, written when it is ready, removed when it stops.
* ``lock``: held as long as the process lives, and read for its process id. It is the truth: a
  state file without a held lock is left over from a process that was killed.
* ``password``: of the development login, generated at the first start, readable by its owner.
* ``engine.log`` and ``postgres.log``: what a detached engine and its PostgreSQL say.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from couponry_standin.credentials import generate_password

LOGIN = "sa"
HOST = "127.0.0.1"
DEFAULT_PORT = 14330
"""Not SQL Server's 1433: a real one may run on the same machine."""


class EngineError(Exception):
    """The engine could not start or had to stop; the message says why."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """A running engine."""

    pid: int
    host: str
    port: int
    data_dir: str
    version: str
    login: str
    started: str


def default_data_dir() -> Path:
    """``COUPONRY_ENGINE_DIR``, else the user's data directory."""
    chosen = os.environ.get("COUPONRY_ENGINE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    home = os.environ.get("XDG_DATA_HOME")
    base = Path(home) if home else Path.home() / ".local" / "share"
    return base / "couponry" / "engine"


def state_file(data_dir: Path) -> Path:
    return data_dir / "engine.json"


def log_file(data_dir: Path) -> Path:
    return data_dir / "engine.log"


def write_state(state: EngineState) -> None:
    """Replaces the state file at once: a reader finds the old one, the new one or none."""
    path = state_file(Path(state.data_dir))
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def clear_state(data_dir: Path) -> None:
    state_file(data_dir).unlink(missing_ok=True)


def holder(data_dir: Path) -> int | None:
    """Process id of the engine over this directory, running or starting; None without one."""
    try:
        lock = os.open(data_dir / "lock", os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as problem:
        raise EngineError(
            f"The data directory {data_dir} cannot be used: {problem.strerror}."
        ) from problem
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(lock, 32, 0).strip()
        # Taken a moment ago, the number is not written yet: ask again later.
        return int(text) if text else 0
    else:
        return None
    finally:
        os.close(lock)


def running(data_dir: Path) -> EngineState | None:
    """The engine that is ready over this directory, None when there is none or not yet."""
    pid = holder(data_dir)
    if pid is None:
        return None
    with contextlib.suppress(FileNotFoundError):
        state = EngineState(**json.loads(state_file(data_dir).read_text(encoding="utf-8")))
        # A file of an earlier, killed process stays until the new one is ready.
        if state.pid == pid:
            return state
    return None


def password(data_dir: Path) -> str:
    """The password of the development login, made at the first call."""
    path = data_dir / "password"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        made = generate_password()
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(made + "\n")
        fresh.replace(path)
        return made


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64 * 1024))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
