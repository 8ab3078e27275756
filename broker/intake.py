"""Ingress messages in, records by channel out, and each message and frame in one counter. Pure.

What a peer sends wrong is counted by reason, becomes a record of malformed/ (within bounds) and is passed
over; the good frames of the same message go on. A batch that its producer only sent again is passed over as
well. With keys, a message that speaks for a sensor that its sender may not push as is counted and says
nothing: that is found by its header, before a frame is read or anything inflated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from nxcast.broker.arrivals import Arrival, Arrivals, Place
from nxcast.broker.derivation.compiled import Compiled
from nxcast.broker.derivation.derive import Derived, derive
from nxcast.broker.derivation.outbox import Packed
from nxcast.broker.ledger import Ledger
from nxcast.broker.malformed_records import MalformedRecords, MessageRecords
from nxcast.broker.nmsg_intake import LOST_FRAGMENTS, ContainerIntake, is_container
from nxcast.broker.rights.gate import NOT_ALLOWED, Gate
from nxcast.broker.served_minutes import ServedMinutes
from nxcast.schemas.batch_decoding import Batch, MessageError, decode_batch_header, decode_in_pieces
from nxcast.schemas.frames import BatchHeader, Frame, Frame1
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.records import Malformed
from nxcast.schemas.topics import (
    ANSWERS,
    DNS_ERRORS,
    MALFORMED,
    NXDOMAIN,
    answers_topic,
    dns_errors_topic,
    nxdomain_topic,
)
from nxcast.transport.ends import Octets

__all__ = ["PAUSE", "QUEUE_FULL", "RANGES_FULL", "SLICE_FRAMES", "Intake", "Records"]

QUEUE_FULL = "queue_full"  # reason of a message that was refused, its sender having the most waiting
RANGES_FULL = "ranges_full"  # of a batch that was: as much as can be remembered is missing before it

SLICE_FRAMES = 512  # frames derived between two pauses, about 2 ms; as many as a batch of ours has at most


_Bad = tuple[str | None, str, Octets]
"""Sensor, reason and data of something malformed."""


class _DroppedError(Exception):
    """A message is not taken: its sender may not push it.

    Or what is missing before a batch could not be remembered any more, and it has to come again, after that.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Records(NamedTuple):
    """Records of one channel, and of each its topic."""

    channel: str
    records: Sequence[Any]
    topics: Sequence[str]


PAUSE = Records(MALFORMED, (), ())
"""Gives nothing: a long message has had a slice, and others may have their turn before it goes on."""


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
        answers: bool = False,
        compiled: Compiled | None = None,
        servers: ServedMinutes | None = None,
    ) -> None:
        self._compiled = compiled
        self._servers = servers
        self._ledger = ledger
        self._arrivals = arrivals
        self._gate = gate
        self._accept_unsolicited = accept_unsolicited
        self._accept_forwarders = accept_forwarders
        self._answers = answers
        self._containers = ContainerIntake()
        self._malformed_records = MalformedRecords()

    def take(
        self, parts: Sequence[Octets], user_id: str | None, now_ns: int, sender: str = ""
    ) -> Iterator[Records | Packed]:
        """What a message gives; `user_id` is that of its sender where there are keys.

        After a PAUSE another message may be begun, of another sender. A batch is taken for arrived when all
        that it gives has been given, or by this call, where the kernel does it at once.
        """
        message = self._malformed_records.of_message(sender, now_ns)
        try:
            header = self._allowed(parts, user_id, now_ns)
            if header is None:
                return self._container(parts, user_id, message)
            quick = self._quick(parts, header, message)
        except (MessageError, _DroppedError) as error:
            return iter(self._drop(error, message))
        return self._by_python(list(map(bytes, parts)), header, message) if quick is None else iter(quick)

    def admits(self, parts: Sequence[Octets], user_id: str | None) -> bool:
        """Whether a message that has come may wait for its turn, as far as its number says."""
        if not self._arrivals.refusing:
            return True
        header = self._own_header(parts, user_id)
        return header is None or self._arrivals.admits(header)

    def refuse(self, parts: Sequence[Octets], user_id: str | None) -> None:
        """There is no room for a message: count it, and remember what its producer has to send again."""
        self._ledger.message_dropped(QUEUE_FULL)
        header = self._own_header(parts, user_id)
        if header is not None:
            self._arrivals.refuse(header)

    def drop(self, reason: str) -> None:
        """Count a message that says nothing."""
        self._ledger.message_dropped(reason)

    def spoil(self, reason: str, octets: Octets, now_ns: int) -> Iterator[Records]:
        """A message that is not to be read: count and tell it."""
        self._ledger.message_dropped(reason)
        message = self._malformed_records.of_message("", now_ns)
        yield self._malformed(message, [(None, reason, octets)])

    def lost(self, now_ns: int, *, all_of_them: bool = False) -> Iterator[Records]:
        """The fragments that have waited too long for the others of their container, or all that wait."""
        for lost in self._containers.lost(None if all_of_them else now_ns):
            self._ledger.parts_lost(LOST_FRAGMENTS, lost.fragments)
            message = self._malformed_records.of_message("", now_ns)
            yield self._malformed(message, [(None, LOST_FRAGMENTS, lost.octets)])

    def _allowed(self, parts: Sequence[Octets], user_id: str | None, now_ns: int) -> BatchHeader | None:
        """The header of a batch, None of a container, once its sender may push it.

        Raises MessageError and _DroppedError.
        """
        gate = self._gate
        if gate is not None and not gate.may_push(user_id, (), now_ns):
            raise _DroppedError(NOT_ALLOWED)
        if is_container(parts):
            if gate is not None and not gate.may_push_containers(user_id, now_ns):
                raise _DroppedError(NOT_ALLOWED)
            return None
        header = self._header(parts)
        if gate is not None and not gate.may_push(user_id, (header["sensor"],), now_ns):
            raise _DroppedError(NOT_ALLOWED)
        if not self._arrivals.has_room(header):
            self._arrivals.refuse(header)
            raise _DroppedError(RANGES_FULL)
        return header

    def _header(self, parts: Sequence[Octets]) -> BatchHeader:
        if self._compiled is None:
            return decode_batch_header(parts)
        header = self._compiled.header(parts)
        if header is None:
            header = decode_batch_header(parts)
            self._compiled.knows(header["sensor"])
        return header

    def _drop(self, error: MessageError | _DroppedError, message: MessageRecords) -> list[Records]:
        """Count a message that is not taken; what is malformed is told."""
        self._ledger.message_dropped(error.reason)
        if isinstance(error, _DroppedError):
            return []
        return [self._malformed(message, [(error.sensor, error.reason, error.data)])]

    def _own_header(self, parts: Sequence[Octets], user_id: str | None) -> BatchHeader | None:
        """The header of a batch that its sender may push, None of all else."""
        try:
            header = self._header(parts)
        except MessageError:
            return None
        client = None if self._gate is None else self._gate.client(user_id)
        mine = self._gate is None or (client is not None and client.may_push(header["sensor"]))
        return header if mine else None

    def _by_python(
        self, parts: list[bytes], header: BatchHeader, message: MessageRecords
    ) -> Iterator[Records]:
        batch = None
        try:
            for batch in decode_in_pieces(parts, header):
                if batch is None:
                    yield PAUSE
        except MessageError as error:
            yield from self._drop(error, message)
            return
        assert batch is not None  # noqa: S101
        self._ledger.message_taken()
        if self._arrivals.under_way(header):  # it was sent again, over another connection
            arrival = Arrival(Place.REPEATED, 0, restarted=False, wanted=False)
        else:
            if self._arrivals.wants(header):
                yield from self._rest(batch, message)
            arrival = self._arrivals.take(header)
        self._ledger.batch(header, arrival, message.now_ns)

    def _rest(self, batch: Batch, message: MessageRecords) -> Iterator[Records]:
        """What a batch gives after the part that was published before."""
        header, first = batch.header, self._arrivals.part(batch.header)
        bad: list[_Bad] = [] if first else [(header["sensor"], each.reason, each.data) for each in batch.bad]
        yield from self._slices(
            header["sensor"],
            batch.frames,
            bad,
            message,
            batch.questions,
            asks=header.get("questions", False),
            first=first,
            part=partial(self._arrivals.publish_part, header),
        )

    def _quick(
        self, parts: Sequence[Octets], header: BatchHeader, message: MessageRecords
    ) -> list[Packed | Records] | None:
        """What the compiled kernel makes of a batch; None where that is for Python."""
        compiled, arrivals, ledger = self._compiled, self._arrivals, self._ledger
        if compiled is None or not arrivals.wants(header) or arrivals.part(header):
            return None
        taken = compiled.take(parts, header, message.now_ns)
        ledger.kernel_breaches = compiled.breaches
        if taken is None:
            return None
        ledger.message_taken()
        ledger.denials(header["sensor"], taken.top_denials, taken.top_denials_cut)
        ledger.frames(
            noerror=taken.noerror,
            errors=taken.errors,
            questions=taken.questions,
            unsolicited=taken.unsolicited,
            mismatched=taken.mismatched,
            forwarder=taken.forwarder,
            nxdomain=taken.nxdomain,
            malformed=[reason for reason, _ in taken.malformed],
        )
        ledger.compiled += header["count"] - taken.odd
        given: list[Packed | Records] = [*taken.packed]
        if taken.malformed:
            given.append(self._malformed(message, [(header["sensor"], *wrong) for wrong in taken.malformed]))
        ledger.batch(header, arrivals.take(header), message.now_ns)
        return given

    def _container(
        self, parts: Sequence[Octets], user_id: str | None, message: MessageRecords
    ) -> Iterator[Records]:
        def check(sensors: Collection[str]) -> None:
            if self._gate is not None and not self._gate.may_push(user_id, sensors, message.now_ns):
                raise _DroppedError(NOT_ALLOWED)

        try:
            taken = self._containers.take(bytes(parts[0]), message.now_ns, message.sender, check)
        except (MessageError, _DroppedError) as error:
            yield from self._drop(error, message)
            return
        self._ledger.message_taken()
        if taken is None:
            return
        self._ledger.skipped.update(taken.skipped)
        counts = {sensor: len(frames) for sensor, frames in taken.frames.items()}
        self._ledger.container(counts, taken.place, message.now_ns)
        bad: list[_Bad] = list(taken.bad)
        for sensor, frames in taken.frames.items():
            yield from self._slices(sensor, frames, bad, message)
            bad = []

    def _slices(
        self,
        sensor: str,
        frames: Sequence[Frame1] | Sequence[Frame],
        bad: list[_Bad],
        message: MessageRecords,
        questions: Sequence[QuestionFrame] = (),
        *,
        asks: bool = False,
        first: int = 0,
        part: Callable[[int], None] = lambda _: None,
    ) -> Iterator[Records]:
        """What frames of one sensor give, and what else of their message was malformed.

        They begin at `first`; before a pause `part` is told how many are done with.
        """
        for start in range(first, max(len(frames), len(questions), 1), SLICE_FRAMES):
            if start > first:
                part(start)
                yield PAUSE
            here = slice(start, start + SLICE_FRAMES)
            derived = derive(
                frames[here],
                sensor,
                questions[here],
                accept_unsolicited=self._accept_unsolicited,
                accept_forwarders=self._accept_forwarders,
                asks=asks,
                answers=self._answers,
            )
            if self._servers is not None:
                self._servers.take(derived)
            self._ledger.denials(sensor, derived.top_denials, derived.top_denials_cut)
            bad = [*bad, *((sensor, *wrong) for wrong in derived.malformed)]
            yield from self._count(derived, bad, message)
            bad = []

    def _count(self, derived: Derived, bad: list[_Bad], message: MessageRecords) -> Iterator[Records]:
        """Count what was derived, and what was malformed beside it; its records."""
        self._ledger.frames(
            noerror=derived.noerror,
            answers=len(derived.answers),
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
        if derived.answers:
            yield Records(
                ANSWERS, derived.answers, [answers_topic(each["qtype"]) for each in derived.answers]
            )
        yield self._malformed(message, bad)

    def _malformed(self, message: MessageRecords, bad: Sequence[_Bad]) -> Records:
        records: list[Malformed] = [record for each in bad for record in message.make(*each)]
        self._ledger.malformed_withheld = self._malformed_records.withheld
        return Records(MALFORMED, records, [MALFORMED] * len(records))
