from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner, Result

from couponry_cli.main import couponry
from tests.endpoint import Target


@dataclass(frozen=True, slots=True)
class Cli:
    """The command line, as a user of the shared database types it."""

    environment: dict[str, str]

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        return CliRunner(env=self.environment).invoke(couponry, list(arguments), input=stdin)

    def ok(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def data(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--format", "json"))


@pytest.fixture
def cli(database: Target) -> Cli:
    return Cli({**database.environment, "COUPONRY_LOG_LEVEL": "ERROR"})


@pytest.fixture
def offline() -> Cli:
    """Nothing is configured: what can be refused without a database is."""
    names = ("SERVER", "DATABASE", "AUTH", "USER", "PASSWORD")
    return Cli({f"COUPONRY_SQL_{name}": "" for name in names})
