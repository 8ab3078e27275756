"""What is kept of each service, domain, suffix and label that was asked for. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from nxcast.consumers.names.services import service
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.consumers.questions.loop.look_ups import server_of
from nxcast.schemas.codes import type_text
from nxcast.schemas.ip_addresses import UNKNOWN
from nxcast.schemas.records import Nxdomain
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.printable import time_text

__all__ = ["Domain", "Names", "Open", "Tally"]

EXAMPLES = 3  # names shown of a suffix
EVIDENCE_MAX = 16  # services of a domain, servers and sensors
DAY_NS = 86_400 * SECOND_NS
DAYS_MAX = 64  # days told apart


class Tally:
    """How often something was asked for, and when."""

    __slots__ = ("first_ns", "last_ns", "look_ups")

    def __init__(self) -> None:
        self.look_ups = 0
        self.first_ns = 1 << 64
        self.last_ns = 0

    def add(self, time_ns: int) -> None:
        self.look_ups += 1
        if time_ns < self.first_ns:
            self.first_ns = time_ns
        if time_ns > self.last_ns:
            self.last_ns = time_ns

    def times(self) -> dict[str, Any]:
        return {
            "look_ups": self.look_ups,
            "first_seen": time_text(self.first_ns),
            "last_seen": time_text(self.last_ns),
        }


class Domain(Tally):
    """A domain, or an internal suffix, in which services are looked for."""

    __slots__ = ("services",)

    def __init__(self) -> None:
        super().__init__()
        self.services: tuple[str, ...] = ()

    def take(self, found: str, time_ns: int) -> None:
        self.add(time_ns)
        if found not in self.services:
            self.services = _with(self.services, found)

    def row(self) -> dict[str, Any]:
        return {"services": list(self.services), **self.times()}


class Open(Tally):
    """A service looked for in a domain that nobody has."""

    __slots__ = ("is_told", "name", "sensors", "servers", "types", "zone")

    def __init__(self) -> None:
        super().__init__()
        self.is_told = False  # whether it had its alert
        self.name = ""
        self.zone = ""
        self.servers: tuple[str, ...] = ()
        self.sensors: tuple[str, ...] = ()
        self.types: tuple[str, ...] = ()

    def take(self, record: Nxdomain, name: str, zone: str | None) -> None:
        """A look-up of a folded name, and the folded owner of the SOA that denied it."""
        self.add(record["time_ns"])
        self.name = name
        self.zone = zone or ""
        server, sensor, kind = server_of(record), record["sensor"], type_text(record["qtype"])
        if server not in self.servers and server != UNKNOWN:
            self.servers = _with(self.servers, server)
        if sensor not in self.sensors:
            self.sensors = _with(self.sensors, sensor)
        if kind not in self.types:
            self.types = _with(self.types, kind)

    def row(self, domain: str, found: str) -> dict[str, Any]:
        return {
            "domain": domain,
            "service": found,
            "what": service(found).what,
            "name": self.name,
            "soa_rrname": self.zone,
            **self.times(),
            "servers": list(self.servers),
            "sensors": list(self.sensors),
            "types": list(self.types),
        }


class Names(Tally):
    """Names asked for, a few of them, and how many there were."""

    __slots__ = ("distinct", "examples", "inside", "seen")

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0  # bit N is set for days whose number has the rest N
        self.inside = 0  # look-ups with another domain behind
        self.examples: tuple[str, ...] = ()
        self.distinct: Distinct | None = None  # where there are more: it takes 1 KiB

    @property
    def rank(self) -> tuple[int, int, int]:
        """Names, at most as many as there were; days; look-ups."""
        names = len(self.examples) if self.distinct is None else self.distinct.filled
        return names, self.seen.bit_count(), self.look_ups

    def take(self, name: str, time_ns: int, *, inside: bool = False) -> None:
        self.add(time_ns)
        self.seen |= 1 << time_ns // DAY_NS % DAYS_MAX
        self.inside += inside
        if name in self.examples:
            return
        if len(self.examples) < EXAMPLES:
            self.examples += (name,)
            return
        if self.distinct is None:
            self.distinct = Distinct()
            for example in self.examples:
                self.distinct.add(example)
        self.distinct.add(name)

    def row(self) -> dict[str, Any]:
        count = len(self.examples) if self.distinct is None else self.distinct.estimate
        return {"names": count, "days": self.seen.bit_count(), **self.times()}


@lru_cache(8192)  # most have the same: 2 MB
def _with(kept: tuple[str, ...], new: str) -> tuple[str, ...]:
    """One more at the end, if it is new and there is room."""
    return kept if new in kept or len(kept) >= EVIDENCE_MAX else (*kept, new)
