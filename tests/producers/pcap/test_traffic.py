"""Why a capture gave little: the biggest reason, and the option for it."""

from __future__ import annotations

from collections import Counter

import pytest

from nxcast.producers.pcap import packets, pairing
from nxcast.producers.pcap.packets import Dissector
from nxcast.producers.pcap.traffic import ADDRESSES_MAX, Traffic, why_so_little
from tests.messages import message
from tests.packets import (
    CLIENT,
    CLIENT_6,
    ETHERNET,
    SERVER,
    SERVER_6,
    TIME_NS,
    ethernet,
    frame,
    ip4,
    ip6,
    udp,
)

RESPONSE = message()
REASONS = {**packets.REASONS, **pairing.REASONS}


def seen(*addresses: bytes) -> Traffic:
    traffic = Traffic()
    for address in addresses:
        traffic.not_taken(address)
    return traffic


def dissected(*frames: bytes, link_type: int = ETHERNET, tunnels: bool = True) -> Dissector:
    dissector = Dissector((53,), Counter(), tunnels=tunnels)
    for octets in frames:
        dissector.take((TIME_NS, link_type, octets, len(octets)))
    return dissector


def between(sport: int, dport: int, payload: bytes = RESPONSE) -> bytes:
    return ethernet(ip4(udp(payload, sport, dport), SERVER, CLIENT))


@pytest.mark.parametrize(
    ("skipped", "traffic", "text"),
    [
        (
            {"client_side": 5, "query": 5},
            seen(CLIENT, CLIENT, CLIENT_6),
            "nothing to send: 5 responses are to queries with RD=1, as clients send them, most to 192.0.2.1, "
            "2001:db8::1; take those to a resolver that forwards with --resolver 192.0.2.1 "
            "--forwarders, or all with --any",
        ),
        (
            {"other_address": 2},
            seen(CLIENT_6),
            "nothing to send: 2 responses are to addresses that --resolver does not name, most to "
            "2001:db8::1; add --resolver 2001:db8::1, or take all with --any",
        ),
        (
            {"ip_cut": 9, "client_side": 1},
            seen(CLIENT),
            "9 packets are cut by the snap length; capture whole",
        ),
        ({"query": 3}, Traffic(), "nothing to send: 3 queries, and no responses to them; capture both"),
        ({"to_server": 1, "ip_header": 2}, Traffic(), "2 ip_header: neither IPv4 nor IPv6, or a header that"),
        ({}, Traffic(), None),
    ],
)
def test_names_the_biggest_reason(skipped: dict[str, int], traffic: Traffic, text: str | None) -> None:
    why = why_so_little(0, skipped, traffic, REASONS)
    assert why is text is None or (why is not None and text is not None and text in why)


@pytest.mark.parametrize(
    ("dissector", "text"),
    [
        (
            dissected(between(5300, 4000), between(5300, 4001), between(5301, 4000)),
            "3 datagrams from other ports look like DNS responses, most from port 5300; add --port 5300",
        ),
        (dissected(between(5353, 5353), between(5355, 4000)), "2 packets are between other ports; servers'"),
        (dissected(between(123, 123, bytes(48))), "1 packets are between other ports"),
        (
            dissected(b"", link_type=189),
            "1 frames: link type 189 (USB) is none of those understood: Ethernet,",
        ),
        (dissected(b"short"), "1 frames hold no IP, most of a kind that can't be told, or cut"),
        (dissected(frame(0x88F7, bytes(40))), "1 frames hold no IP, most of EtherType 0x88f7 (PTP)"),
        (dissected(ethernet(ip6(bytes(40), SERVER_6, proto=50))), "most of protocol 50 (ESP)"),
        (
            dissected(ethernet(ip4(ip4(bytes(8)), proto=4)), tunnels=False),
            "1 packets are in tunnels, most of IPv4 in IP; leave out --no-tunnels",
        ),
    ],
)
def test_names_what_there_was(dissector: Dissector, text: str) -> None:
    why = why_so_little(0, dissector.skipped, dissector.traffic, REASONS)
    assert why is not None
    assert text in why


def test_says_it_where_little_was_sent() -> None:
    """Under a twentieth; a resolver's own capture has its clients beside it."""
    traffic = seen(CLIENT)
    assert why_so_little(100, {"client_side": 100}, traffic, REASONS) is None
    assert why_so_little(5, {"client_side": 95}, traffic, REASONS) is None
    why = why_so_little(4, {"client_side": 96}, traffic, REASONS)
    assert why is not None
    assert why.startswith("little to send: 96 responses")


def test_keeps_a_bounded_number_of_addresses() -> None:
    traffic = seen(*(number.to_bytes(4, "big") for number in range(2 * ADDRESSES_MAX)), bytes(4))
    assert len(traffic.addresses) == ADDRESSES_MAX
    assert traffic.addresses[bytes(4)] == 2
