"""The engine that is talked to in ways that no client would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.standin.session.engine import Engine, shared_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with shared_engine() as started:
        yield started
