"""From DNS messages to frames: which responses go on, and with which queries. Pure.

Position decides what goes on. Between a resolver and an authority queries have RD=0, between a client and a
resolver RD=1, and a response repeats the bit; or the resolvers are named by their addresses. The AA bit says
nothing, since SERVFAIL and REFUSED come without it.

A query and a response are a pair if addresses, ports and ID are the same, and the question too, whose name
may differ in case; a response without a question repeats none to compare. A second copy of a response is a
duplicate. A UDP response without its query may be forged, and the frame says so by its type.

Queries are kept for `AGE_NS` to twice as long and in bounded number: they are in two generations, and when
the young one is full or old enough, it becomes the old one, which is dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from nxcast.producers.pcap.packets import Message
from nxcast.schemas.codes import (
    OVER_TCP,
    TCP,
    UDP_QUERY_RESPONSE,
    UDP_RESPONSE_ONLY,
    UDP_UNSOLICITED_RESPONSE,
)
from nxcast.schemas.frames import DNS_MESSAGE_MIN, Frame, make_frame
from nxcast.schemas.message import HEADER_SIZE, UNREADABLE, skip_name

__all__ = ["AGE_NS", "GENERATION", "REASONS", "Network", "Pairing"]

AGE_NS = 30_000_000_000  # resolvers give up on a query within 10 to 20 seconds
GENERATION = 65_536  # queries and answered ones, about 500 octets each: 64 MiB in both generations
SAME_KEY_MAX = 8  # open queries of the same addresses, ports and ID that differ in their question
ADDRESSES_KEPT = 65_536  # whose membership in the networks is remembered; at about 150 octets each, 10 MB

REASONS = {
    "query": "queries; they go on with their responses",
    "client_side": "responses to queries with RD=1, so between a client and a resolver",
    "other_address": "responses to addresses that --resolver does not name",
    "duplicate": "second copies of a response",
    "to_server": "messages with QR=1 that do not come from a server's port",
    "message_size": "UDP payloads under 12 octets",
}
"""Why a message gives no frame; complete."""

Network = IPv4Network | IPv6Network
_Key = tuple[bytes, int, bytes, int, bytes, int]  # client and port, server and port, ID, protocol


class _Generation:
    """Queries of one stretch of time."""

    def __init__(self, time_ns: int) -> None:
        self.time_ns = time_ns  # of the first message in it
        self.open: dict[_Key, bytes] = {}
        self.others: dict[_Key, list[bytes]] = {}  # older ones of the same key with another question
        self.answered: dict[_Key, int] = {}  # hash of the response

    def full(self, time_ns: int) -> bool:
        return len(self.open) + len(self.answered) >= GENERATION or time_ns - self.time_ns > AGE_NS


class Pairing:
    """Takes messages in the order of their capture.

    `responses_only` is for captures without queries: nothing is paired. `resolvers` selects by the address
    that a response goes to, `everything` selects nothing. `queries` counts those seen, `unanswered` those
    that were forgotten without a response, `unsolicited` the UDP responses that went on without a query.
    """

    def __init__(
        self,
        ports: Collection[int],
        *,
        resolvers: Sequence[Network] = (),
        everything: bool = False,
        responses_only: bool = False,
        keep_resolver_address: bool = False,
    ) -> None:
        self.queries = self.unanswered = self.unsolicited = 0
        self._ports = frozenset(ports)
        self._resolvers = tuple(resolvers)
        self._everything = everything
        self._responses_only = responses_only
        self._keep = keep_resolver_address
        self._young, self._old = _Generation(0), _Generation(0)
        self._is_resolver = lru_cache(ADDRESSES_KEPT)(self._named)

    def take(self, message: Message) -> Frame | str:
        """The frame of a response that goes on, or the reason why there is none."""
        time_ns, proto, src, sport, dst, dport, octets = message
        if len(octets) < DNS_MESSAGE_MIN:
            return "message_size"
        if octets[2] < 0x80:  # QR, RFC 1035 section 4.1.1
            return self._query(time_ns, (src, sport, dst, dport, octets[:2], proto), octets)
        if sport not in self._ports:
            return "to_server"
        key = (dst, dport, src, sport, octets[:2], proto)
        query = None if self._responses_only else self._match(key, octets)
        if query is None and proto != TCP and self._is_duplicate(time_ns, key, octets):
            return "duplicate"
        if self._resolvers:
            if not self._is_resolver(dst):
                return "other_address"
        elif not self._everything and (octets if query is None else query)[2] & 1:  # RD
            return "client_side"
        if proto == TCP:
            kind = OVER_TCP
        elif query is not None:
            kind = UDP_QUERY_RESPONSE
        else:
            kind = UDP_RESPONSE_ONLY if self._responses_only else UDP_UNSOLICITED_RESPONSE
            self.unsolicited += not self._responses_only
        query_ip, query_port = (dst, dport) if self._keep else (None, None)
        return make_frame(time_ns, kind, src, sport, proto, query_ip, query_port, query, octets)

    @property
    def one_sided(self) -> bool:
        """Whether there were responses and no query at all, and nobody has said that it would be so."""
        return self.unsolicited > 0 and not self.queries

    def finish(self) -> None:
        """No more messages will come: count the queries that are still open."""
        for generation in (self._young, self._old):
            self.unanswered += len(generation.open)
        self._young, self._old = _Generation(0), _Generation(0)

    def _query(self, time_ns: int, key: _Key, octets: bytes) -> str:
        self.queries += 1
        if self._responses_only or key[3] not in self._ports:
            return "query"
        young = self._generation(time_ns)
        young.answered.pop(key, None)
        before = young.open.get(key)
        if before is not None and not _same_question(before, octets):
            others = young.others.setdefault(key, [])
            others.append(before)
            del others[:-SAME_KEY_MAX]
        young.open[key] = octets
        return "query"

    def _generation(self, time_ns: int) -> _Generation:
        """The young generation, after a change of generations if it is time for one."""
        if self._young.full(time_ns):
            self.unanswered += len(self._old.open)
            self._old, self._young = self._young, _Generation(time_ns)
        return self._young

    def _match(self, key: _Key, response: bytes) -> bytes | None:
        """The query of a response, which is then answered."""
        for generation in (self._young, self._old):
            query = generation.open.get(key)
            if query is None:
                continue
            others = generation.others.get(key, [])
            for candidate in (query, *reversed(others)):
                if not _asks(candidate, response):
                    continue
                generation.answered[key] = hash(response)
                if candidate is not query:
                    others.remove(candidate)
                elif others:
                    generation.open[key] = others.pop()
                else:
                    del generation.open[key]
                return candidate
        return None

    def _is_duplicate(self, time_ns: int, key: _Key, response: bytes) -> bool:
        digest = hash(response)
        if digest in (self._young.answered.get(key), self._old.answered.get(key)):
            return True
        if self._responses_only:
            self._generation(time_ns).answered[key] = digest
        return False

    def _named(self, address: bytes) -> bool:
        number = ip_address(address)
        return any(number in network for network in self._resolvers)


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
