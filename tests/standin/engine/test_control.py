"""Engines start in the background, survive their starter, and end without leaving anything."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from couponry_standin import control
from couponry_standin.state import EngineError, holder, running

from .conftest import Start, greeting, running_over


def postgres_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])


def test_a_started_engine_says_where_it_is_and_answers_there(tmp_path: Path, start: Start) -> None:
    data_dir = tmp_path / "data"

    started = start(data_dir)

    assert not started.already
    assert running(data_dir) == started.state
    assert started.state.host == "127.0.0.1"
    assert json.loads((data_dir / "engine.json").read_text())["port"] == started.state.port
    assert greeting(started.state) == ["master"]


def test_starting_twice_finds_the_engine_that_runs(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "data")

    second = start(tmp_path / "data")

    assert second.already
    assert second.state == first.state


def test_two_starts_at_once_make_one_engine(tmp_path: Path, start: Start) -> None:
    with ThreadPoolExecutor(2) as both:
        found = list(both.map(lambda _n: start(tmp_path / "data"), range(2)))

    assert found[0].state == found[1].state
    assert [one.already for one in found].count(True) == 1
    # Whoever came too late does not wait for the directory either.
    assert control.stop(tmp_path / "data")
    assert control.await_end(lambda: not running_over(tmp_path), 60)


def test_what_was_made_is_there_after_a_restart(tmp_path: Path, start: Start) -> None:
    data_dir = tmp_path / "data"
    greeting(start(data_dir).state, b"make one")
    password = (data_dir / "password").read_text()

    assert control.stop(data_dir)
    again = start(data_dir)

    assert greeting(again.state) == ["master", "remembered"]
    assert (data_dir / "password").read_text() == password


def test_a_stop_leaves_no_process_and_no_state(tmp_path: Path, start: Start) -> None:
    data_dir = tmp_path / "data"
    start(data_dir)

    assert control.stop(data_dir)

    assert running(data_dir) is None
    assert holder(data_dir) is None
    assert not control.postgres_runs(data_dir)
    assert not (data_dir / "engine.json").exists()
    assert not control.stop(data_dir)


def test_a_killed_engine_leaves_no_postgresql_and_the_next_start_works(
    tmp_path: Path, start: Start
) -> None:
    data_dir = tmp_path / "data"
    state = start(data_dir).state
    greeting(state, b"make one")

    os.kill(state.pid, signal.SIGKILL)

    assert control.await_end(lambda: not control.postgres_runs(data_dir), 120)
    assert running(data_dir) is None
    assert greeting(start(data_dir).state) == ["master", "remembered"]


def test_an_engine_without_its_postgresql_ends_and_says_so(tmp_path: Path, start: Start) -> None:
    data_dir = tmp_path / "data"
    start(data_dir)

    os.kill(postgres_pid(data_dir), signal.SIGKILL)

    # The directory is free a moment before the reason is written.
    assert control.await_end(lambda: holder(data_dir) is None, 60)
    words, log = "PostgreSQL ended unexpectedly", data_dir / "engine.log"
    assert control.await_end(lambda: words in log.read_text(), 60)


def test_two_engines_run_side_by_side(tmp_path: Path, start: Start) -> None:
    one, other = start(tmp_path / "one").state, start(tmp_path / "other").state
    greeting(one, b"make one")

    assert one.port != other.port
    assert greeting(one) == ["master", "remembered"]
    assert greeting(other) == ["master"]
    control.stop(tmp_path / "one")
    assert greeting(other) == ["master"]


def test_a_taken_port_is_named(tmp_path: Path, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(EngineError, match=f"Port {port} on 127.0.0.1 is taken") as refused:
            start(tmp_path / "data", port=port)

        assert str(refused.value).endswith("Choose another one, or port 0 for any free one.")
        assert running_over(tmp_path) == []
    assert start(tmp_path / "data", port=port).state.port == port


def test_an_unusable_data_directory_is_named(tmp_path: Path, start: Start) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(EngineError, match="cannot be used: Not a directory"):
        start(tmp_path / "file" / "data")


def test_a_start_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    # Never ready, however long this test is kept from looking.
    program = (sys.executable, "-c", "import time; time.sleep(3600)")

    with pytest.raises(EngineError, match="was not ready after 0 s"):
        control.start(tmp_path / "data", port=0, program=program, wait=0)

    assert control.await_end(lambda: not running_over(tmp_path), 120)


def test_the_password_is_the_owners_to_read(tmp_path: Path, start: Start) -> None:
    data_dir = tmp_path / "data"
    start(data_dir)

    password = data_dir / "password"

    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert len(password.read_text().strip()) == 20
    assert password.read_text().strip() not in (data_dir / "engine.log").read_text()


def test_the_banner_says_what_the_engine_is_not(tmp_path: Path, start: Start) -> None:
    start(tmp_path / "data")

    assert "NOT a SQL Server" in (tmp_path / "data" / "engine.log").read_text()


def test_a_stop_while_starting_is_a_stop(tmp_path: Path, start: Start) -> None:
    data_dir = tmp_path / "data"
    with ThreadPoolExecutor(1) as beside:
        starting = beside.submit(start, data_dir)
        while not holder(data_dir) and not starting.done():
            time.sleep(0.005)

        assert control.stop(data_dir)

        # Either it was ready for a moment, or the start says that the engine ended.
        if starting.exception() is not None:
            assert isinstance(starting.exception(), EngineError)
    assert holder(data_dir) is None
    assert control.await_end(lambda: not control.postgres_runs(data_dir), 120)
