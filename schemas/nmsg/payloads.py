"""NMSG payloads: which give a frame, and SIE:dnsnx both ways. Pure.

base:dnsqr, base:dnsobs and base:dnstap carry responses. All other types, and payloads that say themselves
that there is no response in them, are skipped by name; what ought to give a frame and can't is bad, for one
of `FAULTS`. No octets raise. The resolver's address is left out unless asked for.
"""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from google.protobuf.message import DecodeError
from google_crc32c import value as crc32c

from nxcast.schemas import datagram, dnstap
from nxcast.schemas.codes import UDP, UDP_RESPONSE_ONLY
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN
from nxcast.schemas.frames import FORWARDER, MARKS, RESPONSE, Frame, make_frame
from nxcast.schemas.ip_addresses import address_text
from nxcast.schemas.message import RD, name_of
from nxcast.schemas.names import NAME_MAX, name_wire
from nxcast.schemas.nmsg import nmsg_pb2
from nxcast.schemas.nmsg.container import Container, payload_crc
from nxcast.schemas.nmsg.dnsqr import frame_of_dnsqr
from nxcast.schemas.records import Nxdomain
from nxcast.schemas.units import SECOND_NS, U16_MAX, U64_MAX

__all__ = [
    "DNSNX",
    "DNSQR",
    "FAULTS",
    "BadPayload",
    "Reading",
    "decode_dnsnx",
    "encode_dnsnx",
    "make_payload",
    "read_container",
    "sensor_of",
    "source_of",
]

FAULTS = {
    **dnstap.FAULTS,
    **datagram.REASONS,
    "payload_crc": "payload whose CRC is another than its container says",
    "bad_protobuf": "payload that is no protobuf of its type",
    "bad_name": "name that is not in uncompressed wire form",
}
"""Reasons of a bad payload; complete."""

PayloadType = tuple[int, int]
"""Vendor and type, as in a payload's vid and msgtype."""

DNSQR: PayloadType = (1, 9)
DNSTAP: PayloadType = (1, 13)
DNSOBS: PayloadType = (1, 14)
DNSNX: PayloadType = (2, 6)
OTHER_TYPE = "other_type"
NO_RESPONSE_SEEN = "dnsobs_without_response"  # such as a time-out

# All types of vendor base in libnmsg 1.3.
_BASE = "ncap email linkpair http ipconn logline dns pkt dnsqr xml encode packet dnstap dnsobs"
_TYPE_NAMES: dict[PayloadType, str] = {
    **{(1, number): f"base:{name}" for number, name in enumerate(_BASE.split(), 1)},
    DNSNX: "SIE:dnsnx",
}
PAYLOAD_MIN = 11  # octets of an NmsgPayload with the four fields that it has to have
ZONES_KEPT = 8192  # zones and addresses of servers, which come again; at most 1,400 octets each, 11 MiB
_SOURCE = re.compile("nmsg-([0-9a-f]{8})")


class BadPayload(NamedTuple):
    """A payload that gave no frame and should have: `reason` is one of FAULTS, `source` who saw it, or 0."""

    source: int
    reason: str
    octets: bytes


class Reading(NamedTuple):
    """What a container's payloads gave, each in one place. `sources` has one for each frame.

    `source` is that of the first payload: the container's own, as far as it has one.
    """

    source: int
    frames: list[Frame]
    sources: list[int]
    bad: list[BadPayload]
    skipped: Counter[str]


def read_container(
    container: Container,
    *,
    keep_resolver_address: bool = False,
    forwarders: bool = False,
    check: Callable[[set[int]], None] = lambda _: None,
) -> Reading:
    """Frames of a container's payloads in their order.

    `check` gets the sources of all payloads before a message is read, and may raise.
    A payload with a wrong CRC is bad and the others go on, as with nmsgtool; one without a CRC is believed.
    """
    frames: list[Frame] = []
    sources: list[int] = []
    bad: list[BadPayload] = []
    skipped: Counter[str] = Counter()
    first = 0
    crcs = container.crcs
    payloads = [_opened(octets) for octets in container.payloads]
    check({payload.source if payload else 0 for payload in payloads})
    for index, (octets, payload) in enumerate(zip(container.payloads, payloads, strict=True)):
        if payload is None:
            bad.append(BadPayload(0, "bad_protobuf", octets))
            continue
        source = payload.source
        if not index:
            first = source
        if index < len(crcs) and payload_crc(payload.payload) != crcs[index]:
            bad.append(BadPayload(source, "payload_crc", octets))
            continue
        frame = _frame_of(payload, keep=keep_resolver_address)
        if not isinstance(frame, str):
            if forwarders and frame[RESPONSE][2] & RD:
                frame = (*frame[:MARKS], FORWARDER)
            frames.append(frame)
            sources.append(source)
        elif frame in FAULTS:
            bad.append(BadPayload(source, frame, octets))
        else:
            skipped[frame] += 1
    return Reading(first, frames, sources, bad, skipped)


def _opened(octets: bytes) -> nmsg_pb2.NmsgPayload | None:
    """A payload as far as its source, type and time; None where it is no protobuf of that kind."""
    if len(octets) < PAYLOAD_MIN:
        return None
    try:
        return nmsg_pb2.NmsgPayload.FromString(octets)
    except DecodeError:
        return None


def sensor_of(source: int) -> str:
    """Name of the sensor of a payload's source: nmsg-a1ba02cf, or nmsg where it names none."""
    return f"nmsg-{source:08x}" if source else "nmsg"


def source_of(sensor: str) -> int:
    """Source for the payloads of a sensor: the one that `sensor_of` names it by, else a CRC32C of its name.

    NMSG has room for a number of 32 bits only; so that two sensors stay two, each name has its own.
    """
    if sensor == sensor_of(0):
        return 0
    number = _SOURCE.fullmatch(sensor)
    return int(number[1], 16) if number else crc32c(sensor.encode())


def make_payload(kind: PayloadType, time_ns: int, octets: bytes, source: int = 0) -> nmsg_pb2.NmsgPayload:
    """A payload for a container; `time_ns` in nanoseconds since the epoch."""
    vid, msgtype = kind
    seconds, nanoseconds = divmod(time_ns, SECOND_NS)
    return nmsg_pb2.NmsgPayload(
        vid=vid,
        msgtype=msgtype,
        time_sec=seconds,
        time_nsec=nanoseconds,
        payload=octets,
        source=source or None,
    )


def encode_dnsnx(record: Nxdomain) -> bytes:
    """SIE:dnsnx of a record of the NXDOMAIN channel."""
    seconds, nanoseconds = divmod(record["time_ns"], SECOND_NS)
    soa_rrname = record["soa_rrname"]
    return nmsg_pb2.DnsNX(
        qname=name_wire(record["qname"]),
        qtype=record["qtype"],
        qclass=record["qclass"],
        response_ip=_packed(record["response_ip"]),
        soa_rrname=None if soa_rrname is None else _zone_wire(soa_rrname),
        response_time_sec=seconds,
        response_time_nsec=nanoseconds,
    ).SerializeToString()


def decode_dnsnx(payload: nmsg_pb2.NmsgPayload) -> Nxdomain | str:
    """The record of a payload of SIE:dnsnx, or the reason, one of FAULTS, why there is none."""
    try:
        dnsnx = nmsg_pb2.DnsNX.FromString(payload.payload)
    except DecodeError:
        return "bad_protobuf"
    if len(dnsnx.response_ip) not in (4, 16):
        return "response_address"
    if max(dnsnx.qtype, dnsnx.qclass) > U16_MAX or not dnsnx.IsInitialized():
        return "bad_protobuf"
    try:
        qname = name_of(dnsnx.qname)
        soa_rrname = name_of(dnsnx.soa_rrname) if dnsnx.HasField("soa_rrname") else None
    except ValueError:
        return "bad_name"
    time_ns = _payload_ns(payload)
    if dnsnx.HasField("response_time_sec"):
        time_ns = dnsnx.response_time_sec * SECOND_NS + dnsnx.response_time_nsec
    if not 0 <= time_ns <= U64_MAX:
        return "response_time"
    return {
        "qname": qname,
        "qclass": dnsnx.qclass,
        "qtype": dnsnx.qtype,
        "response_ip": address_text(dnsnx.response_ip),
        "soa_rrname": soa_rrname,
        "time_ns": time_ns,
        "sensor": sensor_of(payload.source),
    }


def _frame_of(payload: nmsg_pb2.NmsgPayload, *, keep: bool) -> Frame | str:
    kind = (payload.vid, payload.msgtype)
    if kind == DNSQR:
        return frame_of_dnsqr(payload.payload, _payload_ns(payload), keep_resolver_address=keep)
    if kind == DNSOBS:
        return _frame_of_dnsobs(payload)
    if kind == DNSTAP:
        # Its own time is unsigned, so the payload's counts only where it has none.
        read_ns = max(_payload_ns(payload), 0)
        return dnstap.frame_of(payload.payload, read_ns, keep_resolver_address=keep)
    return _TYPE_NAMES.get(kind, OTHER_TYPE)


def _frame_of_dnsobs(payload: nmsg_pb2.NmsgPayload) -> Frame | str:
    """Of type UDP_RESPONSE_ONLY (7), UDP and port 0: it tells neither transport, nor port, nor query."""
    try:
        dnsobs = nmsg_pb2.DnsObs.FromString(payload.payload)
    except DecodeError:
        return "bad_protobuf"
    response, address = dnsobs.response, dnsobs.response_ip
    if not response:
        return NO_RESPONSE_SEEN
    if not DNS_MESSAGE_MIN <= len(response) <= DNS_MESSAGE_MAX:
        return "response_size"
    if len(address) not in (4, 16):
        return "response_address"
    # The same second in both, as is usual: then the payload's time is the finer one.
    time_ns = _payload_ns(payload) if payload.time_sec == dnsobs.time else dnsobs.time * SECOND_NS
    if not 0 <= time_ns <= U64_MAX:
        return "response_time"
    zone = dnsobs.query_zone or None
    if zone is not None and len(zone) > NAME_MAX:
        return "query_zone"
    return make_frame(time_ns, UDP_RESPONSE_ONLY, address, 0, UDP, None, None, None, response, zone)


@lru_cache(ZONES_KEPT)
def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


_zone_wire = lru_cache(ZONES_KEPT)(name_wire)


def _payload_ns(payload: nmsg_pb2.NmsgPayload) -> int:
    return payload.time_sec * SECOND_NS + payload.time_nsec
