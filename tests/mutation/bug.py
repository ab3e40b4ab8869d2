"""A planted bug: what is changed in a script, why that is wrong, and who has to notice."""

from __future__ import annotations

from dataclasses import dataclass

from tests.concurrency.sabotage import Changes, index


@dataclass(frozen=True, slots=True)
class Bug:
    id: str
    changes: Changes
    """Of each script, the exact texts that are replaced and what stands in their place."""
    why: str
    tests: tuple[str, ...]
    """Below tests/: one of these must go red."""
    survives: str = ""
    """Why nobody notices, where that is known: another guard stands behind this one."""
    indexes: tuple[str, ...] = ()
    """Unique keys that are taken away."""

    @property
    def scripts(self) -> tuple[str, ...]:
        return (*self.changes, *(index(name)[0] for name in self.indexes))

    @property
    def races(self) -> bool:
        """Its tests count over a whole database, which they need for themselves."""
        return any(test.startswith("concurrency/") for test in self.tests)


def keyless(identifier: str, name: str, why: str, *tests: str) -> Bug:
    """A table without one of its unique keys."""
    return Bug(identifier, {}, why, tests, indexes=(name,))


def bug(
    identifier: str,
    script: str,
    old: str,
    new: str,
    why: str,
    *tests: str,
    survives: str = "",
) -> Bug:
    """The usual case: one text of one script."""
    return Bug(identifier, {script: {old: new}}, why, tests, survives)
