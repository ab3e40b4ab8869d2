"""Whatever text a client sends: rows, an error of SQL Server's, or a refusal that says where."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from tests.standin.fuzz import seeds
from tests.standin.fuzz.catalogue import FORMS
from tests.standin.fuzz.judge import wrong
from tests.standin.fuzz.language import Fuzzer, cases, shop
from tests.standin.session.engine import Engine
from tests.standin.session.wire import Message

CASES = 240
"""Always the same ones; `make fuzz` has others each time."""


def test_texts_that_nobody_would_write_are_answered_in_sql_servers_words(engine: Engine) -> None:
    corpus = [seeds.Seed(text) for text in seeds.TEXTS]

    with shop(engine) as database:
        # None of these runs for ever, so that the patience costs nothing.
        fuzzer = Fuzzer(engine, database, patience=120)
        figures = fuzzer.run(islice(cases(corpus, Random(1), generated=0.4), CASES))

    assert [f"{each.kind}: {each.text}" for each in figures.findings] == []
    assert (figures.cases, figures.cancelled) == (CASES, 0)
    assert figures.answered > CASES // 20
    assert len(figures.numbers) > 20


def test_a_text_behind_a_cancelled_one_is_judged_by_its_own_answer(engine: Engine) -> None:
    with shop(engine) as database:
        fuzzer = Fuzzer(engine, database, patience=0.2)
        assert fuzzer.one(seeds.Seed("WAITFOR DELAY '01:00:00'")) is None
        fuzzer.patience = 120
        assert fuzzer.one(seeds.Seed("SELECT 1 / 0")) is None
        fuzzer.close()

    assert (fuzzer.figures.cancelled, list(fuzzer.figures.numbers)) == (1, [8134])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (208, 'relation "thing" does not exist'),
        (207, "Invalid column name 'x'"),
        (8114, "invalid input syntax for type integer: 'x'"),
        (102, "syntax error at or near 'x'"),
        (596, "The session was ended by an internal error of the stand-in."),
        (8630, "Internal Query Processor Error."),
        (245, "ValueError: invalid literal for int()"),
        (49_999, "No such number."),
        (40517, "The stand-in does not support this (line 1, column 2). It refuses …"),
        (40517, "The stand-in does not support this. It refuses …"),
        (40517, "PIVOT is not supported"),
    ],
)
def test_the_judge_knows_foreign_words(number: int, text: str) -> None:
    # The judge of the test above notices what it is there for.
    is_placed = "(line 1, column 2)" in text

    assert bool(wrong(Message(number, 16, 1, text, "", 1), "SELECT 1", FORMS)) is not is_placed
