"""Lets containers reach parts of a lab: ``python -m lab.relay ADDRESS PORT …``.

Every part listens on loopback alone. The relay listens on one more address, that of the host on Docker's bridge, and
hands each connection on to the same port of loopback.
"""

import asyncio
import sys
from contextlib import suppress
from functools import partial

from lab.ports import LOOPBACK

_CHUNK = 65_536


async def relay(address: str, ports: list[int]) -> None:
    """Serve until cancelled. Raises ``OSError`` if the address is not this host's or one of its ports is taken."""
    servers = [await asyncio.start_server(partial(_hand_on, port), address, port) for port in ports]
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _hand_on(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        # The part has gone; to the client that is a connection which ends, as without the relay.
        writer.close()
        return
    await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    # A peer that resets its connection ends both ways, as it would without the relay.
    with suppress(ConnectionError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
    target.close()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1], [int(port) for port in sys.argv[2:]]))
