"""Sixty-four callers do everything at once to a few campaigns; then the ledger is asked."""

from __future__ import annotations

import random

import pytest

from tests.concurrency.storm.judge import judge
from tests.concurrency.storm.stage import build
from tests.concurrency.storm.weather import blow
from tests.endpoint import Target
from tests.spec.office import Office

CONNECTIONS = 64
ATTEMPTS = 1300


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_overdrawn_in_a_storm(arena: Target, office: Office) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    stage = build(office, ATTEMPTS)

    with arena.open() as line:
        record = blow(stage, [line] * CONNECTIONS, attempts=ATTEMPTS, seed=seed)

    verdict = judge(office, stage, record)
    print(dict(sorted(record.ends.items())), dict(record.repeated))
    assert verdict.right, f"seed {seed}\n{verdict}"
    assert record.unknown == 0
    # The storm was one: a good part succeeded, a good part was refused.
    assert 0.3 < record.successes / record.attempts < 0.95
