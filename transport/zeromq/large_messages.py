"""Which producers go on with large messages where memory is short, so that all that was begun has room.

libzmq's thread reads whatever comes of each connection, four messages ahead, and keeps the whole ones of who
is gone; it can't be told to wait. The kernel can: where it takes no more of a connection, the other end
waits, and nothing is lost. What libzmq has of a large message is memory of its own, as much as came of it.

Rule 1: who has no more than a part in libzmq never waits, and `little_waits` says that something of it has to
be read, however much of others is.
Rule 2: of the others those go on, in the order in which they began to wait and for `TURN_S` at a time, whose
messages have room once they are whole.
Rule 3: where all that is whole was handed on, and none has room, the first has the reserve; where that is too
little, the one with the most has to go.

Times are seconds of a clock that nobody can set.
"""

from __future__ import annotations

from nxcast.schemas.frames import INGRESS_MESSAGE_MAX
from nxcast.transport.zeromq.connections import ROUND_MIN, Connection, Connections

__all__ = ["GREETING_MAX", "TURN_S", "WHOLE", "LargeMessages"]

WHOLE = INGRESS_MESSAGE_MAX + ROUND_MIN  # octets; who has so many in libzmq has a message that can be read
GREETING_MAX = 1024  # octets of a connection that are no message's: 92 of greetings, 552 with keys
TURN_S = 1.0  # seconds that one goes on for before others that wait do


class LargeMessages:
    """Over the producers' connections, which share `octets` before any of them waits."""

    def __init__(self, connections: Connections, octets: int) -> None:
        self._connections = connections
        self._octets = octets
        self._some_wait = False
        self.waits = 0  # how often somebody had to wait
        self.little_waits = False  # whether libzmq has something of who has little, at the last look

    def look(self, room: int, reserve: int, now_s: float, *, dry: bool) -> Connection | None:
        """Share out so many octets of room; who has to go, if anybody.

        `dry` says whether libzmq had nothing to hand on at some time since the last look.
        """
        there = [(self._connections.held(each), each) for each in self._connections.all()]
        part = max(self._octets // max(len(there), 1), ROUND_MIN)
        self.little_waits = any(GREETING_MAX < held <= part for held, _ in there)
        large = []
        for held, each in there:
            if held > part:
                each.waits_s = each.waits_s or now_s
                large.append((held, each))
            else:
                self._connections.go_on(each)
                each.waits_s = 0.0
        going = 0
        for held, each in sorted(large, key=lambda found: found[1].waits_s):
            need = WHOLE - held
            if 0 < need <= room + (reserve if dry and not going else 0):
                room -= need
                going += 1
                self._go(each, now_s)
            else:
                room = room if need <= 0 else 0  # nobody overtakes who waits for longer
                self.waits += not each.stopped
                self._connections.stop(each)
        self._some_wait = going < len(large)
        return max(large, key=lambda found: found[0])[1] if dry and large and not going else None

    def release(self) -> None:
        """There is memory: nobody waits."""
        self.little_waits = False
        if self._some_wait:
            self._some_wait = False
            for each in self._connections.all():
                self._connections.go_on(each)
                each.waits_s = 0.0

    def _go(self, connection: Connection, now_s: float) -> None:
        if connection.stopped:
            self._connections.go_on(connection)
            connection.goes_s = now_s
        elif now_s - connection.goes_s >= TURN_S:
            connection.waits_s = now_s
