"""The worker of the generation queue, over a real queue service."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from couponry_jobs import worker
from couponry_jobs.connection import Database
from couponry_jobs.errors import QueueUnreachable
from couponry_jobs.generation import Progress, Stop
from couponry_jobs.queues import open_queues
from tests.endpoint import Target
from tests.jobs.post import Post, open_post
from tests.jobs.requests import Request

MALFORMED = ["no json", "[]", "{}", '{"requestId": 7}', '{"requestId": " "}']
DELIVERIES = 5


class Killed(BaseException):
    """The process dies here: nothing after it runs."""


@pytest.fixture
def post(database: Target, opened: Database, storage: str) -> Iterator[Post]:
    with open_post(database, opened, storage) as made:
        yield made


def after_batch(number: int, action: Callable[[], object]) -> Callable[[Progress], None]:
    def progress(state: Progress) -> None:
        if state.batch_no == number:
            action()

    return progress


def die(_: Progress) -> None:
    raise Killed


def test_messages_become_codes_and_are_gone(post: Post) -> None:
    jobs = [post.request(), post.request(amount=50)]

    report = post.work()

    assert (report.messages, report.deleted, report.inserted) == (2, 2, 550)
    assert report.exit_code == 0
    assert [job.status for job in jobs] == ["Completed"] * 2
    assert post.lengths() == (0, 0)


def test_a_worker_takes_as_many_messages_as_it_is_told(post: Post) -> None:
    for _ in range(3):
        post.request(amount=1)

    once, two = post.work(once=True), post.work(max_messages=2)
    none = post.work(once=True)

    assert (once.messages, two.messages, none.messages) == (1, 2, 0)


@pytest.mark.ec("EC-036")
def test_ec_036_a_message_that_fails_again_and_again_is_poison_and_nothing_waits_behind_it(
    post: Post,
) -> None:
    bad = post.request(amount=1000, batch_size=100)

    for _ in range(DELIVERIES):
        with pytest.raises(Killed):
            post.work(progress=die)
        bad.end_lease()
        post.waiting.show_again()
    good = post.request()
    report = post.work("worker-2")

    assert (report.messages, report.poisoned, report.deleted) == (2, 1, 1)
    assert (bad.status, good.status) == ("Failed", "Completed")
    assert post.lengths() == (0, 1)
    (told,) = post.poison()
    assert told["message"] == worker.message_of(bad.request_id)
    assert told["reason"] == f"delivered {DELIVERIES} times without success"
    assert (told["dequeueCount"], told["instance"]) == (DELIVERIES + 1, "worker-2")
    assert told["firstSeen"].startswith("20")


@pytest.mark.ec("EC-036")
@pytest.mark.parametrize("text", MALFORMED)
def test_ec_036_a_malformed_message_is_poison_at_once(post: Post, text: str) -> None:
    post.waiting.send(text)
    good = post.request(amount=1)

    report = post.work()

    assert (report.poisoned, report.deleted) == (1, 1)
    assert good.status == "Completed"
    (told,) = post.poison()
    assert (told["message"], told["dequeueCount"]) == (text, 1)
    assert told["reason"].startswith("malformed")


@pytest.mark.ec("EC-036")
def test_ec_036_a_message_about_nothing_known_is_tried_and_then_poison(post: Post) -> None:
    post.waiting.send(worker.message_of("gen-unknown"))

    reports = []
    for _ in range(DELIVERIES):
        reports.append(post.work())
        post.waiting.show_again()
    last = post.work()

    assert [(one.left, one.exit_code) for one in reports] == [(1, 1)] * DELIVERIES
    assert (last.poisoned, post.lengths()) == (1, (0, 1))


@pytest.mark.ec("EC-035")
def test_ec_035_the_twin_of_a_message_ends_quietly(post: Post) -> None:
    job = post.request()
    post.waiting.send(worker.message_of(job.request_id))

    report = post.work()

    assert (report.deleted, report.inserted, report.exit_code) == (2, 500, 0)
    assert job.status == "Completed"


@pytest.mark.ec("EC-035")
def test_ec_035_a_request_that_another_works_on_is_asked_for_again_after_its_lease(
    post: Post,
) -> None:
    job = post.request()
    job.claim_by("busy")

    report = post.work()

    assert (report.left, report.inserted, report.exit_code) == (1, 0, 0)
    assert (job.status, post.lengths()) == ("Processing", (1, 0))
    assert post.work().messages == 0


def test_a_worker_that_is_stopped_gives_request_and_message_back(post: Post) -> None:
    job, stop = post.request(), Stop()

    report = post.work(stop=stop, progress=after_batch(1, lambda: stop.ask(signal.SIGTERM)))
    next_one = post.work("worker-2")

    assert (report.left, report.exit_code) == (1, 143)
    assert (next_one.deleted, next_one.inserted) == (1, 300)
    assert job.status == "Completed"


def test_the_message_of_a_failed_request_is_deleted(post: Post) -> None:
    job = post.request()
    job.claim_by("ops")
    job.end_as("Failed", "ops")

    report = post.work()

    assert (report.deleted, report.exit_code) == (1, 0)
    assert post.lengths() == (0, 0)


def test_a_queue_that_does_not_exist_is_told(post: Post) -> None:
    settings = replace(post.settings, queue="no-such-queue")

    with pytest.raises(QueueUnreachable, match="no-such-queue") as caught:
        open_queues(settings).generation.length()

    assert caught.value.exit_code == 7


@pytest.mark.ec("EC-034")
def test_ec_034_a_worker_process_that_is_killed_is_followed_by_one_that_resumes(
    post: Post,
) -> None:
    answer = post.types(
        "generate",
        "create",
        "--campaign",
        post.request(amount=1).campaign_id,
        "--amount",
        "12000",
        "--batch-size",
        "1000",
    )
    post.work(max_messages=1)
    process = subprocess.Popen(
        [sys.executable, "-m", "couponry_cli", "worker", "generate", "--once", "--quiet"],
        env={**os.environ, **post.environment(), "COUPONRY_INSTANCE": "first"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    job = Request(post.target, post.database, answer["requestId"], "")
    try:
        deadline = time.monotonic() + 60
        while len(job.batches()) < 2:
            assert time.monotonic() < deadline, "the process did not begin"
            assert process.poll() is None, "the process ended by itself"
    finally:
        process.kill()
        process.wait()
    made = int(str(job.row()["GeneratedAmount"]))

    # What hid the message and held the lease is over; both time-outs are not waited for.
    job.end_lease()
    post.waiting.send(worker.message_of(job.request_id))
    report = post.work("second")

    assert 2000 <= made < 12_000
    assert (report.deleted, report.inserted) == (1, 12_000 - made)
    assert (job.status, job.batches()) == ("Completed", list(range(1, 13)))
    assert len(set(job.codes())) == 12_000


def test_the_queues_are_looked_after_from_the_command_line(post: Post) -> None:
    post.waiting.send("no json")
    campaign = post.request(amount=3).campaign_id
    request = post.types("generate", "create", "--campaign", campaign, "--amount", "5")
    silent = post.types(
        "generate", "create", "--campaign", campaign, "--amount", "5", "--no-enqueue"
    )

    worked = post.types("worker", "generate", "--idle-exit", "0")
    status = post.types("queue", "status")
    (listed,) = post.types("queue", "poison", "list")
    again = post.types("queue", "poison", "requeue", "--message-id", listed["messageId"])
    post.types("job", "generate")
    (returned,) = post.types("queue", "poison", "list")
    dropped = post.types("queue", "poison", "drop", "--yes")

    assert (worked["messages"], worked["poisoned"], worked["insertedCount"]) == (3, 1, 8)
    assert [one["messages"] for one in status] == [0, 1]
    assert (listed["message"], listed["dequeueCount"]) == ("no json", 1)
    assert (again["messages"], returned["message"]) == (1, "no json")
    assert (dropped["messages"], post.lengths()) == (1, (0, 0))
    shown = [
        post.types("generate", "show", one["requestId"])["status"] for one in (request, silent)
    ]
    assert shown == ["Completed", "Pending"]
