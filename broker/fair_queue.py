"""Messages that wait, by sender, and whose is next: that of the sender who has cost the least so far. Pure.

Rule 1: who waits with less CPU behind it goes first, so a sender that costs little never waits for one that
costs much, and one alone has everything. Who was away comes back at the cost of those who wait: nothing is
saved up, and what was spent beyond that stays spent.
Rule 2: what waits is bounded in octets, of all together; where that is full, the newest message of the sender
that has the most waiting is refused. So who has little waiting is never refused for what others have.
Rule 3: nothing more need be read while all that sent lately have something waiting, and all of it together is
some work; then senders wait for room, and nothing is refused. That is how one alone, or several that all send
as fast as they can, are served.
Rule 4: of messages over `LARGE_OCTETS` one is under way at a time, since in the making it takes five times
its octets, and counts more; who waits for that saves up nothing either. Others go between its slices.

A sender is a name. No clock and no socket: seconds of time and of CPU are arguments.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush, heapreplace
from itertools import count
from typing import Generic, NamedTuple, TypeVar

__all__ = [
    "AHEAD_OCTETS",
    "LARGE_OCTETS",
    "LATELY_S",
    "MESSAGE_OVERHEAD",
    "SENDERS_MAX",
    "WAITING_MAX",
    "FairQueue",
    "Share",
]

# Octets that wait in all. A producer of ours keeps 64 MiB until they are acknowledged: two of them can have
# all of that waiting here beside any number of others that have little.
WAITING_MAX = 160 << 20
MESSAGE_OVERHEAD = 1024  # octets a message takes beside its own: 600 of objects, and its place here
LARGE_OCTETS = 1 << 20  # octets of a message that is large: the compiled kernel takes smaller ones at once
# Of what may wait, what a large message counts more while it is under way: 40 MiB of 160, which one of 8 MiB
# with 65,536 frames takes besides, as a copy and decoded.
LARGE_PART = 1 / 4
AHEAD_OCTETS = 8 << 20  # octets that are read though all have something waiting: of ours, 150 batches
LATELY_S = 1.0  # seconds for which a sender that has nothing waiting is expected to send more
# Senders remembered, as many as keys; at about 1 KiB each 4 MiB. The one silent longest is forgotten first.
SENDERS_MAX = 4096

Item = TypeVar("Item")


class Share(NamedTuple):
    """What a sender has had so far, and has waiting."""

    cpu_s: float
    refused: int  # messages
    octets: int


@dataclass(slots=True)
class _Sender(Generic[Item]):
    waiting: deque[tuple[Item, int]] = field(default_factory=deque)
    running: tuple[Item, int] | None = None
    octets: int = 0
    cost_s: float = 0.0  # by which senders are compared ...
    place: int = 0  # ... and among equals by this, which rises by who begins to wait
    listed: bool = False  # whether it is in the heap, be it by what it cost before
    cpu_s: float = 0.0
    refused: int = 0
    heard_s: float = 0.0


class FairQueue(Generic[Item]):
    """`octets` waits in all, with overhead; at most `octets_max`, and one message."""

    def __init__(self, octets_max: int = WAITING_MAX) -> None:
        self.octets = 0
        self._octets_max = octets_max
        self._senders: OrderedDict[str, _Sender[Item]] = OrderedDict()  # the one heard last at the end
        self._busy: dict[str, _Sender[Item]] = {}  # those with something waiting
        # Of them each once, by cost and place, and some that have nothing more. What an entry says of the
        # cost may be too little, never too much.
        self._heap: list[tuple[float, int, str, _Sender[Item]]] = []
        self._places = count()
        self._large: str | None = None  # whose large message is under way ...
        self._more = 0  # ... and what it counts more by that
        self._floor_s = 0.0  # cost of the one served last: who comes now has spent as much

    def put(self, name: str, item: Item, octets: int, now_s: float) -> list[tuple[str, Item]]:
        """Take a message of so many octets; what is refused instead, each message with its sender."""
        sender = self._heard(name, now_s)
        if sender is None:
            return [(name, item)]
        if name not in self._busy:
            self._begin(name, sender)
        octets += MESSAGE_OVERHEAD
        sender.waiting.append((item, octets))
        self._count(sender, octets)
        refused = []
        while self.octets > self._octets_max and any(each.waiting for each in self._busy.values()):
            refused.append(self._refuse())
        return refused

    def next(self) -> tuple[str, Item] | None:
        """Whose turn it is, and its oldest message, which is not refused any more and stays until `done`."""
        name = self._cheapest()
        if name is None:
            return None
        sender = self._busy[name]
        if sender.running is None:
            sender.running = sender.waiting.popleft()
            if sender.running[1] > LARGE_OCTETS:
                self._begin_large(name, sender, *sender.running)
        self._floor_s = max(self._floor_s, sender.cost_s)
        return name, sender.running[0]

    def charge(self, name: str, cpu_s: float) -> None:
        """Add to what a sender has cost."""
        sender = self._senders.get(name)
        if sender is not None:
            sender.cost_s += cpu_s
            sender.cpu_s += cpu_s

    def done(self, name: str) -> None:
        """Let go of the message that `next` gave."""
        sender = self._busy[name]
        assert sender.running is not None  # noqa: S101
        self._count(sender, -sender.running[1])
        sender.running = None
        if self._large == name:
            self._large, self._more = None, 0
        if not sender.waiting:
            del self._busy[name]

    def enough(self, now_s: float) -> bool:
        """Whether all that sent lately have something waiting, so that nothing more need be read."""
        if self.octets - self._more < AHEAD_OCTETS:
            return False
        for name, sender in reversed(self._senders.items()):
            if now_s - sender.heard_s >= LATELY_S:
                break
            if name not in self._busy:
                return False
        return True

    def shares(self) -> Iterator[tuple[str, Share]]:
        """All senders remembered."""
        for name, each in self._senders.items():
            yield name, Share(each.cpu_s, each.refused, each.octets)

    def _heard(self, name: str, now_s: float) -> _Sender[Item] | None:
        """A sender as it is remembered; None where as many others as may be have something waiting."""
        sender = self._senders.get(name)
        if sender is None:
            if len(self._busy) >= SENDERS_MAX:
                return None
            if len(self._senders) >= SENDERS_MAX:
                del self._senders[next(each for each in self._senders if each not in self._busy)]
            sender = self._senders[name] = _Sender()
        self._senders.move_to_end(name)
        sender.heard_s = now_s
        return sender

    def _begin(self, name: str, sender: _Sender[Item]) -> None:
        """It has something waiting from now on."""
        sender.cost_s = max(sender.cost_s, self._floor_s)
        sender.place = next(self._places)
        self._busy[name] = sender
        if not sender.listed:
            sender.listed = True
            heappush(self._heap, (sender.cost_s, sender.place, name, sender))

    def _cheapest(self) -> str | None:
        """Who has cost the least of those that may go; None where nothing waits."""
        passed = []
        found = None
        while found is None and self._heap:
            cost_s, place, name, sender = self._heap[0]
            if self._busy.get(name) is not sender:
                heappop(self._heap)
                sender.listed = False
            elif (cost_s, place) != (sender.cost_s, sender.place):
                heapreplace(self._heap, (sender.cost_s, sender.place, name, sender))
            elif self._may_go(sender):
                found = name
            else:
                passed.append(heappop(self._heap))
        for each in passed:
            heappush(self._heap, each)
        return found

    def _begin_large(self, name: str, sender: _Sender[Item], item: Item, octets: int) -> None:
        self._large = name
        sender.cost_s = max(sender.cost_s, self._floor_s)
        self._more = int(self._octets_max * LARGE_PART)
        sender.running = item, octets + self._more
        self._count(sender, self._more)

    def _may_go(self, sender: _Sender[Item]) -> bool:
        """Whether a sender's oldest message may be the next: not where it is large, and another one is."""
        return self._large is None or sender.running is not None or sender.waiting[0][1] <= LARGE_OCTETS

    def _refuse(self) -> tuple[str, Item]:
        """Refuse the newest message of who has the most, of those with one that is not under way."""
        name = max(
            (each for each in self._busy if self._busy[each].waiting),
            key=lambda each: self._busy[each].octets,
        )
        sender = self._busy[name]
        item, octets = sender.waiting.pop()
        self._count(sender, -octets)
        sender.refused += 1
        if not sender.waiting and sender.running is None:
            del self._busy[name]
        return name, item

    def _count(self, sender: _Sender[Item], octets: int) -> None:
        sender.octets += octets
        self.octets += octets
