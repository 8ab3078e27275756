"""Networks that send from many addresses: how many of one are asked about in a quarter of an hour. Pure.

Each address counts once in a window, whatever lists it is looked up in, since caches hide the rest. A spike
is a window with `LEAST` of them and `RATIO` times what is usual for the network, the rise of all others taken
off, and twice what others reach beyond their own usual as a rule. It is told as it happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nxcast.consumers.questions.dnsbl.spikes import PEERS_RATIO, WARM_UP, Windows
from nxcast.consumers.questions.dnsbl.subjects import network_of
from nxcast.consumers.questions.dnsbl.tracks import NETWORKS_MAX, LookUp, Spike, SubjectTrack, kept_as
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.units import SECOND_NS

__all__ = ["LEAST", "Networks"]

WINDOW_S = 900
LEAST = 12  # addresses; a company's servers are fewer
RATIO = 8.0  # times its usual; mail rises fourfold in a morning, and few addresses scatter
FEW = 3  # addresses of a window that are worth a memory of it
ONCE, AGAIN = 5_000, 10_000  # networks remembered, at 300 octets each: 5 MB
MEMORY = 60  # windows; the weight of one fifteen hours ago is 0.37 of the present one's
_KEPT = 1 - 1 / MEMORY
_WINDOW_NS = WINDOW_S * SECOND_NS


class _Past:
    """What was usual for a network."""

    __slots__ = ("weight", "window")

    def __init__(self) -> None:
        self.weight = 0.0  # addresses of the windows until `window`, each by its weight
        self.window = 0


class Networks:
    """Counts addresses by network; the /24 of an IPv4 one, the /48 of an IPv6 one."""

    def __init__(self) -> None:
        self._windows = Windows(WINDOW_S)
        self._window = 0
        self._index = -1  # since the epoch, of the latest record
        self._counts: dict[str, int] = {}  # of this window
        self._spikes: dict[str, Spike] = {}  # that go on
        self._past: Sightings[str, _Past] = Sightings(ONCE, AGAIN, _Past)
        self._all = 0  # addresses of this window
        self._all_weight = 0.0  # of the windows before
        self._most = 0  # of one in this window that was beyond `RATIO` times its usual
        self._most_weight = 0.0

    @property
    def forgotten(self) -> int:
        """Networks seen in several windows that had to go."""
        return self._past.forgotten

    def see(self, address: str, look_up: LookUp, track: SubjectTrack) -> Spike | None:
        """Take an address that was looked up; the spike of its network that begins with it."""
        index = look_up.time_ns // _WINDOW_NS
        if index != self._index:  # else it is the present window
            window = self._windows.at(look_up.time_ns)
            if window is None:
                return None
            self._index = index
            if window != self._window:
                self._turn(window)
        if track.in_network == self._window:
            return None
        track.in_network = self._window
        network = network_of(address)
        counts = self._counts
        count = counts.get(network, 0) + 1
        if count == 1 and len(counts) >= NETWORKS_MAX:
            return None
        counts[network] = count
        self._all += 1
        return self._judge(network, count, look_up) if count >= LEAST else None

    def get(self, network: str) -> Spike | None:
        """The spike of a network that goes on."""
        return self._spikes.get(network)

    def _judge(self, network: str, count: int, look_up: LookUp) -> Spike | None:
        spike = self._spikes.get(network)
        if spike is not None:
            spike.look_ups += 1
            spike.until_ns = look_up.time_ns
            spike.witness(look_up)
            return None
        if self._window < WARM_UP:
            return None
        usual = self._usual(network)
        rise = max((self._all - count) / max(self._mean(self._all_weight) - usual, 1.0), 1.0)
        level = max(float(LEAST), RATIO * usual * rise, PEERS_RATIO * self._mean(self._most_weight))
        if count < level:
            if count > RATIO * usual:
                self._most = max(self._most, count)
            return None
        spike = self._spikes[network] = Spike(
            network, look_up.time_ns, count, usual, level, window_s=WINDOW_S
        )
        spike.witness(look_up)
        return spike

    def _usual(self, network: str) -> float:
        """What is usual for a network, addresses a window."""
        past = self._past.get(network)
        return 0.0 if past is None else self._mean(past.weight * _KEPT ** (self._window - past.window - 1))

    def _mean(self, weight: float) -> float:
        """The mean of the windows before the present one, whose addresses have this weight together."""
        return weight / (_KEPT * (1 - _KEPT**self._window) / (1 - _KEPT)) if self._window else 0.0

    def _turn(self, window: int) -> None:
        """Begin a window: what was counted before becomes part of what is usual."""
        passed = window - self._window
        for network, count in self._counts.items():
            if count >= FEW:
                spike = self._spikes.get(network)
                past = self._past.see(network)
                past.weight = past.weight * _KEPT ** (self._window - past.window)
                past.weight = (past.weight + (count if spike is None else min(count, spike.level))) * _KEPT
                past.window = self._window
        self._all_weight = (self._all_weight + self._all) * _KEPT**passed
        self._most_weight = (self._most_weight + self._most) * _KEPT**passed
        for network in [name for name in self._spikes if passed > 1 or self._counts.get(name, 0) < LEAST]:
            del self._spikes[network]
        self._counts = {}
        self._all = self._most = 0
        self._window = window

    def dump(self) -> Iterable[tuple[str, Any]]:
        """All that it knows, as (key, what msgpack can pack)."""
        yield "windows", self._windows.dump()
        yield "now", [self._window, self._all, self._all_weight, self._most, self._most_weight, self._counts]
        for network, past in self._past.items():
            yield f"past {network}", [past.window, past.weight]
        for network, spike in self._spikes.items():
            yield f"spike {network}", spike.dump()

    def load(self, key: str, value: Any) -> None:
        """Take one entry of what `dump` gave; ValueError for anything else."""
        name, _, network = key.partition(" ")
        if key == "windows":
            self._windows.load(value)
        elif key == "now":
            *counts, self._counts = kept_as("networks", value)
            self._window, self._all, self._all_weight, self._most, self._most_weight = counts
        elif name == "past":
            past = self._past.see(network)
            self._past.see(network)
            past.window, past.weight = kept_as("network", value)
        elif name == "spike":
            self._spikes[network] = Spike.loaded(value)
        else:
            raise ValueError(f"no state of networks: {key!r}")

    def loaded(self) -> None:
        """After the last entry: ValueError if they can't be of one state."""
        windows = [past.window for _, past in self._past.items()]
        if self._window > self._windows.number or max(windows, default=0) > self._window:
            raise ValueError("windows that can't be")
