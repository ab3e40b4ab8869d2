"""Reading lists page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from couponry_jobs.connection import ResultSet, Row

ALL_PAGE_SIZE = 1000


def pages(
    read: Callable[[int, int], ResultSet], *, limit: int, page: int, everything: bool
) -> Iterator[Row]:
    """The rows of one page, or of all; read takes the size and the number of a page."""
    if not everything:
        yield from _without_total(read(limit, page))
        return
    number = 1
    while True:
        found = read(ALL_PAGE_SIZE, number)
        yield from _without_total(found)
        if len(found) < ALL_PAGE_SIZE:
            return
        number += 1


def _without_total(found: ResultSet) -> Iterator[Row]:
    for row in found:
        yield {name: value for name, value in row.items() if name != "TotalRows"}
