"""What clients ask the broker on its third socket: replay, acknowledgement, account.

A request is one msgpack map with `version`, `id` (repeated in the answer) and `ask`, which names its model.
What can't be read as a request raises `RequestError` with a reason from a fixed list. Readers ignore keys
that they don't know. What is answered is in `request_answers`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgpack
from annotated_types import Ge, Len, MaxLen
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from nxcast.schemas.fields import U64, Sensor, Version1
from nxcast.schemas.units import U64_MAX

__all__ = [
    "REQUEST_MAX",
    "REQUEST_REASONS",
    "ArrivedRequest",
    "ConnectionsRequest",
    "DescribeRequest",
    "EpochsRequest",
    "RangeRequest",
    "Request",
    "RequestError",
    "RightsRequest",
    "SinceRequest",
    "StatusRequest",
    "decode_request",
    "encode_request",
]

REQUEST_MAX = 2048  # octets; 64 topics of at most 23 octets and 60 of keys take 1,532
PREFIXES_MAX = 64  # topics asked for at once; more are better asked for by channel
NESTED_MAX = 128  # items of an array or map inside a request
TOPIC_MAX = 64  # characters; the longest topic has 21

_STRICT = ConfigDict(strict=True, defer_build=True)  # built at first use: most programs need few
Id = Annotated[U64, Field(description="chosen by the client")]
Topic = Annotated[str, Len(1, TOPIC_MAX), Field(pattern="/$")]


@with_config(_STRICT)
class RangeRequest(TypedDict):
    """Asks for messages of a topic again."""

    version: Version1
    id: Id
    ask: Annotated[Literal["range"], Field(description="what is asked")]
    topic: Annotated[Topic, Field(description="the whole topic")]
    epoch: Annotated[U64, Field(description="the broker's epoch that the sequences are of")]
    first: Annotated[U64, Ge(1), Field(description="sequence of the first message wanted")]
    last: Annotated[U64, Field(description="and of the last, not below the first")]


@with_config(_STRICT)
class SinceRequest(TypedDict):
    """Asks where in each topic a moment is."""

    version: Version1
    id: Id
    ask: Annotated[Literal["since"], Field(description="what is asked")]
    topics: Annotated[list[Topic], MaxLen(PREFIXES_MAX), Field(description="topics, or prefixes of them")]
    time_ns: Annotated[U64, Field(description="nanoseconds since 1970-01-01 UTC, by the broker's clock")]


@with_config(_STRICT)
class EpochsRequest(TypedDict):
    """Asks which epochs the broker had, how each one ended, and how far each topic came."""

    version: Version1
    id: Id
    ask: Annotated[Literal["epochs"], Field(description="what is asked")]
    epoch: Annotated[U64, Field(description="the lowest one wanted; 0: all that are known")]


@with_config(_STRICT)
class StatusRequest(TypedDict):
    """Asks for the broker's account."""

    version: Version1
    id: Id
    ask: Annotated[Literal["status"], Field(description="what is asked")]


@with_config(_STRICT)
class DescribeRequest(TypedDict):
    """Asks what the broker publishes, and in what form."""

    version: Version1
    id: Id
    ask: Annotated[Literal["describe"], Field(description="what is asked")]


@with_config(_STRICT)
class RightsRequest(TypedDict):
    """Asks what the client that asks may do."""

    version: Version1
    id: Id
    ask: Annotated[Literal["rights"], Field(description="what is asked")]


@with_config(_STRICT)
class ConnectionsRequest(TypedDict):
    """Asks who is connected."""

    version: Version1
    id: Id
    ask: Annotated[Literal["connections"], Field(description="what is asked")]


@with_config(_STRICT)
class ArrivedRequest(TypedDict):
    """Asks which batches of a producer have arrived."""

    version: Version1
    id: Id
    ask: Annotated[Literal["arrived"], Field(description="what is asked")]
    sensor: Annotated[Sensor, Field(description="name of the producer")]
    epoch: Annotated[U64, Field(description="the producer's, as in its batches")]


Request = (
    RangeRequest
    | SinceRequest
    | EpochsRequest
    | StatusRequest
    | DescribeRequest
    | RightsRequest
    | ConnectionsRequest
    | ArrivedRequest
)
_REQUESTS: dict[str, TypeAdapter[Any]] = {
    "range": TypeAdapter(RangeRequest),
    "since": TypeAdapter(SinceRequest),
    "epochs": TypeAdapter(EpochsRequest),
    "status": TypeAdapter(StatusRequest),
    "describe": TypeAdapter(DescribeRequest),
    "rights": TypeAdapter(RightsRequest),
    "connections": TypeAdapter(ConnectionsRequest),
    "arrived": TypeAdapter(ArrivedRequest),
}
_KEYS = ("version", "id", "ask", "topic", "epoch", "first", "last", "topics", "time_ns", "sensor")
REQUEST_REASONS = ("request_parts", "request_size", "request_shape", *(f"request_{key}" for key in _KEYS))
"""Reasons of a RequestError: not one part, too large, no map, or the first key that is wrong."""


_pack = msgpack.Packer().pack


class RequestError(ValueError):
    """A request that a client sent wrong; `reason` is one of REQUEST_REASONS, `id` its id, else 0."""

    def __init__(self, reason: str, request_id: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.id = request_id


def encode_request(request: Request) -> bytes:
    """The one part of a request. Checks nothing: clients ask right, the broker checks."""
    return bytes(_pack(request))


def decode_request(parts: Sequence[bytes]) -> Request:
    """Decode and validate a request, its delimiter taken off; raises RequestError."""
    if sum(map(len, parts)) > REQUEST_MAX:
        raise RequestError("request_size")
    if len(parts) != 1:
        raise RequestError("request_parts")
    try:
        value = msgpack.unpackb(parts[0], max_array_len=NESTED_MAX, max_map_len=NESTED_MAX, max_ext_len=0)
    except ValueError:  # msgpack's errors are ValueErrors
        value = None
    if not isinstance(value, dict):
        raise RequestError("request_shape")
    ask = value.get("ask")
    adapter = _REQUESTS.get(ask if isinstance(ask, str) else "", _REQUESTS["status"])
    try:
        request: Request = adapter.validate_python(value)
    except ValidationError as error:
        place = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        raise RequestError(f"request_{place[0]}", _id(value)) from None
    if request["ask"] == "range" and request["last"] < request["first"]:
        raise RequestError("request_last", _id(value))
    return request


def _id(request: dict[Any, Any]) -> int:
    value = request.get("id")
    return value if type(value) is int and 0 <= value <= U64_MAX else 0
