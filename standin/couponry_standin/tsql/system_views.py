"""Placeholder."""
SYSTEM_VIEWS = {}
