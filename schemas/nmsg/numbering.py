"""The numbering of NMSG containers: which are missing. Pure.

Each output of libnmsg draws a random sequence_id when it opens and counts its containers from 0, modulo
2^32. Ids have no order, so an id that was not heard before is a new output and nothing else. Its first
container sets the baseline, as libnmsg itself has it: what came before may have gone elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

__all__ = ["STREAMS_MAX", "Place", "Streams"]

STREAMS_MAX = 4096  # outputs remembered; about 300 octets each, 1.2 MiB. The one silent longest goes first.
_MODULUS = 1 << 32


class Place(NamedTuple):
    """Where a container stands in its output: `new` output, containers `missing` before it, or `repeated`."""

    new: bool
    missing: int
    repeated: bool


class Streams:
    """The outputs heard of, and the number that each should give next."""

    def __init__(self) -> None:
        self._next: OrderedDict[int, int] = OrderedDict()

    def place(self, sequence_id: int, sequence: int) -> Place:
        """Account for one container."""
        expected = self._next.get(sequence_id)
        if expected is None:
            if len(self._next) >= STREAMS_MAX:
                self._next.popitem(last=False)
            self._next[sequence_id] = (sequence + 1) % _MODULUS
            return Place(True, 0, False)
        self._next.move_to_end(sequence_id)
        ahead = (sequence - expected) % _MODULUS
        if ahead >= _MODULUS >> 1:  # serial number arithmetic, RFC 1982 section 3.2
            return Place(False, 0, True)
        self._next[sequence_id] = (sequence + 1) % _MODULUS
        return Place(False, ahead, False)
