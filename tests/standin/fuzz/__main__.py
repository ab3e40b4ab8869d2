"""The long form of the fuzzers: ``python -m tests.standin.fuzz --minutes 10 --seed 7``."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from random import Random, SystemRandom

from couponry_standin.tds import ProtocolError, ServerConnection
from tests.standin.fuzz import packets, seeds
from tests.standin.fuzz.judge import Finding, Log
from tests.standin.fuzz.language import Fuzzer, cases, shop
from tests.standin.fuzz.sockets import Stranger, drop, nothing_remains
from tests.standin.session.engine import Engine, started_engine
from tests.standin.tds.messages import opened

SHARES = {"packets": 0.1, "strangers": 0.25, "texts": 0.65}
"""How the time is spent; the clients that give up come on top."""


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    seed: int = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    seconds = 60.0 * options.minutes
    findings: list[Finding] = []
    print(f"{'':<38}{'cases':>9}{'seconds':>9}{'findings':>10}")
    with started_engine() as engine:
        log = Log(engine.data_dir / "engine.log")
        try:
            with nothing_remains(engine):
                findings += protocol(seconds * SHARES["packets"], Random(seed))
                findings += strangers(engine, seconds * SHARES["strangers"], Random(seed))
                findings += texts(engine, seconds * SHARES["texts"], Random(seed))
            with nothing_remains(engine):
                findings += givers_up(engine, options.connections)
        finally:
            show(findings)
        tracebacks = log.news().count("Traceback")
    if tracebacks:
        print(f"\n{tracebacks} tracebacks in the log of the server")
    return 1 if findings or tracebacks else 0


def show(findings: list[Finding]) -> None:
    """Each kind once, with the shortest text that shows it."""
    for kind, number in Counter(each.kind for each in findings).most_common():
        shortest = min((each for each in findings if each.kind == kind), key=lambda f: len(f.text))
        print(f"\n{number} x {kind}\n  {shortest.text[:2000]}\n  {shortest.detail}")


def line(what: str, number: int, began: float, found: list[Finding]) -> list[Finding]:
    spent = time.monotonic() - began
    print(f"{what:<38}{number:>9,}{spent:>9.0f}{len(found):>10}", flush=True)
    return found


def while_time(seconds: float) -> Iterator[int]:
    end = time.monotonic() + seconds
    number = 0
    while time.monotonic() < end:
        number += 1
        yield number


def protocol(seconds: float, dice: Random) -> list[Finding]:
    """Conversations to the protocol alone, without a socket."""
    early, late = packets.recorded()
    began, number = time.monotonic(), 0
    found: list[Finding] = []
    for number in while_time(seconds):
        said = packets.conversation(late if number % 2 else early, dice)
        connection = opened() if number % 2 else ServerConnection()
        try:
            for piece in packets.pieces(said, dice):
                connection.receive(piece)
        except ProtocolError:
            continue
        except Exception as problem:  # noqa: BLE001 - any other exception is the finding
            found.append(Finding(f"{type(problem).__name__}: {problem}", said.hex()))
    return line("conversations, protocol alone", number, began, found)


def strangers(engine: Engine, seconds: float, dice: Random) -> list[Finding]:
    stranger = Stranger(engine)
    began = time.monotonic()
    answers = [stranger.one(dice) for _ in while_time(seconds)]
    found = [each for each in answers if each is not None]
    return line("conversations with a running server", stranger.cases, began, found)


def texts(engine: Engine, seconds: float, dice: Random) -> list[Finding]:
    corpus = [seeds.Seed(text) for text in seeds.TEXTS] * 10 + seeds.conformance() + seeds.scripts()
    with shop(engine) as database:
        with engine.wire(database) as wire:
            for each in seeds.preparations():
                wire.batch(each)
        fuzzer = Fuzzer(engine, database)
        began = time.monotonic()
        endless = cases(corpus, dice, generated=0.4)
        figures = fuzzer.run(next(endless) for _ in while_time(seconds))
        line("texts of T-SQL", figures.cases, began, figures.findings)
        spent, text = figures.slowest
        print(
            f"  answered {figures.answered:,}, refused {figures.refused:,},"
            f" {len(figures.numbers)} error numbers, cancelled {figures.cancelled},"
            f" slowest {spent:.1f} s: {text[:60]!r}"
        )
    return figures.findings


def givers_up(engine: Engine, count: int) -> list[Finding]:
    began = time.monotonic()
    drop(engine, count)
    return line("connections dropped during the login", count, began, [])


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.standin.fuzz", description=__doc__)
    made.add_argument("--minutes", type=float, default=5.0, help="how long the fuzzers run")
    made.add_argument("--seed", type=int, default=None, help="the same cases once more")
    made.add_argument("--connections", type=int, default=10_000, help="how many give up")
    return made


if __name__ == "__main__":
    sys.exit(main())
