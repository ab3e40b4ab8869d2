"""The only meeting place of the rooms: requests in, plans made and run, answers out."""

from .factory import SessionFactory

__all__ = ["SessionFactory"]
