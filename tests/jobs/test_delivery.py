"""What a delivery that failed tells: enough to mend it, and no secret."""

from __future__ import annotations

from datetime import datetime

import pytest

from couponry_jobs.delivery import Carrier, Refused
from couponry_jobs.procedures import Delivery
from couponry_jobs.settings import Settings

SECRET = "T0KEN"


@pytest.mark.parametrize(
    "target",
    [
        f"https://hooks.example/services/{SECRET} broken",
        f"https://hooks.example:port/services/{SECRET}",
        f"services/{SECRET}",
        f"http://127.0.0.1:1/services/{SECRET}",
    ],
    ids=["blank in the path", "port is a word", "no address", "nobody listens"],
)
def test_the_address_of_an_incoming_hook_is_never_told(target: str) -> None:
    carrier = Carrier(Settings("here", "shop", http_timeout=5), None, {})
    event = Delivery(1, 2, "slack", target, None, "coupon_used", "{}", 0, datetime(2026, 1, 1))

    with pytest.raises(Refused) as refused:
        carrier.deliver(event)

    assert str(refused.value)
    assert SECRET not in str(refused.value)
