"""Failures by RCODE and time, and when messages were lost. Pure.

A failure counts at its record's own time, so that what is fetched again later draws no spike. A record whose
time is of another day (a recording, a sensor whose clock is wrong) counts when it was published.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from typing import Any

from nxcast.schemas.units import SECOND_NS

__all__ = ["SCALES", "FailureRates", "Scale"]

DAY_NS = 86_400 * SECOND_NS
AHEAD_NS = 5 * SECOND_NS  # that a sensor's clock may be ahead of the broker's
GAPS_MAX = 64  # spans; the oldest goes, and they are merged where they touch
RCODES_MAX = 12  # told apart in all; those met later are one, `OTHER`
OTHER = -1
COUNT_MAX = 2**53  # of a bucket that was kept
SCALES = {"5m": (1, 300), "1h": (10, 360), "24h": (240, 360)}  # seconds a bucket, and buckets


class Scale:
    """Buckets of `step` seconds: the last `length`, and at most as many after; 2 x 360 x 13 numbers."""

    def __init__(self, step: int, length: int) -> None:
        self.step = step
        self._length = length
        self._buckets: dict[int, Counter[int]] = {}

    def add(self, second: int, rcode: int, now_s: int, count: int) -> None:
        """So many failures of a second, if that is not too long ago."""
        bucket = second // self.step
        if bucket <= now_s // self.step - self._length:
            return
        found = self._buckets.get(bucket)
        if found is None:
            # Not those after it: what a gap held back comes once later messages of other topics have come.
            self._forget(now_s, self._length)
            found = self._buckets[bucket] = Counter()
        found[rcode] += count

    def series(self, now_s: int) -> tuple[int, dict[int, list[float]]]:
        """When the first bucket begins, and by RCODE failures a second of each bucket until now."""
        self._forget(now_s, 1)
        first = now_s // self.step - self._length + 1
        made: dict[int, list[float]] = {}
        for bucket, counts in self._buckets.items():
            if not 0 <= bucket - first < self._length:
                continue
            for rcode, count in counts.items():
                row = made.setdefault(rcode, [0] * self._length)
                row[bucket - first] = count if self.step == 1 else round(count / self.step, 2)
        return first * self.step, made

    def dump(self) -> dict[str, dict[str, int]]:
        """What `load` takes, as JSON has it."""
        return {
            str(bucket): {str(rcode): count for rcode, count in counts.items()}
            for bucket, counts in self._buckets.items()
        }

    def load(self, kept: Mapping[str, Mapping[str, int]]) -> set[int]:
        """Take what `dump` gave, and tell the RCODEs in it; ValueError for anything else."""
        if len(kept) > 2 * self._length + 1:
            raise ValueError("too many periods")
        for bucket, counts in kept.items():
            if not all(type(count) is int and 0 <= count < COUNT_MAX for count in counts.values()):
                raise ValueError("counts that can't be")
            self._buckets[int(bucket)] = Counter({int(rcode): count for rcode, count in counts.items()})
        return {rcode for counts in self._buckets.values() for rcode in counts}

    def _forget(self, now_s: int, after: int) -> None:
        last = now_s // self.step
        for bucket in [each for each in self._buckets if not last - self._length < each <= last + after]:
            del self._buckets[bucket]


class FailureRates:
    """All scales, and the spans in which messages were lost, or nobody counted: until `began_s` at first."""

    def __init__(self, began_s: int) -> None:
        self._began_s = began_s
        self._unknown: deque[tuple[int, int]] = deque([(0, began_s)], maxlen=GAPS_MAX)  # seconds
        self._scales = {name: Scale(*scale) for name, scale in SCALES.items()}
        self._rcodes: set[int] = set()
        self._gaps: deque[tuple[int, int]] = deque(maxlen=GAPS_MAX)  # seconds
        self.elsewhen = 0  # records whose own time is of another day
        self.failures = 0

    def second(self, time_ns: int, published_ns: int) -> int:
        """The second that a failure counts at, which `add` is told; once for each."""
        if not published_ns - DAY_NS < time_ns <= published_ns + AHEAD_NS:
            self.elsewhen += 1
            time_ns = published_ns
        return min(time_ns, published_ns) // SECOND_NS

    def add(self, second: int, rcode: int, now_s: int, count: int = 1) -> None:
        """So many failures that count at a second."""
        self.failures += count
        if rcode not in self._rcodes:
            if len(self._rcodes) >= RCODES_MAX:
                rcode = OTHER
            else:
                self._rcodes.add(rcode)
        for scale in self._scales.values():
            scale.add(second, rcode, now_s, count)

    def lost(self, since_ns: int, until_ns: int) -> None:
        """Messages of this span are missing."""
        since, until = since_ns // SECOND_NS, until_ns // SECOND_NS
        if self._gaps and since <= self._gaps[-1][1]:
            since = min(self._gaps.pop()[0], since)
        self._gaps.append((since, max(since, until)))

    def dump(self) -> dict[str, Any]:
        """What `load` takes, as JSON has it."""
        return {
            "scales": {name: scale.dump() for name, scale in self._scales.items()},
            "gaps": list(self._gaps),
            "unknown": list(self._unknown),
        }

    def load(self, kept: Mapping[str, Any], saved_s: int) -> None:
        """Take what `dump` gave at a time.

        ValueError, KeyError, TypeError or AttributeError for anything else.
        """
        rcodes = set().union(*(scale.load(kept["scales"][name]) for name, scale in self._scales.items()))
        self._rcodes = rcodes - {OTHER}
        if len(self._rcodes) > RCODES_MAX:
            raise ValueError("too many RCODEs")
        self._gaps.extend(_spans(kept["gaps"]))
        self._unknown.clear()
        self._unknown.extend(_spans([*kept["unknown"], [saved_s, max(saved_s, self._began_s)]]))

    def recent(self, now_ns: int, seconds: int) -> float:
        """Failures a second of the last whole `seconds`."""
        _, rows = self._scales["5m"].series(now_ns // SECOND_NS)
        return sum(sum(row[-1 - seconds : -1]) for row in rows.values()) / seconds

    def drawn(self, scale: str, now_ns: int, name_of: Any) -> dict[str, Any]:
        """One scale as an object; RCODEs by `name_of`, most failures first."""
        first, rows = self._scales[scale].series(now_ns // SECOND_NS)
        step = SCALES[scale][0]
        until = first + step * SCALES[scale][1]
        ordered = sorted(rows.items(), key=lambda each: -sum(each[1]))
        return {
            "scale": scale,
            "first": first,
            "step": step,
            "length": SCALES[scale][1],
            "rcodes": {"other" if rcode == OTHER else name_of(rcode): row for rcode, row in ordered},
            "gaps": [list(gap) for gap in self._gaps if gap[1] >= first and gap[0] < until],
            "unknown": [
                [max(since, first), end] for since, end in self._unknown if end > first and since < until
            ],
        }


def _spans(kept: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    if not all(len(span) == 2 and all(type(second) is int for second in span) for span in kept):
        raise ValueError("spans that can't be")
    return [(since, until) for since, until in kept]
