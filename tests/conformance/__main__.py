"""Runs the conformance cases on an endpoint: ``python -m tests.conformance --url …``.

They need a login that may create a database, which it then owns, and drop it again (sysadmin is not
needed), the language us_english, and, for the scripts of several sessions, VIEW SERVER STATE (from
SQL Server 2022 on VIEW SERVER PERFORMANCE STATE, on Azure SQL what the owner of a database has): a
wait is seen in sys.dm_exec_requests; and ALTER ANY CONNECTION, for KILL.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from contextlib import nullcontext

from tests.conformance import cases, locking, report
from tests.conformance.running import DIFFERENT, FAILED, REFUSED, Room, Verdict, room
from tests.endpoint import endpoint, parse


def main() -> int:
    options = _options()
    every = [*cases.subjects(), *locking.subjects()]
    chosen = [
        subject
        for subject in every
        if not options.subject or any(word in subject.key for word in options.subject)
    ]
    counts: dict[str, Counter[str]] = {}
    answers = report.answers()
    started = time.monotonic()
    where = nullcontext(parse(options.url)) if options.url else endpoint()
    with where as server, room(server) as place:
        if any(is_played(case) for subject in chosen for case in subject.cases):
            with place.connected() as connection:
                locking.require_sight(connection)
        for subject in chosen:
            counts[subject.key] = Counter()
            for case in subject.cases:
                if options.case and options.case not in case.name:
                    continue
                verdict = judge(place, subject, case)
                counts[subject.key][verdict.outcome] += 1
                if verdict.outcome in (REFUSED, DIFFERENT):
                    answers[case.identifier] = verdict.answered
                if verdict.outcome == FAILED or options.verbose:
                    print(f"{verdict.outcome}: {case.identifier}\n  {verdict.reason}")
    seconds = time.monotonic() - started
    print(report.table(chosen, counts))
    print(f"\n{sum(each.total() for each in counts.values())} cases in {seconds:.1f} s")
    if options.write:
        marked = {case.identifier for each in every for case in each.cases if case.is_marked}
        report.keep({case: answer for case, answer in answers.items() if case in marked})
    return 1 if any(each[FAILED] for each in counts.values()) else 0


def judge(place: Room, subject: cases.Subject, case: cases.Case) -> Verdict:
    """A script of several sessions has its own way to be played."""
    if is_played(case):
        return locking.judge(place, subject, case)
    return place.judge(subject, case)


def is_played(case: cases.Case) -> bool:
    return any(isinstance(step, locking.Turn) for step in case.steps)


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
    parser.add_argument(
        "--write", action="store_true", help="keep the answers to marked cases, for the documents"
    )
    return parser.parse_args()


try:
    sys.exit(main())
except locking.Blind as blind:
    sys.exit(str(blind))
