"""couponry db …: the group with all its commands, which register themselves."""

from couponry_cli import releases
from couponry_cli.databases import db

__all__ = ["db", "releases"]
