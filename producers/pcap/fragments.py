"""Fragments of IP datagrams, kept until the datagram is whole. Pure: the time is that of the packets.

Bounded in number, octets and age: what does not fit or grows too old is given up and counted, oldest first.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from nxcast.schemas.datagram import FRAGMENTS_MAX, DatagramError, Packet, join

__all__ = ["AGE_NS", "DATAGRAMS_MAX", "OCTETS_MAX", "Fragments"]

DATAGRAMS_MAX = 1024  # in the making at a time
OCTETS_MAX = 16 << 20  # of them all: each of 1,024 can have 16 KiB, and DNS seldom needs 4
AGE_NS = 30_000_000_000  # Linux gives a datagram as long; RFC 8200 section 4.5 wants 60 s at most


class _Pile:
    """The fragments of one datagram so far."""

    def __init__(self, time_ns: int) -> None:
        self.time_ns = time_ns  # of the first one seen
        self.packets: list[Packet] = []
        self.octets = 0
        self.end = 0  # octets of the whole payload, 0 until the last fragment is there


class Fragments:
    """Takes fragments and gives back whole packets; counts in `skipped` each datagram that is given up."""

    def __init__(self, skipped: Counter[str]) -> None:
        self._skipped = skipped
        self._piles: OrderedDict[tuple[bytes, bytes, int, int], _Pile] = OrderedDict()
        self._octets = 0

    def take(self, time_ns: int, packet: Packet) -> Packet | None:
        """The whole packet if this fragment was the last one missing; raises DatagramError if it is bad."""
        key = packet.datagram_key
        self._expire(time_ns)
        pile = self._piles.get(key)
        if pile is None:
            pile = self._piles[key] = _Pile(time_ns)
        pile.packets.append(packet)
        size = len(packet.payload)
        pile.octets += size
        self._octets += size
        if not packet.more:
            pile.end = packet.offset + size
        if len(pile.packets) > FRAGMENTS_MAX:
            self._forget(key)
            raise DatagramError("fragments_many")
        if pile.end and pile.octets >= pile.end:
            return self._join(key, pile)
        self._shed()
        return None

    def finish(self) -> None:
        """No more packets will come: count what is not whole."""
        while self._piles:
            self._give_up()

    def _join(self, key: tuple[bytes, bytes, int, int], pile: _Pile) -> Packet | None:
        try:
            whole = join(pile.packets)
        except DatagramError as error:
            if error.reason == "fragments_missing":  # some were there twice
                return None
            self._forget(key)
            raise
        self._forget(key)
        return whole

    def _expire(self, time_ns: int) -> None:
        while self._piles:
            oldest = next(iter(self._piles.values()))
            if time_ns - oldest.time_ns <= AGE_NS:
                return
            self._give_up()

    def _shed(self) -> None:
        while len(self._piles) > DATAGRAMS_MAX or self._octets > OCTETS_MAX:
            self._give_up()

    def _give_up(self) -> None:
        self._forget(next(iter(self._piles)))
        self._skipped["fragments_missing"] += 1

    def _forget(self, key: tuple[bytes, bytes, int, int]) -> None:
        self._octets -= self._piles.pop(key).octets
