"""THROW and RAISERROR, and the errors that a statement raises by itself."""

from __future__ import annotations

from ...types import INT, SqlType
from .. import tree
from ..conversion import assign, convert
from ..errors import NotSupported, SqlError
from ..messages import message_arguments
from ..names import literal
from . import walk
from .blocks import DIAGNOSTICS, Blocks
from .scope import Scope
from .texts import text_of


class Raising(Blocks):
    """Writes errors: into ``_e``, and on to where T-SQL sends them."""

    def _raise(self, number: int, message: str, line: int) -> None:
        fields = [str(number), "16", "1", message, self.unit.name, str(line)]
        listed = ", ".join(literal(text) for text in fields)
        self.out.add(f"_e := ARRAY[{listed}];")
        # These dooms nothing; with XACT_ABORT ON they end the batch as any error does.
        self._dispatch("false", "false")

    def _throw(self, node: tree.Throw) -> None:
        if node.number is None:
            if not self.unit.error_scope:
                raise SqlError(
                    10704,
                    "To rethrow an error, a THROW statement must be used inside a CATCH block."
                    " Insert the THROW statement inside a CATCH block, or add error parameters to"
                    " the THROW statement.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            self.out.add(f"_e := {self.unit.error_scope[-1]};")
        else:
            assert node.message is not None and node.state is not None
            number = self._integer(node.number)
            message = text_of(
                convert(
                    self.expressions.value(node.message, Scope()),
                    SqlType("nvarchar", 2048),
                    implicit=True,
                    line=node.line,
                    col=node.col,
                )
            )
            state = self._integer(node.state)

            def emit() -> None:
                self.flush()
                self.out.add(
                    f"_e := tsql.thrown({number}, {message}, {state},"
                    f" {literal(self.unit.name)}, {node.line});"
                )

            if self.abort_mode and not self.coverage.in_handler:
                emit()
            else:
                # THROW that cannot be carried out throws the reason.
                self.out.add("BEGIN")
                emit()
                self.out.add(f"EXCEPTION WHEN OTHERS THEN {DIAGNOSTICS}")
                self.out.add(self.caught(node.line))
                self.out.add("END;")
        if self.unit.error_scope:
            # CATCH is left: procedures that are called later know nothing of its error.
            self.out.add(
                f"PERFORM set_config('tsql.error',"
                f" coalesce({self.unit.error_scope[-1]}_before, ''), false);"
            )
        self.remember_failure()
        # The caller's batch ends too, whatever the number.
        self.out.add("_e[7] := 'T'; _error := _e[1]::int4;")
        self.out.add("IF _xact_abort AND _trancount > 0 THEN _doomed := true; END IF;")
        self.out.add(f"_pc := {self.handler or -1}; CONTINUE machine;")

    def _integer(self, node: tree.Expr) -> str:
        typed = self.expressions.value(node, Scope())
        return assign(typed, INT, line=node.line, col=node.col)

    def _raiserror(self, node: tree.RaisError) -> None:
        typed = self.expressions.value(node.message, Scope())
        message, is_number = text_of(typed), "true" if typed.type.is_integer else "false"
        if "LOG" in node.options and walk.is_above(node.severity, 18):
            raise NotSupported("RAISERROR of a severity above 18", node.line, node.col)
        severity, state = self._integer(node.severity), self._integer(node.state)
        given = [self.expressions.value(arg, Scope()) for arg in node.args]
        args = message_arguments(given, node.line, node.col)

        def emit() -> None:
            self.flush()
            self.out.add(
                f"_e := tsql.raiserror({message}, {severity}, {state}, {args}, {is_number},"
                f" {literal(self.unit.name)}, {node.line}); _c := true;"
            )

        # An error in RAISERROR itself has been told already.
        self.out.add("_c := false;")
        self.guard(emit)
        self.reset_count(node)
        self.out.add("IF NOT _c THEN NULL; ELSIF _e[2]::int4 <= 10 THEN")
        self.message([f"_e[{index}]" for index in range(1, 7)])
        if "SETERROR" in node.options:
            self.out.add("_error := 50000;")
        self.out.add("ELSE _error := _e[1]::int4;")
        self.remember_failure()
        if self.handler:
            self.out.add(f"_pc := {self.handler}; CONTINUE machine;")
        else:
            self.out.add("IF _outer_try THEN _pc := -1; CONTINUE machine; END IF;")
            self.message([f"_e[{index}]" for index in range(1, 7)])
        self.out.add("END IF;")
