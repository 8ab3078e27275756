"""Payloads held against their models and read without making what nobody asks for, where the kernel is there.

The models stay the one definition: fields, kinds and limits are read off them here. What the kernel does not
take (another order, more keys, text that is not ASCII, what is wrong) is Python's, which takes or names it.
So is each payload of a channel whose model has a kind of field that the kernel does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from nxcast.schemas.canary import CANARY_SENSOR
from nxcast.schemas.field_shapes import UnknownKindError, fields_of
from nxcast.schemas.records import EGRESS_PAYLOAD_MAX, RECORDS

try:
    from nxcast import kernel

    INSTALLED = True
except ImportError:  # no compiler where it was installed
    INSTALLED = False

__all__ = ["INSTALLED", "Packed", "columns_of", "packed"]

_CANARY = CANARY_SENSOR.encode()


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
        shaped = fields_of(model["items_schema"]["fields"])
    except (KeyError, UnknownKindError):
        return None
    return _Shape(kernel.shape(*shaped), {field[0]: place for place, field in enumerate(shaped)})
