"""``python -m tests.compile [--alone] [path …]``: 0 findings or exit status 1.

All scripts are compiled together, because they refer to each other; with paths, only what those
files have to answer for is printed. ``--alone``: the scripts of the repository stay out of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .microsoft import Compiler
from .scripts import FOLDERS, read_scripts
from .toolchain import Toolchain, ToolchainError, provide

ROOT = Path(__file__).resolve().parents[2]
PREPARED = "COUPONRY_COMPILE_PREPARED"
ALONE = "--alone"


def main(arguments: list[str]) -> int:
    try:
        toolchain = provide(ROOT / ".cache")
    except ToolchainError as missing:
        print(f"compile: {missing}", file=sys.stderr)
        return 2
    if PREPARED not in os.environ:
        _start_again(toolchain, arguments)
    paths = [Path(each) for each in arguments if each != ALONE]
    folders = [ROOT / folder for folder in FOLDERS if (ROOT / folder).is_dir()]
    if ALONE in arguments:
        folders = []
    named = read_scripts(ROOT, paths)
    known = {script.path: script for script in (*read_scripts(ROOT, folders), *named)}
    outcome = Compiler(toolchain).compile(known.values())
    if named:
        outcome = outcome.about(script.path for script in named)
    for finding in outcome.findings:
        print(finding)
    print(outcome)
    return 1 if outcome.findings else 0


def _start_again(toolchain: Toolchain, arguments: list[str]) -> None:
    """Run this module anew: the loader reads its library path only when a process starts."""
    environment = {**os.environ, **toolchain.environment(), PREPARED: "1"}
    paths = [each if each == ALONE else str(Path(each).resolve()) for each in arguments]
    command = [sys.executable, "-m", "tests.compile", *paths]
    os.chdir(ROOT)
    os.execve(sys.executable, command, environment)


sys.exit(main(sys.argv[1:]))
