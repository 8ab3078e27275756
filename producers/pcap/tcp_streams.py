"""DNS over TCP: segments put together to messages (RFC 1035 section 4.2.2, RFC 7766). Pure.

Each direction of a connection is a stream of its own, and each message in it has its length in two octets in
front. Segments may come out of order, twice, or overlap; the first copy of an octet counts.

Rule 1: nothing is guessed. Where octets are missing for good, or what is there can't be a message, the stream
is given up, counted, and left alone until its connection opens anew.
Rule 2: a stream whose opening was not seen begins with the first segment that looks like a message.
Rule 3: everything is bounded: streams, octets waiting in one and in all, segments waiting, age. Time is that
of the packets.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from nxcast.schemas.frames import DNS_MESSAGE_MIN

__all__ = [
    "AGE_NS",
    "AHEAD_OCTETS_MAX",
    "AHEAD_SEGMENTS_MAX",
    "OCTETS_MAX",
    "STREAMS_MAX",
    "StreamKey",
    "Streams",
]

STREAMS_MAX = 8192  # directions of connections; an idle one takes about 1 KiB
OCTETS_MAX = 64 << 20  # waiting in all streams; over it the one that was idle for longest goes
AHEAD_OCTETS_MAX = 1 << 20  # waiting behind a hole; more than a usual receive window, so it won't be filled
AHEAD_SEGMENTS_MAX = 1024  # waiting behind a hole; 1 MiB in segments of 1 KiB
AGE_NS = 120_000_000_000  # without a segment; servers close idle connections sooner (RFC 7766 section 6.2.3)

StreamKey = tuple[bytes, int, bytes, int]
"""Source address and port, destination address and port."""

FIN, SYN, RST = 0x01, 0x02, 0x04  # RFC 9293 section 3.1
_SEQUENCES = 1 << 32  # sequence numbers go round
_OPCODES = frozenset({0, 1, 2, 4, 5, 6})  # as IANA lists them as of January 2026


class _Stream:
    """One direction. `position` is the offset of the next octet due, 0 at the first one seen."""

    __slots__ = ("ahead", "ahead_octets", "base", "buffer", "dead", "needed", "position", "time_ns")

    def __init__(self, base: int) -> None:
        self.base = base  # sequence number of `position`
        self.position = 0
        self.time_ns = 0  # of the last segment
        self.buffer = bytearray()  # begins with the length of a message
        self.needed = 2  # octets of `buffer` without which no message can be whole
        self.ahead: dict[int, bytes] = {}  # by offset, what waits for octets before it
        self.ahead_octets = 0
        self.dead = False

    @property
    def octets(self) -> int:
        return len(self.buffer) + self.ahead_octets

    def offset_of(self, sequence: int) -> int:
        """Offset of a sequence number, taken as near the next one due as it can be."""
        distance = (sequence - self.base) % _SEQUENCES
        return self.position + (distance - _SEQUENCES if distance >= _SEQUENCES // 2 else distance)


class Streams:
    """Takes segments and gives back messages; counts in `skipped` each stream that is given up."""

    def __init__(self, skipped: Counter[str]) -> None:
        self._skipped = skipped
        self._streams: OrderedDict[StreamKey, _Stream] = OrderedDict()
        self._octets = 0

    def take(self, time_ns: int, key: StreamKey, sequence: int, flags: int, payload: bytes) -> list[bytes]:
        """The messages that a segment completes, in their order."""
        if not payload and not flags & SYN:
            return []
        self._expire(time_ns)
        stream = self._streams.get(key)
        if flags & SYN:
            sequence = (sequence + 1) % _SEQUENCES
            if stream is None or not _same_opening(stream, sequence):
                stream = self._open(key, sequence)
        elif stream is None or abs(stream.offset_of(sequence) - stream.position) > AHEAD_OCTETS_MAX:
            if not _begins_message(payload):
                self._skipped["stream_start"] += 1
                return []
            stream = self._open(key, sequence)
        stream.time_ns = time_ns
        self._streams.move_to_end(key)
        if stream.dead or not payload:
            return []
        before = stream.octets
        messages = self._absorb(stream, stream.offset_of(sequence), payload)
        self._octets += stream.octets - before
        while self._octets > OCTETS_MAX:
            self._evict()
        return messages

    def finish(self) -> None:
        """No more segments will come: count the streams that wait for some."""
        while self._streams:
            self._evict()

    def _open(self, key: StreamKey, base: int) -> _Stream:
        if key in self._streams:
            self._evict(key)
        elif len(self._streams) >= STREAMS_MAX:
            self._evict()
        stream = self._streams[key] = _Stream(base)
        return stream

    def _expire(self, time_ns: int) -> None:
        while self._streams and time_ns - next(iter(self._streams.values())).time_ns > AGE_NS:
            self._evict()

    def _evict(self, key: StreamKey | None = None) -> None:
        """Forget a stream, by default the one that was idle for longest."""
        stream = self._streams.pop(key) if key is not None else self._streams.popitem(last=False)[1]
        self._octets -= stream.octets
        if stream.ahead:
            self._skipped["stream_hole"] += 1
        elif stream.buffer:
            self._skipped["stream_cut"] += 1

    def _give_up(self, stream: _Stream, reason: str) -> None:
        self._skipped[reason] += 1
        stream.dead = True
        stream.buffer.clear()
        stream.ahead.clear()
        stream.ahead_octets = 0

    def _absorb(self, stream: _Stream, offset: int, payload: bytes) -> list[bytes]:
        if offset > stream.position:
            self._hold(stream, offset, payload)
            return []
        messages: list[bytes] = []
        self._append(stream, payload[stream.position - offset :], messages)
        while stream.ahead and not stream.dead:
            offset = min(stream.ahead)
            if offset > stream.position:
                break
            payload = stream.ahead.pop(offset)
            stream.ahead_octets -= len(payload)
            self._append(stream, payload[stream.position - offset :], messages)
        return messages

    def _hold(self, stream: _Stream, offset: int, payload: bytes) -> None:
        """Keep a segment until those before it are there."""
        held = stream.ahead.get(offset, b"")
        if len(payload) > len(held):
            stream.ahead[offset] = held + payload[len(held) :]  # the first copy of an octet counts
            stream.ahead_octets += len(payload) - len(held)
        if stream.ahead_octets > AHEAD_OCTETS_MAX or len(stream.ahead) > AHEAD_SEGMENTS_MAX:
            self._give_up(stream, "stream_hole")

    def _append(self, stream: _Stream, payload: bytes, messages: list[bytes]) -> None:
        """Add the octets that were due, and take off the messages that are whole."""
        stream.position += len(payload)
        stream.base = (stream.base + len(payload)) % _SEQUENCES
        buffer = stream.buffer
        buffer += payload
        position = 0
        while len(buffer) - position >= stream.needed:
            length = buffer[position] << 8 | buffer[position + 1]
            if length < DNS_MESSAGE_MIN:
                self._give_up(stream, "stream_unreadable")
                return
            end = position + 2 + length
            if end > len(buffer):
                stream.needed = 2 + length
                break
            messages.append(bytes(buffer[position + 2 : end]))
            position, stream.needed = end, 2
        del buffer[:position]


def _same_opening(stream: _Stream, sequence: int) -> bool:
    """Whether a SYN is the one that opened the stream, or opens it before what has been seen of it."""
    return stream.offset_of(sequence) == 0


def _begins_message(payload: bytes) -> bool:
    """Whether a segment looks like the beginning of a message: a fitting length, a header that can be."""
    if len(payload) < 2 + DNS_MESSAGE_MIN:
        return False
    length = payload[0] << 8 | payload[1]
    opcode, z = payload[4] >> 3 & 0x0F, payload[5] & 0x40  # RFC 1035 section 4.1.1
    questions = payload[6] << 8 | payload[7]
    return length >= DNS_MESSAGE_MIN and opcode in _OPCODES and not z and questions <= 1
