"""Failures of one server, zone or entry of a list in bounded memory, and what responses tell of them. Pure.

Kept are counts, times, the last hour by ten minutes, who else was in it (the servers of a zone, the
zones of a server) and the reasons that responses give. A time that is late, or a clock that is set back, is
counted and raises nothing. There are a hundred thousand, so each is one object to the garbage collector: it
holds numbers, texts and dicts of both, no lists and no tuples.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import log
from typing import NamedTuple
from zlib import crc32

from nxcast.consumers.names.blocklists import listed
from nxcast.consumers.names.domains import registrable
from nxcast.consumers.names.fold import fold
from nxcast.consumers.names.internal import is_reverse
from nxcast.consumers.names.suffixes import Suffixes
from nxcast.schemas.edns import EDE_OPTION, options_of
from nxcast.schemas.message import opt_options

__all__ = [
    "DISTINCT_MAX",
    "NOT_NAMED",
    "OTHER_RCODE",
    "UNKNOWN",
    "Failures",
    "Latest",
    "distinct_bit",
    "info_codes",
    "zone_of",
]

SLOT_NS = 600_000_000_000  # nanoseconds; ten minutes are short enough to see a fault begin
SLOTS = 6  # the last hour
DAY_SLOTS = 144  # of a day: records may be that late, and what is older comes from a clock that was set back
# Failures come in spells where ten-minute slots that have any have SPELL of them, and are one in SPELLS_REST
# of at least SPELLS_SPAN slots, three hours: who is asked and fails all day has rests at night alone.
SPELL, SPELLS_REST, SPELLS_SPAN = 5, 4, 18
NAMED_MAX = 8  # pairs of (other, RCODE) counted by name; most zones have 2 to 4 servers
COUNT_BITS = 32  # of the count of a slot, enough for seven million a second
COUNT_MAX = (1 << COUNT_BITS) - 1
DISTINCT_BITS = 512  # 64 octets; counts up to 1,000 to within 5 % or so
DISTINCT_MAX = 1000
CODES_MAX = 8  # INFO-CODEs kept of one server or zone; servers give one or two
_NEVER = 1 << 64  # later than any time of a record
_HOUR_SLOTS_NS = SLOTS * SLOT_NS
_ONE = tuple(1 << COUNT_BITS * place for place in range(SLOTS))

OTHER_RCODE = -1
"""Stands for each RCODE without a mnemonic, so that there are few."""

UNKNOWN = "unknown"
"""Stands for the zone of a response that has no question and no query beside it."""

NOT_NAMED = ""
"""Stands for the servers or zones beyond those that are counted by name."""


class Latest(NamedTuple):
    """The latest response, kept where it is to be shown."""

    time_ns: int
    server: str
    zone: str
    qname: str | None  # None also where its text is too long to be kept
    qtype: int | None
    rcode: int
    octets: int  # length of the response
    response: bytes  # empty where it is too long to be kept


class Failures:
    """The failures of one; `others` are the servers of a zone, or the zones of a server."""

    __slots__ = (
        *("_recent", "_slot", "bit", "by", "codes", "count", "distinct"),
        *("_most", "_today", "answered", "first_ns", "last_ns", "latest", "slots", "with_opt"),
        "answered_by",
    )

    def __init__(self) -> None:
        self.count = 0
        self.first_ns = _NEVER  # nanoseconds since the epoch
        self.last_ns = -1
        self.by: dict[str, int] = {}  # by RCODE, a blank and other
        self.distinct = 0  # a set of bits, one for each thing that `add` was given a bit of
        self.codes: dict[int, int] | None = None  # by INFO-CODE
        self.with_opt = 0  # responses that had an OPT
        self.latest: Latest | None = None
        self.bit = 0  # its own, for others to count it
        self.answered = 0  # good answers that were told since it first failed ...
        self.answered_by: dict[str, int] | None = None  # ... and those of, or for, who is in `by`
        self.slots = 0  # of ten minutes in which there was one
        self._today = self._most = 0  # of the present day (UTC), and of the worst one before
        self._slot = 0  # of the latest time
        self._recent = 0  # counts by slot modulo SLOTS, of COUNT_BITS each

    def add(self, time_ns: int, rcode: int, other: str, bit: int, codes: tuple[int, ...] | None) -> None:
        """Count one; `codes` as `info_codes` gives them."""
        self.count += 1
        self._today += 1
        if time_ns > self.last_ns:
            self.last_ns = time_ns
        if time_ns < self.first_ns:
            self.first_ns = time_ns
        if not self.distinct & bit:
            self.distinct |= bit
        by = self.by
        key = f"{rcode} {other}"
        if key not in by and len(by) >= NAMED_MAX:
            key = f"{rcode} {NOT_NAMED}"
        by[key] = by.get(key, 0) + 1
        slot = time_ns // SLOT_NS
        if slot == self._slot or self._turn(slot):
            self._recent += _ONE[slot % SLOTS]
        if codes is not None:
            self._explain(codes)

    def _turn(self, slot: int) -> bool:
        """Make a slot one of the last hour; False where it is older."""
        ahead = slot - self._slot
        if -DAY_SLOTS <= ahead <= 0:
            return ahead > -SLOTS
        if 0 < ahead < SLOTS:
            for passed in range(self._slot + 1, slot + 1):
                self._recent &= ~(_ONE[passed % SLOTS] * COUNT_MAX)
        else:
            self._recent = 0
        self.slots += 1
        if slot // DAY_SLOTS != self._slot // DAY_SLOTS:
            # The failure that this is for counts already, and is of the new day.
            self._most, self._today = max(self._most, self._today - 1), 1
        self._slot = slot
        return True

    def _explain(self, codes: tuple[int, ...]) -> None:
        self.with_opt += 1
        if not codes:
            return
        if self.codes is None:
            self.codes = {}
        for code in codes:
            if code in self.codes or len(self.codes) < CODES_MAX:
                self.codes[code] = self.codes.get(code, 0) + 1

    def answer(self, other: str, count: int) -> None:
        """Good answers for a zone, or by a server, of which failures may have been counted."""
        self.answered += count
        if any(key.endswith(f" {other}") for key in self.by):
            self.answered_by = self.answered_by or {}
            self.answered_by[other] = self.answered_by.get(other, 0) + count

    @property
    def share(self) -> float | None:
        """Of all that those named answered and failed at, the share that failed; None where none is told."""
        answered = sum((self.answered_by or {}).values())
        if not answered:
            return None
        failed = sum(count for key, count in self.by.items() if key.partition(" ")[2] != NOT_NAMED)
        return failed / (failed + answered)

    @property
    def most_a_day(self) -> int:
        """Of the worst day."""
        return max(self._most, self._today)

    @property
    def in_spells(self) -> bool:
        """Whether they came close together, with long times between in which there was none."""
        span = (self.last_ns - self.first_ns) // SLOT_NS + 1
        return span >= SPELLS_SPAN and self.slots * SPELLS_REST <= span and self.count >= SPELL * self.slots

    def recent(self, now_ns: int) -> list[int]:
        """Counts of the last hour by ten minutes, the present ones last."""
        now = now_ns // SLOT_NS
        slots = range(now - SLOTS + 1, now + 1)
        return [
            self._recent // _ONE[slot % SLOTS] & COUNT_MAX if 0 <= self._slot - slot < SLOTS else 0
            for slot in slots
        ]

    def usual(self, now_ns: int) -> float | None:
        """The mean of an hour before the last, None where that is less than one hour."""
        start_ns = (now_ns // SLOT_NS + 1 - SLOTS) * SLOT_NS
        hours = (start_ns - self.first_ns) / _HOUR_SLOTS_NS
        return None if hours < 1 else round((self.count - sum(self.recent(now_ns))) / hours, 1)

    def rcodes(self) -> list[tuple[int, int]]:
        """RCODEs and how often each came, the most frequent first."""
        counts: Counter[int] = Counter()
        for key, count in self.by.items():
            counts[int(key.partition(" ")[0])] += count
        return sorted(counts.items(), key=lambda each: (-each[1], each[0]))

    def others(self, rcode: int | None = None) -> dict[str, Counter[int]]:
        """Those named, with how often each RCODE (or only one) came of them, the most frequent first."""
        found: dict[str, Counter[int]] = {}
        for key, count in self.by.items():
            of, _, other = key.partition(" ")
            if other != NOT_NAMED and rcode in (None, int(of)):
                found.setdefault(other, Counter())[int(of)] += count
        return dict(sorted(found.items(), key=lambda each: (-each[1].total(), each[0])))

    @property
    def all_named(self) -> bool:
        """Whether `others` are all there were."""
        return all(key.partition(" ")[2] != NOT_NAMED for key in self.by)

    def about(self) -> int:
        """How many distinct things `add` was given bits of, at most `DISTINCT_MAX`.

        By linear counting (Whang and others, 1990): how many bits are still free tells how many were drawn.
        """
        free = DISTINCT_BITS - self.distinct.bit_count()
        if not free:
            return DISTINCT_MAX
        return min(round(DISTINCT_BITS * log(DISTINCT_BITS / free)), DISTINCT_MAX)


def distinct_bit(text: str) -> int:
    """The bit that stands for a text: the same in every process, for a replay to count as the stream did."""
    return _BITS[crc32(text.encode()) % DISTINCT_BITS]


_BITS = tuple(1 << place for place in range(DISTINCT_BITS))  # made once: each has 68 octets


def zone_of(qname: str, query_zone: str | None = None) -> str:
    """The zone that a failure is put down to; the folded qname and the zone have their last dots.

    It is the zone that the resolver asked the server as an authority of, where that is told. Else it is the
    registrable domain, or the qname itself where that is a suffix. In a known blocklist it is the list's
    zone. Of a reverse name it is what networks are delegated by: a /24 of IPv4 and a /48 of IPv6, or less
    where the qname has fewer labels (RFC 1035 section 3.5, RFC 3596 section 2.5).
    """
    blocklist = listed(qname, None)
    if blocklist is not None:
        return blocklist[0].name
    if query_zone is not None:
        return fold(query_zone)
    domain = _suffixes().domain(qname)
    if domain is not None and not domain.endswith(".arpa."):
        return domain
    if is_reverse(qname):
        return _reverse_zone(qname)
    return registrable(qname) or qname


@cache
def _suffixes() -> Suffixes:
    return Suffixes(only_icann=False)


def _reverse_zone(qname: str) -> str:
    v6 = qname.endswith("ip6.arpa.")
    most, digits = (12, 1) if v6 else (3, 3)  # labels of the network, characters of each
    *labels, _, _, _ = qname.split(".")
    kept = 0
    while kept < min(most, len(labels)) and 0 < len(labels[-1 - kept]) <= digits:
        kept += 1
    return ".".join([*labels[len(labels) - kept :], "ip6" if v6 else "in-addr", "arpa."])


def info_codes(response: bytes) -> tuple[int, ...] | None:
    """INFO-CODEs of the Extended DNS Errors in a response's OPT (RFC 8914 section 2); None without OPT."""
    options = opt_options(response)
    if options is None:
        return None
    return tuple(
        [
            int.from_bytes(data[:2])
            for code, data in options_of(options)
            if code == EDE_OPTION and len(data) > 1
        ]
    )
