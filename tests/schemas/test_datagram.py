"""IP datagrams: what is read, what is refused and why."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.producers.pcap.capture_files import Reader
from nxcast.schemas.datagram import (
    FRAGMENTS_MAX,
    REASONS,
    Checksum,
    Datagram,
    DatagramError,
    parse_datagram,
)
from tests.packets import (
    CLIENT,
    CLIENT_6,
    SERVER,
    SERVER_6,
    extension,
    fragment_header,
    ip4,
    ip6,
    tcp,
    udp,
)

PAYLOAD = bytes(range(100))
V4 = Datagram(CLIENT, SERVER, 17, 4000, 53, PAYLOAD, None)
V6 = V4._replace(src=CLIENT_6, dst=SERVER_6)
LONG = udp(PAYLOAD * 10)


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        pytest.param(ip4(udp(PAYLOAD)), V4, id="IPv4"),
        pytest.param(ip4(udp(PAYLOAD)) + b"padding", V4, id="padded"),
        pytest.param(ip4(udp(PAYLOAD), options=bytes(12)), V4, id="IPv4 options"),
        pytest.param(ip4(udp(PAYLOAD), total=0), V4, id="IPv4 offload"),
        pytest.param(ip6(udp(PAYLOAD)), V6, id="IPv6"),
        pytest.param(ip6(udp(PAYLOAD), length=0), V6, id="IPv6 offload"),
        pytest.param(
            ip6(extension(60) + extension(43, 24) + extension(17) + udp(PAYLOAD), proto=0),
            V6,
            id="extensions",
        ),
        pytest.param(ip6(b"\x11\x01" + bytes(10) + udp(PAYLOAD), proto=51), V6, id="authentication header"),
        pytest.param(
            ip6(fragment_header(60, 0, False) + extension(17) + udp(PAYLOAD), proto=44),
            V6,
            id="atomic fragment",
        ),
        pytest.param(ip4(tcp(PAYLOAD, options=bytes(8)), proto=6), V4._replace(proto=6), id="TCP"),
    ],
)
def test_reads_a_packet(packet: bytes, expected: Datagram) -> None:
    assert parse_datagram([packet]) == expected


@pytest.mark.parametrize(
    ("packet", "reason"),
    [
        (b"", "ip_header"),
        (b"\x55" * 40, "ip_header"),
        (b"\x44" + ip4(udp(PAYLOAD))[1:], "ip_header"),  # IHL under 5
        (ip4(udp(PAYLOAD), total=19), "ip_header"),
        (ip4(udp(PAYLOAD))[:-1], "ip_cut"),
        (b"\x45" * 19, "ip_cut"),
        (ip6(udp(PAYLOAD))[:-1], "ip_cut"),
        (b"\x60" * 39, "ip_cut"),
        (ip6(extension(17)[:1], proto=0), "ip_extensions"),
        (ip6(b"\x11\xff" + udp(PAYLOAD), proto=0), "ip_extensions"),
        (ip6(extension(0) * 16 + extension(17) + udp(PAYLOAD), proto=0), "ip_extensions"),
        (ip6(fragment_header(17, 0, False)[:7], proto=44), "ip_extensions"),
        (ip6(fragment_header(44, 0, False) * 2 + udp(PAYLOAD), proto=44), "ip_extensions"),
        (ip4(udp(PAYLOAD), proto=1), "no_transport"),
        (ip4(b"1234567"), "transport_header"),
        (ip4(struct.pack("!4H", 1, 53, 7, 0)), "transport_header"),
        (ip4(struct.pack("!4H", 1, 53, 9, 0)), "transport_header"),
        (ip4(tcp(b"")[:19], proto=6), "transport_header"),
        (ip4(tcp(b"")[:12] + b"\x40" + tcp(b"")[13:], proto=6), "transport_header"),
        (ip4(LONG[:80], more=True), "fragments_missing"),
    ],
)
def test_says_what_is_wrong(packet: bytes, reason: str) -> None:
    with pytest.raises(DatagramError) as raised:
        parse_datagram([packet])
    assert (raised.value.reason, str(raised.value)) == (reason, REASONS[reason])


def fragments_4(size: int = 400) -> list[bytes]:
    return [
        ip4(LONG[at : at + size], offset=at, more=at + size < len(LONG)) for at in range(0, len(LONG), size)
    ]


def fragments_6(size: int = 400) -> list[bytes]:
    whole = extension(17) + LONG  # an extension header that can only be read once the datagram is whole
    return [
        ip6(fragment_header(60, at, at + size < len(whole)) + whole[at : at + size], proto=44)
        for at in range(0, len(whole), size)
    ]


@pytest.mark.parametrize("fragments", [fragments_4(), fragments_6(), fragments_4(16), fragments_6(16)])
def test_puts_fragments_together_in_any_order(fragments: list[bytes]) -> None:
    """Some twice, too."""
    datagram = parse_datagram([*fragments[1::-1], *fragments[:1:-1], fragments[0]][:FRAGMENTS_MAX])
    assert (datagram.sport, datagram.dport, datagram.payload) == (4000, 53, PAYLOAD * 10)


@pytest.mark.parametrize(
    ("fragments", "reason"),
    [
        ([], "fragments_missing"),
        (fragments_4()[1:], "fragments_missing"),
        (fragments_4()[:-1], "fragments_missing"),
        (fragments_4()[::2], "fragments_missing"),
        ([*fragments_4(), ip4(b"x" * 16, offset=8, more=True)], "fragments_overlap"),
        ([*fragments_4(), ip4(b"x" * 16, offset=2000, more=True)], "fragments_overlap"),
        ([*fragments_4(), ip4(LONG[-8:], offset=len(LONG), more=False)], "fragments_overlap"),
        ([*fragments_4(), ip4(b"x" * 1000, offset=65_000)], "fragments_overlap"),
        ([*fragments_4(), ip4(b"", identification=8, more=True)], "fragments_mixed"),
        ([*fragments_4(), *fragments_6()], "fragments_mixed"),
        ([ip4(udp(PAYLOAD)), ip4(udp(PAYLOAD), identification=1)], "fragments_mixed"),
        (fragments_4(8)[:65], "fragments_many"),
    ],
)
def test_refuses_fragments_that_make_no_datagram(fragments: list[bytes], reason: str) -> None:
    with pytest.raises(DatagramError) as raised:
        parse_datagram(fragments)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("packet", "expected"),
    [
        (ip4(udp(PAYLOAD)), Checksum.ABSENT),
        (ip4(udp(b"abc", checksum=0x1234)), Checksum.INCORRECT),
        # 0x3F36 = ~(C000+0201 + C633+6435 + 0011+000B + 0FA0+0035+000B + 6162+6300)
        (ip4(udp(b"abc", checksum=0x3F36)), Checksum.CORRECT),
        (ip4(tcp(b""), proto=6), Checksum.ERROR),
    ],
)
def test_looks_at_the_checksum_on_request(packet: bytes, expected: Checksum) -> None:
    assert parse_datagram([packet], verify=True).checksum is expected


@pytest.mark.parametrize("status", ["absent", "correct", "incorrect"])
def test_agrees_with_nmsg_about_checksums(shared: Path, status: str) -> None:
    """On the captures that were made to show each status, IPv4 and IPv6."""
    seen = set()
    for path in (shared / "farsight" / "nmsg_tests" / "udp-checksum" / status).glob("*.pcap"):
        for _, _, octets, _ in Reader().receive_data(path.read_bytes()):
            packet = octets[14:]
            try:
                datagram = parse_datagram([packet], verify=True)
            except DatagramError:
                continue
            if datagram.sport == 53:
                assert datagram.checksum is Checksum[status.upper()], path.name
                seen.add(len(datagram.src))
    assert seen == {4, 16}


_fragments = st.lists(
    st.builds(
        lambda offset, more, payload: ip4(payload, offset=offset * 8, more=more),
        st.integers(0, 8191),
        st.booleans(),
        st.binary(max_size=40),
    )
)


@given(
    st.lists(st.binary(max_size=100), max_size=3)
    | _fragments
    | st.binary(max_size=60).map(lambda octets: [b"\x60" + octets])
)
def test_random_octets_raise_nothing_else(packets: list[bytes]) -> None:
    try:
        datagram = parse_datagram(packets, verify=True)
    except DatagramError:
        return
    assert len(datagram.payload) <= 65_535
