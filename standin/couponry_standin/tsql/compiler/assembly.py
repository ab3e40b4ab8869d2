"""The text of the PL/pgSQL functions around compiled bodies."""

from __future__ import annotations

from ..names import literal, mangle, variable
from ..plan import STATE, Code, PlanParameter, are_packed
from .blocks import DIAGNOSTICS, FAILED, FAILURE, STATUS
from .code import CodeLines, digest
from .machine import Machine
from .shortening import shortened
from .texts import text_of
from .unit import Unit

CODE_SCHEMA = "tsql_code"

PLANNING = " SET enable_seqscan = on"
"""A batch is planned for the tables as they are. A procedure is not: see ``Cluster.conninfo``."""

STATE_TEXT = (
    "ARRAY[_trancount, _doomed::int4, _nocount::int4, _xact_abort::int4, _rowcount, _error, _h,"
    " _transaction::int4, _outer_try::int4, _nestlevel, _lock_timeout, _identity,"
    " _scope_identity]::int8[]::text"
)

VARIABLE = {"handler": "_h"}
"""of a part of the state, where it is not its name"""

HEAD = ", ".join(
    (
        "_pc int4, _frame text[], _in text[]",
        *(f"{VARIABLE.get(key, f'_{key}')} {pg}" for key, pg in STATE.items()),
    )
)
"""What every machine is given. A parameter costs a twentieth of what a variable costs that is
computed when the function begins."""

TAIL = "_dirty bool = false, _undone bool = false, _lazy bool = false, _rc int4 = 0"
"""Variables whose first value is always the same: parameters that no call gives."""

VARIABLES = (
    "_c bool; _a text; _e text[];"
    " _r record; _x1 text; _x2 text; _x3 text; _x4 text; _x5 text; _x6 text; _x7 text; _x8 text;"
    " _x9 text; _x10 text;"
)


def assemble(machine: Machine, name: str, parameters: list[PlanParameter], width: int) -> Code:
    """The function of a machine: its frame restored, its blocks in a loop, its end."""
    lines = CodeLines()
    if machine.errors and name:
        machine.unit.extra(FAILED)
    fails = FAILED in machine.unit.extras
    lines.add("#variable_conflict use_column")
    lines.add("DECLARE")
    lines.add(VARIABLES)
    for each in declarations(machine.unit, parameters, machine.extra_variables):
        lines.add(each)
    packed = are_packed(parameters)
    if packed:
        for index, each in enumerate(parameters, 1):
            lines.add(f"{variable(each.name)} {each.pg} := _given[{index}]::{each.pg};")
    lines.add("BEGIN")
    frame = machine.frame_variables()
    if frame:
        lines.add("IF _pc > 0 THEN")
        for index, (sql, _) in enumerate(frame, 1):
            lines.add(f"{sql} := _frame[{index}];")
        lines.add("END IF;")
    lines.add("IF _in[1] = 'E' THEN")
    lines.add("_e := _in[2:7]; _error := _e[1]::int4;")
    if fails:
        lines.add(FAILURE)
    lines.add("IF _h > 0 THEN _pc := _h; ELSIF _outer_try OR _xact_abort OR _in[8] = '1' THEN")
    lines.add("_pc := -1; ELSE")
    sets = " ".join(f"_{i} := _e[{i}];" for i in range(1, 7))
    lines.add(f"_0 := -2; {sets} RETURN NEXT; END IF; END IF;")
    lines.add("<<machine>> LOOP")
    if machine.abort_mode:
        lines.add("BEGIN")
    for block in shortened(machine.order):
        lines.add(f"IF _pc = {block.number} THEN")
        lines.extend(block.code)
        lines.add("END IF;")
    lines.add("IF _pc = -1 THEN")
    if machine.abort_mode:
        lines.add("IF _implicit AND _trancount > 0 AND NOT _undone THEN")
        lines.add("RAISE assert_failure USING MESSAGE = 'undo'; END IF;")
    lines.add(f"_0 := 0; _1 := 'ERROR'; _4 := _e::text; _5 := {STATE_TEXT}; RETURN NEXT; RETURN;")
    lines.add("END IF;")
    outputs = [
        machine.unit.variables[parameter.name.lower()]
        for parameter in parameters
        if parameter.output
    ]
    if machine.abort_mode:
        lines.add("IF _implicit AND _trancount > 0 THEN")
        lines.add("RAISE assert_failure USING MESSAGE = 'stop'; END IF;")
        lines.add("_error := 0;")
    texts = ", ".join(["_rc::text", *(text_of(each.typed) for each in outputs)])
    lines.add(
        f"_0 := 0; _1 := 'DONE'; _4 := ARRAY[{texts}]::text[]::text; _5 := {STATE_TEXT};"
        " _6 := CASE WHEN _lazy THEN 'COMMIT' END; RETURN NEXT; RETURN;"
    )
    if machine.abort_mode:
        lines.add(f"EXCEPTION WHEN OTHERS THEN {DIAGNOSTICS}")
        lines.add(
            "_e := tsql.caught(_x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10,"
            f" {literal(name)}, 0);"
        )
        lines.add("_error := _e[1]::int4; _rowcount := 0; _undone := true;")
        if fails:
            lines.add(FAILURE)
        lines.add("IF _lazy THEN _lazy := false; _trancount := 1; END IF;")
        lines.add("IF _trancount > 0 THEN _doomed := true; END IF;")
        lines.add("IF _h > 0 THEN _pc := _h; ELSE _pc := -1; END IF;")
        lines.add("END;")
    lines.add("END LOOP;")
    lines.add("END")
    text = lines.text.replace("/*frame*/", machine.frame_text()).replace("/*state*/", STATE_TEXT)
    text = text.replace(STATUS, "coalesce(_failed, 0)" if fails else "0")
    text = _pad(text, width)
    listed = "".join(f"{variable(parameter.name)} {parameter.pg}, " for parameter in parameters)
    listed = "_given text[], " if packed else listed
    outs = ", ".join(["_0 int2", *(f"_{i} text" for i in range(1, width + 1))])
    head = f"{HEAD}, {listed}{TAIL}) RETURNS TABLE ({outs})"
    settings = "" if name else PLANNING
    return function_code(mangle(name or "batch"), head, text, lines, name, settings)


def _pad(text: str, width: int) -> str:
    """Fill every row of a result set up to the width that all rows of the function share."""
    parts = text.split("/*pad:")
    padded = [parts[0]]
    for part in parts[1:]:
        number, _, rest = part.partition("*/")
        padded.append(", NULL::text" * (width - int(number)) + rest)
    return "".join(padded)


def function_code(
    stem: str, head: str, text: str, lines: CodeLines, module: str, settings: str = ""
) -> Code:
    """A function whose name tells its content: the same code is created once."""
    name = f'{CODE_SCHEMA}."{stem[:40].replace(chr(34), "")}_{digest(head + settings + text)}"'
    create = (
        f"CREATE OR REPLACE FUNCTION {name}({head} LANGUAGE plpgsql{settings}"
        f" AS $tsql$\n{text}\n$tsql$"
    )
    owners = tuple(lines.owners) if any(lines.owners) else ()
    return Code(name, create, tuple(lines.lines), tuple(lines.cols), module, owners)


def declarations(unit: Unit, parameters: list[PlanParameter], extra: list[str]) -> list[str]:
    """The PL/pgSQL declarations of a body's variables, but for its parameters."""
    own = {parameter.name.lower() for parameter in parameters}
    lines = [
        f"{each.sql} {each.pg}{'[]' if each.columns is not None else ''};"
        for each in unit.variables.values()
        if each.name.lower() not in own
    ]
    return lines + [f"{each};" for each in extra]
