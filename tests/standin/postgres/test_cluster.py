"""PostgreSQL starts, survives, and ends with its engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from psycopg.pq import PGconn

from couponry_standin.postgres.cluster import UNSYNCED, Cluster
from couponry_standin.postgres.directory import DataDirectoryInUse
from couponry_standin.postgres.host import ClusterError, serves

SYNCED = {"shared_buffers": "16MB", "max_connections": "40"}
SMALL = {**SYNCED, **UNSYNCED}

OWNER = """
import sys, time
from pathlib import Path
from couponry_standin.postgres.cluster import Cluster
cluster = Cluster(Path(sys.argv[1]), settings={"shared_buffers": "16MB", "max_connections": "40"})
cluster.start()
print(cluster.pid, flush=True)
time.sleep(600)
"""


def ask(cluster: Cluster, sql: str) -> str:
    connection = PGconn.connect(cluster.conninfo("postgres").encode())
    try:
        result = connection.exec_(sql.encode())
        assert not result.error_message, result.error_message
        return (result.get_value(0, 0) or b"").decode() if result.ntuples else ""
    finally:
        connection.finish()


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "data", settings=SMALL)
    cluster.start()
    ask(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")

    cluster.stop()
    cluster.start()

    try:
        assert ask(cluster, "SELECT answer FROM kept") == "42"
    finally:
        cluster.stop()


def test_text_is_utf8_and_the_locale_depends_on_no_machine(cluster: Cluster) -> None:
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SELECT lower('ÄÖÜ')") == "äöü"
    assert ask(cluster, "SHOW TimeZone") == "UTC"


def test_what_is_committed_is_on_the_disk_unless_somebody_does_without(
    cluster: Cluster, tmp_path: Path
) -> None:
    plain = Cluster(tmp_path / "data", settings=SYNCED)
    plain.start()
    try:
        assert ask(plain, "SHOW fsync") == "on"
        assert ask(plain, "SHOW synchronous_commit") == "on"
        assert ask(cluster, "SHOW fsync") == "off"
    finally:
        plain.stop()


def test_nobody_else_can_reach_the_socket_and_nothing_listens_on_tcp(cluster: Cluster) -> None:
    socket_dir = Path(ask(cluster, "SHOW unix_socket_directories"))

    assert socket_dir.stat().st_mode & 0o077 == 0
    assert ask(cluster, "SHOW listen_addresses") == ""


def test_postgresql_does_not_run_as_root(cluster: Cluster) -> None:
    assert cluster.pid is not None
    assert Path(f"/proc/{cluster.pid}").stat().st_uid != 0


def test_a_long_data_directory_gets_a_short_socket_path(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / ("d" * 100), settings=SMALL)

    cluster.start()

    socket_dir = Path(ask(cluster, "SHOW unix_socket_directories"))
    cluster.stop()
    assert len(str(socket_dir)) < 60
    assert not socket_dir.exists()


def test_a_second_cluster_over_the_same_directory_is_refused(cluster: Cluster) -> None:
    second = Cluster(cluster.data_dir, settings=SMALL)

    with pytest.raises(DataDirectoryInUse, match="Another engine"):
        second.start()

    assert ask(cluster, "SELECT 1") == "1"


def test_a_killed_owner_takes_postgresql_with_it_and_the_next_start_recovers(
    tmp_path: Path,
) -> None:
    data_dir = tmp_path / "data"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    postgres = int(owner.stdout.readline())

    owner.send_signal(signal.SIGKILL)
    owner.wait()
    next_one = Cluster(data_dir, settings=SMALL)
    next_one.start()

    try:
        assert not serves(postgres, data_dir / "postgres")
        assert ask(next_one, "SELECT 1") == "1"
    finally:
        next_one.stop()


def test_a_pid_file_with_a_reused_number_does_not_stop_the_start(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "data", settings=SMALL)
    cluster.start()
    cluster.stop()
    left_over = cluster.files / "postmaster.pid"
    left_over.write_text(f"{os.getpid()}\n{cluster.files}\n0\n5432\n\n\n")

    cluster.start()

    assert ask(cluster, "SELECT 1") == "1"
    cluster.stop()


def test_the_end_of_postgresql_is_reported(tmp_path: Path) -> None:
    codes: list[int] = []
    cluster = Cluster(tmp_path / "data", settings=SMALL)
    cluster.start(on_exit=codes.append)
    assert cluster.pid is not None

    os.kill(cluster.pid, signal.SIGQUIT)
    deadline = time.monotonic() + 60
    while not codes and time.monotonic() < deadline:
        time.sleep(0.01)

    cluster.stop()
    assert len(codes) == 1


def test_a_start_that_fails_shows_postgresqls_own_words(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "data", settings={"shared_buffers": "nonsense"})

    with pytest.raises(ClusterError, match="shared_buffers"):
        cluster.start()

    assert cluster.pid is None


def test_a_data_directory_of_another_version_is_refused(tmp_path: Path) -> None:
    files = tmp_path / "data" / "postgres"
    files.mkdir(parents=True)
    (files / "PG_VERSION").write_text("17\n")

    with pytest.raises(ClusterError, match="PostgreSQL 17"):
        Cluster(tmp_path / "data", settings=SMALL).start()
