"""Generation and insertion of codes by the real job, beside a raw COPY of the same rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.shops import make_campaign
from bench.sites import Site
from couponry_jobs import procedures
from couponry_jobs.connection import Database

RATE_GOAL = 25_000.0
MEMORY_GOAL_MB = 200.0
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Production:
    codes: int
    seconds: float
    memory_mb: float
    copy_seconds: float | None

    @property
    def rate(self) -> float:
        return self.codes / self.seconds

    @property
    def copy_ratio(self) -> float | None:
        """The job's rate as a part of COPY's."""
        return self.copy_seconds / self.seconds if self.copy_seconds is not None else None

    @property
    def passed(self) -> bool:
        return self.rate >= RATE_GOAL and self.memory_mb <= MEMORY_GOAL_MB


def measure(site: Site, *, codes: int, say: Callable[[str], None] = lambda _: None) -> Production:
    with Database(site.settings) as database:
        make_campaign(database, "generated")
        request = str(
            procedures.create_generation_request(
                database, campaign_id="generated", amount=codes, requested_by="bench"
            ).row["RequestId"]
        )
        say(f"the job makes {codes:,} codes")
        seconds, memory = run_job(site, request)
        row = procedures.get_generation_request(database, request_id=request).row
    if row["Status"] != "Completed" or row["GeneratedAmount"] != codes:
        raise RuntimeError(f"the request ended as {dict(row)}")
    if site.socket is not None:
        say("COPY of the same rows")
    return Production(
        codes, seconds, memory, copy_rows(site, request) if site.socket is not None else None
    )


def run_job(site: Site, request: str) -> tuple[float, float]:
    """Seconds from the claim to the last commit, and the most memory the job's process had."""
    command = [sys.executable, "-m", "couponry_cli", "--format", "json", "job", "generate"]
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--request-id", request],
            env={**os.environ, **site.environment},
            stdout=answer,
            stderr=log,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        log.seek(0)
        if process.returncode:
            raise RuntimeError(log.read().decode()[-2000:])
        report = json.loads(answer.read())
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1024 if sys.platform != "darwin" else 1
    return float(report["seconds"]), used.ru_maxrss * unit / 1e6


def copy_rows(site: Site, request: str) -> float:
    """Seconds that COPY takes to put the rows in once more, under codes of their own.

    The codes are turned round: distinct from the others, and one character longer.
    """
    with site.postgres() as postgres, tempfile.TemporaryFile() as rows:
        columns = [
            str(row[0])
            for row in postgres.execute(
                "SELECT quote_ident(attname) FROM pg_attribute"
                " WHERE attrelid = 'dbo.coupons'::regclass AND attnum > 0 AND NOT attisdropped"
                " AND attgenerated = '' AND attidentity = '' AND attname <> 'rowver'"
                " ORDER BY attnum"
            ).fetchall()
        ]
        items = ["'-' || reverse(couponcode)" if name == "couponcode" else name for name in columns]
        with postgres.cursor() as cursor:
            made = f"FROM dbo.coupons WHERE generationbatchid = '{request}'"
            with cursor.copy(f"COPY (SELECT {', '.join(items)} {made}) TO STDOUT") as source:
                for block in source:
                    rows.write(block)
            rows.seek(0)
            started = time.perf_counter()
            with cursor.copy(f"COPY dbo.coupons ({', '.join(columns)}) FROM STDIN") as sink:
                while block := rows.read(CHUNK):
                    sink.write(block)
            return time.perf_counter() - started
