"""Reading lists page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from couponry_jobs import views
from couponry_jobs.connection import Database, ResultSet, Row
from couponry_jobs.procedures import whole
from couponry_jobs.views import Filter

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


def select(
    database: Database,
    view: str,
    *,
    filters: Sequence[Filter] = (),
    order: Sequence[tuple[str, bool]],
    limit: int,
    page: int,
    everything: bool,
) -> Iterator[Row]:
    """The same of a view."""
    return pages(
        lambda size, number: views.select(
            database, view, filters=filters, order=order, limit=size, offset=(number - 1) * size
        ),
        limit=limit,
        page=page,
        everything=everything,
    )


def walk(
    read: Callable[[int, int | None], ResultSet],
    key: str,
    *,
    limit: int,
    page: int,
    everything: bool,
) -> Iterator[Row]:
    """The same where a page goes on behind the last row of the page before, named by its key."""
    before: int | None = None
    number = 0
    while True:
        number += 1
        size = ALL_PAGE_SIZE if everything else limit
        found = list(read(size, before))
        if everything or number == page:
            yield from found
        if len(found) < size or (not everything and number == page):
            return
        before = whole(found[-1], key)


def _without_total(found: ResultSet) -> Iterator[Row]:
    for row in found:
        yield {name: value for name, value in row.items() if name != "TotalRows"}
