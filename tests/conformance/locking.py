"""Scripts of two and three sessions: who waits on whom, who goes on, and with what result.

A file of ``locking/*.sql`` is one subject. ``--! each`` prepares the tables before every script,
which ``--! script NAME`` begins; what stands before its first step is run, too. Steps:

    --! A                   session A runs the batch that follows; ``-->`` as in the cases
    --> waits for B         … which B holds up: another session sees it in sys.dm_exec_requests
    --> waits for A or B    in a queue: for who holds the lock, or for who is ahead
    --! A goes on           the batch that waited has ended; what it answered
    --! one of A, B is the victim
                            both batches have ended, one with 1205, the other without an error
    --! one of A, B is the victim by 50001
                            … that has made an error of its own of it

Nothing sleeps: a wait is looked for until it is seen, the end of a batch until it has come.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.cases import Case, Step, Subject, read_batches, read_step
from tests.conformance.comparison import difference, shown_all
from tests.conformance.odbc import Connection, Event, Message, Rows
from tests.conformance.running import (
    DIFFERENT,
    FAILED,
    NOT_SUPPORTED,
    PASSED,
    REFUSED,
    Room,
    Verdict,
    run_script,
)

FOLDER = Path(__file__).parent / "locking"
PATIENCE = 120.0
DEADLOCK = 1205
WAITS = re.compile(r"^--> waits for ([A-C](?: or [A-C])?)$", re.MULTILINE)
VICTIM = re.compile(r"one of ([A-C]), ([A-C]) is the victim(?: by (\d+))?")
SEES_OTHERS = """
SELECT CASE WHEN 1 IN (
    HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE'),
    HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER PERFORMANCE STATE'),
    CASE WHEN CAST(SERVERPROPERTY('EngineEdition') AS int) = 5
        THEN HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DATABASE STATE') END
) THEN 1 ELSE 0 END AS sees
"""
WHO_WAITS = "SELECT r.blocking_session_id FROM sys.dm_exec_requests AS r WHERE r.session_id = {0}"


class Blind(Exception):
    """The login is not told what other sessions do."""


class Mistaken(Exception):
    """A script went another way than it says."""


@dataclass(slots=True)
class Turn(Step):
    """One step: ``session`` runs a batch, or goes on (``rivals``: one of them is the victim)."""

    session: str = ""
    waits_for: list[str] = field(default_factory=list)
    goes_on: bool = False
    rivals: list[str] = field(default_factory=list)
    number: int = DEADLOCK


# ---------------------------------------------------------------- reading


def subjects() -> list[Subject]:
    return [read(path) for path in sorted(FOLDER.glob("*.sql"))]


def read(path: Path) -> Subject:
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    subject = Subject(path.stem, first.removeprefix("--").strip(), [], [], [])
    for section in re.split(r"^--! ", rest, flags=re.MULTILINE)[1:]:
        head, _, body = section.partition("\n")
        if head == "each":
            subject.each = read_batches(body.splitlines())
        elif head.startswith("script "):
            case = Case(subject.key, head.removeprefix("script ").strip(), [])
            for mark in ("refused", "differs"):
                found = re.search(rf"^--\? {mark}: (.*)$", body, re.MULTILINE)
                setattr(case, mark, found[1].strip() if found else "")
            subject.cases.append(case)
            if re.sub(r"^--\?.*$", "", body, flags=re.MULTILINE).strip():
                case.steps.append(Turn(body, [], session=""))
        else:
            subject.cases[-1].steps.append(_turn(head.strip(), body))
    return subject


def _turn(head: str, body: str) -> Turn:
    waits = WAITS.search(body)
    step = read_step(WAITS.sub("", body))
    victim = VICTIM.fullmatch(head)
    if victim is not None:
        number = int(victim[3] or DEADLOCK)
        return Turn(step.batch, step.expected, rivals=[victim[1], victim[2]], number=number)
    name, _, rest = head.partition(" ")
    if rest not in ("", "goes on"):
        raise ValueError(f"no step: {head}")
    holders = waits[1].split(" or ") if waits else []
    return Turn(step.batch, step.expected, name, holders, rest == "goes on")


# ---------------------------------------------------------------- running


class Player:
    """One session; its batch runs in a thread of its own, so that it may wait."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        [rows] = [each for each in connection.run("SELECT @@SPID AS s") if isinstance(each, Rows)]
        self.number = rows.rows[0][0]
        self.events: list[Event] = []
        self._thread: threading.Thread | None = None

    def begin(self, batch: str) -> None:
        self.events = []
        self._thread = threading.Thread(target=self._run, args=(batch,), daemon=True)
        self._thread.start()

    def _run(self, batch: str) -> None:
        self.events = self.connection.run(batch)

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def end(self) -> list[Event]:
        assert self._thread is not None
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise Mistaken("a batch has not ended")
        return self.events


class Arena:
    """The sessions of one script, and one that looks on."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.players: dict[str, Player] = {}
        self.observer = room.connection()

    def player(self, name: str) -> Player:
        if name not in self.players:
            self.players[name] = Player(self._room.connection())
        return self.players[name]

    def see_wait(self, waiting: Player, holders: list[Player]) -> None:
        numbers = [[each.number] for each in holders]
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for event in self.observer.run(WHO_WAITS.format(waiting.number)):
                if isinstance(event, Rows) and any(each in event.rows for each in numbers):
                    return
            if not waiting.is_running:
                raise Mistaken(f"it does not wait: {shown_all(waiting.events)}")
        raise Mistaken("it is not seen to wait")

    def close(self) -> None:
        """Whoever holds something lets go, so that whoever waits comes to an end."""
        for player in self.players.values():
            if not player.is_running:
                player.connection.close()
        for player in self.players.values():
            if player.is_running:
                player.end()
                player.connection.close()
        self.observer.close()


def require_sight(connection: Connection) -> None:
    """Without it no wait would ever be seen, and each script would fail after its patience."""
    [found] = [each for each in connection.run(SEES_OTHERS) if isinstance(each, Rows)]
    if found.rows != [["1"]]:
        raise Blind(
            "The scripts of several sessions look for waits in sys.dm_exec_requests, where this"
            " login sees its own session alone. Grant it VIEW SERVER STATE (from SQL Server 2022"
            " on VIEW SERVER PERFORMANCE STATE is enough; on Azure SQL VIEW DATABASE STATE), or"
            " leave these subjects out."
        )


@contextmanager
def arena(room: Room) -> Iterator[Arena]:
    made = Arena(room)
    try:
        yield made
    finally:
        made.close()


def judge(room: Room, subject: Subject, case: Case) -> Verdict:
    """Run a script, and say how it went."""
    with arena(room) as place:
        run_script(place.observer, subject.each)
        turns = [each for each in case.steps if isinstance(each, Turn)]
        for number, step in enumerate(turns, 1):
            closes = number < len(turns) and step.session in turns[number].rivals
            try:
                problem = _play(place, step, closes=closes)
            except Mistaken as mistake:
                problem = str(mistake)
            if problem is None:
                continue
            refused = any(
                isinstance(each, Message) and each.number == NOT_SUPPORTED
                for player in place.players.values()
                for each in player.events
            )
            if refused:
                return Verdict(REFUSED if case.refused else FAILED, problem, problem)
            reason = f"step {number} ({step.session}): {problem}"
            answered = f"session {step.session}: {problem.partition(chr(10))[0]}"
            return Verdict(DIFFERENT if case.differs else FAILED, reason, answered)
    return Verdict(PASSED)


def _play(place: Arena, step: Turn, *, closes: bool) -> str | None:
    """None: it went as it should. ``closes``: the step closes a circle, and may be the victim."""
    if step.rivals:
        return _victim(place, step)
    if not step.session:
        run_script(place.observer, [step.batch])
        return None
    player = place.player(step.session)
    if not step.goes_on:
        player.begin(step.batch)
        if step.waits_for:
            place.see_wait(player, [place.player(each) for each in step.waits_for])
            return None
        if closes:
            return None
    return difference(step.expected, player.end())


def _victim(place: Arena, step: Turn) -> str | None:
    ends = [place.player(name).end() for name in step.rivals]
    numbers = [
        [each.number for each in events if isinstance(each, Message) and each.is_error]
        for events in ends
    ]
    if sorted(numbers) == [[], [step.number]]:
        return None
    return f"no single victim: {numbers}"


__all__ = ["FAILED", "PASSED", "Turn", "judge", "subjects"]
