"""Records as JSON, one line each.

`time` (RFC 3339, UTC) comes first and stands for time_ns, then topic, epoch and sequence of the message that
it came in; mnemonics for types, classes, RCODEs, opcodes and protocols; base64 for octets; null for nil.
Keys and their order are otherwise those of the contract, and `ede` has a response's Extended DNS Errors. An
epoch is text, and so is an integer that a double would not hold. The line is printable ASCII.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from nxcast.consumers.client.events import Batch
from nxcast.consumers.show.columns import CODES, EDE, known
from nxcast.schemas.edns import extended_errors
from nxcast.telemetry.printable import exact, time_text

__all__ = ["json_line", "record_json"]


def record_json(record: Mapping[str, Any], batch: Batch[Any] | None = None) -> str:
    """JSON of a validated record of any channel, without a newline; of a batch, where it came in one."""
    time, *rest = _shown(record).items()
    place = {} if batch is None else {"topic": batch.topic, "epoch": batch.epoch, "sequence": batch.sequence}
    shown = dict((time, *place.items(), *rest))
    if "response" in record:
        shown[EDE] = [
            {"code": error.code, "name": error.name, "text": error.extra}
            for error in extended_errors(record["response"])
        ]
    if "sensors" in record:  # a Status, whose sensors are maps that have a time too
        shown["sensors"] = {name: _shown(sensor) for name, sensor in record["sensors"].items()}
    return json_line(shown)


def json_line(value: object) -> str:
    """Compact JSON in printable ASCII; octets as base64."""
    text = _encode(exact(value))
    return text.replace("\x7f", "\\u007f")  # the one control character that json leaves as it is


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"time": time_text(record["time_ns"])}
    for key, value in record.items():
        if key in CODES and value is not None:
            shown[key] = CODES[key](value)
        elif key != "time_ns":
            shown[key] = known(key, value)
    return shown


_encode = json.JSONEncoder(separators=(",", ":"), default=_base64).encode
