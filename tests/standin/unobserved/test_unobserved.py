"""No script and no client of couponry can observe a difference of the stand-in."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conformance import cases, locking, report
from tests.standin.unobserved import rules
from tests.standin.unobserved.corpus import script, scripts
from tests.standin.unobserved.rule import Rule, Told

NAMED = [pytest.param(each, id=each.meets.__name__) for each in rules.RULES]


@pytest.mark.parametrize("rule", NAMED)
def test_no_script_meets_it_but_those_that_are_listed(rule: Rule) -> None:
    met = {each.name: place.line for each in scripts() for place in list(rule.meets(each))[:1]}

    unexpected = {name: line for name, line in met.items() if name not in rule.seen}
    stale = set(rule.seen) - set(met)
    assert unexpected == {}, rule.avoids
    assert stale == set()


@pytest.mark.parametrize("rule", NAMED)
def test_a_script_that_sees_the_difference_is_found(rule: Rule) -> None:
    assert list(rule.meets(script("planted", rule.breaks)))
    assert not list(rule.meets(script("planted", rule.keeps)))


def test_every_difference_of_the_page_has_a_rule() -> None:
    said = [quote for each in every() for quote in each.quotes]

    unsaid = [
        sentence for sentence in differences() if not any(quote in sentence for quote in said)
    ]

    assert unsaid == []


def test_every_rule_is_about_a_difference_of_the_page() -> None:
    sentences = list(differences())

    stale = [
        quote
        for each in every()
        for quote in each.quotes
        if not any(quote in sentence for sentence in sentences)
    ]

    assert stale == []


def test_every_case_that_is_marked_is_about_a_difference_with_a_rule() -> None:
    marks = {
        case.differs
        for subject in [*cases.subjects(), *locking.subjects()]
        for case in subject.cases
        if case.differs
    }

    said = [quote for each in every() for quote in each.quotes]
    unruled = [mark for mark in marks if not any(mark in quote or quote in mark for quote in said)]

    assert unruled == []


def every() -> list[Rule | Told]:
    return [*rules.RULES, *rules.TOLD]


def differences() -> Iterator[str]:
    """The sentences of the rows that are titled Differs, and of those below without a title."""
    text = report.DOCUMENT.read_text("utf-8")
    written = re.sub(r"<!-- (\w+): begin -->.*?<!-- \1: end -->", "", text, flags=re.DOTALL)
    differs = False
    for line in written.split("\n"):
        found = re.fullmatch(r"\|(?: (\w[\w ]*))? \| (.*) \|", line)
        if found is None:
            differs = False
            continue
        differs = found[1] == "Differs" or (differs and not found[1])
        if differs:
            yield from re.split(r"(?<=\.) (?=[A-Z`])", found[2])
