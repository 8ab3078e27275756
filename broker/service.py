"""The broker's loop, and the only module of the broker that knows the transport.

Ingress is a PULL socket, egress an XPUB socket, both bound. One thread turns the loop: take frames, derive,
publish what is full or due, and a Status every second (sooner where somebody subscribes to it, so that
its arrival tells a new subscriber that it is connected). What a peer sends wrong is counted by reason,
published on malformed/ and passed over; a record of ours that breaks the schema is a bug and stops us.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import zmq

from nxcast.broker.containers import LOST_FRAGMENTS, ContainerIntake, Taken, is_container
from nxcast.broker.derive import NOT_A_RESPONSE, derive
from nxcast.broker.ledger import Ledger
from nxcast.broker.outbox import Message, Outbox
from nxcast.broker.settings import Settings
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX, Batch, Frame, MessageError, decode_batch
from nxcast.schemas.records import MALFORMED_DATA_MAX, RECORDS, Malformed, Status
from nxcast.schemas.topics import (
    DNS_ERRORS,
    MALFORMED,
    NXDOMAIN,
    STATUS,
    dns_errors_topic,
    nxdomain_topic,
)

__all__ = ["BindError", "Broker"]

INGRESS_HIGH_WATER_MARK = 16  # messages a producer held here; 16 x 8 MiB = 128 MiB at most, usually 1 MiB
SUBSCRIPTION_MAX = 256  # octets of what a subscriber sends; the longest topic takes 23, a handshake about 40
SUBSCRIPTIONS_A_TURN = 256  # subscription messages taken before the loop looks at its other duties
STATUS_NS = 1_000_000_000  # nanoseconds from one Status to the next
STATUS_AFTER_JOIN_NS = 50_000_000  # nanoseconds; so a storm of subscribers costs 20 a second at most
TURN_NS = 20_000_000  # nanoseconds of taking messages before the loop looks at its other duties
# A peer that is gone without a word is noticed by TCP. ZMTP heartbeats would cut off one that is merely
# behind: at its high-water mark it reads nothing and answers no ping.
KEEPALIVE = {
    zmq.SocketOption.TCP_KEEPALIVE: 1,
    zmq.SocketOption.TCP_KEEPALIVE_IDLE: 30,  # seconds
    zmq.SocketOption.TCP_KEEPALIVE_INTVL: 10,  # seconds
    zmq.SocketOption.TCP_KEEPALIVE_CNT: 3,
}
DRAIN_MS = 1000  # milliseconds given at the end to what producers had already sent ...
DRAIN_QUIET_MS = 100  # ... unless nothing more came for so many
LINGER_MS = 2000  # milliseconds given at the end to subscribers that are behind


INGRESS_OPTIONS = {
    zmq.SocketOption.RCVHWM: INGRESS_HIGH_WATER_MARK,
    zmq.SocketOption.MAXMSGSIZE: INGRESS_MESSAGE_MAX,
    **KEEPALIVE,
    zmq.SocketOption.LINGER: 0,
}
EGRESS_OPTIONS = {
    zmq.SocketOption.XPUB_VERBOSER: 1,  # each subscription shows, also to what another subscriber already has
    zmq.SocketOption.MAXMSGSIZE: SUBSCRIPTION_MAX,
    **KEEPALIVE,
    zmq.SocketOption.LINGER: LINGER_MS,
}


class BindError(Exception):
    """An endpoint that can't be bound; the text says which and why."""


class Broker:
    """Binds both sockets when made, serves in `run` until `stop`. One thread's, but for `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.ledger = Ledger()
        self._containers = ContainerIntake()
        self._accept_unsolicited = settings.accept_unsolicited
        self._now = time.time_ns()
        self._status_at = self._now
        self._outbox = Outbox(
            self._now, batch_records=settings.batch_records, linger_ns=settings.linger_ms * 1_000_000
        )
        self._software = f"nxcast {version('nxcast')}"
        self._stop_reader, self._stop_writer = socket.socketpair()
        self._context = zmq.Context()
        try:
            self._ingress = self._bind(zmq.PULL, "ingress", settings.ingress, INGRESS_OPTIONS)
            options = {**EGRESS_OPTIONS, zmq.SocketOption.SNDHWM: settings.high_water_mark}
            self._egress = self._bind(zmq.XPUB, "egress", settings.egress, options)
        except BindError:
            self.close()
            raise

    @property
    def endpoints(self) -> tuple[str, str]:
        """Where ingress and egress are bound, with the port that a wildcard got."""
        return _endpoint(self._ingress), _endpoint(self._egress)

    def run(self) -> None:
        """Serve until `stop`, then take what producers had already sent and publish all that waits."""
        poller = zmq.Poller()
        for source in (self._ingress, self._egress, self._stop_reader):
            poller.register(source, zmq.POLLIN)
        while True:
            ready = dict(poller.poll(self._poll_ms()))
            self._tick()
            if self._stop_reader.fileno() in ready:
                break
            if self._egress in ready:
                self._take_subscriptions()
            if self._ingress in ready:
                self._take_messages(self._now + TURN_NS)
            self._publish_due()
        self._drain()

    def stop(self) -> None:
        """Make `run` come to its end; may be called from a signal handler or another thread."""
        self._stop_writer.send(b"x")

    def close(self) -> None:
        """Give up both endpoints; subscribers that are behind get two seconds for what is theirs."""
        self._context.destroy()
        self._stop_reader.close()
        self._stop_writer.close()

    def status(self) -> Status:
        """The account as it stands."""
        return {
            "time_ns": self._now,
            "epoch": self._outbox.epoch,
            "software": self._software,
            "counters": self.ledger.counters(),
            "sensors": self.ledger.sensors(),
            "sensors_forgotten": self.ledger.sensors_forgotten,
            "topics": self._outbox.topics(),
        }

    def _bind(
        self, kind: int, name: str, endpoint: str, options: Mapping[zmq.SocketOption, int]
    ) -> zmq.Socket[bytes]:
        bound: zmq.Socket[bytes] = self._context.socket(kind)
        for option, value in options.items():
            bound.setsockopt(option, value)
        bound.setsockopt(zmq.IPV6, "[" in endpoint)  # else an IPv4 address would show as ::ffff:127.0.0.1
        try:
            _check_free(endpoint)
            bound.bind(endpoint)
        except (OSError, zmq.ZMQError) as error:
            running = " (is a broker running already?)" if error.errno == errno.EADDRINUSE else ""
            reason = f"{os.strerror(error.errno or 0).lower()}{running}"
            raise BindError(f"can't bind {endpoint}: {reason}; --{name} names another") from None
        return bound

    def _poll_ms(self) -> int:
        wake_at = min(self._status_at, self._outbox.deadline_ns() or self._status_at)
        return max(0, -((self._now - wake_at) // 1_000_000))

    def _take_subscriptions(self) -> None:
        try:
            for _ in range(SUBSCRIPTIONS_A_TURN):
                if self._egress.recv(zmq.NOBLOCK) == b"\1" + STATUS.encode():
                    self._status_at = min(self._status_at, self._now + STATUS_AFTER_JOIN_NS)
        except zmq.Again:
            pass

    def _take_messages(self, until_ns: int) -> None:
        """Handle the messages that are there, but no longer than until then (nanoseconds since 1970)."""
        try:
            while self._now < until_ns:
                self._handle(self._ingress.recv_multipart(zmq.NOBLOCK))
        except zmq.Again:
            pass

    def _handle(self, parts: list[bytes]) -> None:
        self._tick()
        taken: Batch | Taken | None
        try:
            taken = self._containers.take(parts[0], self._now) if is_container(parts) else decode_batch(parts)
        except MessageError as error:
            self.ledger.message_dropped(error.reason)
            self._publish(MALFORMED, [self._malformed(error.sensor, error.reason, error.data)])
        else:
            self.ledger.message_taken()
            if isinstance(taken, Batch):
                self._take_batch(taken)
            elif taken is not None:
                self._take_container(taken)
        self._send(self._outbox.due(self._now))

    def _take_batch(self, batch: Batch) -> None:
        sensor = batch.header["sensor"]
        self.ledger.heard(batch.header, self._now)
        malformed = [self._malformed(sensor, bad.reason, bad.data) for bad in batch.bad]
        self._take_frames(sensor, batch.frames, malformed)

    def _take_container(self, taken: Taken) -> None:
        self.ledger.skipped.update(taken.skipped)
        counts = {sensor: len(frames) for sensor, frames in taken.frames.items()}
        self.ledger.heard_container(counts, taken.place, self._now)
        malformed = [self._malformed(*bad) for bad in taken.bad]
        for sensor, frames in taken.frames.items():
            self._take_frames(sensor, frames, malformed)
            malformed = []

    def _take_frames(self, sensor: str, frames: list[Frame], malformed: list[Malformed]) -> None:
        """Count and publish frames of one sensor, and what else of their message was malformed."""
        derived = derive(frames, sensor, accept_unsolicited=self._accept_unsolicited)
        malformed = malformed + [
            self._malformed(sensor, NOT_A_RESPONSE, frame[8]) for frame in derived.not_responses
        ]
        self.ledger.frames(
            noerror=derived.noerror,
            errors=len(derived.errors),
            unsolicited=derived.unsolicited,
            nxdomain=len(derived.nxdomains),
            malformed=[record["reason"] for record in malformed],
        )
        self._publish(
            DNS_ERRORS, derived.errors, [dns_errors_topic(each["rcode"]) for each in derived.errors]
        )
        self._publish(
            NXDOMAIN, derived.nxdomains, [nxdomain_topic(each["qtype"]) for each in derived.nxdomains]
        )
        self._publish(MALFORMED, malformed)

    def _malformed(self, sensor: str | None, reason: str, data: bytes) -> Malformed:
        return {"time_ns": self._now, "sensor": sensor, "reason": reason, "data": data[:MALFORMED_DATA_MAX]}

    def _publish(self, channel: str, records: Sequence[Any], topics: Sequence[str] | None = None) -> None:
        """Publish records of a channel, each on its topic; without topics all on the channel's own."""
        if records:
            RECORDS[channel].validate_python(records)
            pairs = zip(topics or [channel] * len(records), records, strict=True)
            self._send(self._outbox.put(pairs, self._now))

    def _publish_due(self) -> None:
        self._tick()
        self._tell_lost(self._now)
        self._send(self._outbox.due(self._now))
        if self._now >= self._status_at:
            self._publish_status()

    def _tell_lost(self, now_ns: int | None) -> None:
        for lost in self._containers.lost(now_ns):
            self.ledger.parts_lost(LOST_FRAGMENTS, lost.fragments)
            self._publish(MALFORMED, [self._malformed(None, LOST_FRAGMENTS, lost.octets)])

    def _publish_status(self) -> None:
        # Made and sent in one step: what it counts as published has gone out before it, and nothing more has.
        status = self.status()
        RECORDS[STATUS].validate_python([status])
        self._send([self._outbox.single(STATUS, status, self._now)])
        self._status_at = self._now + STATUS_NS

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._egress.send_multipart(message)

    def _tick(self) -> None:
        last, self._now = self._now, time.time_ns()
        if self._now < last:  # the clock was set back: nothing may wait for a time now far ahead
            self._send(self._outbox.flush(self._now))
            self._status_at = self._now

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_MS / 1000
        while time.monotonic() < deadline and self._ingress.poll(DRAIN_QUIET_MS):
            self._take_messages(self._now + TURN_NS)
        self._tick()
        self._tell_lost(None)
        self._send(self._outbox.flush(self._now))
        self._publish_status()


def _endpoint(bound: zmq.Socket[bytes]) -> str:
    return bound.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()  # type: ignore[union-attr]


def _check_free(endpoint: str) -> None:
    """Raise OSError where a path is taken: ZeroMQ would remove whatever is there, be it another broker's."""
    path = endpoint.removeprefix("ipc://")
    if path in (endpoint, "*") or path.startswith("@") or not os.path.lexists(path):
        return
    if not stat.S_ISSOCK(os.lstat(path).st_mode):
        raise FileExistsError(errno.EEXIST, "")
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(path) == 0:
            raise OSError(errno.EADDRINUSE, "")
