"""Encapsulations, each of one response: PPPoE, MPLS, LLC, GRE and all tunnels, in one another too."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap.packets import REASONS, Dissector, Message
from nxcast.producers.pcap.tunnels import DEPTH_MAX, PORTS, PROTOCOLS
from tests.messages import message
from tests.packets import (
    CLIENT,
    CLIENT_6,
    ETHERNET,
    SERVER,
    SERVER_6,
    TIME_NS,
    ethernet,
    fragment_header,
    frame,
    geneve,
    gre,
    gtp_u,
    ip4,
    ip6,
    ppp,
    pppoe,
    snap,
    udp,
    vxlan,
)

RESPONSE = message()
R = ip4(udp(RESPONSE, 53, 4000), SERVER, CLIENT)
R6 = ip6(udp(RESPONSE, 53, 4000), SERVER_6, CLIENT_6)
V4: Message = (TIME_NS, 17, SERVER, 53, CLIENT, 4000, RESPONSE, 7)
V6: Message = (TIME_NS, 17, SERVER_6, 53, CLIENT_6, 4000, RESPONSE, 0)
E4, E6 = ethernet(R), ethernet(R6)
A, B = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])  # ends of tunnels


def over(proto: int, payload: bytes) -> bytes:
    """In an IPv4 packet of a protocol, in Ethernet."""
    return ethernet(ip4(payload, A, B, proto=proto))


def over_6(proto: int, payload: bytes) -> bytes:
    return ethernet(ip6(payload, proto=proto))


def to(port: int, payload: bytes, sport: int = 50_000) -> bytes:
    """In a UDP datagram."""
    return ethernet(ip4(udp(payload, sport, port), A, B))


def taken(octets: bytes, **options: bool) -> tuple[list[Message], Counter[str]]:
    dissector = Dissector((53,), Counter(), **options)
    found = list(dissector.take((TIME_NS, ETHERNET, octets, len(octets))))
    found += dissector.finish()
    return found, dissector.skipped


LINKS = {
    "pppoe": (frame(0x8864, pppoe(R)), V4),
    "pppoe6": (frame(0x8864, pppoe(R6)), V6),
    "pppoe in a VLAN": (frame(0x8100, bytes.fromhex("00648864") + pppoe(R)), V4),
    "pppoe, protocol in one octet": (frame(0x8864, bytes.fromhex("11000007000021") + R), V4),
    "mpls": (frame(0x8847, bytes.fromhex("00010140") + R), V4),
    "mpls6": (frame(0x8847, bytes.fromhex("00010140") + R6), V6),
    "mpls, three labels": (frame(0x8847, bytes.fromhex("000100400002004000030140") + R), V4),
    "mpls, pseudowire with a control word": (frame(0x8847, bytes.fromhex("0001014000000000") + E4), V4),
    "mpls, pseudowire without": (frame(0x8847, bytes.fromhex("00010140") + E4), V4),
    "mpls in pppoe": (frame(0x8864, bytes.fromhex("110000070000028100010140") + R), V4),
    "llc/snap": (frame(len(snap(R)), snap(R)), V4),
    "llc/snap6": (frame(len(snap(R6)), snap(R6)), V6),
    "llc/snap in a VLAN": (frame(0x8100, b"\0\x64" + len(snap(R)).to_bytes(2, "big") + snap(R)), V4),
    "llc, IP itself": (frame(3 + len(R), bytes.fromhex("060603") + R), V4),
    "mac in mac": (frame(0x88A8, bytes.fromhex("006488e700000001") + E4), V4),
    "vn-tag": (frame(0x8926, bytes.fromhex("000000000800") + R), V4),
    "cisco metadata": (frame(0x8909, bytes.fromhex("0101000100000800") + R), V4),
    "redundancy tag": (frame(0xF1C1, bytes.fromhex("000000010800") + R), V4),
}

TUNNELS = {
    "gre": (over(47, gre(0x0800, R)), V4),
    "gre6": (over(47, gre(0x86DD, R6)), V6),
    "gre over IPv6": (over_6(47, gre(0x0800, R)), V4),
    "gre with a key": (over(47, bytes.fromhex("2000080000000007") + R), V4),
    "gre with all": (over(47, gre(0x86DD, R6, key=True, number=True, checksum=True)), V6),
    "gre, MPLS": (over(47, gre(0x8847, bytes.fromhex("00010140") + R)), V4),
    "gre, TEB": (over(47, gre(0x6558, E4)), V4),
    "gre, NVGRE": (over(47, gre(0x6558, E6, key=True)), V6),
    "gre, WCCP": (over(47, gre(0x883E, bytes(4) + R)), V4),
    "gre, PPTP": (over(47, bytes.fromhex("3081880b000000070000000100000002ff03") + ppp(R)), V4),
    "erspan 1": (over(47, gre(0x88BE, E4)), V4),
    "erspan 2": (over(47, bytes.fromhex("100088be000000011001000100000000") + E4), V4),
    "erspan 3": (over(47, gre(0x22EB, bytes.fromhex("200100010000000000000000") + E4, number=True)), V4),
    "erspan 3, subheader": (
        over(47, gre(0x22EB, bytes.fromhex("2001000100000000000000010000000000000000") + E4, number=True)),
        V4,
    ),
    "6in4": (over(41, R6), V6),
    "ipip": (over(4, R), V4),
    "4in6": (over_6(4, R), V4),
    "6in6": (over_6(41, R6), V6),
    "etherip": (over(97, bytes.fromhex("3000") + E4), V4),
    "mpls in ip": (over(137, bytes.fromhex("00010140") + R), V4),
    "vxlan": (to(4789, vxlan(E4)), V4),
    "vxlan6": (to(4789, vxlan(E6)), V6),
    "vxlan, Linux's old port": (to(8472, vxlan(E4)), V4),
    "vxlan, a VLAN inside": (to(4789, vxlan(ethernet(R, 0x8100))), V4),
    "vxlan-gpe": (to(4790, bytes.fromhex("0c00000100002a00") + R), V4),
    "geneve": (to(6081, geneve(0x6558, E4)), V4),
    "geneve with options, IP": (to(6081, geneve(0x0800, R, options=bytes(12))), V4),
    "gtp-u": (to(2152, gtp_u(R)), V4),
    "gtp-u6": (to(2152, gtp_u(R6)), V6),
    "gtp-u with extensions": (to(2152, gtp_u(R, extensions=b"\x85\x01\x10\x01\xc0\x01\0\0\0")), V4),
    "gtp-u to another port": (to(1024, gtp_u(R), sport=2152), V4),
    "l2tp": (to(1701, bytes.fromhex("000200010002ff03") + ppp(R)), V4),
    "l2tp with all": (
        to(1701, bytes.fromhex("4a02000000010002000000000002ffffff03") + ppp(R6)),
        V6,
    ),
    "teredo": (to(3544, R6), V6),
    "teredo with headers": (to(3544, bytes.fromhex("00010000" + "00" * 9 + "0000" + "00" * 6) + R6), V6),
    "gre in udp": (to(4754, gre(0x0800, R)), V4),
    "mpls in udp": (to(6635, bytes.fromhex("00010140") + R), V4),
    "lisp": (to(4341, bytes(8) + R), V4),
    "tzsp": (to(37008, bytes.fromhex("01000001000d010601") + E4), V4),
    "vxlan in gre": (over(47, gre(0x0800, ip4(udp(vxlan(E6), 50_000, 4789), A, B))), V6),
}


@pytest.mark.parametrize(("octets", "expected"), (LINKS | TUNNELS).values(), ids=LINKS | TUNNELS)
def test_finds_the_response(octets: bytes, expected: Message) -> None:
    """One message, between the hosts inside, and nothing is counted as anything else."""
    assert taken(octets) == ([expected], Counter())
    assert taken(octets, checksums=True) == ([expected], Counter())


@pytest.mark.parametrize("octets", [octets for octets, _ in TUNNELS.values()], ids=TUNNELS)
def test_leaves_tunnels_alone_when_told_to(octets: bytes) -> None:
    assert taken(octets, tunnels=False) == ([], Counter({"tunnel": 1}))


@pytest.mark.parametrize("octets", [octets for octets, _ in LINKS.values()], ids=LINKS)
def test_link_headers_are_no_tunnels(octets: bytes) -> None:
    assert len(taken(octets, tunnels=False)[0]) == 1


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (over(47, bytes.fromhex("40000800") + R), "not_ip"),  # with routing, as RFC 1701 had it
        (over(47, bytes.fromhex("00020800") + R), "not_ip"),  # version 2
        (over(47, gre(0x0806, bytes(28))), "not_ip"),
        (over(47, b"\0"), "not_ip"),
        (over(97, bytes.fromhex("2000") + E4), "not_ip"),
        (to(4789, bytes(8) + E4), "not_ip"),
        (to(2152, b"\x32\x01" + bytes(10)), "not_ip"),  # an echo request
        (to(2152, gtp_u(R, extensions=b"\x85\x00\x00\x00")), "not_ip"),  # of no length
        (to(1701, bytes.fromhex("c802") + bytes(10)), "not_ip"),  # a control message
        (to(3544, b"\x45" + bytes(30)), "not_ip"),
        (frame(0x8864, bytes.fromhex("110000070000c021") + bytes(20)), "not_ip"),  # LCP
        (frame(0x8847, bytes.fromhex("00010040") * 5), "not_ip"),  # no last label
        (frame(0x8100, bytes.fromhex("00648100") * 40), "not_ip"),
        (frame(38, bytes.fromhex("424203") + bytes(35)), "not_ip"),  # spanning tree
        (over(41, R6[:-1]), "ip_cut"),
        (over(41, b""), "not_ip"),
        (over(4, ip4(udp(RESPONSE, 5300, 4000), SERVER, CLIENT)), "other_port"),
        (over(4, ip4(bytes(8), SERVER, CLIENT, proto=1)), "no_transport"),
    ],
)
def test_counts_what_is_not_there(octets: bytes, reason: str) -> None:
    """Once, for what is innermost."""
    assert taken(octets) == ([], Counter({reason: 1}))
    assert reason in REASONS


def test_goes_so_deep_and_no_deeper() -> None:
    packet = R
    for depth in range(DEPTH_MAX + 2):
        found, skipped = taken(ethernet(packet))
        assert (len(found), skipped) == (
            (1, Counter()) if depth <= DEPTH_MAX else (0, Counter({"tunnel_depth": 1}))
        )
        packet = ip4(packet, A, B, proto=4)


def test_puts_fragments_together_inside_and_outside() -> None:
    """A tunnel's own fragments, and in each piece fragments of the response: what an MTU does twice."""
    dissector = Dissector((53,), Counter())
    segment = udp(RESPONSE, 53, 4000)
    halves = [
        ip6(fragment_header(17, 0, True) + segment[:16], SERVER_6, CLIENT_6, proto=44),
        ip6(fragment_header(17, 16, False) + segment[16:], SERVER_6, CLIENT_6, proto=44),
    ]
    found: list[Message] = []
    for number, half in enumerate(halves):
        outer = {"proto": 41, "identification": number}
        for piece in (
            ip4(half[:24], A, B, more=True, **outer),  # type: ignore[arg-type]
            ip4(half[24:], A, B, offset=24, **outer),  # type: ignore[arg-type]
        ):
            found += dissector.take((TIME_NS, ETHERNET, ethernet(piece), 0))
    assert found == [(*V6[:-1], 9)]
    assert not dissector.skipped


def test_a_response_to_a_tunnel_s_port_is_a_response() -> None:
    """A resolver may ask from any port."""
    for port in PORTS:
        (found,), skipped = taken(ethernet(ip4(udp(RESPONSE, 53, port), SERVER, CLIENT)))
        assert (found[5], found[6], skipped) == (port, RESPONSE, Counter())


@given(
    st.sampled_from([*PROTOCOLS, *PORTS]),
    st.binary(max_size=60),
    st.sampled_from([*LINKS.values(), *TUNNELS.values()]),
    st.integers(0, 120),
    st.integers(0, 255),
)
def test_random_octets_never_raise(
    kind: int, octets: bytes, good: tuple[bytes, Message], at: int, octet: int
) -> None:
    """Behind a tunnel's header, and in place of an octet of a good one; each is counted or gives one."""
    changed = bytearray(good[0])
    changed[at % len(changed)] = octet
    for each in (over(kind, octets) if kind in PROTOCOLS else to(kind, octets), bytes(changed)):
        found, skipped = taken(each)
        assert len(found) + skipped.total() == 1
        assert set(skipped) <= set(REASONS)
