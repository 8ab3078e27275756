"""What the windows found, gathered into groups: one for a family and the suffixes that it uses. Pure.

A finding belongs to the group of its family with which it shares most of its suffixes. A family that changes
its suffixes altogether begins a new group. The groups that were seen last are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nxcast.consumers.questions.dga.drawn_finding import Family, Finding
from nxcast.telemetry.printable import time_text

__all__ = ["Group", "Groups"]

GROUPS_MAX = 64  # a network has bots of a few families; 64 x 2,000 names x 100 octets = 13 MB
DOMAINS_MAX = 2_000  # names kept of a group, those found last
SUFFIXES_MAX = 256  # suffixes counted of a group; a family uses ten as a rule, and none known over 200
SENSORS_MAX = 16
SHARED = 0.5  # of the names of a finding, so many have suffixes of the group
RARE = 0.01  # a length or suffix with a smaller share of the names isn't told: it may be an ordinary name's
EXAMPLES = 8


@dataclass(slots=True)
class Group:
    """One family's names."""

    family: Family
    names: int = 0
    queries: int = 0
    windows: int = 0
    first_ns: int = 0
    last_ns: int = 0
    counted: int = 0  # names of all windows, so those of several count as often
    expected: float = 0.0  # of these, so many that were drawn
    suffixes: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    sensors: set[str] = field(default_factory=set)
    domains: dict[str, None] = field(default_factory=dict)

    def shares(self, finding: Finding) -> bool:
        """Whether a finding is of this group."""
        if finding.family != self.family:
            return False
        here = sum(count for suffix, count in finding.suffixes.items() if suffix in self.suffixes)
        return here >= SHARED * finding.names

    def take(self, finding: Finding) -> None:
        """Add what a window found."""
        self.first_ns = min(self.first_ns, finding.first_ns) if self.windows else finding.first_ns
        self.last_ns = max(self.last_ns, finding.last_ns)
        self.windows += 1
        self.queries += finding.queries
        self.counted += finding.names
        self.expected += finding.expected
        self.names += finding.names - sum(domain in self.domains for domain in finding.domains)
        for domain in finding.domains[-DOMAINS_MAX:]:
            self.domains.pop(domain, None)
            self.domains[domain] = None
        while len(self.domains) > DOMAINS_MAX:
            del self.domains[next(iter(self.domains))]
        self.lengths.update(finding.lengths)
        for suffix, count in finding.suffixes.most_common():
            if suffix in self.suffixes or len(self.suffixes) < SUFFIXES_MAX:
                self.suffixes[suffix] += count
        self.sensors.update(sorted(finding.sensors)[: SENSORS_MAX - len(self.sensors)])

    def row(self) -> dict[str, Any]:
        """What a report tells."""
        lengths = sorted(length for length, count in self.lengths.items() if count >= RARE * self.counted)
        domains = list(self.domains)
        return {
            "alphabet": self.family.kind,
            "lengths": [lengths[0], lengths[-1]],
            "suffixes": [one for one, count in self.suffixes.most_common() if count >= RARE * self.counted],
            "names": self.names,
            "queries": self.queries,
            "windows": self.windows,
            "certainty": round(self.expected / self.counted, 3),
            "first_seen": time_text(self.first_ns),
            "last_seen": time_text(self.last_ns),
            "sensors": sorted(self.sensors),
            "examples": domains[:: max(1, len(domains) // EXAMPLES)][:EXAMPLES],
            "domains": domains,
        }


class Groups:
    """The groups found so far."""

    def __init__(self) -> None:
        self.forgotten = 0  # groups dropped
        self._groups: list[Group] = []

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups)

    def take(self, finding: Finding) -> Group:
        """Add what a window found; the group that has it now."""
        group = next((group for group in self._groups if group.shares(finding)), None)
        if group is None:
            group = Group(finding.family)
            self._groups.append(group)
            if len(self._groups) > GROUPS_MAX:
                self._groups.remove(min(self._groups[:-1], key=lambda group: group.last_ns))
                self.forgotten += 1
        group.take(finding)
        return group

    def known(self, finding: Finding) -> bool:
        """Whether a finding is of a group that is here."""
        return any(group.shares(finding) for group in self._groups)

    def with_findings(self, findings: Iterable[Finding]) -> Groups:
        """What the groups would be with these; they are left as they are."""
        copy = deepcopy(self)
        for finding in findings:
            copy.take(finding)
        return copy
