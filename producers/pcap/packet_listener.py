"""Live capture from one interface or several, until a stop: reading, reporting, and what was lost."""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Sequence

from nxcast.process.stop import Stop
from nxcast.producers.pcap.live import Capture, Drops
from nxcast.producers.pcap.packet_intake import PacketIntake
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally, figures

__all__ = ["NO_DROPS", "PacketListener", "drop_counts"]

REPORT_S = 60.0  # between the lines that a live source logs
# Until the kernel's drops are looked at again, and the pause of a system whose descriptor does not tell.
GLANCE_S = 1.0
NO_DROPS = Drops(0, 0)

_log = logging.getLogger(__name__)


class PacketListener:
    """Reads interfaces until a stop, and reports. `drops` are those of all of them, as far as is known."""

    def __init__(
        self, captures: Sequence[Capture], intake: PacketIntake, pusher: Pusher, tally: Tally
    ) -> None:
        self.drops = NO_DROPS
        self._captures = captures
        self._intake = intake
        self._pusher = pusher
        self._tally = tally

    def serve(self, stop: Stop) -> None:
        """Take what comes; what waits when the stop comes still goes on."""
        poll = select.poll()
        poll.register(stop, select.POLLIN)
        for capture in self._captures:
            poll.register(capture, select.POLLIN)
        glance = time.monotonic() + GLANCE_S
        report = time.monotonic() + REPORT_S
        while not stop.requested:
            poll.poll(int(min(self._pusher.due_in(), GLANCE_S) * 1000) + 1)
            self._read()
            self._pusher.flush_due()
            now = time.monotonic()
            if now >= glance:
                glance = now + GLANCE_S
                self._look_at_losses()
            if now >= report:
                report = now + REPORT_S
                self._report()
        self._read()
        self._look_at_losses()
        if lost := sum(self.drops):
            _log.warning(
                "%s packets were lost before they could be read", f"{lost:,}", extra=drop_counts(self.drops)
            )

    def _read(self) -> None:
        for capture in self._captures:
            self._intake.take(capture.read())

    def _look_at_losses(self) -> None:
        """Take in what was lost, and tell the first time; later the report does."""
        each = [capture.drops() for capture in self._captures]
        drops = Drops(sum(one.kernel for one in each), sum(one.interface for one in each))
        if any(drops) and not any(self.drops):
            _log.warning(
                "packets are being lost before they can be read: %d in the kernel, %d by the network card",
                drops.kernel,
                drops.interface,
                extra=drop_counts(drops),
            )
        self.drops = drops

    def _report(self) -> None:
        _log.info(
            "read %s, sent %s, dropped %s, packets lost before they could be read %s",
            f"{self._tally.read:,}",
            f"{self._pusher.sent:,}",
            f"{self._pusher.dropped:,}",
            f"{sum(self.drops):,}",
            extra={**figures(self._tally, self._pusher), **drop_counts(self.drops)},
        )


def drop_counts(drops: Drops) -> dict[str, int]:
    """For a log line that a machine reads, and for metrics."""
    return {"packets_lost_kernel": drops.kernel, "packets_lost_interface": drops.interface}
