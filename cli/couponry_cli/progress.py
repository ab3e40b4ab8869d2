"""Bars on a terminal, a line every few seconds elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int, int], None]
LINE_EVERY = 5.0


@contextmanager
def bar(title: str, *, quiet: bool = False) -> Iterator[Advance]:
    """A function that takes how much is done, and how much there is."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task(title, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
    else:
        yield _lines(title, time.monotonic)


def _lines(title: str, clock: Callable[[], float]) -> Advance:
    last = clock()

    def advance(done: int, total: int) -> None:
        nonlocal last
        now = clock()
        if now - last >= LINE_EVERY or done >= total:
            last = now
            percent = 100 * done // total if total else 100
            click.echo(f"{title}: {percent} % ({done} of {total})", err=True)

    return advance
