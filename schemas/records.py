"""What the broker publishes: records, and the header of each message.

A message is three ZeroMQ parts: topic, header, payload (a msgpack array of records, maps with all keys
present, nil for 'not known' or 'withheld'). The broker validates every record before it goes out and
subscribers validate again. Later brokers may add keys within version 1: readers ignore what they don't know.
"""

from itertools import islice
from typing import Annotated, Any, Literal, NotRequired

import msgpack
from annotated_types import Ge, Le, Len, MaxLen
from pydantic import ConfigDict, FailFast, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from nxcast.schemas.fields import (
    DNS_MESSAGE_MAX,
    U16,
    U64,
    By,
    DnsMessage,
    Kind,
    Protocol,
    Sensor,
    Version1,
)
from nxcast.schemas.names import NAME_TEXT_MAX
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, MALFORMED, NXDOMAIN, SERVERS, STATUS

__all__ = [
    "MALFORMED_DATA_MAX",
    "RECORDS",
    "Answer",
    "Counters",
    "DnsError",
    "Header",
    "LogStatus",
    "Malformed",
    "Nxdomain",
    "SensorStatus",
    "ServerAnswers",
    "Status",
    "TopicStatus",
    "decode_header",
    "decode_records",
]

MALFORMED_DATA_MAX = 4096  # octets kept of what was malformed
EGRESS_HEADER_MAX = 512  # octets; a valid header takes at most 75
EGRESS_PAYLOAD_MAX = 1 << 20  # octets; the largest is a full status map, 4,096 sensors of at most 216 octets
# Items of an array inside a record: none has one today. msgpack allocates an array by its claimed length, up
# to 1,024 levels of them: 1,024 x 4,096 x 8 octets = 32 MiB.
NESTED_MAX = 4096

# A validator takes up to 30 ms to build, and a program needs few of them: each is built at its first use.
_STRICT = ConfigDict(strict=True, defer_build=True)
_DEFERRED = ConfigDict(defer_build=True)
Name = Annotated[str, MaxLen(NAME_TEXT_MAX)]
AddressText = Annotated[str, Len(2, 39)]  # from '::' to eight groups of four digits
# Keys that came later are left out where there is nothing to say: so records that have nothing to say are as
# they always were, and those of an older broker can be read.
Zone = Annotated[Name, Field(description="zone that the server was asked as an authority of")]
Minimised = Annotated[bool, Field(description="whether no client asked this, but the resolver on its way")]
Forwarder = Annotated[bool, Field(description="whether a resolver answered, and no authority")]


@with_config(_STRICT)
class DnsError(TypedDict):
    """One response with a non-zero RCODE, raw: channel dns-errors/."""

    time_ns: Annotated[U64, Field(description="when the response was seen, nanoseconds since 1970-01-01 UTC")]
    sensor: Annotated[Sensor, Field(description="name of the producer")]
    type: Kind
    response_ip: Annotated[AddressText, Field(description="address of the authoritative server")]
    response_port: Annotated[U16, Field(description="its port")]
    proto: Protocol
    query_ip: Annotated[AddressText | None, Field(description="address of the resolver, withheld by default")]
    query_port: Annotated[U16 | None, Field(description="its port")]
    id: Annotated[U16, Field(description="ID of the response (RFC 1035 section 4.1.1)")]
    opcode: Annotated[int, Ge(0), Le(15), Field(description="0 QUERY, 4 NOTIFY, 5 UPDATE")]
    qname: Annotated[Name | None, Field(description="name asked for; nil if neither message tells")]
    qclass: Annotated[U16 | None, Field(description="class asked for")]
    qtype: Annotated[U16 | None, Field(description="type asked for")]
    rcode: Annotated[int, Ge(1), Le(4095), Field(description="full RCODE (RFC 6891 section 6.1.3)")]
    query: Annotated[
        Annotated[bytes, MaxLen(DNS_MESSAGE_MAX)] | None, Field(description="the query, where it was seen")
    ]
    response: Annotated[DnsMessage, Field(description="the response's DNS message")]
    query_zone: NotRequired[Zone]
    minimised: NotRequired[Minimised]
    forwarder: NotRequired[Forwarder]


@with_config(_STRICT)
class Nxdomain(TypedDict):
    """One name that does not exist, in short: channel nxdomain/."""

    qname: Annotated[Name, Field(description="name asked for, its case kept")]
    qclass: Annotated[U16, Field(description="class asked for")]
    qtype: Annotated[U16, Field(description="type asked for")]
    response_ip: Annotated[
        AddressText, Field(description="address of the authoritative server; '::' where none was ever seen")
    ]
    soa_rrname: Annotated[Name | None, Field(description="owner of the first SOA in the authority section")]
    time_ns: Annotated[U64, Field(description="when the response was seen, nanoseconds since 1970-01-01 UTC")]
    sensor: Annotated[Sensor, Field(description="name of the producer")]
    query_zone: NotRequired[Zone]
    minimised: NotRequired[Minimised]
    forwarder: NotRequired[Forwarder]
    denied: NotRequired[Annotated[Name, Field(description="name that a server denied, qname or above it")]]
    by: NotRequired[By]


@with_config(_STRICT)
class Answer(TypedDict):
    """One response with RCODE 0 and records in it, raw: channel answers/, where a broker has it."""

    time_ns: Annotated[U64, Field(description="when the response was seen, nanoseconds since 1970-01-01 UTC")]
    sensor: Annotated[Sensor, Field(description="name of the producer")]
    type: Kind
    response_ip: Annotated[AddressText, Field(description="address of the authoritative server")]
    response_port: Annotated[U16, Field(description="its port")]
    proto: Protocol
    query_ip: Annotated[AddressText | None, Field(description="address of the resolver, withheld by default")]
    query_port: Annotated[U16 | None, Field(description="its port")]
    id: Annotated[U16, Field(description="ID of the response (RFC 1035 section 4.1.1)")]
    opcode: Annotated[int, Ge(0), Le(15), Field(description="0 QUERY, 4 NOTIFY, 5 UPDATE")]
    qname: Annotated[Name | None, Field(description="name asked for; nil if neither message tells")]
    qclass: Annotated[U16 | None, Field(description="class asked for")]
    qtype: Annotated[U16 | None, Field(description="type asked for")]
    query: Annotated[
        Annotated[bytes, MaxLen(DNS_MESSAGE_MAX)] | None, Field(description="the query, where it was seen")
    ]
    response: Annotated[DnsMessage, Field(description="the response's DNS message")]
    query_zone: NotRequired[Zone]
    minimised: NotRequired[Minimised]
    forwarder: NotRequired[Forwarder]


@with_config(_STRICT)
class Malformed(TypedDict):
    """Something that a producer sent wrong: channel malformed/."""

    time_ns: Annotated[U64, Field(description="when it reached the broker, nanoseconds since 1970-01-01 UTC")]
    sensor: Annotated[Sensor | None, Field(description="name of the producer, nil where unknown")]
    reason: Annotated[str, Len(1, 64), Field(description="what was wrong, from a fixed list")]
    data: Annotated[bytes, MaxLen(MALFORMED_DATA_MAX), Field(description="the first 4 KiB of it")]


@with_config(_STRICT)
class ServerAnswers(TypedDict):
    """How often a server answered well as an authority of a zone, in about a minute: channel servers/."""

    time_ns: Annotated[U64, Field(description="when the minute ended, nanoseconds since 1970-01-01 UTC")]
    span_ms: Annotated[U64, Field(description="how long it was, milliseconds: about 60,000")]
    response_ip: Annotated[AddressText, Field(description="address of the server")]
    query_zone: Annotated[Name, Field(description="zone that it was asked for, in lower case")]
    noerror: Annotated[U64, Field(description="its responses with RCODE 0")]
    nxdomain: Annotated[U64, Field(description="those that a name does not exist, RCODE 3")]


@with_config(_STRICT)
class Counters(TypedDict):
    """What the broker took in.

    frames_received = noerror + errors + questions + unsolicited + mismatched + forwarder + sum of malformed.
    """

    messages_received: Annotated[U64, Field(description="ingress messages")]
    messages_malformed: Annotated[dict[str, U64], Field(description="messages dropped whole, by reason")]
    frames_received: Annotated[U64, Field(description="frames in the other messages")]
    noerror: Annotated[U64, Field(description="frames with RCODE 0")]
    errors: Annotated[U64, Field(description="frames that became a DnsError")]
    unsolicited: Annotated[U64, Field(description="frames of type UDP_UNSOLICITED_RESPONSE, dropped")]
    malformed: Annotated[dict[str, U64], Field(description="frames dropped, by reason")]
    nxdomain: Annotated[U64, Field(description="errors that became an Nxdomain too, and questions")]
    skipped: Annotated[
        dict[str, U64], Field(description="NMSG payloads without a response, no frames, by type or reason")
    ]
    requests_received: Annotated[U64, Field(description="requests, those malformed included")]
    requests_malformed: Annotated[dict[str, U64], Field(description="requests that can't be read, by reason")]
    messages_replayed: Annotated[U64, Field(description="messages published that were sent again in answers")]
    refused: Annotated[dict[str, U64], Field(description="what keys did not allow, by reason")]
    questions: NotRequired[Annotated[U64, Field(description="questions that became an Nxdomain")]]
    mismatched: NotRequired[Annotated[U64, Field(description="answers to something else, dropped")]]
    forwarder: NotRequired[Annotated[U64, Field(description="answers of resolvers, dropped")]]
    answers: NotRequired[Annotated[U64, Field(description="of noerror, those that became an Answer")]]
    servers_untold: NotRequired[
        Annotated[
            U64,
            Field(description="good answers left out of servers/: pairs too many, zones that are no names"),
        ]
    ]
    compiled: NotRequired[
        Annotated[U64, Field(description="frames that the compiled kernel took; Python took the others")]
    ]
    kernel_breaches: NotRequired[
        Annotated[
            U64,
            Field(description="records of the compiled kernel that broke their schema: 1 ends its part"),
        ]
    ]
    malformed_withheld: NotRequired[
        Annotated[
            U64, Field(description="malformed messages and frames that became no record, being too many")
        ]
    ]


@with_config(_STRICT)
class SensorStatus(TypedDict):
    """What arrived from one producer and what did not."""

    epoch: Annotated[U64, Field(description="epoch of the last batch; NMSG: its sequence_id, 0 without")]
    sequence: Annotated[U64, Field(description="its sequence; NMSG: that of the container, 0 without")]
    time_ns: Annotated[U64, Field(description="when it arrived")]
    batches: Annotated[U64, Field(description="batches received, or containers with a frame of this sensor")]
    frames: Annotated[U64, Field(description="frames received")]
    lost_batches: Annotated[
        U64, Field(description="missing from the sequence: lost on the way or dropped by the producer")
    ]
    repeated_batches: Annotated[U64, Field(description="batches with a sequence or epoch already passed")]
    restarts: Annotated[U64, Field(description="times the epoch rose; NMSG: times a new sequence_id came")]
    minimises: NotRequired[
        Annotated[
            int,
            Ge(0),
            Le(100),
            Field(
                description="percent of the NXDOMAINs of top-level domains (by query_zone) that are for a "
                "name right below, asked by type A or NS, as steps of query name minimisation are (RFC "
                "9156); absent before there are 100 of them"
            ),
        ]
    ]


@with_config(_STRICT)
class TopicStatus(TypedDict):
    """What went out on one topic."""

    sequence: Annotated[U64, Field(description="sequence of the last message")]
    records: Annotated[U64, Field(description="records published")]


@with_config(_STRICT)
class DescriptorsStatus(TypedDict):
    """File descriptors of the broker: one a connection."""

    open: Annotated[U64, Field(description="in use")]
    limit: Annotated[U64, Field(description="how many may be; beyond it nobody else gets in")]


@with_config(_STRICT)
class LogStatus(TypedDict):
    """What can be asked for again, and whether more is taken."""

    kept: Annotated[
        str,
        MaxLen(64),
        Field(description="disk; memory: then it ends with the broker; or stream: that of the egress"),
    ]
    octets: Annotated[U64, Field(description="its size")]
    octets_max: Annotated[U64, Field(description="the most that it may become")]
    oldest_ns: Annotated[
        U64 | None, Field(description="about when the oldest message kept was published; nil: there is none")
    ]
    epochs: Annotated[U64, Field(description="epochs known, the present one too")]
    stuck: Annotated[
        Annotated[str, MaxLen(256)] | None, Field(description="why nothing more is taken; nil: it is")
    ]


@with_config(_STRICT)
class Status(TypedDict):
    """The broker's account, once a second: topic status/."""

    time_ns: Annotated[U64, Field(description="when it was made, nanoseconds since 1970-01-01 UTC")]
    epoch: Annotated[U64, Field(description="the broker's epoch, as in each header")]
    replay: Annotated[
        U16 | None, Field(description="TCP port that requests go to; nil: it is no TCP endpoint")
    ]
    software: Annotated[str, MaxLen(64), Field(description="name and version of the broker")]
    counters: Counters
    sensors: Annotated[dict[Sensor, SensorStatus], Field(description="by sensor, at most 4,096")]
    sensors_forgotten: Annotated[U64, Field(description="sensors dropped from the list to stay in its bound")]
    topics: Annotated[dict[str, TopicStatus], Field(description="by topic, those that have had a message")]
    senders_refused: NotRequired[
        Annotated[
            dict[str, U64],
            Field(description="messages refused, by sender, the most waiting being its own; at most 65"),
        ]
    ]
    connections_cut: NotRequired[
        Annotated[
            dict[str, U64],
            Field(description="connections that the broker cut off, by socket and why (egress_beyond)"),
        ]
    ]
    entrance: NotRequired[
        Annotated[
            Literal[True],
            Field(description="only status/ comes here: `rights` tells where the client's own egress is"),
        ]
    ]
    ended: NotRequired[
        Annotated[
            Literal[True],
            Field(description="the broker was told to stop: nothing more comes of this epoch"),
        ]
    ]
    descriptors: NotRequired[
        Annotated[DescriptorsStatus, Field(description="absent where the system does not tell")]
    ]
    log: NotRequired[LogStatus]


@with_config(_STRICT)
class Header(TypedDict):
    """Header of each message that the broker publishes."""

    version: Version1
    epoch: Annotated[U64, Field(description="when this broker started; another one means it was restarted")]
    sequence: Annotated[U64, Ge(1), Field(description="per topic 1, 2, 3 ...; a gap is a loss")]
    count: Annotated[U64, Field(description="number of records in the payload")]
    time_ns: Annotated[U64, Field(description="when it was published, nanoseconds since 1970-01-01 UTC")]


RECORDS: dict[str, TypeAdapter[Any]] = {
    DNS_ERRORS: TypeAdapter(Annotated[list[DnsError], FailFast()], config=_DEFERRED),
    NXDOMAIN: TypeAdapter(Annotated[list[Nxdomain], FailFast()], config=_DEFERRED),
    ANSWERS: TypeAdapter(Annotated[list[Answer], FailFast()], config=_DEFERRED),
    MALFORMED: TypeAdapter(Annotated[list[Malformed], FailFast()], config=_DEFERRED),
    SERVERS: TypeAdapter(Annotated[list[ServerAnswers], FailFast()], config=_DEFERRED),
    STATUS: TypeAdapter(Annotated[list[Status], FailFast()], config=_DEFERRED),
}
"""By channel, what validates a payload: a list of its records."""

_HEADER: TypeAdapter[Header] = TypeAdapter(Header)


def decode_header(octets: bytes) -> Header:
    """Decode and validate the header of a published message; raises ValueError."""
    if len(octets) > EGRESS_HEADER_MAX:
        raise ValueError(f"header of {len(octets)} octets, over {EGRESS_HEADER_MAX}")
    return _HEADER.validate_python(msgpack.unpackb(octets))


def decode_records(channel: str, octets: bytes, *, validate: bool = True) -> list[Any]:
    """Decode the payload of a message of a channel, and validate it unless told not to; raises ValueError.

    Without validation only the outer shape is sure: a list.
    """
    if len(octets) > EGRESS_PAYLOAD_MAX:
        raise ValueError(f"payload of {len(octets)} octets, over {EGRESS_PAYLOAD_MAX}")
    records = _unpack_records(octets)
    return RECORDS[channel].validate_python(records) if validate else records


def _unpack_records(octets: bytes) -> list[Any]:
    unpacker = msgpack.Unpacker(max_buffer_size=EGRESS_PAYLOAD_MAX, max_array_len=NESTED_MAX)
    unpacker.feed(octets)
    try:
        count = unpacker.read_array_header()
    except (ValueError, msgpack.OutOfData):
        raise ValueError("payload is not an array") from None
    # Iteration ends where the payload does, so cut and overlong payloads show in the count.
    records = list(islice(unpacker, count + 1))
    if len(records) != count:
        raise ValueError(f"payload is not an array of {count} and nothing more")
    return records
