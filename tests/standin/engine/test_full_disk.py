"""The start of an engine on a disk that is too small for it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import running_over

MOUNTED = "mount -t tmpfs -o size={size} tmpfs {disk}"
"""A disk of its own, for this command only; it wants the rights to mount."""
LIMITED = "ulimit -f {blocks}"
"""Without them: no file may become larger, which ends in another error of the system."""


def started(disk: Path, size: str, blocks: int) -> tuple[subprocess.CompletedProcess[str], str]:
    """The engine as a program on a small disk, and what the system says of it."""
    program = shlex.join(
        [sys.executable, "-m", "couponry_standin", "--data-dir", str(disk / "data"), "--port", "0"]
    )
    mount = MOUNTED.format(size=size, disk=shlex.quote(str(disk)))
    able = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False)
    if able.returncode == 0:
        command = ["unshare", "-m", "sh", "-c", f"{mount} && exec {program}"]
        words = "No space left on device"
    else:
        command = ["sh", "-c", f"{LIMITED.format(blocks=blocks)} && exec {program}"]
        words = "File too large"
    result = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    return result, words


@pytest.mark.parametrize(
    ("size", "blocks"),
    [
        pytest.param("4m", 1000, id="no room for the files of a database"),
        pytest.param("48m", 20000, id="no room for the databases"),
    ],
)
def test_a_start_without_room_says_so_and_leaves_nothing_running(
    tmp_path: Path, size: str, blocks: int
) -> None:
    result, words = started(tmp_path, size, blocks)

    assert result.returncode == 1
    error = result.stderr[result.stderr.index("error: ") :]
    if words == "No space left on device":
        assert error.startswith(f"error: The disk of {tmp_path / 'data'} is full. ")
    else:
        assert words in error
    assert running_over(tmp_path) == []
