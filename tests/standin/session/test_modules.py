"""What the catalogue knows of a module's options."""

from __future__ import annotations

from tests.standin.session.engine import Engine

BOUND = "CREATE VIEW dbo.Bound WITH SCHEMABINDING AS SELECT Id FROM dbo.T"
CHECKED = "CREATE VIEW dbo.Checked AS SELECT Id FROM dbo.T WHERE Id > 0 WITH CHECK OPTION"
FRESH = "CREATE PROCEDURE dbo.Fresh WITH RECOMPILE AS SELECT 1 AS one"


def test_modules_tell_with_which_options_they_were_made(engine: Engine) -> None:
    with (
        engine.database("CREATE TABLE dbo.T (Id int NOT NULL)", BOUND, CHECKED, FRESH) as name,
        engine.wire(name) as wire,
    ):
        options = (
            "SELECT OBJECT_NAME(object_id), is_schema_bound, is_recompiled FROM sys.sql_modules"
            " ORDER BY 1"
        )
        assert wire.batch(options).rows == [
            ("Bound", "1", "0"),
            ("Checked", "0", "0"),
            ("Fresh", "0", "1"),
        ]
        assert wire.batch("SELECT name, with_check_option FROM sys.views ORDER BY 1").rows == [
            ("Bound", "0"),
            ("Checked", "1"),
        ]
        checked = "SELECT TABLE_NAME, CHECK_OPTION FROM INFORMATION_SCHEMA.VIEWS ORDER BY 1"
        assert wire.batch(checked).rows == [("Bound", "NONE"), ("Checked", "CASCADE")]
        bound = "SELECT OBJECTPROPERTY(OBJECT_ID(N'dbo.Bound'), N'IsSchemaBound')"
        assert wire.batch(bound).rows == [("1",)]

        assert wire.batch("ALTER VIEW dbo.Bound AS SELECT Id FROM dbo.T").errors == []
        assert wire.batch(bound).rows == [("0",)]
