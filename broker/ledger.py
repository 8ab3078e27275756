"""The account of what came in: every ingress message and every frame ends in exactly one counter.

`frames_received = noerror + errors + questions + unsolicited + mismatched + forwarder + sum(malformed)` holds
whenever no call is under way.
Per sensor, gaps in the batch numbers are what was lost before the broker, and a rise of the epoch is a
restart; the two are never confused. What a batch's number says is decided in `arrivals`, and only counted
here: two producers that share a name are told apart there, and added up here. NMSG containers are
numbered by whoever sent them, so what is missing goes to the sensor of the container after the gap.
No clock: times are given.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nxcast.broker.arrivals import Arrival, Place
from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.nmsg.numbering import Streams
from nxcast.schemas.records import Counters, SensorStatus
from nxcast.schemas.units import U64_MAX
from nxcast.telemetry.histogram import Histogram

__all__ = ["NAMED_MAX", "OTHERS", "SENSORS_MAX", "Ledger", "SensorTotals"]

SENSORS_MAX = 4096  # sensors tracked; at about 1 KiB each, 4 MiB. The one silent longest is forgotten first.
NAMED_MAX = 256  # sensors with totals of their own, the first that come; each is a few lines of each scrape
OTHERS = "(others)"  # all the rest; no sensor can have this name
DENIALS_MIN = 100  # NXDOMAINs of top-level domains, before which their shares are by chance
# Frames: each is 4 times the one before, up to 65,536, the most that a batch may have.
BATCH_FRAMES_BOUNDS = [4**exponent for exponent in range(9)]


class SensorTotals(NamedTuple):
    """As in SensorStatus, but since the broker started: nothing is taken back when a sensor is forgotten.

    Only `lost_batches` goes down, by what comes late.
    """

    time_ns: int = 0
    batches: int = 0
    frames: int = 0
    lost_batches: int = 0
    repeated_batches: int = 0
    restarts: int = 0

    def plus(self, sensor: SensorStatus) -> SensorTotals:
        """Both together, and the later of the times."""
        return SensorTotals(
            max(self.time_ns, sensor["time_ns"]),
            self.batches + sensor["batches"],
            self.frames + sensor["frames"],
            self.lost_batches + sensor["lost_batches"],
            self.repeated_batches + sensor["repeated_batches"],
            self.restarts + sensor["restarts"],
        )


class Ledger:
    """Counters of one broker. The reasons are fixed lists of our own, so the counters are bounded."""

    def __init__(self) -> None:
        self.messages_received = 0
        self.messages_malformed: Counter[str] = Counter()
        self.frames_received = 0
        self.noerror = 0
        self.answers = 0
        self.errors = 0
        self.questions = 0
        self.unsolicited = 0
        self.mismatched = 0
        self.forwarder = 0
        self.malformed: Counter[str] = Counter()
        self.malformed_withheld = 0
        self.servers_untold = 0
        self.compiled = 0  # frames that the compiled kernel took, of those received
        self.kernel_breaches = 0  # checks that its records failed: the first ends its part
        self.nxdomain = 0
        self.skipped: Counter[str] = Counter()
        self.requests_received = 0
        self.requests_malformed: Counter[str] = Counter()
        self.messages_replayed = 0
        self.refused: Counter[str] = Counter()  # by the gate
        self.cut: Counter[str] = Counter()  # connections, by socket and why
        self.sensors_forgotten = 0
        self.batch_frames = Histogram(BATCH_FRAMES_BOUNDS)  # of batches and containers, repeated ones too
        self._sensors: OrderedDict[str, SensorStatus] = OrderedDict()
        self._denials: dict[str, tuple[int, int]] = {}  # of sensors that have an account
        self._named: set[str] = set()  # the sensors that have totals of their own
        self._forgotten: dict[str, SensorTotals] = {}  # by name or OTHERS, of those forgotten
        self._streams = Streams()

    def message_dropped(self, reason: str) -> None:
        """Count an ingress message that could not be read as a batch."""
        self.messages_received += 1
        self.messages_malformed[reason] += 1

    def message_taken(self) -> None:
        """Count an ingress message that could be read, or a part of one that is waited for."""
        self.messages_received += 1

    def parts_lost(self, reason: str, count: int) -> None:
        """Count messages taken as parts of a whole that did not come."""
        self.messages_malformed[reason] += count

    def frames(
        self,
        *,
        noerror: int = 0,
        answers: int = 0,
        errors: int = 0,
        questions: int = 0,
        unsolicited: int = 0,
        mismatched: int = 0,
        forwarder: int = 0,
        nxdomain: int = 0,
        malformed: Iterable[str] = (),
    ) -> None:
        """Count frames by where each ended, `malformed` being one reason a frame; records besides."""
        reasons = list(malformed)
        self.frames_received += (
            noerror + errors + questions + unsolicited + mismatched + forwarder + len(reasons)
        )
        self.noerror += noerror
        self.answers += answers
        self.errors += errors
        self.questions += questions
        self.unsolicited += unsolicited
        self.mismatched += mismatched
        self.forwarder += forwarder
        if reasons:
            self.malformed.update(reasons)
        self.nxdomain += nxdomain

    def batch(self, header: BatchHeader, arrival: Arrival, time_ns: int) -> None:
        """Count a batch for its sensor, and what its number told."""
        sensor = self._sensor(header["sensor"], time_ns)
        self.batch_frames.observe(header["count"])
        place, missing, restarted, wanted = arrival
        sensor["restarts"] += restarted
        if place is Place.NEW:
            # Counters stay within what msgpack can say, however far a peer's numbers jump.
            sensor["lost_batches"] = min(sensor["lost_batches"] + missing, U64_MAX)
            sensor["epoch"], sensor["sequence"] = header["epoch"], header["sequence"]
        elif place is Place.LATE:  # the loss may have been that of an account forgotten since
            sensor["lost_batches"] = max(sensor["lost_batches"] - 1, 0)
        else:
            sensor["repeated_batches"] += 1
        if wanted:
            sensor["frames"] += header["count"]

    def denials(self, name: str, top: int, cut: int) -> None:
        """Count NXDOMAINs of top-level domains, and those that may be steps of minimisation, for a sensor.

        Its account begins with its first batch, which is counted when it has been derived.
        """
        if top and (sensor := self._sensors.get(name)) is not None:
            before = self._denials.get(name, (0, 0))
            top, cut = before[0] + top, before[1] + cut
            self._denials[name] = top, cut
            if top >= DENIALS_MIN:
                sensor["minimises"] = 100 * cut // top

    def container(self, frames: Mapping[str, int], place: tuple[int, int] | None, time_ns: int) -> None:
        """Count an NMSG container: frames by sensor, the container's own first, and its place.

        `place` is its sequence_id and sequence, None where it has none: then nothing is missed.
        """
        self.batch_frames.observe(sum(frames.values()))
        for number, (name, count) in enumerate(frames.items()):
            sensor = self._sensor(name, time_ns)
            sensor["frames"] += count
            # At once, since a container may have more sensors than are kept.
            if place is not None and not number:
                self._place(sensor, *place)

    def request(self, malformed: str | None) -> None:
        """Count a request, and why it could not be read."""
        self.requests_received += 1
        if malformed is not None:
            self.requests_malformed[malformed] += 1

    def counters(self) -> Counters:
        """The counters as they stand in a Status."""
        return {
            "messages_received": self.messages_received,
            "messages_malformed": dict(self.messages_malformed),
            "frames_received": self.frames_received,
            "noerror": self.noerror,
            "errors": self.errors,
            "unsolicited": self.unsolicited,
            "malformed": dict(self.malformed),
            "nxdomain": self.nxdomain,
            "skipped": dict(self.skipped),
            "requests_received": self.requests_received,
            "requests_malformed": dict(self.requests_malformed),
            "messages_replayed": self.messages_replayed,
            "refused": dict(self.refused),
            "questions": self.questions,
            "mismatched": self.mismatched,
            "forwarder": self.forwarder,
            "answers": self.answers,
            "compiled": self.compiled,
            "kernel_breaches": self.kernel_breaches,
            "malformed_withheld": self.malformed_withheld,
            "servers_untold": self.servers_untold,
        }

    def sensors(self) -> dict[str, SensorStatus]:
        """What arrived and what is missing, by sensor, the one heard last at the end."""
        return dict(self._sensors)

    def totals(self) -> dict[str, SensorTotals]:
        """What arrived and what is missing since the start: by name of the first sensors, and OTHERS."""
        totals = dict(self._forgotten)
        for name, sensor in self._sensors.items():
            label = self._label(name)
            totals[label] = totals.get(label, SensorTotals()).plus(sensor)
        return totals

    def _place(self, sensor: SensorStatus, sequence_id: int, sequence: int) -> None:
        place = self._streams.place(sequence_id, sequence)
        if place.repeated:
            sensor["repeated_batches"] += 1
            return
        if place.new and sensor["epoch"] not in (0, sequence_id):
            sensor["restarts"] += 1
        sensor["lost_batches"] = min(sensor["lost_batches"] + place.missing, U64_MAX)
        sensor["epoch"], sensor["sequence"] = sequence_id, sequence

    def _sensor(self, name: str, time_ns: int) -> SensorStatus:
        """The account of a sensor that has just sent a batch; the one silent longest makes room."""
        sensor = self._sensors.get(name)
        if sensor is None:
            if len(self._named) < NAMED_MAX:
                self._named.add(name)
            if len(self._sensors) >= SENSORS_MAX:
                self._forget(*self._sensors.popitem(last=False))
            sensor = self._sensors[name] = _new_sensor()
        else:
            self._sensors.move_to_end(name)
        sensor["time_ns"] = time_ns
        sensor["batches"] += 1
        return sensor

    def _forget(self, name: str, sensor: SensorStatus) -> None:
        self.sensors_forgotten += 1
        self._denials.pop(name, None)
        label = self._label(name)
        self._forgotten[label] = self._forgotten.get(label, SensorTotals()).plus(sensor)

    def _label(self, name: str) -> str:
        return name if name in self._named else OTHERS


def _new_sensor() -> SensorStatus:
    return {
        "epoch": 0,
        "sequence": 0,
        "time_ns": 0,
        "batches": 0,
        "frames": 0,
        "lost_batches": 0,
        "repeated_batches": 0,
        "restarts": 0,
    }
