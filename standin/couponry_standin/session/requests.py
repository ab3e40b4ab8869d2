"""Requests: batches and calls, of procedures and of statements with parameters."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ..serving import Flush
from ..tds import WELL_KNOWN, Batch, Layout, Response, Rpc, RpcCall, RpcParam
from ..tsql import tree
from ..tsql.errors import MOST_PARAMETERS, NotSupported, SqlError, placed, too_many_parameters
from ..tsql.plan import Plan, PlanParameter
from ..tsql.quoting import setting_after, with_names_quoted
from ..types import INT
from . import descriptions
from .arguments import Argument, Bound, bind
from .bulk import announcement
from .outcome import Outcome
from .prepared import Handle, Prepared
from .recipes import Recipes, Shape, Source, arranged
from .runner import Runner
from .temporaries import SESSION
from .texts import (
    argument_of,
    check_parameters,
    declarations,
    parse_name,
    single_call,
    split_statement,
)
from .writer import Writer

if TYPE_CHECKING:
    from .session import Session


LEVEL_ALONE = re.compile(
    r"\s*SET\s+TRANSACTION\s+ISOLATION\s+LEVEL\s+[A-Z]+(?:\s+[A-Z]+)?\s*;?\s*", re.IGNORECASE
)
"""A batch that sets the isolation level and does nothing else."""


BEGIN_ALONE = re.compile(
    r"\s*(?:(?:COMMIT|ROLLBACK)\s+TRAN(?:SACTION)?\s*;?\s*)?BEGIN\s+TRAN(?:SACTION)?\s*;?\s*",
    re.IGNORECASE,
)
"""A batch by which DB-Library begins a transaction, at once behind the one before."""


class Requests:
    """The requests of one session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.prepared = Prepared(self)
        self._recipes = Recipes(session)
        self._special: dict[str, Callable[[RpcCall, Response, Flush], Awaitable[None]]] = {
            "sp_executesql": self._executesql,
            "sp_prepare": self.prepared.prepare,
            "sp_execute": self.prepared.execute,
            "sp_prepexec": self.prepared.prepexec,
            "sp_prepexecrpc": self.prepared.prepexecrpc,
            "sp_unprepare": self.prepared.unprepare,
            "sp_describe_undeclared_parameters": self._describe_parameters,
            "sp_describe_first_result_set": self._describe_result,
            "sp_reset_connection": self._reset,
        }

    # ------------------------------------------------------------ batches

    async def batch(self, event: Batch, response: Response, flush: Flush) -> None:
        announced = announcement(event.text)
        if announced is not None:
            await self.session.bulk.announce(announced, response)
            return
        state = self.session.state
        state.untouched = state.untouched and bool(LEVEL_ALONE.fullmatch(event.text))
        text = with_names_quoted(event.text, quoted=state.quoted_identifier)
        state.quoted_identifier = setting_after(event.text, quoted=state.quoted_identifier)
        await self._text(text, [], "", [], response, flush, in_procedure=False)
        if state.snapshot and BEGIN_ALONE.fullmatch(event.text):
            state.untouched = state.trancount == 1

    async def _text(
        self,
        text: str,
        parameters: list[PlanParameter],
        key: str,
        arguments: list[Argument],
        response: Response,
        flush: Flush,
        *,
        in_procedure: bool,
        shape: Shape | None = None,
    ) -> list[tuple[int, PlanParameter, str | None]] | None:
        """Run a text; give its output parameters, or None when it ended with an error."""
        session = self.session
        writer = Writer(response, in_procedure=in_procedure)
        call = single_call(text)
        if call is not None and call.procedure is not None:
            return await self._single(
                call,
                parameters,
                arguments,
                Runner(session, writer, flush),
                response,
                in_procedure=in_procedure,
                shape=shape,
            )
        back: list[tuple[int, PlanParameter, str | None]] = []
        scope = session.temporaries.new_scope() if in_procedure else SESSION
        part: int | None = 0
        while part is not None:
            plan = await session.batch_plan(text, parameters, key, part)
            part = plan.following[2] if plan.following is not None else None
            bound = bind(plan, arguments, statement=text)
            runner = Runner(session, writer, flush)
            runner.scope, runner.follows = scope, False
            outcome = await runner.run(plan, bound, is_module=False)
            if outcome.error is not None:
                self._show_error(writer, outcome)
                return None
            back = [
                (position, parameter, value)
                for (position, parameter), value in zip(bound.outputs, outcome.outputs, strict=True)
                if position is not None
            ]
        return back

    def _show_error(self, writer: Writer, outcome: Outcome) -> None:
        assert outcome.error is not None
        writer.error(outcome.error, thrown=outcome.thrown)
        inside = self.session.state.trancount > 0
        if writer.inside:
            writer.response.done_in_proc(error=True, in_transaction=inside)
        else:
            writer.response.done(error=True, in_transaction=inside)

    async def _single(
        self,
        call: tree.Execute,
        parameters: list[PlanParameter],
        given: list[Argument],
        runner: Runner,
        response: Response,
        *,
        in_procedure: bool,
        shape: Shape | None,
    ) -> list[tuple[int, PlanParameter, str | None]] | None:
        """A text that is one EXEC of constants and parameters: no code is made for it."""
        how = arranged(call, parameters, given)
        assert call.procedure is not None
        plan, bound = await self.session.resolve_call(call.procedure, how.arguments, checked=True)
        if shape is not None and plan.name:
            await self._recipes.learn(call.procedure, shape, plan, bound, how)
        return await self._run_single(
            plan, bound, how.sources, runner, response, in_procedure=in_procedure
        )

    async def _run_single(
        self,
        plan: Plan,
        bound: Bound,
        sources: list[Source | None],
        runner: Runner,
        response: Response,
        *,
        in_procedure: bool,
    ) -> list[tuple[int, PlanParameter, str | None]] | None:
        await self._implicit(runner)
        if not in_procedure:
            runner.writer.depth += 1
        outcome = await runner.run(plan, bound, is_module=bool(plan.name))
        if outcome.error is not None:
            self._show_error(runner.writer, outcome)
            return None
        if not in_procedure:
            response.return_status(outcome.return_code)
            response.done_proc(in_transaction=self.session.state.trancount > 0)
        back: list[tuple[int, PlanParameter, str | None]] = []
        for (position, _), value in zip(bound.outputs, outcome.outputs, strict=True):
            if position is None:
                continue
            source = sources[position]
            if source is not None and source.declared.output:
                back.append((source.place, source.declared, value))
        return back

    async def _implicit(self, runner: Runner) -> None:
        """SET IMPLICIT_TRANSACTIONS ON: a call begins a transaction, as what it runs would."""
        session = self.session
        if session.state.implicit_transactions and not session.state.trancount:
            await session.transactions.begin()
            session.transactions.announce(runner.writer.response)
            runner.open = True

    # ------------------------------------------------------------ calls

    async def rpc(self, event: Rpc, response: Response, flush: Flush) -> None:
        self.session.state.untouched = False
        for call in event.calls:
            if not call.execute:
                continue
            name = call.name
            if name is None and call.proc_id is not None:
                name = WELL_KNOWN.get(call.proc_id)
                if name is None:
                    raise SqlError(2812, f"Could not find stored procedure {call.proc_id}.")
            assert name is not None
            bare = name.rpartition(".")[2].strip("[]").lower()
            special = self._special.get(bare)
            try:
                if bare.startswith("sp_cursor"):
                    raise NotSupported(f"server cursors ({bare})")
                if len(call.params) > MOST_PARAMETERS:
                    # Those of sp_executesql and its kin count: 2,098 are left to the statement.
                    raise too_many_parameters()
                if special is not None:
                    check_parameters(bare, call)
                    await special(call, response, flush)
                else:
                    await self._named(name, call, response, flush)
            except SqlError as error:
                placed(error)
                response.error(
                    error.number,
                    error.state,
                    error.severity,
                    error.message,
                    error.procedure,
                    max(error.line, 1),
                )
                response.done_proc(error=True, in_transaction=self.session.state.trancount > 0)

    async def _named(self, name: str, call: RpcCall, response: Response, flush: Flush) -> None:
        await self.procedure(parse_name(name), call.params, response, flush)

    async def procedure(
        self,
        name: tree.Name,
        params: tuple[RpcParam, ...],
        response: Response,
        flush: Flush,
        *,
        offset: int = 0,
        handle: Handle | None = None,
    ) -> None:
        """Call it; its outputs stand ``offset`` places on, behind a prepared call's handle."""
        session = self.session
        arguments = [argument_of(each) for each in params]
        plan, bound = await session.resolve_call(name, arguments, checked=True)
        runner = Runner(session, Writer(response, in_procedure=True), flush)
        await self._implicit(runner)
        outcome = await runner.run(plan, bound, is_module=bool(plan.name))
        if outcome.error is not None:
            runner.writer.error(outcome.error, thrown=outcome.thrown)
            response.return_status(-6)
            if handle is not None:
                response.return_value(handle.name, 0, INT, str(handle.number))
            response.done_proc(error=True, in_transaction=session.state.trancount > 0)
            return
        response.return_status(outcome.return_code)
        if handle is not None:
            response.return_value(handle.name, 0, INT, str(handle.number))
        for (position, parameter), value in zip(bound.outputs, outcome.outputs, strict=True):
            if position is not None:
                response.return_value(parameter.name, position + offset, parameter.type, value)
        response.done_proc(in_transaction=session.state.trancount > 0)

    async def _reset(self, call: RpcCall, response: Response, flush: Flush) -> None:
        """What the header of a request asks for as a rule; pools that cannot set it call this."""
        session = self.session
        if session.state.trancount > 0:
            await session.transactions.rollback()
            session.transactions.announce(response)
        await session.reset()
        if session.database.name != session.home:
            old = session.database.name
            await session.enter(session.home)
            response.env_database(session.database.name, old)
        response.return_status(0)
        response.done_proc()

    # ------------------------------------------------------------ statements with parameters

    async def _executesql(self, call: RpcCall, response: Response, flush: Flush) -> None:
        text, key, rest = split_statement(call.params, 0, 1)
        await self.statement(text, key, rest, 2, response, flush, layout=call.layout)

    async def statement(
        self,
        text: str,
        key: str,
        rest: tuple[RpcParam, ...],
        offset: int,
        response: Response,
        flush: Flush,
        *,
        layout: Layout | None,
        handle: Handle | None = None,
    ) -> None:
        session = self.session
        catalog = session.settled or await session.catalog()
        shape = None if layout is None else (text, key, len(rest), layout)
        known = self._recipes.find(shape, catalog)
        if known is not None:
            if not session.principal.is_owner:
                await session.check(known.needs, catalog)
            back = await self._run_single(
                known.plan,
                known.bound(rest),
                known.sources,
                Runner(session, Writer(response, in_procedure=True), flush),
                response,
                in_procedure=True,
            )
            self._end_statement(back, rest, offset, response, handle)
            return
        parameters = declarations(key, catalog)
        arguments: list[Argument] = []
        for index, each in enumerate(rest):
            if each.name or index >= len(parameters):
                arguments.append(argument_of(each))
            else:
                declared = parameters[index]
                arguments.append(argument_of(each, declared.name, output=declared.output))
        back = await self._text(
            text,
            parameters,
            key,
            arguments,
            response,
            flush,
            in_procedure=True,
            shape=shape,
        )
        self._end_statement(back, rest, offset, response, handle)

    def _end_statement(
        self,
        back: list[tuple[int, PlanParameter, str | None]] | None,
        rest: tuple[RpcParam, ...],
        offset: int,
        response: Response,
        handle: Handle | None,
    ) -> None:
        if back is None:
            if handle is not None:
                response.return_value(handle.name, 0, INT, str(handle.number))
            response.done_proc(error=True, in_transaction=self.session.state.trancount > 0)
            return
        response.return_status(0)
        if handle is not None:
            response.return_value(handle.name, 0, INT, str(handle.number))
        for position, parameter, value in back:
            if rest[position].output or parameter.output:
                response.return_value(parameter.name, position + offset, parameter.type, value)
        response.done_proc(in_transaction=self.session.state.trancount > 0)

    # ------------------------------------------------------------ descriptions

    async def _describe_parameters(self, call: RpcCall, response: Response, flush: Flush) -> None:
        await descriptions.undeclared_parameters(self.session, call, response)

    async def _describe_result(self, call: RpcCall, response: Response, flush: Flush) -> None:
        await descriptions.first_result_set(self.session, call, response)
