"""Ingress messages in, records by channel out, and each message and frame in one counter. Pure.

What a peer sends wrong is counted by reason, becomes a record of malformed/ and is passed over; the good
frames of the same message go on. A batch that its producer only sent again is passed over as well. With keys,
a message that speaks for a sensor that its sender may not push as is counted and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.derive import derive
from nxcast.broker.ledger import Ledger
from nxcast.broker.nmsg_intake import LOST_FRAGMENTS, ContainerIntake, Taken, is_container
from nxcast.broker.rights.gate import NOT_ALLOWED, Gate
from nxcast.schemas.frames import Batch, Frame, Frame1, MessageError, decode_batch
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.records import MALFORMED_DATA_MAX, Malformed
from nxcast.schemas.topics import DNS_ERRORS, MALFORMED, NXDOMAIN, dns_errors_topic, nxdomain_topic

__all__ = ["Intake", "Records"]


class Records(NamedTuple):
    """Records of one channel, and of each its topic."""

    channel: str
    records: Sequence[Any]
    topics: Sequence[str]


class Intake:
    """Takes messages as they come; without keys `gate` is None. Times: nanoseconds since 1970-01-01 UTC."""

    def __init__(
        self,
        ledger: Ledger,
        arrivals: Arrivals,
        gate: Gate | None,
        *,
        accept_unsolicited: bool,
        accept_forwarders: bool,
    ) -> None:
        self._ledger = ledger
        self._arrivals = arrivals
        self._gate = gate
        self._accept_unsolicited = accept_unsolicited
        self._accept_forwarders = accept_forwarders
        self._containers = ContainerIntake()
        self._now = 0

    def take(self, parts: list[bytes], user_id: str | None, now_ns: int) -> Iterator[Records]:
        """What a message gives; `user_id` is that of its sender where there are keys."""
        self._now = now_ns
        if not self._may_push(user_id):
            return
        taken: Batch | Taken | None
        try:
            if is_container(parts):
                taken = self._containers.take(parts[0], now_ns, user_id or "")
            else:
                taken = decode_batch(parts)
        except MessageError as error:
            if error.sensor is None or self._may_push(user_id, error.sensor):
                self._ledger.message_dropped(error.reason)
                yield self._malformed(self._record(error.sensor, error.reason, error.data))
            return
        if not self._may_push(user_id, *_sensors(taken)):
            return
        self._ledger.message_taken()
        if isinstance(taken, Batch):
            yield from self._batch(taken)
        elif taken is not None:
            yield from self._container(taken)

    def lost(self, now_ns: int, *, all_of_them: bool = False) -> Iterator[Records]:
        """The fragments that have waited too long for the others of their container, or all that wait."""
        self._now = now_ns
        for lost in self._containers.lost(None if all_of_them else now_ns):
            self._ledger.parts_lost(LOST_FRAGMENTS, lost.fragments)
            yield self._malformed(self._record(None, LOST_FRAGMENTS, lost.octets))

    def _may_push(self, user_id: str | None, *sensors: str) -> bool:
        """Whether a sender may push as these sensors; else its message is counted and says nothing."""
        if self._gate is None or self._gate.may_push(user_id, sensors, self._now):
            return True
        self._ledger.message_dropped(NOT_ALLOWED)
        return False

    def _batch(self, batch: Batch) -> Iterator[Records]:
        sensor = batch.header["sensor"]
        arrival = self._arrivals.take(batch.header, self._now)
        self._ledger.batch(batch.header, arrival, self._now)
        if arrival.wanted:
            bad = [self._record(sensor, each.reason, each.data) for each in batch.bad]
            asks = batch.header.get("questions", False)
            yield from self._frames(sensor, batch.frames, bad, batch.questions, asks=asks)

    def _container(self, taken: Taken) -> Iterator[Records]:
        self._ledger.skipped.update(taken.skipped)
        counts = {sensor: len(frames) for sensor, frames in taken.frames.items()}
        self._ledger.container(counts, taken.place, self._now)
        bad = [self._record(*each) for each in taken.bad]
        for sensor, frames in taken.frames.items():
            yield from self._frames(sensor, frames, bad)
            bad = []

    def _frames(
        self,
        sensor: str,
        frames: Sequence[Frame1] | Sequence[Frame],
        bad: list[Malformed],
        questions: Sequence[QuestionFrame] = (),
        *,
        asks: bool = False,
    ) -> Iterator[Records]:
        """Count frames of one sensor, and what else of their message was malformed; what they give."""
        derived = derive(
            frames,
            sensor,
            questions,
            accept_unsolicited=self._accept_unsolicited,
            accept_forwarders=self._accept_forwarders,
            asks=asks,
        )
        bad = bad + [self._record(sensor, *wrong) for wrong in derived.malformed]
        self._ledger.frames(
            noerror=derived.noerror,
            errors=len(derived.errors),
            questions=derived.questions,
            unsolicited=derived.unsolicited,
            mismatched=derived.mismatched,
            forwarder=derived.forwarder,
            nxdomain=len(derived.nxdomains),
            malformed=[record["reason"] for record in bad],
        )
        yield Records(
            DNS_ERRORS, derived.errors, [dns_errors_topic(each["rcode"]) for each in derived.errors]
        )
        yield Records(
            NXDOMAIN, derived.nxdomains, [nxdomain_topic(each["qtype"]) for each in derived.nxdomains]
        )
        yield self._malformed(*bad)

    def _malformed(self, *records: Malformed) -> Records:
        return Records(MALFORMED, records, [MALFORMED] * len(records))

    def _record(self, sensor: str | None, reason: str, data: bytes) -> Malformed:
        return {"time_ns": self._now, "sensor": sensor, "reason": reason, "data": data[:MALFORMED_DATA_MAX]}


def _sensors(taken: Batch | Taken | None) -> set[str]:
    """The sensors that a message speaks for."""
    if isinstance(taken, Batch):
        return {taken.header["sensor"]}
    return {*taken.frames, *(bad.sensor for bad in taken.bad)} if taken is not None else set()
