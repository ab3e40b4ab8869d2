"""Functions that look at application locks."""

from __future__ import annotations

from ...types import INT, nvarchar
from ..typed import Typed
from .registry import Call, Family

LOCKS = Family()


@LOCKS.define("APPLOCK_TEST", 4)
def _applock_test(call: Call) -> Typed:
    parts = ", ".join(call.text(index) for index in (1, 2, 3))
    return call.result(f"tsql.applock_test({parts})", INT, nullable=True)


@LOCKS.define("APPLOCK_MODE", 3)
def _applock_mode(call: Call) -> Typed:
    parts = ", ".join(call.text(index) for index in (1, 2))
    return call.result(f"tsql.applock_mode({parts})", nvarchar(32), nullable=True)
