"""Where IP begins behind each link header."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap.links import NOT_IP, LinkTypeError, ip_offset
from tests.packets import COOKED, COOKED_2, ETHERNET, LOOP, NULL, ethernet, ip4, ip6

V4, V6 = ip4(b""), ip6(b"")
UNDERSTOOD = (0, 1, 12, 14, 101, 108, 113, 228, 229, 276)


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
        (COOKED, struct.pack("!3H8xH", 0, 1, 6, 0x0806), NOT_IP),
        (COOKED_2, struct.pack("!H2xIHBB8x", 0x0800, 1, 1, 0, 6) + V4, 20),
        (COOKED_2, struct.pack("!H2xIHBB8xHH", 0x8100, 1, 1, 0, 6, 5, 0x86DD) + V6, 24),
        *((raw, V4, 0) for raw in (12, 14, 101, 228, 229)),
    ],
)
def test_finds_ip(link_type: int, frame: bytes, offset: int) -> None:
    assert ip_offset(link_type, frame) == offset


@pytest.mark.parametrize(
    ("number", "text"), [(127, "link type 127 (802.11 wireless, radiotap) is"), (999, "link type 999 is")]
)
def test_names_what_it_does_not_understand(number: int, text: str) -> None:
    with pytest.raises(LinkTypeError, match=r"none of those understood: Ethernet, raw IP") as raised:
        ip_offset(number, b"")
    assert str(raised.value).startswith(text)
    assert raised.value.number == number


@given(st.sampled_from(UNDERSTOOD), st.binary(max_size=60))
def test_random_octets_never_raise(link_type: int, octets: bytes) -> None:
    ip_offset(link_type, octets)
