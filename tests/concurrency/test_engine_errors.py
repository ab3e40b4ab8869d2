"""What the engine itself refuses: nothing is half-written, and the same call again succeeds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from tests.concurrency.sabotage import sabotaged
from tests.concurrency.sessions import PATIENCE
from tests.concurrency.shops import assert_whole, redeem, successes
from tests.endpoint import Target
from tests.spec.calls import Fault, run
from tests.spec.office import Office, fresh

TIME_OUT, DEADLOCK = 1222, 1205
# Who waits in vain is told so after a tenth of a second instead of fifteen.
IMPATIENT = {"sp_RedeemCoupon": {"SET LOCK_TIMEOUT 15000;": "SET LOCK_TIMEOUT 100;"}}


@pytest.fixture
def wrecked(ruin: Target) -> Iterator[Office]:
    with Office(ruin) as made:
        yield made


@pytest.mark.ec("EC-046")
def test_ec_046_who_waits_too_long_has_written_nothing_and_may_ask_again(
    ruin: Target, wrecked: Office
) -> None:
    campaign = wrecked.campaign()
    code, user, key = wrecked.coupon(campaign), fresh("u"), fresh("key")

    with (
        sabotaged(wrecked, IMPATIENT),
        closing(ruin.connect(autocommit=False)) as other,
        closing(ruin.connect()) as caller,
    ):
        run(other, "UPDATE dbo.Coupons SET Notes = N'x' WHERE CouponCode = ?;", [code])
        with pytest.raises(Fault) as caught:
            redeem(caller, code, user, idempotency_key=key)
        left = run(caller, "SELECT @@TRANCOUNT AS Transactions;")[0][0]["Transactions"]
        other.rollback()
        again = redeem(caller, code, user, idempotency_key=key)

    assert (caught.value.number, left) == (TIME_OUT, 0)
    assert (again.success, again["IsReplay"]) == (True, False)
    attempts = "SELECT COUNT(*) FROM dbo.RedemptionHistory WHERE UserId = ?;"
    assert wrecked.value(attempts, user) == successes(wrecked, campaign) == 1


@pytest.mark.ec("EC-046")
def test_ec_046_the_victim_of_a_deadlock_repeats_all_of_it_with_the_same_keys(
    arena: Target, office: Office
) -> None:
    campaigns = [office.campaign(), office.campaign()]
    codes = [office.coupon(campaign) for campaign in campaigns]
    keys = [[fresh("key"), fresh("key")], [fresh("key"), fresh("key")]]
    users = [fresh("u"), fresh("u")]
    ends: list[int] = []

    def order(number: int, *, meets: bool) -> None:
        """Two codes in one transaction of the caller, each in its own order."""
        with closing(arena.connect(autocommit=False)) as session:
            for place, code in enumerate(codes if number == 0 else codes[::-1]):
                done = redeem(session, code, users[number], idempotency_key=keys[number][place])
                assert (done.success, done["IsReplay"]) == (True, False)
                if place == 0 and meets:
                    both.wait(PATIENCE)
            session.commit()

    def customer(number: int) -> None:
        meets = True
        while True:
            try:
                return order(number, meets=meets)
            except Fault as fault:
                # Who repeats may overtake the one who waits for its lock, and is met by it again.
                assert fault.number in (DEADLOCK, TIME_OUT), fault
                ends.append(fault.number)
                meets = False

    both = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(customer, number) for number in range(2)]:
            one.result(PATIENCE)

    assert DEADLOCK in ends
    assert [successes(office, campaign) for campaign in campaigns] == [2, 2]
    assert_whole(office)
