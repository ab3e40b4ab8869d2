"""What PostgreSQL answers to the statements of one run, in the order in which they went out."""

from __future__ import annotations

from collections import deque

from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from couponry_standin.postgres.prepared import Prepared
from couponry_standin.postgres.result import FATAL_ERROR, Result, error_of

PIPELINE_SYNC = int(ExecStatus.PIPELINE_SYNC)
MESSAGE = DiagnosticField.MESSAGE_PRIMARY
COMMAND_OK = int(ExecStatus.COMMAND_OK)
CONNECTION_OK = int(ConnStatus.OK)
STALE_PLAN = b"cached plan must not change result type"

PARSE, EXECUTE, CLOSE, SYNC = range(4)
"""What libpq may owe an answer to."""


class Answers:
    """Collects the results. Who sends writes down in ``owed`` what libpq owes from then on."""

    __slots__ = ("_prepared", "_refusal", "_results", "complete", "owed", "stale")

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._refusal: PGresult | None = None
        self._results: list[Result] = []
        self.owed: deque[int] = deque()
        self.complete = False
        """nothing more will come: the results may be given"""
        self.stale = False
        """a statement was prepared for tables as they were before"""

    def take(self, pg: PGconn) -> str | None:
        """Reads what has come; gives PostgreSQL's last words if it closed the connection."""
        owed = self.owed
        while owed:
            if pg.is_busy():
                return None
            result = pg.get_result()
            if result is None:
                # libpq ends the answer to every command with a None, that to a sync without; but
                # one stands between the error of a sync and the sync.
                if owed[0] != SYNC:
                    owed.popleft()
                continue
            kind = owed[0]
            status = result.status
            if status == PIPELINE_SYNC:
                owed.popleft()
            elif kind == EXECUTE:
                if self._refusal is not None:
                    # Its Parse was refused: that error is the statement's, not "aborted".
                    result, self._refusal = self._refusal, None
                elif status == FATAL_ERROR:
                    self.stale |= result.error_field(MESSAGE) == STALE_PLAN
                self._results.append(Result(result))
            elif kind == PARSE:
                self._prepared.answered(confirmed=status == COMMAND_OK)
                if status == FATAL_ERROR:
                    self._refusal = result
            elif kind == SYNC and status == FATAL_ERROR:
                # The end of the section is the commit of its implicit transaction.
                self._results.append(Result(result))
            if pg.status != CONNECTION_OK:
                return error_of(result).message
        self.complete = True
        return None

    def take_script(self, pg: PGconn) -> str | None:
        """The same for a text of several statements, whose results come one after the other."""
        while not pg.is_busy():
            result = pg.get_result()
            if result is None:
                self.complete = True
                return None
            self._results.append(Result(result))
            if pg.status != CONNECTION_OK:
                return error_of(result).message
        return None

    def farewell(self) -> str:
        """What PostgreSQL said before it closed the connection, if it said something."""
        error = self._results[-1].error if self._results else None
        return error.message if error is not None and error.severity == "FATAL" else ""

    def given(self) -> list[Result]:
        """All results, once: the next run begins with none."""
        results, self._results = self._results, []
        self.complete = False
        return results
