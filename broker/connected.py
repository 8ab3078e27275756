"""Who is connected, as a client is told: those first that are furthest behind. Pure.

A client sees its own connections, and those of others only where its key's rights say so; without keys all
are seen, by address. There is a look at the connections at most once a second, whoever asks how often.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from math import inf

from nxcast.broker.rights.gate import Asker, Gate
from nxcast.schemas.request_answers import CONNECTIONS_MAX, ConnectionStatus
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.ends import Peer

__all__ = ["LOOK_S", "Connected"]

LOOK_S = 1.0  # seconds from one look to the next: of 1,000 connections it takes some 30 ms


class Connected:
    """`peers` tells of all connections; `gate` is None without keys."""

    def __init__(self, peers: Callable[[], Sequence[Peer]], gate: Gate | None) -> None:
        self._peers = peers
        self._gate = gate
        self._looked_s = -inf
        self._rows: list[ConnectionStatus] = []

    def told(
        self, asker: Asker | None, now_ns: int, now_s: float
    ) -> tuple[bool, list[ConnectionStatus], int]:
        """Whether it is of everyone, the lines for who asks, and how many connections have no line.

        `now_s` is by a clock that nobody can set.
        """
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._rows = self._look(now_ns)
        everyone = asker is None or asker.client.connections
        rows = [row for row in self._rows if everyone or (asker is not None and row["name"] == asker.name)]
        others = sum(row["connections"] for row in rows[CONNECTIONS_MAX:])
        return everyone, rows[:CONNECTIONS_MAX], others

    def _look(self, now_ns: int) -> list[ConnectionStatus]:
        def client(peer: Peer) -> tuple[str, str, str]:
            return peer.socket, self._name(peer.user_id), peer.address

        rows = [
            _row(*each, list(found), now_ns)
            for each, found in groupby(sorted(self._peers(), key=client), key=client)
        ]
        return sorted(rows, key=lambda row: (-row["stalled_s"], -(row["waiting"] or 0)))

    def _name(self, user_id: str | None) -> str:
        if self._gate is None or user_id is None:
            return ""
        return self._gate.name(user_id.partition(" ")[2])


def _row(socket: str, name: str, address: str, peers: Sequence[Peer], now_ns: int) -> ConnectionStatus:
    waiting = [peer.waiting for peer in peers if peer.waiting is not None]
    return {
        "socket": socket,
        "name": name,
        "address": address,
        "connections": len(peers),
        "since_ns": max(0, now_ns - int(max(peer.age_s for peer in peers) * SECOND_NS)),
        "waiting": sum(waiting) if waiting else None,
        "stalled_s": int(max(peer.stalled_s for peer in peers)),
    }
