"""A machine's code as numbered blocks, and how errors, rows and stops are written in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..names import literal
from ..typed import Typed
from . import misses
from .body import Body
from .code import CodeLines
from .coverage import Coverage
from .output import Compiled
from .resolver import Resolver
from .texts import text_of, variable_text
from .unit import Unit

DIAGNOSTICS = (
    "GET STACKED DIAGNOSTICS _x1 = RETURNED_SQLSTATE, _x2 = MESSAGE_TEXT,"
    " _x3 = PG_EXCEPTION_DETAIL, _x4 = PG_EXCEPTION_HINT, _x5 = SCHEMA_NAME, _x6 = TABLE_NAME,"
    " _x7 = COLUMN_NAME, _x8 = CONSTRAINT_NAME, _x9 = PG_DATATYPE_NAME,"
    " _x10 = PG_EXCEPTION_CONTEXT;"
)

FAILED = "_failed int4"
FAILURE = "_failed := least(coalesce(_failed, 0), 10 - _e[2]::int4);"
STATUS = "/*status*/"
"""what a procedure returns that says nothing, once it is known whether it may have failed"""


@dataclass(slots=True, eq=False)
class Block:
    """One numbered block."""

    number: int
    code: CodeLines = field(default_factory=CodeLines)


class Blocks(Body):
    """Writes statements into blocks; what the statements are, its subclasses know."""

    def __init__(self, unit: Unit, coverage: Coverage, resolver: Resolver) -> None:
        super().__init__(unit, coverage, resolver)
        self.abort_mode = coverage.abort_mode
        self.blocks: list[Block] = []
        self.order: list[Block] = []
        """the blocks that have been started, as their code follows one another"""
        self.depth: int = 0
        """how many of PL/pgSQL's own IFs and LOOPs are around the place"""
        self.errors: int = 0
        """how many TRY there are up to the place"""
        self.handler = 0
        """the block of the CATCH around the place, 0 where there is none"""
        self.start(self.new_block())

    # ------------------------------------------------------------ blocks

    def new_block(self) -> Block:
        block = Block(len(self.blocks))
        self.blocks.append(block)
        return block

    def start(self, block: Block) -> None:
        """Continue in ``block``; code keeps the order in which blocks are started."""
        line, col = self.out.line, self.out.col
        if block in self.order:
            raise AssertionError("a block is started once")
        self.order.append(block)
        self.out = block.code
        self.out.line, self.out.col = line, col

    def jump(self, block: Block) -> None:
        """End the current block by going to ``block``."""
        self.out.add(f"_pc := {block.number};")
        if block in self.order or self.depth:
            self.out.add("CONTINUE machine;")

    # ------------------------------------------------------------ what Body needs

    def guard(self, emit: Callable[[], None], *, safe: bool = False) -> None:
        if self.abort_mode and not self.coverage.in_handler:
            # Nothing goes on after an error here; the end of the machine makes @@ERROR 0.
            emit()
            return
        if safe:
            emit()
            self.out.add("_error := 0;")
            return
        line = self.out.line
        self.out.add("BEGIN")
        emit()
        self.out.add("_error := 0;")
        self.out.add(f"EXCEPTION WHEN OTHERS THEN {DIAGNOSTICS}")
        self.out.add(self.caught(line))
        self._dispatch("_xact_abort OR tsql.dooms(_e[1]::int4)", "tsql.aborts_batch(_e[1]::int4)")
        self.out.add("END;")

    def caught(self, line: int) -> str:
        """Take PostgreSQL's error as T-SQL's, into ``_e``."""
        return (
            "_e := tsql.caught(_x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10,"
            f" {literal(self.unit.name)}, {line});"
        )

    def _dispatch(self, dooms: str, aborts: str) -> None:
        """Send the error in ``_e`` where it belongs: to CATCH, to the caller, or to the client."""
        self.out.add("_error := _e[1]::int4; _rowcount := 0;")
        self.remember_failure()
        if dooms != "false":
            self.out.add(f"IF _trancount > 0 AND ({dooms}) THEN _doomed := true; END IF;")
        if self.handler:
            self.out.add(f"_pc := {self.handler}; CONTINUE machine;")
            return
        leave = "_outer_try OR _xact_abort" + (f" OR {aborts}" if aborts != "false" else "")
        self.out.add(f"IF {leave} THEN _pc := -1; CONTINUE machine; END IF;")
        self.message([f"_e[{index}]" for index in range(1, 7)])

    def remember_failure(self) -> None:
        """The status of a procedure that does not say one itself tells of its worst error."""
        if self.unit.name and (self.errors or not self.abort_mode):
            self.unit.extra(FAILED)
            self.out.add(FAILURE)

    def message(self, fields: list[str]) -> None:
        sets = " ".join(f"_{i} := {text};" for i, text in enumerate(fields, 1))
        self.out.add(f"_0 := -2; {sets} RETURN NEXT;")

    def rows(
        self, index: int, compiled: Compiled, ctes: str = "", awaits: Sequence[str] = ()
    ) -> None:
        items = [
            text_of(Typed(f'"_q"."c{i}"', column.type, column.pg, rank=column.rank))
            for i, column in enumerate(compiled.columns, 1)
        ]
        listed = ", ".join(items)
        self.out.add(f"_0 := -1; _1 := '{index}'; RETURN NEXT;")
        # The columns are told before anything is waited for.
        self.flush()
        shape = ", ".join(f'"c{i}"' for i in range(1, len(items) + 1))
        if awaits:
            self.out.add("LOOP")
        self.out.add(
            f"RETURN QUERY {ctes}{' ' if ctes else ''}SELECT {index}::int2, {listed}"
            f'/*pad:{len(items)}*/ FROM ({compiled.sql}) AS "_q"({shape});'
        )
        self.out.add("GET DIAGNOSTICS _rowcount = ROW_COUNT;")
        for each in misses.again([*awaits], "_rowcount > 0") if awaits else []:
            self.out.add(each)
        self.count()

    def count(self) -> None:
        self.out.add("IF NOT _nocount THEN _0 := -3; _1 := _rowcount::text; RETURN NEXT; END IF;")

    def _write_check(self) -> None:
        if not self.abort_mode or self.coverage.in_handler:
            self.out.add("IF _doomed THEN PERFORM tsql.raise_doomed(); END IF;")
        elif not self.coverage.is_covered(self.current):
            raise AssertionError("an uncovered write in abort mode")
        else:
            self.out.add("IF _trancount = 0 THEN PERFORM tsql.raise_uncovered(); END IF;")
        if not self.abort_mode or self.coverage.in_handler:
            self.out.add("_dirty := _dirty OR _trancount = 0;")

    # ------------------------------------------------------------ stopping for the session

    def stop(self, action: str, arguments: str, index: int | None, resume: Block) -> None:
        """End the function; the session acts and comes back at ``resume``.

        Where the transaction is that of the request, it ends with the function: see ADR 0018.
        """
        if self.abort_mode and action == "ROLLBACK":
            self.out.add("IF _implicit AND NOT _undone THEN")
            self.out.add("RAISE assert_failure USING MESSAGE = 'undo'; END IF;")
        elif self.abort_mode and action != "COMMIT":
            self.out.add("IF _implicit AND _trancount > 0 THEN")
            self.out.add("RAISE assert_failure USING MESSAGE = 'stop'; END IF;")
        self.out.add(
            f"_0 := 0; _1 := '{action}'; _2 := '{resume.number}'; _3 := /*frame*/;"
            f" _4 := {arguments}; _5 := /*state*/; _6 := {literal(str(index or 0))};"
            " RETURN NEXT; RETURN;"
        )

    # ------------------------------------------------------------ frames

    def frame_variables(self) -> list[tuple[str, str]]:
        """(PL/pgSQL variable, type) of everything that must survive a stop."""
        found: list[tuple[str, str]] = []
        for variable in self.unit.variables.values():
            pg = f"{variable.pg}[]" if variable.columns is not None else variable.pg
            found.append((variable.sql, pg))
        for extra in self.extra_variables:
            name, _, type_ = extra.partition(" ")
            if not name.endswith('$new"'):
                found.append((name, type_.split(" := ")[0]))
        return found

    def frame_text(self) -> str:
        items = [variable_text(sql, pg) for sql, pg in self.frame_variables()]
        return f"ARRAY[{', '.join(items)}]::text[]::text" if items else "NULL"
