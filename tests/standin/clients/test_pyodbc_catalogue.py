"""What Microsoft's ODBC driver asks the catalogue for Python programs."""

from __future__ import annotations

import pyodbc


def test_tables_and_columns_are_listed(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()

    tables = [row.table_name for row in cursor.tables(tableType="TABLE", schema="dbo")]
    columns = [(row.column_name, row.type_name) for row in cursor.columns(table="Part")]

    assert tables == ["Item", "Part"]
    assert columns == [
        ("PartId", "int identity"),
        ("ItemId", "int"),
        ("Note", "nvarchar"),
        ("Version", "timestamp"),
    ]


def test_keys_and_indexes_are_listed(connection: pyodbc.Connection) -> None:
    cursor = connection.cursor()

    keys = [(row.column_name, row.pk_name) for row in cursor.primaryKeys("Item")]
    foreign = [(row.fkcolumn_name, row.fk_name) for row in cursor.foreignKeys(foreignTable="Part")]
    indexes = [row.index_name for row in cursor.statistics("Item") if row.index_name]

    assert keys == [("Id", "PK_Item")]
    assert foreign == [("ItemId", "FK_Part_Item")]
    assert indexes == ["PK_Item"]


def test_procedures_are_listed(connection: pyodbc.Connection) -> None:
    assert [row.procedure_name for row in connection.cursor().procedures()] == ["Add2;1"]


def test_parameters_of_a_procedure_are_listed(connection: pyodbc.Connection) -> None:
    rows = connection.cursor().procedureColumns(procedure="Add2").fetchall()

    assert [(row.column_name, row.column_type, row.type_name) for row in rows] == [
        ("@RETURN_VALUE", 5, "int"),
        ("@a", 1, "int"),
        ("@b", 1, "int"),
        ("@c", 2, "int"),
    ]


def test_the_server_names_itself(connection: pyodbc.Connection) -> None:
    assert connection.getinfo(pyodbc.SQL_DBMS_NAME) == "couponry stand-in"
    assert connection.getinfo(pyodbc.SQL_DATABASE_NAME).startswith("test_")
