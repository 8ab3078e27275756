"""The broker's loop, and the only module of the broker that knows the transport.

Ingress is a PULL socket, egress an XPUB socket, both bound. One thread turns the loop: take frames, derive,
publish what is full or due, and a Status every second (sooner where somebody subscribes to it, so that
its arrival tells a new subscriber that it is connected). What a peer sends wrong is counted by reason,
published on malformed/ and passed over; a record of ours that breaks the schema is a bug and stops us.
With keys, a gate says who comes in and what each may do; without, everybody may everything.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import zmq

from nxcast.broker.answers import Answers
from nxcast.broker.containers import LOST_FRAGMENTS, ContainerIntake, Taken, is_container
from nxcast.broker.derive import NOT_A_RESPONSE, derive
from nxcast.broker.endpoints import check_free, port_of
from nxcast.broker.gate import EGRESS, NOT_ALLOWED, Gate
from nxcast.broker.key_files import OwnKey, own_key
from nxcast.broker.ledger import Ledger
from nxcast.broker.outbox import Message, Outbox
from nxcast.broker.settings import Settings
from nxcast.broker.store import Store
from nxcast.broker.zap import ENDPOINT as ZAP_ENDPOINT
from nxcast.schemas.curve import CURVE_OVERHEAD
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX, Batch, Frame, MessageError, decode_batch
from nxcast.schemas.records import MALFORMED_DATA_MAX, RECORDS, Malformed, Status
from nxcast.schemas.requests import REQUEST_MAX
from nxcast.schemas.topics import (
    DNS_ERRORS,
    MALFORMED,
    NXDOMAIN,
    STATUS,
    dns_errors_topic,
    nxdomain_topic,
)

__all__ = ["BindError", "Broker", "key_pair"]

INGRESS_HIGH_WATER_MARK = 16  # messages a producer held here; 16 x 8 MiB = 128 MiB at most, usually 1 MiB
# Octets of what a subscriber sends: the longest topic takes 24, a handshake with keys 300, and up to 255 more
# where a client has named itself.
SUBSCRIPTION_MAX = 1024
SUBSCRIPTIONS_A_TURN = 256  # subscription messages taken before the loop looks at its other duties
STATUS_NS = 1_000_000_000  # nanoseconds from one Status to the next
STATUS_AFTER_JOIN_NS = 50_000_000  # nanoseconds; so a storm of subscribers costs 20 a second at most
STATUS_TOPIC = STATUS.encode()
TURN_NS = 20_000_000  # nanoseconds of taking messages before the loop looks at its other duties
REQUESTS_WAITING = 16  # requests of a client held here; 16 x 2 KiB = 32 KiB
ANSWERS_WAITING = 4  # answers to a client held here before it loses some; 4 x 1 MiB = 4 MiB
REQUESTS_TURN_NS = 5_000_000  # nanoseconds of answering before the loop looks at its other duties
KNOCKS_A_TURN = 256  # clients let in or refused before the loop looks at its other duties; about 15 ms
REBIND_S = 2.0  # seconds; ZeroMQ gives an endpoint up in about a millisecond
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
REPLAY_OPTIONS = {
    zmq.SocketOption.RCVHWM: REQUESTS_WAITING,
    zmq.SocketOption.SNDHWM: ANSWERS_WAITING,
    zmq.SocketOption.MAXMSGSIZE: REQUEST_MAX,
    zmq.SocketOption.ROUTER_MANDATORY: 0,  # an answer that finds no room, or nobody, is dropped
    **KEEPALIVE,
    zmq.SocketOption.LINGER: 0,
}


_log = logging.getLogger("nxcast.broker")
_Options = Mapping[zmq.SocketOption, int | bytes]


class BindError(Exception):
    """An endpoint that can't be bound; the text says which and why."""


class Broker:
    """Binds its sockets when made, serves in `run` until `stop`. One thread's, but for `stop` and `reload`.

    Raises BindError, and KeyFileError where the settings name keys that can't be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.ledger = Ledger()
        self._gate = None if settings.keys is None else Gate(settings.keys, self.ledger.refused)
        self._options = _socket_options(settings)
        self._reload = False
        self._containers = ContainerIntake()
        self._accept_unsolicited = settings.accept_unsolicited
        self._now = time.time_ns()
        self._status_at = self._now
        self._outbox = Outbox(
            self._now, batch_records=settings.batch_records, linger_ns=settings.linger_ms * 1_000_000
        )
        self._software = f"nxcast {version('nxcast')}"
        self._store = Store(octets_max=settings.replay_bytes, age_ns=settings.replay_seconds * 1_000_000_000)
        self._answers = Answers(self._now, self._software, self._store, self.ledger, self.status)
        self._stop_reader, self._stop_writer = socket.socketpair()
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._poller.register(self._stop_reader, zmq.POLLIN)
        self._knocks: zmq.Socket[bytes] | None = None
        if self._gate is not None:  # before the others: without it ZeroMQ would let any key in
            self._knocks = self._context.socket(zmq.REP)
            self._knocks.bind(ZAP_ENDPOINT)
            self._poller.register(self._knocks, zmq.POLLIN)
        try:
            self._ingress = self._bind(zmq.PULL, "ingress", settings.ingress)
            self._egress = self._bind(zmq.XPUB, EGRESS, settings.egress)
            self._replay = self._bind(zmq.ROUTER, "replay", settings.replay)
            self._replay_port = port_of(_endpoint(self._replay))
        except BindError:
            self.close()
            raise

    @property
    def endpoints(self) -> tuple[str, str, str]:
        """Where ingress, egress and replay are bound, with the port that a wildcard got."""
        return _endpoint(self._ingress), _endpoint(self._egress), _endpoint(self._replay)

    @property
    def admits(self) -> str:
        """Who may come in."""
        return "whoever gets there" if self._gate is None else str(self._gate)

    def run(self) -> None:
        """Serve until `stop`, then take what producers had already sent and publish all that waits."""
        while True:
            ready = dict(self._poller.poll(self._poll_ms()))
            self._tick()
            if self._stop_reader.fileno() in ready:
                break
            if self._knocks in ready:
                self._let_in()
            if self._egress in ready:
                self._take_subscriptions()
            if self._ingress in ready:
                self._take_messages(self._now + TURN_NS)
            self._publish_due()
            if self._replay in ready:
                self._take_requests(self._now + REQUESTS_TURN_NS)
        self._drain()

    def stop(self) -> None:
        """Make `run` come to its end; may be called from a signal handler or another thread."""
        self._stop_writer.send(b"x")

    def reload(self) -> None:
        """Make `run` read the key file again within a second; may be called from a signal handler."""
        self._reload = True

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
            "replay": self._replay_port,
            "software": self._software,
            "counters": self.ledger.counters(),
            "sensors": self.ledger.sensors(),
            "sensors_forgotten": self.ledger.sensors_forgotten,
            "topics": self._outbox.topics(),
        }

    def _bind(self, kind: int, name: str, endpoint: str) -> zmq.Socket[bytes]:
        bound: zmq.Socket[bytes] = self._context.socket(kind)
        for option, value in self._options[name].items():
            bound.setsockopt(option, value)
        bound.setsockopt(zmq.IPV6, "[" in endpoint)  # else an IPv4 address would show as ::ffff:127.0.0.1
        try:
            check_free(endpoint)
            bound.bind(endpoint)
        except (OSError, zmq.ZMQError) as error:
            bound.close(linger=0)
            running = " (is a broker running already?)" if error.errno == errno.EADDRINUSE else ""
            reason = f"{os.strerror(error.errno or 0).lower()}{running}"
            raise BindError(f"can't bind {endpoint}: {reason}; --{name} names another") from None
        self._poller.register(bound, zmq.POLLIN)
        return bound

    def _bind_anew(self, old: zmq.Socket[bytes], name: str) -> zmq.Socket[bytes]:
        """End all connections of a socket: ZeroMQ can't end one. Who may come in again does so by itself."""
        kind, endpoint = old.socket_type, _endpoint(old)
        self._poller.unregister(old)
        old.close(linger=0)
        deadline = time.monotonic() + REBIND_S
        while True:
            try:
                return self._bind(kind, name, endpoint)
            except BindError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.001)

    def _bind_egress_anew(self, gate: Gate) -> None:
        gate.forget_connections()
        self._egress = self._bind_anew(self._egress, EGRESS)

    def _poll_ms(self) -> int:
        wake_at = min(self._status_at, self._outbox.deadline_ns() or self._status_at)
        return max(0, -((self._now - wake_at) // 1_000_000))

    def _let_in(self) -> None:
        """Answer ZeroMQ's questions whether a client may come in."""
        assert self._gate is not None and self._knocks is not None  # noqa: PT018, S101  they go together
        for _ in range(KNOCKS_A_TURN):
            if not self._knocks.poll(0):
                break
            self._knocks.send_multipart(self._gate.knock(self._knocks.recv_multipart(), self._now))

    def _take_subscriptions(self) -> None:
        try:
            for _ in range(SUBSCRIPTIONS_A_TURN):
                if self._gate is not None:
                    self._subscribe(self._gate, self._egress.recv(zmq.NOBLOCK, copy=False))
                elif self._egress.recv(zmq.NOBLOCK) == b"\1" + STATUS_TOPIC:
                    self._status_soon()
        except zmq.Again:
            if self._gate is not None:
                self._gate.egress_read()

    def _subscribe(self, gate: Gate, frame: zmq.Frame) -> None:
        """Apply the part of a subscription that is allowed, to the connection that it came from."""
        change = gate.subscription(_user_id(frame), frame.bytes, self._now)
        if change is None:
            self._bind_egress_anew(gate)
            return
        for prefix in change.add:
            self._egress.setsockopt(zmq.SUBSCRIBE, prefix)
        for prefix in change.remove:
            self._egress.setsockopt(zmq.UNSUBSCRIBE, prefix)
        if STATUS_TOPIC in change.add:
            self._status_soon()

    def _status_soon(self) -> None:
        self._status_at = min(self._status_at, self._now + STATUS_AFTER_JOIN_NS)

    def _take_messages(self, until_ns: int) -> None:
        """Handle the messages that are there, but no longer than until then (nanoseconds since 1970)."""
        try:
            while self._now < until_ns:
                self._handle(*self._receive(self._ingress))
        except zmq.Again:
            pass

    def _take_requests(self, until_ns: int) -> None:
        """Answer the requests that are there, but no longer than until then."""
        # poll takes in what clients have read meanwhile; without it answers are dropped as if none had been.
        while self._now < until_ns and self._replay.poll(0):
            (client, *parts), user_id = self._receive(self._replay)
            asker = None if self._gate is None else self._gate.asker(user_id, self._now)
            if self._gate is None or asker is not None:
                self._replay.send_multipart([client, *self._answers.answer(parts, asker)], zmq.NOBLOCK)
            self._tick()

    def _receive(self, bound: zmq.Socket[bytes]) -> tuple[list[bytes], str | None]:
        """The parts of a message that is there, and the User-Id of its sender where there are keys."""
        if self._gate is None:
            return bound.recv_multipart(zmq.NOBLOCK), None
        frames = bound.recv_multipart(zmq.NOBLOCK, copy=False)
        return [frame.bytes for frame in frames], _user_id(frames[-1])

    def _handle(self, parts: list[bytes], user_id: str | None = None) -> None:
        self._tick()
        self._take(parts, user_id)
        self._send(self._outbox.due(self._now))

    def _take(self, parts: list[bytes], user_id: str | None) -> None:
        if not self._may_push(user_id):
            return
        taken: Batch | Taken | None
        try:
            if is_container(parts):
                taken = self._containers.take(parts[0], self._now, user_id or "")
            else:
                taken = decode_batch(parts)
        except MessageError as error:
            if error.sensor is None or self._may_push(user_id, error.sensor):
                self.ledger.message_dropped(error.reason)
                self._publish(MALFORMED, [self._malformed(error.sensor, error.reason, error.data)])
            return
        if not self._may_push(user_id, *_sensors(taken)):
            return
        self.ledger.message_taken()
        if isinstance(taken, Batch):
            self._take_batch(taken)
        elif taken is not None:
            self._take_container(taken)

    def _may_push(self, user_id: str | None, *sensors: str) -> bool:
        """Whether a sender may push as these sensors; else its message is counted and says nothing."""
        if self._gate is None or self._gate.may_push(user_id, sensors, self._now):
            return True
        self.ledger.message_dropped(NOT_ALLOWED)
        return False

    def _take_batch(self, batch: Batch) -> None:
        sensor = batch.header["sensor"]
        if not self.ledger.heard(batch.header, self._now):
            return
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
        self.ledger.arrivals.settle(self._now, self._outbox.waiting_since_ns())
        if self._now >= self._status_at:
            self._store.expire(self._now)
            if self._gate is not None:
                self._renew_keys(self._gate)
            self._publish_status()

    def _renew_keys(self, gate: Gate) -> None:
        """Take the key file over where it changed; who lost rights is cut off, and all are for a moment."""
        always, self._reload = self._reload, False
        renewal = gate.renew(always=always)
        if renewal is not None:
            _log.warning(renewal.text)
            if renewal.gone:
                self._take_messages(self._now + TURN_NS)
                self._ingress = self._bind_anew(self._ingress, "ingress")
                self._replay = self._bind_anew(self._replay, "replay")
            if renewal.gone or renewal.narrowed:
                self._bind_egress_anew(gate)
        for text in gate.told:
            _log.warning(text)
        gate.told.clear()

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
            if message.topic != STATUS_TOPIC:
                self._store.add(message.topic, (message.header, message.payload), self._now)

    def _tick(self) -> None:
        last, self._now = self._now, time.time_ns()
        if self._now < last:  # the clock was set back: nothing may wait for a time now far ahead
            self._send(self._outbox.flush(self._now))
            self.ledger.arrivals.settle(self._now, None)
            self._status_at = self._now

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_MS / 1000
        while time.monotonic() < deadline and self._ingress.poll(DRAIN_QUIET_MS):
            self._take_messages(self._now + TURN_NS)
        self._tick()
        self._tell_lost(None)
        self._send(self._outbox.flush(self._now))
        self._publish_status()


def key_pair() -> tuple[str, str]:
    """A new key pair for CURVE, in Z85: public, secret."""
    public, secret = zmq.curve_keypair()
    return public.decode(), secret.decode()


def _socket_options(settings: Settings) -> dict[str, _Options]:
    """The options of each socket, by its name."""
    egress = {**EGRESS_OPTIONS, zmq.SocketOption.SNDHWM: settings.high_water_mark}
    options: dict[str, _Options] = {"ingress": INGRESS_OPTIONS, EGRESS: egress, "replay": REPLAY_OPTIONS}
    if settings.keys is None:
        return options
    own = own_key(settings.keys, key_pair)
    return {name: {**plain, **_curve_options(own, name, plain)} for name, plain in options.items()}


def _curve_options(own: OwnKey, name: str, plain: _Options) -> _Options:
    size = plain[zmq.SocketOption.MAXMSGSIZE]
    assert isinstance(size, int)  # noqa: S101
    options: dict[zmq.SocketOption, int | bytes] = {
        zmq.SocketOption.CURVE_SERVER: 1,
        zmq.SocketOption.CURVE_SECRETKEY: own.secret.encode(),
        zmq.SocketOption.ZAP_DOMAIN: name.encode(),
        zmq.SocketOption.MAXMSGSIZE: size + CURVE_OVERHEAD,
    }
    if name == EGRESS:
        options[zmq.SocketOption.XPUB_MANUAL] = 1  # a subscription is in force only where it is allowed
    return options


def _user_id(frame: zmq.Frame) -> str | None:
    """What the gate gave the sender's connection when it came in; None: libzmq says something of its own."""
    try:
        return str(frame.get("User-Id"))
    except zmq.ZMQError:
        return None


def _sensors(taken: Batch | Taken | None) -> set[str]:
    """The sensors that a message speaks for."""
    if isinstance(taken, Batch):
        return {taken.header["sensor"]}
    return {*taken.frames, *(bad.sensor for bad in taken.bad)} if taken is not None else set()


def _endpoint(bound: zmq.Socket[bytes]) -> str:
    return bound.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()  # type: ignore[union-attr]
