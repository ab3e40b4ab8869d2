from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
VARIABLE = re.compile(r"COUPONRY_[A-Z_]+[A-Z]")


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    read = set(VARIABLE.findall((ROOT / "jobs/couponry_jobs/settings.py").read_text("utf-8")))
    documented = set(VARIABLE.findall((ROOT / "docs/operations.md").read_text("utf-8")))

    assert documented == read


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
