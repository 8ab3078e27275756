"""What models say of their fields, in the form that the compiled kernel holds packed maps against. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgpack

__all__ = ["Field", "UnknownKindError", "fields_of"]

_NUMBER, _FLAG, _OCTETS, _TEXT, _WORD = range(5)  # kinds of fields, as the kernel has them
Field = tuple[str, bytes, int, int, int, bytes, bool, bool]
"""Name, packed name, kind, least and most (of a number or of octets), what is allowed, required, nullable."""


class UnknownKindError(Exception):
    """The kernel does not know this kind of field."""


def fields_of(fields: Mapping[str, Any]) -> list[Field]:
    """Fields as pydantic's core schema has them, in their order; raises UnknownKindError."""
    return [_field(name, field) for name, field in fields.items()]


def _field(name: str, field: Mapping[str, Any]) -> Field:
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
    raise UnknownKindError


def _of_pattern(pattern: str) -> tuple[int, int, bytes]:
    """Least, most and which octets, of a pattern of so many characters of one set."""
    form = re.fullmatch(r"\^(\[[^]^]+\])\{(\d+),(\d+)\}\$", pattern)
    if form is None:
        raise UnknownKindError
    allowed = bytes([octet < 0x80 and re.match(form[1], chr(octet)) is not None for octet in range(256)])
    return int(form[2]), int(form[3]), allowed


def _word(word: object) -> bytes:
    if not (isinstance(word, str) and word.isascii() and len(word) < 32):
        raise UnknownKindError
    return bytes(msgpack.packb(word))
