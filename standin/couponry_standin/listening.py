"""Puts the TDS server in front of the pool."""

from __future__ import annotations

import ssl

from couponry_standin.access_tokens import Verifier
from couponry_standin.engine import Listener
from couponry_standin.postgres.databases import Databases
from couponry_standin.postgres.pool import Pool
from couponry_standin.server import serve
from couponry_standin.session import SessionFactory


async def listen(
    pool: Pool,
    databases: Databases,
    host: str,
    port: int,
    tls: ssl.SSLContext,
    verifier: Verifier | None,
) -> Listener:
    return await serve(SessionFactory(pool, databases, verifier), host, port, tls=tls)
