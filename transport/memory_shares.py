"""How a broker's `memory_max` is shared out, and how many connections that has room for. Pure.

With 512 MiB:

    160 MiB  messages of producers that wait for their turn (`broker/fair_queue.py`)
     96 MiB  1,024 producers: what libzmq has of their messages
    160 MiB  512 subscribers: 4 messages of 64 KiB for each
     96 MiB  1,536 askers, as many as the others together

What waits for one of them may be more, as long as all of it is not: `transport/zeromq/crowding.py`.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["DEPTH", "MEMORY_MIN", "MESSAGE", "Shares", "shares"]

MEMORY_MIN = 64 << 20  # octets: 20 MiB for the largest messages, of 8 MiB; 64 subscribers
PARTS = 16  # of memory_max, which are shared out as above: 5, 3, 5, 3
MESSAGE = 64 << 10  # octets of a message to a subscriber as a rule; one record alone may have 131 KB
# Octets of a connection by itself: 22 KiB measured with libzmq 4.3.5 (two buffers of 8 KiB, pipes), more with
# keys. A producer's has half of a batch besides.
PRODUCER, ASKER = 96 << 10, 64 << 10
DEPTH = 4  # messages for each subscriber where there are as many as may be


class Shares(NamedTuple):
    """Octets."""

    senders: int
    ingress: int
    egress: int
    replay: int

    @property
    def connections_max(self) -> tuple[int, int, int]:
        """How many there may be: producers, subscribers, askers."""
        return self.ingress // PRODUCER, self.egress // ((DEPTH + 1) * MESSAGE), self.replay // ASKER


def shares(memory_max: int) -> Shares:
    """Those of so many octets."""
    part = memory_max // PARTS
    return Shares(5 * part, 3 * part, 5 * part, 3 * part)
