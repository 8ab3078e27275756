"""What clients asked and were denied: a resolver's client-side answers joined to the authorities' denials.

A resolver asks its authorities less than its clients ask it, or something else: other types and shorter
names (RFC 9156), or nothing where its cache, a missing name above (RFC 8020) or a proof (RFC 8198) answers.
From CLIENT_RESPONSE beside RESOLVER_RESPONSE this gives each question that would have gone to an authority if
nothing but a plain negative cache had stood before it.

Rule 1: one question for each name (whatever its case), type and class in each negative TTL of its zone
(RFC 2308 section 5), the TTL as authorities tell it: the client's copy has run down in the resolver's cache.
Rule 2: `by` is 'authority' where a denial that covers the name came at most 0.3 s before the answer, 'cache'
where one is older and its negative TTL not over, 'proof' where none covers it (see `denials`).
Rule 3: an SOA that no authority has shown, by query_zone or by a denial, is the resolver's own (RFC 6303, a
response policy, an internal zone): its answers are counted as local and go nowhere. With `local_zones` the
stream is taken to have client messages alone, and all zones but those are public.
Rule 4: only the messages' own time decides, so that a file gives what the live stream gave; `now_ns` ends
the waiting and nothing else. A set clock or a wrong time costs at most one negative TTL of a name.
Rule 5: nothing of a client is kept or given: no address, port, id or EDNS option. No octets raise.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Literal, NamedTuple

from nxcast.producers.dnstap.denials import (
    QNAME,
    REASONS,
    SERVER,
    Denial,
    Denials,
    Heard,
    asked_in,
    is_nxdomain,
    is_within,
    read,
)
from nxcast.producers.dnstap.recent import Recent
from nxcast.schemas.names import NAME_MAX, name_wire
from nxcast.schemas.question_frame import QUESTION
from nxcast.schemas.units import MILLISECOND_NS, SECOND_NS

__all__ = ["COUNTS", "LOCALLY_SERVED", "TIME_MAX_NS", "Key", "Question", "QuestionJoin"]

HOLD_NS = 2_500 * MILLISECOND_NS
"""Nanoseconds of the resolver's own messages that an answer waits for its denial. libfstrm hands on what it
has within 2 s, each connection for itself (BIND, PowerDNS Recursor; Unbound and dnsdist 0.6 s), so a message
may come that much after a younger one of another connection."""
PATIENCE_NS = 3_000 * MILLISECOND_NS
"""Nanoseconds of the caller's clock after which it waits no longer: the resolver may have nothing to say."""
TIME_MAX_NS = (1 << 62) - 1
"""Nanoseconds since the epoch, in 2116: the latest time of a message. What is added to it fits in 64 bits."""
# Answers that wait: 13,000 a second that no denial of the very name covers. 530 octets each, worst 1.3 KiB:
# 17 MiB, worst 42 MiB.
HELD_MAX = 32_768
ZONES_MAX = 32_768  # zones that were shown; 180 octets each, worst 400: 6 MiB, worst 13 MiB
# Questions in the negative cache, 12 a second over three hours. 280 octets each, worst 510: 35 MiB, worst
# 64 MiB.
ASKED_MAX = 131_072

COUNTS = {
    "questions": "given",
    "repeated": "a negative cache would have answered",
    "local": "the SOA is of a zone that no authority has shown",
    "other": "no NXDOMAIN in response to a QUERY",
    **REASONS,
}
"""What becomes of a client's answer: each call of `client_response` ends in one of these, or waits."""

By = Literal["authority", "cache", "proof"]
Key = tuple[bytes, int, int]
"""What is asked: the qname, folded, qtype and qclass."""


class Question(NamedTuple):
    """What a client asked and was denied: a QuestionFrame; names in wire form, the case as it was written."""

    time_ns: int  # of the client's answer, nanoseconds since the epoch
    kind: Literal[64]  # QUESTION
    qname: bytes
    qtype: int
    qclass: int
    server: bytes | None  # 4 or 16 octets: that denied it, else the zone's that was heard last, else None
    zone: bytes  # owner of the SOA
    denied: bytes | None  # the question's name in the denial that covers it; None for a proof
    by: By


class _Zone:
    """A zone that an authority has shown, or is taken for public."""

    __slots__ = ("server", "told", "ttl_s")

    def __init__(self, server: bytes | None) -> None:
        self.server = server
        self.ttl_s = 0  # negative TTL, seconds
        self.told = False  # whether an authority has told it; else it is the longest that a client was told


_Answer = tuple[int, int, Key, bytes, Denial]
"""A client's NXDOMAIN: its time, when it came by the caller's clock, its key, its qname, what it denies."""


class QuestionJoin:
    """Takes a resolver's messages in about any order, and gives questions.

    `counts` has the keys of COUNTS, and `hurried` for answers that could not wait, since HELD_MAX did.
    """

    def __init__(self, local_zones: frozenset[bytes] | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.held_max = HELD_MAX
        self._local_zones = local_zones
        # Time of the resolver's message that came last. Not the latest time: one wrong clock would fix that.
        self._heard_ns = 0
        self._zones: Recent[bytes, _Zone] = Recent(ZONES_MAX)
        self._denials = Denials()
        self._asked: Recent[Key, tuple[int, int]] = Recent(ASKED_MAX)  # when, how long
        self._held: deque[_Answer] = deque()

    def __len__(self) -> int:
        """How many answers wait."""
        return len(self._held)

    def resolver_response(
        self, time_ns: int, server: bytes | None, query_zone: bytes, response: bytes
    ) -> None:
        """Take a RESOLVER_RESPONSE: its time, the server's address, dnstap's query_zone (empty if absent).

        An address that is not of 4 or 16 octets is taken as not known.
        """
        if server is not None and len(server) not in (4, 16):
            server = None
        self.heard(time_ns, server, query_zone)
        asked = asked_in(response) if is_nxdomain(response) else None
        if asked is None:
            return
        name = asked[0].lower()
        denial = read(response, name, asked[3])
        if isinstance(denial, str):
            return
        # Else a stranger's server could show a zone that is not its own, or deny names in it.
        soa = denial[1]
        if is_within(soa, query_zone.lower()) if query_zone else is_within(name, soa):
            self.denied(time_ns, server, asked[0], denial, covers=is_within(denial[0], soa))

    def heard(self, time_ns: int, server: bytes | None, query_zone: bytes | None) -> None:
        """Take that a server answered as one of a zone's; nil and empty: it is not known which."""
        self._heard_ns = time_ns
        if not query_zone:
            return
        zone = self._zones.new.get(query_zone)  # nearly always
        if zone is None:
            query_zone = query_zone.lower()
            zone = self._zones.get(query_zone)
        if zone is not None:
            zone.server = server
        elif len(query_zone) <= NAME_MAX:
            self._zones.put(query_zone, _Zone(server))

    def denied(
        self, time_ns: int, server: bytes | None, qname: bytes, denial: Denial, *, covers: bool
    ) -> None:
        """Take a denial of a server that may deny so; `covers`: the name is within the SOA's zone."""
        soa = denial[1]
        zone = self._zones.new.get(soa) or self._zones.get(soa)
        if zone is None:
            zone = _Zone(server)
            self._zones.put(soa, zone)
        zone.server = server
        zone.ttl_s = denial[3]
        zone.told = True
        if covers:
            self._denials.add(time_ns, server, qname, denial)

    def client_response(self, time_ns: int, response: bytes, now_ns: int = 0) -> Sequence[Question]:
        """Take a CLIENT_RESPONSE, and give what is known by now: this question, or one that had to go.

        `now_ns` is any clock that only goes forward, the same as for `due`; a file has none.
        """
        if not is_nxdomain(response):
            self.counts["other"] += 1
            return ()
        asked = asked_in(response)
        if asked is None:
            self.counts["unreadable"] += 1
            return ()
        qname, qtype, qclass, end = asked
        key = (qname.lower(), qtype, qclass)
        denial = read(response, key[0], end)
        if not isinstance(denial, str):
            return self.answered(time_ns, qname, key, denial, now_ns)
        # What a negative cache would have answered may say too little.
        self.counts["repeated" if self.is_repeated(time_ns, key) else denial] += 1
        return ()

    def answered(
        self, time_ns: int, qname: bytes, key: Key, denial: Denial, now_ns: int = 0
    ) -> Sequence[Question]:
        """As `client_response`, of an NXDOMAIN that is read."""
        if self.is_repeated(time_ns, key):
            self.counts["repeated"] += 1
            return ()
        answer = (time_ns, now_ns, key, qname, denial)
        # What was denied by this very name, and just now, can't find a closer denial by waiting.
        heard = self._denials.fresh(time_ns, denial[0], denial[1])
        zone = None if heard is None else self._zones.get(denial[1])
        if heard is not None and zone is not None:
            return (self._give(answer, zone, heard[SERVER], heard[QNAME], "authority"),)
        self._held.append(answer)
        if len(self._held) <= self.held_max:
            return ()
        self.counts["hurried"] += 1
        question = self._judge(self._held.popleft())
        return () if question is None else (question,)

    def due(self, now_ns: int = 0) -> list[Question]:
        """The questions that have waited long enough; call it after each lot of messages, and on a tick."""
        given = []
        held = self._held
        while held:
            time_ns, came_ns = held[0][:2]
            if self._heard_ns - time_ns < HOLD_NS and now_ns - came_ns < PATIENCE_NS:
                break
            question = self._judge(held.popleft())
            if question is not None:
                given.append(question)
        return given

    def finish(self) -> list[Question]:
        """The questions of all that wait: no more messages come."""
        judged = [self._judge(answer) for answer in self._held]
        self._held.clear()
        return [question for question in judged if question is not None]

    def _judge(self, answer: _Answer) -> Question | None:
        time_ns, _, key, _, (name, soa, _, _) = answer
        zone = self._zones.get(soa)
        if zone is None:
            if self._local_zones is None or _is_local(soa, self._local_zones):
                self.counts["local"] += 1
                return None
            zone = _Zone(None)
            self._zones.put(soa, zone)
        if self.is_repeated(time_ns, key):
            self.counts["repeated"] += 1
            return None
        fresh, cached = self._covering(time_ns, key[0], name, soa)
        if fresh is not None:
            return self._give(answer, zone, fresh[SERVER], fresh[QNAME], "authority")
        if cached is not None:
            return self._give(answer, zone, zone.server, cached[QNAME], "cache")
        return self._give(answer, zone, zone.server, None, "proof")

    def _covering(
        self, time_ns: int, qname: bytes, name: bytes, soa: bytes
    ) -> tuple[Heard | None, Heard | None]:
        """What covers the end of the aliases, or else the name that was asked for."""
        fresh, cached = None, None
        if is_within(name, soa):
            fresh, cached = self._denials.covering(time_ns, name, soa)
        if fresh is None and qname != name and is_within(qname, soa):
            fresh, earlier = self._denials.covering(time_ns, qname, soa)
            cached = cached or earlier
        return fresh, cached

    def is_repeated(self, time_ns: int, key: Key) -> bool:
        """Whether a question was given less than a negative TTL away, before or (out of order) after."""
        before = self._asked.get(key)
        return before is not None and abs(time_ns - before[0]) < before[1]

    def _give(
        self, answer: _Answer, zone: _Zone, server: bytes | None, denied: bytes | None, by: By
    ) -> Question:
        time_ns, _, key, qname, (_, _, soa, ttl_s) = answer
        if not zone.told and ttl_s > zone.ttl_s:
            zone.ttl_s = ttl_s
        self._asked.put(key, (time_ns, zone.ttl_s * SECOND_NS))
        self.counts["questions"] += 1
        return Question(time_ns, QUESTION, qname, key[1], key[2], server, soa, denied, by)


# Zones that resolvers answer themselves, as of November 2026: RFC 6303 section 4, 6761, 6762, 7535, 7686,
# 7793 (shared address space), 8375.
_LOCAL_TEXT = (
    *(f"{octet}.in-addr.arpa." for octet in ("0", "10", "127", "254.169", "168.192")),
    *(f"{octet}.172.in-addr.arpa." for octet in range(16, 32)),
    *(f"{octet}.100.in-addr.arpa." for octet in range(64, 128)),
    *(f"{net}.in-addr.arpa." for net in ("2.0.192", "100.51.198", "113.0.203", "255.255.255.255")),
    *(f"{nibbles}.ip6.arpa." for nibbles in ("d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f", "8.b.d.0.1.0.0.2")),
    *(f"{last}{'.0' * 31}.ip6.arpa." for last in (0, 1)),
    *("localhost.", "local.", "invalid.", "test.", "onion.", "home.arpa.", "empty.as112.arpa."),
)
LOCALLY_SERVED = frozenset(map(name_wire, _LOCAL_TEXT))
"""For `local_zones`, in folded wire form. It can't have what an operator serves or blocks of their own."""


def _is_local(name: bytes, zones: frozenset[bytes]) -> bool:
    """Whether a folded name is one of some zones or below: Knot Resolver's SOAs have the name asked for."""
    position = 0
    while length := name[position]:
        if name[position:] in zones:
            return True
        position += length + 1
    return False
