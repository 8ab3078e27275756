"""What one window found of one family. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Family", "Finding"]


class Family(NamedTuple):
    """Names that are judged together."""

    kind: str  # alphabet, of lexical.KINDS, or makes.ALIKE
    short: bool


@dataclass(slots=True)
class Finding:
    """Names of a family that were drawn, as far as one window tells."""

    family: Family
    names: int = 0
    queries: int = 0
    first_ns: int = 0
    last_ns: int = 0
    expected: float = 0.0  # of the names, so many that were drawn
    suffixes: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    sensors: set[str] = field(default_factory=set)
    domains: list[str] = field(
        default_factory=list
    )  # in the order of their first query; may be fewer than names

    def goes_with(self, other: Finding) -> bool:
        """Whether these came at a time and sensor of the other's, most of them under suffixes of its own."""
        if self.first_ns > other.last_ns or self.last_ns < other.first_ns or not self.sensors & other.sensors:
            return False
        return 2 * sum(self.suffixes[suffix] for suffix in other.suffixes) >= self.names

    def add(self, other: Finding) -> None:
        """Take in another one's names, whose domains are all kept."""
        domains = set(self.domains)
        new = [domain for domain in other.domains if domain not in domains]
        self.names += len(new)
        self.queries += other.queries
        self.expected += len(new) / max(other.names, 1) * other.expected
        self.first_ns, self.last_ns = min(self.first_ns, other.first_ns), max(self.last_ns, other.last_ns)
        self.suffixes.update(domain.partition(".")[2] for domain in new)
        self.lengths.update(domain.find(".") for domain in new)
        self.sensors |= other.sensors
        self.domains += new

    def without(self, told: Container[str]) -> Finding:
        """What of it is not among `told`, as far as its domains are kept."""
        domains = [domain for domain in self.domains if domain not in told]
        share = len(domains) / max(len(self.domains), 1)
        return Finding(
            self.family,
            names=len(domains),
            queries=round(share * self.queries),
            first_ns=self.first_ns,
            last_ns=self.last_ns,
            expected=share * self.expected,
            suffixes=Counter(domain.partition(".")[2] for domain in domains),
            lengths=Counter(domain.find(".") for domain in domains),
            sensors=self.sensors,
            domains=domains,
        )
