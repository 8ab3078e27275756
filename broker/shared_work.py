"""Where several brokers share a work queue: one batch at a time, and all that it gives as one.

What a batch gives goes by itself, with ids that follow from the batch alone, so that whichever broker is at
it, and however often, its records are stored once. Topics are numbered when their messages are stored: one
that another broker has stored leaves no gap. It has the forms of `turns` and `publication`. Not here: the
queue.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgpack

from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.outbox import Message, Outbox, Packed
from nxcast.broker.floods import Floods
from nxcast.broker.intake import Intake, Records
from nxcast.broker.log.interface import Log
from nxcast.broker.log.stream_log import StreamLog
from nxcast.broker.publication import Publication
from nxcast.broker.rights.gate import NOT_ALLOWED
from nxcast.schemas.batch_decoding import MessageError, decode_batch_header
from nxcast.schemas.frames import FRAMES_2
from nxcast.schemas.records import Status, TopicStatus
from nxcast.schemas.topics import STATUS
from nxcast.transport.ends import Octets
from nxcast.transport.nats.atomic_batches import Storable
from nxcast.transport.nats.jetstream_layout import WORK, body_of, headers_of, split_body, subject_of
from nxcast.transport.nats.stream_publisher import BODY_MAX
from nxcast.transport.nats.work_end import Result, WorkEnd

__all__ = ["DELIVERIES", "Shared", "WorkNumbers", "WorkPublication", "WorkTurns", "share"]

# Whatever the settings say: brokers of one queue have to cut what a batch gives at the same places. With
# 64 KiB a message the largest batch, of 1 MiB, gives some 500 messages; an atomic batch has 1,000 at most.
RECORDS_A_MESSAGE = 512
# How often a batch is given to brokers: one that ends whoever takes it would end all of them in turn.
DELIVERIES_MAX = 20
DELIVERIES = "message_deliveries"  # reason of one that was given out more often
STATUS_MARGIN = 8192  # octets that a Status may grow by until it is stored: the numbers of 215 topics

_pack = msgpack.Packer().pack


class Draft(NamedTuple):
    """A message that has no number yet; `status` where it is one, which tells the numbers of all topics."""

    message: Message
    message_id: str
    status: Status | None = None

    @property
    def octets(self) -> int:
        """Of its body."""
        return len(self.message.header) + len(self.message.payload)


class WorkNumbers:
    """The numbers of one broker's topics. `topics` may be read by another thread."""

    def __init__(self) -> None:
        self.topics: dict[str, TopicStatus] = {}
        """Of what is stored."""
        self._next: dict[str, TopicStatus] = {}

    def number(self, results: Sequence[Result]) -> list[Storable]:
        """Their messages, numbered on from `topics`."""
        self._next = {topic: account.copy() for topic, account in self.topics.items()}
        return [self._numbered(draft) for result in results for draft in result.messages]

    def keep(self) -> None:
        """What was numbered last is stored."""
        self.topics = self._next

    def _numbered(self, draft: Draft) -> Storable:
        topic, payload = draft.message.topic.decode(), draft.message.payload
        header = msgpack.unpackb(draft.message.header)
        account = self._next.setdefault(topic, {"sequence": 0, "records": 0})
        account["sequence"] += 1
        account["records"] += header["count"]
        header["sequence"] = account["sequence"]
        if draft.status is not None:
            payload = _pack([{**draft.status, "topics": self._next}])
        return Storable(
            subject_of(topic), headers_of(topic, draft.message_id), body_of(_pack(header), payload)
        )


class WorkPublication(Publication):
    """What a batch gives, gathered until `finish`, and a Status by itself."""

    def __init__(
        self, end: WorkEnd, numbers: WorkNumbers, outbox: Outbox, log: Log, arrivals: Arrivals
    ) -> None:
        super().__init__(outbox, log, arrivals, lambda _: None, linger_s=0)
        self._end = end
        self._numbers = numbers
        self._statuses = self._apart = 0

    @property
    def stuck(self) -> str | None:
        """Why nothing is stored, None while it is."""
        return self._end.stalled

    def finish(self, batch_id: str, ticket: str | None, now_ns: int) -> None:
        """That was all that a batch gives; without a ticket nobody waits for it."""
        messages, self._messages = [*self._messages, *self._outbox.flush(now_ns)], []
        places: Counter[str] = Counter()
        drafts = []
        for message in messages:
            topic = message.topic.decode()
            place, places[topic] = places[topic], places[topic] + 1
            drafts.append(Draft(message, f"{batch_id}:{topic}" + (f":{place}" if place else "")))
        self._end.finish(Result(drafts, ticket))

    def put_apart(self, records: Records, now_ns: int, now_s: float) -> None:
        """They go by themselves; of each broker of the queue there are others."""
        super().put_apart(records, now_ns, now_s)
        self._apart += 1
        self.finish(f"{self._outbox.epoch}:{self._apart}", None, now_ns)

    def publish_status(self, message: Message, status: Status) -> None:
        """It is dropped where it would wait, or is larger than the server takes."""
        draft = Draft(message, f"{status['epoch']}:{STATUS}:{self._statuses}", status)
        if self._end.stalled is None and draft.octets <= BODY_MAX - STATUS_MARGIN:
            self._statuses += 1
            self._end.finish(Result([draft], None))

    def due_in(self, now_s: float) -> float:  # noqa: ARG002
        """Nothing waits for others."""
        return math.inf

    def publish_due(self, now_ns: int, now_s: float) -> None:  # noqa: ARG002
        """Nothing waits; but it is told where the stream stores nothing."""
        self._log.settled(now_s)

    def publish(self, now_ns: int, now_s: float) -> None:
        """Nothing waits."""

    def topics(self) -> dict[str, TopicStatus]:
        """Account of what is stored."""
        return {topic: account.copy() for topic, account in self._numbers.topics.items()}


class WorkTurns:
    """Batches one after the other, each with all that it gives, as the queue has them."""

    one_by_one = False  # the server gathers what it gives out

    def __init__(self, end: WorkEnd, intake: Intake, publication: WorkPublication) -> None:
        self.refused: Counter[str] = Counter()
        self.floods = Floods()
        self._end = end
        self._intake = intake
        self._publication = publication

    @property
    def waiting(self) -> bool:
        """Whether there is work."""
        return self._end.work_waits

    def begin(self) -> None:
        """Nothing is counted."""

    def read(self, now_s: float, *, short: bool = False) -> None:
        """Nothing: what is here is what may be held."""

    def work(self, now_ns: int, publish: Callable[[Sequence[Records | Packed]], None]) -> bool:
        """Work off a batch, and publish what it gives; false where there is none."""
        work = self._end.take()
        if work is None:
            return False
        batch_id = f"{WORK}:{work.number}"
        parts: Sequence[Octets] = FRAMES_2, *_parts(work.body)
        records: Iterator[Records | Packed]
        try:
            header = decode_batch_header(parts)
        except MessageError:
            sensor = ""
        else:
            sensor = header["sensor"]
            batch_id = f"{sensor}:{header['epoch']}:{header['sequence']}"
        if sensor not in ("", work.sensor):  # who may send is said by subject
            self._intake.drop(NOT_ALLOWED)
            records = iter(())
        elif work.deliveries > DELIVERIES_MAX:
            records = self._intake.spoil(DELIVERIES, work.body, now_ns)
        else:
            records = self._intake.take(parts, None, now_ns, work.sensor)
        publish(list(records))
        self._publication.finish(batch_id, work.ticket, now_ns)
        return True


def _parts(body: bytes) -> tuple[bytes, bytes]:
    try:
        return split_body(body)
    except ValueError:
        return body[:1024], b""  # no header: who reads it says so


class Shared(NamedTuple):
    """What a broker is made of that shares a work queue."""

    end: WorkEnd
    log: StreamLog
    outbox: Outbox
    publication: WorkPublication
    turns: WorkTurns


def share(
    endpoint: str,
    intake: Intake,
    arrivals: Arrivals,
    now_ns: int,
    secret: str | None,
    *,
    servers: bool = False,
) -> Shared:
    """Connect to queue and stream at `endpoint`, by `secret` as `WorkEnd` has it; raises StreamError.

    `now_ns`, the time, is the epoch.
    """
    numbers = WorkNumbers()
    end = WorkEnd(endpoint, numbers, secret, servers=servers)
    log = StreamLog(end, now_ns)
    outbox = Outbox(now_ns, batch_records=RECORDS_A_MESSAGE)
    publication = WorkPublication(end, numbers, outbox, log, arrivals)
    return Shared(end, log, outbox, publication, WorkTurns(end, intake, publication))
