"""Which batches of a work queue arrived, for a broker that shares it: whichever it was given. Pure."""

from __future__ import annotations

from nxcast.broker.arrivals import Arrival, Arrivals, Place
from nxcast.schemas.frames import BatchHeader

__all__ = ["WorkArrivals"]


class WorkArrivals(Arrivals):
    """Each batch is new, whichever broker has its neighbours: the queue has each once."""

    def take(self, header: BatchHeader) -> Arrival:
        """What its header says is missing before it, and whether it is the first of a restarted producer."""
        after = header.get("after", header["sequence"] - 1)
        restarted = self._begin(header["sensor"], header["epoch"], 0)
        missing = max(header["sequence"] - after - 1, 0)
        return Arrival(Place.NEW, missing, restarted=restarted and after == 0, wanted=True)

    def wants(self, header: BatchHeader) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def has_room(self, header: BatchHeader) -> bool:  # noqa: ARG002
        """Always: what is missing is not remembered."""
        return True

    def publish_part(self, header: BatchHeader, frames: int) -> None:
        """Nothing: a batch is published whole."""
