"""dnstap: which payloads give a frame, what is in it, and a reason for each other one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxcast.schemas import dnstap_pb2
from nxcast.schemas.batch_decoding import decode_batch
from nxcast.schemas.dnstap import FAULTS, frame_of, parsed
from nxcast.schemas.frames import FORWARDER, FRAMES_2, MARKS, encode_batch, make_frame

ZONE = b"\x03com\0"
READ_NS = 1_700_000_000_000_000_000
V6 = bytes(15) + b"\1"


def test_takes_all_that_is_known(wire: Any) -> None:
    """Every field of a full message reaches its place in the frame."""
    payload = wire.dnstap(
        socket_protocol=dnstap_pb2.UDP,
        response_address=V6,
        response_port=53,
        query_address=b"\x0a\0\0\1",
        query_port=4000,
        query_message=b"the query",
        query_time_sec=5,
        response_time_sec=7,
        response_time_nsec=9,
        query_zone=ZONE,
    )
    bare = make_frame(7_000_000_009, 1, V6, 53, 17, None, None, b"the query", wire.response, ZONE)
    assert frame_of(payload, READ_NS) == bare
    kept = frame_of(payload, READ_NS, keep_resolver_address=True)
    assert kept == (*bare[:5], b"\x0a\0\0\1", 4000, *bare[7:])


@pytest.mark.parametrize(
    ("kind", "desired", "wanted", "marks"),
    [
        ("RESOLVER_RESPONSE", False, False, 0),
        ("RESOLVER_RESPONSE", False, True, 0),
        ("RESOLVER_RESPONSE", True, False, 0),  # the broker counts it as a forwarder's
        ("RESOLVER_RESPONSE", True, True, FORWARDER),
        ("FORWARDER_RESPONSE", True, False, None),
        ("FORWARDER_RESPONSE", True, True, FORWARDER),
        ("FORWARDER_RESPONSE", False, True, FORWARDER),
    ],
)
def test_answers_of_forwarders_are_marked_where_they_are_wanted(
    wire: Any, kind: str, desired: bool, wanted: bool, marks: int | None
) -> None:
    """FORWARDER_RESPONSE, and RESOLVER_RESPONSE with RD=1."""
    response = bytearray(wire.response)
    response[2] = response[2] & ~1 | desired
    payload = wire.dnstap(type=dnstap_pb2.Message.Type.Value(kind), response_message=bytes(response))
    frame = frame_of(payload, READ_NS, forwarders=wanted)
    assert (frame if isinstance(frame, str) else frame[MARKS]) == (kind if marks is None else marks)


def test_needs_only_address_and_response(wire: Any) -> None:
    """All else is optional, and what is absent is None, port 0, or the time of reading."""
    frame = frame_of(wire.dnstap(), READ_NS, keep_resolver_address=True)
    assert frame == make_frame(READ_NS, 1, b"\xc0\0\2\1", 0, 17, None, None, None, wire.response)


@pytest.mark.parametrize(
    ("protocol", "kind", "proto"),
    [("UDP", 1, 17), ("DOQ", 1, 17), ("DNSCryptUDP", 1, 17)]
    + [(name, 4, 6) for name in ("TCP", "DOT", "DOH", "DNSCryptTCP")],
)
def test_tells_transports_apart(wire: Any, protocol: str, kind: int, proto: int) -> None:
    """What runs over TCP is TCP, the rest is UDP."""
    frame = frame_of(wire.dnstap(socket_protocol=dnstap_pb2.SocketProtocol.Value(protocol)), READ_NS)
    assert (frame[1], frame[4]) == (kind, proto)


def test_takes_the_query_time_where_the_response_has_none(wire: Any) -> None:
    """The second best time."""
    assert frame_of(wire.dnstap(query_time_sec=5, query_time_nsec=6), READ_NS)[0] == 5_000_000_006


@pytest.mark.parametrize(
    "name",
    [name for name in dnstap_pb2.Message.Type.keys() if name != "RESOLVER_RESPONSE"],  # noqa: SIM118
)
def test_names_the_types_that_it_leaves_out(wire: Any, name: str) -> None:
    """Whatever is not between resolver and authority, from the resolver, is named by its type."""
    assert frame_of(wire.dnstap(type=dnstap_pb2.Message.Type.Value(name)), READ_NS) == name


FAULTY = {
    "no_response": {"response_message": None},
    "response_size": {"response_message": bytes(11)},
    "query_size": {"query_message": bytes(65_536)},
    "query_zone": {"query_zone": bytes(256)},
    "response_address": {"response_address": bytes(5)},
    "response_port": {"response_port": 65_536},
    "response_time": {"response_time_sec": 1 << 63},
    "unknown_type": {"type": None},
}


@pytest.mark.parametrize(("reason", "fields"), FAULTY.items(), ids=FAULTY)
def test_names_faults(wire: Any, reason: str, fields: dict[str, Any]) -> None:
    """Each fault has its reason, and each reason its description."""
    assert frame_of(wire.dnstap(**fields), READ_NS) == reason
    assert reason in FAULTS


def test_names_faults_of_the_payload(wire: Any) -> None:
    """No protobuf; no message; a response of more than 64 KiB; no address at all; a type of the future."""
    assert frame_of(b"\xff\xff", READ_NS) == "bad_protobuf"
    assert frame_of(b"", READ_NS) == "no_message"
    assert frame_of(bytes.fromhex("7801"), READ_NS) == "no_message"
    assert frame_of(bytes.fromhex("7801 7202 0863"), READ_NS) == "unknown_type"
    assert frame_of(wire.dnstap(response_message=bytes(65_536)), READ_NS) == "response_size"
    assert frame_of(wire.dnstap(response_address=None), READ_NS) == "response_address"


def test_leaves_out_what_can_be_no_resolver(wire: Any) -> None:
    """An odd address of the resolver costs the address, not the response."""
    payload = wire.dnstap(query_address=bytes(3), query_port=53)
    assert frame_of(payload, READ_NS, keep_resolver_address=True)[5:7] == (None, None)


_MESSAGES = st.fixed_dictionaries(
    {"type": st.just(4), "response_address": st.sampled_from([bytes(4), V6, bytes(5)])},
    optional={
        "response_message": st.binary(min_size=10, max_size=40),
        "query_message": st.binary(max_size=20),
        "query_address": st.binary(max_size=17),
        "query_port": st.integers(0, 0xFFFFFFFF),
        "response_port": st.integers(0, 0x1FFFF),
        "response_time_sec": st.integers(0, 0xFFFFFFFFFFFFFFFF),
        "response_time_nsec": st.integers(0, 0xFFFFFFFF),
        "query_zone": st.binary(max_size=300),
        "socket_protocol": st.sampled_from(dnstap_pb2.SocketProtocol.values()),
    },
)


@given(_MESSAGES, st.booleans())
def test_frames_are_what_the_broker_takes(fields: dict[str, Any], keep: bool) -> None:
    """Whatever a message holds, a frame that is made of it passes the schema."""
    payload = dnstap_pb2.Dnstap(type=1, message=dnstap_pb2.Message(**fields)).SerializeToString()
    frame = frame_of(payload, READ_NS, keep_resolver_address=keep)
    if isinstance(frame, str):
        assert frame in FAULTS
    else:
        header = {"sensor": "x", "epoch": 1, "sequence": 1, "count": 1}
        assert decode_batch(encode_batch(header, [frame], FRAMES_2)).frames == [frame]  # type: ignore[arg-type]


@given(st.binary(max_size=200))
def test_random_octets_give_a_reason(octets: bytes) -> None:
    """Nothing raises."""
    assert isinstance(frame_of(octets, READ_NS), (str, tuple))
    assert (parsed(octets) is None) == (frame_of(octets, READ_NS) == "bad_protobuf")
