"""J10: codes are asked for, the worker dies in the middle, another one goes on."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from couponry_jobs.generation import Progress
from tests.endpoint import Target
from tests.jobs.post import Post, open_post
from tests.jobs.requests import Request, make_campaign

CODE = re.compile(r"GEN-[A-HJKMNP-Z2-9]{12}")


class Killed(BaseException):
    """The process dies here: nothing after it runs, no lease is given back."""


@pytest.fixture
def post(database: Target, storage: str) -> Iterator[Post]:
    with database.open() as opened, open_post(database, opened, storage) as made:
        yield made


def dies_after_two(state: Progress) -> None:
    if state.batch_no == 2:
        raise Killed


@pytest.mark.ec("EC-034")
def test_j10_a_killed_worker_is_followed_by_one_that_resumes(post: Post, tmp_path: Path) -> None:
    campaign = make_campaign(post.database)
    asked = post.types(
        *("generate", "create", "--campaign", campaign, "--prefix", "GEN"),
        *("--amount", "12000", "--batch-size", "5000"),
    )
    job = Request(post.target, post.database, asked["requestId"], campaign)
    assert (job.status, post.lengths()) == ("Pending", (1, 0))

    with pytest.raises(Killed):
        post.work("first", progress=dies_after_two)

    assert (job.status, job.row()["GeneratedAmount"]) == ("Processing", 10_000)
    assert post.work("second").messages == 0

    # The lease runs out, and the time for which the message was hidden is over.
    job.end_lease()
    post.waiting.show_again()
    done = post.work("second")

    assert (done.deleted, done.inserted, post.lengths()) == (1, 2_000, (0, 0))
    row = job.row()
    assert (row["Status"], row["GeneratedAmount"], row["AttemptCount"]) == ("Completed", 12_000, 2)
    assert job.batches() == [1, 2, 3]

    file = tmp_path / "codes.csv"
    post.types("generate", "export", job.request_id, "--output", str(file))

    with file.open(encoding="utf-8", newline="") as lines:
        codes = [line["coupon_code"] for line in csv.DictReader(lines)]
    assert len(codes) == len(set(codes)) == 12_000
    assert all(CODE.fullmatch(code) for code in codes)
    assert sorted(codes) == sorted(job.codes())
