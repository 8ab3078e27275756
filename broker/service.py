"""The broker's loop: frames in, records out, and what else has its time.

One thread turns it: take frames, derive, publish what is due, and a Status every second (sooner where
somebody subscribes to it, so that its arrival tells a new subscriber that it is connected). Nothing is sent
that is not in the log, and nothing is taken while that takes nothing. What a peer sends wrong is counted by
reason, published on malformed/ and passed over; a record of ours that breaks the schema is a bug and stops
us. With keys, a gate says who comes in and what each may do; without, everybody may everything. It knows no
socket: those are transport's.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence

from nxcast import __version__
from nxcast.broker.account import Account, Stored, log_status
from nxcast.broker.answers import Answers
from nxcast.broker.arrivals import Arrivals
from nxcast.broker.assembly import bound, shared
from nxcast.broker.connected import Connected
from nxcast.broker.derivation.compiled import INSTALLED, Compiled
from nxcast.broker.derivation.outbox import Packed
from nxcast.broker.intake import Intake, Records
from nxcast.broker.ledger import Ledger
from nxcast.broker.log.opening import OpenLog, open_log
from nxcast.broker.notices import Notices
from nxcast.broker.rights.gate import Asker, Gate
from nxcast.broker.served_minutes import ROOM, ServedMinutes
from nxcast.broker.settings import Settings
from nxcast.broker.work_arrivals import WorkArrivals
from nxcast.process.descriptors import descriptors
from nxcast.process.system_clock import Clock
from nxcast.schemas.records import RECORDS, ServerAnswers, Status
from nxcast.schemas.request_answers import ConnectionStatus
from nxcast.schemas.topics import SERVERS, STATUS
from nxcast.telemetry.heartbeat import Heartbeat
from nxcast.transport.endpoints import INGRESS, REPLAY, is_nats, port_of
from nxcast.transport.ends import FLOODED, Cut, Endpoints, MakeBrokerEnd, Ready
from nxcast.transport.zeromq.broker_end import Sockets

__all__ = ["Broker"]

STATUS_S = 1.0  # seconds from one Status to the next
# Seconds, unless one was sent for who joined within STATUS_S: so once a second at most.
STATUS_AFTER_JOIN_S = 0.05
# Milliseconds until producers are listened to again, where of each that sent something there was one message:
# to wake up for each by itself costs more than twice what it does.
REST_MS = 2
TURN_S = 0.02  # seconds of taking messages before the loop looks at its other duties
REQUESTS_TURN_S = 0.005  # seconds of answering before the loop looks at its other duties
KNOCKS_A_TURN = 256  # clients let in or refused before the loop looks at its other duties; about 15 ms
DRAIN_S = 1.0  # seconds given at the end to what producers had already sent ...
DRAIN_QUIET_MS = 100  # ... unless nothing more came for so many

_log = logging.getLogger("nxcast.broker")


class Broker:
    """Binds its sockets when made, those of ZeroMQ or of another `transport`; serves in `run` until `stop`.

    One thread's, but for `stop`, `reload`, `healthy`, `ready` and reading `account`, which is taken with
    each Status. Raises BindError, KeyFileError where the settings name keys that can't be used, LogError
    where the log can't be, and StreamError where the stream of an egress of NATS can't be.

    Waits go by a clock that nobody can set (`_now_s`, seconds); the time (`_now`, nanoseconds since
    1970-01-01 UTC) is only told.
    """

    def __init__(
        self,
        settings: Settings,
        transport: MakeBrokerEnd = Sockets,
        *,
        clock: Clock = time,
        log: OpenLog = open_log,
    ) -> None:
        self._clock = clock
        self.ledger = Ledger()
        self._now, self._now_s = clock.time_ns(), clock.monotonic()
        self._shares = is_nats(settings.ingress)
        keys = None if self._shares else settings.keys  # there its server says who comes in
        self._gate = None if keys is None else Gate(keys, self.ledger.refused, self._now)
        self._arrivals = WorkArrivals() if self._shares else Arrivals()
        self._reload = False
        accept = {
            "accept_unsolicited": settings.accept_unsolicited,
            "accept_forwarders": settings.accept_forwarders,
        }
        compiled = None
        if INSTALLED and settings.compiled and not settings.answers:  # it knows nothing of answers yet
            compiled = Compiled(**accept, room=ROOM if settings.servers else (0, 0))
        self._served = ServedMinutes(compiled, self._now_s) if settings.servers else None
        self._intake = Intake(
            self.ledger,
            self._arrivals,
            self._gate,
            **accept,
            answers=settings.answers,
            compiled=compiled,
            servers=self._served,
        )
        self._status_at_s = self._now_s
        self._joined = False  # whether the next Status is awaited ...
        self._joined_s = -math.inf  # ... and when one was sent that was
        self._software = f"nxcast {__version__}"
        self._notices = Notices()
        self._heartbeat = Heartbeat()
        self._not_ready: str | None = "it has not begun to take frames"
        if self._shares:
            made = shared(settings, self._intake, self._arrivals, self._now)
        else:
            made = bound(settings, transport, log, self._intake, self._arrivals, self._gate, clock)
        self._sockets, self._turns, self._log, self._egress, self._outbox, self._publication = made
        self._connected = Connected(self._sockets.peers, self._gate)
        self._answers = Answers(
            self._software, self._log, self._arrivals, self.ledger, self.status, self._who_is_connected
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
        if self._shares:
            return "whom that server lets in"
        return "whoever gets there" if self._gate is None else str(self._gate)

    def run(self) -> None:
        """Serve until `stop`, then take what producers had already sent and publish all that waits."""
        self._not_ready = None
        while True:
            rests = self._turns.one_by_one
            ready = self._sockets.wait(
                min(REST_MS, self._wait_ms()) if rests else self._wait_ms(),
                messages=not rests and self._publication.stuck is None,
            )
            self._heartbeat.beat()
            self._tick()
            if Ready.STOP in ready:
                break
            if Ready.KNOCK in ready:
                self._let_in()
            if Ready.SUBSCRIPTION in ready and self._egress.take(self._now):
                self._status_soon()
            self._turns.begin()
            if Ready.MESSAGE in ready or self._turns.waiting:
                self._take_messages(self._now_s + TURN_S)
            self._publish_due()
            if Ready.REQUEST in ready:
                self._take_requests(self._now_s + REQUESTS_TURN_S)
        self._not_ready = "it is ending"
        self._drain()

    def stop(self) -> None:
        """Make `run` come to its end; may be called from a signal handler or another thread."""
        self._sockets.stop()

    def reload(self) -> None:
        """Make `run` read the key file again within a second; may be called from a signal handler."""
        self._reload = True

    def close(self) -> None:
        """Give up log and endpoints; subscribers that are behind get two seconds for what is theirs."""
        self._log.close(self._now)
        self._sockets.close()

    def healthy(self) -> str | None:
        """None while the loop turns and the log can be relied on, else what is wrong."""
        return self._heartbeat.stalled() or self._log.failed

    def ready(self) -> str | None:
        """None while it takes frames, else why it does not."""
        stuck = self._publication.stuck
        return self._not_ready or self.healthy() or (stuck and f"the log takes nothing: {stuck}")

    def status(self) -> Status:
        """The account as it stands."""
        if self._served is not None:
            self.ledger.servers_untold = self._served.untold
        status: Status = {
            "time_ns": self._now,
            "epoch": self._outbox.epoch,
            "replay": self._replay_port,
            "software": self._software,
            "counters": self.ledger.counters(),
            "sensors": self.ledger.sensors(),
            "sensors_forgotten": self.ledger.sensors_forgotten,
            "topics": self._publication.topics(),
            "senders_refused": dict(self._turns.refused),
            "connections_cut": dict(self.ledger.cut),
            "log": log_status(self._log, self._publication.stuck),
        }
        if (found := descriptors()) is not None:
            status["descriptors"] = {"open": found.open, "limit": found.limit}
        return status

    def _take_account(self, status: Status) -> Account:
        log = self._log
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
            subscriptions=self._egress.subscriptions(),
            connections=self._sockets.connections(),
            connections_cut=dict(self.ledger.cut),
            stored=Stored(
                log.octets, log.octets_max, log.messages, log.oldest_ns, self._publication.stuck is not None
            ),
        )

    def _wait_ms(self) -> int:
        stuck = self._publication.stuck is not None
        if self._turns.waiting and not stuck:
            return 0
        wait_s = min(self._status_at_s - self._now_s, self._publication.due_in(self._now_s))
        if self._served is not None and not stuck:
            wait_s = min(wait_s, self._served.due_in(self._now_s))
        return max(0, math.ceil(wait_s * 1000))

    def _let_in(self) -> None:
        """Answer ZeroMQ's questions whether a client may come in."""
        assert self._gate is not None  # noqa: S101  without, nobody knocks
        for _ in range(KNOCKS_A_TURN):
            knock = self._sockets.knock()
            if knock is None:
                break
            self._sockets.admit(self._gate.knock(knock, self._now))

    def _status_soon(self) -> None:
        self._joined = True
        soon_s = max(self._now_s + STATUS_AFTER_JOIN_S, self._joined_s + STATUS_S)
        self._status_at_s = min(self._status_at_s, soon_s)

    def _take_messages(self, until_s: float) -> None:
        """Handle the messages that are there, but no longer than until then (by the clock of waits)."""
        while self._publication.stuck is None and self._now_s < until_s:
            self._tick()
            self._turns.read(self._now_s, short=self._sockets.short)
            if not self._turns.work(self._now, self._publish):
                break

    def _publish(self, records: Sequence[Records | Packed]) -> None:
        self._publication.put(records, self._now, self._now_s)

    def _name_of(self, cut: Cut) -> tuple[str, str]:
        """What a connection that was cut off is counted as, and the name of its other end."""
        name = cut.address
        if self._gate is not None and cut.user_id is not None:
            name = f"{self._gate.name(cut.user_id.partition(' ')[2])} at {name}"
        return f"{cut.socket}_{cut.why}", name

    def _who_is_connected(self, asker: Asker | None) -> tuple[bool, list[ConnectionStatus], int]:
        return self._connected.told(asker, self._now, self._now_s)

    def _take_requests(self, until_s: float) -> None:
        """Answer the requests that are there, but no longer than until then."""
        while self._now_s < until_s and (received := self._sockets.request()) is not None:
            client, *parts = map(bytes, received.parts)
            asker = None if self._gate is None else self._gate.asker(received.user_id, self._now)
            if self._gate is None or asker is not None:
                self._sockets.answer([client, *self._answers.answer(parts, asker)])
            self._tick()

    def _publish_due(self) -> None:
        self._tick()
        self._publication.put(self._intake.lost(self._now), self._now, self._now_s)
        if self._served is not None and self._publication.stuck is None:
            self._publish_served(self._served.records(self._now, self._now_s))
        self._publication.publish_due(self._now, self._now_s)
        if self._now_s >= self._status_at_s:
            self._log.expire(self._now, self._now_s)
            always, self._reload = self._reload, False
            if self._gate is not None:
                self._renew_keys(self._gate, always=always)
            elif always:
                _log.info("nothing to read again: there are no keys")
            self._cut_floods()
            self._publish_status()

    def _publish_served(self, records: Sequence[ServerAnswers]) -> None:
        if records:
            each = Records(SERVERS, records, [SERVERS] * len(records))
            self._publication.put_apart(each, self._now, self._now_s)

    def _cut_floods(self) -> None:
        """End the connections of those that are refused again and again, and keep their keys out."""
        for sender in self._turns.floods.look(self._now_s):
            self._sockets.cut_sender(sender)
            if self._gate is not None:  # by itself: who floods and goes has no connection to cut
                self._gate.keep_out(sender, INGRESS, self._now)

    def _renew_keys(self, gate: Gate, *, always: bool) -> None:
        """Take the key file over where it changed, and end the connections of who lost rights by that."""
        renewal = gate.renew(self._now, always=always)
        if renewal is not None:
            level = logging.INFO if renewal.taken_over else logging.WARNING
            _log.log(level, renewal.text, extra={"revoked": renewal.gone, "narrowed": renewal.narrowed})
            if renewal.gone:
                self._take_messages(self._now_s + TURN_S)
                self._egress.cut(renewal.regrouped, INGRESS, REPLAY)
            self._egress.cut(renewal.regrouped)
        self._egress.look(self._now)
        for error in self._egress.renew():
            _log.error(f"{error}; trying again")
        for note in gate.notes:
            _log.warning(note)
        gate.notes.clear()
        for refusal in gate.told:
            _log.warning(str(refusal), extra={"reason": refusal.reason, "client": refusal.client})
        gate.told.clear()

    def _publish_status(self, *, ended: bool = False) -> None:
        # Made and sent in one step: what it counts as published has gone out before it, and nothing more has.
        cuts = self._sockets.cuts(self._log.octets if self._log.kept == "memory" else 0)
        for cut, count in cuts.items():
            self.ledger.cut[f"{cut.socket}_{cut.why}"] += count
            if cut.why == FLOODED and cut.user_id is not None and self._gate is not None:
                self._gate.keep_out(cut.user_id.partition(" ")[2], cut.socket, self._now)
        status = self.status()
        if ended:
            status["ended"] = True
        RECORDS[STATUS].validate_python([status])
        self._egress.publish_status(self._outbox.single(STATUS, status, self._now), status)
        self._status_at_s = self._now_s + STATUS_S
        if self._joined:
            self._joined, self._joined_s = False, self._now_s
        self.account = self._take_account(status)
        for notices in self._notices.look(status, [self._name_of(cut) for cut in cuts], self._sockets.waits):
            for notice in notices:
                _log.warning(notice.text, extra=notice.values)

    def _tick(self) -> None:
        self._now, self._now_s = self._clock.time_ns(), self._clock.monotonic()

    def _drain(self) -> None:
        deadline = self._clock.monotonic() + DRAIN_S
        while (
            self._publication.stuck is None
            and self._clock.monotonic() < deadline
            and (self._turns.waiting or self._sockets.message_waits(DRAIN_QUIET_MS))
        ):
            self._take_messages(self._now_s + TURN_S)
            self._publish_due()
        self._tick()
        self._publication.put(self._intake.lost(self._now, all_of_them=True), self._now, self._now_s)
        for records in self._served.rest(self._now, self._now_s) if self._served is not None else ():
            self._publish_served(records)
        self._publication.publish(self._now, self._now_s)
        if self._publication.waiting:
            _log.warning(
                f"the log took no more ({self._publication.stuck}): {self._publication.waiting} messages are "
                "published only if their producers send the batches again",
                extra={"messages": self._publication.waiting},
            )
        self._publish_status(ended=True)
