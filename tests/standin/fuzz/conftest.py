"""An engine that nobody else talks to: its clients are counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine, started_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with started_engine() as started:
        yield started
