"""What clients asked and were denied, from a resolver's client-side answers and what it heard itself. Pure.

A resolver asks its authorities less than its clients asked it: other types, shorter names, or nothing, where
a proof or its cache has the answer. So each client-side NXDOMAIN becomes one question, as a plain negative
cache before the resolver would have let it through (RFC 2308 section 5): once for each name and type until
the SOA's negative TTL is over. It is joined to the authority's denial that covers it.

Rules. A denial covers the names equal to its own and below it (RFC 8020), those an alias led to among them,
where both name the same SOA. `by` is 'authority' where that came at most `FRESH_NS` before the client's
answer, 'cache' where it is older but not over, 'proof' where none covers it. An answer with an SOA that no
authority has shown is the resolver's own (RFC 6303, a response policy): counted as local. Where no authority
was heard at all, as in front of a resolver that tells of its clients only, the zones of RFC 6303 are local.
Only the messages' own time counts, so a file gives what the live stream gave. Of a client nothing is kept.
"""

from __future__ import annotations

import math
import struct
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from nxcast.schemas.codes import TYPE_CNAME, TYPE_SOA
from nxcast.schemas.message import HEADER_SIZE, POINTER, UNREADABLE, skip_name, wire_name
from nxcast.schemas.names import NAME_MAX, name_wire
from nxcast.schemas.units import SECOND_NS

__all__ = ["ClientQuestions", "Question"]

FRESH_NS = 300_000_000  # nanoseconds; a client's answer comes 0.1 to 16 ms after the denial, 30 ms under load
SLACK_NS = 10_000_000  # nanoseconds that an answer may come before its denial: BIND's clock ticks in 4 ms
# Nanoseconds of the resolver's messages that an answer waits for, to have its denial whatever the order.
HOLD_NS = 100_000_000
PATIENCE_S = 3.0  # seconds that it waits at most: libfstrm hands on what it has within two
TTL_MAX_S = 10_800  # seconds of a negative TTL, three hours (RFC 2308 section 5)

ALIASES_MAX = 16  # of a chain that are followed; resolvers give up at about as many
RECORDS_MAX = 256  # of an answer that are looked at
HELD_MAX = 32_768  # answers that wait; of 500 octets each 16 MiB, three seconds of 10,000 a second
ZONES_MAX = 32_768  # zones that authorities have shown; of 300 octets each 10 MiB
DENIALS_MAX = 65_536  # denied names; of 450 octets each 30 MiB
DENIALS_A_NAME = 4  # that are kept of one name: files may come one after the other
ASKED_MAX = 131_072  # names and types in the negative cache; of 350 octets each 46 MiB

NXDOMAIN = 3  # RFC 1035 section 4.1.1

_COUNTS = struct.Struct("!4H").unpack_from
_TYPE_CLASS = struct.Struct("!2H").unpack_from
_RECORD = struct.Struct("!HHIH").unpack_from
_MINIMUM = struct.Struct("!I").unpack_from

K = TypeVar("K")
V = TypeVar("V")


class Question(NamedTuple):
    """What a client asked and was denied; names in uncompressed wire form, the address of 4 or 16 octets."""

    time_ns: int  # of the client's answer
    qname: bytes
    qtype: int
    qclass: int
    server: bytes | None  # that denied it or, as far as known, is of the zone
    zone: bytes  # owner of the SOA
    denied: bytes | None  # the name that was denied, where one was
    by: str  # 'authority', 'cache' or 'proof'


class _Denial(NamedTuple):
    time_ns: int
    until_ns: int
    server: bytes
    name: bytes  # as the server wrote it


class _Answer(NamedTuple):
    """An NXDOMAIN: what was asked, what its aliases led to, and its SOA. Folded but for `qname`."""

    qname: bytes
    qtype: int
    qclass: int
    names: tuple[bytes, ...]  # the name asked for, and the aliases' targets
    soa: bytes
    ttl_s: int


class ClientQuestions:
    """Takes a resolver's messages in any order and gives questions. Nothing that a message holds raises.

    `counts` has what gives no question: `repeated` (a negative cache would have answered), `local`, `no_soa`
    and `unreadable`, and `hurried` for those that had to go early, since `HELD_MAX` others waited.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._held: deque[tuple[int, float, _Answer]] = deque()  # time, when it came, the answer
        self._heard_ns = -1  # latest time of the resolver's own messages
        # The oldest entries of these leave, used or not: to learn one again costs less than to keep it.
        self._servers: OrderedDict[bytes, bytes] = OrderedDict()  # by zone, as it was written
        self._zones: OrderedDict[bytes, bytes] = OrderedDict()  # a server of each zone that was shown
        self._ttls_s: OrderedDict[bytes, int] = OrderedDict()  # negative TTL of a zone
        self._denials: OrderedDict[tuple[bytes, bytes], tuple[_Denial, ...]] = OrderedDict()
        self._asked: OrderedDict[tuple[bytes, int, int], int] = OrderedDict()  # until when

    def __len__(self) -> int:
        """How many answers wait."""
        return len(self._held)

    def resolver_response(self, time_ns: int, server: bytes, zone: bytes, message: bytes) -> None:
        """Take what an authority answered; `zone` is dnstap's query_zone in wire form, empty if none."""
        if time_ns > self._heard_ns:
            self._heard_ns = time_ns
        if zone and self._servers.get(zone) != server:
            _keep(self._servers, zone, server, ZONES_MAX)
            _keep(self._zones, zone.lower(), server, ZONES_MAX)
        if message[3] & 0x0F == NXDOMAIN:
            answer = _answer(message)
            # An authority tells of its own zone only: else it could have a local zone's answers published.
            if not isinstance(answer, str) and answer.soa.endswith(zone.lower()):
                self._deny(time_ns, server, answer)

    def client_response(self, time_ns: int, message: bytes, now_s: float) -> None:
        """Take what a client was answered; `now_s` is any clock that goes forward, of live streams."""
        if message[3] & 0x0F != NXDOMAIN:
            return
        answer = _answer(message)
        if isinstance(answer, str):
            self.counts[answer] += 1
            return
        self._held.append((time_ns, now_s, answer))

    def due(self, now_s: float) -> list[Question]:
        """The questions whose denial would have come by now, in the order in which the answers came."""
        given: list[Question] = []
        held = self._held
        while held:
            time_ns, came_s, answer = held[0]
            hurried = len(held) > HELD_MAX
            if self._heard_ns < time_ns + HOLD_NS and now_s - came_s < PATIENCE_S and not hurried:
                break
            held.popleft()
            if hurried:
                self.counts["hurried"] += 1
            question = self._question(time_ns, answer)
            if question is not None:
                given.append(question)
        return given

    def finish(self) -> list[Question]:
        """All that wait: the stream has ended."""
        return self.due(math.inf)

    def _question(self, time_ns: int, answer: _Answer) -> Question | None:
        qname, qtype, qclass, names, soa, ttl_s = answer
        server = self._zones.get(soa)
        if server is None and (self._zones or _is_locally_served(soa)):
            self.counts["local"] += 1
            return None
        key = (names[0], qtype, qclass)
        if time_ns < self._asked.get(key, 0):
            self.counts["repeated"] += 1
            return None
        # The zone's own, since the client's has run down in the resolver's cache.
        _keep(self._asked, key, time_ns + self._ttls_s.get(soa, ttl_s) * SECOND_NS, ASKED_MAX)
        by, denial = self._covering(time_ns, names, soa)
        if denial is None:
            return Question(time_ns, qname, qtype, qclass, server, soa, None, by)
        return Question(time_ns, qname, qtype, qclass, denial.server, soa, denial.name, by)

    def _covering(self, time_ns: int, names: Sequence[bytes], soa: bytes) -> tuple[str, _Denial | None]:
        """How an answer came to be, and by which denial: the latest fresh one, else one that still holds."""
        cached: _Denial | None = None
        for name in reversed(names):
            for above in _upwards(name, soa):
                for denial in reversed(self._denials.get((above, soa), ())):
                    age_ns = time_ns - denial.time_ns
                    if -SLACK_NS <= age_ns <= FRESH_NS:
                        return "authority", denial
                    if cached is None and age_ns >= 0 and time_ns < denial.until_ns:
                        cached = denial
        return ("proof", None) if cached is None else ("cache", cached)

    def _deny(self, time_ns: int, server: bytes, answer: _Answer) -> None:
        soa, ttl_s = answer.soa, answer.ttl_s
        if self._ttls_s.get(soa) != ttl_s:
            _keep(self._ttls_s, soa, ttl_s, ZONES_MAX)
        if soa not in self._zones:
            _keep(self._zones, soa, server, ZONES_MAX)
        denial = _Denial(time_ns, time_ns + ttl_s * SECOND_NS, server, answer.qname)
        for name in answer.names:  # an authority of both ends of an alias denies the last
            key = (name, soa)
            before = self._denials.get(key)
            kept = (denial,) if before is None else (*before, denial)[-DENIALS_A_NAME:]
            _keep(self._denials, key, kept, DENIALS_MAX)


def _keep(store: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    """Set an entry; of more than `most` the one that came in first goes."""
    store[key] = value
    if len(store) > most:
        store.popitem(last=False)


def _answer(message: bytes) -> _Answer | str:
    """What an NXDOMAIN says, or why it says too little: 'unreadable' or 'no_soa'."""
    try:
        return _read(message)
    except UNREADABLE:
        return "unreadable"


def _read(message: bytes) -> _Answer | str:
    qdcount, ancount, nscount, _ = _COUNTS(message, 4)
    if qdcount != 1:
        return "unreadable"
    end = skip_name(message, HEADER_SIZE)
    qname = message[HEADER_SIZE:end]
    if len(qname) > NAME_MAX or qname[-1]:
        return "unreadable"
    qtype, qclass = _TYPE_CLASS(message, end)
    name = qname.lower()  # lengths are below the letters
    position = end + 4
    names: tuple[bytes, ...] = (name,)
    if ancount:
        names, position = _aliases(message, position, ancount, name)
    for _ in range(min(nscount, RECORDS_MAX)):
        owner = position
        position = skip_name(message, position)
        rrtype, _, ttl_s, size = _RECORD(message, position)
        position += 10 + size
        if rrtype == TYPE_SOA:
            minimum_s = _MINIMUM(message, position - 4)[0]
            # Its owner is mostly a pointer into the question's name.
            start = (message[owner] << 8 | message[owner + 1]) - (POINTER << 8) - HEADER_SIZE
            soa = name[start:] if 0 <= start < len(name) else wire_name(message, owner)[0].lower()
            return _Answer(qname, qtype, qclass, names, soa, min(ttl_s, minimum_s, TTL_MAX_S))
    return "no_soa"


def _aliases(message: bytes, position: int, ancount: int, name: bytes) -> tuple[tuple[bytes, ...], int]:
    """A name and what the CNAMEs of an answer lead to from it, folded, and the place after them."""
    names = [name]
    for _ in range(min(ancount, RECORDS_MAX)):
        owner, position = wire_name(message, position)
        rrtype, _, _, size = _RECORD(message, position)
        if rrtype == TYPE_CNAME and owner.lower() == names[-1] and len(names) <= ALIASES_MAX:
            names.append(wire_name(message, position + 10)[0].lower())
        position += 10 + size
    return tuple(names), position


def _upwards(name: bytes, apex: bytes) -> list[bytes]:
    """A folded name and the names above it, a zone's apex last; none outside that zone."""
    if not name.endswith(apex):
        return []
    found = []
    position = 0
    end = len(name) - len(apex)
    while position < end:
        found.append(name[position:])
        position += name[position] + 1
    return [*found, apex] if position == end else []


# Zones that resolvers serve themselves, as of November 2026: RFC 6303 section 4, 6761, 7534, 8375.
_LOCAL_TEXT = (
    *(f"{number}.in-addr.arpa" for number in (0, 10, 127)),
    *(f"{number}.172.in-addr.arpa" for number in range(16, 32)),
    *(f"{number}.100.in-addr.arpa" for number in range(64, 128)),
    "168.192.in-addr.arpa",
    "254.169.in-addr.arpa",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "255.255.255.255.in-addr.arpa",
    "d.f.ip6.arpa",
    *(f"{nibble}.e.f.ip6.arpa" for nibble in "89ab"),
    "8.b.d.0.1.0.0.2.ip6.arpa",
    ".".join("0" * 32) + ".ip6.arpa",
    "1." + ".".join("0" * 31) + ".ip6.arpa",
    *("localhost", "local", "invalid", "test", "onion", "home.arpa", "empty.as112.arpa"),
)
_LOCALLY_SERVED = frozenset(name_wire(f"{text}.") for text in _LOCAL_TEXT)


def _is_locally_served(apex: bytes) -> bool:
    """Whether a zone is one of them or below: Knot Resolver gives the name itself as the SOA's owner."""
    position = 0
    while apex[position]:
        if apex[position:] in _LOCALLY_SERVED:
            return True
        position += apex[position] + 1
    return False
