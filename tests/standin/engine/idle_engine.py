"""The engine with a listener that greets and hangs up: its life without the protocol."""

from __future__ import annotations

import asyncio
import ssl
import sys

from couponry_standin.__main__ import main
from couponry_standin.access_tokens import Verifier
from couponry_standin.postgres.databases import Databases
from couponry_standin.postgres.pool import Pool


class Greeter:
    def __init__(self, server: asyncio.Server) -> None:
        self._server = server

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        self._server.close()


async def listen(
    pool: Pool,
    databases: Databases,
    host: str,
    port: int,
    tls: ssl.SSLContext,
    verifier: Verifier | None,
) -> Greeter:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        names = await databases.list_databases()
        writer.write(" ".join(names).encode())
        if await reader.read(100):
            await databases.create_database("Remembered")
        writer.close()

    return Greeter(await asyncio.start_server(greet, host, port))


if __name__ == "__main__":
    sys.exit(main(listen=listen))
