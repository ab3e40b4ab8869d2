"""The journeys of the specification: what a person goes through, one test each.

A journey lives in a file of its own, `test_j01_new_customer.py`, with one test that reads like the
journey: a step, what is expected of it, an empty line, the next step. Steps are calls of public
procedures or verbs of `office`, `billing` and `tests.spec.checkout`, never a write into a table
where a procedure could do it. Variants of the specification ("· half · then rest") are further
tests below the first. Names come from `world.id(...)`, `fresh(...)`, `fresh_code()`: the database
is shared with tests/spec.
"""

from __future__ import annotations

from tests.spec.conftest import billing, office

# The fixtures of tests/spec, under the same names.
__all__ = ["billing", "office"]
