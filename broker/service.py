"""The broker's loop: frames in, records out, and what else has its time.

One thread turns it: take frames, derive, publish what is full or due, and a Status every second (sooner where
somebody subscribes to it, so that its arrival tells a new subscriber that it is connected). What a peer sends
wrong is counted by reason, published on malformed/ and passed over; a record of ours that breaks the schema
is a bug and stops us. With keys, a gate says who comes in and what each may do; without, everybody may
everything. It knows no socket: those are transport's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from nxcast import __version__
from nxcast.broker.account import Account, Stored
from nxcast.broker.answers import Answers
from nxcast.broker.arrivals import Arrivals
from nxcast.broker.derivation.outbox import Message, Outbox
from nxcast.broker.intake import Intake, Records
from nxcast.broker.ledger import Ledger
from nxcast.broker.notices import Notices
from nxcast.broker.replay_store import Store
from nxcast.broker.rights.gate import Gate
from nxcast.broker.rights.key_files import own_key
from nxcast.broker.settings import Settings
from nxcast.broker.subscriptions import SUBSCRIBE, Subscriptions
from nxcast.broker.turns import Turns
from nxcast.process.descriptors import descriptors
from nxcast.process.system_clock import Clock
from nxcast.schemas.records import RECORDS, Status
from nxcast.schemas.topics import STATUS
from nxcast.schemas.units import MILLISECOND_NS, SECOND_NS
from nxcast.telemetry.heartbeat import Heartbeat
from nxcast.transport.endpoints import EGRESS, INGRESS, REPLAY, port_of
from nxcast.transport.ends import Endpoints, MakeBrokerEnd, Ready, Said
from nxcast.transport.zeromq.broker_end import Sockets, key_pair

__all__ = ["Broker"]

SUBSCRIPTIONS_A_TURN = 256  # subscription messages taken before the loop looks at its other duties
STATUS_NS = SECOND_NS  # nanoseconds from one Status to the next
STATUS_AFTER_JOIN_NS = 50_000_000  # nanoseconds; so a storm of subscribers costs 20 a second at most
STATUS_TOPIC = STATUS.encode()
TURN_NS = 20_000_000  # nanoseconds of taking messages before the loop looks at its other duties
REQUESTS_TURN_NS = 5_000_000  # nanoseconds of answering before the loop looks at its other duties
KNOCKS_A_TURN = 256  # clients let in or refused before the loop looks at its other duties; about 15 ms
DRAIN_MS = 1000  # milliseconds given at the end to what producers had already sent ...
DRAIN_QUIET_MS = 100  # ... unless nothing more came for so many

_log = logging.getLogger("nxcast.broker")


class Broker:
    """Binds its sockets when made, those of ZeroMQ or of another `transport`; serves in `run` until `stop`.

    One thread's, but for `stop`, `reload`, `healthy`, `ready` and reading `account`, which is taken with
    each Status. Raises BindError, and KeyFileError where the settings name keys that can't be used.
    """

    def __init__(
        self, settings: Settings, transport: MakeBrokerEnd = Sockets, *, clock: Clock = time
    ) -> None:
        self._clock = clock
        self.ledger = Ledger()
        self._now = clock.time_ns()
        self._gate = None if settings.keys is None else Gate(settings.keys, self.ledger.refused, self._now)
        self._arrivals = Arrivals()
        self._reload = False
        self._intake = Intake(
            self.ledger,
            self._arrivals,
            self._gate,
            accept_unsolicited=settings.accept_unsolicited,
            accept_forwarders=settings.accept_forwarders,
        )
        self._status_at = self._now
        self._outbox = Outbox(
            self._now, batch_records=settings.batch_records, linger_ns=settings.linger_ms * MILLISECOND_NS
        )
        self._software = f"nxcast {__version__}"
        self._store = Store(octets_max=settings.replay_bytes, age_ns=settings.replay_seconds * SECOND_NS)
        self._answers = Answers(
            self._now, self._software, self._store, self._arrivals, self.ledger, self.status
        )
        self._subscriptions = Subscriptions()
        self._notices = Notices()
        self._heartbeat = Heartbeat()
        self._not_ready: str | None = "it has not begun to take frames"
        self._sockets = transport(
            Endpoints(settings.ingress, settings.egress, settings.replay),
            high_water_mark=settings.high_water_mark,
            secret=None if settings.keys is None else own_key(settings.keys, key_pair).secret,
        )
        self._turns = Turns(
            self._sockets.message,
            self._intake,
            self.ledger,
            name=self._sender,
            cpu_s=time.thread_time if clock is time else clock.monotonic,
        )
        self._replay_port = port_of(self._sockets.endpoints.replay)
        self.account = self._take_account(self.status())

    @property
    def endpoints(self) -> Endpoints:
        """Where the sockets are bound."""
        return self._sockets.endpoints

    @property
    def admits(self) -> str:
        """Who may come in."""
        return "whoever gets there" if self._gate is None else str(self._gate)

    def run(self) -> None:
        """Serve until `stop`, then take what producers had already sent and publish all that waits."""
        self._not_ready = None
        while True:
            ready = self._sockets.wait(self._wait_ms())
            self._heartbeat.beat()
            self._tick()
            if Ready.STOP in ready:
                break
            if Ready.KNOCK in ready:
                self._let_in()
            if Ready.SUBSCRIPTION in ready:
                self._take_subscriptions()
            if Ready.MESSAGE in ready or self._turns.waiting:
                self._take_messages(self._now + TURN_NS)
            self._publish_due()
            if Ready.REQUEST in ready:
                self._take_requests(self._now + REQUESTS_TURN_NS)
        self._not_ready = "it is ending"
        self._drain()

    def stop(self) -> None:
        """Make `run` come to its end; may be called from a signal handler or another thread."""
        self._sockets.stop()

    def reload(self) -> None:
        """Make `run` read the key file again within a second; may be called from a signal handler."""
        self._reload = True

    def close(self) -> None:
        """Give up all endpoints; subscribers that are behind get two seconds for what is theirs."""
        self._sockets.close()

    def healthy(self) -> str | None:
        """None while the loop turns, else what is wrong."""
        return self._heartbeat.stalled()

    def ready(self) -> str | None:
        """None while it takes frames, else why it does not."""
        return self._not_ready or self.healthy()

    def status(self) -> Status:
        """The account as it stands."""
        status: Status = {
            "time_ns": self._now,
            "epoch": self._outbox.epoch,
            "replay": self._replay_port,
            "software": self._software,
            "counters": self.ledger.counters(),
            "sensors": self.ledger.sensors(),
            "sensors_forgotten": self.ledger.sensors_forgotten,
            "topics": self._outbox.topics(),
            "senders_refused": dict(self._turns.refused),
        }
        if (found := descriptors()) is not None:
            status["descriptors"] = {"open": found.open, "limit": found.limit}
        return status

    def _take_account(self, status: Status) -> Account:
        store = self._store
        return Account(
            time_ns=status["time_ns"],
            counters=status["counters"],
            sensors=self.ledger.totals(),
            sensors_kept=len(status["sensors"]),
            sensors_forgotten=status["sensors_forgotten"],
            topics=status["topics"],
            batch_frames=self.ledger.batch_frames.snapshot(),
            message_records=self._outbox.message_records.snapshot(),
            publication_delay_s=self._outbox.delay_s.snapshot(),
            subscriptions=self._subscriptions.counts(),
            connections=self._sockets.connections(),
            stored=Stored(store.octets, store.octets_max, store.messages, store.oldest_ns),
        )

    def _cut_off_egress(self) -> None:
        self._subscriptions.forget()
        self._sockets.cut_off(EGRESS)

    def _wait_ms(self) -> int:
        if self._turns.waiting:
            return 0
        wake_at = min(self._status_at, self._outbox.deadline_ns() or self._status_at)
        return max(0, -((self._now - wake_at) // MILLISECOND_NS))

    def _let_in(self) -> None:
        """Answer ZeroMQ's questions whether a client may come in."""
        assert self._gate is not None  # noqa: S101  without, nobody knocks
        for _ in range(KNOCKS_A_TURN):
            knock = self._sockets.knock()
            if knock is None:
                break
            self._sockets.admit(self._gate.knock(knock, self._now))

    def _take_subscriptions(self) -> None:
        for _ in range(SUBSCRIPTIONS_A_TURN):
            said = self._sockets.subscription()
            if said is None:
                if self._gate is not None:
                    self._gate.egress_read()
                break
            self._subscriptions.take(said.octets)
            if self._gate is not None:
                self._subscribe(self._gate, said)
            elif said.octets == SUBSCRIBE + STATUS_TOPIC:
                self._status_soon()

    def _subscribe(self, gate: Gate, said: Said) -> None:
        """Apply the part of a subscription that is allowed, to the connection that it came from."""
        change = gate.subscription(said.user_id, said.octets, self._now)
        if change is None:
            self._cut_off_egress()
            return
        self._sockets.subscribe(change.add)
        self._sockets.unsubscribe(change.remove)
        if STATUS_TOPIC in change.add:
            self._status_soon()

    def _status_soon(self) -> None:
        self._status_at = min(self._status_at, self._now + STATUS_AFTER_JOIN_NS)

    def _take_messages(self, until_ns: int) -> None:
        """Handle the messages that are there, but no longer than until then (nanoseconds since 1970)."""
        while self._now < until_ns:
            self._tick()
            self._turns.read(self._now)
            if not self._turns.work(self._now, self._publish):
                break
            self._send(self._outbox.due(self._now))

    def _sender(self, sender: str) -> str:
        """The name that a sender is told by."""
        return sender if self._gate is None else self._gate.name(sender)

    def _take_requests(self, until_ns: int) -> None:
        """Answer the requests that are there, but no longer than until then."""
        while self._now < until_ns and (received := self._sockets.request()) is not None:
            client, *parts = received.parts
            asker = None if self._gate is None else self._gate.asker(received.user_id, self._now)
            if self._gate is None or asker is not None:
                self._sockets.answer([client, *self._answers.answer(parts, asker)])
            self._tick()

    def _publish(self, records: Iterable[Records]) -> None:
        """Check records and publish what is full by them."""
        for channel, each, topics in records:
            if each:
                RECORDS[channel].validate_python(each)
                self._send(self._outbox.put(zip(topics, each, strict=True), self._now))

    def _publish_due(self) -> None:
        self._tick()
        self._publish(self._intake.lost(self._now))
        self._send(self._outbox.due(self._now))
        self._arrivals.settle(self._now, self._outbox.waiting_since_ns())
        if self._now >= self._status_at:
            self._store.expire(self._now)
            always, self._reload = self._reload, False
            if self._gate is not None:
                self._renew_keys(self._gate, always=always)
            elif always:
                _log.info("nothing to read again: there are no keys")
            self._publish_status()

    def _renew_keys(self, gate: Gate, *, always: bool) -> None:
        """Take the key file over where it changed; who lost rights is cut off, and all are for a moment."""
        renewal = gate.renew(self._now, always=always)
        if renewal is not None:
            level = logging.INFO if renewal.taken_over else logging.WARNING
            _log.log(level, renewal.text, extra={"revoked": renewal.gone, "narrowed": renewal.narrowed})
            if renewal.gone:
                self._take_messages(self._now + TURN_NS)
                self._sockets.cut_off(INGRESS)
                self._sockets.cut_off(REPLAY)
            if renewal.gone or renewal.narrowed:
                self._cut_off_egress()
        for refusal in gate.told:
            _log.warning(str(refusal), extra={"reason": refusal.reason, "client": refusal.client})
        gate.told.clear()

    def _publish_status(self) -> None:
        # Made and sent in one step: what it counts as published has gone out before it, and nothing more has.
        status = self.status()
        RECORDS[STATUS].validate_python([status])
        self._send([self._outbox.single(STATUS, status, self._now)])
        self._status_at = self._now + STATUS_NS
        self.account = self._take_account(status)
        losses, malformed = self._notices.look(status)
        for notice in losses:
            _log.warning(notice.text, extra=notice.values)
        for notice in malformed:
            _log.warning(notice.text, extra=notice.values)

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._sockets.publish(message)
            if message.topic != STATUS_TOPIC:
                self._store.add(message.topic, (message.header, message.payload), self._now)

    def _tick(self) -> None:
        last, self._now = self._now, self._clock.time_ns()
        if self._now < last:  # the clock was set back: nothing may wait for a time now far ahead
            self._send(self._outbox.flush(self._now))
            self._arrivals.settle(self._now, None)
            self._status_at = self._now

    def _drain(self) -> None:
        deadline = self._clock.monotonic() + DRAIN_MS / 1000
        while self._clock.monotonic() < deadline and (
            self._turns.waiting or self._sockets.message_waits(DRAIN_QUIET_MS)
        ):
            self._take_messages(self._now + TURN_NS)
        self._tick()
        self._publish(self._intake.lost(self._now, all_of_them=True))
        self._send(self._outbox.flush(self._now))
        self._publish_status()
