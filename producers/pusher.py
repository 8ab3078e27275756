"""The way from a producer to the broker: frames in, numbered batches out, each kept until it has arrived.

The broker is asked which batches have arrived (`inquiry`), and each is kept until it has (`window`). A
connection that ended may have lost what was under way: all that is kept is then sent again on the next one,
from the lowest number on, and a broker passes over what it has already taken. Two promises, by the kind of
source:

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
from collections.abc import Callable
from types import TracebackType

from nxcast.process.stop import Stop, Stopped
from nxcast.producers.arrival_inquiry import ASK_S, SILENCE_S, Inquiry
from nxcast.producers.failure import ProducerError
from nxcast.producers.send_window import Batch, Window
from nxcast.schemas.curve import ClientKey
from nxcast.schemas.frames import BatchHeader, Frame, batch_parts, encode_frames
from nxcast.schemas.requests import ArrivedAnswer
from nxcast.telemetry.histogram import Histogram
from nxcast.transport.ends import MakeProducerEnd
from nxcast.transport.ends import ProducerNews as News
from nxcast.transport.zeromq.producer_end import HIGH_WATER_MARK, TURN_S, Connection

__all__ = [
    "BATCH_FRAMES",
    "BATCH_OCTETS",
    "CONNECT_TIMEOUT_S",
    "HELD_LIVE_OCTETS",
    "HELD_OCTETS",
    "LINGER_MS",
    "Pusher",
]

BATCH_FRAMES = 256  # frames; decoding a batch costs the broker little more than its frames from here on
BATCH_BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 255, 256)  # frames; from 255 to 256 are the full ones
BATCH_OCTETS = 256 << 10  # octets of DNS messages and overhead; one frame more may go over it
FRAME_OVERHEAD = 64  # octets a frame takes beside its messages: at most 62 of msgpack
LINGER_MS = 20  # how long a frame of a slow source waits for others to share its batch
# Octets kept until they are acknowledged, and one batch more; with what waits in ZeroMQ 71 MiB. A broker
# acknowledges after 250 ms and is asked each 100 ms: 64 MiB are then 180 MiB a second, more than it can take.
HELD_OCTETS = 64 << 20
HELD_LIVE_OCTETS = 16 << 20  # of a live source: 8 seconds of 10,000 responses of 200 octets a second
CONNECT_TIMEOUT_S = 10.0  # a broker that is being started at the same time is there by then
LIVE_CONNECT_TIMEOUT_S = 1.0  # resolvers wait meanwhile
ROOM_S = 0.01  # until a live source looks again whether there is room for what waits
STOP_LINGER_MS = 2000  # time that what waits gets to leave, and to be acknowledged, after a stop
REFUSED = "it does not know this key, or no longer (nxcast-broker keys list tells)"
_STRANGE_TO_KEY = "lets in without keys only, has another key than the file of ours says"
_log = logging.getLogger(__name__)


class Pusher:
    """Batches frames and sends them to one broker; `close` or leaving the context sends the rest.

    `replay` is the endpoint where the broker tells what has arrived, None for a broker that doesn't. `key` is
    for a broker that lets in keys only. `transport` makes the connection, over ZeroMQ by default.

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
        transport: MakeProducerEnd = Connection,
    ) -> None:
        self.endpoint = endpoint
        self.sensor = sensor
        self.sent = self.acknowledged = self.sent_again = self.dropped = self.unsent = self.unsure = 0
        self.times_away = 0
        self.acknowledging = False
        self.beat: Callable[[], object] = lambda: None
        self.batch_frames = Histogram(BATCH_BOUNDS)
        self.last_batch_s: float | None = None
        self._broker = f"the broker at {endpoint}"  # as people are told
        self._may_not_push = f"{self._broker} takes nothing: this key may not push as {sensor}"
        self._replay = replay
        self._key = key
        self._stop = stop
        self._block_ms = block_ms
        self._epoch = time.time_ns()
        self._sequence = 0
        self._frames: list[Frame] = []
        self._octets = 0
        self._due: float | None = None  # on time.monotonic's clock, as is the next
        self._serve_at = 0.0  # when the connection and what is kept want to be looked after
        self._behind = False  # live: the last batch found no room
        self._missed = False  # people were told that no broker is there ...
        self._refused = False  # ... that it does not know our key ...
        self._mute = False  # ... that it doesn't answer any more ...
        self._warned = False  # ... or that it acknowledges nothing
        self._gave_up = False  # a broker that is there did not take something
        self._awaited = False  # the source is open, so that a broker was asked for
        self._closed = False
        self._recent: deque[int] = deque(maxlen=HIGH_WATER_MARK)  # frames of the batches that may still wait
        self._window = Window(HELD_OCTETS if block_ms is None else HELD_LIVE_OCTETS, keep=replay is not None)
        self._inquiry: Inquiry | None = None  # None: nobody acknowledges
        self._strange = "lets in keys only (--key)" if key is None else _STRANGE_TO_KEY
        self._connection = transport(endpoint, stop, key)
        self._keep_until_acknowledged()

    def another(self, sensor: str) -> Pusher:
        """One for another sensor of the same source, which waits, beats and counts as ours does."""
        pusher = Pusher(
            self.endpoint,
            sensor,
            self._stop,
            replay=self._replay,
            block_ms=self._block_ms,
            key=self._key,
        )
        pusher.beat, pusher.batch_frames = self.beat, self.batch_frames
        return pusher

    @property
    def connected(self) -> bool:
        """Whether a broker is there, as far as is known."""
        return self._connection.connected

    @property
    def held(self) -> Window:
        """What is kept, to be counted only."""
        return self._window

    @property
    def trouble(self) -> str | None:
        """What keeps frames from arriving now, in words; None while nothing is known to."""
        inquiry = self._inquiry
        if self._closed:
            return "the source has ended"
        if not self._awaited:
            return "the source is not open yet"
        if not self.connected:
            return (
                f"{self._broker} refuses: {REFUSED}"
                if self._refused
                else f"no broker answers at {self.endpoint}"
            )
        if inquiry is not None and inquiry.refused:
            return self._may_not_push
        return f"{self._broker} has not answered for {SILENCE_S:g} seconds" if self._mute else None

    @property
    def in_doubt(self) -> bool:
        """Whether something sent may be lost by the broker or the way to it, and not only for a stop."""
        return self._gave_up or (self.times_away > 0 and self.acknowledged < self.sent)

    def wait_connected(self, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        """Wait for a broker; raises ProducerError if there is none in time.

        In live mode it waits no longer than `LIVE_CONNECT_TIMEOUT_S`, and then warns.
        """
        self._awaited = True
        live = self._block_ms is not None
        until = time.monotonic() + (min(timeout_s, LIVE_CONNECT_TIMEOUT_S) if live else timeout_s)
        while not self.connected and not self._stop.requested:
            left_ms = (until - time.monotonic()) * 1000
            if left_ms <= 0:
                return self._nobody()
            self._wait(left_ms)
            if self._refused:
                raise ProducerError(f"{self._broker} refused: {REFUSED}")
        return None

    def push(self, frame: Frame) -> None:
        """Add a frame; a full batch leaves at once. Raises Stopped if a stop comes while it has to wait."""
        frames = self._frames
        if not frames:
            self._due = time.monotonic() + LINGER_MS / 1000
        frames.append(frame)
        query = frame[7]
        self._octets += len(frame[8]) + (len(query) if query else 0) + FRAME_OVERHEAD
        if len(frames) >= BATCH_FRAMES or self._octets >= BATCH_OCTETS:
            self.flush()

    def due_in(self) -> float:
        """Seconds until `flush_due` is to be called: 0 if it is late, `TURN_S` at most."""
        due = self._serve_at if self._due is None else min(self._due, self._serve_at)
        return max(due - time.monotonic(), 0)

    def flush_due(self) -> None:
        """Do what is due: send the batch whose first frame is `LINGER_MS` old, look after the connection.

        Slow sources call this when `due_in` says.
        """
        self.beat()
        now = time.monotonic()
        if self._due is not None and self._due <= now:
            self.flush()
        elif self._serve_at <= now:
            self._serve()

    def pause(self, seconds: float) -> None:
        """Wait, and do what is due meanwhile. Raises Stopped."""
        until = time.monotonic() + seconds
        if seconds > LINGER_MS / 1000:
            self.flush()
        while not self._stop.requested and (left := until - time.monotonic()) > 0:
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
        self.beat()
        self.batch_frames.observe(len(frames))
        self.last_batch_s = time.time()
        self._sequence += 1
        self._window.add(self._sequence, len(frames), encode_frames(frames))
        self._serve()
        if self._block_ms is None:
            self._wait_for_room()
        else:
            self._make_room(self._block_ms)

    def close(self) -> None:
        """Send what waits and end. Waits for the broker in waiting mode, about `STOP_LINGER_MS` otherwise."""
        if self._closed:
            return
        self._closed = True
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

    def _nobody(self) -> None:
        mend = "start nxcast-broker, or name another with --broker"
        if self._connection.accepted:
            text = f"what answers at {self.endpoint} {self._strange}, or is no ingress of a broker"
        else:
            unknown = self._connection.unknown
            text = f"no broker answers at {self.endpoint}: {f'{unknown}; ' if unknown else ''}{mend}"
        if self._block_ms is None:
            raise ProducerError(text)
        self._missed = True
        self._warn("%s; going on, and what finds no room meanwhile is dropped and counted", text)

    def _wait_for_room(self) -> None:
        while self._window.full or self._window.next() is not None:
            if self._stop.requested:
                raise Stopped
            self._wait()

    def _make_room(self, block_ms: float) -> None:
        until = time.monotonic() + block_ms / 1000
        while self._window.full:
            left_ms = min(until - time.monotonic(), self._stop.grace_left()) * 1000
            if self._behind or left_ms <= 0:
                return self._forget()
            self._wait(left_ms)
        if self._behind:
            self._behind = False
            self._warn("%s takes batches again, %d frames dropped", self._broker, self.dropped)
        return None

    def _warn(self, text: str, *values: object) -> None:
        extra = {"endpoint": self.endpoint, "dropped": self.dropped}
        _log.warning(text, *values, extra=extra, stacklevel=2)

    def _forget(self) -> None:
        if not self._behind:
            self._warn("%s is behind or away: dropping, and counting", self._broker)
        self._behind = True
        while self._window.full and (batch := self._window.forget()) is not None:
            if batch.sent:
                self.unsure += batch.count
            else:
                self.dropped += batch.count

    def _wait(self, timeout_ms: float = math.inf) -> None:
        """Until there is room, an answer, news of the connection, a stop, or the time is over; then serve."""
        self.beat()
        timeout_ms = min(timeout_ms, max(self._serve_at - time.monotonic(), 0) * 1000)
        self._connection.wait(timeout_ms, writable=self._window.next() is not None)
        self._serve()

    def _serve(self) -> None:
        """Look after the connection and what is kept; never waits."""
        now = time.monotonic()
        for news in self._connection.news():
            if news is News.UP:
                self._greet()
            elif news is News.DOWN:
                self._miss()
            elif news is News.MOVED:
                self._lose_what_waited()
            elif not self._refused:
                self._refused = True
                if self.sent:  # else who waits for the connection tells
                    _log.error("%s refuses: %s", self._broker, REFUSED, extra={"endpoint": self.endpoint})
        if self._inquiry is not None:
            self._inquire(self._inquiry, now)
        while (batch := self._window.next()) is not None and self._send(batch):
            self._window.sent()
        soon_s = ROOM_S if batch is not None and self.connected else ASK_S
        self._serve_at = now + (soon_s if self._window else TURN_S)

    def _send(self, batch: Batch) -> bool:
        """Hand a batch to ZeroMQ; false if there is no room."""
        header: BatchHeader = {
            "sensor": self.sensor,
            "epoch": self._epoch,
            "sequence": batch.sequence,
            "count": batch.count,
        }
        if self._window.keep:
            header["held"] = self._window.lowest or batch.sequence
        if not self._connection.send(batch_parts(header, batch.payload)):
            return False
        self._recent.append(batch.count)
        if batch.sent:
            self.sent_again += batch.count
        else:
            self.sent += batch.count
        return True

    def _greet(self) -> None:
        if self._missed:
            self._warn("%s is back", self._broker)
        self._missed = self._refused = False
        if self._inquiry is None:
            self._keep_until_acknowledged()  # perhaps another broker than before

    def _miss(self) -> None:
        self._missed = True
        self.times_away += self.sent > 0
        self._warn("%s went away: waiting for it to come back", self._broker)
        if self._inquiry is not None:
            self._connection.reopen()
            self._window.again()
            self._keep_until_acknowledged()

    def _lose_what_waited(self) -> None:
        """Count what ZeroMQ held for an address that is no longer the broker's; what is kept is not lost."""
        if self._inquiry is None:
            self.unsure += min(sum(self._recent), self.sent - self.acknowledged - self.unsure)
        self._recent.clear()

    def _keep_until_acknowledged(self) -> None:
        if self._replay is not None:
            self._connection.open_asker(self._replay)
            self._inquiry = self._inquiry or Inquiry(self.sensor, self._epoch)
            self._inquiry.start()
            self._window.keep = True

    def _keep_no_more(self) -> None:
        if not self._warned:
            self._warn(
                "nobody at %s acknowledges what is sent, so what is under way is lost if the broker ends; "
                "name its third socket with --replay, or none",
                self._replay,
            )
        self._warned = True
        self._connection.close_asker()
        self._inquiry = None
        self.acknowledging = False
        self._window.keep = False
        self._window.release()

    def _inquire(self, inquiry: Inquiry, now: float) -> None:
        """Read the answers, and ask if it is time to."""
        for parts in self._connection.answers():
            if (answer := inquiry.take(parts)) is not None:
                self._settle(inquiry, answer)
        if inquiry.refused and not self._refused:
            self._refused = True
            if self._block_ms is None:
                raise ProducerError(self._may_not_push)
            _log.error("%s", self._may_not_push, extra={"endpoint": self.endpoint})
        if not self._window:
            inquiry.start()
        elif self.connected:
            if inquiry.is_silent(now) and not self._mute:
                self._hear_nothing(inquiry)
            if (request := inquiry.request(now)) is not None:
                self._connection.ask(request)

    def _settle(self, inquiry: Inquiry, answer: ArrivedAnswer) -> None:
        if self._mute:
            self._mute = False
            self._warn("%s answers again", self._broker)
        if inquiry.is_another(answer["epoch"]):
            self._window.again()
        settled = self._window.settle(answer["sequence"], answer["missing"])
        self.acknowledged += settled.acknowledged
        self.acknowledging = True
        if settled.given_up:
            self._give_up(settled.given_up)

    def _hear_nothing(self, inquiry: Inquiry) -> None:
        if not inquiry.answered:
            return self._keep_no_more()
        self._mute = True
        self._warn("%s has not answered for %g seconds: waiting", self._broker, SILENCE_S)
        return None

    def _give_up(self, frames: int) -> None:
        self._gave_up = True
        self.unsure += frames
        self._warn("giving up what was sent twice and not acknowledged: %d frames", frames)
        if not self.acknowledged:  # it is not about us that it answers
            self._keep_no_more()

    def _hand_over(self) -> None:
        """See out all that waits: until it is acknowledged, or where nobody does that, until it has left."""
        patient = self._block_ms is None and not self._stop.requested
        if patient and not self.connected and self.sent:
            self._warn("waiting for a broker at %s to take the rest", self.endpoint)
        self._await_acknowledgement(None if patient else time.monotonic() + STOP_LINGER_MS / 1000)
        self.unsent = self._window.unsent
        if self.acknowledging:
            self.unsure += self._window.release()
            self._connection.close()
        elif not self._connection.see_out(
            patient=patient and not self._stop.requested, linger_ms=STOP_LINGER_MS, beat=self.beat
        ):
            self.unsure = max(self.unsure, min(sum(self._recent), self.sent - self.acknowledged))

    def _await_acknowledgement(self, until: float | None) -> None:
        """Until nothing is kept or the time is over; None: until `STOP_LINGER_MS` after a stop."""
        while self._inquiry is not None and self._window:
            if until is None and self._stop.requested:
                until = time.monotonic() + STOP_LINGER_MS / 1000
            left_ms = math.inf if until is None else (until - time.monotonic()) * 1000
            if left_ms <= 0:
                return
            self._wait(left_ms)
