"""Ingress messages in, records by channel out, and each message and frame in one counter. Pure.

What a peer sends wrong is counted by reason, becomes a record of malformed/ (within bounds) and is passed
over; the good frames of the same message go on. A batch that its producer only sent again is passed over as
well. With keys, a message that speaks for a sensor that its sender may not push as is counted and says
nothing: that is found by its header, before a frame is read or anything inflated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.derive import derive
from nxcast.broker.ledger import Ledger
from nxcast.broker.malformed_records import MalformedRecords
from nxcast.broker.nmsg_intake import LOST_FRAGMENTS, ContainerIntake, Taken, is_container
from nxcast.broker.rights.gate import NOT_ALLOWED, Gate
from nxcast.schemas.frames import (
    Batch,
    Frame,
    Frame1,
    MessageError,
    decode_batch,
    decode_batch_header,
)
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.records import Malformed
from nxcast.schemas.topics import DNS_ERRORS, MALFORMED, NXDOMAIN, dns_errors_topic, nxdomain_topic

__all__ = ["Intake", "Records"]


_Bad = tuple[str | None, str, bytes]
"""Sensor, reason and data of something malformed."""


class _NotAllowedError(Exception):
    """The sender of a message may not push it."""


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
        self._malformed_records = MalformedRecords()
        self._now = 0

    def take(self, parts: list[bytes], user_id: str | None, now_ns: int) -> Iterator[Records]:
        """What a message gives; `user_id` is that of its sender where there are keys."""
        self._now = now_ns
        sender = "" if user_id is None else user_id.partition(" ")[2]
        self._malformed_records.begin(sender, now_ns)
        try:
            taken = self._read(parts, user_id, sender)
        except _NotAllowedError:
            self._ledger.message_dropped(NOT_ALLOWED)
            return
        except MessageError as error:
            self._ledger.message_dropped(error.reason)
            yield self._malformed([(error.sensor, error.reason, error.data)])
            return
        self._ledger.message_taken()
        if isinstance(taken, Batch):
            yield from self._batch(taken)
        elif taken is not None:
            yield from self._container(taken)

    def lost(self, now_ns: int, *, all_of_them: bool = False) -> Iterator[Records]:
        """The fragments that have waited too long for the others of their container, or all that wait."""
        self._now = now_ns
        self._malformed_records.begin("", now_ns)
        for lost in self._containers.lost(None if all_of_them else now_ns):
            self._ledger.parts_lost(LOST_FRAGMENTS, lost.fragments)
            yield self._malformed([(None, LOST_FRAGMENTS, lost.octets)])

    def _read(self, parts: list[bytes], user_id: str | None, sender: str) -> Batch | Taken | None:
        """A message decoded, once its sender may push it; raises MessageError and _NotAllowedError."""

        def check(sensors: Collection[str]) -> None:
            if self._gate is not None and not self._gate.may_push(user_id, sensors, self._now):
                raise _NotAllowedError

        check(())
        if is_container(parts):
            if self._gate is not None and not self._gate.may_push_containers(user_id, self._now):
                raise _NotAllowedError
            return self._containers.take(parts[0], self._now, sender, check)
        header = decode_batch_header(parts)
        check((header["sensor"],))
        return decode_batch(parts, header)

    def _batch(self, batch: Batch) -> Iterator[Records]:
        sensor = batch.header["sensor"]
        arrival = self._arrivals.take(batch.header, self._now)
        self._ledger.batch(batch.header, arrival, self._now)
        if arrival.wanted:
            bad: list[_Bad] = [(sensor, each.reason, each.data) for each in batch.bad]
            asks = batch.header.get("questions", False)
            yield from self._frames(sensor, batch.frames, bad, batch.questions, asks=asks)

    def _container(self, taken: Taken) -> Iterator[Records]:
        self._ledger.skipped.update(taken.skipped)
        counts = {sensor: len(frames) for sensor, frames in taken.frames.items()}
        self._ledger.container(counts, taken.place, self._now)
        bad: list[_Bad] = list(taken.bad)
        for sensor, frames in taken.frames.items():
            yield from self._frames(sensor, frames, bad)
            bad = []

    def _frames(
        self,
        sensor: str,
        frames: Sequence[Frame1] | Sequence[Frame],
        bad: list[_Bad],
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
        bad = bad + [(sensor, *wrong) for wrong in derived.malformed]
        self._ledger.frames(
            noerror=derived.noerror,
            errors=len(derived.errors),
            questions=derived.questions,
            unsolicited=derived.unsolicited,
            mismatched=derived.mismatched,
            forwarder=derived.forwarder,
            nxdomain=len(derived.nxdomains),
            malformed=[reason for _, reason, _ in bad],
        )
        yield Records(
            DNS_ERRORS, derived.errors, [dns_errors_topic(each["rcode"]) for each in derived.errors]
        )
        yield Records(
            NXDOMAIN, derived.nxdomains, [nxdomain_topic(each["qtype"]) for each in derived.nxdomains]
        )
        yield self._malformed(bad)

    def _malformed(self, bad: Sequence[_Bad]) -> Records:
        records: list[Malformed] = [record for each in bad for record in self._malformed_records.make(*each)]
        self._ledger.malformed_withheld = self._malformed_records.withheld
        return Records(MALFORMED, records, [MALFORMED] * len(records))
