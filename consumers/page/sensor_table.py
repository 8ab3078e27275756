"""Sensors and the broker's health, from its statuses: rates, losses, and what doctor would say. Pure.

Canaries are left out. A sensor is red only where somebody has to act now: it is silent, or batches of it were
lost in the last minutes; what was lost long ago is a number.
"""

from __future__ import annotations

from collections import deque
from heapq import nlargest
from typing import Any

from nxcast.consumers.doctor.finding import Finding, Verdict
from nxcast.consumers.doctor.status_change import (
    SENSORS_SHOWN,
    SILENT_NS,
    account,
    broker,
    connections,
    descriptors,
    log,
)
from nxcast.consumers.page.counts_by_time import CountsByTime, Span
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.records import Status
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import printable

__all__ = ["SensorTable"]

SPAN_NS = 900_000_000  # nanoseconds between two statuses that a rate is taken from
MINUTE_NS = 60 * SECOND_NS
RECENT = 5  # minutes in which a loss is news
KNOWN_MAX = 4096  # sensors, as many as a status has; with their failures by time 1 KB each: 4 MB


class SensorTable:
    """Takes statuses."""

    def __init__(self) -> None:
        self._earlier: Status | None = None
        self._later: Status | None = None
        self._lost: deque[tuple[int, dict[str, int]]] = deque(maxlen=RECENT + 1)  # of each minute
        self._delays: dict[str, int] = {}  # ns, from being seen to being published
        self._failed: dict[str, CountsByTime] = {}

    @property
    def status(self) -> Status | None:
        """The latest."""
        return self._later

    def take(self, status: Status) -> None:
        """Take one."""
        before = self._later
        # Of another broker, or one whose clock was set back.
        if before is None or before["epoch"] != status["epoch"] or status["time_ns"] < before["time_ns"]:
            self._earlier, self._later = None, status
            self._lost.clear()
        elif status["time_ns"] - before["time_ns"] >= SPAN_NS:
            self._earlier, self._later = before, status
        else:
            return
        if not self._lost or status["time_ns"] - self._lost[-1][0] >= MINUTE_NS:
            lost = {name: told["lost_batches"] for name, told in status["sensors"].items()}
            self._lost.append((status["time_ns"], lost))

    def delayed(self, sensor: str, delay_ns: int) -> None:
        """A record took so long from being seen to being published."""
        if sensor in self._delays or len(self._delays) < KNOWN_MAX:
            self._delays[sensor] = delay_ns

    def failed(self, sensor: str, second: int, now_s: int, count: int = 1) -> None:
        """So many failures that a sensor saw count at a second."""
        times = self._failed.get(sensor)
        if times is None:
            if len(self._failed) >= KNOWN_MAX or sensor == CANARY_SENSOR:
                return
            times = self._failed[sensor] = CountsByTime()
        times.add(second, now_s, count)

    def most(self, count: int, span: Span) -> list[tuple[str, int]]:
        """Those that saw the most failures in a span, with their number."""
        found = [(sensor, times.within(span)) for sensor, times in self._failed.items()]
        return nlargest(count, [each for each in found if each[1]], key=lambda each: each[1])

    @property
    def frames_per_second(self) -> float | None:
        """Between the latest two statuses."""
        if self._earlier is None or self._later is None:
            return None
        earlier, later = self._earlier, self._later
        frames = later["counters"]["frames_received"] - earlier["counters"]["frames_received"]
        return max(frames, 0) * SECOND_NS / (later["time_ns"] - earlier["time_ns"])

    def sensors(self) -> list[dict[str, Any]]:
        """As rows, those with trouble first."""
        if self._later is None:
            return []
        rows = [
            self._row(name, self._later) for name in sorted(self._later["sensors"]) if name != CANARY_SENSOR
        ]
        rows.sort(key=lambda row: row["verdict"] == "ok")
        return rows[:SENSORS_SHOWN]

    def health(self, now_ns: int) -> list[dict[str, Any]]:
        """What doctor says of the broker, but for its sensors."""
        status = self._later
        if status is None:
            return []
        findings = [broker(status, now_ns), descriptors(status), connections(status), log(status)]
        if self._earlier is not None:
            findings += [each for each in account(self._earlier, status) if each.check != "sensor"]
        return [_told(finding) for finding in findings if finding is not None]

    def _row(self, name: str, status: Status) -> dict[str, Any]:
        told = status["sensors"][name]
        before = self._earlier["sensors"].get(name) if self._earlier is not None else None
        rate = None
        if before is not None and self._earlier is not None:
            span_ns = status["time_ns"] - self._earlier["time_ns"]
            rate = round(max(told["frames"] - before["frames"], 0) * SECOND_NS / span_ns, 1)
        silent_ns = max(status["time_ns"] - told["time_ns"], 0)
        lost_before = self._lost[0][1].get(name, 0) if self._lost else told["lost_batches"]
        lost_now = max(told["lost_batches"] - lost_before, 0)
        mends = []
        if silent_ns > SILENT_NS:
            mends.append("is its producer running, and does its resolver send (docs/sources.md)?")
        if lost_now:
            mends.append(
                "its producer's log tells whether it dropped them; what never came was lost on the way"
            )
        delay_ns = self._delays.get(name)
        return {
            "sensor": printable(name),
            "frames": told["frames"],
            "frames_per_second": rate,
            "lost_batches": told["lost_batches"],
            "lost_lately": lost_now,
            "restarts": told["restarts"],
            "silent_seconds": round(silent_ns / SECOND_NS),
            "delay_seconds": None if delay_ns is None else round(delay_ns / SECOND_NS, 1),
            "minimises": told.get("minimises"),
            "verdict": "act" if mends else "ok",
            "mend": "; ".join(mends),
        }


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "verdict": "ok" if finding.verdict is Verdict.OK else finding.verdict.value,
        "text": printable(finding.text),
        "mend": printable(finding.mend),
    }
