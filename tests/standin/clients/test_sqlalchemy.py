"""SQLAlchemy over ODBC: its dialect asks the server about itself, and much about tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.standin.session.engine import Engine

METADATA = sa.MetaData()
ITEM = sa.Table(
    "Item",
    METADATA,
    sa.Column("Id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("Name", sa.Unicode(20)),
    sa.Column("Price", sa.Numeric(9, 2)),
    sa.Column("Since", sa.DateTime),
    schema="dbo",
)
PART = sa.Table(
    "Part",
    METADATA,
    sa.Column("PartId", sa.Integer, primary_key=True),
    sa.Column("ItemId", sa.Integer, nullable=False),
    sa.Column("Note", sa.UnicodeText),
    schema="dbo",
)


@pytest.fixture
def alchemy(engine: Engine, database: str) -> Iterator[sa.Engine]:
    url = sa.URL.create("mssql+pyodbc", query={"odbc_connect": engine.odbc_text(database)})
    made = sa.create_engine(url, pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def test_rows_are_inserted_changed_and_read(alchemy: sa.Engine) -> None:
    since = datetime(2024, 5, 6, 7, 8, 9)
    with alchemy.begin() as connection:
        connection.execute(
            sa.insert(ITEM),
            [
                {"Id": 1, "Name": "one", "Price": Decimal("1.25"), "Since": since},
                {"Id": 2, "Name": None, "Price": None, "Since": None},
            ],
        )
        connection.execute(sa.update(ITEM).where(ITEM.c.Id == 2).values(Name="two"))

    with alchemy.connect() as connection:
        rows = connection.execute(sa.select(ITEM).order_by(ITEM.c.Id)).all()

    assert rows == [(1, "one", Decimal("1.25"), since), (2, "two", None, None)]


def test_a_generated_key_comes_back(alchemy: sa.Engine) -> None:
    with alchemy.begin() as connection:
        connection.execute(sa.insert(ITEM).values(Id=1))
        result = connection.execute(sa.insert(PART).values(ItemId=1, Note="n" * 5000))
        [key] = result.inserted_primary_key

    with alchemy.connect() as connection:
        assert connection.scalar(sa.select(PART.c.PartId)) == key


def test_an_exception_rolls_back(alchemy: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), alchemy.begin() as connection:
        connection.execute(sa.insert(ITEM).values(Id=1))
        connection.execute(sa.insert(ITEM).values(Id=1))

    with alchemy.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(ITEM)) == 0


def test_a_nested_transaction_is_a_savepoint(alchemy: sa.Engine) -> None:
    with alchemy.begin() as connection:
        connection.execute(sa.insert(ITEM).values(Id=1))
        with connection.begin_nested() as inner:
            connection.execute(sa.insert(ITEM).values(Id=2))
            inner.rollback()

    with alchemy.connect() as connection:
        assert connection.scalars(sa.select(ITEM.c.Id)).all() == [1]


def test_limits_joins_and_groups(alchemy: sa.Engine) -> None:
    with alchemy.begin() as connection:
        connection.execute(sa.insert(ITEM), [{"Id": number} for number in range(1, 6)])
        connection.execute(sa.insert(PART), [{"ItemId": number % 2 + 1} for number in range(5)])
    joined = (
        sa.select(ITEM.c.Id, sa.func.count(PART.c.PartId).label("n"))
        .join(PART, PART.c.ItemId == ITEM.c.Id)
        .group_by(ITEM.c.Id)
        .order_by(sa.desc("n"))
    )

    with alchemy.connect() as connection:
        assert connection.execute(joined).all() == [(1, 3), (2, 2)]
        paged = sa.select(ITEM.c.Id).order_by(ITEM.c.Id).offset(1).limit(2)
        assert connection.scalars(paged).all() == [2, 3]


def test_a_pooled_connection_starts_anew(alchemy: sa.Engine) -> None:
    with alchemy.connect() as connection:
        connection.execute(sa.insert(ITEM).values(Id=1))

    with alchemy.connect() as connection:
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM dbo.Item")) == 0


def test_tables_are_reflected(alchemy: sa.Engine) -> None:
    inspector = sa.inspect(alchemy)

    columns = {each["name"]: each for each in inspector.get_columns("Part", schema="dbo")}

    assert inspector.get_table_names(schema="dbo") == ["Item", "Part"]
    assert isinstance(columns["Note"]["type"], sa.NVARCHAR)
    assert columns["PartId"]["autoincrement"]
    assert inspector.get_pk_constraint("Item", schema="dbo")["constrained_columns"] == ["Id"]
    [foreign] = inspector.get_foreign_keys("Part", schema="dbo")
    assert foreign["constrained_columns"] == ["ItemId"]
    assert foreign["referred_table"] == "Item"


def test_a_table_is_created_and_dropped(alchemy: sa.Engine) -> None:
    table = sa.Table(
        "Fresh",
        sa.MetaData(),
        sa.Column("Id", sa.Integer, primary_key=True),
        sa.Column("Text", sa.Unicode(30), nullable=False, unique=True),
        sa.Column("Kept", sa.Boolean, server_default=sa.text("1")),
    )

    table.create(alchemy)

    with alchemy.begin() as connection:
        connection.execute(sa.insert(table).values(Text="a"))
        assert connection.execute(sa.select(table.c.Text, table.c.Kept)).all() == [("a", True)]
    table.drop(alchemy)
    assert not sa.inspect(alchemy).has_table("Fresh")


def test_the_isolation_level_is_known(alchemy: sa.Engine) -> None:
    with alchemy.connect() as connection:
        assert connection.get_isolation_level() == "READ COMMITTED"
    with alchemy.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.insert(ITEM).values(Id=1))

    with alchemy.connect() as connection:
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM dbo.Item")) == 1


def test_objects_are_mapped(alchemy: sa.Engine) -> None:
    class Base(DeclarativeBase):
        pass

    class Note(Base):
        __tablename__ = "MappedNote"
        id: Mapped[int] = mapped_column(primary_key=True)
        text: Mapped[str | None] = mapped_column(sa.Unicode(20))
        written: Mapped[datetime] = mapped_column(server_default=sa.func.sysutcdatetime())

    Base.metadata.create_all(alchemy)
    with Session(alchemy) as session:
        session.add_all([Note(text=f"note {number}") for number in range(5)])
        session.commit()
        first = session.scalars(sa.select(Note).order_by(Note.id)).first()
        assert first is not None
        first.text = "changed"
        session.delete(session.scalars(sa.select(Note).where(Note.text == "note 4")).one())
        session.commit()

        assert session.scalars(sa.select(Note.text).order_by(Note.id)).all() == [
            "changed",
            "note 1",
            "note 2",
            "note 3",
        ]
    Base.metadata.drop_all(alchemy)


def test_many_rows_get_their_keys_in_one_statement(alchemy: sa.Engine) -> None:
    statements: list[str] = []
    sa.event.listen(
        alchemy, "before_cursor_execute", lambda *given: statements.append(str(given[2]))
    )
    with alchemy.begin() as connection:
        connection.execute(sa.insert(ITEM), [{"Id": 1}])
        statements.clear()
        keys = connection.scalars(
            sa.insert(PART).returning(PART.c.PartId, sort_by_parameter_order=True),
            [{"ItemId": 1, "Note": f"note {number}"} for number in range(700)],
        ).all()

    with alchemy.connect() as connection:
        notes = connection.execute(sa.select(PART.c.Note).order_by(PART.c.PartId)).scalars().all()
    assert sum(text.startswith("INSERT") for text in statements) < 5
    assert keys == sorted(keys)
    assert notes == [f"note {number}" for number in range(700)]


@pytest.mark.parametrize(
    "level",
    ["READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE", "SNAPSHOT"],
)
def test_an_isolation_level_is_set_and_set_back(alchemy: sa.Engine, level: str) -> None:
    if level == "SNAPSHOT":
        with alchemy.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            allow = "ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON"
            connection.execute(sa.text(allow))

    with alchemy.connect().execution_options(isolation_level=level) as connection:
        assert connection.get_isolation_level() == level
        connection.execute(sa.insert(ITEM).values(Id=1))
        assert connection.scalars(sa.select(ITEM.c.Id)).all() == [1]
        connection.commit()

    with alchemy.connect() as connection:
        assert connection.get_isolation_level() == "READ COMMITTED"


def test_fast_executemany_through_the_engine(engine: Engine, database: str) -> None:
    url = sa.URL.create("mssql+pyodbc", query={"odbc_connect": engine.odbc_text(database)})
    fast = sa.create_engine(url, fast_executemany=True)
    with fast.begin() as connection:
        connection.execute(
            sa.insert(ITEM), [{"Id": number, "Name": f"n{number}"} for number in range(500)]
        )

    with fast.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(ITEM)) == 500
    fast.dispose()


def test_pymssql_and_a_change_of_length_under_a_default(engine: Engine, database: str) -> None:
    """SQLAlchemy reads the version from @@VERSION; Alembic widens columns that have defaults."""
    host = f"{engine.host}:{engine.port}"
    made = sa.create_engine(f"mssql+pymssql://{engine.login}:{engine.password}@{host}/{database}")
    with made.begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE dbo.Widened (A varchar(3) CONSTRAINT DF_Widened DEFAULT 'q')")
        )
        connection.execute(sa.text("ALTER TABLE dbo.Widened ALTER COLUMN A varchar(30)"))
        connection.execute(sa.text("INSERT dbo.Widened DEFAULT VALUES"))
        connection.execute(sa.text("INSERT dbo.Widened (A) VALUES (:a)"), {"a": "longer than 3"})
        found = connection.execute(sa.text("SELECT A FROM dbo.Widened")).scalars().all()
        with pytest.raises(sa.exc.DBAPIError, match="5074"):
            connection.execute(sa.text("ALTER TABLE dbo.Widened ALTER COLUMN A int"))
    with made.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS dbo.Widened"))
    made.dispose()

    assert made.dialect.server_version_info is not None
    assert found == ["q", "longer than 3"]
