"""Many lanes at once, each with dice of its own out of one seed."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from couponry_jobs.connection import Database
from tests.concurrency.storm.client import Client
from tests.concurrency.storm.moves import MOVES, Desk, Lane, Move
from tests.concurrency.storm.record import Record
from tests.concurrency.storm.stage import Stage

PATIENCE = 120.0

Lines = Sequence[Database]
"""Where each lane calls; several may share one."""

Before = Callable[[int, random.Random], None]
"""What happens before a lane makes its next move: nothing, or its line gets a fault."""


def blow(
    stage: Stage,
    lines: Lines,
    *,
    attempts: int,
    seed: int,
    moves: Mapping[Move, float] = MOVES,
    before: Before | None = None,
    tick: Callable[[int], None] | None = None,
) -> Record:
    """That many moves over those lines, one lane each; returns what was heard."""
    record, desk, turns = Record(), Desk(), itertools.count(1)
    start = threading.Barrier(len(lines))

    def lane(number: int) -> None:
        dice = random.Random(f"{seed}/{number}")
        client = Client(lines[number], dice)
        one = Lane(number, stage, desk, client, dice, record, moves)
        start.wait(PATIENCE)
        try:
            while (turn := next(turns)) <= attempts:
                if before is not None:
                    before(number, dice)
                one.step()
                if tick is not None:
                    tick(turn)
        finally:
            client.hang_up()
            record.add(one.counted, client.repeated)

    with ThreadPoolExecutor(len(lines)) as pool:
        for done in [pool.submit(lane, number) for number in range(len(lines))]:
            done.result()
    return record
