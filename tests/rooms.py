"""Which tests stay together when workers share them out (`make test`).

What is dear is a server and a database with everything in it. The folders that use the shared one
are a room, and a room is one worker's. The longest come first, about half of everything, so that
the short ones fill up what is left at the end.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

ROOMS = {
    "database": (
        "cli",
        "concurrency",
        "jobs",
        "journeys",
        "spec",
    ),
    "docs": ("docs",),
    "engine": ("standin/clients", "standin/session"),
    "bench": ("bench",),
    "killed": ("standin/engine",),
    "compile": ("compile",),
}
"""Every other folder is a room of its own, and comes after these."""

LAST = ("mutation", "schema")
"""They use the shared database, too: a worker that has nothing else to do makes another one."""

ORDER = tuple(ROOMS)


def room(test: str) -> str:
    """The room of a test, which is named by its path."""
    folders = PurePosixPath(test.partition("::")[0]).parts[1:-1]
    folder = "/".join(folders[:2] if folders[:1] == ("standin",) else folders[:1])
    return next((name for name, folders in ROOMS.items() if folder in folders), folder)


def place(test: str) -> int:
    """When the room of a test is entered."""
    name = room(test)
    if name in ORDER:
        return ORDER.index(name)
    return len(ORDER) + (name in LAST)


class Rooms(LoadScopeScheduling):
    """Gives a worker that is free the next room, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return room(nodeid)
