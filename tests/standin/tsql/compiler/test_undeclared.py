"""The types that sp_describe_undeclared_parameters suggests."""

from __future__ import annotations

import pytest

from couponry_standin.tsql.parser import parse
from couponry_standin.tsql.undeclared import undeclared
from tests.standin.tsql.compiler.passes import catalog

CASES = [
    ("INSERT dbo.Item (Id, Name) VALUES (@P1, @P2)", ["int", "nvarchar(40)"]),
    ("INSERT dbo.Part VALUES (@P1, @P2)", ["int", "nvarchar(max)"]),
    ("INSERT dbo.Part (Note, ItemId) SELECT @P1, @P2", ["nvarchar(max)", "int"]),
    (
        "UPDATE dbo.Item SET Price = @P1 WHERE Id = @P2 AND Since >= @P3",
        ["decimal(9,2)", "int", "datetime2(3)"],
    ),
    ("DELETE dbo.Item WHERE Id IN (@P1, @P2)", ["int", "int"]),
    ("SELECT i.Id FROM dbo.Item AS i WHERE @P1 = i.Code", ["varchar(20)"]),
    ("SELECT Id FROM dbo.Item WHERE Name LIKE @P1", ["nvarchar(40)"]),
    ("SELECT Id FROM dbo.Item WHERE Price BETWEEN @P1 AND @P2", ["decimal(9,2)"] * 2),
    ("SELECT TOP (@P1) Id FROM dbo.Item ORDER BY Id", ["bigint"]),
    ("SELECT CAST(@P1 AS date), @P2 + 1", ["date", "int"]),
    ("SELECT @P1", ["nvarchar(4000)"]),
    ("DECLARE @x int = 1; SELECT Id FROM dbo.Item WHERE Id = @x", []),
]


@pytest.mark.parametrize(("text", "types"), CASES, ids=[text for text, _ in CASES])
def test_a_variable_takes_the_type_of_its_place(text: str, types: list[str]) -> None:
    found = undeclared(parse(text), catalog())

    assert [name for name, _ in found] == [f"@P{number}" for number in range(1, len(types) + 1)]
    assert [str(type_) for _, type_ in found] == types
