"""All rules, in the order of docs/standin.md: the import of a subject registers its rules."""

from __future__ import annotations

from . import connections as connections
from . import isolation as isolation
from . import locks as locks
from . import modules as modules
from . import queries as queries
from . import values as values
from .rule import RULES as RULES
from .rule import TOLD as TOLD
