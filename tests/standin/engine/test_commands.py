"""`couponry engine` as people and scripts call it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from couponry_cli import engine as commands
from couponry_cli.main import couponry

from .conftest import PROGRAM


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PROGRAM", PROGRAM)


def call(*words: str) -> Result:
    return CliRunner().invoke(couponry, ["engine", *words])


def test_an_engine_is_started_shown_and_stopped(tmp_path: Path, data_dirs: list[Path]) -> None:
    data_dirs.append(tmp_path / "data")
    place = ("--data-dir", str(tmp_path / "data"))

    before = call("status", *place)
    started = call("start", *place, "--port", "0")
    again = call("start", *place)
    found = call("status", *place)
    stopped = call("stop", *place)
    after = call("status", *place)

    assert json.loads(before.stdout)["status"] == "stopped"
    assert before.exit_code == 1
    assert started.exit_code == 0
    assert "already" in again.stderr
    assert json.loads(again.stdout) == json.loads(started.stdout) == json.loads(found.stdout)
    assert found.exit_code == 0
    assert "has stopped" in stopped.stderr
    assert after.exit_code == 1
    assert "No engine" in call("stop", *place).stderr


def test_the_table_for_people_shows_how_to_connect(tmp_path: Path, data_dirs: list[Path]) -> None:
    data_dirs.append(tmp_path / "data")
    place = ("--data-dir", str(tmp_path / "data"))

    started = call("start", *place, "--port", "0", "--format", "table")
    password = (tmp_path / "data" / "password").read_text().strip()
    url = call("url", *place, "--client", "sqlalchemy", "--to", "Shop")
    everything = call("url", *place, "--format", "table")

    assert "NOT a SQL Server" in started.stdout
    assert f"sa / {password}" in started.stdout
    assert url.stdout.startswith(f"mssql+pyodbc://sa:{password}@127.0.0.1:")
    assert "/Shop?driver=" in url.stdout
    for client in ("# pyodbc", "# sqlcmd", "# jdbc", "# env"):
        assert client in everything.stdout


def test_a_url_without_an_engine_says_how_to_get_one(tmp_path: Path) -> None:
    result = call("url", "--data-dir", str(tmp_path / "data"))

    assert result.exit_code == 3
    assert "couponry engine start" in result.stderr


def test_a_taken_port_ends_in_a_message(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        result = call("start", "--data-dir", str(tmp_path / "data"), "--port", port)

    assert result.exit_code == 4
    assert f"Port {port} on 127.0.0.1 is taken" in result.stderr


def test_the_directory_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUPONRY_ENGINE_DIR", str(tmp_path / "elsewhere"))

    status = call("status")

    assert json.loads(status.stdout)["dataDirectory"] == str(tmp_path / "elsewhere")


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands.importlib.util, "find_spec", lambda _name: None)

    result = call("start", "--data-dir", str(tmp_path / "data"))

    assert result.exit_code == 3
    assert "couponry[standin]" in result.stderr
