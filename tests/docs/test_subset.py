"""What is generated about the stand-in is current, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.subset import anchor, every, pages, prose
from tests.conformance import report

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", ["conformance.md", "standin.md"])
def test_a_generated_page_is_what_the_cases_and_the_compiler_give(name: str) -> None:
    page = DOCS / name

    assert page.read_text("utf-8") == pages()[page], "make fix writes it anew"


def test_every_subject_of_the_table_leads_to_its_cases() -> None:
    page = (DOCS / "conformance.md").read_text("utf-8")
    headings = {anchor(title) for title in re.findall(r"^## (.+)$", page, re.MULTILINE)}

    wanted = re.findall(r"\(conformance\.md#([^)]+)\)", report.DOCUMENT.read_text("utf-8"))

    assert len(wanted) == len(every())
    assert set(wanted) <= headings


def test_every_case_stands_on_the_page_with_what_is_answered_instead() -> None:
    page = (DOCS / "conformance.md").read_text("utf-8")
    cases = [case for subject in every() for case in subject.cases]

    missing = [case.identifier for case in cases if prose(case.name) not in page]

    assert missing == []
    assert page.count("\nHere: ") == sum(case.is_marked for case in cases)
    assert "not known yet" not in page
