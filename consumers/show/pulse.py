"""What the broker gets, told to whoever waits for records: silence is either nothing sent or nothing failed.

Made of the broker's statuses, which come each second, so nothing is asked for. Pure: time is an argument
(seconds of a clock that only goes forward).
"""

from __future__ import annotations

from collections.abc import Iterable

from nxcast.consumers.show.console import plural
from nxcast.schemas.records import Status
from nxcast.schemas.topics import ANSWERS, SERVERS, channel_of
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import printable

__all__ = ["Notices", "Pulse"]

SPAN_NS = 900_000_000  # nanoseconds between two statuses that a rate is taken from; they come each second
NOTICES_S = (5.0, 60.0, 600.0)  # seconds of waiting after which it is told why; then each
AGAIN_S = 3600.0

_ASKED_FOR = {
    ANSWERS: "answers/ comes from a broker with the setting answers (nxcast-broker --answers)",
    SERVERS: "servers/ comes once a minute from a broker with the setting servers (nxcast-broker --servers)",
}
"""What a broker doesn't publish by default."""


class Pulse:
    """Takes statuses, and says what comes in at the broker."""

    def __init__(self) -> None:
        self._earlier: Status | None = None
        self._later: Status | None = None
        self._away = ""  # why nothing is known of what comes in now

    def take(self, status: Status | None, *, unsettled: bool = False) -> None:
        """Take the latest status, new or not; `unsettled` as Counts has it: the broker is away, or silent."""
        stopped = status is not None and "ended" in status
        self._away = "the broker was stopped" if stopped else "the broker is away" if unsettled else ""
        if status is None or status is self._later:
            return
        if self._later is None or status["epoch"] != self._later["epoch"]:
            self._earlier = None
        elif status["time_ns"] - self._later["time_ns"] >= SPAN_NS:
            self._earlier = self._later
        else:
            return  # others' subscriptions bring statuses in between
        self._later = status

    @property
    def text(self) -> str:
        """One printable line for people; empty before the first status."""
        status = self._later
        if status is None:
            return ""
        if self._away:
            return self._away
        if not status["counters"]["frames_received"]:
            return (
                "the broker gets 0 frames a second, no producer has sent anything yet: start nxcast-produce "
                "dnstap, pcap or nmsg; or nxcast-produce synthetic, to try"
            )
        heard = max(status["sensors"].items(), key=lambda each: each[1]["time_ns"], default=None)
        rate = self._rate(status)
        told = "the broker gets frames" if rate is None else f"the broker gets {rate:,.0f} frames a second"
        if heard is None or rate != 0:
            return f"{told} from {plural(len(status['sensors']), 'sensor')}"
        silent_s = max(status["time_ns"] - heard[1]["time_ns"], 0) // SECOND_NS
        last = f"the last to send was {printable(heard[0])}, {silent_s:,} s ago"
        return f"{told}: {last}; nxcast-consume doctor tells more"

    def text_on(self, topics: Iterable[str]) -> str:
        """The same to who waits for these topics, of which nothing came."""
        had = set() if self._later is None else set(map(channel_of, self._later["topics"]))
        asked = {*map(channel_of, topics)} - had
        return "; ".join(
            filter(None, [self.text, *(_ASKED_FOR[each] for each in _ASKED_FOR if each in asked)])
        )

    def _rate(self, status: Status) -> float | None:
        if self._earlier is None:
            return None
        before, now = (each["counters"]["frames_received"] for each in (self._earlier, status))
        return (now - before) * SECOND_NS / (status["time_ns"] - self._earlier["time_ns"])


class Notices:
    """When to say that nothing comes: after 5 s, a minute, ten minutes, and each hour."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._told = 0

    def came(self, now: float) -> None:
        """A record came."""
        self._since, self._told = now, 0

    def due(self, now: float) -> float | None:
        """For how many seconds nothing has come, if that is to be told now."""
        waited = now - self._since
        if waited < self.due_after:
            return None
        self._told += 1
        return waited

    @property
    def due_after(self) -> float:
        """Seconds of waiting after which the next is due."""
        if self._told < len(NOTICES_S):
            return NOTICES_S[self._told]
        return AGAIN_S * (self._told - len(NOTICES_S) + 1)
