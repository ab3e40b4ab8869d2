"""Writes docs/conformance.md, and the generated parts of docs/standin.md, from what is known.

    python -m scripts.subset            writes the pages
    python -m scripts.subset --check    tells which pages are out of date, and fails

The sources: the conformance cases with their marks, what the stand-in answered to the marked ones
(``tests/conformance/answers.json``, renewed by ``python -m tests.conformance --write`` and compared
at every run of the tests), the tables of names in which the compiler itself looks, and the rules of
``tests/standin/unobserved``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from couponry_standin.session.procedures import SYSTEM
from couponry_standin.tsql.builtins import BUILTINS
from couponry_standin.tsql.system_views import SYSTEM_VIEWS
from tests.conformance import cases, locking, report
from tests.conformance.cases import Case, Subject
from tests.conformance.locking import Turn
from tests.standin.unobserved import rules
from tests.standin.unobserved.rule import Rule

ROOT = Path(__file__).resolve().parents[1]
PROTOCOL = {
    *("sp_prepare", "sp_prepexec", "sp_prepexecrpc", "sp_execute", "sp_unprepare"),
    *("sp_describe_first_result_set", "sp_describe_undeclared_parameters"),
    *("sp_getapplock", "sp_releaseapplock"),
}
"""System procedures that are no batches of their own."""

NAMES = "<!-- names: begin -->", "<!-- names: end -->"
UNSEEN = "<!-- unseen: begin -->", "<!-- unseen: end -->"
INTERNAL = {"SET_SESSION_CONTEXT"}
"""What a system procedure stands on; SQL Server has no such function."""


def every() -> list[Subject]:
    return [*cases.subjects(), *locking.subjects()]


def anchor(title: str) -> str:
    """The fragment that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


# ---------------------------------------------------------------- docs/conformance.md


def conformance_page(subjects: list[Subject], answers: dict[str, str]) -> Iterator[str]:
    total = sum(len(subject.cases) for subject in subjects)
    yield "# Conformance, case by case"
    yield ""
    yield "Written by `make fix` from `tests/conformance`; tests hold it current. Each line is the"
    yield f"name of a script, {total} in all; what SQL Server answers to it was written down from"
    yield "its documentation, and the stand-in answers the same. Where it does not, the script"
    yield "stands here with SQL Server's answer (`-->`) and the stand-in's;"
    yield "[standin.md](standin.md#the-subset) says why."
    for subject in subjects:
        yield from subject_section(subject, answers)


def subject_section(subject: Subject, answers: dict[str, str]) -> Iterator[str]:
    passed = [case for case in subject.cases if not case.refused and not case.differs]
    differing = [case for case in subject.cases if case.differs and not case.refused]
    refused = [case for case in subject.cases if case.refused]
    yield ""
    yield f"## {subject.title}"
    yield ""
    yield from (f"* {prose(case.name)}" for case in passed)
    for title, marked in (("Differs", differing), ("Refused", refused)):
        for case in marked:
            yield ""
            yield f"**{title}:** {prose(case.name)} ({case.differs or case.refused})"
            yield ""
            yield "```sql"
            yield from script(case)
            yield "```"
            yield ""
            yield f"Here: {prose(answered(case, answers))}"


def answered(case: Case, answers: dict[str, str]) -> str:
    text = answers.get(case.identifier, "not known yet")
    return re.sub(r" It refuses what .*", "", text)


def script(case: Case) -> Iterator[str]:
    for number, step in enumerate(case.steps):
        if not isinstance(step, Turn):
            if number:
                yield "GO"
            yield from step.batch.strip("\n").split("\n")
            continue
        if step.session:
            yield f"-- session {step.session}{' goes on' if step.goes_on else ''}"
        yield from step.batch.strip("\n").split("\n")
        if step.waits_for:
            yield f"--> waits for {step.waits_for}"


def prose(text: str) -> str:
    """Text of a case as Markdown leaves it alone."""
    return re.sub(r"([\\`*_<>\[\]#|~])", r"\\\1", text)


# ---------------------------------------------------------------- the parts of docs/standin.md


def names_part() -> Iterator[str]:
    """What exists by name, as the compiler looks it up."""
    variables = sorted(name for name in BUILTINS if name.startswith("@@"))
    functions = sorted(set(BUILTINS) - set(variables) - INTERNAL)
    refused = [name for name in functions if BUILTINS[name].refused]
    yield "| | |"
    yield "| --- | --- |"
    yield row("Functions", [name for name in functions if not BUILTINS[name].refused])
    yield row("Functions that are known and refused", refused)
    yield row("Variables", variables)
    yield row("System procedures", sorted({*SYSTEM, *PROTOCOL}))
    yield row("Catalogue views", sorted(SYSTEM_VIEWS))


def unseen_part() -> Iterator[str]:
    """How it is known of each difference that couponry does not see it."""
    yield "| Differs | couponry |"
    yield "| --- | --- |"
    for each in (*rules.RULES, *rules.TOLD):
        why = in_words(each) if isinstance(each, Rule) else each.why
        yield f"| {'; '.join(each.quotes)} | {why} |"


def in_words(rule: Rule) -> str:
    """What couponry avoids, and the scripts that do not, a reason once."""
    by_reason: dict[str, list[str]] = {}
    for name, why in rule.seen.items():
        by_reason.setdefault(why, []).append(f"`{Path(name).stem}`")
    listed = "; ".join(f"{', '.join(names)}: {why}" for why, names in by_reason.items())
    return f"{rule.avoids} But {listed}." if listed else rule.avoids


def row(title: str, names: list[str]) -> str:
    return f"| {title} | {', '.join(f'`{name}`' for name in names)} |"


def between(text: str, begin: str, end: str, lines: Iterator[str] | list[str]) -> str:
    first, found, rest = text.partition(begin)
    _, closed, last = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no part between {begin} and {end}")
    return f"{first}{begin}\n" + "\n".join(lines) + f"\n{end}{last}"


def pages() -> dict[Path, str]:
    subjects = every()
    text = report.DOCUMENT.read_text("utf-8")
    text = between(text, report.BEGIN, report.END, summary(subjects))
    text = between(text, *NAMES, names_part())
    text = between(text, *UNSEEN, unseen_part())
    return {
        ROOT / "docs" / "conformance.md": "\n".join(conformance_page(subjects, report.answers()))
        + "\n",
        report.DOCUMENT: text,
    }


def summary(subjects: list[Subject]) -> list[str]:
    """The table of outcomes; each subject leads to its cases, each mark to what it means."""
    head, rule, *rows, total = report.marked(subjects).split("\n")
    lines = [f"{head} how it differs, what is refused |", f"{rule} --- |"]
    for subject, line in zip(subjects, rows, strict=True):
        link = f"[{subject.title}](conformance.md#{anchor(subject.title)})"
        lines.append(f"{line.replace(subject.title, link, 1)} {'; '.join(marks(subject))} |")
    return [*lines, f"{total} |"]


def marks(subject: Subject) -> Iterator[str]:
    """Each reason once, with the cases that have it."""
    found: dict[str, list[str]] = {}
    for case in subject.cases:
        for word in (case.differs, case.refused and f"{case.refused} is refused"):
            if word:
                found.setdefault(word, []).append(case.name)
    for word, named in found.items():
        shown = "" if word.endswith("is refused") else f" ({', '.join(map(prose, named))})"
        yield f"{word}{shown}"


def main() -> int:
    stale = {
        page: text
        for page, text in pages().items()
        if not page.exists() or page.read_text("utf-8") != text
    }
    for page, text in stale.items():
        if "--check" in sys.argv[1:]:
            print(f"out of date: {page.relative_to(ROOT)}; make fix writes it")
        else:
            page.write_text(text, "utf-8")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    raise SystemExit(main())
