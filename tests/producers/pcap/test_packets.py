"""Packets to messages: what is DNS, what is not, and that each that is not is counted once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap.packets import REASONS, Dissector, Message
from nxcast.schemas.datagram import Checksum
from tests.messages import message
from tests.packets import (
    CLIENT,
    CLIENT_6,
    ETHERNET,
    RAW,
    SERVER,
    SERVER_6,
    SYN,
    TIME_NS,
    ethernet,
    extension,
    fragment_header,
    ip4,
    ip6,
    tcp,
    udp,
)

RESPONSE = message()
BACK = udp(RESPONSE, 53, 4000)
V4: Message = (TIME_NS, 17, SERVER, 53, CLIENT, 4000, RESPONSE, 7)
V6: Message = (TIME_NS, 17, SERVER_6, 53, CLIENT_6, 4000, RESPONSE, 0)


class Feed:
    def __init__(self, *ports: int, checksums: bool = False) -> None:
        self.skipped: Counter[str] = Counter()
        self.dissector = Dissector(ports or (53,), self.skipped, checksums=checksums)

    def take(self, frame: bytes, link_type: int = ETHERNET) -> list[Message]:
        return list(self.dissector.take((TIME_NS, link_type, frame, len(frame))))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (ethernet(ip4(BACK, SERVER, CLIENT)), V4),
        (ethernet(ip4(BACK, SERVER, CLIENT)) + b"padding", V4),
        (ethernet(ip4(BACK, SERVER, CLIENT), 0x88A8, 0x8100), V4),
        (ethernet(ip4(BACK, SERVER, CLIENT, options=bytes(4))), V4),
        (ethernet(ip4(BACK + b"slack", SERVER, CLIENT)), V4),
        (ethernet(ip6(BACK, SERVER_6, CLIENT_6)), V6),
        (ethernet(ip6(extension(17) + BACK, SERVER_6, CLIENT_6, proto=60)), V6),
        (ethernet(ip4(udp(b"", 53, 53), SERVER, CLIENT)), (TIME_NS, 17, SERVER, 53, CLIENT, 53, b"", 7)),
    ],
)
def test_finds_the_message(frame: bytes, expected: Message) -> None:
    """The shortest way through the headers and the long one agree."""
    feed, long_way = Feed(), Feed(checksums=True)
    assert feed.take(frame) == long_way.take(frame) == [expected]
    assert not feed.skipped


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"\x02" * 12 + b"\x08\x06" + bytes(28), "not_ip"),
        (ethernet(ip4(udp(RESPONSE, 5353, 5353))), "other_port"),
        (ethernet(ip4(tcp(b"GET /", 4000, 80), proto=6)), "other_port"),
        (ethernet(ip6(udp(RESPONSE, 123, 123))), "other_port"),
        (ethernet(ip4(BACK))[:-1], "ip_cut"),
        (ethernet(ip6(BACK))[:-1], "ip_cut"),
        (ethernet(ip4(BACK[:30])), "transport_header"),
        (ethernet(ip4(b"\x03\x01" + bytes(6) + ip4(BACK), SERVER, CLIENT, proto=1)), "no_transport"),
        (ethernet(ip6(b"\x01\x04" + bytes(6) + ip6(BACK), SERVER_6, CLIENT_6, proto=58)), "no_transport"),
        (ethernet(ip4(tcp(b"0123456789", 53), proto=6)), "stream_start"),
    ],
)
def test_counts_what_is_none(frame: bytes, reason: str) -> None:
    """A message quoted in an ICMP error is none, either."""
    feed = Feed()
    assert feed.take(frame) == []
    assert feed.skipped == {reason: 1}
    assert reason in REASONS


def test_puts_fragments_together() -> None:
    """Only the first fragment has ports; the time is that of the one that completes it."""
    feed = Feed()
    assert feed.take(ethernet(ip4(BACK[16:], SERVER, CLIENT, offset=16))) == []
    assert feed.take(ethernet(ip4(BACK[:16], SERVER, CLIENT, more=True))) == [V4]
    first, last = fragment_header(17, 0, True) + BACK[:16], fragment_header(17, 16, False) + BACK[16:]
    assert feed.take(ethernet(ip6(first, SERVER_6, CLIENT_6, proto=44))) == []
    assert feed.take(ethernet(ip6(last, SERVER_6, CLIENT_6, proto=44))) == [(*V6[:-1], 9)]
    assert not feed.skipped


def test_puts_streams_together() -> None:
    feed = Feed()
    stream = len(RESPONSE).to_bytes(2, "big") + RESPONSE
    for sequence, flags, octets in ((9, SYN, b""), (10, 0, stream[:20]), (30, 0, stream[20:] + stream)):
        found = feed.take(
            ip4(tcp(octets, 53, 4000, sequence=sequence, flags=flags), SERVER, CLIENT, proto=6), RAW
        )
    assert found == [(TIME_NS, 6, SERVER, 53, CLIENT, 4000, RESPONSE, 0)] * 2


def test_takes_the_ports_it_is_told() -> None:
    feed = Feed(5300, 5301)
    assert feed.take(ethernet(ip4(udp(RESPONSE, 5301, 4000)))) != []
    assert feed.take(ethernet(ip4(udp(RESPONSE, 53, 4000)))) == []


def test_counts_checksums_and_drops_nothing() -> None:
    """Wrong ones are usual in local captures, absent ones in IPv4."""
    feed = Feed(checksums=True)
    for checksum in (0, 0, 0x1234):
        assert len(feed.take(ethernet(ip4(udp(RESPONSE, 53, 4000, checksum=checksum))))) == 1
    assert feed.dissector.checksums == {Checksum.ABSENT: 2, Checksum.INCORRECT: 1}


def test_counts_what_is_incomplete_at_the_end() -> None:
    feed = Feed()
    feed.take(ethernet(ip4(BACK[:16], more=True)))
    feed.take(ethernet(ip4(tcp(b"", 53, sequence=0, flags=SYN), proto=6)))
    feed.take(ethernet(ip4(tcp(b"\x00\x50" + RESPONSE, 53), proto=6)))
    feed.dissector.finish()
    assert feed.skipped == {"fragments_missing": 1, "stream_cut": 1}
    assert feed.dissector.packets == 3


_headers = st.sampled_from(
    [b"", ethernet(b"\x45"), ethernet(b"\x60"), ethernet(ip4(BACK)), ethernet(ip6(BACK))]
)


@given(st.lists(st.tuples(_headers, st.binary(max_size=80), st.integers(0, 60)), max_size=5))
def test_random_octets_never_raise(frames: list[tuple[bytes, bytes, int]]) -> None:
    """Whatever begins well goes on at random; each is counted or gives a message."""
    feed = Feed()
    for head, rest, kept in frames:
        feed.take(head[:kept] + rest)
    feed.dissector.finish()
    assert set(feed.skipped) <= set(REASONS)
