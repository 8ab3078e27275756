"""DNS over TCP: segments put together to messages (RFC 1035 section 4.2.2, RFC 7766). Pure.

Each direction of a connection is a stream of its own, and each message in it has its length in two octets in
front. Segments may come out of order, twice, or overlap; the first copy of an octet counts.

Rule 1: nothing is guessed. Where the place of the next message is not known - the opening was missed, octets
are missing for good, or what is there can't be a message - the stream goes on at the next octets that are a
message from their length to their last record (see `message_search`). What is passed over is counted.
Rule 2: octets are missing for good once segments behind them have waited for `HOLE_NS`.
Rule 3: everything is bounded by what it takes in memory, and by age. Time is that of the packets.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from nxcast.producers.pcap.message_search import Place, find_message
from nxcast.schemas.fields import DNS_MESSAGE_MIN

__all__ = [
    "AGE_NS",
    "AHEAD_MAX",
    "HOLE_NS",
    "OCTETS_MAX",
    "SEGMENT_COST",
    "STREAM_COST",
    "StreamKey",
    "StreamMessage",
    "Streams",
]

OCTETS_MAX = 64 << 20  # held of all streams; over it the one that was idle for longest goes
AHEAD_MAX = 1 << 20  # held behind a hole; more than a usual receive window, so it won't be filled
# Octets that a stream and a waiting segment take besides what they carry, as measured: 64 MiB are 65,536 idle
# streams, and 1 MiB behind a hole are 4,200 segments of one octet.
STREAM_COST, SEGMENT_COST = 1024, 250
AGE_NS = 120_000_000_000  # without a segment; servers close idle connections sooner (RFC 7766 section 6.2.3)
HOLE_NS = 3_000_000_000  # what was lost on the way is sent again after 1 s, and 2 s later (RFC 6298)

StreamKey = tuple[bytes, int, bytes, int]
"""Source address and port, destination address and port."""

StreamMessage = tuple[int, StreamKey, bytes]
"""Time of the segment that completed a message (ns since the epoch), its stream, its octets."""

FIN, SYN, RST = 0x01, 0x02, 0x04  # RFC 9293 section 3.1
_SEQUENCES = 1 << 32  # sequence numbers go round


class _Stream:
    """One direction. `position` is the offset of the next octet due, 0 at the first one seen."""

    __slots__ = (
        "ahead",
        "ahead_held",
        "base",
        "buffer",
        "held",
        "opened",
        "position",
        "searching",
        "time_ns",
    )

    def __init__(self, base: int, *, opened: bool) -> None:
        self.base = base  # sequence number of `position`
        self.opened = opened  # its opening was seen, or some of it has been read
        self.searching = not opened
        self.position = 0
        self.time_ns = 0  # of the last segment
        self.buffer = bytearray()  # begins with the length of a message, unless one is searched for
        self.ahead: dict[int, tuple[int, bytes]] = {}  # by offset, time and octets of what waits
        self.ahead_held = 0
        self.held = 0  # octets that it took when it was last looked at

    def measure(self) -> int:
        """Octets that it takes."""
        return STREAM_COST + len(self.buffer) + self.ahead_held

    def offset_of(self, sequence: int) -> int:
        """Offset of a sequence number, taken as near the next one due as it can be."""
        distance = (sequence - self.base) % _SEQUENCES
        return self.position + (distance - _SEQUENCES if distance >= _SEQUENCES // 2 else distance)

    def advance(self, octets: int) -> None:
        self.position += octets
        self.base = (self.base + octets) % _SEQUENCES


class Streams:
    """Takes segments and gives back messages; counts in `skipped` each place that could not be read.

    `octets_skipped` counts what was passed over: missing, or no part of a message that could be read. `held`
    is what all streams take, in octets; never over OCTETS_MAX.
    """

    def __init__(self, skipped: Counter[str]) -> None:
        self.octets_skipped = 0
        self.held = 0
        self._skipped = skipped
        self._streams: OrderedDict[StreamKey, _Stream] = OrderedDict()  # idle for longest first
        self._holes: OrderedDict[StreamKey, int] = OrderedDict()  # since when a stream waits, oldest first

    def take(
        self, time_ns: int, key: StreamKey, sequence: int, flags: int, payload: bytes
    ) -> list[StreamMessage]:
        """The messages that a segment completes, in their order, and those that waited for too long."""
        if not payload and not flags & SYN:
            return []
        found: list[StreamMessage] = []
        self._expire(time_ns, found)
        stream = self._streams.get(key)
        if flags & SYN:
            sequence = (sequence + 1) % _SEQUENCES
            if stream is None or stream.offset_of(sequence) != 0:  # not the one that opened it
                stream = self._open(key, sequence, found, opened=True)
        elif stream is None or abs(stream.offset_of(sequence) - stream.position) > AHEAD_MAX:
            stream = self._open(key, sequence, found, opened=False)
        stream.time_ns = time_ns
        self._streams.move_to_end(key)
        if payload:
            offset = stream.offset_of(sequence)
            if offset > stream.position:
                self._hold(key, stream, offset, payload, found)
            else:
                self._append(key, stream, time_ns, payload[stream.position - offset :], found)
                self._release(key, stream, found)
        self._measure(stream)
        while self.held > OCTETS_MAX:
            self._evict(next(iter(self._streams)), found)
        return found

    def finish(self) -> list[StreamMessage]:
        """No more segments will come: what waits behind holes, and count what is not whole."""
        found: list[StreamMessage] = []
        while self._streams:
            self._evict(next(iter(self._streams)), found)
        return found

    def _open(self, key: StreamKey, base: int, found: list[StreamMessage], *, opened: bool) -> _Stream:
        if key in self._streams:
            self._evict(key, found)
        stream = self._streams[key] = _Stream(base, opened=opened)
        return stream

    def _measure(self, stream: _Stream) -> None:
        before, stream.held = stream.held, stream.measure()
        self.held += stream.held - before

    def _expire(self, time_ns: int, found: list[StreamMessage]) -> None:
        while self._holes:
            key, since = next(iter(self._holes.items()))
            if time_ns - since <= HOLE_NS:
                break
            stream = self._streams[key]
            self._skip_hole(key, stream, found)
            self._measure(stream)
        while self._streams:
            key, stream = next(iter(self._streams.items()))
            if time_ns - stream.time_ns <= AGE_NS:
                break
            self._evict(key, found)

    def _evict(self, key: StreamKey, found: list[StreamMessage]) -> None:
        """Forget a stream; what waits in it is read first."""
        stream = self._streams[key]
        while stream.ahead:
            self._skip_hole(key, stream, found)
        self._read(key, stream, stream.time_ns, found, last=True)
        if stream.buffer:
            self._skipped["stream_cut" if stream.opened else "stream_start"] += 1
            self.octets_skipped += len(stream.buffer)
        del self._streams[key]
        self.held -= stream.held

    def _hold(
        self, key: StreamKey, stream: _Stream, offset: int, payload: bytes, found: list[StreamMessage]
    ) -> None:
        """Keep a segment until those before it are there, or are not expected any more."""
        held = stream.ahead.get(offset)
        if held is None:
            stream.ahead[offset] = stream.time_ns, payload
            stream.ahead_held += SEGMENT_COST + len(payload)
        elif len(payload) > len(held[1]):  # the first copy of an octet counts
            stream.ahead[offset] = held[0], held[1] + payload[len(held[1]) :]
            stream.ahead_held += len(payload) - len(held[1])
        self._holes.setdefault(key, stream.time_ns)
        while stream.ahead_held > AHEAD_MAX:
            self._skip_hole(key, stream, found)

    def _skip_hole(self, key: StreamKey, stream: _Stream, found: list[StreamMessage]) -> None:
        """Go on behind the first hole, and with the message that was cut by it."""
        self._read(key, stream, stream.time_ns, found, last=True)
        gap = min(stream.ahead) - stream.position
        self._skipped["stream_hole"] += 1
        self.octets_skipped += gap + len(stream.buffer)
        stream.advance(gap)
        stream.buffer.clear()
        stream.searching = stream.opened = True
        self._release(key, stream, found)

    def _release(self, key: StreamKey, stream: _Stream, found: list[StreamMessage]) -> None:
        """Take up the segments that waited for the octets that are there now."""
        if not stream.ahead:
            return
        while stream.ahead:
            offset = min(stream.ahead)
            if offset > stream.position:
                break
            time_ns, payload = stream.ahead.pop(offset)
            stream.ahead_held -= SEGMENT_COST + len(payload)
            self._append(key, stream, time_ns, payload[stream.position - offset :], found)
        self._holes.pop(key, None)
        if stream.ahead:  # the next hole has its own time
            self._holes[key] = stream.time_ns

    def _append(
        self, key: StreamKey, stream: _Stream, time_ns: int, payload: bytes, found: list[StreamMessage]
    ) -> None:
        """Add the octets that were due."""
        stream.advance(len(payload))
        stream.buffer += payload
        self._read(key, stream, time_ns, found)

    def _read(
        self, key: StreamKey, stream: _Stream, time_ns: int, found: list[StreamMessage], *, last: bool = False
    ) -> None:
        """Take off the messages that are whole; `last`: a hole or the end follows what is there."""
        buffer, position = stream.buffer, 0
        while True:
            if stream.searching:
                place, at = find_message(buffer, position, last=last)
                self._pass_over(stream, at - position)
                position = at
                if place is Place.UNDECIDED:
                    break
                stream.searching, stream.opened = False, True
            if len(buffer) - position < 2:
                break
            length = buffer[position] << 8 | buffer[position + 1]
            end = position + 2 + length
            if length < DNS_MESSAGE_MIN:
                self._skipped["stream_unreadable"] += 1
                self.octets_skipped += 1
                stream.searching = True
                position += 1
            elif end > len(buffer):
                break
            else:
                found.append((time_ns, key, bytes(buffer[position + 2 : end])))
                position = end
        del buffer[:position]

    def _pass_over(self, stream: _Stream, octets: int) -> None:
        if octets and not stream.opened:
            self._skipped["stream_start"] += 1
            stream.opened = True
        self.octets_skipped += octets
