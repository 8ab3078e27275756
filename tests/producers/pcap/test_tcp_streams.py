"""TCP streams: messages out of segments, whatever happens to these, and the bounds on what waits."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap import tcp_streams as streams
from nxcast.producers.pcap.tcp_streams import (
    AGE_NS,
    AHEAD_MAX,
    HOLE_NS,
    SEGMENT_COST,
    STREAM_COST,
    StreamKey,
    StreamMessage,
    Streams,
)
from tests.messages import message as dns
from tests.messages import question, soa
from tests.packets import ACK, CLIENT, FIN, SERVER, SYN

KEY: StreamKey = (SERVER, 53, CLIENT, 4000)
START = 0xFFFF_FFF0  # so that the sequence numbers go round on the way


def message(number: int, size: int = 30) -> bytes:
    return bytes([number]) * 2 + b"\x84\x00\x00\x01" + bytes([number]) * (size - 6)


def framed(*messages: bytes) -> bytes:
    return b"".join(len(each).to_bytes(2, "big") + each for each in messages)


def answer(number: int) -> bytes:
    """A whole NXDOMAIN, which alone is taken up where its place is not known."""
    return dns(3, questions=[question(f"{number}.example.")], authorities=[soa("example.")])


class Feed:
    """Segments of one stream given by their offsets in it."""

    def __init__(self) -> None:
        self.skipped: Counter[str] = Counter()
        self.streams = Streams(self.skipped)

    def syn(self, sequence: int = START, key: StreamKey = KEY) -> list[StreamMessage]:
        return self.streams.take(0, key, sequence, SYN, b"")

    def data(self, octets: bytes, at: int = 0, time_ns: int = 0, key: StreamKey = KEY) -> list[bytes]:
        found = self.streams.take(time_ns, key, (START + 1 + at) % (1 << 32), ACK, octets)
        return [octets for _, _, octets in found]

    def rest(self) -> list[bytes]:
        return [octets for _, _, octets in self.streams.finish()]

    def finish(self) -> Counter[str]:
        assert self.rest() == []
        assert self.streams.held == 0
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
        segment = stream[start:end]
        found += [each[2] for each in feed.streams.take(0, KEY, (base + start) % (1 << 32), ACK, segment)]
    assert found == messages
    assert not feed.finish()


@given(st.binary(min_size=1, max_size=200), st.lists(st.integers(0, 1 << 32), max_size=5))
def test_random_octets_never_raise(octets: bytes, sequences: list[int]) -> None:
    feed = Feed()
    for flags in (ACK, SYN, FIN):
        for sequence in sequences:
            feed.streams.take(0, KEY, sequence % (1 << 32), flags, octets)
    feed.streams.finish()
    assert feed.streams.held == 0


def test_takes_the_first_copy_of_an_octet(feed: Feed) -> None:
    feed.data(STREAM[40:60], 40)
    feed.data(b"x" * 30, 40)
    assert feed.data(STREAM[:45])[:1] == [ONE]
    assert feed.data(STREAM[60:], 60) != [TWO, THREE]  # ten octets of TWO are x: those came first
    assert feed.data(b"y" * len(STREAM)) == []
    assert not feed.finish()


def test_begins_where_a_missed_connection_has_a_message() -> None:
    """Its opening was not seen: what is no message is passed over, and counted once."""
    feed = Feed()
    assert feed.data(TWO[300:]) == []
    assert feed.data(TWO[:100], 400) == []
    assert feed.data(framed(answer(1)) + framed(ONE), 500) == [answer(1), ONE]
    assert feed.data(framed(THREE), 500 + len(framed(answer(1), ONE))) == [THREE]
    assert feed.streams.octets_skipped == 500
    assert feed.finish() == {"stream_start": 1}


@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_joins_a_length_in_a_segment_of_its_own(size: int) -> None:
    """As some servers write it, also where the opening was missed."""
    feed, stream = Feed(), framed(answer(1))
    assert feed.data(stream[:size]) == []
    assert feed.data(stream[size:], size) == [answer(1)]
    assert not feed.finish()


def test_begins_anew_with_a_connection_of_the_same_ports(feed: Feed) -> None:
    """A repeated opening changes nothing, another one does, and so does a sequence number far away."""
    assert feed.data(framed(ONE)) == [ONE]
    feed.syn()
    assert feed.data(framed(ONE)) == []
    feed.syn(12345)
    assert feed.streams.take(0, KEY, 12346, ACK, framed(TWO)) == [(0, KEY, TWO)]
    assert feed.streams.take(0, KEY, 0x8000_0000, ACK, framed(answer(1))) == [(0, KEY, answer(1))]
    assert not feed.finish()


def test_takes_data_with_the_opening() -> None:
    """As TCP Fast Open sends it (RFC 7413)."""
    assert Feed().streams.take(0, KEY, START, SYN, framed(ONE)) == [(0, KEY, ONE)]


def test_ignores_what_comes_again_after_the_end(feed: Feed) -> None:
    assert feed.data(framed(ONE)) == [ONE]
    feed.streams.take(0, KEY, START + 1 + len(framed(ONE)), FIN | ACK, b"")
    assert feed.data(framed(ONE)) == []


ANSWERS = [answer(number) for number in range(8)]


def test_goes_on_behind_a_hole(feed: Feed) -> None:
    """Of eight answers in a segment each, one of which is missing, seven; what was missing is counted."""
    found, at = [], 0
    for number, each in enumerate(ANSWERS):
        if number != 2:
            found += feed.data(framed(each), at, time_ns=number)
        at += len(framed(each))
    assert found == ANSWERS[:2]
    assert feed.streams.finish() == [(number, KEY, ANSWERS[number]) for number in range(3, 8)]
    assert feed.streams.octets_skipped == len(framed(ANSWERS[2]))
    assert feed.skipped == {"stream_hole": 1}


@given(st.data())
def test_finds_every_message_that_no_hole_touches(data: st.DataObject) -> None:
    """Wherever segments end and whichever of them are missing; and never anything that was not sent."""
    stream = framed(*ANSWERS)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=12)) | {0, len(stream)})
    segments = list(pairwise(cuts))
    lost = data.draw(st.sets(st.sampled_from(segments), max_size=3))
    feed = Feed()
    if data.draw(st.booleans()):
        feed.syn()
    found = [
        each for one in segments if one not in lost for each in feed.data(stream[one[0] : one[1]], one[0])
    ]
    found += feed.rest()
    at, whole = 0, []
    for each in ANSWERS:
        end = at + len(framed(each))
        if not any(start < end and at < stop for start, stop in lost):
            whole.append(each)
        at = end
    assert found == whole


def test_waits_for_what_is_sent_again(feed: Feed) -> None:
    """For HOLE_NS; then what is behind the hole comes, with its own time, at any segment."""
    first, second = framed(ANSWERS[0]), framed(ANSWERS[1])
    assert feed.data(second, len(first), time_ns=5) == []
    assert feed.data(first, 0, time_ns=5 + HOLE_NS) == ANSWERS[:2]
    assert feed.data(second, 5000, time_ns=7 + HOLE_NS) == []
    other = (CLIENT, 53, SERVER, 1)
    assert feed.streams.take(7 + 2 * HOLE_NS, other, 1, SYN, b"") == []
    assert feed.streams.take(8 + 2 * HOLE_NS, other, 1, SYN, b"") == [(7 + HOLE_NS, KEY, ANSWERS[1])]
    assert feed.finish() == {"stream_hole": 1}


def test_goes_on_where_a_length_cannot_be(feed: Feed) -> None:
    """With the next whole message, and text is none."""
    assert feed.data(framed(ONE) + b"\x00\x0bhello world" + framed(answer(1), TWO)) == [ONE, answer(1), TWO]
    assert feed.finish() == {"stream_unreadable": 1}
    assert feed.streams.octets_skipped == 13


def test_believes_a_message_only_as_a_whole() -> None:
    """Behind a hole neither a header, nor half a message, nor the insides of another one is one."""
    good = answer(1)
    txt = dns(
        0, questions=[question("a.example.")], answers=[b"\xc0\x0c\0\x10\0\1\0\0\0\0\0\x10" + good[:16]]
    )
    for octets in (
        good[:-1],
        good + b"x",
        dns(3, questions=[question("1.example.", 1, 77)]),
        dns(3, questions=[b"\xc0\x0c\0\1\0\1"]),
        good[:6] + b"\xff\xff" + good[8:],  # ANCOUNT 65,535
        bytes(40),
        b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    ):
        feed = Feed()
        assert feed.data(framed(octets)) == []
    feed = Feed()
    assert feed.data(framed(txt)[20:] + framed(good)) == [good]
    assert feed.data(framed(dns(1, questions=[])), 5000) == []
    assert feed.rest() == [dns(1, questions=[])]


def test_hostile_octets_are_passed_over(feed: Feed) -> None:
    """A segment in which every place looks like a message hides what is behind it there, and nothing else."""
    looks = len(ONE).to_bytes(2, "big") + dns(0, questions=[question(".", 1)], counts=(1, 20, 20, 20))
    feed.data(b"\0\1")  # a length that can't be
    flood = looks * 60
    assert feed.data(flood + framed(answer(1)), 2) == []
    assert feed.data(framed(answer(2)), 2 + len(flood + framed(answer(1)))) == [answer(2)]
    assert feed.finish() == {"stream_unreadable": 1}


def test_counts_a_message_that_is_cut(feed: Feed) -> None:
    feed.data(STREAM[:50])
    assert feed.finish() == {"stream_cut": 1}


def test_forgets_the_idle(feed: Feed) -> None:
    """After AGE_NS without a segment."""
    feed.data(STREAM[:50])
    feed.data(framed(answer(1)), time_ns=AGE_NS + 1, key=(CLIENT, 53, SERVER, 1))
    assert feed.skipped == {"stream_cut": 1}
    assert feed.data(STREAM[50:], 50, AGE_NS + 2) == []


def test_keeps_bounded_octets(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all streams with what they take besides, and the one that was idle for longest goes."""
    limit = 5 * (STREAM_COST + 168)
    monkeypatch.setattr(streams, "OCTETS_MAX", limit)
    for port in range(10):
        key = (SERVER, 53, CLIENT, 10_000 + port)
        feed.syn(key=key)
        feed.data(STREAM[:200], key=key)  # of which 32 are read
        assert feed.streams.held <= limit
    assert feed.streams.held == limit
    assert feed.skipped == {"stream_cut": 5}


def test_keeps_bounded_octets_behind_a_hole(feed: Feed) -> None:
    """With what each segment takes besides: one octet each is no way around it."""
    for at in range(AHEAD_MAX // SEGMENT_COST):
        feed.data(b"x", 10 + 2 * at)
        assert feed.streams.held <= STREAM_COST + AHEAD_MAX
    assert feed.skipped["stream_hole"] > 0
