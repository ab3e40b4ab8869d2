"""Definitions in the normal form of SQL Server's catalogue."""

from __future__ import annotations

import pytest

from couponry_standin.tsql import tree
from couponry_standin.tsql.errors import NotSupported
from couponry_standin.tsql.parser import parse
from couponry_standin.tsql.unparse import definition


def read_condition(text: str) -> tree.Expr:
    [statement] = parse(f"IF {text} PRINT 1").statements
    assert isinstance(statement, tree.If)
    return statement.condition


def read_value(text: str) -> tree.Expr:
    [statement] = parse(f"PRINT {text}").statements
    assert isinstance(statement, tree.Print)
    return statement.expr


VALUES = [
    ("0", "((0))"),
    ("(0)", "((0))"),
    ("-1.5", "((-1.5))"),
    ("'it''s'", "('it''s')"),
    ("N'x'", "(N'x')"),
    ("NULL", "(NULL)"),
    ("SYSUTCDATETIME()", "(sysutcdatetime())"),
    ("CURRENT_TIMESTAMP", "(getdate())"),
    ("SUSER_SNAME()", "(suser_sname())"),
    ("CONVERT(date, GETDATE())", "(CONVERT([date],getdate()))"),
    ("CAST(a AS decimal(9, 2))", "(CONVERT([decimal](9,2),[a]))"),
    ("CONVERT(nvarchar(max), a, 126)", "(CONVERT([nvarchar](max),[a],(126)))"),
    ("a * (b + 1)", "([a]*([b]+(1)))"),
    ("(a * b) + 1", "([a]*[b]+(1))"),
    ("a - (b - c)", "([a]-([b]-[c]))"),
    ("a - -b", "([a]- -[b])"),
    ("CASE WHEN a > 1 THEN 'x' ELSE b END", "(case when [a]>(1) then 'x' else [b] end)"),
    ("DATEADD(dd, 1, a)", "(dateadd(day,(1),[a]))"),
    ("NEXT VALUE FOR dbo.s", "(NEXT VALUE FOR [dbo].[s])"),
    ("dbo.fn_X(a, 1)", "([dbo].[fn_X]([a],(1)))"),
    ("0xAB", "(0xAB)"),
    ("a COLLATE Latin1_General_BIN2", "([a] collate Latin1_General_BIN2)"),
]
CONDITIONS = [
    ("Qty > 0 AND Price >= 0", "([Qty]>(0) AND [Price]>=(0))"),
    ("(a = 1 OR b = 2) AND c = 3", "(([a]=(1) OR [b]=(2)) AND [c]=(3))"),
    ("a IN (N'x', N'y', N'z')", "([a]=N'z' OR [a]=N'y' OR [a]=N'x')"),
    ("a NOT IN (1, 2)", "(NOT ([a]=(2) OR [a]=(1)))"),
    ("a BETWEEN 1 AND 10", "([a]>=(1) AND [a]<=(10))"),
    ("a IS NULL OR ISJSON(a) = 1", "([a] IS NULL OR isjson([a])=(1))"),
    ("NOT (a = 1 AND b IS NOT NULL)", "(NOT ([a]=(1) AND [b] IS NOT NULL))"),
    ("a NOT LIKE N'%[^A-Z]%'", "([a] NOT like N'%[^A-Z]%')"),
    ("a LIKE 'x!%' ESCAPE '!'", "([a] like 'x!%' escape '!')"),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_values_have_their_normal_form(text: str, expected: str) -> None:
    assert definition(read_value(text)) == expected


@pytest.mark.parametrize(("text", "expected"), CONDITIONS)
def test_conditions_have_their_normal_form(text: str, expected: str) -> None:
    assert definition(read_condition(text)) == expected


@pytest.mark.parametrize("text", [normal for _, normal in VALUES])
def test_the_normal_form_of_a_value_is_t_sql_and_stays_as_it_is(text: str) -> None:
    assert definition(read_value(text)) == text


@pytest.mark.parametrize("text", [normal for _, normal in CONDITIONS])
def test_the_normal_form_of_a_condition_is_t_sql_and_stays_as_it_is(text: str) -> None:
    assert definition(read_condition(text)) == text


def test_a_query_is_no_definition() -> None:
    with pytest.raises(NotSupported):
        definition(read_condition("EXISTS (SELECT 1)"))
