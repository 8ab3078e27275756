"""Where IP begins behind each link header."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap.ethertypes import NOT_IP
from nxcast.producers.pcap.links import UNDERSTOOD, LinkTypeError, check_link_type, ip_offset
from tests.packets import COOKED, COOKED_2, ETHERNET, LOOP, NULL, ethernet, ip4, ip6, nflog, ppp, pppoe, snap

V4, V6 = ip4(b""), ip6(b"")
E4 = ethernet(V4)
WIRELESS = bytes.fromhex("08000000") + bytes(20)  # 802.11: data, one direction
RADIOTAP = bytes.fromhex("00000c000480000002006b00")[:12]


def pktap(link_type: int, payload: bytes) -> bytes:
    return struct.pack("<3I", 108, 1, link_type) + bytes(96) + payload


def ppi(link_type: int, payload: bytes) -> bytes:
    return struct.pack("<BBHI", 0, 0, 8, link_type) + payload


@pytest.mark.parametrize(
    ("link_type", "frame", "offset"),
    [
        (ETHERNET, ethernet(V4), 14),
        (ETHERNET, ethernet(V6), 14),
        (ETHERNET, ethernet(V4, 0x8100), 18),
        (ETHERNET, ethernet(V6, 0x88A8, 0x8100), 22),
        (ETHERNET, ethernet(V4, 0x9100, 0x9200, *[0x8100] * 8), 54),
        (ETHERNET, b"\x02" * 12 + b"\x08\x06", NOT_IP),  # ARP
        (ETHERNET, b"\x02" * 12 + b"\x81\x00\x00\x01", NOT_IP),
        (ETHERNET, b"", NOT_IP),
        (NULL, struct.pack("<I", 2) + V4, 4),
        (NULL, struct.pack(">I", 2) + V4, 4),
        (NULL, struct.pack("<I", 30) + V6, 4),
        (NULL, struct.pack("<I", 24) + V6, 4),
        (NULL, b"\x0f\x00\x08\x00" + V4, 4),
        (NULL, struct.pack("<I", 7), NOT_IP),
        (NULL, b"\x02", NOT_IP),
        (LOOP, struct.pack(">I", 28) + V6, 4),
        (COOKED, struct.pack("!3H8xH", 0, 1, 6, 0x0800) + V4, 16),
        (COOKED, struct.pack("!3H8xHHH", 0, 1, 6, 0x8100, 5, 0x86DD) + V6, 20),
        (COOKED, struct.pack("!3H8xH", 0, 1, 6, 0x8864) + pppoe(V4), 24),
        (COOKED, struct.pack("!3H8xH", 0, 1, 6, 4) + snap(V4), 24),
        (COOKED, struct.pack("!3H8xH", 0, 1, 6, 0x0806), NOT_IP),
        (COOKED_2, struct.pack("!H2xIHBB8x", 0x0800, 1, 1, 0, 6) + V4, 20),
        (COOKED_2, struct.pack("!H2xIHBB8xHH", 0x8100, 1, 1, 0, 6, 5, 0x86DD) + V6, 24),
        *((raw, V4, 0) for raw in (12, 14, 101, 228, 229)),
        (9, b"\xff\x03" + ppp(V4), 4),
        (9, ppp(V6), 2),
        (9, b"\x21" + V4, 1),
        (9, b"\xff\x03\xc0\x21" + bytes(8), NOT_IP),
        (10, bytes.fromhex("50") + bytes(12) + snap(V4), 21),
        (50, b"\xff\x03" + ppp(V4), 4),
        (50, b"\x0f\x00\x08\x00" + V4, 4),
        (51, pppoe(V6), 8),
        (100, snap(V4), 8),
        (104, b"\x8f\x00\x86\xdd" + V6, 4),
        (105, WIRELESS + snap(V4), 32),
        (105, b"\x88\x03" + bytes(30) + snap(V4), 40),  # QoS, four addresses
        (105, b"\x88\x80" + bytes(28) + snap(V4), 38),  # QoS, with HT control
        (105, b"\x08\x40" + bytes(22) + snap(V4), NOT_IP),  # encrypted
        (105, b"\x80\x00" + bytes(22) + snap(V4), NOT_IP),  # a beacon
        (109, bytes(12) + V4, 12),
        (117, b"\x3d\x02" + bytes(62) + V4, 64),
        (127, RADIOTAP + WIRELESS + snap(V6), 44),
        (166, b"\x01\x03" + ppp(V4), 4),
        (192, ppi(105, WIRELESS + snap(V4)), 40),
        (192, ppi(192, V4), NOT_IP),
        (204, b"\x00\xff\x03" + ppp(V4), 5),
        (204, b"\x01" + ppp(V6), 3),
        (239, nflog(V4), 20),
        (239, nflog(V6, ">"), 20),
        (239, b"\x02\0\0\0\0\0\0\0", NOT_IP),
        (258, pktap(1, E4), 122),
        (258, pktap(12, V6), 108),
        (258, pktap(258, E4), NOT_IP),
        (258, pktap(189, E4), NOT_IP),
    ],
)
def test_finds_ip(link_type: int, frame: bytes, offset: int) -> None:
    ethertype, found = ip_offset(link_type, frame)
    assert found == offset
    if offset != NOT_IP:
        assert ethertype == (0x0800 if frame[offset] >> 4 == 4 else 0x86DD)


@pytest.mark.parametrize(("number", "text"), [(189, "link type 189 (USB) is"), (999, "link type 999 is")])
def test_names_what_it_does_not_understand(number: int, text: str) -> None:
    with pytest.raises(LinkTypeError, match=r"none of those understood: Ethernet, raw IP") as raised:
        ip_offset(number, b"")
    assert str(raised.value).startswith(text)
    assert raised.value.number == number
    with pytest.raises(LinkTypeError):
        check_link_type(number)


@given(st.sampled_from(sorted(UNDERSTOOD)), st.binary(max_size=60))
def test_random_octets_never_raise(link_type: int, octets: bytes) -> None:
    check_link_type(link_type)
    ip_offset(link_type, octets)
