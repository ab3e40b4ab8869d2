from __future__ import annotations

from collections.abc import Callable

import pytest

from couponry_jobs.errors import (
    BusinessFailure,
    CouponryError,
    DatabaseTimeout,
    DatabaseUnreachable,
    fault,
)
from couponry_jobs.retry import Retry

LOST = DatabaseUnreachable("gone", sent=True)
REFUSED = DatabaseUnreachable("nobody there", sent=False)


def failing(*errors: CouponryError) -> Callable[[], str]:
    left = list(errors)

    def action() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return action


def retry(slept: list[float], *, dice: float = 0.5) -> Retry:
    return Retry(sleep=slept.append, random=lambda: dice)


@pytest.mark.parametrize(
    "number", [1205, 1222, 3960, 1807, 4060, 17197, 40501, 40613, 49920, 10928]
)
def test_a_transient_number_is_tried_again(number: int) -> None:
    slept: list[float] = []

    assert retry(slept).run(failing(fault(number, "busy"))) == "done"
    assert slept == [0.2]


def test_pauses_double_up_to_the_longest() -> None:
    slept: list[float] = []
    policy = Retry(tries=9, sleep=slept.append, random=lambda: 0.5)

    policy.run(failing(*[fault(1205, "deadlock")] * 8))

    assert slept == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


@pytest.mark.parametrize(("dice", "pause"), [(0.0, 0.15), (0.5, 0.2), (1.0, 0.25)])
def test_a_pause_varies_by_a_quarter(dice: float, pause: float) -> None:
    assert retry([], dice=dice).pause(1) == pytest.approx(pause)


def test_after_five_tries_the_error_is_the_callers() -> None:
    slept: list[float] = []

    with pytest.raises(CouponryError) as caught:
        retry(slept).run(failing(*[fault(1205, "deadlock")] * 5))

    assert caught.value.exit_code == 4
    assert len(slept) == 4


@pytest.mark.parametrize("number", [2601, 2627])
def test_a_duplicate_is_tried_again_only_for_a_keyed_call(number: int) -> None:
    assert retry([]).run(failing(fault(number, "duplicate")), keyed=True) == "done"
    with pytest.raises(CouponryError):
        retry([]).run(failing(fault(number, "duplicate")))


@pytest.mark.parametrize("error", [LOST, fault(40197, "service error")])
def test_a_lost_connection_is_tried_again_only_for_an_idempotent_call(error: CouponryError) -> None:
    assert retry([]).run(failing(error), idempotent=True) == "done"
    with pytest.raises(CouponryError):
        retry([]).run(failing(error), keyed=True)


def test_a_connection_that_was_never_made_is_always_tried_again() -> None:
    assert retry([]).run(failing(REFUSED)) == "done"


@pytest.mark.parametrize(
    "error",
    [
        BusinessFailure("COUPON_EXPIRED", "Coupon expired."),
        DatabaseTimeout("no answer"),
        fault(50001, "ARG_REQUIRED: @UserId"),
        fault(50200, "INVARIANT_COUNTER"),
        fault(229, "denied"),
        fault(18456, "login failed"),
    ],
)
def test_an_answer_is_not_asked_for_twice(error: CouponryError) -> None:
    slept: list[float] = []

    with pytest.raises(type(error)):
        retry(slept).run(failing(error), idempotent=True, keyed=True)

    assert slept == []


def test_each_new_try_is_told() -> None:
    told: list[tuple[str, int]] = []
    policy = Retry(
        sleep=lambda _: None, notice=lambda error, attempt: told.append((error.code, attempt))
    )

    policy.run(failing(fault(1205, "deadlock"), fault(1222, "time-out")))

    assert told == [("SQL_1205", 1), ("SQL_1222", 2)]
