"""The journeys of the specification: what a person goes through, one test each.

A journey lives in a file of its own, `test_j01_new_customer.py`, with one test that reads like the
journey: a step, what is expected of it, an empty line, the next step. Steps are calls of public
procedures or verbs of `office`, `billing` and `tests.spec.checkout`, never a write into a table
where a procedure could do it. Variants of the specification ("· half · then rest") are further
tests below the first. Names come from `world.id(...)`, `fresh(...)`, `fresh_code()`: the database
is shared with tests/spec.

Journeys that name codes of the sample (BLACKFRIDAY25, REFER20 ...) take `seeded` instead: a world
of their own that holds the sample with dates around today, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from couponry_jobs import deployment
from couponry_jobs.settings import Settings
from tests.endpoint import Target, deployed_database
from tests.spec.conftest import billing, office
from tests.world import World

# The fixtures of tests/spec, under the same names.
__all__ = ["billing", "office"]


@pytest.fixture(scope="session")
def sample(server: Settings, model: Target | None) -> Iterator[Target]:
    """A database that holds the sample, its campaigns running now."""
    with deployed_database(server, "couponry_sample", model) as target:
        with target.open() as opened:
            deployment.seed(opened, relative=True)
        yield target


@pytest.fixture
def seeded(sample: Target) -> Iterator[World]:
    """The world of the sample. Codes are used up by those who use them: a journey has its own."""
    made = World(sample)
    yield made
    made.close()
