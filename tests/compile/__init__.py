"""Microsoft's own compiler over every script of the repository: ``python -m tests.compile``."""
