"""Rows of views, procedures and functions: what CREATE, ALTER and CREATE OR ALTER do to them."""

from __future__ import annotations

import pytest

from couponry_standin.tsql import tree
from couponry_standin.tsql.ddl import Sql, object_steps
from couponry_standin.tsql.errors import SqlError
from couponry_standin.tsql.parser import parse
from tests.standin.tsql.ddl.paper import Paper


def read(text: str) -> tree.Module:
    [statement] = parse(text).statements
    assert isinstance(statement, tree.Module)
    return statement


def steps(paper: Paper, text: str, type_: str) -> list[Sql]:
    made = object_steps(read(text), type_, {"columns": []}, paper.catalog)
    for step in made:
        paper.apply(step)
    return made


def test_create_inserts_and_alter_updates() -> None:
    paper = Paper()

    [insert] = steps(paper, "CREATE VIEW dbo.V AS SELECT 1 AS a", "V")
    [update] = steps(paper, "ALTER VIEW v AS SELECT 2 AS a", "V")
    [again] = steps(paper, "CREATE OR ALTER VIEW V AS SELECT 3 AS a", "V")

    assert insert.params[:4] == ("dbo", "V", "V", "CREATE VIEW dbo.V AS SELECT 1 AS a")
    assert update.params[:3] == ("100", "V", "ALTER VIEW v AS SELECT 2 AS a")
    assert again.params[0] == "100"


@pytest.mark.parametrize(
    ("text", "type_", "number"),
    [
        ("CREATE VIEW V AS SELECT 1 AS a", "V", 2714),
        ("CREATE PROCEDURE V AS SELECT 1", "P", 2714),
        ("ALTER VIEW Nothing AS SELECT 1 AS a", "V", 208),
        ("CREATE OR ALTER PROCEDURE V AS SELECT 1", "P", 2010),
        ("ALTER PROCEDURE V AS SELECT 1", "P", 2010),
    ],
)
def test_verbs_that_do_not_fit(text: str, type_: str, number: int) -> None:
    paper = Paper()
    steps(paper, "CREATE VIEW dbo.V AS SELECT 1 AS a", "V")

    with pytest.raises(SqlError) as caught:
        steps(paper, text, type_)

    assert caught.value.number == number
