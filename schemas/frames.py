"""What producers push: batches of frames, and their form on the ingress.

A frame is one DNS response as a sensor saw it, a tuple in the order of `FRAME_FIELDS`. A native batch is
three ZeroMQ message parts: `frames/1`, a header map, an array of frames. Decoding believes nothing: sizes,
depth and counts are bounded before anything is allocated, and whatever is wrong raises `MessageError`
with a reason from a fixed list, or sets one frame aside as a `BadFrame` while the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Final, Literal, NamedTuple, NotRequired

import msgpack
from annotated_types import Ge, Le, Len
from pydantic import ConfigDict, FailFast, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from nxcast.schemas.units import U16_MAX, U64_MAX

__all__ = [
    "BATCH_FRAMES_MAX",
    "BATCH_KIND",
    "DNS_MESSAGE_MAX",
    "DNS_MESSAGE_MIN",
    "FRAME_FIELDS",
    "INGRESS_MESSAGE_MAX",
    "PROTO",
    "QUERY",
    "RESPONSE",
    "RESPONSE_IP",
    "TIME_NS",
    "TYPE",
    "BadFrame",
    "Batch",
    "BatchHeader",
    "Frame",
    "MessageError",
    "Sensor",
    "batch_parts",
    "decode_batch",
    "encode_batch",
    "encode_frames",
    "make_frame",
    "validate_frames",
]

INGRESS_MESSAGE_MAX = 8 << 20  # octets; 65,536 frames of 128 octets
BATCH_FRAMES_MAX = 65_536  # frames; at about 500 octets a decoded frame, 32 MiB a batch
NESTED_MAX = 64  # items of an array or map inside a payload; a frame has nine
# Octets of a payload unpacked at a time. What is made to hurt (arrays in arrays, short texts) takes up to 50
# times its octets until it is validated: 12 MiB a piece. A valid frame has at most 131,150 octets.
PIECE = 256 << 10
HEADER_MAX = 512  # octets; the longest valid header takes 132
DNS_MESSAGE_MIN = 12  # octets, the header of RFC 1035 section 4.1.1
DNS_MESSAGE_MAX = 65_535  # octets, what TCP's two-octet length allows (RFC 1035 section 4.2.2)

BATCH_KIND = b"frames/1"  # first part of a native batch, version included

_STRICT = ConfigDict(strict=True)
U16 = Annotated[int, Ge(0), Le(U16_MAX)]
U64 = Annotated[int, Ge(0), Le(U64_MAX)]
Sensor = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Address = Annotated[bytes, Len(4, 4)] | Annotated[bytes, Len(16, 16)]
DnsMessage = Annotated[bytes, Len(DNS_MESSAGE_MIN, DNS_MESSAGE_MAX)]

FRAME_FIELDS = (
    "time_ns",
    "type",
    "response_ip",
    "response_port",
    "proto",
    "query_ip",
    "query_port",
    "query",
    "response",
)

Frame = tuple[
    Annotated[U64, Field(description="when the response was seen, nanoseconds since 1970-01-01 UTC")],
    Annotated[Literal[1, 3, 4, 7], Field(description="dnsqr's observation type, see protocol.md")],
    Annotated[Address, Field(description="address of the authoritative server, 4 or 16 octets")],
    Annotated[U16, Field(description="its port; 0 where the source does not tell")],
    Annotated[Literal[6, 17], Field(description="17 UDP, 6 TCP")],
    Annotated[Address | None, Field(description="address of the resolver; withheld unless asked for")],
    Annotated[U16 | None, Field(description="its port; withheld with the address")],
    Annotated[
        Annotated[bytes, Len(0, DNS_MESSAGE_MAX)] | None,
        Field(description="the query's DNS message, where it was seen"),
    ],
    Annotated[DnsMessage, Field(description="the response's DNS message, 12 to 65,535 octets")],
]
"""One response: a tuple in the order of FRAME_FIELDS."""

# Places of fields that are looked at alone.
TIME_NS: Final = 0
TYPE: Final = 1
RESPONSE_IP: Final = 2
PROTO: Final = 4
QUERY: Final = 7
RESPONSE: Final = 8


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
) -> Frame:
    """A frame of these fields; it checks nothing, since that is the broker's part."""
    return (time_ns, kind, response_ip, response_port, proto, query_ip, query_port, query, response)  # type: ignore[return-value]


@with_config(_STRICT)
class BatchHeader(TypedDict):
    """Header of a native batch."""

    sensor: Annotated[Sensor, Field(description="name of the producer")]
    epoch: Annotated[U64, Field(description="picked when the producer starts, larger at each restart")]
    sequence: Annotated[U64, Ge(1), Field(description="1 for an epoch's first batch, then +1")]
    count: Annotated[int, Ge(0), Le(BATCH_FRAMES_MAX), Field(description="number of frames in the payload")]
    held: NotRequired[
        Annotated[U64, Field(description="the lowest sequence that the producer could still send again")]
    ]


class BadFrame(NamedTuple):
    """One frame of a batch that breaks the schema: `reason` is frame_FIELD, `data` its msgpack octets."""

    reason: str
    data: bytes


class Batch(NamedTuple):
    """A decoded batch: its good frames in order, and the bad ones."""

    header: BatchHeader
    frames: list[Frame]
    bad: list[BadFrame]


class MessageError(ValueError):
    """A whole ingress message that a peer sent wrong; `reason` is one of `REASONS`, `data` the wrong part.

    `sensor` is the sender where its header could be read, else None.
    """

    REASONS: tuple[str, ...] = (
        "message_kind",
        "message_size",
        "message_parts",
        "message_header",
        "message_payload",
        "message_count",
    )

    def __init__(self, reason: str, data: bytes, sensor: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.data = data
        self.sensor = sensor


FRAME_REASONS = ("frame_shape", *(f"frame_{field}" for field in FRAME_FIELDS))
"""Reasons of a BadFrame: no array of nine, or the first field that is wrong."""

# Without FailFast pydantic keeps an error for each wrong field of each frame, hundreds of megabytes.
_FailFastFrame = Annotated[Frame, FailFast()]
_FRAME: TypeAdapter[Frame] = TypeAdapter(_FailFastFrame, config=_STRICT)
_FRAMES: TypeAdapter[list[Frame]] = TypeAdapter(Annotated[list[_FailFastFrame], FailFast()], config=_STRICT)
_HEADER: TypeAdapter[BatchHeader] = TypeAdapter(BatchHeader)
_pack = msgpack.Packer().pack


def encode_batch(header: BatchHeader, frames: Sequence[Frame]) -> list[bytes]:
    """The three parts of a native batch. Checks nothing: producers build frames right, the broker checks."""
    return batch_parts(header, encode_frames(frames))


def encode_frames(frames: Sequence[Frame]) -> bytes:
    """The payload of a native batch alone, for who may send it with one header and later with another."""
    return bytes(_pack(frames))


def batch_parts(header: BatchHeader, payload: bytes) -> list[bytes]:
    """The three parts of a native batch whose payload is encoded."""
    return [BATCH_KIND, _pack(header), payload]


def decode_batch(parts: Sequence[bytes]) -> Batch:
    """Decode and validate one native batch; raises MessageError where it can't be read as one."""
    if sum(map(len, parts)) > INGRESS_MESSAGE_MAX:
        raise MessageError("message_size", parts[0])
    if not parts or parts[0] != BATCH_KIND:
        raise MessageError("message_kind", parts[0] if parts else b"")
    if len(parts) != 3:
        raise MessageError("message_parts", parts[-1])
    _, head, payload = parts
    header = _decode_header(head)
    try:
        frames, reasons = _decode_frames(payload, header["count"])
    except (ValueError, msgpack.OutOfData) as error:  # msgpack's other errors are ValueErrors
        reason = "message_count" if isinstance(error, _CountError) else "message_payload"
        raise MessageError(reason, payload, header["sensor"]) from None
    return Batch(header, frames, _cut_out(payload, reasons) if reasons else [])


def validate_frames(frames: Sequence[Frame]) -> None:
    """Raise pydantic's ValidationError unless all frames are as the schema has it."""
    _FRAMES.validate_python(frames)


def _decode_header(head: bytes) -> BatchHeader:
    if len(head) > HEADER_MAX:
        raise MessageError("message_header", head)
    try:
        return _HEADER.validate_python(msgpack.unpackb(head))
    except ValueError:  # msgpack's and pydantic's errors are ValueErrors
        raise MessageError("message_header", head) from None


class _CountError(ValueError):
    """The payload is no array of as many items as the header says."""


def _decode_frames(payload: bytes, count: int) -> tuple[list[Frame], dict[int, str]]:
    """The good frames, and of each other one its place in the array and its reason; raises msgpack's errors.

    Piece by piece, so that no more of what is wrong is in memory at a time.
    """
    good: list[Frame] = []
    reasons: dict[int, str] = {}
    unpacker = _unpacker()
    octets = memoryview(payload)
    missing = count
    for start in range(0, len(payload) or 1, PIECE):
        unpacker.feed(octets[start : start + PIECE])
        if not start and unpacker.read_array_header() != count:
            raise _CountError
        # Iteration ends where the octets do, so cut and overlong payloads show in the count.
        frames = list(islice(unpacker, missing + 1))
        if not frames and start + PIECE < len(payload):
            raise ValueError("an item as long as a piece")
        if len(frames) > missing:
            raise _CountError
        try:
            good += _FRAMES.validate_python(frames)
        except ValidationError:
            _sort_out(frames, count - missing, good, reasons)
        missing -= len(frames)
        del frames  # before the next piece is unpacked
    if missing:
        raise _CountError
    return good, reasons


def _unpacker() -> msgpack.Unpacker:
    # Tight limits on what is nested: msgpack allocates a container by its claimed length, level by level.
    # A map, which could take a hundred times its octets, turns into its type: no field takes that either.
    # surrogateescape lets a str of broken UTF-8 spoil its own frame only, not the whole batch.
    return msgpack.Unpacker(
        use_list=False,
        object_hook=type,
        unicode_errors="surrogateescape",
        max_buffer_size=INGRESS_MESSAGE_MAX,
        max_array_len=NESTED_MAX,
        max_map_len=NESTED_MAX,
        max_ext_len=0,
    )


def _sort_out(frames: list[Any], place: int, good: list[Frame], reasons: dict[int, str]) -> None:
    """Validate frames one by one, of which the first has this place in the array."""
    for number, frame in enumerate(frames, place):
        try:
            good.append(_FRAME.validate_python(frame))
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
            shaped = isinstance(frame, tuple) and len(frame) == len(FRAME_FIELDS) and wrong
            reasons[number] = f"frame_{FRAME_FIELDS[int(wrong[0])]}" if shaped else "frame_shape"


def _cut_out(payload: bytes, reasons: dict[int, str]) -> list[BadFrame]:
    """The bad frames of a payload, given by their places in the array."""
    cursor = _unpacker()
    cursor.feed(payload)
    bad: list[BadFrame] = []
    for place in range(cursor.read_array_header()):
        start = cursor.tell()
        cursor.skip()
        if place in reasons:
            bad.append(BadFrame(reasons[place], payload[start : cursor.tell()]))
    return bad
