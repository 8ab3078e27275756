"""Whether an NXDOMAIN that a resolver heard was of a question that it had cut short (RFC 9156). Pure.

Two signs. The type is NS: BIND asks so of each name on the way, and hardly anybody else asks NS of a name
that is missing. Or a longer question, of a name below, comes from the same server at most `WITHIN_NS` later:
Unbound and PowerDNS Recursor go on so where no proof has ended the search. The second one is bought by
holding every other NXDOMAIN for that long, and is wrong where a client asks for the name below by itself;
without either sign nothing is known, since a validated denial or another server of the zone ends the trail.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from nxcast.producers.dnstap.denials import asked_in, is_nxdomain
from nxcast.schemas.codes import RCODE_NXDOMAIN
from nxcast.schemas.message import HEADER_SIZE
from nxcast.schemas.units import MILLISECOND_NS

__all__ = ["MinimisedQuestions", "is_ns_question"]

WITHIN_NS = 250 * MILLISECOND_NS  # of the messages' time: one answer of a distant server
PATIENCE_NS = 500 * MILLISECOND_NS  # of the caller's clock, where no more messages come
HELD_MAX = 8_192  # items; 32,000 NXDOMAIN a second
OCTETS_MAX = 16 << 20  # of the DNS messages of what is held: 2 KiB each at HELD_MAX, a typical one has 120
TYPE_NS = 2  # RFC 1035 section 3.2.2

T = TypeVar("T")


def is_ns_question(response: bytes) -> bool:
    """Whether a DNS message is an NXDOMAIN for a question of type NS. Holds nothing."""
    if not is_nxdomain(response):
        return False
    asked = asked_in(response)
    return asked is not None and asked[1] == TYPE_NS


class _Held(Generic[T]):
    __slots__ = ("came_ns", "item", "key", "minimised", "octets", "time_ns")

    def __init__(self, key: tuple[bytes, bytes], time_ns: int, came_ns: int, octets: int, item: T) -> None:
        self.key = key
        self.time_ns = time_ns
        self.came_ns = came_ns
        self.octets = octets
        self.item = item
        self.minimised = False


class MinimisedQuestions(Generic[T]):
    """Takes all responses that a resolver heard, each with an item, and gives the items back.

    With an item comes True where its question was cut short, None where that is not known. Items of an
    NXDOMAIN wait; the others go at once, so that the order changes by at most WITHIN_NS.
    """

    def __init__(self) -> None:
        self._held: deque[_Held[T]] = deque()
        self._latest: dict[tuple[bytes, bytes], _Held[T]] = {}  # by server and folded name; each is held
        self._octets = 0
        self._heard_ns = 0

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._held)

    def take(
        self, time_ns: int, server: bytes, response: bytes, item: T, now_ns: int = 0
    ) -> list[tuple[T, bool | None]]:
        """Take a response (its time, the server's address, its DNS message); give what need not wait."""
        self._heard_ns = time_ns
        denied = len(response) >= HEADER_SIZE and response[3] & 0x0F == RCODE_NXDOMAIN
        if not denied and not self._held:
            return [(item, None)]
        asked = asked_in(response) if len(response) >= HEADER_SIZE else None
        if asked is None:
            return [(item, None)]
        name = asked[0].lower()
        if self._held:
            self._mark(time_ns, server, name)
        if not denied or not is_nxdomain(response):
            return [(item, None)]
        if asked[1] == TYPE_NS:
            return [(item, True)]
        held = _Held((server, name), time_ns, now_ns, len(response), item)
        self._held.append(held)
        self._latest[held.key] = held
        self._octets += held.octets
        given = []
        while len(self._held) > HELD_MAX or self._octets > OCTETS_MAX:
            given.append(self._give())
        return given

    def due(self, now_ns: int = 0) -> list[tuple[T, bool | None]]:
        """The items that have waited long enough; call it after each lot of messages, and on a tick."""
        given = []
        held = self._held
        while held and (
            self._heard_ns - held[0].time_ns > WITHIN_NS or now_ns - held[0].came_ns >= PATIENCE_NS
        ):
            given.append(self._give())
        return given

    def finish(self) -> list[tuple[T, bool | None]]:
        """All items that wait: no more messages come."""
        return [self._give() for _ in range(len(self._held))]

    def _mark(self, time_ns: int, server: bytes, name: bytes) -> None:
        position = 0
        while length := name[position]:
            position += length + 1
            held = self._latest.get((server, name[position:]))
            if held is not None and 0 <= time_ns - held.time_ns <= WITHIN_NS:
                held.minimised = True

    def _give(self) -> tuple[T, bool | None]:
        held = self._held.popleft()
        self._octets -= held.octets
        if self._latest.get(held.key) is held:
            del self._latest[held.key]
        return held.item, held.minimised or None
