"""dbo.Coupons in partitions by campaign, for very many codes (sql/optional)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from couponry_jobs import scripts
from couponry_jobs.connection import Database
from couponry_jobs.deployment import journal
from couponry_jobs.deployment.running import (
    MIGRATION_TIMEOUT,
    SCRIPT_TIMEOUT,
    alone,
    patient,
    run_batches,
    transaction,
)
from couponry_jobs.errors import UsageError
from couponry_jobs.scripts import Script

SCRIPT = "sql/optional/partition_coupons.sql"
# SQL Server allows 15,000 partitions; one more than there are boundaries.
MOST_BOUNDARIES = 14_999
LONGEST_NAME = 100

_GIVEN = (
    "SELECT CAST(j.value AS nvarchar(100)) COLLATE Latin1_General_100_BIN2 AS CampaignId"
    " FROM OPENJSON(?) AS j"
)


@dataclass(frozen=True, slots=True)
class Range:
    """A partition: the campaigns from one on, up to before another, and their codes."""

    number: int
    start: str
    stop: str | None
    coupons: int


@dataclass(frozen=True, slots=True)
class Partitioning:
    done: tuple[str, ...]
    seconds: float


def read_boundaries(file: Path) -> list[str]:
    """A campaign a line; blank lines and what follows a # are left out."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: {error}") from error
    found: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        if len(name) > LONGEST_NAME:
            raise UsageError(f"{file}, line {number}: no campaign has so long an id")
        if name in found:
            raise UsageError(f"{file}, line {number}: {name} stands there twice")
        found.append(name)
    if not found:
        raise UsageError(f"{file} names no campaign")
    if len(found) > MOST_BOUNDARIES:
        raise UsageError(f"{file} names more than {MOST_BOUNDARIES} campaigns")
    return found


def preview_partitions(database: Database, boundaries: Sequence[str]) -> list[Range]:
    """How many codes each partition would hold; the campaigns have to exist."""
    given = json.dumps(boundaries)
    with database.session(timeout=SCRIPT_TIMEOUT) as session:
        missing = session.execute(
            f"SELECT b.CampaignId FROM ({_GIVEN}) AS b WHERE NOT EXISTS (SELECT 1"
            " FROM dbo.Campaigns AS c WHERE c.CampaignId = b.CampaignId) ORDER BY b.CampaignId",
            [given],
        )[0].rows
        if missing:
            raise UsageError(f"no such campaign: {', '.join(str(row[0]) for row in missing)}")
        rows = session.execute(
            "SELECT r.PartitionNo, r.Start, r.Stop, (SELECT COUNT_BIG(*) FROM dbo.Coupons AS c"
            " WHERE c.CampaignId >= r.Start AND (r.Stop IS NULL OR c.CampaignId < r.Stop)) AS Codes"
            " FROM (SELECT ROW_NUMBER() OVER (ORDER BY b.CampaignId) AS PartitionNo,"
            " b.CampaignId AS Start, LEAD(b.CampaignId) OVER (ORDER BY b.CampaignId) AS Stop"
            " FROM (SELECT CAST(N'' AS nvarchar(100)) COLLATE Latin1_General_100_BIN2 AS CampaignId"
            f" UNION ALL {_GIVEN}) AS b) AS r ORDER BY r.PartitionNo",
            [given],
        )[0].rows
    return [
        Range(
            cast(int, number),
            str(start),
            None if stop is None else str(stop),
            cast(int, coupons),
        )
        for number, start, stop, coupons in rows
    ]


def partition(
    database: Database,
    boundaries: Sequence[str],
    *,
    root: Path | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Partitioning:
    """Partition the table, or add boundaries to its partitions. Repeated it does nothing."""
    started = clock()
    file = (root or scripts.scripts_root()) / SCRIPT
    script = Script(SCRIPT, scripts.kind_of(SCRIPT), file.read_text("utf-8-sig"))
    with (
        database.session(timeout=MIGRATION_TIMEOUT) as session,
        alone(session),
        patient(session),
        transaction(session),
    ):
        session.execute(
            "CREATE TABLE #Boundaries (CampaignId nvarchar(100)"
            " COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY)"
        )
        session.execute(f"INSERT INTO #Boundaries (CampaignId) {_GIVEN}", [json.dumps(boundaries)])
        answers = run_batches(session, script)
        done = tuple(str(row["Step"]) for answer in answers for row in answer)
        if done:
            journal.write(session, script, round((clock() - started) * 1000))
        session.execute("DROP TABLE #Boundaries")
    return Partitioning(done, clock() - started)
