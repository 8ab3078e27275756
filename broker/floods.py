"""Who is refused again and again, and so has to be cut off: refusing alone can fill a core. Pure.

A sender whose refused messages are many in a second has one bad second more, else one less; with too many of
them it floods. A producer of ours has half as much under way each time that it is refused, so it comes to no
more than a few. A sender is a name. No clock: seconds of one that goes forward are arguments.
"""

from __future__ import annotations

from collections import Counter

__all__ = ["BAD_MESSAGES", "BAD_OCTETS", "BAD_SECONDS", "SECOND_S", "Floods"]

SECOND_S = 1.0
BAD_MESSAGES = 1000  # refused in a second: 20 to 30 ms of CPU, and as much of libzmq's
BAD_OCTETS = 64 << 20  # the same: 30 ms of libzmq's; one producer of ours has as much in all
BAD_SECONDS = 10


class Floods:
    """Remembers those that were refused lately, no more of them than send: there is a bound on those."""

    def __init__(self) -> None:
        self._messages: Counter[str] = Counter()  # refused in this second
        self._octets: Counter[str] = Counter()
        self._bad: Counter[str] = Counter()  # seconds
        self._since_s = 0.0

    def refused(self, sender: str, octets: int) -> None:
        """A message of so many octets was."""
        self._messages[sender] += 1
        self._octets[sender] += octets

    def look(self, now_s: float) -> list[str]:
        """Those that flood, each told once and then forgotten."""
        if now_s - self._since_s < SECOND_S:
            return []
        self._since_s = now_s
        bad = {
            sender
            for sender, messages in self._messages.items()
            if messages >= BAD_MESSAGES or self._octets[sender] >= BAD_OCTETS
        }
        self._messages.clear()
        self._octets.clear()
        better = Counter(self._bad.keys() - bad)
        self._bad = self._bad + Counter(bad) - better
        flooding = [sender for sender, seconds in self._bad.items() if seconds >= BAD_SECONDS]
        for sender in flooding:
            del self._bad[sender]
        return flooding
