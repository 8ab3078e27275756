"""What each key allows, from one version of the key file to the next: what a model holds a broker to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import NamedTuple

from nxcast.schemas.topics import STATUS

__all__ = ["Held", "Rights"]

GRACE_S = 2.0  # seconds at most until a broker that runs has read a new version


class Held(NamedTuple):
    """What a key allows: prefixes of topics, and patterns of sensors."""

    name: str
    topics: tuple[str, ...] = ()
    sensors: tuple[str, ...] = ()


class Rights:
    """Of all keys, by public key, in each version. Times are seconds of the run."""

    def __init__(self) -> None:
        self._versions: list[tuple[float, Mapping[str, Held]]] = []

    def change(self, now: float, held: Mapping[str, Held]) -> None:
        """A new version is written."""
        self._versions.append((now, held))

    def may_have(self, key: str, topic: str, now: float, rested_at: float) -> bool:
        """Whether a broker that was stopped until `rested_at` last may give this now."""
        return any(
            topic.startswith((*held.topics, STATUS))
            for held in self._held(key, now, rested_at)
            if held.topics
        )

    def may_push(self, key: str, sensor: str, now: float, rested_at: float) -> bool:
        """The same of what has arrived of a sensor."""
        return any(
            fnmatchcase(sensor, each) for held in self._held(key, now, rested_at) for each in held.sensors
        )

    def _held(self, key: str, now: float, rested_at: float) -> Iterator[Held]:
        """What the key allowed in all versions that may still be in force."""
        since = now - GRACE_S if now - rested_at > GRACE_S else 0.0
        for (_, version), (ended, _) in pairwise([*self._versions, (now, {})]):
            if ended >= since and key in version:
                yield version[key]
