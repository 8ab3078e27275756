"""nmsg_payloads and nmsg_dnsqr: which payloads give a frame, what is in it, and why others give none."""

from __future__ import annotations

import base64
import ipaddress
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.codes import OBSERVATIONS, type_number
from nxcast.schemas.datagram import Checksum, parse_datagram
from nxcast.schemas.frames import FRAMES_2, Frame, encode_batch, make_frame
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import Container, decode_container, encode_container, payload_crc
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr, frame_of_dnsqr
from nxcast.schemas.nmsg.payloads import (
    DNSNX,
    DNSOBS,
    DNSQR,
    DNSTAP,
    FAULTS,
    Reading,
    decode_dnsnx,
    encode_dnsnx,
    make_payload,
    read_container,
    sensor_of,
    source_of,
)
from nxcast.schemas.records import RECORDS, Nxdomain

TIME_NS = 1_700_000_000_123_456_789
V4, V6 = bytes([192, 0, 2, 1]), bytes(15) + b"\1"
RESPONSE = bytes.fromhex("0001 8003 0001 0000 0000 0000 00 0001 0001")
QUERY = bytes.fromhex("0001 0000 0001 0000 0000 0000 00 0001 0001")
RESOLVER = bytes([203, 0, 113, 7])
FRAME = make_frame(TIME_NS, 1, V4, 53, 17, RESOLVER, 4000, QUERY, RESPONSE)


def reading(kind: tuple[int, int], octets: bytes, keep: bool = False) -> Reading:
    container = decode_container(encode_container([make_payload(kind, TIME_NS, octets, 0xA1BA02CF)]))
    assert isinstance(container, Container)
    return read_container(container, keep_resolver_address=keep)


def result(kind: tuple[int, int], octets: bytes, keep: bool = False) -> Frame | str:
    """The one frame, or the one reason."""
    read = reading(kind, octets, keep)
    outcomes = [*read.frames, *(bad.reason for bad in read.bad), *read.skipped.elements()]
    assert len(outcomes) == 1
    assert all(bad.reason in FAULTS for bad in read.bad)
    assert not any(reason in FAULTS for reason in read.skipped)
    return outcomes[0]


def dnsqr(frame: Frame = FRAME, **fields: Any) -> bytes:
    """The dnsqr of a frame, some fields other; None clears one."""
    message = nmsg_pb2.DnsQR.FromString(encode_dnsqr(frame))
    for name, value in fields.items():
        message.ClearField(name)  # type: ignore[arg-type]
        if isinstance(value, list):
            getattr(message, name).extend(value)
        elif value is not None:
            setattr(message, name, value)
    return message.SerializePartialToString()


def test_keeps_all_that_a_dnsqr_tells() -> None:
    """The resolver only on demand."""
    assert result(DNSQR, dnsqr()) == (*FRAME[:5], None, None, *FRAME[7:])
    assert result(DNSQR, dnsqr(), keep=True) == FRAME
    assert reading(DNSQR, dnsqr()).sources == [0xA1BA02CF]


@pytest.mark.parametrize("kind", [1, 3, 7])
def test_keeps_the_type(kind: Any) -> None:
    """So that unsolicited responses stay what they are."""
    assert result(DNSQR, dnsqr(type=kind))[1] == kind


def test_takes_the_time_of_the_payload_where_the_dnsqr_has_none() -> None:
    assert result(DNSQR, dnsqr(response_time_sec=[]))[0] == TIME_NS
    assert result(DNSQR, dnsqr(response_time_sec=[5, 9], response_time_nsec=[]))[0] == 5_000_000_000


def test_a_wrong_checksum_drops_nothing() -> None:
    """Also none at all, and whatever the record says about it."""
    for checksum in (b"\0\0", b"\x12\x34"):
        packet = bytearray(nmsg_pb2.DnsQR.FromString(dnsqr()).response_packet[0])
        packet[26:28] = checksum
        assert result(DNSQR, dnsqr(response_packet=[bytes(packet)], udp_checksum=2))[8] == RESPONSE


def test_a_query_that_cannot_be_read_costs_the_query_only() -> None:
    assert result(DNSQR, dnsqr(query_packet=[b"?"]))[7] is None
    assert result(DNSQR, dnsqr(query_packet=[]))[7] is None


def test_a_zeroed_resolver_is_none() -> None:
    frame = result(DNSQR, dnsqr(resolver_address_zeroed=True), keep=True)
    assert frame[5:7] == (None, None)
    assert result(DNSQR, dnsqr(query_ip=b"123", query_port=70_000), keep=True)[5:7] == (None, None)


PACKET = nmsg_pb2.DnsQR.FromString(dnsqr()).response_packet[0]
TCP_FRAME = make_frame(TIME_NS, 4, V4, 53, 6, RESOLVER, 4000, None, RESPONSE)
QUERY_PACKET = nmsg_pb2.DnsQR.FromString(dnsqr()).query_packet[0]
SEGMENT = nmsg_pb2.DnsQR.FromString(dnsqr(TCP_FRAME)).tcp
NOT_FRAMES: dict[str, tuple[dict[str, Any], str]] = {
    "no type": ({"type": None}, "unknown_type"),
    "unanswered": ({"type": 2}, "UDP_UNANSWERED_QUERY"),
    "query only": ({"type": 6}, "UDP_QUERY_ONLY"),
    "invalid": ({"type": 0}, "UDP_INVALID"),
    "icmp": ({"type": 5}, "ICMP"),
    "no packet": ({"response_packet": []}, "no_response"),
    "no IP": ({"response_packet": [b"?" * 40]}, "ip_header"),
    "cut": ({"response_packet": [PACKET[:-1]]}, "ip_cut"),
    "two packets": ({"response_packet": [PACKET, QUERY_PACKET]}, "fragments_mixed"),
    "a thousand packets": ({"response_packet": [PACKET] * 1000}, "fragments_many"),
    "TCP": ({"response_packet": [SEGMENT]}, "no_transport"),
    "short": ({"response_packet": [PACKET[:3] + b"\x27" + PACKET[4:24] + b"\0\x13\0\0" + RESPONSE[:11]]},
              "response_size"),
    "address": ({"response_ip": b"12345"}, "response_address"),
    "port": ({"response_port": 65_536}, "response_port"),
    "before 1970": ({"response_time_sec": [-1]}, "response_time"),
    "far away": ({"response_time_sec": [1 << 62]}, "response_time"),
    "TCP, no segment": ({"type": 4}, "no_response"),
    "TCP, a UDP packet": ({"type": 4, "tcp": PACKET}, "no_transport"),
    "TCP, half a message": ({"type": 4, "tcp": SEGMENT[:3] + b"\x38" + SEGMENT[4:56]}, "tcp_segment"),
    "TCP, a query": ({"type": 4, "tcp": SEGMENT[:44] + b"\0" + SEGMENT[45:]}, "tcp_segment"),
    "TCP, cut": ({"type": 4, "tcp": SEGMENT[:-1]}, "ip_cut"),
    "TCP, before 1970": ({"type": 4, "tcp": SEGMENT, "response_time_sec": [-1]}, "response_time"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_FRAMES)
def test_names_what_gives_no_frame(name: str) -> None:
    fields, reason = NOT_FRAMES[name]
    assert result(DNSQR, dnsqr(**fields)) == reason


def test_names_what_is_no_protobuf() -> None:
    for kind in (DNSQR, DNSOBS, DNSTAP):
        assert result(kind, b"\xff\xff") == "bad_protobuf"
    assert read_container(Container([b"\xff"], [], None, None)).bad[0].reason == "bad_protobuf"


def test_names_the_types_that_it_leaves_out() -> None:
    for kind, name in [((1, 6), "base:logline"), ((1, 7), "base:dns"), (DNSNX, "SIE:dnsnx")]:
        assert result(kind, b"anything") == name
    for kind in [(0, 0), (1, 15), (2, 1), (0xFFFFFFFF, 0xFFFFFFFF)]:
        assert result(kind, b"") == "other_type"


def test_a_tcp_record_of_one_whole_response_is_a_frame() -> None:
    """Its addresses come from the segment, as libnmsg leaves the fields empty."""
    octets = dnsqr(
        TCP_FRAME, query_ip=b"", response_ip=b"", query_port=0, response_port=0, response_time_sec=[]
    )
    assert result(DNSQR, octets) == make_frame(TIME_NS, 4, V4, 53, 6, None, None, None, RESPONSE)
    assert result(DNSQR, octets, keep=True) == TCP_FRAME


def dnsobs(**fields: Any) -> bytes:
    usual = {"time": TIME_NS // 10**9, "response_ip": V6, "qname": b"\0", "qtype": 1, "qclass": 1, "rcode": 3}
    return nmsg_pb2.DnsObs(**{**usual, "response": RESPONSE, **fields}).SerializePartialToString()


def test_a_dnsobs_with_a_response_is_a_frame() -> None:
    """Its payload's time where that is the same second, else its own, to the second."""
    assert result(DNSOBS, dnsobs()) == make_frame(TIME_NS, 7, V6, 0, 17, None, None, None, RESPONSE)
    assert result(DNSOBS, dnsobs(time=7))[0] == 7_000_000_000
    assert result(DNSOBS, dnsobs(response=b"")) == "dnsobs_without_response"
    assert result(DNSOBS, dnsobs(response=bytes(11))) == "response_size"
    assert result(DNSOBS, dnsobs(response_ip=b"")) == "response_address"
    assert result(DNSOBS, dnsobs(time=1 << 63)) == "response_time"
    assert result(DNSOBS, dnsobs(query_zone=b"\x03com\0"))[9] == b"\x03com\0"
    assert result(DNSOBS, dnsobs(query_zone=bytes(256))) == "query_zone"


def test_a_wrong_crc_spoils_its_payload_only() -> None:
    """As with nmsgtool; a payload without a CRC is believed."""
    payloads = [make_payload(DNSQR, TIME_NS, dnsqr()).SerializeToString()] * 3
    crc = payload_crc(dnsqr())
    read = read_container(Container(payloads, [crc, crc ^ 1], None, None))
    assert (len(read.frames), [bad.reason for bad in read.bad]) == (2, ["payload_crc"])
    assert read.bad[0].octets == payloads[1]


def test_a_source_names_its_sensor() -> None:
    assert (sensor_of(0xBEEF), sensor_of(0)) == ("nmsg-0000beef", "nmsg")


ADDRESSES = st.sampled_from([V4, bytes(4), b"\xff" * 4]), st.sampled_from([V6, bytes(16), b"\xff" * 16])
MESSAGES = st.binary(min_size=12, max_size=60).map(lambda octets: octets[:2] + b"\x80" + octets[3:])
PORTS = st.integers(1, 0xFFFF)


def frames(kind: st.SearchStrategy[int], proto: int, query: st.SearchStrategy[bytes | None]) -> Any:
    return st.one_of(
        [
            st.tuples(
                st.integers(0, (1 << 64) - 1),
                kind,
                address,
                PORTS,
                st.just(proto),
                address,
                PORTS,
                query,
                MESSAGES,
            ).map(lambda fields: make_frame(*fields))
            for address in ADDRESSES
        ]
    )


@given(
    frames(st.sampled_from([1, 3, 7]), 17, st.none() | st.binary(max_size=50))
    | frames(st.just(4), 6, st.none())
)
def test_frames_round_trip(frame: Frame) -> None:
    """Of both families, over UDP and TCP; and without the resolver the rest is the same."""
    assert frame_of_dnsqr(encode_dnsqr(frame), 0, keep_resolver_address=True) == frame
    bare = (*frame[:5], None, None, *frame[7:])
    octets = encode_dnsqr(bare)
    assert frame_of_dnsqr(octets, 0, keep_resolver_address=True) == bare
    message = nmsg_pb2.DnsQR.FromString(octets)
    assert message.resolver_address_zeroed
    assert message.query_ip == bytes(len(frame[2]))


@given(st.sampled_from(ADDRESSES).flatmap(lambda address: st.tuples(address, address)), MESSAGES)
def test_datagrams_are_made_right(addresses: tuple[bytes, bytes], message: bytes) -> None:
    """Their checksums too: as others look at them."""
    octets = encode_dnsqr((0, 1, addresses[0], 53, 17, addresses[1], 9, None, message), (b"\0", 1, 1))
    record = nmsg_pb2.DnsQR.FromString(octets)
    packet = record.response_packet[0]
    assert parse_datagram([packet], verify=True) == (*addresses, 17, 53, 9, message, Checksum.CORRECT)
    if len(addresses[0]) == 4:
        assert sum(struct.unpack("!10H", packet[:20])) % 0xFFFF == 0
    assert (record.qname, record.rcode, record.id) == (b"\0", message[3] & 15, message[0] << 8 | message[1])


@pytest.mark.parametrize(("proto", "kind", "size"), [(17, 1, 65_508), (6, 4, 65_494), (17, 1, 65_535)])
def test_a_message_that_fits_in_no_datagram_is_refused(proto: Any, kind: Any, size: int) -> None:
    with pytest.raises(ValueError, match="too large"):
        encode_dnsqr((0, kind, V4, 53, proto, None, None, None, bytes(size)))
    largest = RESPONSE + bytes(size - 1 - len(RESPONSE)) if size < 65_535 else RESPONSE
    assert frame_of_dnsqr(encode_dnsqr((0, kind, V4, 53, proto, None, None, None, largest)), 0)[8] == largest


FIELDS = st.fixed_dictionaries(
    {"type": st.sampled_from(range(8)), "response_ip": st.sampled_from([V4, V6, b"12345"])},
    optional={
        "query_ip": st.binary(max_size=17),
        "query_port": st.integers(0, 0xFFFFFFFF),
        "response_port": st.integers(0, 0x1FFFF),
        "response_packet": st.lists(st.sampled_from([PACKET, SEGMENT, PACKET[:30], b""]), max_size=3),
        "query_packet": st.lists(st.sampled_from([PACKET, SEGMENT, PACKET[:30], b""]), max_size=3),
        "response_time_sec": st.lists(st.integers(-(1 << 63), (1 << 63) - 1), max_size=2),
        "response_time_nsec": st.lists(st.integers(-(1 << 31), (1 << 31) - 1), max_size=2),
        "tcp": st.sampled_from([SEGMENT, PACKET, SEGMENT[:50], b""]),
    },
)


def assert_valid(made: list[Frame]) -> None:
    header = {"sensor": "x", "epoch": 1, "sequence": 1, "count": len(made)}
    assert decode_batch(encode_batch(header, made, FRAMES_2)).frames == made  # type: ignore[arg-type]


@given(FIELDS, st.booleans())
def test_frames_are_what_the_broker_takes(fields: dict[str, Any], keep: bool) -> None:
    """Whatever a dnsqr holds, a frame that is made of it passes the schema."""
    assert_valid(reading(DNSQR, nmsg_pb2.DnsQR(**fields).SerializePartialToString(), keep).frames)


@given(
    st.sampled_from([DNSQR, DNSOBS, DNSTAP, DNSNX, (9, 9)]),
    st.binary(max_size=80),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.booleans(),
    st.data(),
)
def test_random_and_mutated_payloads_give_frames_or_reasons(
    kind: tuple[int, int], octets: bytes, seconds: int, mutate: bool, data: st.DataObject
) -> None:
    """Nothing raises, and each payload is in one place."""
    if mutate:
        changed = bytearray({DNSQR: dnsqr(), DNSOBS: dnsobs()}.get(kind, octets) or b"\0")
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        octets = bytes(changed)
    payload = nmsg_pb2.NmsgPayload(
        vid=kind[0], msgtype=kind[1], time_sec=seconds, time_nsec=1, payload=octets
    )
    read = read_container(Container([payload.SerializeToString()], [], None, None))
    assert len(read.frames) + len(read.bad) + read.skipped.total() == 1
    assert_valid(read.frames)
    decode_dnsnx(payload)
    assert read_container(Container([octets], [], None, None)).source >= 0


NAMES = st.lists(st.binary(min_size=1, max_size=30), max_size=5).map(
    lambda labels: b"".join([bytes([len(label)]) + label for label in labels]) + b"\0"
)


@given(NAMES, NAMES | st.none(), st.integers(0, 0xFFFF), st.integers(0, (1 << 64) - 1), st.booleans())
def test_dnsnx_round_trips(qname: bytes, soa: bytes | None, code: int, time_ns: int, v6: bool) -> None:
    """A record of the NXDOMAIN channel comes back from its payload."""
    wire = nmsg_pb2.DnsNX(qname=qname, qtype=code, qclass=1, response_ip=V6 if v6 else V4, soa_rrname=soa)
    record = decode_dnsnx(make_payload(DNSNX, time_ns, wire.SerializeToString(), 0xBEEF))
    assert isinstance(record, dict)
    RECORDS["nxdomain/"].validate_python([record])
    assert record["time_ns"] == time_ns
    octets = encode_dnsnx(record)
    again = nmsg_pb2.DnsNX.FromString(octets)
    assert (again.qname, again.HasField("soa_rrname")) == (qname, soa is not None)
    assert decode_dnsnx(make_payload(DNSNX, 0, octets, 0xBEEF)) == record


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"qname": b"\xc0\x00"}, "bad_name"),
        ({"qname": b"\x03ab"}, "bad_name"),
        ({"qname": b"\x00\x00"}, "bad_name"),
        ({"qname": b"\x3f" + bytes(63)}, "bad_name"),
        ({"qname": (b"\x3f" + bytes(63)) * 4 + b"\0"}, "bad_name"),
        ({"soa_rrname": b""}, "bad_name"),
        ({"qname": None}, "bad_protobuf"),
        ({"qtype": 65_536}, "bad_protobuf"),
        ({"response_ip": b"123"}, "response_address"),
        ({"response_time_sec": -1}, "response_time"),
    ],
)
def test_names_what_is_wrong_with_a_dnsnx(fields: dict[str, Any], reason: str) -> None:
    usual: dict[str, Any] = {"qname": b"\0", "qtype": 1, "qclass": 1, "response_ip": V4, **fields}
    given = {name: value for name, value in usual.items() if value is not None}
    octets = nmsg_pb2.DnsNX(**given).SerializePartialToString()
    assert decode_dnsnx(make_payload(DNSNX, 0, octets)) == reason
    assert reason in FAULTS


# Below: what nmsgtool makes of the files of others.


def _told(name: str, shared: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (shared / "farsight" / name).read_text().splitlines()]


def _read(name: str, shared: Path, keep: bool = True) -> Reading:
    container = decode_container((shared / "farsight" / name).read_bytes())
    assert isinstance(container, Container)
    return read_container(container, keep_resolver_address=keep)


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def _dnsqr_frame(message: dict[str, Any]) -> tuple[Any, ...]:
    """What nmsgtool says of a dnsqr over UDP, as a frame."""
    query = message.get("query")
    return make_frame(
        message["response_time_sec"][0] * 10**9 + message["response_time_nsec"][0],
        {name: number for number, name in OBSERVATIONS.items()}[message["type"]],
        _packed(message["response_ip"]),
        message["response_port"],
        17,
        _packed(message["query_ip"]),
        message["query_port"],
        None if query is None else base64.b64decode(query),
        base64.b64decode(message["response"]),
    )


@pytest.mark.parametrize(
    ("container", "told"),
    [
        ("nmsg_tests/test1-dnsqr.nmsg", "nmsg_tests/test1-dnsqr.json"),
        ("derived/edge.nmsg", "derived/edge.json"),
    ],
)
def test_agrees_with_nmsgtool_on_dnsqr(shared: Path, container: str, told: str) -> None:
    read = _read(container, shared)
    lines = _told(told, shared)
    expected = [
        (int(line.get("source", "0"), 16), _dnsqr_frame(line["message"]))
        for line in lines
        if "response" in line["message"]
    ]
    over_udp = [pair for pair in zip(read.sources, read.frames, strict=True) if pair[1][4] == 17]
    assert over_udp == expected
    assert not read.bad
    assert len(lines) == len(read.frames) + read.skipped.total()
    tcp = [base64.b64decode(line["message"]["tcp"]) for line in lines if line["message"]["type"] == "TCP"]
    messages = [frame[8] for frame in read.frames if frame[4] == 6]
    assert messages == [segment[42:] for segment in tcp]


def test_agrees_with_nmsgtool_on_fragments_and_checksums(shared: Path) -> None:
    """Packets of both families, whole and in fragments, with checksums right, wrong and absent."""
    count = 0
    for path in sorted((shared / "farsight" / "nmsg_tests").rglob("*dnsqr.json")):
        for line in path.read_text().splitlines():
            message = json.loads(line)["message"]
            packets = [base64.b64decode(packet) for packet in message["response_packet"]]
            record = nmsg_pb2.DnsQR(
                type=message["type"],
                query_ip=_packed(message["query_ip"]),
                response_ip=_packed(message["response_ip"]),
                query_port=message["query_port"],
                response_port=message["response_port"],
                query_packet=[base64.b64decode(packet) for packet in message["query_packet"]],
                response_packet=packets,
                response_time_sec=message["response_time_sec"],
                response_time_nsec=message["response_time_nsec"],
            )
            octets = record.SerializePartialToString()
            assert frame_of_dnsqr(octets, 0, keep_resolver_address=True) == _dnsqr_frame(message)
            checksum = parse_datagram(packets, verify=True).checksum
            assert checksum is not None
            assert checksum.name == message["udp_checksum"]
            count += len(packets) > 1
    assert count


@pytest.mark.parametrize(("name", "count"), [("dnsqr", 32), ("dnsqr2", 5)])
def test_takes_every_response_of_a_real_sensor(shared: Path, name: str, count: int) -> None:
    read = _read(f"nmsg_tests/{name}.nmsg", shared)
    assert (len(read.frames), read.bad, read.skipped) == (count, [], {})
    assert {sensor_of(source) for source in read.sources} == {"nmsg-a1ba02cf"}


def test_agrees_with_nmsgtool_on_dnsobs(shared: Path) -> None:
    messages = [line["message"] for line in _told("nmsg_tests/test1-dnsobs.json", shared)]
    read = _read("nmsg_tests/test1-dnsobs.nmsg", shared)
    assert [(frame[0] // 10**9, frame[2], frame[8]) for frame in read.frames] == [
        (message["time"], _packed(message["response_ip"]), base64.b64decode(message["response"]))
        for message in messages
    ]
    assert {frame[1] for frame in read.frames} == {7}


def test_agrees_with_nmsgtool_on_dnstap(shared: Path) -> None:
    (message,) = (line["message"] for line in _told("nmsg_tests/test1-dnstap.json", shared))
    (frame,) = _read("nmsg_tests/test1-dnstap.nmsg", shared).frames
    assert frame[0] == message["response_time_sec"] * 10**9 + message["response_time_nsec"]
    assert frame[1:5] == (1, _packed(message["response_address"]), message["response_port"], 17)
    assert frame[8] == base64.b64decode(message["response_message"])


@pytest.mark.parametrize(
    ("name", "frames", "bad"),
    [("absent", 1, []), ("correct", 1, []), ("incorrect", 0, ["payload_crc"])],
)
def test_agrees_with_nmsgtool_on_crcs(shared: Path, name: str, frames: int, bad: list[str]) -> None:
    """nmsgtool too drops the payload with the wrong one, and takes that without."""
    read = _read(f"nmsg_tests/test_crc32c_{name}.nmsg", shared)
    assert (len(read.frames), [each.reason for each in read.bad]) == (frames, bad)


def test_broken_utf8_is_a_logline_as_any(shared: Path) -> None:
    for path in (shared / "farsight/nmsg_tests/json-utf8").glob("*.nmsg"):
        read = _read(str(path.relative_to(shared / "farsight")), shared)
        assert (read.skipped, read.bad) == ({"base:logline": 1}, [])


def test_agrees_with_nmsgtool_on_dnsnx(shared: Path) -> None:
    """Both ways: the records are those of its JSON, and their payloads those of its file.

    Of the class, which nmsgtool lost on its way from JSON to the file, its presentation form is the witness.
    """
    container = decode_container((shared / "farsight" / "derived" / "nx.nmsg").read_bytes())
    assert isinstance(container, Container)
    payloads = [nmsg_pb2.NmsgPayload.FromString(each) for each in container.payloads]
    pres = (shared / "farsight" / "derived" / "nx.pres").read_text().split("\n\n")
    for payload, line, lines in zip(payloads, _told("derived/nx.json", shared), pres[:3], strict=True):
        message = line["message"]
        shown = dict(each.split(": ") for each in lines.strip().splitlines()[1:])
        record = decode_dnsnx(payload)
        assert record == {
            "qname": message["qname"],
            "qclass": int(shown["qclass"].split()[1].strip("()")),
            "qtype": type_number(message["qtype"]),
            "response_ip": message["response_ip"],
            "soa_rrname": message.get("soa_rrname"),
            "time_ns": 1_704_164_645_678_901_234,
            "sensor": sensor_of(int(line.get("source", "0"), 16)),
        }
        assert (shown["qname"], shown["response_ip"]) == (record["qname"], record["response_ip"])
        assert shown.get("soa_rrname") == record["soa_rrname"]
        if nmsg_pb2.DnsNX.FromString(payload.payload).HasField("response_time_sec"):
            assert encode_dnsnx(record) == payload.payload


def test_dnsnx_without_a_time_takes_its_payloads() -> None:
    octets = nmsg_pb2.DnsNX(qname=b"\0", qtype=1, qclass=1, response_ip=V4).SerializeToString()
    record: Nxdomain | str = decode_dnsnx(make_payload(DNSNX, TIME_NS, octets))
    assert isinstance(record, dict)
    assert (record["time_ns"], record["sensor"]) == (TIME_NS, "nmsg")


@pytest.mark.parametrize("source", [0, 1, 0xA1BA02CF, 0xFFFF_FFFF])
def test_a_sensor_that_was_read_from_nmsg_keeps_its_source(source: int) -> None:
    assert source_of(sensor_of(source)) == source


def test_other_sensors_have_a_source_each() -> None:
    """32 bits that are the same at each start, and those of a name's CRC32C (RFC 3720 appendix B.4)."""
    names = [f"{stem}{number}" for stem in ("ns", "nmsg-", "NMSG-a1ba02c", "") for number in range(100)]
    sources = {source_of(name) for name in names}
    assert len(sources) == len(names)
    assert max(sources) <= 0xFFFF_FFFF
    assert source_of("123456789") == 0xE3069283
