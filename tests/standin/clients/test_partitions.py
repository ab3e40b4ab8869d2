"""couponry db partition meets a server that has no partitions."""

from __future__ import annotations

import pytest

from couponry_jobs import deployment
from couponry_jobs.connection import Database
from couponry_jobs.driver import find_driver
from couponry_jobs.errors import DeploymentError
from couponry_jobs.settings import Settings
from couponry_standin.clients import DRIVER
from tests.standin.session.engine import Engine

TABLE = "CREATE TABLE dbo.Kept (Id int NOT NULL CONSTRAINT PK_Kept PRIMARY KEY)"


def test_partitions_are_refused_by_name_and_nothing_is_left_behind(engine: Engine) -> None:
    with engine.database(TABLE) as name:
        settings = Settings(
            f"{engine.host},{engine.port}",
            name,
            auth="sql",
            user=engine.login,
            password=engine.password,
            driver=find_driver(DRIVER),
            insecure=True,
        )
        with Database(settings) as database:
            for _ in range(2):
                with pytest.raises(DeploymentError, match=r"CREATE PARTITION .*\(40517\)"):
                    deployment.partition(database, ["spring-26"])
            state = (
                "SELECT @@TRANCOUNT, @@LOCK_TIMEOUT, OBJECT_ID(N'tempdb..#Boundaries'),"
                " OBJECT_ID(N'dbo.Kept', N'U'),"
                " APPLOCK_MODE(N'public', N'couponry:deploy', N'Session');"
            )
            depth, wait, boundaries, kept, lock = database.execute(state)[0].rows[0]

    assert (depth, wait, boundaries, lock) == (0, -1, None, "NoLock")
    assert kept is not None
