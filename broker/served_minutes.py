"""What servers answered well, by server and zone: counted as frames come, told once a minute on servers/.

The compiled kernel counts, where there is one, also what Python took. Both have the same bounds, of pairs and
octets; the first that come are told, and answers of those beyond are counted. The records of a minute are
given in slices.
Counts are in memory alone: a broker that is killed tells nothing of its last minute. Waits go by a clock that
nobody can set (`now_s`, seconds); what is told goes by the time (`now_ns`, nanoseconds since 1970).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import cast

from nxcast.broker.derivation.compiled import Compiled, Served
from nxcast.broker.derivation.derive import Derived
from nxcast.schemas.frames import FORWARDER, QUERY_ZONE, Frame, Frame1
from nxcast.schemas.ip_addresses import address_text
from nxcast.schemas.message import RD, name_of
from nxcast.schemas.records import ServerAnswers

__all__ = ["OCTETS_MAX", "PAIRS_MAX", "PERIOD_S", "ROOM", "SLICE_PAIRS", "ServedMinutes"]

PAIRS_MAX = 65_536  # servers and zones told of a minute
OCTETS_MAX = 3 << 20  # of their addresses and zones: 48 for each of them; most have less
ROOM = PAIRS_MAX, OCTETS_MAX
PERIOD_S = 60.0  # seconds from one telling to the next
SLICE_PAIRS = 512  # looked at and given at once, 3 ms

_NO_ANSWER = 0x78 | RD  # bits of what was no query (opcode), or asked of a resolver
_DENIED = 1 << 32  # what a response with RCODE 3 counts, and one with RCODE 0 counts 1


class ServedMinutes:
    """Good answers, gathered from now on, by the kernel of `compiled` if there is one."""

    def __init__(self, compiled: Compiled | None, now_s: float) -> None:
        self.untold = 0
        """Good answers of pairs beyond the bound, or of a zone that is no name."""
        self._compiled = compiled
        self._counts: Counter[bytes] = Counter()  # by zone and address, one behind the other
        self._octets = 0  # of these
        self._begun_s = now_s
        self._ended: Iterator[ServerAnswers | None] = iter(())
        self._rest = False  # whether it may have more

    def take(self, derived: Derived) -> None:
        """Count what Python derived."""
        good, denied = _pairs_of(derived.good), _pairs_of(derived.denied)
        if self._compiled is not None:
            self._compiled.count(good, denied)
            return
        counts = self._counts
        before = len(counts)
        counts.update([zone + server for server, zone in good])
        for server, zone in denied:
            counts[zone + server] += _DENIED
        if len(counts) > before:
            self._octets += sum(map(len, islice(reversed(counts), len(counts) - before)))
            while len(counts) > PAIRS_MAX or self._octets > OCTETS_MAX:
                key, count = counts.popitem()
                self._octets -= len(key)
                self.untold += sum(divmod(count, _DENIED))

    def due_in(self, now_s: float) -> float:
        """Seconds until `records` gives something."""
        return 0.0 if self._rest else max(self._begun_s + PERIOD_S - now_s, 0.0)

    def records(self, now_ns: int, now_s: float) -> list[ServerAnswers]:
        """The next slice of a minute that has ended; it may be empty though others follow (`due_in` is 0)."""
        if not self._rest and now_s >= self._begun_s + PERIOD_S:
            self._end(now_ns, now_s)
        return self._slice()

    def rest(self, now_ns: int, now_s: float) -> Iterator[list[ServerAnswers]]:
        """All that there is, slice by slice, when the broker ends."""
        while self._rest:
            yield self._slice()
        self._end(now_ns, now_s)
        while self._rest:
            yield self._slice()

    def _slice(self) -> list[ServerAnswers]:
        looked_at = list(islice(self._ended, SLICE_PAIRS))
        self._rest = len(looked_at) == SLICE_PAIRS
        return [record for record in looked_at if record is not None]

    def _end(self, now_ns: int, now_s: float) -> None:
        """A minute ends, and another one begins."""
        span_ms = round((now_s - self._begun_s) * 1000)
        if self._compiled is not None:
            self.untold += self._compiled.turn()
        self._ended = self._records(self._counts, now_ns, span_ms)
        self._counts, self._octets = Counter(), 0
        self._begun_s = now_s
        self._rest = True

    def _records(self, counts: Counter[bytes], time_ns: int, span_ms: int) -> Iterator[ServerAnswers | None]:
        """Of what was counted; None for a zone that is no name."""
        for address, zone, good, denied in self._pairs(counts):
            try:
                name = name_of(zone.lower())  # lengths of labels are below those of letters
            except ValueError:
                self.untold += good + denied
                yield None
                continue
            yield {
                "time_ns": time_ns,
                "span_ms": span_ms,
                "response_ip": address_text(address),
                "query_zone": name,
                "noerror": good,
                "nxdomain": denied,
            }

    def _pairs(self, counts: Counter[bytes]) -> Iterator[Served]:
        while self._compiled is not None and (told := self._compiled.told(SLICE_PAIRS)):
            yield from told
        for key, count in counts.items():
            size = 4 if _is_zone(key[:-4]) else 16
            denied, good = divmod(count, _DENIED)
            yield Served(key[-size:], key[:-size], good, denied)


def _pairs_of(frames: list[Frame1 | Frame]) -> list[tuple[bytes, bytes]]:
    """Address and zone of who answered queries as an authority of a zone."""
    if not frames or len(frames[0]) <= QUERY_ZONE:
        return []
    return [
        (server, zone)
        for _, _, server, _, _, _, _, _, response, zone, marks in cast("list[Frame]", frames)
        if zone is not None and not response[2] & _NO_ANSWER and not marks & FORWARDER
    ]


def _is_zone(wire: bytes) -> bool:
    try:
        name_of(wire)
    except ValueError:
        return False
    return True
