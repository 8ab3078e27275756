"""The way from a producer to the broker: frames in, numbered batches out, each kept until it has arrived.

What becomes of a batch is decided in `delivery`; here are the clock, the waits, and the connection that it
commands. The broker is asked which batches have arrived, and each is kept until it has. A connection that
ended may have lost what was under way: all that is kept is then sent again on the next one, from the lowest
number on, and a broker passes over what it has already taken. Two promises, by the kind of source:

- Waiting (`block_ms` None; files): `push` blocks for as long as the broker is behind or away, or
  `HELD_OCTETS` are not acknowledged, and never drops. `close` waits until all is acknowledged. Only a stop
  ends a wait, by raising `Stopped`; what is left then is counted in `unsent` and `unsure`.
- Live (`block_ms` set): while `HELD_LIVE_OCTETS` are not acknowledged, `push` blocks for that long, then
  forgets the oldest batch: `dropped`, or `unsure` if it had been sent. While the broker stays behind it does
  so at once, since a reader that stands still makes the resolver drop where nobody counts. The gap in the
  sequence tells the broker. After a stop it blocks no longer than the grace that `Stop` gives.

A broker that leaves the first questions unanswered acknowledges nothing: people are told once, and until the
next connection nothing is kept. Then `sent` is what ZeroMQ has taken, and what it and the kernels hold when a
connection ends is lost, which `times_away` tells may have happened; a live source drops what finds no room.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from types import TracebackType

from nxcast.process.stop import Stop, Stopped
from nxcast.process.system_clock import Clock
from nxcast.producers.delivery import Delivery
from nxcast.producers.delivery_commands import (
    Ask,
    CloseAsker,
    Command,
    Fail,
    OpenAsker,
    Reopen,
    SendBatch,
    Warn,
)
from nxcast.producers.delivery_states import Room, Source, SourceEvent
from nxcast.producers.failure import ProducerError, no_broker
from nxcast.producers.linger import BATCH_BOUNDS, BATCH_FRAMES, BATCH_OCTETS, LINGER_MS, Linger
from nxcast.producers.send_window import Window
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import FRAMES_2, Frame, batch_parts, join_packed, pack_frame
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.units import SECOND_NS
from nxcast.telemetry.histogram import Histogram
from nxcast.transport.endpoints import is_nats, shown
from nxcast.transport.ends import ConnectionEvent, MakeProducerEnd
from nxcast.transport.zeromq.producer_end import HIGH_WATER_MARK, TURN_S, Connection

__all__ = ["CONNECT_TIMEOUT_S", "HELD_LIVE_OCTETS", "HELD_OCTETS", "Pusher"]

# Octets kept until they are acknowledged, and one batch more; with what waits in ZeroMQ 71 MiB. A broker
# acknowledges after 250 ms and is asked each 100 ms: 64 MiB are then 180 MiB a second, more than it can take.
HELD_OCTETS = 64 << 20
HELD_LIVE_OCTETS = 16 << 20  # of a live source: 8 seconds of 10,000 responses of 200 octets a second
CONNECT_TIMEOUT_S = 10.0  # a broker that is being started at the same time is there by then
ABSENT_S = 2.0  # seconds after which people are told that it is waited for
LIVE_CONNECT_TIMEOUT_S = 1.0  # resolvers wait meanwhile
STOP_LINGER_MS = 2000  # time that what waits gets to leave, and to be acknowledged, after a stop
_log = logging.getLogger(__name__)


class Pusher:
    """Batches frames and sends them to one broker; `close` or leaving the context sends the rest.

    `replay` is the endpoint where the broker tells what has arrived, None for a broker that doesn't. `key` is
    for a broker that lets in keys only. `asks`: questions are among the frames. `transport` makes the
    connection, over ZeroMQ by default; `clock` is what the time is read from.

    In frames: `sent` at least once, `acknowledged` by the broker, `sent_again` (each time), `dropped` in live
    mode, `unsent` that a stop left over, and `unsure`: sent and perhaps lost. That is what was let go of but
    not acknowledged, or, where nobody acknowledges, what had not left this process at the end.
    `times_away`: how often the broker went away after something had been sent. `acknowledging`: whether it
    tells what has arrived.

    `beat` is called whenever the pusher is used or waits, each `TURN_S` at least if who waits elsewhere heeds
    `due_in`; never for each frame. `batch_frames` has the frames of each batch, and `last_batch_s` when the
    last was made (seconds since the epoch, None before the first). All counts may be read by another thread.
    """

    def __init__(
        self,
        endpoint: str,
        sensor: str,
        stop: Stop,
        *,
        replay: str | None = None,
        block_ms: float | None = None,
        key: ClientKey | None = None,
        asks: bool = False,
        transport: MakeProducerEnd = Connection,
        clock: Clock = time,
    ) -> None:
        self.endpoint, self._endpoint, self.sensor = shown(endpoint), endpoint, sensor
        self.beat: Callable[[], object] = lambda: None
        self.batch_frames = Histogram(BATCH_BOUNDS)
        self.last_batch_s: float | None = None
        self._replay, self._key = replay, key
        self._stop, self._block_ms, self._asks = stop, block_ms, asks
        self._transport, self._clock = transport, clock
        self._frames: list[bytes] = []  # packed
        self._octets = 0
        self._linger = Linger(grows=block_ms is not None)
        self._due: float | None = None  # on time.monotonic's clock, as is the next
        self._serve_at = 0.0  # when the connection and what is kept want to be looked after
        self._delivery = Delivery(
            self.endpoint,
            sensor,
            clock.time_ns(),
            replay=replay,
            live=block_ms is not None,
            octets_max=HELD_OCTETS if block_ms is None else HELD_LIVE_OCTETS,
            recent_max=HIGH_WATER_MARK,
            asks=asks,
            shared=is_nats(endpoint),
        )
        self._happened = {
            ConnectionEvent.UP: self._delivery.up,
            ConnectionEvent.DOWN: self._delivery.down,
            ConnectionEvent.MOVED: self._delivery.moved,
            ConnectionEvent.REFUSED: self._delivery.refused,
        }
        self._connection = transport(endpoint, stop, key)
        self._do(self._delivery.begin())

    def another(self, sensor: str) -> Pusher:
        """One for another sensor of the same source, which waits, beats and counts as ours does."""
        pusher = Pusher(
            self._endpoint,
            sensor,
            self._stop,
            replay=self._replay,
            block_ms=self._block_ms,
            key=self._key,
            asks=self._asks,
            transport=self._transport,
            clock=self._clock,
        )
        pusher.beat, pusher.batch_frames = self.beat, self.batch_frames
        return pusher

    @property
    def sent(self) -> int:
        return self._delivery.sent

    @property
    def acknowledged(self) -> int:
        return self._delivery.acknowledged

    @property
    def acknowledging(self) -> bool:
        return self._delivery.acknowledging

    @property
    def sent_again(self) -> int:
        return self._delivery.sent_again

    @property
    def dropped(self) -> int:
        return self._delivery.dropped

    @property
    def unsent(self) -> int:
        return self._delivery.unsent

    @property
    def unsure(self) -> int:
        return self._delivery.unsure

    @property
    def times_away(self) -> int:
        return self._delivery.times_away

    @property
    def connected(self) -> bool:
        """Whether a broker is there, as far as is known."""
        return self._delivery.connected

    @property
    def held(self) -> Window:
        """What is kept, to be counted only."""
        return self._delivery.window

    @property
    def trouble(self) -> str | None:
        """What keeps frames from arriving now, in words; None while nothing is known to."""
        return self._delivery.trouble

    @property
    def in_doubt(self) -> bool:
        """Whether something sent may be lost by the broker or the way to it, and not only for a stop."""
        return self._delivery.in_doubt

    def wait_connected(self, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        """Wait for a broker, and warn after `ABSENT_S`; raises ProducerError if there is none in time.

        In live mode it waits no longer than `LIVE_CONNECT_TIMEOUT_S`, and then warns.
        """
        self._delivery.source.on(SourceEvent.OPEN)
        begun = self._clock.monotonic()
        until = begun + (timeout_s if self._block_ms is None else min(timeout_s, LIVE_CONNECT_TIMEOUT_S))
        warn_at = begun + ABSENT_S
        while not self.connected and not self._stop.requested:
            if (refusal := self._delivery.refusal) is not None:
                raise ProducerError(self._connection.unknown or refusal)
            now = self._clock.monotonic()
            if now >= until:
                told = f"no broker answered in {timeout_s:g} s" if warn_at == math.inf else self._absence
                return self._do(self._delivery.nobody(told))
            if now >= warn_at:
                warn_at = math.inf
                self._do([Warn(f"{self._absence}; it is waited for")])
            self._wait((min(until, warn_at) - now) * 1000)
        return None

    @property
    def _absence(self) -> str:
        return no_broker(
            self._endpoint,
            self._connection.unknown,
            strange=self._connection.accepted,
            keyed=self._key is not None,
        )

    def push(self, frame: Frame | QuestionFrame) -> None:
        """Add a frame; a full batch leaves at once. Raises Stopped if a stop comes while it has to wait."""
        packed = pack_frame(frame)
        if not self._frames:
            self._due = self._linger.begin(self._clock.monotonic())
        self._frames.append(packed)
        self._octets += len(packed)
        if len(self._frames) >= BATCH_FRAMES or self._octets >= BATCH_OCTETS:
            self.flush()

    def push_packed(self, packed: Iterable[bytes]) -> None:
        """The same with frames of `pack_frame`; at Stopped the rest of `packed` has not been taken."""
        for frame in packed:  # `push` is not called, since a call is a tenth of what a frame costs
            if not self._frames:
                self._due = self._linger.begin(self._clock.monotonic())
            self._frames.append(frame)
            self._octets += len(frame)
            if len(self._frames) >= BATCH_FRAMES or self._octets >= BATCH_OCTETS:
                self.flush()

    def due_in(self) -> float:
        """Seconds until `flush_due` is to be called: 0 if it is late, `TURN_S` at most."""
        due = self._serve_at if self._due is None else min(self._due, self._serve_at)
        return max(due - self._clock.monotonic(), 0)

    def flush_due(self) -> None:
        """Do what is due, when `due_in` says: send a batch that has waited, look after the connection."""
        self.beat()
        now = self._clock.monotonic()
        if self._due is not None and self._due <= now:
            self.flush()
        elif self._serve_at <= now:
            self._serve()

    def pause(self, seconds: float) -> None:
        """Wait, and do what is due meanwhile. Raises Stopped."""
        until = self._clock.monotonic() + seconds
        if seconds > LINGER_MS / 1000:
            self.flush()
        while not self._stop.requested and (left := until - self._clock.monotonic()) > 0:
            self._stop.wait(min(left, self.due_in()))
            self.flush_due()
        if self._stop.requested:
            raise Stopped

    def flush(self) -> None:
        """Send the batch, however small."""
        frames, self._frames = self._frames, []
        self._octets, self._due = 0, None
        if not frames:
            return
        self._linger.left(len(frames), self._clock.monotonic())
        self.beat()
        self.batch_frames.observe(len(frames))
        self.last_batch_s = self._clock.time_ns() / SECOND_NS
        self._add(frames)
        self._serve()
        if self._block_ms is None:
            self._wait_for_room()
        else:
            self._make_room(self._block_ms)

    def _add(self, frames: list[bytes]) -> None:
        form = self._delivery.form or FRAMES_2
        count, payload = join_packed(frames, form)
        self._delivery.dropped += len(frames) - count
        self._delivery.batch(count, payload, form)

    def close(self) -> None:
        """Send what waits and end. Waits for the broker in waiting mode, about `STOP_LINGER_MS` otherwise."""
        if self._delivery.source.state is Source.ENDED:
            return
        self._delivery.source.on(SourceEvent.END)
        try:
            self.flush()
        except Stopped:
            pass  # counted
        finally:
            self._hand_over()

    def __enter__(self) -> Pusher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait_for_room(self) -> None:
        window = self._delivery.window
        while window.full or window.next() is not None:
            if self._stop.requested:
                raise Stopped
            self._wait()

    def _make_room(self, block_ms: float) -> None:
        until = self._clock.monotonic() + block_ms / 1000
        while self._delivery.window.full:
            left_ms = min(until - self._clock.monotonic(), self._stop.grace_left()) * 1000
            if left_ms <= 0 or self._delivery.room.state is Room.BEHIND:
                return self._do(self._delivery.no_room())
            self._wait(left_ms)
        return self._do(self._delivery.found_room())

    def _wait(self, timeout_ms: float = math.inf) -> None:
        """Until there is room, an answer, an event, a stop, or the time is over; then serve."""
        self.beat()
        timeout_ms = min(timeout_ms, max(self._serve_at - self._clock.monotonic(), 0) * 1000)
        self._connection.wait(timeout_ms, writable=self._delivery.sendable)
        self._serve()

    def _serve(self) -> None:
        """Look after the connection and what is kept; never waits."""
        now = self._clock.monotonic()
        for event in self._connection.events():
            self._do(self._happened[event]())
        for parts in self._connection.answers():
            self._do(self._delivery.answered(parts))
        self._do(self._delivery.tick(now))
        self._serve_at = now + min(self._delivery.rest_s, TURN_S)

    def _do(self, commands: Iterable[Command]) -> None:
        due = deque(commands)
        while due:
            match due.popleft():
                case SendBatch(header, payload, form):
                    if self._connection.send(batch_parts(header, payload, form)):
                        due.extend(self._delivery.taken())
                case Ask(request):
                    self._connection.ask(request)
                case OpenAsker(endpoint):
                    self._connection.open_asker(endpoint)
                case CloseAsker():
                    self._connection.close_asker()
                case Reopen():
                    self._connection.reopen()
                case Warn(text, error):
                    self._tell(logging.ERROR if error else logging.WARNING, text)
                case Fail(text):
                    raise ProducerError(text)

    def _tell(self, level: int, text: str) -> None:
        why = self._connection.unknown or ""
        text += "" if why in text else f" ({why})"
        _log.log(level, "%s", text, extra={"endpoint": self.endpoint, "dropped": self.dropped})

    def _hand_over(self) -> None:
        """See out all that waits: until it is acknowledged, or where nobody does that, until it has left."""
        patient = self._block_ms is None and not self._stop.requested
        if patient and not self.connected and self.sent:
            self._tell(logging.WARNING, f"waiting for a broker at {self.endpoint} to take the rest")
        self._await_acknowledgement(None if patient else self._clock.monotonic() + STOP_LINGER_MS / 1000)
        self._delivery.end()
        if self.acknowledging:
            self._connection.close()
        elif not self._connection.see_out(
            patient=patient and not self._stop.requested, linger_ms=STOP_LINGER_MS, beat=self.beat
        ):
            self._delivery.not_all_left()

    def _await_acknowledgement(self, until: float | None) -> None:
        """Until nothing is kept or the time is over; None: until `STOP_LINGER_MS` after a stop."""
        while self._delivery.awaited:
            if until is None and self._stop.requested:
                until = self._clock.monotonic() + STOP_LINGER_MS / 1000
            left_ms = math.inf if until is None else (until - self._clock.monotonic()) * 1000
            if left_ms <= 0:
                return
            self._wait(left_ms)
