"""Runs texts on a server of its own and keeps what should not have happened."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random

from tests.standin.fuzz import seeds, texts
from tests.standin.fuzz.catalogue import FORMS
from tests.standin.fuzz.judge import Finding, Log, cause, problem
from tests.standin.fuzz.seeds import Seed
from tests.standin.session.engine import Engine
from tests.standin.session.wire import Answer, Wire
from tests.standin.session.wire import text as nvarchar

PATIENCE = 20.0
"""How long a text may run before it is cancelled, in seconds."""
LONGEST = 120.0
"""How long a cancel may take, and what is none of the texts."""


DESCRIBING = ("sp_describe_first_result_set", "sp_describe_undeclared_parameters")


@dataclass(slots=True)
class Figures:
    cases: int = 0
    seconds: float = 0.0
    answered: int = 0
    refused: int = 0
    numbers: Counter[int] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    cancelled: int = 0


class Fuzzer:
    """One connection into a shop; a text may break the connection, which is a finding."""

    def __init__(self, engine: Engine, database: str, *, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.engine = engine
        self.database = database
        self.figures = Figures()
        self.engine_log = Log(engine.data_dir / "engine.log")
        self.postgres_log = Log(engine.data_dir / "postgres.log")
        self.wire: Wire | None = None

    def run(self, cases: Iterable[Seed]) -> Figures:
        began = time.monotonic()
        for seed in cases:
            finding = self.one(seed)
            if finding is not None:
                self.figures.findings.append(finding)
            self.figures.seconds = time.monotonic() - began
        self.close()
        return self.figures

    def one(self, seed: Seed) -> Finding | None:
        """Run one text inside a transaction that is rolled back by the next one's reset."""
        figures, text = self.figures, seed.text
        figures.cases += 1
        began = time.monotonic()
        try:
            if self.wire is None:
                self.wire = self.engine.wire(self.database)
                self.wire.socket.settimeout(LONGEST)
            wire = self.wire
            wire.batch(f"USE [{self.database}]", reset=True)
            wire.batch("BEGIN TRANSACTION")
            for batch in seed.before:
                wire.batch(batch)
            answer = self._patient(wire, text)
            spent = time.monotonic() - began
            finding = problem(text, answer, FORMS) or self._described(wire, text)
        except (OSError, AssertionError, IndexError) as lost:
            self.close()
            said = cause(self.engine_log.news(), self.postgres_log.news())
            return Finding(f"{type(lost).__name__}: {said}", text, str(lost))
        if spent > figures.slowest[0]:
            figures.slowest = (spent, text)
        for error in answer.errors:
            figures.numbers[error.number] += 1
        figures.answered += not answer.errors
        figures.refused += any(error.number == 40517 for error in answer.errors)
        if finding is not None and finding.kind.startswith(("internal", "unmapped")):
            said = cause(self.engine_log.news(), self.postgres_log.news())
            finding = Finding(f"{finding.kind} {said}", text, finding.detail)
            if "596" in finding.kind:
                self.close()
        return finding

    def _described(self, wire: Wire, text: str) -> Finding | None:
        """What drivers ask about a text; it does not run."""
        if self.figures.cases % 5 or not text or len(text) > 4000:
            return None
        for procedure in DESCRIBING:
            found = problem(text, wire.call(procedure, nvarchar("@tsql", text)), FORMS)
            if found is not None:
                return found
        return None

    def _patient(self, wire: Wire, text: str) -> Answer:
        wire.start(text)
        wire.socket.settimeout(self.patience)
        try:
            return wire.answer()
        except TimeoutError:
            self.figures.cancelled += 1
            wire.socket.settimeout(LONGEST)
            wire.attention()
            # Two messages: the next text would be judged by the second.
            return wire.cancelled()
        finally:
            wire.socket.settimeout(LONGEST)

    def close(self) -> None:
        if self.wire is not None:
            self.wire.socket.close()
            self.wire = None


@contextmanager
def shop(engine: Engine) -> Iterator[str]:
    with engine.database(seeds.SCHEMA, *seeds.MODULES) as name:
        yield name


def cases(corpus: list[Seed], dice: Random, *, generated: float) -> Iterator[Seed]:
    """Texts without end: mutations of the corpus, and ``generated`` of them by dice alone."""
    while True:
        seed = Seed(texts.statement(dice))
        if dice.random() >= generated:
            seed = dice.choice(corpus)
            seed = replace(seed, text=texts.mutated(seed.text, dice))
        if texts.allowed(seed.text):
            yield seed
