"""couponry health: the database, the queues, and jobs that are late."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from couponry_cli import health
from couponry_cli.main import couponry
from couponry_jobs.connection import Database, ResultSet
from couponry_jobs.errors import PermissionDenied
from tests.endpoint import Target
from tests.jobs.post import Post, open_post

PUNCTUAL = ResultSet(("JobName",), ())


@pytest.fixture
def post(database: Target, opened: Database, storage: str) -> Iterator[Post]:
    with open_post(database, opened, storage) as made:
        yield made


def asked(environment: dict[str, str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and the checks by their names."""
    arguments = ["health", "--format", "json", "--quiet"]
    done = CliRunner(env=environment).invoke(couponry, arguments)
    rows, _ = json.JSONDecoder().raw_decode(done.stdout)
    return done.exit_code, {row["checkName"]: row for row in rows}


def jobs_are(monkeypatch: pytest.MonkeyPatch, found: ResultSet | Exception) -> None:
    def select(*_: object, **__: object) -> ResultSet:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(health.views, "select", select)


def test_queues_that_answer_are_healthy_and_missing_ones_are_not(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs_are(monkeypatch, PUNCTUAL)
    right = post.environment()
    wrong = right | {"COUPONRY_POISON_QUEUE": "not-there"}

    healthy, checks = asked(right)
    ill, others = asked(wrong)

    assert (healthy, ill) == (0, 6)
    assert checks[f"queue {post.settings.queue}"]["passed"] is True
    assert others["queue not-there"]["detail"] == "queue not-there does not exist"


def test_a_late_job_is_named(database: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs_are(monkeypatch, ResultSet(("JobName",), (("cleanup",), ("snapshot",))))

    code, checks = asked(database.environment)

    assert code == 6
    assert checks["jobs"] == {"checkName": "jobs", "passed": False, "detail": "cleanup, snapshot"}


def test_who_may_not_read_about_jobs_is_not_told_of_them(
    database: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs_are(monkeypatch, PermissionDenied(229, "no SELECT on vw_JobStatus"))

    code, checks = asked(database.environment)

    assert code == 0
    assert "jobs" not in checks


def test_the_state_of_jobs_is_read_from_the_database(database: Target) -> None:
    code, checks = asked(database.environment)

    assert code == (0 if checks["jobs"]["passed"] else 6)
