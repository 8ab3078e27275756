"""The state of the stream, in words: is it live, and if not, what is missing and what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from nxcast.consumers.client.events import Event, Refused
from nxcast.consumers.show.console import duration
from nxcast.consumers.show.pulse import Pulse
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import printable

__all__ = ["StateWords", "Words"]

SILENT_NS = 4 * SECOND_NS  # a status comes each second
BEHIND_NS = 5 * SECOND_NS
IDLE_NS = 300 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Words:
    """A word for programs, a line for people, and what to do where something has to be done."""

    word: str
    text: str
    mend: str = ""


class StateWords:
    """Hears what happens, and says what that means."""

    def __init__(self, broker: str, began_ns: int) -> None:
        self._broker = printable(broker)
        self._began_ns = began_ns
        self._heard_ns: int | None = None  # when the latest status came, by our clock
        self._ahead_ns = 0  # of the broker's clock
        self._published_ns: int | None = None
        self._came_ns = 0  # when that did, by our clock
        self._refused = ""
        self._status: Status | None = None
        self._pulse = Pulse()

    def status(self, status: Status, now_ns: int) -> None:
        """A status came."""
        self._heard_ns = now_ns
        self._ahead_ns = status["time_ns"] - now_ns
        self._status = status
        self._refused = ""
        self._pulse.take(status)

    def event(self, event: Event) -> None:
        """Something happened."""
        if isinstance(event, Refused) and not event.partly:
            self._refused = str(event)

    def published(self, time_ns: int, now_ns: int) -> None:
        """A message came that was published at this time by the broker's clock."""
        self._published_ns, self._came_ns = time_ns, now_ns

    def broker_now(self, now_ns: int) -> int:
        """What the broker's clock says now."""
        return now_ns + self._ahead_ns

    @property
    def clock_ahead_ms(self) -> int:
        """How far the broker's clock is ahead of ours."""
        return self._ahead_ns // 1_000_000

    def words(self, now_ns: int) -> Words:
        """The state now."""
        if self._refused:
            return Words("refused", self._refused, "nxcast-broker keys list tells what each key may do")
        if self._heard_ns is None or self._status is None:
            waited = duration(max(now_ns - self._began_ns, 0))
            return Words(
                "no-broker",
                f"no broker answers at {self._broker}, for {waited}",
                "start nxcast-broker there, or say with --broker where it is; nxcast-consume doctor tells "
                "more",
            )
        silent_ns = now_ns - self._heard_ns
        stopped = "ended" in self._status
        if stopped or silent_ns > SILENT_NS:
            for_long = duration(silent_ns)
            how = f"was stopped {for_long} ago" if stopped else f"has been silent for {for_long}"
            return Words(
                "silent",
                f"the broker at {self._broker} {how}: below is what was",
                "does nxcast-broker run? What it publishes meanwhile comes as soon as it is back",
            )
        if not self._status["counters"]["frames_received"]:
            return Words(
                "no-producer",
                "the broker is there, and no producer has sent anything yet",
                "start one: nxcast-produce dnstap, pcap or nmsg (docs/sources.md); to try: nxcast-produce "
                "synthetic",
            )
        if self._published_ns is not None:
            behind_ns = self._came_ns + self._ahead_ns - self._published_ns
            if behind_ns > BEHIND_NS and now_ns - self._came_ns < SILENT_NS:
                return Words("behind", f"behind {duration(behind_ns)}: what was published then comes now")
        return Words("live", f"live: {self._pulse.text}")
