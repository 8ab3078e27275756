"""An endless stream of invented DNS responses, the same for the same seed, mix and rate. No I/O, no clock.

The order of causes is random, in shares that hold for any stretch of the stream, but for those that come by
the clock: beacons and spikes. The stream's clock starts at `start_ns` and goes on by 1/rate a response; the
names of the DGAs change with its date (UTC).

Making a response takes tens of microseconds, so there is a pool of `POOL` slots, each of one cause for good.
A slot is drawn at random and filled when it is empty. Every `RENEWED`th one drawn is emptied again, and all
are at midnight. A filled one is repeated with another ID.

With a resolver's habits a slot has all that one question makes it exchange, so there are more responses than
questions; the shares of the mix are then those of questions, the clock is still that of responses.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import accumulate, islice
from random import Random
from typing import NamedTuple, cast

from nxcast.producers.synthetic.causes import CAUSES, SCHEDULED, Case, beacon, dnsbl_spike
from nxcast.producers.synthetic.exchange import Asked, Exchange, exchange, lookup
from nxcast.producers.synthetic.habits import HABITS, TRUST_ANCHOR
from nxcast.producers.synthetic.messages import IN
from nxcast.producers.synthetic.world import BEACONS, World
from nxcast.schemas.codes import DNS_PORT
from nxcast.schemas.frames import Frame, make_frame
from nxcast.schemas.question_frame import QuestionFrame, make_question
from nxcast.schemas.units import SECOND_NS

__all__ = ["MIXES", "RATE", "START_NS", "Draw", "Response", "Stream", "frames", "generate"]

MIXES: dict[str, dict[int, float]] = {
    # Per cent of each full RCODE. SIE's channel 220: 10 million records of January 2016.
    "sie": {3: 49.0, 5: 39.6, 2: 10.9, 1: 0.3, 4: 0.2, 9: 0.02, 8: 0.02},
    # What a resolver gets.
    "realistic": {0: 75.0, 3: 20.0, 5: 3.4, 2: 1.4, 1: 0.1, 4: 0.06, 9: 0.01, 8: 0.01, 16: 0.01, 23: 0.01},
}
RATE = 1000.0  # responses a second of the stream's clock
START_NS = 1_767_225_600_000_000_000  # 2026-01-01 00:00:00 UTC
POOL = 65_536  # slots, drawn by 16 bits; at about 500 octets a response, 32 MiB, with habits 100 MiB
RENEWED = 128
CHUNK = 256  # responses drawn at once
SCHEDULED_MAX = 0.01  # share of the stream that may come by the clock; beyond it the most frequent stay away
BEACON_INTERVALS_S = (60, 300, 600, 900, 1200, 1800, 3600, 7200)
SPIKE_INTERVAL_S, SPIKE_S, SPIKE_CYCLE_S = 0.5, 60, 600  # a minute of look-ups every ten minutes
_DAY_S = 86_400
_slots = struct.Struct(f"<{CHUNK}H").unpack


class Response(NamedTuple):
    """A frame, and what made it."""

    cause: str
    frame: Frame


Draw = tuple[bytes, Exchange | Asked]
"""A response that has no time yet: its ID in two octets, and the rest."""
_Lookup = tuple[Exchange | Asked, ...]
"""All that one question makes a resolver exchange."""


def generate(
    mix: str = "realistic",
    seed: int = 0,
    *,
    start_ns: int = START_NS,
    rate: float = RATE,
    causes: Collection[str] | None = None,
    without: Collection[str] = (),
    resolver: str = "none",
) -> Iterator[Response]:
    """The stream with times of its own clock, without end.

    `causes` and `without` name causes or families of them (dga, dnsbl) to have only or not to have; the
    others of an RCODE then share its part of the mix. An RCODE without a cause left stays away. `resolver` is
    one of HABITS. Raises ValueError for unknown names, and where no cause is left.
    """
    stream = Stream(
        mix, seed, start_ns=start_ns, rate=rate, causes=causes, without=without, resolver=resolver
    )
    while True:
        times = stream.times(CHUNK)
        draws = stream.draw(CHUNK)
        for draw, made in zip(draws, frames(draws, times), strict=True):
            yield Response(draw[1].cause, cast("Frame", made))  # a stream without questions has no others


def frames(draws: Iterable[Draw], times: Iterable[int]) -> list[Frame | QuestionFrame]:
    """What a sensor would have made of them at these times, nanoseconds since the epoch."""
    return [_frame(*draw, time_ns) for draw, time_ns in zip(draws, times, strict=True)]


def _frame(ident: bytes, made: Exchange | Asked, time_ns: int) -> Frame | QuestionFrame:
    if isinstance(made, Asked):
        _, qname, qtype, denier, soa, denied = made
        return make_question(time_ns, qname, qtype, IN, denier, soa, denied, "authority")
    _, server, kind, proto, query, response, zone, marks = made
    return make_frame(
        *(time_ns, kind, server, DNS_PORT, proto, None, None, ident + query, ident + response, zone, marks)
    )


class Stream:
    """The stream as `generate` describes it, to be drawn in pieces of any size: they make no difference."""

    def __init__(
        self,
        mix: str,
        seed: int,
        *,
        start_ns: int = START_NS,
        rate: float = RATE,
        causes: Collection[str] | None = None,
        without: Collection[str] = (),
        resolver: str = "none",
        questions: bool = False,
    ) -> None:
        if resolver not in HABITS:
            raise ValueError(f"no resolver {resolver!r}: the resolvers are {', '.join(HABITS)}")
        self._habits, self._questions = HABITS[resolver], questions
        chosen = _chosen(causes, without)
        if self._habits is not None and not self._habits.sends_cookies:
            chosen -= {"extended-badcookie"}
        self._causes = _allotted(mix, chosen)
        self._start_ns = start_ns
        self._rate = rate
        self._world = World(seed)
        self._trains = _trains(chosen, self._world, rate)
        self._rng = Random(f"{seed}/{mix}/draws")  # noqa: S311  (invented data needs no cryptography)
        self._making = Random(f"{seed}/{mix}/responses")  # noqa: S311
        self._pool: list[_Lookup | None] = []
        self._day = -1
        self._drawn = 0
        self._chunks = self._chunked()
        self._draws = (draw for chunk in self._chunks for draw in chunk)

    def draw(self, count: int) -> list[Draw]:
        """The next responses."""
        self._drawn += count
        return list(islice(self._draws, count))

    def times(self, count: int) -> list[int]:
        """Times of the `count` responses that are to be drawn next, by the stream's own clock."""
        step = SECOND_NS / self._rate
        return [self._start_ns + round(index * step) for index in range(self._drawn, self._drawn + count)]

    def _chunked(self) -> Iterator[Iterable[Draw]]:
        first = due = 0  # what has been drawn, and for what the clock has been asked
        while True:
            slots = _slots(self._rng.randbytes(2 * CHUNK))
            idents = self._rng.randbytes(2 * CHUNK)
            self._new_day(first)
            pool, fill = self._pool, self._fill
            made = [part for slot in slots for part in pool[slot] or fill(slot)]
            for slot in slots[::RENEWED]:
                pool[slot] = None
            if self._habits is not None and self._habits.tells_anchors and not first:
                made[:0] = self._make("trust-anchor", TRUST_ANCHOR)
            end = first + len(made)
            by_clock = {
                index: self._make(train.cause, train.case())
                for train in self._trains
                for index in train.due(due, end, self._rate)
            }
            for index in sorted(by_clock, reverse=True):  # since several may take the place of one
                at = max(index - first, 0)
                made[at : at + 1] = by_clock[index]
            due = end
            idents += self._rng.randbytes(2 * (len(made) - CHUNK))
            yield zip([idents[at : at + 2] for at in range(0, 2 * len(made), 2)], made, strict=True)
            first += len(made)

    def _new_day(self, index: int) -> None:
        day = int((self._start_ns / SECOND_NS + index / self._rate) // _DAY_S)
        if day != self._day:
            self._day = day
            self._pool = [None] * POOL

    def _fill(self, slot: int) -> _Lookup:
        cause = self._causes[slot]
        made = self._make(cause, CAUSES[cause].make(self._world, self._making, self._day))
        self._pool[slot] = made
        return made

    def _make(self, cause: str, case: Case) -> _Lookup:
        if self._habits is None:
            return (exchange(cause, case, self._world, self._making, self._day),)
        return lookup(self._habits, self._questions, cause, case, self._world, self._making, self._day)


class _Train(NamedTuple):
    """Responses at regular intervals; with a cycle only in the first `burst_s` of each. All in seconds."""

    cause: str
    case: Callable[[], Case]
    first_s: float
    interval_s: float
    burst_s: float = math.inf
    cycle_s: float = math.inf

    def due(self, first: int, end: int, rate: float) -> Iterator[int]:
        """Those of the stream's indexes from `first` to before `end` at which it comes."""
        beat = max(math.ceil((first / rate - self.first_s) / self.interval_s) - 1, 0)
        while (index := round((self.first_s + beat * self.interval_s) * rate)) < end:
            if index >= first and beat * self.interval_s % self.cycle_s < self.burst_s:
                yield index
            beat += 1


def _trains(chosen: Collection[str], world: World, rate: float) -> list[_Train]:
    """As many as `SCHEDULED_MAX` allows, the rarest first.

    They start apart, so that none takes the place of another at a rate of one a second or more.
    """
    trains = []
    if "beacon" in chosen:
        for number in range(BEACONS):
            case = partial(beacon, world, number)
            trains.append(_Train("beacon", case, 7.0 + 6 * number, BEACON_INTERVALS_S[number]))
    if "dnsbl-spike" in chosen:
        case = partial(dnsbl_spike, world)
        trains.append(_Train("dnsbl-spike", case, 30.25, SPIKE_INTERVAL_S, SPIKE_S, SPIKE_CYCLE_S))
    trains.sort(key=lambda train: -train.interval_s)
    loads = accumulate(1 / train.interval_s / rate for train in trains)
    return [train for train, load in zip(trains, loads, strict=True) if load <= SCHEDULED_MAX]


def _chosen(causes: Collection[str] | None, without: Collection[str]) -> frozenset[str]:
    every = (*CAUSES, *SCHEDULED)
    families = {name.partition("-")[0] for name in every}
    for name in (*(causes or ()), *without):
        if name not in families and name not in every:
            raise ValueError(f"no cause {name!r}: the causes are {', '.join(every)}")

    wanted = every if causes is None else [name for name in every if _is_named(name, causes)]
    return frozenset(name for name in wanted if not _is_named(name, without))


def _is_named(cause: str, among: Collection[str]) -> bool:
    return cause in among or cause.partition("-")[0] in among


def _allotted(mix: str, chosen: Collection[str]) -> list[str]:
    """The cause of each slot of the pool: shares of the mix, to within one slot each."""
    if mix not in MIXES:
        raise ValueError(f"no mix {mix!r}: the mixes are {', '.join(MIXES)}")
    shares: dict[str, float] = {}
    random = {name: cause for name, cause in CAUSES.items() if name in chosen}
    for rcode, percent in MIXES[mix].items():
        weights = {name: cause.weight for name, cause in random.items() if cause.rcode == rcode}
        total = sum(weights.values())
        shares |= {name: percent * weight / total for name, weight in weights.items()}
    if not shares:
        raise ValueError(f"no cause is left that comes at random in the mix {mix}")
    ends = [round(POOL * end / sum(shares.values())) for end in accumulate(shares.values())]
    starts = [0, *ends]
    return [name for name, start, end in zip(shares, starts, ends, strict=False) for _ in range(end - start)]
