"""Calls that come again: where each parameter of a procedure's machine gets its value.

A statement such as ``EXEC dbo.p @a = @P1, @b = @P2`` arrives with new values and nothing else new.
Who is called, what its parameters are and how they are bound is found out the first time. It holds
as long as the catalogue is the same object; permissions are asked at each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..tds import Layout, RpcParam
from ..tsql import tree
from ..tsql.catalog import Catalog
from ..tsql.errors import SqlError
from ..tsql.plan import Plan, PlanParameter
from ..types import INT
from .arguments import Argument, Bound
from .texts import constant

if TYPE_CHECKING:
    from .session import Session

Shape = tuple[str, str, int, Layout]
"""The text, the declarations, how many values are given, and how they are announced."""

MOST_KEPT = 256


class Source(NamedTuple):
    """Where an argument of a call comes from: the value given, and how that is declared."""

    place: int
    declared: PlanParameter


class Arranged(NamedTuple):
    """The arguments of a call that is a text, and where each of them comes from."""

    arguments: list[Argument]
    sources: list[Source | None]


class Recipe(NamedTuple):
    catalog: Catalog
    isolation: str
    plan: Plan
    needs: frozenset[tuple[int, str]]
    sql: str
    values: tuple[bytes | None, ...]
    """what the call was first bound with; its constants come again"""
    places: tuple[tuple[int, int], ...]
    """where in them a value given goes, and which one"""
    outputs: list[tuple[int | None, PlanParameter]]
    sources: list[Source | None]

    def bound(self, given: tuple[RpcParam, ...]) -> Bound:
        values = list(self.values)
        for where, place in self.places:
            value = given[place].value
            # Tables have no recipe.
            values[where] = None if value is None else str(value).encode()
        return Bound(self.sql, tuple(values), self.outputs)


def arranged(
    call: tree.Execute, parameters: list[PlanParameter], given: list[Argument]
) -> Arranged:
    """The arguments of an EXEC of constants and parameters."""
    if len(given) > len(parameters):
        raise SqlError(8144, "Procedure or function  has too many arguments specified.")
    declared = {each.name.lower(): each for each in parameters}
    places = {
        (argument.name or parameters[place].name).lower(): place
        for place, argument in enumerate(given)
    }
    arguments: list[Argument] = []
    sources: list[Source | None] = []
    for each in call.args:
        name = each.name or ""
        sources.append(None)
        if isinstance(each.expr, tree.Default):
            arguments.append(Argument(name, INT, None, is_default=True))
        elif isinstance(each.expr, tree.Variable):
            key = each.expr.name.lower()
            if key not in places or key not in declared:
                raise SqlError(
                    137,
                    f'Must declare the scalar variable "{each.expr.name}".',
                    severity=15,
                    line=each.line,
                )
            source = Source(places[key], declared[key])
            sources[-1] = source
            value = given[source.place].value
            arguments.append(Argument(name, source.declared.type, value, each.output))
        else:
            arguments.append(constant(name, each.expr))
    return Arranged(arguments, sources)


class Recipes:
    """The recipes of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[Shape, Recipe] = {}

    def find(self, shape: Shape | None, catalog: Catalog) -> Recipe | None:
        known = self._kept.get(shape) if shape is not None else None
        if known is None or known.catalog is not catalog:
            return None
        return known if known.isolation == self._session.state.isolation else None

    async def learn(
        self,
        name: tree.Name,
        shape: Shape,
        plan: Plan,
        bound: Bound,
        call: Arranged,
    ) -> None:
        """Keep what the call that has just been bound says about the next one like it."""
        session = self._session
        catalog = await session.catalog()
        found = session.find_procedure(name, catalog)
        if found is None:
            return
        sources: dict[int, Source | None] = {}
        for position, (argument, source) in enumerate(zip(*call, strict=True)):
            if not argument.is_default:
                place = plan.places[argument.name.lower()] if argument.name else position
                sources[place] = source
        # The statement's values stand in the order of the parameters, defaults left out.
        ordered = [sources[place] for place in sorted(sources)]
        places = [(where, each.place) for where, each in enumerate(ordered) if each is not None]
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[shape] = Recipe(
            catalog,
            session.state.isolation,
            plan,
            frozenset({(found.object_id, "EXECUTE")}),
            bound.sql,
            bound.values,
            tuple(places),
            bound.outputs,
            call.sources,
        )
