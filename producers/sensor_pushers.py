"""A pusher for each sensor that a stream names, made as they come, since a batch is of one sensor.

The program's own pusher takes what names no sensor, or would be one more than `SENSORS_MAX`. The others are
added to the tally, so that their counts are told together with its own.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Protocol

from nxcast.process.stop import Stop, Stopped
from nxcast.producers.options import sensor_name
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally
from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.frames import Frame
from nxcast.schemas.question_frame import QuestionFrame

__all__ = ["SENSORS_MAX", "Flushing", "SensorPushers"]

# Each has a connection of its own: two threads, 4 descriptors and 16 MiB that may wait, so 256 MiB in all.
SENSORS_MAX = 16

_log = logging.getLogger(__name__)


class Flushing(Protocol):
    """What sends as it falls due, while a source waits; Pusher tells what each of these does."""

    def due_in(self) -> float:
        """Seconds until `flush_due` is to be called."""

    def flush_due(self) -> None:
        """Do what is due."""

    def pause(self, seconds: float) -> None:
        """Wait, and do what is due meanwhile. Raises Stopped."""


class SensorPushers:
    """Use as a context manager: the end sees out what waits, of all but `own`.

    `unnamed` counts frames that went to `own` for want of a name or of room.
    """

    def __init__(self, own: Pusher, stop: Stop, tally: Tally, connect_timeout_s: float) -> None:
        self.unnamed = 0
        self._own = own
        self._stop = stop
        self._tally = tally
        self._connect_timeout_s = connect_timeout_s
        self._by_sensor = {own.sensor: own}
        self._told = False  # that there are more sensors than there is room for

    def push(self, identity: bytes, frame: Frame | QuestionFrame) -> None:
        """Add a frame to the batch of who sent it; raises as Pusher's `push` and `wait_connected` do."""
        sensor = sensor_name(identity.decode("latin-1"))
        pusher = self._by_sensor.get(sensor)
        if pusher is None:
            pusher = self._another(sensor)
            self.unnamed += pusher is self._own
        pusher.push(frame)

    def due_in(self) -> float:
        """Seconds until `flush_due` is to be called."""
        return min(pusher.due_in() for pusher in self._by_sensor.values())

    def flush_due(self) -> None:
        """Do what is due, of all of them."""
        for pusher in self._by_sensor.values():
            pusher.flush_due()

    def pause(self, seconds: float) -> None:
        """Wait, and do what is due meanwhile. Raises Stopped."""
        until = time.monotonic() + seconds
        while not self._stop.requested and (left := until - time.monotonic()) > 0:
            self._stop.wait(min(left, self.due_in()))
            self.flush_due()
        if self._stop.requested:
            raise Stopped

    def __enter__(self) -> SensorPushers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        others = self._tally.others
        if others:  # at the same time: each may take as long as a stop leaves it
            with ThreadPoolExecutor(len(others)) as pool:
                list(pool.map(Pusher.close, others))

    def _another(self, sensor: str) -> Pusher:
        """The pusher of a sensor that is new; `own` where it has no name or no place."""
        if sensor in ("", CANARY_SENSOR):
            return self._own
        if len(self._by_sensor) >= SENSORS_MAX:
            if not self._told:
                self._told = True
                own = self._own.sensor
                _log.warning("more than %d sensors: %s and others go as %s", SENSORS_MAX, sensor, own)
            return self._own
        pusher = self._by_sensor[sensor] = self._own.another(sensor)
        self._tally.others = (*self._tally.others, pusher)
        _log.info("a new sensor: %s", sensor, extra={"sensor": sensor})
        pusher.wait_connected(self._connect_timeout_s)
        return pusher
