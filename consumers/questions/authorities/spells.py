"""Spells of failures of what is watched, and the alerts that they give. Pure.

A spell begins with the first failure and ends with an hour without one. Its 1st, 10th, 100th ... failure is
an alert: one stray REFUSED is told once, and an outage is told to grow. Beyond `AlertLimit` an
alert waits for the next failure of the same entry.
"""

from __future__ import annotations

from collections.abc import Iterator

from nxcast.consumers.questions.authorities.failure_tables import evidence, rcode_name, response_lines
from nxcast.consumers.questions.authorities.failures import Failures, Latest
from nxcast.consumers.questions.loop.alerting import AlertLimit
from nxcast.consumers.questions.loop.findings import Alert
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.codes import type_text
from nxcast.schemas.edns import extended_errors
from nxcast.telemetry.printable import second_text, time_text

__all__ = ["Spells"]

REASON_MAX = 200  # characters of the reason that a response gives, in the line of an alert
QUIET_NS = 3_600_000_000_000  # nanoseconds; less between two failures is one fault that comes and goes
SET_BACK_NS = 24 * QUIET_NS  # a time so far behind the latest comes from a clock that was set back
STEP = 10  # each alert of a spell comes after so many times as many failures as the one before
ENTRIES_MAX = 10_000  # that fail, of those once and of those again; 32 MB


class Spell(Failures):
    """The failures of an entry of the list, and its present spell."""

    __slots__ = ("due", "of_spell", "quiet_ns", "seen_ns", "since_ns")

    def __init__(self) -> None:
        super().__init__()
        self.of_spell = 0  # failures
        self.due = 1  # failures of the spell at which the next alert comes
        self.since_ns = 0  # the first of the spell
        self.seen_ns: int | None = None  # the latest of the spell
        self.quiet_ns: int | None = None  # how long there was none before the spell

    def fail(self, time_ns: int) -> None:
        """Count a failure in the spell it belongs to."""
        quiet_ns = None if self.seen_ns is None else time_ns - self.seen_ns
        if quiet_ns is None or not -SET_BACK_NS <= quiet_ns <= QUIET_NS:
            self.of_spell, self.due = 0, 1
            self.since_ns = self.seen_ns = time_ns
            self.quiet_ns = quiet_ns
        elif quiet_ns > 0:
            self.seen_ns = time_ns
        self.of_spell += 1

    def told(self) -> None:
        """The next alert is due at a multiple of this one's failures."""
        while self.due <= self.of_spell:
            self.due *= STEP


class Spells:
    """All that is watched and has failed, by entry; `show` adds the decoded response to alerts."""

    def __init__(self, *, show: bool) -> None:
        self._spells: Sightings[str, Spell] = Sightings(ENTRIES_MAX, ENTRIES_MAX, Spell)
        self._show = show
        self._limit = AlertLimit()

    @property
    def forgotten(self) -> int:
        """Entries that had to go."""
        return self._spells.forgotten

    def items(self) -> Iterator[tuple[str, Spell]]:
        """Entries that have failed."""
        return self._spells.items()

    def fail(
        self, entry: str, latest: Latest, other: str, bit: int, codes: tuple[int, ...] | None
    ) -> Alert | None:
        """Count a failure of an entry; the alert that it is. The rest as for `Failures.add`."""
        spell = self._spells.see(entry)
        spell.add(latest.time_ns, latest.rcode, other, bit, codes)
        spell.fail(latest.time_ns)
        if self._show:
            spell.latest = latest
        if spell.of_spell < spell.due or not self._limit.allows(latest.time_ns):
            return None
        spell.told()
        return _alert(entry, spell, latest, show=self._show)


def _alert(entry: str, spell: Spell, latest: Latest, *, show: bool) -> Alert:
    name = "an unknown name" if latest.qname is None else latest.qname
    asked = name if latest.qtype is None else f"{name} {type_text(latest.qtype)}"
    rcode = rcode_name(latest.rcode)
    if spell.of_spell == 1:
        again = spell.quiet_ns is not None and spell.quiet_ns > 0
        kind = "fails-again" if again else "fails"
        text = f"{entry} {kind.replace('-', ' ')}: {rcode} from {latest.server} for {asked}"
    else:
        kind = "goes-on"
        since = second_text(spell.since_ns)
        text = (
            f"{entry} fails since {since}: {spell.of_spell:,} failures, the last {rcode} from {latest.server}"
        )
        text += f" for {asked}"
    errors = extended_errors(latest.response) if latest.response else []
    if errors:
        text += f", which says: {errors[0].text}"[:REASON_MAX]
    told = {
        "watched": entry,
        "server": latest.server,
        "zone": latest.zone,
        "qname": latest.qname,
        "qtype": None if latest.qtype is None else type_text(latest.qtype),
        "failures_of_spell": spell.of_spell,
        "spell_since": time_text(spell.since_ns),
        "ede": [{"code": error.code, "name": error.name, "text": error.extra} for error in errors],
        **evidence(spell, latest.time_ns),
    }
    if show:
        told["response"] = response_lines(latest)
    return Alert(latest.time_ns, kind, text, told)
