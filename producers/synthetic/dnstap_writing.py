"""From frames to the octets of a dnstap file, as a resolver would have written it. Pure.

Each frame is a RESOLVER_RESPONSE with its query, in a one-way Frame Streams stream (see frame_streams); what
a client was denied is a CLIENT_RESPONSE, to the client's address.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from nxcast.producers.dnstap.frame_streams import CONTENT_TYPE, CONTENT_TYPE_FIELD, Control
from nxcast.producers.synthetic.exchange import NEGATIVE_TTL
from nxcast.producers.synthetic.messages import QR, encode, soa
from nxcast.producers.synthetic.world import CLIENT, RESOLVERS, query_port, round_trip_ns
from nxcast.schemas import dnstap_pb2
from nxcast.schemas.codes import DNS_PORT, RCODE_NXDOMAIN
from nxcast.schemas.frames import TYPE, Frame
from nxcast.schemas.message import name_of
from nxcast.schemas.question_frame import QUESTION, QuestionFrame
from nxcast.schemas.units import SECOND_NS

__all__ = ["dnstap_file"]

_IDENTITY, _VERSION = b"synthetic", b"nxcast"
_FAMILIES = {4: dnstap_pb2.INET, 16: dnstap_pb2.INET6}
_PROTOCOLS = {17: dnstap_pb2.UDP, 6: dnstap_pb2.TCP}
_TO_CLIENT = QR | 0x0180  # RD, RA: RFC 1035 section 4.1.1
_length = struct.Struct("!I").pack


def dnstap_file(frames: Iterable[Frame | QuestionFrame]) -> Iterator[bytes]:
    """The file in pieces, one a frame and one each for its start and its end."""
    field = struct.pack("!II", CONTENT_TYPE_FIELD, len(CONTENT_TYPE)) + CONTENT_TYPE
    yield struct.pack("!III", 0, 4 + len(field), Control.START) + field
    for number, frame in enumerate(frames):
        message = _denied(frame, number) if frame[TYPE] == QUESTION else _exchanged(frame, number)
        payload = dnstap_pb2.Dnstap(
            identity=_IDENTITY, version=_VERSION, type=dnstap_pb2.Dnstap.MESSAGE, message=message
        ).SerializeToString()
        yield _length(len(payload)) + payload
    yield struct.pack("!III", 0, 4, Control.STOP)


def _exchanged(frame: Frame, number: int) -> dnstap_pb2.Message:
    time_ns, _, response_ip, response_port, proto, _, _, query, response, zone, _ = frame
    asked_ns = time_ns - round_trip_ns(response[:2])
    return dnstap_pb2.Message(
        type=dnstap_pb2.Message.RESOLVER_RESPONSE,
        socket_family=_FAMILIES[len(response_ip)],
        socket_protocol=_PROTOCOLS[proto],
        query_address=RESOLVERS[len(response_ip)],
        response_address=response_ip,
        query_port=query_port(number),
        response_port=response_port,
        query_time_sec=asked_ns // SECOND_NS,
        query_time_nsec=asked_ns % SECOND_NS,
        query_message=query,
        query_zone=zone,
        response_time_sec=time_ns // SECOND_NS,
        response_time_nsec=time_ns % SECOND_NS,
        response_message=response,
    )


def _denied(frame: QuestionFrame, number: int) -> dnstap_pb2.Message:
    time_ns, _, qname, qtype, _, _, zone, _, _ = frame
    negative = soa(name_of(zone).rstrip("."), time_ns // (86_400 * SECOND_NS) * 100 + 1, NEGATIVE_TTL)
    asked = (name_of(qname).rstrip("."), qtype)
    return dnstap_pb2.Message(
        type=dnstap_pb2.Message.CLIENT_RESPONSE,
        socket_family=dnstap_pb2.INET,
        socket_protocol=dnstap_pb2.UDP,
        query_address=CLIENT,
        response_address=RESOLVERS[len(CLIENT)],
        query_port=query_port(number),
        response_port=DNS_PORT,
        response_time_sec=time_ns // SECOND_NS,
        response_time_nsec=time_ns % SECOND_NS,
        response_message=encode(_TO_CLIENT | RCODE_NXDOMAIN, asked, authorities=(negative,)),
    )
