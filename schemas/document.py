"""The models as one JSON Schema document.

JSON Schema knows no octets: a string with the format 'binary' is a msgpack `bin`, and its lengths are octets.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from nxcast.schemas.frames import FRAME_FIELDS, BatchHeader, Frame
from nxcast.schemas.question_frame import QUESTION_FIELDS, QuestionFrame
from nxcast.schemas.records import Answer, DnsError, Header, Malformed, Nxdomain, ServerAnswers, Status
from nxcast.schemas.request_answers import (
    ArrivedAnswer,
    ConnectionsAnswer,
    ConnectionStatus,
    DescribeAnswer,
    EpochsAnswer,
    ErrorAnswer,
    RangeAnswer,
    RightsAnswer,
    SinceAnswer,
    StatusAnswer,
)
from nxcast.schemas.requests import (
    ArrivedRequest,
    ConnectionsRequest,
    DescribeRequest,
    EpochsRequest,
    RangeRequest,
    RightsRequest,
    SinceRequest,
    StatusRequest,
)

__all__ = ["schema"]

MODELS = (
    BatchHeader,
    Header,
    DnsError,
    Nxdomain,
    Answer,
    Malformed,
    ServerAnswers,
    Status,
    RangeRequest,
    RangeAnswer,
    SinceRequest,
    SinceAnswer,
    EpochsRequest,
    EpochsAnswer,
    StatusRequest,
    StatusAnswer,
    DescribeRequest,
    DescribeAnswer,
    RightsRequest,
    RightsAnswer,
    ConnectionsRequest,
    ConnectionsAnswer,
    ConnectionStatus,
    ArrivedRequest,
    ArrivedAnswer,
    ErrorAnswer,
)


def schema() -> dict[str, Any]:
    """All models under $defs, by name."""
    mode: JsonSchemaMode = "validation"
    adapters = [(model.__name__, mode, TypeAdapter(model)) for model in MODELS]
    _, document = TypeAdapter.json_schemas(
        cast("Any", adapters),  # invariant in the adapters' type, so no tuple of different ones fits
        title="nxcast wire protocol, version 1",
        description="The msgpack maps and arrays of protocol.md. A string of format binary is a msgpack bin.",
    )
    arrays = {
        "Frame": _array("Frame", Frame, FRAME_FIELDS, "One DNS response as a sensor saw it"),
        "QuestionFrame": _array(
            "QuestionFrame", QuestionFrame, QUESTION_FIELDS, "What a client asked and was denied"
        ),
    }
    document["$defs"] = dict(sorted({**document["$defs"], **arrays}.items()))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def _array(title: str, kind: Any, names: Sequence[str], description: str) -> dict[str, Any]:
    array = TypeAdapter(kind).json_schema()
    fields = zip(names, array.pop("prefixItems"), strict=True)
    return {
        "title": title,
        "description": f"{description}: an array in this order.",
        "prefixItems": [{"title": field, **item} for field, item in fields],
        **array,
    }
