"""The checks where brokers publish to a stream of NATS JetStream: several may, and no socket is theirs.

Whether the stream is as it should be is for `nxcast-broker nats setup` to say, and who may do what for the
server's configuration, which `nxcast-broker nats users` writes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from nxcast.consumers.client.subscriber import Subscriber, read_key
from nxcast.consumers.doctor.canary_trip import KEY_COMMAND, sent_and_seen
from nxcast.consumers.doctor.examination import STATUS_S, Subject
from nxcast.consumers.doctor.finding import Finding, Verdict
from nxcast.consumers.doctor.status_change import account, broker, connections, descriptors, kernel, log
from nxcast.schemas.records import Status
from nxcast.schemas.topics import STATUS
from nxcast.schemas.units import SECOND_NS
from nxcast.transport.endpoints import shown

__all__ = ["BROKERS_MAX", "StatusPairs", "StreamExamination", "of_broker"]

BROKERS_MAX = 16  # of which an account is shown
SPAN_NS = SECOND_NS // 2  # between the two statuses that are held against one another; there is one a second
# Seconds for two of all brokers, once one has come: a broker that is at its limit is late.
GATHER_S = 4.0


class StreamExamination:
    """Examines once; iterate for the findings as they come."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def __iter__(self) -> Iterator[Finding]:
        stream = shown(self._subject.broker)
        key, file = None, self._subject.key
        if file is not None:
            try:
                key = read_key(file)
            except (OSError, ValueError) as error:
                yield Finding(
                    "key", Verdict.WRONG, str(error), f"{KEY_COMMAND}, where the broker is, makes one"
                )
                return
            yield Finding("key", Verdict.OK, f"{file} is the key of {key.name}")
        with Subscriber(
            STATUS, broker=self._subject.broker, key=file, replay=False, on_event=_pass
        ) as subscriber:
            try:
                subscriber.wait_connected(STATUS_S)
                pairs = _gathered(subscriber)
            except PermissionError as error:
                yield Finding(
                    "address",
                    Verdict.WRONG,
                    str(error),
                    "`nxcast-broker nats setup` makes the stream, `nxcast-broker nats users` those of who "
                    "may read a part; docs/jetstream.md has a reader's rights",
                )
                return
            except TimeoutError:
                yield _silent(stream, subscriber.unknown)
                return
        yield Finding("address", Verdict.OK, f"{stream} has the stream, and lets us read it")
        for earlier, later in pairs:
            yield from of_broker(earlier, later, time.time_ns())
        if self._subject.canary:
            yield sent_and_seen(self._subject.broker, self._subject.ingress, key, file, None)


def of_broker(earlier: Status, later: Status, now_ns: int) -> Iterator[Finding]:
    """What two statuses of one broker tell, where ours says `now_ns`; it may have sent one alone."""
    yield broker(later, now_ns)
    yield from filter(None, (descriptors(later), connections(later), log(later), kernel(later)))
    if later["time_ns"] - earlier["time_ns"] >= SPAN_NS:
        yield from account(earlier, later)
        return
    yield Finding(
        "frames",
        Verdict.WRONG,
        f"the broker of epoch {later['epoch']} sent no second status",
        "is it overloaded, or just stopped? Run this again",
    )


def _silent(stream: str, unreached: str | None) -> Finding:
    if unreached is not None:
        return Finding("address", Verdict.WRONG, unreached, "--broker names the servers: are they these?")
    return Finding(
        "broker",
        Verdict.WRONG,
        f"{stream} has the stream, and for {STATUS_S:.0f} s no broker has told its status there",
        f"does nxcast-broker run with --egress {stream}, and what does its log say?",
    )


class StatusPairs:
    """Of each broker, by its epoch, the first status and the last."""

    def __init__(self) -> None:
        self._first: dict[int, Status] = {}
        self._last: dict[int, Status] = {}

    def put(self, status: Status) -> None:
        """Take one; those of brokers beyond BROKERS_MAX are passed over."""
        epoch = status["epoch"]
        if epoch in self._first or len(self._first) < BROKERS_MAX:
            self._first.setdefault(epoch, status)
            self._last[epoch] = status

    @property
    def complete(self) -> bool:
        """Whether two have come of each, far enough apart."""
        return all(
            self._last[epoch]["time_ns"] - first["time_ns"] >= SPAN_NS for epoch, first in self._first.items()
        )

    def __iter__(self) -> Iterator[tuple[Status, Status]]:
        for epoch, first in sorted(self._first.items()):
            yield first, self._last[epoch]


def _gathered(subscriber: Subscriber) -> StatusPairs:
    """What the brokers publish from now on; TimeoutError where they publish nothing."""
    pairs = StatusPairs()
    for status in subscriber.receive(STATUS_S).records:
        pairs.put(status)
    began_s = time.monotonic()
    # At least half of it: another broker may not have come to its second.
    while (left := began_s + GATHER_S - time.monotonic()) > 0 and (left > GATHER_S / 2 or not pairs.complete):
        try:
            for status in subscriber.receive(left).records:
                pairs.put(status)
        except TimeoutError:
            break
    return pairs


def _pass(_: object) -> None:
    """What happens meanwhile shows in the result."""
