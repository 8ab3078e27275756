"""TCP connections that pass through here, so that they can be cut and delayed. Used by `chaos`."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

__all__ = ["Proxy"]

CHUNK = 64 << 10  # octets read at once, which also bounds what is held back


class Proxy:
    """Listens on a free port of loopback and passes octets on to another one, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait()

    def cut(self) -> None:
        """End all connections at once, as a network does that goes away: with a reset."""
        self._loop.call_soon_threadsafe(self._cut)

    def delay(self, seconds: float) -> None:
        """Hold each piece back for so long, from now on."""
        self._delay = seconds

    def close(self) -> None:
        """End the connections and the listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        self._cut()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, far_writer}
        self._writers |= both
        with suppress(asyncio.CancelledError):
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._copy(reader, far_writer)),
                    asyncio.ensure_future(self._copy(far_reader, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        self._writers -= both
        for each in both:
            each.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while octets := await reader.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(octets)
                await writer.drain()
