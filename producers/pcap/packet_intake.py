"""From captured packets to the pusher: through dissection and pairing, and what is told at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nxcast.producers.pcap import packets, pairing
from nxcast.producers.pcap.capture_files import Captured
from nxcast.producers.pcap.packets import Dissector, Message
from nxcast.producers.pcap.pairing import Pairing
from nxcast.producers.pcap.traffic import why_so_little
from nxcast.producers.pusher import Pusher
from nxcast.producers.tally import Tally

__all__ = ["PacketCounts", "PacketIntake"]

_REASONS = {**packets.REASONS, **pairing.REASONS}
_NOT_TAKEN = frozenset({"client_side", "other_address"})

_log = logging.getLogger(__name__)


class PacketCounts(NamedTuple):
    """What intakes count, by the names of `producer_metrics.SOURCE_COUNTS`."""

    packets: int = 0
    queries: int = 0
    queries_unanswered: int = 0
    responses_unpaired: int = 0
    stream_octets_skipped: int = 0


class PacketIntake:
    """Packets in, frames to the pusher, the rest to the tally. `hold` waits until a frame may go."""

    def __init__(self, pusher: Pusher, tally: Tally, dissector: Dissector, pairing: Pairing) -> None:
        self.hold: Callable[[], None] | None = None
        self._push = pusher.push
        self._tally = tally
        self._dissector = dissector
        self._pairing = pairing

    def counts(self) -> PacketCounts:
        """So far."""
        pairing = self._pairing
        return PacketCounts(self._dissector.packets, pairing.queries, pairing.unanswered, pairing.unsolicited)

    def take(self, packets: Sequence[Captured]) -> None:
        """Send what the packets complete."""
        dissect, send = self._dissector.take, self._send
        for packet in packets:
            if messages := dissect(packet):
                send(messages)

    def finish(self) -> None:
        """Send what waits, count what is incomplete, and tell what the summary does not."""
        self._send(self._dissector.finish())
        self._pairing.finish()
        self._tell_counts()
        self._tell_set_aside()
        why = why_so_little(self._tally.frames, self._tally.skipped, self._dissector.traffic, _REASONS)
        if why is not None:
            _log.warning("%s", why)

    def _send(self, messages: Sequence[Message]) -> None:
        tally, pair = self._tally, self._pairing.take
        for message in messages:
            frame = pair(message)
            if isinstance(frame, str):
                tally.skipped[frame] += 1
                if frame in _NOT_TAKEN:
                    self._dissector.traffic.not_taken(message[4])
                continue
            if self.hold is not None:
                self.hold()
            tally.frames += 1
            self._push(frame)

    def _tell_set_aside(self) -> None:
        """What a broker will not publish of what was sent, though it acknowledges it."""
        pairing = self._pairing
        extra = {"unsolicited": pairing.unsolicited, "unmarked": pairing.unmarked}
        if pairing.unsolicited:
            mend = (
                "no queries at all: if only one direction was captured, say so with --responses-only"
                if pairing.one_sided
                else "it takes them with accept_unsolicited"
            )
            _log.log(
                logging.WARNING if pairing.one_sided else logging.INFO,
                "of those sent %s have no query in the capture, "
                "and a broker sets them aside as unsolicited; %s",
                f"{pairing.unsolicited:,}",
                mend,
                extra=extra,
            )
        if pairing.unmarked:
            _log.warning(
                "of those sent %s are answers of resolvers (RD=1), "
                "and a broker sets them aside as forwarder; if those are wanted say so with --forwarders",
                f"{pairing.unmarked:,}",
                extra=extra,
            )

    def _tell_counts(self) -> None:
        dissector, pairing = self._dissector, self._pairing
        _log.info(
            "%s packets, %s queries, %s of them without a response",
            f"{dissector.packets:,}",
            f"{pairing.queries:,}",
            f"{pairing.unanswered:,}",
            extra=self.counts()._asdict(),
        )
        if octets := dissector.octets_skipped:
            _log.info(
                "TCP streams: %s octets passed over", f"{octets:,}", extra={"stream_octets_skipped": octets}
            )
        if dissector.checksums:
            counts = ", ".join(
                f"{checksum.name.lower()} {count:,}"
                for checksum, count in sorted(dissector.checksums.items())
            )
            extra = {f"checksums_{checksum.name.lower()}": n for checksum, n in dissector.checksums.items()}
            _log.info("UDP checksums: %s", counts, extra=extra)
