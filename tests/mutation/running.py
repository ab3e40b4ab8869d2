"""Deploying a planted bug, running the tests that have to notice it, and taking it out again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from couponry_jobs.settings import Settings
from tests.concurrency.sabotage import sabotaged, unindexed
from tests.endpoint import DEPLOYED, VARIABLE, Target, deployed_database
from tests.mutation.bug import Bug
from tests.spec.office import Office

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 300
OPTIONS = (
    "-x",
    "-q",
    "-rfE",
    "--no-header",
    "--import-mode=importlib",
    "--timeout=60",
    "-p",
    "no:cacheprovider",
    "-o",
    "addopts=",
)
RED = re.compile(r"^(?:FAILED|ERROR) tests/(.+?)(?: - .*)?$", re.MULTILINE)


class RunError(Exception):
    """The tests could not be run at all."""


@dataclass(frozen=True, slots=True)
class Judgement:
    bug: Bug
    killer: str | None
    """The test that went red; None: nobody noticed."""
    seconds: float

    @property
    def is_expected(self) -> bool:
        return (self.killer is None) == bool(self.bug.survives)


class Lane:
    """Deployed databases of one server in which one bug after the other is planted.

    A killed bug may leave rows that no other test expects. So a killer counts only if it is green
    again once the bug is taken out; where it is not, the database is made anew and asked again.
    """

    def __init__(self, server: Settings) -> None:
        self._server = server
        self._databases: dict[bool, tuple[ExitStack, Target]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for races in list(self._databases):
            self._discard(races)

    def judge(self, bug: Bug) -> Judgement:
        started = time.monotonic()
        killer = planted(self._database(bug.races), bug)
        if killer is not None and first_red(self._database(bug.races), [killer]) is not None:
            self._discard(bug.races)
            killer = planted(self._database(bug.races), bug)
            self._discard(bug.races)
            if killer is not None and first_red(self._database(bug.races), [killer]) is not None:
                raise RunError(f"{killer} is red without {bug.id} as well")
        return Judgement(bug, killer, time.monotonic() - started)

    def _database(self, races: bool) -> Target:
        if races not in self._databases:
            stack = ExitStack()
            target = stack.enter_context(deployed_database(self._server, "couponry_bug"))
            self._databases[races] = (stack, target)
        return self._databases[races][1]

    def _discard(self, races: bool) -> None:
        stack, _ = self._databases.pop(races)
        stack.close()


def planted(target: Target, bug: Bug) -> str | None:
    """Which of the bug's tests goes red first while it is there."""
    with (
        Office(target) as office,
        sabotaged(office, bug.changes),
        unindexed(office, *bug.indexes),
    ):
        return first_red(target, bug.tests)


def first_red(target: Target, tests: list[str] | tuple[str, ...]) -> str | None:
    """The first of these tests to fail against this database."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, *(f"tests/{test}" for test in tests)]
    environment = {**os.environ, VARIABLE: target.url, DEPLOYED: target.name}
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return tests[0]
    if ended.returncode == 0:
        return None
    found = RED.search(ended.stdout)
    if ended.returncode != 1 or found is None:
        raise RunError(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}")
    return found[1]
