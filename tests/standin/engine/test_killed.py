"""The server dies in the middle of everything and comes back over the same files."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from couponry_jobs.retry import Retry
from tests.concurrency.storm.judge import judge
from tests.concurrency.storm.stage import build
from tests.concurrency.storm.weather import blow
from tests.spec.office import Office
from tests.standin.engine.killing import Killer, engine

CONNECTIONS = 8
ATTEMPTS = 400
PATIENT = Retry(tries=60, first_pause=0.05, longest_pause=0.5)


@pytest.mark.slow
def test_what_was_acknowledged_outlives_the_server(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    with engine(tmp_path / "engine") as (running, target):
        with Office(target) as office:
            stage = build(office, ATTEMPTS)

        killer = Killer(running, {130: "both", 260: "postgres"})
        with target.open(retry=PATIENT) as line:
            record = blow(
                stage, [line] * CONNECTIONS, attempts=ATTEMPTS, seed=seed, tick=killer.tick
            )
        killer.finish()
        with Office(target) as office:
            verdict = judge(office, stage, record)

    print(dict(record.repeated), dict(record.ends))
    assert running.killed == ["both", "postgres"]
    assert verdict.right, f"seed {seed}\n{verdict}"
    assert record.repeated["DATABASE_UNREACHABLE"] > 0
    assert verdict.acknowledged <= verdict.applied <= verdict.acknowledged + verdict.unknown
