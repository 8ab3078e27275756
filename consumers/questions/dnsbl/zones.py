"""Zones that are asked, about how many subjects, and when one is asked far more than usual. Pure.

A zone's spike is one of its own: not of a zone that is new or hardly asked, not of a single subject, which is
told itself, and not of the whole mail, which goes up and down with the day. So it needs others to be
compared with (`spikes`).
"""

from __future__ import annotations

from typing import Any

from nxcast.consumers.questions.dnsbl.spikes import USUAL_MIN, WARM_UP, Spikes
from nxcast.consumers.questions.dnsbl.tracks import LookUp, Spike, Track, kept_as
from nxcast.consumers.questions.loop.distinct import Distinct

__all__ = ["ZoneTrack", "Zones"]


class ZoneTrack(Track):
    """What is known of a zone, and whether one subject is most of its present window.

    That is told by Boyer's and Moore's majority vote (1981): what is asked about more often than all else
    ends up as `main`, ahead by `votes`; it was counted `mains` times since it was taken for that.
    """

    __slots__ = ("main", "mains", "subjects", "votes")

    def __init__(self) -> None:
        super().__init__()
        self.subjects = Distinct()
        self.main = ""
        self.votes = 0
        self.mains = 0

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
        return [super().dump(), self.main, self.votes, self.mains, self.subjects.dump()]

    def load(self, value: Any) -> None:
        """Take what `dump` gave; ValueError for anything else."""
        track, self.main, self.votes, self.mains, subjects = kept_as("zone", value)
        super().load(track)
        self.subjects = Distinct.load(subjects)


class Zones(Spikes[ZoneTrack]):
    """The zones."""

    def __init__(self, once: int, again: int) -> None:
        super().__init__(once, again, ZoneTrack)

    def see_asked(self, look_up: LookUp, subject: str | None) -> Spike | None:
        """Count a look-up of its zone, about a subject or none; the spike that begins with it."""
        track, spike = self.see(look_up.zone, look_up)
        if subject is not None:
            track.subjects.add(subject)
        if look_up.window is not None:
            track.vote(subject or "")
        return spike

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
