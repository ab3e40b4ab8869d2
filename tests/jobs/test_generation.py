from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from couponry_jobs import generation, procedures
from couponry_jobs.codes import make_codes
from couponry_jobs.connection import Database, ResultSet, Session, Value
from couponry_jobs.errors import BusinessFailure, DatabaseUnreachable
from couponry_jobs.generation import Outcome, Progress, Stop, coupons_json
from couponry_jobs.retry import Retry
from tests.endpoint import Target
from tests.jobs.requests import Request, make_request


class Killed(BaseException):
    """The process dies here: nothing after it runs, no lease is given back."""


def after_batch(number: int, action: Callable[[], object]) -> Callable[[Progress], None]:
    def progress(state: Progress) -> None:
        if state.batch_no == number:
            action()

    return progress


def die() -> None:
    raise Killed


@pytest.fixture
def request_of_three(database: Target, opened: Database) -> Request:
    """Three batches of two hundred, the last one half full."""
    return make_request(database, opened, amount=500, batch_size=200)


def test_a_request_ends_with_exactly_its_amount(request_of_three: Request) -> None:
    job = request_of_three

    report = generation.run(job.database, job.settings())

    assert report.outcome is Outcome.COMPLETED
    assert (report.inserted, report.generated, report.batches) == (500, 500, 3)
    assert job.status == "Completed"
    assert job.batches() == [1, 2, 3]
    assert len(set(job.codes())) == 500


def test_j10_a_killed_worker_is_followed_by_one_that_resumes(
    database: Target, opened: Database
) -> None:
    job = make_request(database, opened, amount=12_000, batch_size=5_000)

    with pytest.raises(Killed):
        generation.run(opened, job.settings("first"), progress=after_batch(2, die))
    job.end_lease()
    report = generation.run(opened, job.settings("second"))

    assert report.outcome is Outcome.COMPLETED
    assert (report.inserted, report.generated) == (2_000, 12_000)
    assert job.batches() == [1, 2, 3]
    assert job.row()["AttemptCount"] == 2
    assert len(set(job.codes())) == 12_000


def test_a_crash_between_making_and_sending_a_batch_leaves_nothing(
    request_of_three: Request,
) -> None:
    job = request_of_three

    def make(amount: int, length: int, prefix: str | None) -> list[str]:
        if job.row()["GeneratedAmount"] == 200:
            die()
        return make_codes(amount, length=length, prefix=prefix)

    with pytest.raises(Killed):
        generation.run(job.database, job.settings(), make=make)

    assert len(job.codes()) == job.row()["GeneratedAmount"] == 200


def test_a_lease_that_another_took_ends_the_run_without_a_word(request_of_three: Request) -> None:
    job = request_of_three

    def taken() -> None:
        job.end_lease()
        job.claim_by("thief")

    report = generation.run(job.database, job.settings("slow"), progress=after_batch(1, taken))

    assert report.outcome is Outcome.LEASE_LOST
    assert report.exit_code == 0
    assert len(job.codes()) == 200
    assert job.status == "Processing"
    assert job.row()["LeaseOwner"] == "thief"


def test_a_request_leased_by_another_is_left_alone(request_of_three: Request) -> None:
    job = request_of_three
    job.claim_by("busy")

    report = generation.run(job.database, job.settings("idle"))

    assert report.outcome is Outcome.NOTHING_TO_DO
    assert report.exit_code == 0
    assert job.codes() == []


def test_a_finished_request_is_nothing_to_do(request_of_three: Request) -> None:
    job = request_of_three
    generation.run(job.database, job.settings())

    report = generation.run(job.database, job.settings("late"))

    assert report.outcome is Outcome.NOTHING_TO_DO
    assert len(job.codes()) == 500


def test_an_unknown_request_is_an_error(database: Target, opened: Database) -> None:
    job = Request(database, opened, "gen-unknown", "none")

    with pytest.raises(BusinessFailure) as caught:
        generation.run(opened, job.settings())

    assert caught.value.code == "REQUEST_NOT_FOUND"


def test_a_batch_sent_twice_is_inserted_once(request_of_three: Request) -> None:
    job = request_of_three
    claim = job.claim_by("worker-1")
    batch = coupons_json(make_codes(200, length=claim.code_length))

    def send(text: str) -> procedures.Batch:
        return procedures.bulk_insert_coupons(
            job.database,
            request_id=job.request_id,
            lease_owner="worker-1",
            batch_no=1,
            coupons_json=text,
        )

    first, second = send(batch), send(batch)
    with pytest.raises(BusinessFailure) as caught:
        send(coupons_json(make_codes(200, length=claim.code_length)))

    assert not first.is_replay
    assert second.is_replay
    assert (second.inserted, second.generated) == (first.inserted, first.generated) == (200, 200)
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert len(job.codes()) == 200


def test_a_lost_answer_does_not_double_a_batch(
    database: Target, request_of_three: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = request_of_three
    execute = Session.execute
    lost: list[str] = []

    def losing(
        self: Session, statement: str, parameters: tuple[Value, ...] = ()
    ) -> list[ResultSet]:
        answer = execute(self, statement, parameters)
        if "sp_BulkInsertCoupons" in statement and not lost:
            lost.append(statement)
            raise DatabaseUnreachable("the answer was lost", sent=True)
        return answer

    monkeypatch.setattr(Session, "execute", losing)
    with database.open(retry=Retry(sleep=lambda _: None)) as opened:
        report = generation.run(opened, job.settings())

    assert lost
    assert report.outcome is Outcome.COMPLETED
    assert len(set(job.codes())) == 500
    assert job.batches() == [1, 2, 3]


def test_a_database_that_stays_away_gives_the_request_back(
    database: Target, request_of_three: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = request_of_three
    execute = Session.execute

    def failing(
        self: Session, statement: str, parameters: tuple[Value, ...] = ()
    ) -> list[ResultSet]:
        if "sp_BulkInsertCoupons" in statement and 2 in parameters:
            raise DatabaseUnreachable("away", sent=True)
        return execute(self, statement, parameters)

    monkeypatch.setattr(Session, "execute", failing)
    with database.open(retry=Retry(sleep=lambda _: None)) as opened:
        report = generation.run(opened, job.settings())

    assert report.outcome is Outcome.GIVEN_BACK
    assert report.exit_code == 8
    assert job.status == "Pending"
    assert len(job.codes()) == 200


def test_codes_that_exist_are_made_anew(database: Target, opened: Database) -> None:
    older = make_request(database, opened, amount=100, batch_size=100)
    generation.run(opened, older.settings())
    taken = older.codes()
    job = make_request(database, opened, amount=300, batch_size=200)

    def make(amount: int, length: int, prefix: str | None) -> list[str]:
        again = taken[:90] if job.row()["GeneratedAmount"] == 0 else []
        return again + make_codes(amount - len(again), length=length, prefix=prefix)

    report = generation.run(opened, job.settings(), make=make)

    assert report.outcome is Outcome.COMPLETED
    assert report.collisions == 90
    assert job.row()["CollisionCount"] == 90
    assert len(set(job.codes())) == 300
    assert not set(job.codes()) & set(taken)


def test_three_crowded_batches_end_the_request(database: Target, opened: Database) -> None:
    job = make_request(database, opened, amount=400, batch_size=100)
    same = make_codes(100, length=12)

    report = generation.run(opened, job.settings(), make=lambda amount, *_: same[:amount])

    assert report.outcome is Outcome.FAILED
    assert report.exit_code == 5
    assert job.status == "Failed"
    assert job.row()["FailureReason"] == "code space exhausted"
    assert len(job.codes()) == 100


def test_a_code_that_is_not_well_formed_fails_the_request_and_writes_nothing(
    request_of_three: Request,
) -> None:
    job = request_of_three

    report = generation.run(
        job.database, job.settings(), make=lambda amount, *_: ["not a code!"] * amount
    )

    assert report.outcome is Outcome.FAILED
    assert report.exit_code == 5
    assert job.status == "Failed"
    assert "ARG_BAD_CODE" in str(job.row()["FailureReason"])
    assert job.codes() == []


def test_a_cancelled_request_keeps_what_it_has(request_of_three: Request) -> None:
    job = request_of_three

    def cancel() -> None:
        procedures.cancel_generation_request(job.database, request_id=job.request_id)

    report = generation.run(job.database, job.settings(), progress=after_batch(2, cancel))

    assert report.outcome is Outcome.CANCELLED
    assert report.exit_code == 0
    assert job.status == "Cancelled"
    assert len(job.codes()) == job.row()["GeneratedAmount"] == 400


def test_a_wish_to_stop_is_granted_after_the_batch(request_of_three: Request) -> None:
    job = request_of_three
    stop = Stop()

    report = generation.run(
        job.database,
        job.settings(),
        stop=stop,
        progress=after_batch(1, lambda: stop.ask(signal.SIGTERM)),
    )

    assert report.outcome is Outcome.INTERRUPTED
    assert report.exit_code == 143
    assert job.status == "Pending"
    assert len(job.codes()) == 200
    assert generation.run(job.database, job.settings("next")).outcome is Outcome.COMPLETED


@pytest.mark.parametrize(
    ("number", "exit_code", "status"),
    [(signal.SIGTERM, 143, "Pending"), (signal.SIGKILL, -9, "Processing")],
)
def test_a_real_process_that_is_ended_leaves_a_request_to_resume(
    database: Target, opened: Database, number: int, exit_code: int, status: str
) -> None:
    job = make_request(database, opened, amount=200_000, batch_size=500)
    process = subprocess.Popen(
        [sys.executable, "-m", "couponry_cli", "job", "generate", "--quiet"],
        env={**os.environ, **database.environment, "COUPONRY_REQUEST_ID": job.request_id},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while job.row()["GeneratedAmount"] == 0:
            assert time.monotonic() < deadline, "the process did not begin"
            assert process.poll() is None, "the process ended by itself"
        process.send_signal(number)
        assert process.wait(60) == exit_code
    finally:
        process.kill()
        process.wait()

    assert job.status == status
    assert len(job.codes()) == job.row()["GeneratedAmount"] < 200_000
    assert job.batches() == list(range(1, len(job.batches()) + 1))
