"""TCP streams: messages out of segments, whatever happens to these, and the bounds on what waits."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap import tcp_streams as streams
from nxcast.producers.pcap.tcp_streams import AGE_NS, AHEAD_SEGMENTS_MAX, STREAMS_MAX, StreamKey, Streams
from tests.packets import ACK, CLIENT, FIN, SERVER, SYN

KEY: StreamKey = (SERVER, 53, CLIENT, 4000)
START = 0xFFFF_FFF0  # so that the sequence numbers go round on the way


def message(number: int, size: int = 30) -> bytes:
    return bytes([number]) * 2 + b"\x84\x00\x00\x01" + bytes([number]) * (size - 6)


def framed(*messages: bytes) -> bytes:
    return b"".join(len(each).to_bytes(2, "big") + each for each in messages)


class Feed:
    """Segments of one stream given by their offsets in it."""

    def __init__(self) -> None:
        self.skipped: Counter[str] = Counter()
        self.streams = Streams(self.skipped)

    def syn(self, sequence: int = START, key: StreamKey = KEY) -> None:
        assert self.streams.take(0, key, sequence, SYN, b"") == []

    def data(self, octets: bytes, at: int = 0, time_ns: int = 0, key: StreamKey = KEY) -> list[bytes]:
        return self.streams.take(time_ns, key, (START + 1 + at) % (1 << 32), ACK, octets)

    def finish(self) -> Counter[str]:
        self.streams.finish()
        return self.skipped


@pytest.fixture
def feed() -> Feed:
    feed = Feed()
    feed.syn()
    return feed


ONE, TWO, THREE = message(1), message(2, 700), message(3)
STREAM = framed(ONE, TWO, THREE)


def test_reads_several_messages_of_a_segment(feed: Feed) -> None:
    assert feed.data(STREAM) == [ONE, TWO, THREE]
    assert not feed.finish()


def test_reads_a_message_of_many_segments(feed: Feed) -> None:
    """Each message comes with the segment that completes it."""
    found = [feed.data(STREAM[at : at + 1], at) for at in range(len(STREAM))]
    assert [each for part in found for each in part] == [ONE, TWO, THREE]
    assert found[len(ONE) + 1] == [ONE]


@given(st.data())
def test_equals_the_stream_for_any_segments(data: st.DataObject) -> None:
    """Cut anywhere, in any order, any of them again, and overlapping."""
    sizes = data.draw(st.lists(st.integers(12, 300), min_size=1, max_size=8))
    messages = [message(number, size) for number, size in enumerate(sizes)]
    stream = framed(*messages)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=12)) | {0, len(stream)})
    segments = [(start, end) for start, end in pairwise(cuts)]
    segments += data.draw(st.lists(st.sampled_from(segments), max_size=5))
    ends = st.tuples(st.integers(0, len(stream)), st.integers(0, len(stream)))
    segments += [(min(pair), max(pair)) for pair in data.draw(st.lists(ends, max_size=5))]
    feed = Feed()
    feed.syn(data.draw(st.sampled_from([START, 0, 0x7FFF_FFFF])))
    base = next(iter(feed.streams._streams.values())).base
    found: list[bytes] = []
    for start, end in data.draw(st.permutations(segments)):
        found += feed.streams.take(0, KEY, (base + start) % (1 << 32), ACK, stream[start:end])
    assert found == messages
    assert not feed.finish()


@given(st.binary(min_size=1, max_size=200), st.lists(st.integers(0, 1 << 32), max_size=5))
def test_random_octets_never_raise(octets: bytes, sequences: list[int]) -> None:
    feed = Feed()
    for flags in (ACK, SYN, FIN):
        for sequence in sequences:
            feed.streams.take(0, KEY, sequence % (1 << 32), flags, octets)
    feed.finish()


def test_takes_the_first_copy_of_an_octet(feed: Feed) -> None:
    feed.data(STREAM[40:60], 40)
    feed.data(b"x" * 30, 40)
    assert feed.data(STREAM[:45])[:1] == [ONE]
    assert feed.data(STREAM[60:], 60) != [TWO, THREE]  # ten octets of TWO are x: those came first
    assert feed.data(b"y" * len(STREAM)) == []
    assert not feed.finish()


def test_begins_where_a_missed_connection_has_a_message() -> None:
    """Its opening was not seen: what looks like no message is passed over."""
    feed = Feed()
    assert feed.data(TWO[300:]) == []
    assert feed.data(framed(ONE), 5000) == [ONE]
    assert feed.data(framed(THREE), 5000 + len(framed(ONE))) == [THREE]
    assert feed.finish() == {"stream_start": 1}


def test_begins_anew_with_a_connection_of_the_same_ports(feed: Feed) -> None:
    """A repeated opening changes nothing, another one does, and so does a sequence number far away."""
    assert feed.data(framed(ONE)) == [ONE]
    feed.syn()
    assert feed.data(framed(ONE)) == []
    feed.syn(12345)
    assert feed.streams.take(0, KEY, 12346, ACK, framed(TWO)) == [TWO]
    assert feed.streams.take(0, KEY, 0x8000_0000, ACK, framed(THREE)) == [THREE]
    assert not feed.finish()


def test_takes_data_with_the_opening() -> None:
    """As TCP Fast Open sends it (RFC 7413)."""
    assert Feed().streams.take(0, KEY, START, SYN, framed(ONE)) == [ONE]


def test_ignores_what_comes_again_after_the_end(feed: Feed) -> None:
    assert feed.data(framed(ONE)) == [ONE]
    feed.streams.take(0, KEY, START + 1 + len(framed(ONE)), FIN | ACK, b"")
    assert feed.data(framed(ONE)) == []


def test_guesses_nothing_after_a_hole(feed: Feed) -> None:
    """What comes before it is read, what comes after it is not, and the next connection is."""
    assert feed.data(framed(ONE)) == [ONE]
    assert feed.data(framed(THREE), 1000) == []
    feed.syn(777)
    assert feed.streams.take(0, KEY, 778, ACK, framed(THREE)) == [THREE]
    assert feed.finish() == {"stream_hole": 1}


def test_gives_up_on_what_is_no_dns(feed: Feed) -> None:
    """A length that no message has; the rest of the stream is left alone."""
    assert feed.data(framed(ONE) + b"\x00\x0bhello world") == [ONE]
    assert feed.data(framed(TWO), 300) == []
    assert feed.finish() == {"stream_unreadable": 1}


def test_counts_a_message_that_is_cut(feed: Feed) -> None:
    feed.data(STREAM[:50])
    assert feed.finish() == {"stream_cut": 1}


def test_forgets_the_idle(feed: Feed) -> None:
    """After AGE_NS without a segment."""
    feed.data(STREAM[:50])
    feed.data(framed(ONE), time_ns=AGE_NS + 1, key=(CLIENT, 53, SERVER, 1))
    assert feed.skipped == {"stream_cut": 1}
    assert feed.data(STREAM[50:], 50, AGE_NS + 2) == []


def test_keeps_a_bounded_number_of_streams(feed: Feed) -> None:
    """The one that was idle for longest goes."""
    feed.data(STREAM[:50])
    for port in range(STREAMS_MAX):
        feed.syn(key=(SERVER, 53, CLIENT, 10_000 + port))
    assert feed.skipped == {"stream_cut": 1}


def test_keeps_bounded_octets(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    """In all streams, and behind the hole of one."""
    monkeypatch.setattr(streams, "OCTETS_MAX", 1000)
    for port in range(10):
        key = (SERVER, 53, CLIENT, 10_000 + port)
        feed.syn(key=key)
        feed.data(STREAM[:200], key=key)  # of which 32 are read
    assert feed.skipped == {"stream_cut": 5}
    assert feed.streams._octets == 5 * 168
    monkeypatch.setattr(streams, "AHEAD_OCTETS_MAX", 300)
    feed.syn()
    for at in range(100, 300, 100):
        feed.data(bytes(160), at)
    assert feed.skipped == {"stream_cut": 5, "stream_hole": 1}
    assert feed.streams._octets == 5 * 168


def test_keeps_a_bounded_number_of_segments(feed: Feed) -> None:
    for at in range(AHEAD_SEGMENTS_MAX + 1):
        feed.data(b"x", 10 + 2 * at)
    assert feed.skipped == {"stream_hole": 1}
    assert feed.streams._octets == 0
