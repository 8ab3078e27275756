"""From a dnstap payload to a frame. Pure: no I/O, and the time is an argument.

What a resolver heard from an authoritative server goes on: Message.type RESOLVER_RESPONSE. Where it is
wanted, so does what it heard from a resolver that it forwards to, marked: FORWARDER_RESPONSE, or the former
with RD=1, as BIND and PowerDNS Recursor send it. All else becomes a reason, to be counted: the name of the
other type (CLIENT_RESPONSE, ...), or one of `FAULTS`. Nothing that a payload holds raises. The resolver's own
address is left out unless asked for.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError

from nxcast.schemas import dnstap_pb2
from nxcast.schemas.codes import OVER_TCP, TCP, UDP, UDP_QUERY_RESPONSE
from nxcast.schemas.fields import DNS_MESSAGE_MAX, DNS_MESSAGE_MIN
from nxcast.schemas.frames import FORWARDER, Frame, make_frame
from nxcast.schemas.message import RD
from nxcast.schemas.names import NAME_MAX
from nxcast.schemas.units import SECOND_NS, U16_MAX, U64_MAX

__all__ = ["CLIENT_RESPONSE", "FAULTS", "TYPE_NAMES", "client_answer_in", "frame_in", "frame_of", "parsed"]

CLIENT_RESPONSE = "CLIENT_RESPONSE"
"""What `frame_of` says of an answer to a client, which `client_answer_in` reads."""

FAULTS = {
    "bad_protobuf": "payload that is no dnstap protobuf",
    "no_message": "payload without a message",
    "unknown_type": "message without a type, or of one that is not in the schema",
    "no_response": "RESOLVER_RESPONSE without a DNS message",
    "response_size": "DNS message under 12 or over 65,535 octets",
    "query_size": "query over 65,535 octets",
    "response_address": "no server address, or one that is not of 4 or 16 octets",
    "response_port": "server port over 65,535",
    "response_time": "time that does not fit in 64 bits of nanoseconds",
    "query_zone": "zone of over 255 octets",
}
"""Reasons why a payload gives no frame although nothing says that it should not; complete."""

TYPE_NAMES: dict[int, str] = {number: name for name, number in dnstap_pb2.Message.Type.items()}
"""Names of the types of messages, by number."""

_RESOLVER_RESPONSE = dnstap_pb2.Message.RESOLVER_RESPONSE
_FORWARDER_RESPONSE = dnstap_pb2.Message.FORWARDER_RESPONSE
_TRANSPORTS_OVER_TCP = frozenset(
    {dnstap_pb2.TCP, dnstap_pb2.DOT, dnstap_pb2.DOH, dnstap_pb2.DNSCryptTCP},
)  # DOQ runs over UDP (RFC 9250)
_TCP = (OVER_TCP, TCP)
_UDP = (UDP_QUERY_RESPONSE, UDP)  # the resolver has matched the response with its query


def parsed(payload: bytes) -> dnstap_pb2.Dnstap | None:
    """A payload as protobuf has it; None where it is none. For who asks more than one thing of it."""
    try:
        return dnstap_pb2.Dnstap.FromString(payload)
    except DecodeError:
        return None


def frame_of(
    payload: bytes, read_ns: int, *, keep_resolver_address: bool = False, forwarders: bool = False
) -> Frame | str:
    """The frame of one Dnstap payload, or the reason why there is none: `frame_in` of octets."""
    return frame_in(
        parsed(payload), read_ns, keep_resolver_address=keep_resolver_address, forwarders=forwarders
    )


def frame_in(
    dnstap: dnstap_pb2.Dnstap | None,
    read_ns: int,
    *,
    keep_resolver_address: bool = False,
    forwarders: bool = False,
) -> Frame | str:
    """The frame of what `parsed` gave, or the reason why there is none.

    The time is that of the response, else of the query, else `read_ns` (nanoseconds since the epoch, when
    the payload was read). All of a Message but its type is optional (dnstap.proto).
    """
    if dnstap is None:
        return "bad_protobuf"
    message = dnstap.message
    kind = message.type
    if kind != _RESOLVER_RESPONSE and not (forwarders and kind == _FORWARDER_RESPONSE):
        return _other_type(dnstap)
    response = message.response_message
    address = message.response_address
    port = message.response_port
    query = message.query_message or None
    if not DNS_MESSAGE_MIN <= len(response) <= DNS_MESSAGE_MAX:
        return "response_size" if response else "no_response"
    if len(address) not in (4, 16):
        return "response_address"
    if port > U16_MAX:
        return "response_port"
    if query is not None and len(query) > DNS_MESSAGE_MAX:
        return "query_size"
    time_ns = _time_ns(message, read_ns)
    if time_ns > U64_MAX:
        return "response_time"
    zone = message.query_zone or None
    if zone is not None and len(zone) > NAME_MAX:
        return "query_zone"
    marks = FORWARDER if forwarders and (response[2] & RD or kind != _RESOLVER_RESPONSE) else 0
    seen, proto = _TCP if message.socket_protocol in _TRANSPORTS_OVER_TCP else _UDP
    query_ip, query_port = _resolver(message) if keep_resolver_address else (None, None)
    return make_frame(time_ns, seen, address, port, proto, query_ip, query_port, query, response, zone, marks)


def client_answer_in(dnstap: dnstap_pb2.Dnstap) -> tuple[int, bytes] | None:
    """When a client was answered (nanoseconds since the epoch), and the DNS message; None if it lacks either.

    Nothing else of it is read: no address, no port.
    """
    message = dnstap.message
    time_ns = _time_ns(message, 0)
    response = message.response_message
    return (time_ns, response) if response and 0 < time_ns <= U64_MAX else None


def _other_type(dnstap: dnstap_pb2.Dnstap) -> str:
    if not dnstap.HasField("message"):
        return "no_message"
    # A type that the schema lacks reads as absent: the enum is closed (proto2).
    return TYPE_NAMES[dnstap.message.type] if dnstap.message.HasField("type") else "unknown_type"


def _time_ns(message: dnstap_pb2.Message, read_ns: int) -> int:
    # Absent reads as 0, and a clock at 1970 tells nothing either.
    if message.response_time_sec:
        return message.response_time_sec * SECOND_NS + message.response_time_nsec
    if message.query_time_sec:
        return message.query_time_sec * SECOND_NS + message.query_time_nsec
    return read_ns


def _resolver(message: dnstap_pb2.Message) -> tuple[bytes | None, int | None]:
    """Address and port of the resolver, where they can be right."""
    address = message.query_address
    if len(address) not in (4, 16):
        return None, None
    port = message.query_port
    return address, port if 0 < port <= U16_MAX else None
