"""Plants one bug after the other and tells which test notices it: ``python -m tests.mutation``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from couponry_jobs.settings import Settings
from tests.endpoint import endpoint
from tests.mutation import report
from tests.mutation.bug import Bug
from tests.mutation.planted import BUGS
from tests.mutation.running import Judgement, Lane


def main() -> int:
    options = _options()
    only = {name for words in options.only or [] for name in words.split(",")}
    unknown = only - {bug.id for bug in BUGS}
    if unknown:
        print(f"no such bug: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [bug for bug in BUGS if not only or bug.id in only]
    started = time.monotonic()
    with endpoint() as server:
        judged = {one.bug.id: one for one in judgements(server, chosen, options.jobs)}
    found = [judged[bug.id] for bug in chosen]
    killed = sum(one.killer is not None for one in found)
    print(f"{killed} of {len(found)} killed in {time.monotonic() - started:.0f} s")
    report.write(found)
    return 0 if all(one.is_expected for one in found) else 1


def judgements(server: Settings, bugs: list[Bug], jobs: int) -> Iterator[Judgement]:
    """All of them, as they come; each lane has its own databases and takes the next that waits."""
    waiting: SimpleQueue[Bug] = SimpleQueue()
    for bug in bugs:
        waiting.put(bug)

    def lane() -> list[Judgement]:
        done: list[Judgement] = []
        with Lane(server) as place:
            while True:
                try:
                    bug = waiting.get_nowait()
                except Empty:
                    return done
                done.append(place.judge(bug))
                print(report.line(done[-1]), flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        for lot in [pool.submit(lane) for _ in range(jobs)]:
            yield from lot.result()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", action="append", help="only these bugs, with commas between")
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
