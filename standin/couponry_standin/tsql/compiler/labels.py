"""GOTO and its labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import tree
from ..errors import SqlError

if TYPE_CHECKING:
    from .blocks import Block
    from .flow import Flow


@dataclass(slots=True)
class Labels:
    """The labels of one body."""

    blocks: dict[str, Block] = field(default_factory=dict[str, "Block"])
    paths: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """of each label that was found: the TRY and CATCH blocks around it"""
    jumps: list[tuple[tree.GoTo, tuple[int, ...]]] = field(
        default_factory=list[tuple[tree.GoTo, tuple[int, ...]]]
    )

    def block(self, flow: Flow, name: str) -> Block:
        key = name.lower()
        if key not in self.blocks:
            self.blocks[key] = flow.new_block()
        return self.blocks[key]

    def label(self, flow: Flow, node: tree.Label) -> None:
        key = node.name.lower()
        if key in self.paths:
            raise SqlError(
                132,
                f"The label '{node.name}' has already been declared. Label names must be unique"
                " within a query batch or stored procedure.",
                severity=15,
                line=node.line,
                col=node.col,
            )
        self.paths[key] = tuple(flow.tries)
        # What leads here from below may have given any variable a value.
        flow.unit.touch(set(flow.unit.variables))
        block = self.block(flow, node.name)
        flow.jump(block)
        flow.start(block)
        flow.out.add(f"_h := {flow.handler};")

    def go_to(self, flow: Flow, node: tree.GoTo) -> None:
        self.jumps.append((node, tuple(flow.tries)))
        block = self.block(flow, node.name)
        flow.out.add(f"_pc := {block.number}; CONTINUE machine;")

    def check(self) -> None:
        """At the end of the body: each GOTO has its label, and none leads into a TRY or CATCH."""
        for node, path in self.jumps:
            target = self.paths.get(node.name.lower())
            if target is None:
                raise SqlError(
                    133,
                    f"A GOTO statement references the label '{node.name}' but the label has not"
                    " been declared.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
            if path[: len(target)] != target:
                raise SqlError(
                    1026,
                    "GOTO cannot be used to jump into a TRY or CATCH scope.",
                    severity=15,
                    line=node.line,
                    col=node.col,
                )
