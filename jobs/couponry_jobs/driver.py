"""Microsoft's ODBC driver: the registered one, or the one that came as a wheel."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from pathlib import Path

import pyodbc

_FAMILIES = {
    "debian": "debian_ubuntu",
    "ubuntu": "debian_ubuntu",
    "rhel": "rhel",
    "fedora": "rhel",
    "centos": "rhel",
    "suse": "suse",
    "opensuse": "suse",
    "alpine": "alpine",
}


def find_driver(name: str) -> str:
    """What to write after DRIVER=: the name if it is registered, else the path of its library."""
    if "/" in name or name in pyodbc.drivers():
        return name
    library = packaged()
    # An unknown name is passed on, so that the driver manager's own message names it.
    return name if library is None else _spelled(library)


def _spelled(path: Path) -> str:
    """unixODBC gives the loader one byte for each character of a path: Latin-1, in any locale."""
    if sys.platform != "linux":
        return str(path)
    return os.fsencode(path).decode("latin-1")


def packaged() -> Path | None:
    """The library of the wheel for this system, if the wheel is installed."""
    found = importlib.util.find_spec("mssql_python_odbc")
    if found is None or found.origin is None:
        return None
    libraries = Path(found.origin).parent / "libs"
    system = "macos" if sys.platform == "darwin" else "linux"
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    pattern = "libmsodbcsql*"
    candidates = sorted(
        path
        for path in (libraries / system).rglob(pattern)
        if machine in path.parts and path.suffix != ".rll"
    )
    family = _family()
    return next((path for path in candidates if family in path.parts), None) or next(
        iter(candidates), None
    )


def _family() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "debian_ubuntu"
    for word in (release.get("ID", ""), *release.get("ID_LIKE", "").split()):
        if word in _FAMILIES:
            return _FAMILIES[word]
    return "debian_ubuntu"
