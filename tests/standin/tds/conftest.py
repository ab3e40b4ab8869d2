"""Microsoft's driver, a server to connect it to, and recorded conversations."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyodbc
import pytest

from couponry_jobs.driver import find_driver
from tests.standin.tds.fake import PASSWORD

DRIVER = "ODBC Driver 18 for SQL Server"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def driver() -> str:
    found = find_driver(DRIVER)
    if found == DRIVER and DRIVER not in pyodbc.drivers():
        pytest.skip("neither registered nor installed as a wheel: the driver")
    return found


@pytest.fixture
def fake_port() -> Iterator[int]:
    """The port of a server in a process of its own: the driver holds the interpreter's lock while
    it waits for answers, so that no server in the same process could give them."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.standin.tds.fake"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        yield int(process.stdout.readline())
        process.stdin.close()
        assert process.wait(120) == 0


@pytest.fixture
def connection_string(driver: str, fake_port: int) -> str:
    return (
        f"DRIVER={{{driver}}};SERVER=127.0.0.1,{fake_port};UID=sa;PWD={{{PASSWORD}}};"
        "DATABASE=couponry;Encrypt=no;APP=couponry tests;WSID=desk"
    )
