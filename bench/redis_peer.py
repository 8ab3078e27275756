"""What one observation costs a passive DNS server that keeps all in Redis: D4's, by its sequence of commands.

Its analyzer waits for each answer: two sets of names (forward, reverse), the first time, the last time, a
count, three distributions and a total, nine to eleven commands, by the library that it uses too (redis of
PyPI, which is a peer here as the server is, and no dependency). The server keeps no file, in its favour.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

__all__ = ["missing", "observations_per_second"]

SERVER = "redis-server"
WAIT_S = 30.0


def missing() -> str:
    """What of the peer is not here; '' where all is."""
    if which(SERVER) is None:
        return SERVER
    return "" if find_spec("redis") else "redis of PyPI"


def observations_per_second(folder: Path, seen: Iterable[tuple[str, int, str, int]]) -> float:
    """Of CPU time, the server's and the client's; (name, type, value, seconds) each."""
    path = folder / "redis.sock"
    words = [SERVER, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        try:
            client = _connected(path)
            begun = time.process_time()
            count = 0
            for each in seen:
                _observe(client, *each)
                count += 1
            asked = time.process_time() - begun
            client.close()
        finally:
            server.terminate()
            _, _, used = os.wait4(server.pid, 0)
            server.returncode = 0
    return count / (asked + used.ru_utime + used.ru_stime)


def _connected(path: Path) -> Any:
    import redis

    client = redis.Redis(unix_socket_path=str(path))
    deadline = time.monotonic() + WAIT_S
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    client.ping()
    return client


def _observe(client: Any, name: str, rrtype: int, value: str, time_s: int) -> None:
    """One observation, as the analyzer writes it."""
    client.sadd(f"r:{name}:{rrtype}", value)
    client.sadd(f"v:{value}:{rrtype}", name)
    of = f"{name}:{value}:{rrtype}"
    if not client.exists(f"s:{of}"):
        client.set(f"s:{of}", time_s)
    last = client.get(f"l:{of}")
    if last is None or int(last) < time_s:
        client.set(f"l:{of}", time_s)
    client.incr(f"o:{of}")
    client.hincrby("dist:ttl", "300", 1)
    client.hincrby("dist:class", "1", 1)
    client.hincrby("dist:type", str(rrtype), 1)
    client.incrby("stats:processed", 1)
