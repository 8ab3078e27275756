"""What an operator is told of what goes wrong at the other end: losses and malformed input. Pure.

Each kind is told when it begins, and then once a minute with how many more there were. A batch that is late
is not lost: what is told was missing at two looks, a second apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from nxcast.broker.intake import QUEUE_FULL
from nxcast.broker.rights.gate import NOT_ALLOWED
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.ends import BEYOND, FLOODED, MEMORY, STALLED

__all__ = ["AGAIN_NS", "LOOK_NS", "SENSORS_TOLD", "Notice", "Notices", "Told"]

LOOK_NS = SECOND_NS  # nanoseconds between two looks; what is sent again comes sooner
SENSORS_TOLD = 8  # sensors named one by one in a look: log lines are held back from the eleventh on
AGAIN_NS = 60_000_000_000  # nanoseconds until the same is told again
CUT = {
    BEYOND: "there is room for no more; a larger --memory-max has room for more of them",
    STALLED: "they took nothing for 30 s; they may come back, and ask for what they missed",
    MEMORY: "they held most of --memory-max, and took nothing or sent more than there is time for",
    FLOODED: "they sent far more than there is time for; a key is kept out for a minute by that",
}
"""Why connections are cut off, and the mend."""


class Notice(NamedTuple):
    """One line, and its values for programs."""

    text: str
    values: Mapping[str, str | int]


class Told(NamedTuple):
    """What there is to tell: kept apart, so that malformed input of all kinds hides no loss."""

    losses: list[Notice]  # and of connections cut off
    malformed: list[Notice]


class Notices:
    """Remembers what was told: a few numbers for each sensor and reason that there is."""

    def __init__(self) -> None:
        self._looked_ns = 0
        self._lost: dict[str, int] = {}  # at the last look, by sensor
        self._told: dict[tuple[str, str], tuple[int, int]] = {}  # how many, and when
        self._names: dict[str, str] = {}  # who was cut off last, by what that counts as

    def look(self, status: Status, cuts: Iterable[tuple[str, str]] = (), waits: int = 0) -> Told:
        """What there is to tell by this account; `cuts`: what connections cut off count as, and whose.

        `waits`: how often so far a producer waited for memory.
        """
        for reason, name in cuts:
            self._names[reason] = name
        now_ns = status["time_ns"]
        if 0 <= now_ns - self._looked_ns < LOOK_NS:
            return Told([], [])
        self._looked_ns = now_ns
        losses = [
            *self._losses(status, now_ns),
            *self._refusals(status, now_ns),
            *self._cuts(status, now_ns),
            *self._waits(waits, now_ns),
        ]
        return Told(losses, list(self._malformed(status, now_ns)))

    def _losses(self, status: Status, now_ns: int) -> Iterator[Notice]:
        before, self._lost = self._lost, {}
        for sensor, account in status["sensors"].items():
            if account["lost_batches"]:
                self._lost[sensor] = account["lost_batches"]
        new = {
            sensor: more
            for sensor, lost in self._lost.items()
            if (more := self._more("lost", sensor, min(lost, before.get(sensor, 0)), now_ns))
        }
        for sensor in new if len(new) <= SENSORS_TOLD else ():
            lost = self._lost[sensor]
            yield Notice(
                f"batches of sensor {sensor} lost before they came here: {new[sensor]} ({lost} in all)",
                {"sensor": sensor, "lost": new[sensor], "lost_batches": lost},
            )
        if len(new) > SENSORS_TOLD:
            total, most = sum(new.values()), max(new, key=lambda sensor: new[sensor])
            yield Notice(
                f"batches of {len(new)} sensors lost before they came here: {total}, most of {most} "
                f"({new[most]}); status/ has each",
                {"sensors": len(new), "lost": total, "sensor": most},
            )
        for key in [key for key in self._told if key[0] == "lost" and key[1] not in self._lost]:
            del self._told[key]

    def _refusals(self, status: Status, now_ns: int) -> Iterator[Notice]:
        new = {
            sender: more
            for sender, count in status.get("senders_refused", {}).items()
            if (more := self._more("refused", sender, count, now_ns))
        }
        for sender in sorted(new, key=lambda each: -new[each])[:SENSORS_TOLD]:
            yield Notice(
                f"messages of {sender} refused: {new[sender]}; it sends more than there is time for, and had "
                "the most waiting",
                {"sender": sender, "refused": new[sender]},
            )

    def _cuts(self, status: Status, now_ns: int) -> Iterator[Notice]:
        for reason, count in status.get("connections_cut", {}).items():
            more = self._more("cut", reason, count, now_ns)
            if more:
                socket, _, why = reason.partition("_")
                name = self._names.get(reason, "")
                yield Notice(
                    f"{more} connections to the {socket} cut off, the last of {name}: {CUT[why]}",
                    {"socket": socket, "why": why, "client": name, "cut": more},
                )

    def _waits(self, waits: int, now_ns: int) -> Iterator[Notice]:
        more = self._more("waits", "", waits, now_ns)
        if more:
            yield Notice(
                f"producers of large messages had to wait for memory {more} times; nothing is lost by that, "
                "and a larger --memory-max has room for more of them at once",
                {"waits": more},
            )

    def _malformed(self, status: Status, now_ns: int) -> Iterator[Notice]:
        counters = status["counters"]
        kinds = {
            "messages": counters["messages_malformed"],
            "frames": counters["malformed"],
            "requests": counters["requests_malformed"],
        }
        for kind, counts in kinds.items():
            for reason, count in counts.items():
                # Who was not allowed to push, or sends more than there is room for, is told by name.
                more = 0 if reason in (NOT_ALLOWED, QUEUE_FULL) else self._more(kind, reason, count, now_ns)
                if more:
                    yield Notice(
                        f"malformed {kind}: {reason} {more}", {"kind": kind, "reason": reason, "count": more}
                    )

    def _more(self, kind: str, what: str, count: int, now_ns: int) -> int:
        """How many to tell now of this many."""
        told, told_ns = self._told.get((kind, what), (0, now_ns - AGAIN_NS))
        if count < told:  # late batches came after all, or the sensor was forgotten meanwhile
            self._told[kind, what] = (count, told_ns)
        if count <= told or 0 <= now_ns - told_ns < AGAIN_NS:
            return 0
        self._told[kind, what] = (count, now_ns)
        return count - told
