"""The numbers of sessions: a smallint, so that they come again, but never to two at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from couponry_standin.postgres.databases import Databases
from couponry_standin.postgres.pool import Pool
from couponry_standin.session import SessionFactory


class Somebody(SimpleNamespace):
    __hash__ = object.__hash__


def test_after_the_last_number_come_those_that_nobody_has() -> None:
    factory = SessionFactory(cast(Pool, None), cast(Databases, None))
    first = factory.free_number()
    still_here: Any = Somebody(spid=first)
    factory.sessions.add(still_here)

    others = [factory.free_number() for _ in range(32_767 - 51)]
    again = factory.free_number()

    assert first == 51
    assert (others[0], others[-1]) == (52, 32_767)
    assert again == 52
