"""The directory that holds a cluster: whose it is, who uses it, what lies in it.

``postgres`` holds the database files, ``postgres.log`` what the server says, ``lock`` keeps a
second engine out, ``socket`` is where the server listens, unless that path would be too long.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

from couponry_standin.postgres.host import (
    ClusterError,
    Identity,
    open_to_everybody,
    ordinary_user,
)

VERSION = "18"
SOCKET_PATH_LIMIT = 100
LOG_LIMIT = 10 * 1024 * 1024
LOCK_SECONDS = 2.0


class DataDirectoryInUse(ClusterError):
    """Another engine holds the data directory."""


class DataDirectory:
    """One engine at a time has it: from ``take`` to ``release``."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.files = self.path / "postgres"
        self.log = self.path / "postgres.log"
        self._lock: int | None = None
        self._socket_dir: Path | None = None

    def take(self) -> None:
        """Make the directory if it is not there, and keep everybody else out."""
        self._make()
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as problem:
                # Whoever only asks whether an engine runs holds the lock for a moment.
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise DataDirectoryInUse(
                        f"Another engine runs over the data directory {self.path}."
                    ) from problem
                time.sleep(0.02)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def release(self) -> None:
        if self._socket_dir is not None and self._socket_dir.parent != self.path:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
        self._socket_dir = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def identity(self, programs: Path) -> Identity:
        """Who PostgreSQL has to be to own the files and to reach its programs."""
        if os.geteuid() != 0:
            return Identity(-1, -1, False)
        if self.files.exists() and self.files.stat().st_uid != 0:
            owner = self.files.stat()
            uid, gid = owner.st_uid, owner.st_gid
        else:
            uid, gid = ordinary_user()
        places = (self.path, programs, programs.parent / "share")
        reach = not all(open_to_everybody(place) for place in places)
        return Identity(uid, gid, reach)

    @property
    def is_initialised(self) -> bool:
        return (self.files / "PG_VERSION").exists()

    def check_version(self) -> None:
        found = (self.files / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise ClusterError(
                f"The data directory {self.path} was made by PostgreSQL {found}, this engine "
                f"carries PostgreSQL {VERSION}. Use another data directory, or remove this one."
            )

    def socket_dir(self, name: str, identity: Identity) -> Path:
        """An empty directory for the socket of that name; it is gone with the release."""
        place = self.path / "socket"
        if len(os.fsencode(place / name)) >= SOCKET_PATH_LIMIT:
            place = Path(tempfile.mkdtemp(prefix="couponry-", dir="/tmp"))
        else:
            shutil.rmtree(place, ignore_errors=True)
        self._socket_dir = place
        make_private(place, identity)
        return place

    def turn_log(self) -> None:
        """Begin a new log when the old one has become long."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))

    def log_tail(self, lines: int = 15) -> str:
        """The last words of the server, for error messages."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 64 * 1024))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Under root another user has to pass through, though not to look around.
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        except OSError as problem:
            raise ClusterError(
                f"The data directory {self.path} cannot be used: {problem.strerror}."
            ) from problem


def make_private(place: Path, identity: Identity) -> None:
    place.mkdir(mode=0o700, exist_ok=True)
    place.chmod(0o700)
    if identity.uid >= 0:
        os.chown(place, identity.uid, identity.gid)
