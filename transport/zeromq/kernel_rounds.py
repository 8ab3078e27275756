"""How much the kernel takes in of each producer, so that libzmq's thread comes round to all of them soon.

That thread takes from each connection what the kernel has of it, one after the other; fifty that send 8 MiB
each had a hundred milliseconds of it in a round, and a producer of small batches, of which each takes it two
rounds, came too late. So those of which much waits share `ROUND` octets, and the others have room for all.
Times are seconds of a clock that nobody can set.
"""

from __future__ import annotations

from nxcast.transport.zeromq.connections import ROUND_MIN, Connection, Connections

__all__ = ["INGRESS_KERNEL", "ROUND", "KernelRounds"]

# Octets of a producer in the kernel at most: 20 MB/s, a hundred thousand frames, at 50 ms; most systems make
# 416 KiB of it (net.core.rmem_max).
INGRESS_KERNEL = 1 << 20
ROUND = 2 << 20  # octets of all of which much waits; the kernel takes up to twice as many, 3 ms of the thread
ALL_KERNEL = 64 << 20  # octets of all producers in the kernel, of those with little waiting too
MUCH = 8 << 10  # octets that wait, so many as libzmq reads at once of small messages
LOOK_S = 1.0  # seconds from one look at all of them to the next: 20 µs each


class KernelRounds:
    """Over the producers' connections."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._looked_s = 0.0

    def look(self, now_s: float, *, events: bool) -> None:
        """Give each its room: little at first, then twice as much each second while little of it waits.

        Without `events` nobody has come since the last look.
        """
        soon = now_s - self._looked_s < LOOK_S
        if soon and not events:
            return
        there = self._connections.all()
        if soon:
            for each in there:
                if not each.kernel_octets:
                    self._connections.set_kernel_octets(each, ROUND_MIN)
            return
        self._looked_s = now_s
        much = {each.descriptor for each in there if self._waits(each)}
        share = max(ROUND // len(much), ROUND_MIN) if much else 0
        most = min(INGRESS_KERNEL, max(ALL_KERNEL // max(len(there), 1), ROUND_MIN))
        for each in there:
            octets = share if each.descriptor in much else max(2 * each.kernel_octets, ROUND_MIN)
            self._connections.set_kernel_octets(each, min(octets, most))

    def _waits(self, connection: Connection) -> bool:
        traffic = self._connections.traffic(connection)
        return traffic is not None and traffic.unread > MUCH
