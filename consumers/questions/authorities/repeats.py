"""Failures that come again at once: the same server, name, type and RCODE within `AGAIN_NS`. Pure, bounded.

Of one question of a client to a zone whose servers fail, Unbound asks 30 times, BIND 6 and PowerDNS twice.
What is counted is that each server failed for it; each of them tells that once.
"""

from __future__ import annotations

from nxcast.consumers.questions.loop.look_ups import server_of
from nxcast.schemas.records import DnsError

__all__ = ["AGAIN_NS", "ASKED_MAX", "Repeats"]

# Nanoseconds: resolvers try for 5 to 20 s, and after that keep a failure in their caches for 5 s (RFC 9520
# section 3.2) and more.
AGAIN_NS = 30_000_000_000
ASKED_MAX = 65_536  # of the newer half of what is kept; 110 octets each, 14 MB in all


class Repeats:
    """What failed lately, by hash: two that share one of 64 bits cost a failure, once in many years."""

    def __init__(self) -> None:
        self.count = 0  # failures that were repeats
        self._newer: dict[int, int] = {}  # when each was counted, nanoseconds since the epoch
        self._older: dict[int, int] = {}
        self._since_ns = 0  # of the newer ones

    def is_one(self, record: DnsError, rcode: int) -> bool:
        """Whether it came within `AGAIN_NS` of one that counted; it counts where it is none."""
        time_ns, qname = record["time_ns"], record["qname"]
        key = hash((server_of(record), qname and qname.lower(), record["qtype"], rcode))
        seen_ns = self._newer.get(key)
        if seen_ns is None:
            seen_ns = self._older.get(key)
        if seen_ns is not None and abs(time_ns - seen_ns) < AGAIN_NS:
            self.count += 1
            return True
        if len(self._newer) >= ASKED_MAX or abs(time_ns - self._since_ns) >= AGAIN_NS:
            self._older, self._newer = self._newer, {}
            self._since_ns = time_ns
        self._newer[key] = time_ns
        return False
