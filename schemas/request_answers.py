"""What the broker answers on its third socket, to what is asked there (`requests`).

An answer is a header, a map with the `id` of its request; after that of a range follow the header and payload
of each message, exactly as published. Both sides validate it; a wrong one raises ValueError. Readers ignore
keys that they don't know.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired

import msgpack
from annotated_types import Ge, Len, MaxLen
from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from nxcast.schemas.fields import U16, U64, Version1
from nxcast.schemas.records import EGRESS_HEADER_MAX, EGRESS_PAYLOAD_MAX, Status
from nxcast.schemas.requests import TOPIC_MAX, Topic

__all__ = [
    "ANSWER_HEADER_MAX",
    "CONNECTIONS_MAX",
    "EPOCHS_MAX",
    "REPLY_MESSAGES_MAX",
    "REPLY_OCTETS_MAX",
    "Answer",
    "ArrivedAnswer",
    "ConnectionStatus",
    "ConnectionsAnswer",
    "DescribeAnswer",
    "Earlier",
    "EpochsAnswer",
    "ErrorAnswer",
    "PastEpoch",
    "RangeAnswer",
    "RightsAnswer",
    "SinceAnswer",
    "StatusAnswer",
    "decode_answer",
    "encode_answer",
]

FORMS_MAX = 16  # forms of batches that a broker takes; there are two
MISSING_MAX = 64  # ranges of batches told as missing, at most 19 octets each
CONNECTIONS_MAX = 256  # lines of who is connected, at most 310 octets each: 79 KB
EPOCHS_MAX = 32  # earlier epochs an answer; of 215 topics of at most 30 octets each, 206 KB
REPLY_OCTETS_MAX = 1 << 20  # octets of messages an answer, so that one answer holds up nothing for long ...
REPLY_MESSAGES_MAX = 1024  # ... nor one of many small ones: 2,049 parts take about 2 ms to send
ANSWER_HEADER_MAX = EGRESS_PAYLOAD_MAX  # octets; the largest holds a Status
ANSWER_NESTED_MAX = 4096  # items of an array or map inside an answer: a Status has up to 4,096 sensors

_STRICT = ConfigDict(strict=True, defer_build=True)  # built at first use: most programs need few
AnswerId = Annotated[U64, Field(description="that of the request, 0 where it could not be read")]
BrokerEpoch = Annotated[U64, Field(description="when this broker started, as in each header it publishes")]
NoError = Annotated[None, Field(description="nil")]


@with_config(_STRICT)
class RangeAnswer(TypedDict):
    """Messages `first` to `first + count - 1` of a topic follow, each as its header and its payload."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["range"], Field(description="what was asked")]
    error: Annotated[
        Annotated[str, MaxLen(64)] | None,
        Field(description="nil; epoch: the broker does not know this one; topic: none of this broker's"),
    ]
    topic: Annotated[Topic, Field(description="as asked for")]
    first: Annotated[U64, Field(description="sequence of the first message that follows")]
    count: Annotated[U64, Field(description="messages that follow")]
    oldest: Annotated[
        U64, Field(description="lowest sequence kept of that epoch, or the one after its last where none is")
    ]


@with_config(_STRICT)
class Earlier(TypedDict):
    """A place in an earlier epoch."""

    epoch: Annotated[U64, Field(description="the earlier epoch")]
    topics: Annotated[
        dict[Topic, U64],
        Field(
            description="by topic, sequence of its first message kept from then on, or the one after its last"
        ),
    ]
    complete: Annotated[
        bool, Field(description="whether all that was published from then on, in all epochs, is kept")
    ]


@with_config(_STRICT)
class SinceAnswer(TypedDict):
    """Where in each topic the moment is."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["since"], Field(description="what was asked")]
    error: NoError
    topics: Annotated[
        dict[Topic, U64],
        Field(description="by topic, sequence of its first message kept from then on, or the next one"),
    ]
    complete: Annotated[bool, Field(description="whether all that was published from then on is kept")]
    earlier: NotRequired[
        Annotated[Earlier | None, Field(description="its place in an earlier epoch, if it is in one kept")]
    ]


@with_config(_STRICT)
class PastEpoch(TypedDict):
    """An earlier epoch of the broker."""

    epoch: Annotated[U64, Field(description="the epoch")]
    ended: Annotated[
        str,
        MaxLen(64),
        Field(description="clean; killed: all is known; power: the last messages may be known to nobody"),
    ]
    last: Annotated[
        dict[Topic, U64], Field(description="by topic, sequence of the last message known to be published")
    ]


@with_config(_STRICT)
class EpochsAnswer(TypedDict):
    """Which epochs the broker had."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["epochs"], Field(description="what was asked")]
    error: NoError
    epochs: Annotated[
        list[PastEpoch], MaxLen(EPOCHS_MAX), Field(description="those from the one asked for, in order")
    ]
    more: Annotated[bool, Field(description="whether there are others after these")]
    begins: Annotated[U64, Field(description="the lowest epoch known; of all after it each is known")]


@with_config(_STRICT)
class StatusAnswer(TypedDict):
    """The broker's account."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["status"], Field(description="what was asked")]
    error: NoError
    status: Status


@with_config(_STRICT)
class DescribeAnswer(TypedDict):
    """What the broker publishes."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["describe"], Field(description="what was asked")]
    error: NoError
    channels: Annotated[list[str], Field(description="all channels")]
    topics: Annotated[list[str], Field(description="all topics that there can be")]
    schemas: Annotated[str, Field(description="all models as JSON Schema")]
    software: Annotated[str, MaxLen(64), Field(description="name and version of the broker")]


@with_config(_STRICT)
class RightsAnswer(TypedDict):
    """What the client that asked may do."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["rights"], Field(description="what was asked")]
    error: NoError
    name: Annotated[str, MaxLen(64), Field(description="of the client; empty where the broker has no keys")]
    subscribe: Annotated[
        list[Annotated[str, MaxLen(TOPIC_MAX)]], Field(description="channels and topics it may subscribe to")
    ]
    push: Annotated[
        list[Annotated[str, MaxLen(64)]], Field(description="sensors it may push as, * for any characters")
    ]
    replay: Annotated[bool, Field(description="whether range and since are open to it")]
    egress: NotRequired[
        Annotated[
            U16 | Annotated[str, MaxLen(256)] | None,
            Field(
                description="where its own socket of the egress is: a TCP port, or an ipc:// endpoint; nil: "
                "there are no keys, or it may not subscribe"
            ),
        ]
    ]
    until: NotRequired[
        Annotated[
            Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None,
            Field(description="the last day, UTC, on which its key is good; nil: it has no end"),
        ]
    ]


@with_config(_STRICT)
class ArrivedAnswer(TypedDict):
    """Which batches of a producer have arrived."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["arrived"], Field(description="what was asked")]
    error: NoError
    sequence: Annotated[
        U64, Field(description="all up to it arrived and are published, but for these; 0: none")
    ]
    missing: Annotated[
        list[Annotated[list[U64], Len(2, 2)]],
        MaxLen(MISSING_MAX),
        Field(description="[first, last] of each range up to `sequence` that has not come, in order"),
    ]
    forms: NotRequired[
        Annotated[
            list[Annotated[str, MaxLen(64)]],
            MaxLen(FORMS_MAX),
            Field(description="first parts of batches that the broker takes; absent: frames/1 alone"),
        ]
    ]


@with_config(_STRICT)
class ConnectionStatus(TypedDict):
    """The connections of one client, from one address, to one socket of the broker."""

    socket: Annotated[str, MaxLen(16), Field(description="ingress, egress or replay")]
    name: Annotated[
        str,
        MaxLen(64),
        Field(description="of its key; empty where there are none, or it has said nothing yet"),
    ]
    address: Annotated[str, MaxLen(64), Field(description="of its machine; empty where it is no TCP")]
    connections: Annotated[U64, Ge(1), Field(description="how many")]
    since_ns: Annotated[U64, Field(description="when the oldest of them began")]
    waiting: Annotated[
        U64 | None,
        Field(
            description="octets in the broker's kernel that it has not taken, or at the ingress that are not "
            "read of it; nil: the system does not tell"
        ),
    ]
    stalled_s: Annotated[
        U64,
        Field(description="seconds for which one of them has taken less than a message, though some wait"),
    ]


@with_config(_STRICT)
class ConnectionsAnswer(TypedDict):
    """Who is connected, those first that are furthest behind."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["connections"], Field(description="what was asked")]
    error: NoError
    everyone: Annotated[bool, Field(description="whether these are of all clients, not of one key")]
    connections: Annotated[
        list[ConnectionStatus], MaxLen(CONNECTIONS_MAX), Field(description="in order, at most 256")
    ]
    others: Annotated[U64, Field(description="connections that no line of these has room for")]


@with_config(_STRICT)
class ErrorAnswer(TypedDict):
    """The request could not be read."""

    version: Version1
    id: AnswerId
    epoch: BrokerEpoch
    answer: Annotated[Literal["error"], Field(description="that the request could not be read")]
    error: Annotated[str, Len(1, 64), Field(description="what was wrong, from a fixed list")]


Answer = (
    RangeAnswer
    | SinceAnswer
    | EpochsAnswer
    | StatusAnswer
    | DescribeAnswer
    | RightsAnswer
    | ConnectionsAnswer
    | ArrivedAnswer
    | ErrorAnswer
)
Published = tuple[bytes, bytes]
"""Header and payload of a message, as published."""

_ANSWERS: dict[str, TypeAdapter[Any]] = {
    "range": TypeAdapter(RangeAnswer),
    "since": TypeAdapter(SinceAnswer),
    "epochs": TypeAdapter(EpochsAnswer),
    "status": TypeAdapter(StatusAnswer),
    "describe": TypeAdapter(DescribeAnswer),
    "rights": TypeAdapter(RightsAnswer),
    "connections": TypeAdapter(ConnectionsAnswer),
    "arrived": TypeAdapter(ArrivedAnswer),
    "error": TypeAdapter(ErrorAnswer),
}
_pack = msgpack.Packer().pack


def encode_answer(header: Answer, messages: Sequence[Published] = ()) -> list[bytes]:
    """The parts of an answer; raises ValidationError if it breaks the schema, which is a bug of ours."""
    _ANSWERS[header["answer"]].validate_python(header)
    return [_pack(header), *(part for message in messages for part in message)]


def decode_answer(parts: Sequence[bytes]) -> tuple[Answer, list[Published]]:
    """Decode and validate an answer, its delimiter taken off: header, messages; raises ValueError."""
    if not parts or len(parts[0]) > ANSWER_HEADER_MAX:
        raise ValueError("answer without a header, or with one too large")
    value = msgpack.unpackb(
        parts[0], max_array_len=ANSWER_NESTED_MAX, max_map_len=ANSWER_NESTED_MAX, max_ext_len=0
    )
    kind = value.get("answer") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _ANSWERS:
        raise ValueError("answer of no known kind")
    header: Answer = _ANSWERS[kind].validate_python(value)
    messages = list(zip(parts[1::2], parts[2::2], strict=False))
    count = header["count"] if header["answer"] == "range" else 0
    if not len(messages) == count == (len(parts) - 1) / 2:
        raise ValueError(f"answer of {len(parts)} parts, and its header counts {count} messages")
    if any(len(head) > EGRESS_HEADER_MAX or len(payload) > EGRESS_PAYLOAD_MAX for head, payload in messages):
        raise ValueError("answer with a message that is too large")
    return header, messages
