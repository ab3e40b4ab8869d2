"""What became of the planted bugs, on the screen and in docs/mutation.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutation.bug import Bug
from tests.mutation.planted import BUGS
from tests.mutation.running import Judgement

ROW = re.compile(r"^\| (\S+) \| .* \| `(\S+)` \|$", re.MULTILINE)
DOCUMENT = Path(__file__).parents[2] / "docs" / "mutation.md"
HEAD = """# Planted bugs

Each line is a bug that somebody could write into the scripts tomorrow: a guard that is left out, a
sign turned round, a row forgotten. `make mutation` deploys each of them in turn and runs the tests
that have to notice; the last column names the one that went red, and that is green again once the
bug is taken out. The list is in `tests/mutation/planted`, and this page is written by the command.

`make test` holds that every bug can still be planted and compiles, and kills a few of them.
"""
SURVIVORS = """
## Bugs that nobody notices

Each of these takes away one of several guards, and the others still hold. What all of them together
guard is shown in `tests/concurrency`, where they are taken away one after the other.
"""


def line(one: Judgement) -> str:
    fate = f"killed by {one.killer}" if one.killer else "survived"
    mark = "" if one.is_expected else "  <-- not expected"
    return f"{one.bug.id:<40} {one.seconds:5.1f} s  {fate}{mark}"


def write(found: Iterable[Judgement]) -> None:
    """Renews the lines of what was judged; the others stay as they are."""
    killers = written()
    for one in found:
        killers.pop(one.bug.id, None)
        if one.killer is not None:
            killers[one.bug.id] = one.killer
    DOCUMENT.write_text(page(killers), encoding="utf-8")


def written() -> dict[str, str]:
    """Who noticed each bug, as the page has it."""
    if not DOCUMENT.is_file():
        return {}
    return dict(ROW.findall(DOCUMENT.read_text(encoding="utf-8")))


def page(killers: Mapping[str, str]) -> str:
    killed = [bug for bug in BUGS if not bug.survives]
    others = [bug for bug in BUGS if bug.survives]
    lines = [HEAD, f"{len(killed)} bugs are noticed, {len(others)} are not.", ""]
    lines += ["| Bug | Scripts | What is wrong then | Noticed by |", "| --- | --- | --- | --- |"]
    lines += [_row(bug, _by(killers.get(bug.id))) for bug in killed]
    if others:
        lines += [SURVIVORS, "| Bug | Scripts | What is missing then | Why nobody notices |"]
        lines += ["| --- | --- | --- | --- |"]
        lines += [_row(bug, bug.survives) for bug in others]
    return "\n".join(lines) + "\n"


def _row(bug: Bug, last: str) -> str:
    return f"| {bug.id} | {', '.join(bug.scripts)} | {bug.why} | {last} |"


def _by(killer: str | None) -> str:
    """The test without the arguments of one case."""
    return f"`{killer.partition('[')[0]}`" if killer else "nobody"
