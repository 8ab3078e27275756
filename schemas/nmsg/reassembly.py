"""NMSG fragments: containers cut into pieces for a small datagram, put together again. Pure.

libnmsg cuts a body, deflated before if at all, into pieces of one size; each travels in a container of its
own with the fragment flag. They may come in any order, twice, mixed with those of others, or never: what
waits is bounded in age, in containers and in octets, and what is given up is told. Time is an argument.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import NamedTuple

from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import (
    BODY_MAX,
    FLAG_FRAGMENT,
    HEADER_SIZE,
    Container,
    Fragment,
    NmsgError,
    decode_body,
    parse_header,
    payload_crc,
    with_header,
)

__all__ = ["AGE_MAX_NS", "FRAGMENTS_MAX", "INCOMPLETE_MAX", "WAITING_MAX", "Lost", "Reassembly", "split"]

AGE_MAX_NS = 30_000_000_000  # nanoseconds from a container's first fragment on; libnmsg waits as long
INCOMPLETE_MAX = 256  # containers in the making; one sender makes them one after another
FRAGMENTS_MAX = 16_384  # a container; 8 MiB in pieces of 512 octets, the smallest that libnmsg makes
WAITING_MAX = 32 << 20  # octets that wait in all, four of the largest containers: who has the most makes room
FRAGMENT_OVERHEAD = 256  # octets a fragment costs beside its own
SPLIT_OVERHEAD = 32  # octets of a fragment's protobuf beside its piece: at most 28


Key = tuple[str, int, int, int, int]  # the sender, and what its fragments of one container share


class Lost(NamedTuple):
    """A container that was given up: how many of its fragments had come, and the first of them."""

    fragments: int
    octets: bytes


class _Incomplete(NamedTuple):
    since_ns: int
    pieces: dict[int, bytes]


class Reassembly:
    """Fragments in, containers out. `lost` holds what was given up until the caller takes it.

    `strangers`: the containers are decoded as those of strangers, see `container`.
    """

    def __init__(self, *, strangers: bool = False) -> None:
        self.lost: list[Lost] = []
        self._strangers = strangers
        self._held: Counter[str] = Counter()  # octets that wait, with overhead, by sender
        self._incomplete: OrderedDict[Key, _Incomplete] = OrderedDict()
        self._waiting = 0  # octets, with overhead

    def add(self, fragment: Fragment, now_ns: int, sender: str = "") -> Container | None:
        """The container that this fragment completes, or None; raises NmsgError where that can't be read.

        Only fragments of one sender go together.
        """
        key = (sender, *fragment.key)
        self.expire(now_ns)
        if fragment.last >= FRAGMENTS_MAX:
            raise NmsgError("container_fragments_lost", fragment.octets)
        incomplete = self._incomplete.setdefault(key, _Incomplete(now_ns, {}))
        if fragment.current not in incomplete.pieces:
            incomplete.pieces[fragment.current] = fragment.octets
            self._waiting += len(fragment.octets) + FRAGMENT_OVERHEAD
            self._held[sender] += len(fragment.octets) + FRAGMENT_OVERHEAD
        if len(incomplete.pieces) <= fragment.last:
            self._make_room()
            return None
        self._remove(key)
        body = b"".join([incomplete.pieces[number] for number in range(fragment.last + 1)])
        if len(body) > BODY_MAX:
            raise NmsgError("container_length", body)
        return decode_body(fragment.flags, body, stranger=self._strangers)

    def expire(self, now_ns: int | None) -> None:
        """Give up what has waited too long, or since a time yet to come, as when the clock was set back.

        None gives up all that waits: nothing more will come.
        """
        while self._incomplete:
            key, oldest = next(iter(self._incomplete.items()))
            if now_ns is not None and 0 <= now_ns - oldest.since_ns <= AGE_MAX_NS:
                break
            self._give_up(key)

    def _make_room(self) -> None:
        """Give up the oldest of the sender that has the most waiting: nobody can push out another's."""
        while (many := len(self._incomplete) > INCOMPLETE_MAX) or self._waiting > WAITING_MAX:
            held = Counter(key[0] for key in self._incomplete) if many else self._held
            ((most, _),) = held.most_common(1)
            self._give_up(next(key for key in self._incomplete if key[0] == most))

    def _give_up(self, key: Key) -> None:
        pieces = self._remove(key).pieces
        self.lost.append(Lost(len(pieces), next(iter(pieces.values()))))

    def _remove(self, key: Key) -> _Incomplete:
        incomplete = self._incomplete.pop(key)
        octets = sum(len(piece) + FRAGMENT_OVERHEAD for piece in incomplete.pieces.values())
        self._waiting -= octets
        self._held[key[0]] -= octets
        if not self._held[key[0]]:
            del self._held[key[0]]
        return incomplete


def split(container: bytes, size: int, fragment_id: int) -> list[bytes]:
    """A container in fragments of at most `size` octets each, header included; as it is where it fits.

    `fragment_id`, of 32 bits, should be random. Raises ValueError for a size that leaves no room.
    """
    if len(container) <= size:
        return [container]
    piece = size - HEADER_SIZE - SPLIT_OVERHEAD
    if piece < 1:
        raise ValueError(f"no fragments of {size} octets: {HEADER_SIZE + SPLIT_OVERHEAD + 1} at least")
    flags, _ = parse_header(container)
    body = container[HEADER_SIZE:]
    starts = range(0, len(body), piece)
    crc = payload_crc(body)
    parts = [
        nmsg_pb2.NmsgFragment(
            id=fragment_id,
            current=number,
            last=len(starts) - 1,
            fragment=body[start : start + piece],
            crc=crc,
        )
        for number, start in enumerate(starts)
    ]
    return [with_header(flags | FLAG_FRAGMENT, part.SerializeToString()) for part in parts]
