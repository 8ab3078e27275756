"""Which sensors can hear of mail at all. Pure.

A resolver that minimises query names (RFC 9156) asks a top-level domain for type A or NS of the name right
below it, and where that is denied, it asks no more: MX is never seen. A sensor nearly all of whose denials by
top-level domains look so can't tell, unless it is told what clients ask.
"""

from __future__ import annotations

from typing import Any

from nxcast.consumers.names.fold import fold
from nxcast.schemas.records import Status

__all__ = ["Hearing"]

SENSORS_MAX = 4096  # as many as the broker tracks
A, NS, AAAA = 1, 2, 28
# Percent of what top-level domains deny that looks like a step: 86 behind Unbound at its defaults, else 43.
MINIMISES = 70
DENIALS_MIN = 100  # of which that can be said; the broker says it of as many
ALL_MIN = 10  # that suffice where none is of another type than A and NS


class Hearing:
    """Counts what top-level domains deny, by sensor, but for type AAAA."""

    def __init__(self) -> None:
        self._denials: dict[str, list[int]] = {}  # in all, those that look like steps, of other types
        self._told: dict[str, int] = {}  # percent by the broker
        self._status: Status | None = None
        self._clients: set[str] = set()  # sensors that are told what clients ask

    def take(self, record: Any) -> None:
        """Count a look-up."""
        sensor = record["sensor"]
        if "by" in record:
            if len(self._clients) < SENSORS_MAX:
                self._clients.add(sensor)
            return
        zone = record["soa_rrname"]
        qtype = record["qtype"]
        if qtype == AAAA:  # asked for as it is where names are minimised too, so it tells nothing
            return
        if zone is None or zone == "." or zone.find(".") != len(zone) - 1:
            return
        counts = self._denials.get(sensor)
        if counts is None:
            if len(self._denials) >= SENSORS_MAX:
                return
            counts = self._denials[sensor] = [0, 0, 0]
        counts[0] += 1
        qname = record["qname"]
        if qtype not in (A, NS):
            counts[2] += 1
        elif qname.count(".") == 2 and fold(qname).endswith(f".{fold(zone)}"):
            counts[1] += 1

    def hear(self, status: Status) -> None:
        """What the broker says of its sensors; the same account may come again."""
        if status is self._status:
            return
        self._status = status
        self._told = {
            name: sensor["minimises"] for name, sensor in status["sensors"].items() if "minimises" in sensor
        }

    def deaf(self) -> list[dict[str, Any]]:
        """The sensors that can't tell, and what percent looks like a step."""
        found = {sensor: told for sensor, told in self._told.items() if told >= MINIMISES}
        for sensor, (denials, steps, others) in self._denials.items():
            if denials >= DENIALS_MIN or (denials >= ALL_MIN and not others):
                percent = 100 * steps // denials
                if percent >= MINIMISES:
                    found[sensor] = max(percent, found.get(sensor, 0))
        return [
            {"sensor": sensor, "minimises": found[sensor]} for sensor in sorted(found.keys() - self._clients)
        ]
