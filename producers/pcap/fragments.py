"""Fragments of IP datagrams, kept until the datagram is whole. Pure: the time is that of the packets.

Bounded in octets and age: what does not fit or grows too old is given up and counted, oldest first. A piece
that is there already is not kept again.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from nxcast.schemas.datagram import FRAGMENTS_MAX, DatagramError, Packet, join

__all__ = ["AGE_NS", "OCTETS_MAX", "Fragments"]

OCTETS_MAX = 16 << 20  # held of all datagrams: 1,024 of 16 KiB each, and DNS seldom needs 4
# Octets that one datagram and one fragment take besides the payload, as measured: objects, and places in a
# dict and a list. Without them a flood of short pieces would take ten times the bound.
DATAGRAM_COST, FRAGMENT_COST = 900, 400
AGE_NS = 30_000_000_000  # Linux gives a datagram as long; RFC 8200 section 4.5 wants 60 s at most

_Key = tuple[bytes, bytes, int, int]


class _Pile:
    """The fragments of one datagram so far."""

    def __init__(self, time_ns: int) -> None:
        self.time_ns = time_ns  # of the first one seen
        self.packets: list[Packet] = []
        self.octets = 0  # of all payloads
        self.end = 0  # octets of the whole payload, 0 until the last fragment is there

    @property
    def held(self) -> int:
        """Octets that it takes."""
        return DATAGRAM_COST + FRAGMENT_COST * len(self.packets) + self.octets

    def has(self, packet: Packet) -> bool:
        """Whether this piece is there."""
        return any(
            known.offset == packet.offset and known.more == packet.more and known.payload == packet.payload
            for known in self.packets
        )

    def add(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.octets += len(packet.payload)
        if not packet.more:
            self.end = packet.offset + len(packet.payload)


class Fragments:
    """Takes fragments and gives back whole packets; counts in `skipped` each datagram that is given up.

    `held` is what all of them take, in octets; never over OCTETS_MAX.
    """

    def __init__(self, skipped: Counter[str]) -> None:
        self.held = 0
        self._skipped = skipped
        self._piles: OrderedDict[_Key, _Pile] = OrderedDict()

    def take(self, time_ns: int, packet: Packet) -> Packet | None:
        """The whole packet if this fragment was the last one missing; raises DatagramError if it is bad."""
        key = packet.datagram_key
        self._expire(time_ns)
        pile = self._piles.get(key)
        if pile is None:
            pile = self._piles[key] = _Pile(time_ns)
            self.held += pile.held
        elif pile.has(packet):
            return None
        self.held += FRAGMENT_COST + len(packet.payload)
        pile.add(packet)
        try:
            whole = _whole(pile)
        except DatagramError:
            self._forget(key)
            raise
        if whole is not None:
            self._forget(key)
        while self.held > OCTETS_MAX:
            self._give_up()
        return whole

    def finish(self) -> None:
        """No more packets will come: count what is not whole."""
        while self._piles:
            self._give_up()

    def _expire(self, time_ns: int) -> None:
        while self._piles and time_ns - next(iter(self._piles.values())).time_ns > AGE_NS:
            self._give_up()

    def _give_up(self) -> None:
        self._forget(next(iter(self._piles)))
        self._skipped["fragments_missing"] += 1

    def _forget(self, key: _Key) -> None:
        self.held -= self._piles.pop(key).held


def _whole(pile: _Pile) -> Packet | None:
    """The packet of a pile, None while some of it is missing; raises DatagramError if it can't be."""
    if len(pile.packets) > FRAGMENTS_MAX:
        raise DatagramError("fragments_many")
    if not pile.end or pile.octets < pile.end:
        return None
    try:
        return join(pile.packets)
    except DatagramError as error:
        if error.reason == "fragments_missing":  # some overlap, so that there seemed to be enough
            return None
        raise
