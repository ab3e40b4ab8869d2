"""Several workers at once: every code once, every request complete, nobody twice."""

from __future__ import annotations

import pyodbc
import pytest

from tests.concurrency.sessions import race, tally
from tests.endpoint import Target
from tests.spec.calls import Answer, call
from tests.spec.office import Office, as_json, fresh_codes


def claim(connection: pyodbc.Connection, worker: str, request: str | None = None) -> Answer:
    return call(connection, "sp_ClaimGenerationRequest", lease_owner=worker, request_id=request)


def work(connection: pyodbc.Connection, worker: str, request: str | None = None) -> Answer:
    """What a job does: claim, store batch after batch, complete. The claim's answer."""
    claimed = claim(connection, worker, request)
    if not claimed.success:
        return claimed
    number, remaining = claimed["NextBatchNo"], claimed["RemainingAmount"]
    while remaining:
        stored = call(
            connection,
            "sp_BulkInsertCoupons",
            request_id=claimed["RequestId"],
            lease_owner=worker,
            batch_no=number,
            coupons_json=as_json(fresh_codes(min(remaining, claimed["BatchSize"]))),
        )
        assert stored.success, stored.row
        number, remaining = stored["NextBatchNo"], stored["RemainingAmount"]
    done = call(
        connection,
        "sp_UpdateGenerationRequest",
        request_id=claimed["RequestId"],
        status="Completed",
        lease_owner=worker,
    )
    assert done.success, done.row
    return claimed


@pytest.mark.ec("EC-035")
def test_r9_of_four_workers_one_makes_the_codes(arena: Target, office: Office) -> None:
    request = office.request(1000, batch_size=250)

    outcomes = race(arena, 4, lambda connection, number: work(connection, f"w-{number}", request))

    assert tally(outcomes) == {"success": 1, "REQUEST_NOT_CLAIMABLE": 3}
    stored = office.stored(request)
    assert (stored["Status"], stored["GeneratedAmount"]) == ("Completed", 1000)
    assert len(set(office.codes_of(request))) == 1000


def test_r9_eight_workers_share_eight_requests(arena: Target, office: Office) -> None:
    office.clear_queue()
    requests = [office.request(300, batch_size=100) for _ in range(8)]

    outcomes = race(arena, 8, lambda connection, number: work(connection, f"w-{number}"))

    claimed = [one["RequestId"] for one in outcomes if isinstance(one, Answer)]
    assert sorted(claimed) == sorted(requests), tally(outcomes)
    for request in requests:
        stored = office.stored(request)
        assert (stored["Status"], stored["GeneratedAmount"]) == ("Completed", 300)
        assert len(office.codes_of(request)) == 300


def test_a_claim_passes_over_a_request_that_is_just_being_claimed(
    arena: Target, office: Office
) -> None:
    office.clear_queue()
    older, newer = office.request(), office.request()
    office.write(
        "UPDATE dbo.GenerationRequests SET CreatedAt = DATEADD(hour, -1, CreatedAt)"
        " WHERE RequestId = ?;",
        older,
    )
    first = arena.connect(autocommit=False)
    try:
        held = claim(first, "w-1")

        passed = office.claim("w-2")

        first.commit()
    finally:
        first.close()
    assert (held["RequestId"], passed["RequestId"]) == (older, newer)
    assert office.claim("w-3").code == "NO_WORK"


@pytest.mark.ec("EC-037")
def test_r17_a_code_in_two_batches_at_once_is_stored_once(arena: Target, office: Office) -> None:
    shared = fresh_codes(20)
    requests = [office.claimed(100, worker=f"w-{number}") for number in range(2)]
    own = [fresh_codes(30) for _ in requests]

    def store(connection: pyodbc.Connection, number: int) -> Answer:
        return call(
            connection,
            "sp_BulkInsertCoupons",
            request_id=requests[number],
            lease_owner=f"w-{number}",
            batch_no=1,
            coupons_json=as_json(own[number] + shared),
        )

    outcomes = race(arena, 2, store)

    answers = [one for one in outcomes if isinstance(one, Answer)]
    assert len(answers) == 2, tally(outcomes)
    assert sorted(one["InsertedCount"] for one in answers) == [30, 50]
    assert sorted(one["CollisionCount"] for one in answers) == [0, 20]
    stored = office.codes_of(requests[0]) + office.codes_of(requests[1])
    assert sorted(stored) == sorted(own[0] + own[1] + shared)


def test_the_same_batch_sent_by_two_is_stored_once(arena: Target, office: Office) -> None:
    request, codes = office.claimed(100, worker="w"), fresh_codes(50)

    def store(connection: pyodbc.Connection, _: int) -> Answer:
        return call(
            connection,
            "sp_BulkInsertCoupons",
            request_id=request,
            lease_owner="w",
            batch_no=1,
            coupons_json=as_json(codes),
        )

    outcomes = race(arena, 6, store)

    assert tally(outcomes) == {"success": 6}
    replays = [one["IsReplay"] for one in outcomes if isinstance(one, Answer)]
    assert sorted(replays) == [False] + [True] * 5
    assert office.codes_of(request) == sorted(codes)


def test_an_id_is_created_once(arena: Target, office: Office) -> None:
    code, campaign = fresh_codes(1)[0], office.campaign()

    outcomes = race(
        arena,
        12,
        lambda connection, _: call(
            connection, "sp_CreateCoupon", coupon_code=code, campaign_id=campaign
        ),
    )

    assert tally(outcomes) == {"success": 1, "CODE_EXISTS": 11}
