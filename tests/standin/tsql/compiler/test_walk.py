"""Looking through a tree finds every node of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from couponry_jobs.scripts import read_scripts
from couponry_standin.tsql import tree
from couponry_standin.tsql.compiler import walk
from couponry_standin.tsql.parser import parse

BATCHES = [batch for script in read_scripts(None) for batch in script.batches]


def everything(root: Any) -> Iterator[tree.Node]:
    """Each node, whatever the fields are declared to hold."""
    if isinstance(root, (list, tuple)):
        for each in root:
            yield from everything(each)
    elif isinstance(root, tree.Node):
        yield root
        for field in fields(root):
            yield from everything(getattr(root, field.name))


def test_no_node_of_any_script_is_passed_over_and_the_outermost_come_first() -> None:
    for batch in BATCHES:
        root = parse(batch)

        assert [id(node) for node in walk.nodes(root)] == [id(node) for node in everything(root)]


@pytest.mark.parametrize(
    "text",
    [
        "MERGE dbo.A AS a USING dbo.B AS b ON a.Id = b.Id"
        " WHEN MATCHED THEN UPDATE SET V = b.V WHEN NOT MATCHED THEN INSERT (Id) VALUES (b.Id);",
        "WITH c AS (SELECT 1 AS n) SELECT p.x FROM c PIVOT (MAX(n) FOR n IN ([1])) AS p",
        "SELECT SUM(a) OVER (PARTITION BY b ORDER BY c) FROM OPENJSON(@j) WITH (a int '$.a') AS o",
        "DECLARE c CURSOR FOR SELECT 1; FETCH NEXT FROM c INTO @a; CLOSE c",
        "RAISERROR (N'%d', 16, 1, @a) WITH NOWAIT; WAITFOR DELAY '0:0:1'; KILL 53",
    ],
)
def test_nor_one_of_what_no_script_says(text: str) -> None:
    root = parse(text)

    assert [id(node) for node in walk.nodes(root)] == [id(node) for node in everything(root)]
