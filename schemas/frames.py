"""What producers push: batches of frames, and their form on the ingress.

A frame is one DNS response as a sensor saw it, a tuple in the order of `FRAME_FIELDS`; or, in the order of
`QUESTION_FIELDS`, what a client asked and was denied. A native batch is three ZeroMQ message parts: its form,
a header map, an array of frames. In the older form, `frames/1`, a frame is the first nine fields of a
response, and there are no questions. How batches are read stands in `batch_decoding`.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, NotRequired

import msgpack
from annotated_types import Ge, Le
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from nxcast.schemas.fields import (
    U16,
    U64,
    Kind,
    NameWire,
    Protocol,
    PushedSensor,
    QueryMessage,
    Resolver,
    ResolverPort,
    ResponseMessage,
    Server,
    ServerPort,
    Time,
)
from nxcast.schemas.question_frame import QUESTION, QuestionFrame

__all__ = [
    "BATCH_FRAMES_MAX",
    "FORMS",
    "FORWARDER",
    "FRAMES_1",
    "FRAMES_2",
    "FRAME_1_FIELDS",
    "FRAME_FIELDS",
    "INGRESS_MESSAGE_MAX",
    "MARKS",
    "MINIMISED",
    "PROTO",
    "QUERY",
    "QUERY_ZONE",
    "RESPONSE",
    "RESPONSE_IP",
    "TIME_NS",
    "TYPE",
    "BatchHeader",
    "Frame",
    "Frame1",
    "batch_parts",
    "encode_batch",
    "encode_frames",
    "in_older_form",
    "join_packed",
    "make_frame",
    "pack_frame",
]

INGRESS_MESSAGE_MAX = 8 << 20  # octets; 65,536 frames of 128 octets
BATCH_FRAMES_MAX = 65_536  # frames; at about 500 octets a decoded frame, 32 MiB a batch

FRAMES_1 = b"frames/1"
FRAMES_2 = b"frames/2"
FORMS = (FRAMES_1, FRAMES_2)  # first parts of native batches: the older form, and today's

_STRICT = ConfigDict(strict=True, defer_build=True)  # built at first use: most programs need few

FRAME_FIELDS = (
    "time_ns", "type", "response_ip", "response_port", "proto", "query_ip", "query_port", "query", "response",
    "query_zone", "marks",
)  # fmt: skip
FRAME_1_FIELDS = FRAME_FIELDS[:9]

Frame1 = tuple[
    Time, Kind, Server, ServerPort, Protocol, Resolver, ResolverPort, QueryMessage, ResponseMessage
]
"""One response in the older form: a tuple in the order of FRAME_1_FIELDS."""

Zone = Annotated[
    NameWire | None, Field(description="zone that the server was asked as an authority of, wire form")
]
Marks = Annotated[U16, Field(description="bits: 1 MINIMISED, 2 FORWARDER; others are ignored")]
Frame = tuple[
    Time, Kind, Server, ServerPort, Protocol, Resolver, ResolverPort, QueryMessage, ResponseMessage,
    Zone, Marks,
]  # fmt: skip
"""One response: a tuple in the order of FRAME_FIELDS."""

# Places of fields that are looked at alone, those of a QuestionFrame too as far as it has them.
TIME_NS: Final = 0
TYPE: Final = 1
RESPONSE_IP: Final = 2
PROTO: Final = 4
QUERY: Final = 7
RESPONSE: Final = 8
QUERY_ZONE: Final = 9
MARKS: Final = 10

MINIMISED: Final = 1  # no client asked this name and type, but the resolver on the way to it (RFC 9156)
FORWARDER: Final = 2  # an answer of a resolver, not of an authority, and the operator wants it
"""Bits of `marks`."""


def make_frame(
    time_ns: int,
    kind: int,
    response_ip: bytes,
    response_port: int,
    proto: int,
    query_ip: bytes | None,
    query_port: int | None,
    query: bytes | None,
    response: bytes,
    query_zone: bytes | None = None,
    marks: int = 0,
) -> Frame:
    """A frame of these fields; it checks nothing, since that is the broker's part."""
    return (
        time_ns, kind, response_ip, response_port, proto, query_ip, query_port, query, response,
        query_zone, marks,
    )  # type: ignore[return-value]  # fmt: skip


@with_config(_STRICT)
class BatchHeader(TypedDict):
    """Header of a native batch."""

    sensor: Annotated[PushedSensor, Field(description="name of the producer")]
    epoch: Annotated[U64, Field(description="picked when the producer starts, larger at each restart")]
    sequence: Annotated[U64, Ge(1), Field(description="1 for an epoch's first batch, then +1")]
    count: Annotated[int, Ge(0), Le(BATCH_FRAMES_MAX), Field(description="number of frames in the payload")]
    held: NotRequired[
        Annotated[U64, Field(description="the lowest sequence that the producer could still send again")]
    ]
    after: NotRequired[
        Annotated[
            U64,
            Field(description="the sequence of the batch sent before this one; those between are lost"),
        ]
    ]
    questions: NotRequired[
        Annotated[bool, Field(description="whether questions tell what NXDOMAIN responses else would")]
    ]


_packer = msgpack.Packer()
_pack = _packer.pack
pack_frame: Callable[[Frame | QuestionFrame], bytes] = _pack
"""One frame as it stands in a payload."""


def encode_batch(
    header: BatchHeader, frames: Sequence[Frame1 | Frame | QuestionFrame], form: bytes = FRAMES_1
) -> list[bytes]:
    """The three parts of a native batch. Checks nothing: producers build frames right, the broker checks."""
    return batch_parts(header, encode_frames(frames, form), form)


def encode_frames(frames: Sequence[Frame1 | Frame | QuestionFrame], form: bytes = FRAMES_1) -> bytes:
    """The payload of a native batch alone, for who may send it with one header and later with another.

    In the older form questions have no place and are left out.
    """
    if form == FRAMES_1:
        frames = [frame[: len(FRAME_1_FIELDS)] for frame in frames if frame[TYPE] != QUESTION]  # type: ignore[misc]
    return bytes(_pack(frames))


def join_packed(frames: Sequence[bytes], form: bytes) -> tuple[int, bytes]:
    """How many frames the payload of a native batch has, and that payload, of frames that are packed each."""
    payload = bytes(_packer.pack_array_header(len(frames))) + b"".join(frames)
    return in_older_form(payload) if form == FRAMES_1 else (len(frames), payload)


def in_older_form(payload: bytes) -> tuple[int, bytes]:
    """A payload of ours in frames/1, and how many frames it has: questions are left out."""
    frames = msgpack.unpackb(payload, use_list=False)
    kept = [frame for frame in frames if frame[TYPE] != QUESTION]
    return len(kept), encode_frames(kept, FRAMES_1)


def batch_parts(header: BatchHeader, payload: bytes, form: bytes = FRAMES_1) -> list[bytes]:
    """The three parts of a native batch whose payload is encoded."""
    return [form, _pack(header), payload]
