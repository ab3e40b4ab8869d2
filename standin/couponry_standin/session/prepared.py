"""Prepared statements: handles of texts and of calls, which requests bring back with values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..serving import Flush
from ..tds import Response, RpcCall, RpcParam
from ..tsql import tree
from ..tsql.errors import SqlError
from ..types import INT
from .texts import call_name, declarations, handle_param, single_call, text_param

if TYPE_CHECKING:
    from .requests import Requests


class Handle(NamedTuple):
    """A prepared statement's number, and the name that the client has for its parameter: tedious
    looks for the name in the answer, ODBC has none."""

    name: str
    number: int


class Prepared:
    """The prepared statements of one session: a text with its declarations, or a procedure."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._handles: dict[int, tuple[str, str] | tree.Name] = {}
        self._next_handle = 1

    def forget(self) -> None:
        self._handles.clear()

    async def prepare(self, call: RpcCall, response: Response, flush: Flush) -> None:
        key, text = text_param(call.params[1]), text_param(call.params[2])
        if single_call(text) is None:
            session = self._requests.session
            known = await session.catalog()
            await session.batch_plan(text, declarations(key, known), key)
        handle = self._remember(call, (text, key))
        response.return_status(0)
        response.return_value(handle.name, 0, INT, str(handle.number))
        response.done_proc()

    async def prepexec(self, call: RpcCall, response: Response, flush: Flush) -> None:
        self._replace(call.params[0])
        key, text = text_param(call.params[1]), text_param(call.params[2])
        handle = self._remember(call, (text, key))
        await self._requests.statement(
            text, key, call.params[3:], 3, response, flush, layout=call.layout, handle=handle
        )

    async def execute(self, call: RpcCall, response: Response, flush: Flush) -> None:
        found = self._recall(call.params[0])
        if isinstance(found, tree.Name):
            await self._requests.procedure(found, call.params[1:], response, flush, offset=1)
            return
        text, key = found
        await self._requests.statement(
            text, key, call.params[1:], 1, response, flush, layout=call.layout
        )

    async def prepexecrpc(self, call: RpcCall, response: Response, flush: Flush) -> None:
        self._replace(call.params[0])
        name = call_name(text_param(call.params[1]))
        handle = self._remember(call, name)
        await self._requests.procedure(
            name, call.params[2:], response, flush, offset=2, handle=handle
        )

    async def unprepare(self, call: RpcCall, response: Response, flush: Flush) -> None:
        self._recall(call.params[0])
        del self._handles[handle_param(call.params[0])]
        response.return_status(0)
        response.done_proc()

    def _remember(self, call: RpcCall, prepared: tuple[str, str] | tree.Name) -> Handle:
        number = self._next_handle
        self._next_handle += 1
        self._handles[number] = prepared
        return Handle(call.params[0].name, number)

    def _recall(self, param: RpcParam) -> tuple[str, str] | tree.Name:
        found = self._handles.get(handle_param(param))
        if found is None:
            raise SqlError(
                8179,
                f"Could not find prepared statement with handle {handle_param(param)}.",
                state=4,
            )
        return found

    def _replace(self, param: RpcParam) -> None:
        """A statement that is prepared anew takes the place of the one that its handle names."""
        if isinstance(param.value, str):
            self._handles.pop(handle_param(param), None)
