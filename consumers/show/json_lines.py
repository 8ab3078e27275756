"""Records as JSON, one line each.

`time` (RFC 3339, UTC) comes first and stands for time_ns, then topic, epoch and sequence of the message that
it came in; mnemonics for types, classes, RCODEs, opcodes and protocols; base64 for octets; null for nil.
Keys and their order are otherwise those of the contract, and `ede` has a response's Extended DNS Errors. An
epoch is text, and so is an integer that a double would not hold. The line is printable ASCII.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _string
from typing import Any

from nxcast.consumers.client.events import Batch
from nxcast.consumers.show.columns import CODES, EDE, known
from nxcast.schemas.edns import extended_errors
from nxcast.telemetry.printable import EXACT_MAX, exact, time_text

__all__ = ["json_line", "record_json"]

KEYS_KEPT = 256  # keys of records; the contract has about 50
VALUES_KEPT = 2_048  # texts kept of each field whose values come again; at worst 400 octets each, 9 fields
_DELETE = "\x7f"  # the one control character that json leaves as it is


def record_json(record: Mapping[str, Any], batch: Batch[Any] | None = None) -> str:
    """JSON of a validated record of any channel, without a newline; of a batch, where it came in one."""
    if "sensors" in record:  # a Status, whose sensors are maps that have a time too
        return json_line(_status(record, batch))
    parts = [f'"time":"{time_text(record["time_ns"])}"']
    if batch is not None:
        parts.append(
            f'"topic":{_string(batch.topic)},"epoch":"{batch.epoch}","sequence":{_text(batch.sequence)}'
        )
    for key, value in record.items():
        field = _FIELDS.get(key)
        if field is not None:
            parts.append(field(value))
        elif key != "time_ns":
            parts.append(f"{_key(key)}{_text(value)}")
    if "response" in record:
        parts.append(f"{_key(EDE)}{_errors(record['response'])}")
    line = f"{{{','.join(parts)}}}"
    return line.replace(_DELETE, "\\u007f") if _DELETE in line else line


def json_line(value: object) -> str:
    """Compact JSON in printable ASCII; octets as base64."""
    return _encode(exact(value)).replace(_DELETE, "\\u007f")


def _text(value: Any) -> str:
    """JSON of a field's value."""
    kind = type(value)
    if kind is str:  # most are
        return _string(value)
    if value is None:
        return "null"
    if kind is bytes:
        return f'"{_base64(value)}"'
    if kind is int and -EXACT_MAX <= value <= EXACT_MAX:
        return str(value)
    return _encode(exact(value))


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _errors(response: bytes) -> str:
    shown = [
        f'{{"code":{error.code},"name":{_string(error.name)},"text":{_string(error.extra)}}}'
        for error in extended_errors(response)
    ]
    return f"[{','.join(shown)}]"


def _status(record: Mapping[str, Any], batch: Batch[Any] | None) -> dict[str, Any]:
    time, *rest = _shown(record).items()
    place = {} if batch is None else {"topic": batch.topic, "epoch": batch.epoch, "sequence": batch.sequence}
    sensors = {name: _shown(sensor) for name, sensor in record["sensors"].items()}
    return dict((time, *place.items(), *rest, ("sensors", sensors)))


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in record.items() if key != "time_ns"}
    return {"time": time_text(record["time_ns"]), **rest}


@lru_cache(KEYS_KEPT)
def _key(key: str) -> str:
    return f"{_string(key)}:"


def _field(key: str) -> Callable[[Any], str]:
    """What makes key and value of a field whose value is not told as it is."""
    code = CODES.get(key)
    if code is None:
        return lambda value: f"{_key(key)}{_text(known(key, value))}"
    return lambda value: f"{_key(key)}{'null' if value is None else _string(code(value))}"


_encode = json.JSONEncoder(separators=(",", ":"), default=_base64).encode
_COMING_AGAIN = (*CODES, "sensor", "response_ip", "response_port")
_FIELDS: dict[str, Callable[[Any], str]] = {
    "query_port": _field("query_port"),
    **{key: lru_cache(VALUES_KEPT, typed=True)(_field(key)) for key in _COMING_AGAIN},
}
