from __future__ import annotations

from couponry_jobs.scripts import Kind, Script, in_order, read_scripts, scripts_root, split_batches


def script(name: str, text: str = "", kind: Kind = Kind.SCHEMA) -> Script:
    return Script(name, kind, text)


def names(scripts: list[Script]) -> list[str]:
    return [one.object_name for one in in_order(scripts)]


def test_go_lines_part_batches() -> None:
    assert split_batches("A\nGO\nB\n go \nC\nGO -- done\n") == ["A", "B", "C\n"[:-1]]


def test_a_go_inside_a_comment_or_a_string_does_not_part() -> None:
    text = "/* one\nGO\n/* two */\nGO */ SELECT N'a\nGO\nb', [x\nGO\ny]"

    assert split_batches(text) == [text]


def test_a_batch_of_nothing_but_comments_is_left_out() -> None:
    assert split_batches("-- nothing\nGO\n/* here */\nGO\nSELECT 1") == ["SELECT 1"]


def test_windows_line_ends_part_as_well() -> None:
    assert [batch.strip() for batch in split_batches("A\r\nGO\r\nB\r\n")] == ["A", "B"]


def test_a_table_comes_after_those_it_refers_to() -> None:
    ordered = names(
        [
            script("Child.sql", "REFERENCES dbo.Parent (Id)"),
            script("Other.sql"),
            script("Parent.sql", "REFERENCES [dbo].[Grand]".replace("[dbo]", "dbo")),
            script("Grand.sql"),
        ]
    )

    assert ordered == ["Other", "Grand", "Parent", "Child"]


def test_a_name_in_a_comment_is_no_reference() -> None:
    ordered = names([script("A.sql", "-- dbo.B\n/* dbo.B */ PRINT 'dbo.B'"), script("B.sql")])

    assert ordered == ["A", "B"]


def test_procedures_that_call_each_other_in_a_circle_are_still_deployed() -> None:
    ordered = names(
        [
            script("p/sp_A.sql", "EXEC dbo.sp_B", Kind.CODE),
            script("p/sp_B.sql", "EXEC dbo.sp_A", Kind.CODE),
        ]
    )

    assert ordered == ["sp_A", "sp_B"]


def test_the_ledger_of_the_deployment_is_the_first_of_all() -> None:
    assert names([script("Alpha.sql"), script("SchemaVersions.sql")])[0] == "SchemaVersions"


def test_grants_come_last() -> None:
    ordered = names(
        [
            script("sp_A.sql", "SELECT 1", Kind.CODE),
            script("sp_B.sql", "EXEC dbo.sp_A", Kind.CODE),
            script("grants.sql", "GRANT EXECUTE ON dbo.sp_B TO r", Kind.REPEATABLE),
        ]
    )

    assert ordered[-1] == "grants"


def test_line_ends_do_not_change_a_checksum() -> None:
    assert script("a", "x\ny").checksum == script("a", "x\r\ny").checksum


def test_the_scripts_of_the_project_are_all_found_once() -> None:
    found = read_scripts()

    assert len({one.name for one in found}) == len(found)
    assert found[0].object_name == "SchemaVersions"
    assert all(one.batches for one in found)


def test_every_script_of_the_project_is_in_the_manifest() -> None:
    root = scripts_root()
    listed = {one.name for one in read_scripts()}
    there = {
        file.relative_to(root).as_posix()
        for folder in ("sql", "procedures", "views")
        for file in (root / folder).rglob("*.sql")
    }

    # Samples and options are for those who ask, migrations for databases older than a script.
    later = {
        name for name in there if name.startswith(("sql/seed/", "sql/migrations/", "sql/optional/"))
    }
    assert there - listed <= later
