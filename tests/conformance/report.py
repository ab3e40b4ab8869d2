"""The table of outcomes by subject, as it is printed and as it stands in the documentation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.conformance.cases import Case, Subject
from tests.conformance.running import DIFFERENT, FAILED, PASSED, REFUSED, Verdict

DOCUMENT = Path(__file__).parents[2] / "docs" / "standin.md"
ANSWERS = Path(__file__).with_name("answers.json")
BEGIN, END = "<!-- conformance: begin -->", "<!-- conformance: end -->"


def table(subjects: list[Subject], counts: Mapping[str, Counter[str]]) -> str:
    """Markdown: a line a subject; ``failed`` appears only when something did."""
    outcomes = [PASSED, REFUSED, DIFFERENT]
    if any(each[FAILED] for each in counts.values()):
        outcomes.append(FAILED)
    lines = [f"| Subject | {' | '.join(outcomes)} |", "| --- " + "| ---: " * len(outcomes) + "|"]
    total: Counter[str] = Counter()
    for subject in subjects:
        count = counts[subject.key]
        total += count
        lines.append(_line(subject.title, count, outcomes))
    lines.append(_line("**all**", total, outcomes))
    return "\n".join(lines)


def _line(title: str, count: Counter[str], outcomes: list[str]) -> str:
    return f"| {title} | {' | '.join(str(count[each]) for each in outcomes)} |"


def marked(subjects: list[Subject]) -> str:
    """The table as the marks in the cases have it: it is true when no case fails."""
    counts: dict[str, Counter[str]] = {}
    for subject in subjects:
        counts[subject.key] = Counter(
            REFUSED if case.refused else DIFFERENT if case.differs else PASSED
            for case in subject.cases
        )
    return table(subjects, counts)


def answers() -> dict[str, str]:
    """What the stand-in answered to the marked cases, by their identifiers."""
    found: dict[str, str] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return found


def keep(found: dict[str, str]) -> None:
    """Remember what was answered to the marked cases."""
    text = json.dumps(found, indent=2, ensure_ascii=False, sort_keys=True)
    ANSWERS.write_text(text + "\n", encoding="utf-8")


def changed(case: Case, verdict: Verdict) -> str:
    """How the answer to a marked case is another than the one in the documents, '' if it is not."""
    if verdict.outcome not in (REFUSED, DIFFERENT):
        return ""
    known = answers().get(case.identifier, "nothing yet")
    if known == verdict.answered:
        return ""
    return f"answered {verdict.answered}\nwritten down: {known}\nrenew it by --write"
