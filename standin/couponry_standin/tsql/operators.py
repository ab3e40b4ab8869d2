"""The operators of expressions, in one place for the compiler."""

from __future__ import annotations

from .arithmetic import binary, concat, unary
from .collation import (
    as_text,
    check_collation,
    collation_of,
    group_key,
    order_term,
    sort_key,
)
from .comparison import between, case, compare, comparison_operands, in_list, like
from .precedence import unify

__all__ = [
    "as_text",
    "between",
    "binary",
    "case",
    "check_collation",
    "collation_of",
    "compare",
    "comparison_operands",
    "concat",
    "group_key",
    "in_list",
    "like",
    "order_term",
    "sort_key",
    "unary",
    "unify",
]
