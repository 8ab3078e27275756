"""What one name's look-ups so far say about the next: whether mail was under way, and its pace. Pure.

A pace is even where distances are multiples of one, since beats are missed and caches hide some. Retries of
a resolver, all within seconds, are one sighting.
"""

from __future__ import annotations

from nxcast.consumers.questions.causes.cause import Signs, signs
from nxcast.schemas.units import SECOND_NS

__all__ = ["Past"]

A, MX, AAAA, HTTPS = 1, 15, 28, 65
_BITS = {A: 1, AAAA: 2, HTTPS: 4}  # types of address
DAY_NS = 86_400 * SECOND_NS  # a time so far behind comes from a clock that was set back
RETRY_NS = 5 * SECOND_NS  # resolvers try again for less: Unbound 376 ms at first, BIND 800 ms
MAILED_NS = 60 * SECOND_NS  # a mail server asks for A right after MX (RFC 5321 section 5.1)
EARLY_MAX = 4  # look-ups of an address that an MX takes along; A, AAAA and HTTPS, and one more
BEAT_MIN_NS = 20 * SECOND_NS  # a faster one is a program that tries again at once
BEATS_MIN = 6  # distances that agree
AGREES = 0.15  # how far a distance may be off, of the pace
MISSED_MAX = 6  # beats
SHARE = 4  # times as many must agree as don't


class Past:
    """One name; `sightings` are its look-ups, retries within `RETRY_NS` of the first not counted."""

    __slots__ = (
        *("_agreed", "_broken", "_early", "_early_ns", "_last_ns", "_mail_ns", "_pace_ns"),
        *("_qtype", "_signs", "_types", "_zone", "mailed", "sightings"),
    )

    def __init__(self) -> None:
        self.sightings = 0
        self.mailed = False  # whether it was asked for MX just before the latest
        self._last_ns = 0
        self._mail_ns = -MAILED_NS
        self._early: tuple[str, ...] = ()
        self._early_ns = 0
        self._pace_ns = 0.0
        self._agreed = self._broken = 0
        self._types = 0  # of _BITS
        self._signs: Signs | None = None  # with this type, denied by this zone
        self._qtype = 0
        self._zone: str | None = None

    def take(self, qtype: int, time_ns: int) -> None:
        """One more look-up."""
        if qtype == MX:
            self._mail_ns = time_ns
        self.mailed = time_ns - self._mail_ns < MAILED_NS
        self._types |= _BITS.get(qtype, 0)
        distance = time_ns - self._last_ns
        if self.sightings and -DAY_NS < distance < RETRY_NS:
            return
        if self.sightings and distance > 0:
            self._beat(distance)
        self.sightings += 1
        self._last_ns = time_ns

    def signs(self, name: str, qtype: int, zone: str | None) -> Signs:
        """Those of the name, kept until it is asked for another type or denied by another zone."""
        qtype = A if qtype == AAAA else qtype  # which are the same to `signs`
        if self._signs is None or qtype != self._qtype or zone != self._zone:
            self._signs, self._qtype, self._zone = signs(name, qtype, zone), qtype, zone
        return self._signs

    def early(self, cause: str, time_ns: int) -> None:
        """An address had this cause, and MX may come yet: whoever greets asks for both, in any order."""
        if not self._early or abs(time_ns - self._early_ns) >= MAILED_NS:
            self._early, self._early_ns = (cause,), time_ns
        elif len(self._early) < EARLY_MAX:
            self._early += (cause,)

    def take_early(self, time_ns: int) -> tuple[str, ...]:
        """The causes of addresses of the last minute, once."""
        early, self._early = self._early, ()
        return early if abs(time_ns - self._early_ns) < MAILED_NS else ()

    @property
    def browsed(self) -> bool:
        """Whether it was asked for more than one type of address."""
        return self._types.bit_count() > 1

    @property
    def steady(self) -> bool:
        """Whether its look-ups are at even distances."""
        enough = self._agreed >= BEATS_MIN and self._agreed >= SHARE * self._broken
        return enough and self._pace_ns >= BEAT_MIN_NS

    def _beat(self, distance: int) -> None:
        if not self._pace_ns:
            self._pace_ns = float(distance)
            return
        beats = round(distance / self._pace_ns)
        if 1 <= beats <= MISSED_MAX and abs(distance / beats / self._pace_ns - 1) <= AGREES:
            self._agreed += 1
            self._pace_ns += (distance / beats - self._pace_ns) / (self._agreed + 1)
            return
        self._broken += 1
        if self._agreed == 0 or self._broken > self._agreed:  # another pace, perhaps
            self._pace_ns, self._agreed, self._broken = float(distance), 0, 0
