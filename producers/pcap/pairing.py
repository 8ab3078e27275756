"""From DNS messages to frames: which responses go on, and with which queries. Pure.

Position decides what goes on. Between a resolver and an authority queries have RD=0, between a client and a
resolver RD=1, and a response repeats the bit; or the resolvers are named by their addresses. The AA bit says
nothing, since SERVFAIL and REFUSED come without it.

A query and a response are a pair if addresses, ports and ID are the same, and the question too, whose name
may differ in case; a response without a question repeats none to compare. Each answer is a record, also the
second one to a query that was sent again. Only a copy is none, as where two interfaces are captured: the same
octets with the same identification of their IP packet, or where that is missing within `COPY_NS`. A UDP
response without its query may be forged, and the frame says so by its type.

Queries are kept for `AGE_NS` to twice as long, in bounded octets: they are in two generations, and when the
young one is full or old enough, it becomes the old one, which is dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from nxcast.producers.pcap.packets import Message
from nxcast.schemas.codes import (
    OVER_TCP,
    TCP,
    UDP_QUERY_RESPONSE,
    UDP_RESPONSE_ONLY,
    UDP_UNSOLICITED_RESPONSE,
)
from nxcast.schemas.fields import DNS_MESSAGE_MIN
from nxcast.schemas.frames import FORWARDER, Frame, make_frame
from nxcast.schemas.message import HEADER_SIZE, RD, UNREADABLE, skip_name

__all__ = [
    "AGE_NS",
    "COPY_NS",
    "ENTRY_COST",
    "GENERATION_MAX",
    "REASONS",
    "SAME_KEY_MAX",
    "Network",
    "Pairing",
]

AGE_NS = 30_000_000_000  # resolvers give up on a query within 10 to 20 seconds
COPY_NS = 1_000_000  # from one interface of a host to the next; a server takes longer to answer again
GENERATION_MAX = 32 << 20  # octets held of one generation: 65,536 queries of 112 octets
# Octets that a query or an answer takes besides its message, as measured: its key, its marks, its place in a
# dict. An answered query costs as much as before, since its message is let go of.
ENTRY_COST = 400
SAME_KEY_MAX = 8  # open queries, and answered ones, of the same addresses, ports and ID
ADDRESSES_KEPT = 65_536  # whose membership in the networks is remembered; at about 150 octets each, 10 MB

REASONS = {
    "query": "queries; they go on with their responses",
    "client_side": "responses to queries with RD=1, so between a client and a resolver",
    "other_address": "responses to addresses that --resolver does not name",
    "duplicate": "copies of a message, as of a capture on two interfaces",
    "to_server": "messages with QR=1 that do not come from a server's port",
    "message_size": "UDP payloads under 12 octets",
}
"""Why a message gives no frame; complete."""

Network = IPv4Network | IPv6Network

_Mark = tuple[int, int, int]  # hash of a message, its time (ns), identification of its IP packet
_Open = tuple[bytes, int, int, Any]
"""A query without a response: octets, time (ns), identification, and the one of the same key before it."""

_Answered = tuple[int, int, int, int, int, int, Any]
"""A response and its query, of each the hash, time (ns) and identification, and the one before it; a response
without a query has itself in both places."""

_ports_and_id = struct.Struct("!HH2sB").pack  # client's and server's port, ID, protocol


class _Generation:
    """Messages of one stretch of time, by addresses, ports, ID and protocol: the last of a key first.

    `held` is what they take, in octets; an answer to a query never adds to it.
    """

    def __init__(self, time_ns: int) -> None:
        self.time_ns = time_ns  # of the first message in it
        self.held = 0
        self.queries = 0  # that are open
        self.open: dict[bytes, _Open] = {}
        self.answered: dict[bytes, _Answered] = {}


class Pairing:
    """Takes messages in the order of their capture.

    `responses_only` is for captures without queries: nothing is paired. `resolvers` selects by the address
    that a response goes to, `everything` selects nothing; of either kind, and with `forwarders`, the answers
    of resolvers (RD=1) are marked as wanted. `queries` counts those seen, `unanswered` those
    that were forgotten without a response, `unsolicited` the UDP responses that went on without a query,
    `unmarked` the answers of resolvers that went on though nobody has said that they are wanted.
    """

    def __init__(
        self,
        ports: Collection[int],
        *,
        resolvers: Sequence[Network] = (),
        everything: bool = False,
        forwarders: bool = False,
        responses_only: bool = False,
        keep_resolver_address: bool = False,
    ) -> None:
        self.queries = self.unanswered = self.unsolicited = self.unmarked = 0
        self._ports = frozenset(ports)
        self._resolvers = tuple(resolvers)
        self._forwarders = forwarders or everything
        self._responses_only = responses_only
        self._keep = keep_resolver_address
        self._young, self._old = _Generation(0), _Generation(0)
        self._is_resolver = lru_cache(ADDRESSES_KEPT)(self._named)

    def take(self, message: Message) -> Frame | str:
        """The frame of a response that goes on, or the reason why there is none."""
        time_ns, proto, src, sport, dst, dport, octets, identification = message
        if len(octets) < DNS_MESSAGE_MIN:
            return "message_size"
        if octets[2] < 0x80:  # QR, RFC 1035 section 4.1.1
            return self._query(message)
        if sport not in self._ports:
            return "to_server"
        key = dst + src + _ports_and_id(dport, sport, octets[:2], proto)
        mark = hash(octets), time_ns, identification
        seen = key in self._young.answered or key in self._old.answered
        if seen and proto != TCP and self._is_copy(key, mark):
            return "duplicate"
        query = None if self._responses_only else self._match(key, mark, octets)
        if query is None and proto != TCP:
            self._keep_answer(self._room(time_ns, ENTRY_COST), key, (*mark, *mark))
        if self._resolvers:
            if not self._is_resolver(dst):
                return "other_address"
        elif not self._forwarders and (octets if query is None else query)[2] & RD:
            return "client_side"
        kind = self._kind(proto, query)
        query_ip, query_port = (dst, dport) if self._keep else (None, None)
        marks = 0
        if octets[2] & RD:
            marks = FORWARDER if self._forwarders else 0
            self.unmarked += not self._forwarders
        return make_frame(time_ns, kind, src, sport, proto, query_ip, query_port, query, octets, marks=marks)

    def _kind(self, proto: int, query: bytes | None) -> int:
        """The type of a response's frame."""
        if proto == TCP:
            return OVER_TCP
        if query is not None:
            return UDP_QUERY_RESPONSE
        if self._responses_only:
            return UDP_RESPONSE_ONLY
        self.unsolicited += 1
        return UDP_UNSOLICITED_RESPONSE

    @property
    def one_sided(self) -> bool:
        """Whether there were responses and no query at all, and nobody has said that it would be so."""
        return self.unsolicited > 0 and not self.queries

    @property
    def held(self) -> int:
        """Octets that both generations take; never over twice GENERATION_MAX."""
        return self._young.held + self._old.held

    def finish(self) -> None:
        """No more messages will come: count the queries that are still open."""
        self.unanswered += self._young.queries + self._old.queries
        self._young, self._old = _Generation(0), _Generation(0)

    def _query(self, message: Message) -> str:
        time_ns, proto, src, sport, dst, dport, octets, identification = message
        if self._responses_only or dport not in self._ports:
            self.queries += 1
            return "query"
        key = src + dst + _ports_and_id(sport, dport, octets[:2], proto)
        young, old = self._young, self._old
        before = young.open.get(key)
        if before is not None or key in young.answered or key in old.open or key in old.answered:
            if proto != TCP and self._is_copy(key, (hash(octets), time_ns, identification)):
                return "duplicate"
            before = self._with_place(key)
        self.queries += 1
        room = self._room(time_ns, ENTRY_COST + len(octets))
        room.queries += 1
        room.open[key] = octets, time_ns, identification, before if room is young else None
        return "query"

    def _with_place(self, key: bytes) -> _Open | None:
        """The queries of this key that are open, with a place for one more."""
        before = self._young.open.get(key)
        oldest = None if before is None else _nth(before, SAME_KEY_MAX)
        if oldest is None:
            return before
        self.unanswered += 1
        self._close(self._young, key, oldest)
        return self._young.open.get(key)

    def _room(self, time_ns: int, octets: int) -> _Generation:
        """The young generation with room for so many more, after a change of generations if need be."""
        young = self._young
        if young.held + octets > GENERATION_MAX or time_ns - young.time_ns > AGE_NS:
            self.unanswered += self._old.queries
            self._old, self._young = young, _Generation(time_ns)
        self._young.held += octets
        return self._young

    def _match(self, key: bytes, mark: _Mark, response: bytes) -> bytes | None:
        """The query of a response, which is then answered."""
        for generation in (self._young, self._old):
            query = generation.open.get(key)
            while query is not None:
                octets, time_ns, identification, before = query
                if _asks(octets, response):
                    self._close(generation, key, query)
                    generation.held += ENTRY_COST
                    self._keep_answer(generation, key, (*mark, hash(octets), time_ns, identification))
                    return octets
                query = before
        return None

    def _close(self, generation: _Generation, key: bytes, query: _Open) -> None:
        """Let go of an open query."""
        generation.held -= ENTRY_COST + len(query[0])
        generation.queries -= 1
        head = generation.open.pop(key)
        if head is query and query[3] is None:  # as nearly always
            return
        later = []
        while head is not query:
            later.append(head)
            head = head[3]
        rest = query[3]
        for octets, time_ns, identification, _ in reversed(later):
            rest = octets, time_ns, identification, rest
        if rest is not None:
            generation.open[key] = rest

    def _keep_answer(
        self, generation: _Generation, key: bytes, marks: tuple[int, int, int, int, int, int]
    ) -> None:
        """Remember a response and its query, to know their copies; of one key the last few."""
        before = generation.answered.get(key)
        if before is not None and _nth(before, SAME_KEY_MAX) is not None:
            before = None
            generation.held -= SAME_KEY_MAX * ENTRY_COST
        generation.answered[key] = *marks, before

    def _is_copy(self, key: bytes, mark: _Mark) -> bool:
        """Whether a message was captured before."""
        for generation in (self._young, self._old):
            query = generation.open.get(key)
            while query is not None:
                if hash(query[0]) == mark[0] and _one_packet(query[1], query[2], mark):
                    return True
                query = query[3]
            answer = generation.answered.get(key)
            while answer is not None:
                if answer[0] == mark[0] and _one_packet(answer[1], answer[2], mark):
                    return True
                if answer[3] == mark[0] and _one_packet(answer[4], answer[5], mark):
                    return True
                answer = answer[6]
        return False

    def _named(self, address: bytes) -> bool:
        number = ip_address(address)
        return any(number in network for network in self._resolvers)


def _nth(newest: Any, number: int) -> Any:
    """Of a chain, whose items end in the one before, the item at a place counted from 1; None beyond it."""
    for _ in range(number - 1):
        if newest is None:
            break
        newest = newest[-1]
    return newest


def _one_packet(time_ns: int, identification: int, mark: _Mark) -> bool:
    """Whether two times of equal octets are of one packet."""
    if identification and mark[2]:
        return identification == mark[2]
    return abs(time_ns - mark[1]) < COPY_NS


def _asks(query: bytes, response: bytes) -> bool:
    """Whether a response repeats the question of a query, or none."""
    if response[4:6] == b"\0\0":  # QDCOUNT
        return True
    end = _question_end(query)
    return query[12:end] == response[12:end] or _same_question(query, response)


def _same_question(one: bytes, other: bytes) -> bool:
    end = _question_end(one)
    asked, echoed = one[12:end], other[12:end]
    # A label's length is under 64, so lower() changes letters only; type and class are not to be changed.
    return asked[-4:] == echoed[-4:] and asked[:-4].lower() == echoed[:-4].lower()


def _question_end(message: bytes) -> int:
    """Offset after the first question. Where that can't be read it is the end: then all is compared."""
    if message[4:6] == b"\0\0":
        return len(message)
    try:
        return min(skip_name(message, HEADER_SIZE) + 4, len(message))
    except UNREADABLE:
        return len(message)
