"""Runs the conformance cases on an endpoint: ``python -m tests.conformance --url …``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from contextlib import nullcontext

from tests.conformance import cases, locking, report
from tests.conformance.running import FAILED, Room, Verdict, room
from tests.endpoint import endpoint, parse


def main() -> int:
    options = _options()
    chosen = [
        subject
        for subject in [*cases.subjects(), *locking.subjects()]
        if not options.subject or any(word in subject.key for word in options.subject)
    ]
    counts: dict[str, Counter[str]] = {}
    started = time.monotonic()
    where = nullcontext(parse(options.url)) if options.url else endpoint()
    with where as server, room(server) as place:
        for subject in chosen:
            counts[subject.key] = Counter()
            for case in subject.cases:
                if options.case and options.case not in case.name:
                    continue
                verdict = judge(place, subject, case)
                counts[subject.key][verdict.outcome] += 1
                if verdict.outcome == FAILED or options.verbose:
                    print(f"{verdict.outcome}: {case.identifier}\n  {verdict.reason}")
    seconds = time.monotonic() - started
    print(report.table(chosen, counts))
    print(f"\n{sum(each.total() for each in counts.values())} cases in {seconds:.1f} s")
    if options.write:
        report.write(report.table(chosen, counts))
    return 1 if any(each[FAILED] for each in counts.values()) else 0


def judge(place: Room, subject: cases.Subject, case: cases.Case) -> Verdict:
    """A script of several sessions has its own way to be played."""
    if any(isinstance(step, locking.Turn) for step in case.steps):
        return locking.judge(place, subject, case)
    return place.judge(subject, case)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument(
        "--url",
        default=os.environ.get("COUPONRY_TEST_URL"),
        help="SQLAlchemy URL or ODBC connection string; else a container, else the stand-in",
    )
    parser.add_argument("--subject", action="append", help="only subjects with this in their name")
    parser.add_argument("--case", help="only cases with this in their name")
    parser.add_argument("--verbose", action="store_true", help="print what passed, too")
    parser.add_argument("--write", action="store_true", help="write the table to docs/standin.md")
    return parser.parse_args()


sys.exit(main())
