"""The account of what came in: every ingress message and every frame ends in exactly one counter.

`frames_received = noerror + errors + unsolicited + sum(malformed)` holds whenever no call is under way.
Per sensor, gaps in the batch numbers are what was lost before the broker, and a rise of the epoch is a
restart; the two are never confused. The first batch of a sensor sets its baseline. No clock: times are given.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable

from nxcast.schemas.frames import BatchHeader
from nxcast.schemas.records import Counters, SensorStatus

__all__ = ["SENSORS_MAX", "Ledger"]

SENSORS_MAX = 4096  # sensors tracked; at about 1 KiB each, 4 MiB. The one silent longest is forgotten first.
U64_MAX = (
    0xFFFF_FFFF_FFFF_FFFF  # counters stay within what msgpack can say, however far a peer's numbers jump
)


class Ledger:
    """Counters of one broker. The reasons are fixed lists of our own, so the counters are bounded."""

    def __init__(self) -> None:
        self.messages_received = 0
        self.messages_malformed: Counter[str] = Counter()
        self.frames_received = 0
        self.noerror = 0
        self.errors = 0
        self.unsolicited = 0
        self.malformed: Counter[str] = Counter()
        self.nxdomain = 0
        self.sensors_forgotten = 0
        self._sensors: OrderedDict[str, SensorStatus] = OrderedDict()

    def message_dropped(self, reason: str) -> None:
        """Count an ingress message that could not be read as a batch."""
        self.messages_received += 1
        self.messages_malformed[reason] += 1

    def batch(
        self, *, noerror: int, errors: int, unsolicited: int, nxdomain: int, malformed: Iterable[str]
    ) -> None:
        """Count a batch: its frames by where each ended, `malformed` being one reason a frame."""
        reasons = list(malformed)
        self.messages_received += 1
        self.frames_received += noerror + errors + unsolicited + len(reasons)
        self.noerror += noerror
        self.errors += errors
        self.unsolicited += unsolicited
        self.malformed.update(reasons)
        self.nxdomain += nxdomain

    def heard(self, header: BatchHeader, time_ns: int) -> None:
        """Account for a batch's place in its sensor's numbering."""
        sensor = self._sensors.get(header["sensor"])
        if sensor is None:
            self._admit(header, time_ns)
            return
        self._sensors.move_to_end(header["sensor"])
        epoch, sequence = header["epoch"], header["sequence"]
        sensor["time_ns"] = time_ns
        sensor["batches"] += 1
        sensor["frames"] += header["count"]
        last = sensor["sequence"]
        if epoch > sensor["epoch"]:
            sensor["restarts"] += 1
            last = 0
        elif epoch < sensor["epoch"] or sequence <= last:
            sensor["repeated_batches"] += 1
            return
        sensor["lost_batches"] = min(sensor["lost_batches"] + sequence - last - 1, U64_MAX)
        sensor["epoch"] = epoch
        sensor["sequence"] = sequence

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
        }

    def sensors(self) -> dict[str, SensorStatus]:
        """What arrived and what is missing, by sensor, the one heard last at the end."""
        return dict(self._sensors)

    def _admit(self, header: BatchHeader, time_ns: int) -> None:
        if len(self._sensors) >= SENSORS_MAX:
            self._sensors.popitem(last=False)
            self.sensors_forgotten += 1
        self._sensors[header["sensor"]] = {
            "epoch": header["epoch"],
            "sequence": header["sequence"],
            "time_ns": time_ns,
            "batches": 1,
            "frames": header["count"],
            "lost_batches": 0,
            "repeated_batches": 0,
            "restarts": 0,
        }
