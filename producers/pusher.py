"""The way from a producer to the broker: frames in, numbered batches out on a ZeroMQ PUSH socket.

The only module here that imports zmq, so `Receiver`, for sources that are ZeroMQ sockets themselves, is here
too. Two promises, by the kind of source:

- Waiting (`block_ms` None; files): `push` blocks for as long as the broker is behind or away, and never
  drops. Only a stop ends the wait, by raising `Stopped`, and what is left then is counted in `unsent`.
- Live (`block_ms` set): `push` blocks for that long, then drops the batch and counts its frames. While the
  broker stays behind, later batches are dropped at once, since a reader that stands still makes the resolver
  drop where nobody counts. A dropped batch keeps its sequence number: the broker sees the gap and
  reports it for this sensor. After a stop it blocks no longer than the grace that `Stop` gives.

There are no acknowledgements: `sent` is what ZeroMQ has taken, and nobody can tell how much of it the broker
has read. What ZeroMQ and the kernels at both ends hold when a connection ends is lost, up to some megabytes,
and a broker that was started anew sees no gap in the sequence. `times_away` tells that it may have happened.

No ZMTP heartbeats: a broker that has stopped reading since it is behind can't answer them, and each time-out
would lose what is under way. TCP's keepalive notices a dead peer and is answered by a slow one.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from types import TracebackType
from typing import NamedTuple

import zmq
from zmq.utils.monitor import parse_monitor_message

from nxcast.producers.failure import ProducerError
from nxcast.producers.stop import Stop, Stopped
from nxcast.schemas.frames import INGRESS_MESSAGE_MAX, Frame, encode_batch

__all__ = [
    "BATCH_FRAMES",
    "BATCH_OCTETS",
    "CONNECT_TIMEOUT_S",
    "HIGH_WATER_MARK",
    "LINGER_MS",
    "Pusher",
    "Receiver",
    "ZmqInput",
]

BATCH_FRAMES = 256  # frames; decoding a batch costs the broker little more than its frames from here on
BATCH_OCTETS = 256 << 10  # octets of DNS messages and overhead; one frame more may go over it
FRAME_OVERHEAD = 64  # octets a frame takes beside its messages: at most 62 of msgpack
LINGER_MS = 20  # how long a frame of a slow source waits for others to share its batch
# Batches that may wait in this process: at most 16 x (256 KiB + 128 KiB) = 6 MiB.
HIGH_WATER_MARK = 16
SEND_BUFFER = 256 << 10  # octets that the kernel may hold; Linux doubles it
CONNECT_TIMEOUT_S = 10.0  # a broker that is being started at the same time is there by then
LIVE_CONNECT_TIMEOUT_S = 1.0  # resolvers wait meanwhile
RECONNECT_MS = 100  # first pause before a new attempt ...
RECONNECT_MAX_MS = 2000  # ... doubled up to this one
# A peer that has gone without a word, on an idle connection: noticed after 30 + 3 x 10 seconds.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES = 30, 10, 3
STOP_LINGER_MS = 2000  # time that what waits in this process gets to leave after a stop
STOP_MARGIN_MS = 100  # ZeroMQ gets so much more: a socket that ends by then has not run out of time
# Messages of a source that wait in this process: 64 x 8 MiB = 512 MiB at worst, 512 KiB from nmsgtool.
RECEIVE_HIGH_WATER_MARK = 64
RECEIVE_MESSAGES = 64  # messages a call of `receive`, before a stop or the pusher is looked at

_EVENTS = (
    zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | zmq.EVENT_MONITOR_STOPPED
)
_log = logging.getLogger(__name__)
# Contexts whose sockets still held something when a stop came. Ending one would wait for a broker, and so
# would its finalizer: they stay until the process ends.
_abandoned: list[zmq.Context[zmq.Socket[bytes]]] = []


class Pusher:
    """Batches frames and hands them to one broker; `close` or leaving the context hands over the rest.

    In frames: `sent` to ZeroMQ, `dropped` in live mode, `unsent` that a stop left over, and `unsure`, set by
    `close`: 0 if all of `sent` has left this process, else those of the last batches, which may be lost as
    may what the network held. `times_away`: how often the broker went away after something had been sent.
    `connected`: whether a broker is there, as far as is known.
    """

    def __init__(self, endpoint: str, sensor: str, stop: Stop, *, block_ms: float | None = None) -> None:
        self.endpoint = endpoint
        self.sensor = sensor
        self.sent = self.dropped = self.unsent = self.unsure = 0
        self.times_away = 0
        self.connected = False
        self._stop = stop
        self._block_ms = block_ms
        self._epoch = time.time_ns()
        self._sequence = 0
        self._frames: list[Frame] = []
        self._octets = 0
        self._due: float | None = None  # on time.monotonic's clock
        self._behind = False  # live: the last batch had to be dropped
        self._answered = False  # something accepted a connection, a broker or not
        self._missed = False  # people were told that no broker is there
        self._gone = False  # the socket has ended, and all that waited in it had left
        self._closed = False
        self._recent: deque[int] = deque(maxlen=HIGH_WATER_MARK)  # frames of the batches that may still wait
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PUSH)
        self._monitor = self._context.socket(zmq.PAIR)
        self._open()

    def wait_connected(self, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        """Wait for a broker; raises ProducerError if there is none in time.

        In live mode it waits no longer than `LIVE_CONNECT_TIMEOUT_S`, and then warns.
        """
        live = self._block_ms is not None
        until = time.monotonic() + (min(timeout_s, LIVE_CONNECT_TIMEOUT_S) if live else timeout_s)
        while not self.connected and not self._stop.requested:
            left_ms = (until - time.monotonic()) * 1000
            if left_ms <= 0:
                return self._nobody()
            self._wait(left_ms, writable=False)
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

    def due_in(self) -> float | None:
        """Seconds until `flush_due` has something to do, 0 if it is late; None: nothing waits."""
        return None if self._due is None else max(self._due - time.monotonic(), 0)

    def flush_due(self) -> None:
        """Send the batch if its first frame is `LINGER_MS` old. Slow sources call this when `due_in` says."""
        if self._due is not None and self._due <= time.monotonic():
            self.flush()

    def flush(self) -> None:
        """Send the batch, however small."""
        frames, self._frames = self._frames, []
        self._octets, self._due = 0, None
        if not frames:
            return
        self._watch()
        self._sequence += 1
        count = len(frames)
        parts = encode_batch(
            {"sensor": self.sensor, "epoch": self._epoch, "sequence": self._sequence, "count": count}, frames
        )
        if self._send(parts):
            self.sent += count
            self._recent.append(count)
        elif self._block_ms is None:
            self.unsent += count
            raise Stopped
        else:
            self.dropped += count

    def close(self) -> None:
        """Hand over what waits and end. Waits for the broker in waiting mode, `STOP_LINGER_MS` otherwise."""
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

    def _open(self) -> None:
        socket = self._socket
        socket.sndhwm = HIGH_WATER_MARK
        socket.setsockopt(zmq.SNDBUF, SEND_BUFFER)
        socket.setsockopt(zmq.IMMEDIATE, 0)  # what waits for a broker that has gone waits on for the next one
        socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, RECONNECT_MAX_MS)
        _keep_alive(socket)
        socket.monitor("inproc://monitor", _EVENTS)
        self._monitor.linger = 0
        self._monitor.connect("inproc://monitor")
        try:
            socket.connect(self.endpoint)
        except (zmq.ZMQError, UnicodeError) as error:
            socket.close(linger=0)
            self._monitor.close()
            self._context.term()
            reason = getattr(error, "strerror", "not UTF-8")
            raise ProducerError(
                f"bad broker endpoint {self.endpoint} ({reason}): write it as tcp://HOST:PORT"
            ) from None

    def _nobody(self) -> None:
        mend = "start nxcast-broker, or name another with --broker"
        if self._answered:
            text = f"what answers at {self.endpoint} is no ingress of a broker: name another with --broker"
        else:
            text = f"no broker answers at {self.endpoint}: {mend}"
        if self._block_ms is None:
            raise ProducerError(text)
        self._missed = True
        _log.warning("%s; going on, and what finds no room meanwhile is dropped and counted", text)

    def _send(self, parts: list[bytes]) -> bool:
        """Hand a batch to ZeroMQ, waiting for room as the mode has it; false if there is none."""
        until = None if self._block_ms is None else time.monotonic() + self._block_ms / 1000
        while True:
            try:
                self._socket.send_multipart(parts, zmq.NOBLOCK)
            except zmq.Again:
                pass
            else:
                self._is_behind(False)
                return True
            if until is None:
                left_ms: float | None = 0 if self._stop.requested else None
            else:
                left_ms = max(min(until - time.monotonic(), self._stop.grace_left()) * 1000, 0)
            if self._behind or left_ms == 0:
                if until is not None:
                    self._is_behind(True)
                return False
            self._wait(left_ms, writable=True)

    def _is_behind(self, behind: bool) -> None:
        if behind and not self._behind:
            _log.warning("the broker at %s is behind or away: dropping, and counting", self.endpoint)
        elif self._behind and not behind:
            _log.warning(
                "the broker at %s takes batches again, %d frames dropped", self.endpoint, self.dropped
            )
        self._behind = behind

    def _wait(self, timeout_ms: float | None, *, writable: bool) -> None:
        """Until there is room (if that is asked for), news of the connection, a stop, or the time is over."""
        poller = zmq.Poller()
        poller.register(self._monitor, zmq.POLLIN)
        if not self._stop.requested:
            poller.register(self._stop, zmq.POLLIN)
        if writable:
            poller.register(self._socket, zmq.POLLOUT)
        # Rounded up: a wait of 0 ms in a loop would be a busy one.
        poller.poll(None if timeout_ms is None else int(timeout_ms) + 1)
        self._watch()

    def _watch(self) -> None:
        """Take in what the monitor has to tell."""
        while True:
            try:
                event = parse_monitor_message(self._monitor.recv_multipart(zmq.NOBLOCK))["event"]
            except zmq.Again:
                return
            if event == zmq.EVENT_CONNECTED:
                self._answered = True
            elif event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                if self._missed:
                    _log.warning("the broker at %s is back", self.endpoint)
                self.connected, self._missed = True, False
            elif event == zmq.EVENT_DISCONNECTED and self.connected:
                self.connected, self._missed = False, True
                self.times_away += self.sent > 0
                _log.warning("the broker at %s went away: waiting for it to come back", self.endpoint)
            elif event == zmq.EVENT_MONITOR_STOPPED:
                self._gone = True

    def _hand_over(self) -> None:
        """Close the socket and see it out: it goes once all that waits in this process has left."""
        patient = self._block_ms is None and not self._stop.requested
        self._watch()
        if patient and not self.connected and self._recent:
            _log.warning("waiting for a broker at %s to take the rest", self.endpoint)
        self._socket.close(linger=-1 if patient else STOP_LINGER_MS + STOP_MARGIN_MS)
        gone = self._see_out(None if patient else STOP_LINGER_MS)
        if not gone and patient:  # a stop came: what leaves in this time leaves
            gone = self._see_out(STOP_LINGER_MS)
        if not gone:
            self.unsure = sum(self._recent)
        self._monitor.close()
        if gone or not patient:  # a limited linger is over in a moment
            self._context.term()
        else:
            _abandoned.append(self._context)

    def _see_out(self, timeout_ms: int | None) -> bool:
        """Wait until the closed socket is gone; false if the time is over, or without one a stop has come."""
        until = None if timeout_ms is None else time.monotonic() + timeout_ms / 1000
        while not self._gone:
            left_ms = None if until is None else (until - time.monotonic()) * 1000
            if self._stop.requested if left_ms is None else left_ms <= 0:
                return False
            self._wait(left_ms, writable=False)
        return True


class ZmqInput(NamedTuple):
    """A ZeroMQ endpoint to read from: whether to bind to it (`accept`) and to subscribe (else: pull)."""

    endpoint: str
    accept: bool
    subscribe: bool


class Receiver:
    """A socket that messages come in on: SUB for what begins with `prefix`, or PULL.

    Raises ProducerError where the endpoint can't be used; the text names it and the mend.
    """

    def __init__(self, source: ZmqInput, prefix: bytes, stop: Stop) -> None:
        self._stop = stop
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB if source.subscribe else zmq.PULL)
        self._socket.linger = 0
        self._socket.rcvhwm = RECEIVE_HIGH_WATER_MARK
        self._socket.setsockopt(zmq.MAXMSGSIZE, INGRESS_MESSAGE_MAX)
        _keep_alive(self._socket)
        if source.subscribe:
            self._socket.subscribe(prefix)
        try:
            (self._socket.bind if source.accept else self._socket.connect)(source.endpoint)
        except zmq.ZMQError as error:
            self.close()
            mend = "name another port" if error.errno == zmq.EADDRINUSE else "write it as tcp://HOST:PORT"
            reason = os.strerror(error.errno or 0).lower()
            raise ProducerError(f"{source.endpoint}: {reason}; {mend}") from None
        bound = self._socket.getsockopt(zmq.LAST_ENDPOINT)
        self.endpoint = bound.rstrip(b"\0").decode()  # type: ignore[union-attr]
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(stop, zmq.POLLIN)

    def receive(self, timeout_s: float) -> list[list[bytes]]:
        """The messages that are there, each as its parts; waits for one until the time is over or a stop."""
        messages: list[list[bytes]] = []
        self._poller.poll(int(timeout_s * 1000) + 1)
        try:
            while len(messages) < RECEIVE_MESSAGES:
                messages.append(self._socket.recv_multipart(zmq.NOBLOCK))
        except zmq.Again:
            pass
        return messages

    def close(self) -> None:
        """End the socket; what waits in it is lost."""
        self._socket.close()
        self._context.term()

    def __enter__(self) -> Receiver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _keep_alive(socket: zmq.Socket[bytes]) -> None:
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_PROBES)
    socket.setsockopt(zmq.IPV6, 1)
