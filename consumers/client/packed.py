"""Payloads held against their models and read without making what nobody asks for, where the kernel is there.

The models stay the one definition: fields, kinds and limits are read off them here. What the kernel does not
take (another order, more keys, text that is not ASCII, what is wrong) is Python's, which takes or names it.
So is each payload of a channel whose model has a kind of field that the kernel does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgpack

from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.records import EGRESS_PAYLOAD_MAX, RECORDS

try:
    from nxcast import kernel

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = ["INSTALLED", "Packed", "columns_of", "packed"]

_NUMBER, _FLAG, _OCTETS, _TEXT, _WORD = range(5)  # kinds of fields, as the kernel has them
_CANARY = CANARY_SENSOR.encode()
_Field = tuple[str, bytes, int, int, int, bytes, bool, bool]


class _UnknownKindError(Exception):
    """The kernel does not know this kind of field."""


class _Shape(NamedTuple):
    kernels: object
    places: Mapping[str, int]


class Packed:
    """A payload that is as its model has it: `count` records, none of them a canary's."""

    __slots__ = ("_payload", "_shape", "count")

    def __init__(self, shape: _Shape, payload: bytes, count: int) -> None:
        self._shape = shape
        self._payload = payload
        self.count = count

    def records(self) -> list[Any]:
        """All of them, as maps."""
        found = kernel.records(self._shape.kernels, self._payload)
        assert found is not None  # noqa: S101
        return found

    def columns(self, fields: Sequence[str]) -> tuple[list[Any], ...]:
        """Of each field a list of its values, None where a record is without it; KeyError for no field."""
        found = kernel.columns(
            self._shape.kernels, self._payload, tuple([self._shape.places[field] for field in fields])
        )
        assert found is not None  # noqa: S101
        return found


def packed(channel: str, payload: bytes, *, canaries: bool) -> Packed | None:
    """A payload of a channel, checked; None where that is for Python, as are canaries unless wanted."""
    shape = _shape(channel)
    if shape is None or len(payload) > EGRESS_PAYLOAD_MAX or not (canaries or _CANARY not in payload):
        return None
    count = kernel.count(shape.kernels, payload)
    return None if count is None else Packed(shape, payload, count)


def columns_of(
    channel: str, records: Sequence[Mapping[str, Any]], fields: Sequence[str]
) -> tuple[list[Any], ...]:
    """As `Packed.columns`, of records that are maps already."""
    known = RECORDS[channel].core_schema["items_schema"]["fields"]
    for field in fields:
        known[field]
    return tuple([[record.get(field) for record in records] for field in fields])


@cache
def _shape(channel: str) -> _Shape | None:
    if not INSTALLED:
        return None
    model: Any = RECORDS[channel].core_schema
    try:
        fields = model["items_schema"]["fields"]
        shaped = [_field(name, field) for name, field in fields.items()]
    except (KeyError, _UnknownKindError):
        return None
    return _Shape(kernel.shape(*shaped), {field[0]: place for place, field in enumerate(shaped)})


def _field(name: str, field: Mapping[str, Any]) -> _Field:
    schema = field["schema"]
    nullable = schema["type"] == "nullable"
    kind, least, most, allowed = _kind(schema["schema"] if nullable else schema)
    return name, msgpack.packb(name), kind, least, most, allowed, field["required"], nullable


def _kind(schema: Mapping[str, Any]) -> tuple[int, int, int, bytes]:
    """Kind, least and most of a number or of its octets, and what is allowed; nothing is passed over."""
    match {key: value for key, value in schema.items() if key not in ("metadata", "strict")}:
        case {"type": "int", "ge": least, "le": most, **rest} if not rest:
            return _NUMBER, least, most, b""
        case {"type": "bool", **rest} if not rest:
            return _FLAG, 0, 0, b""
        case {"type": "bytes", "max_length": most, **rest} if rest.keys() <= {"min_length"}:
            return _OCTETS, rest.get("min_length", 0), most, b""
        case {"type": "str", "max_length": most, **rest} if rest.keys() <= {"min_length"}:
            return _TEXT, rest.get("min_length", 0), most, b""
        case {"type": "str", "pattern": pattern, **rest} if not rest:
            return _TEXT, *_of_pattern(pattern)
        case {"type": "literal", "expected": [*words], **rest} if not rest:
            return _WORD, 0, 0, b"".join([_word(word) for word in words])
        case {"type": "chain", "steps": [{"type": "int"}, {"expected": numbers}], **rest} if not rest:
            return _NUMBER, 0, max(numbers), bytes([each in numbers for each in range(max(numbers) + 1)])
    raise _UnknownKindError


def _of_pattern(pattern: str) -> tuple[int, int, bytes]:
    """Least, most and which octets, of a pattern of so many characters of one set."""
    form = re.fullmatch(r"\^(\[[^]^]+\])\{(\d+),(\d+)\}\$", pattern)
    if form is None:
        raise _UnknownKindError
    allowed = bytes([octet < 0x80 and re.match(form[1], chr(octet)) is not None for octet in range(256)])
    return int(form[2]), int(form[3]), allowed


def _word(word: object) -> bytes:
    if not (isinstance(word, str) and word.isascii() and len(word) < 32):
        raise _UnknownKindError
    return bytes(msgpack.packb(word))
