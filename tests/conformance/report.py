"""The table of outcomes by subject, as it is printed and as it stands in the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.conformance.cases import Subject
from tests.conformance.running import DIFFERENT, FAILED, PASSED, REFUSED

DOCUMENT = Path(__file__).parents[2] / "docs" / "standin.md"
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


def written() -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def write(new: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{new}\n{END}{after}", encoding="utf-8")
