"""Zones that are asked, about how many subjects, and when one is asked far more than usual. Pure.

A zone's spike is one of its own: not of a zone that is new or hardly asked, not of a single subject, which is
told itself, and not of the whole mail, which goes up and down with the day. So it needs others to be
compared with (`spikes`). What is asked about no subject is counted apart.

A list that has closed goes on to be asked. It is told by the dated list of zones; by who denies: above the
list's own domain, nobody has that any more; and by its test entry, which a list that works never denies.
"""

from __future__ import annotations

from typing import Any

from nxcast.consumers.names.blocklists import ADDRESS, ZONES
from nxcast.consumers.names.domains import registrable, within
from nxcast.consumers.questions.dnsbl.spikes import USUAL_MIN, WARM_UP, Spikes
from nxcast.consumers.questions.dnsbl.subjects import TEST_ENTRY, is_step
from nxcast.consumers.questions.dnsbl.tracks import LookUp, Spike, Track, kept_as
from nxcast.consumers.questions.loop.distinct import Distinct
from nxcast.schemas.units import SECOND_NS

__all__ = ["ZoneTrack", "Zones"]

EMPTY_NS = 86_400 * SECOND_NS  # for which the test entry's denial is believed; monitors ask each few minutes


class ZoneTrack(Track):
    """What is known of a zone, and whether one subject is most of its present window.

    That is told by Boyer's and Moore's majority vote (1981): what is asked about more often than all else
    ends up as `main`, ahead by `votes`; it was counted `mains` times since it was taken for that.
    """

    __slots__ = ("empty_ns", "is_gone", "main", "mains", "probes", "steps", "subjects", "votes")

    def __init__(self) -> None:
        super().__init__()
        self.subjects = Distinct()
        self.main = ""
        self.votes = 0
        self.mains = 0
        self.probes = 0  # names asked for that no list can have, and test entries
        self.steps = 0  # of resolvers that minimise their queries
        self.is_gone = False  # whether the latest answer says that nobody has the list's domain
        self.empty_ns = 0  # when the test entry was denied last; 0 if it never was

    @property
    def sightings(self) -> int:
        """All that was asked below it, or for it."""
        return self.total + self.probes + self.steps

    def ended(self, zone: str) -> str:
        """What speaks for the list having closed, for people; empty where nothing does."""
        known = ZONES.get(zone)
        if known is not None and known.closed:
            return f"closed in {known.closed}"
        if self.is_gone:
            return "nobody has its domain"
        if self.empty_ns and self.last_ns - self.empty_ns < EMPTY_NS:
            return "not even its test entry 127.0.0.2 is listed"
        return ""

    def vote(self, asked: str) -> None:
        """Take in what a look-up of the window was about."""
        if asked == self.main:
            self.votes += 1
            self.mains += 1
        elif self.votes:
            self.votes -= 1
        else:
            self.main = asked
            self.votes = self.mains = 1

    def dump(self) -> list[Any]:
        """What `load` takes."""
        apart = [self.probes, self.steps, self.is_gone, self.empty_ns]
        return [super().dump(), self.main, self.votes, self.mains, self.subjects.dump(), apart]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        track, self.main, self.votes, self.mains, subjects, apart = kept_as("zone", value)
        self.probes, self.steps, self.is_gone, self.empty_ns = apart
        super().load(track)
        self.subjects = Distinct.load(subjects)


class Zones(Spikes[ZoneTrack]):
    """The zones."""

    def __init__(self, once: int, again: int) -> None:
        super().__init__(once, again, ZoneTrack)
        self.are_gone = False  # whether one has been

    def see_asked(self, look_up: LookUp, subject: str) -> Spike | None:
        """Count a look-up of its zone about a subject; the spike that begins with it."""
        track, spike = self.see(look_up.zone, look_up)
        track.subjects.add(subject)
        if look_up.window is not None:
            track.vote(subject)
        return spike

    def see_apart(self, look_up: LookUp, part: str) -> None:
        """Count what was asked about no subject: part of a name before the zone."""
        track = self._tracks.see(look_up.zone)
        if not track.sightings:
            track.first_ns = look_up.time_ns
        track.last_ns = max(track.last_ns, look_up.time_ns)
        if is_step(part):
            track.steps += 1
            return
        track.probes += 1
        zone = ZONES.get(look_up.zone)
        if part == TEST_ENTRY and zone is not None and zone.kind == ADDRESS:
            track.empty_ns = look_up.time_ns
        track.witness(look_up)

    def denied(self, zone: str, soa: str | None) -> None:
        """Learn of a zone that was asked by the owner of the SOA in the answer."""
        track = self._tracks.get(zone)
        if track is None or soa is None or not within(zone, soa):
            return
        domain = registrable(zone)
        track.is_gone = domain is not None and len(soa) < len(domain)
        self.are_gone |= track.is_gone

    def load(self, key: str, value: Any) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        super().load(key, value)
        track = self._tracks.get(key)
        self.are_gone |= track is not None and track.is_gone

    def _stands_out(self, track: ZoneTrack) -> bool:
        return (
            track.count - track.mains >= track.level
            and min(track.usual, self._others(track)) >= USUAL_MIN
            and self._window - track.born >= WARM_UP
            and super()._stands_out(track)
        )

    def _roll(self, track: ZoneTrack, window: int) -> None:
        super()._roll(track, window)
        track.votes = track.mains = 0
