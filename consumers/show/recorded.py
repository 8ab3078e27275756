"""Records read back from the JSON lines of `tail --format json` (see `json_lines`).

Each line is one record of dns-errors/, nxdomain/, answers/ or servers/; statuses and records of malformed/
are passed over. What was written in another legal form (an IPv6 address, a name without its last dot) is read
as the one that records have, so that it counts as the same; lines of earlier versions are read. A line that
is no record is a CommandError with file and line number; only a last line without its newline, cut off as it
was written, is told and passed over.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from logging import WARNING
from typing import Any

from pydantic import ValidationError

from nxcast.consumers.show.console import CommandError, say
from nxcast.schemas.codes import CLASSES, OBSERVATIONS, OPCODES, PROTOCOLS, RCODES, TYPES
from nxcast.schemas.ip_addresses import UNKNOWN, host
from nxcast.schemas.names import labels_of, name_text
from nxcast.schemas.records import RECORDS
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, NXDOMAIN, SERVERS
from nxcast.schemas.units import SECOND_NS

__all__ = ["record_of", "recorded"]

ADDRESSES_KEPT = 8192  # whose text was read; at about 200 octets each, 1.6 MB
LINE_MAX = 400_000  # octets; a DnsError with two messages of 65,535 octets takes 176,000 in base64
EXCERPT_MAX = 40  # characters of a wrong value that a message shows
GZIP = b"\x1f\x8b"  # how such a file begins (RFC 1952 section 2.3.1)
# RFC 3339 section 5.6, and what 'tail' wrote before: a blank for the T, and no zone, which is UTC.
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
# A field that only records of a channel have, those before it left out; None: of one that is passed over.
_KNOWN_BY = (
    ("soa_rrname", NXDOMAIN),
    ("rcode", DNS_ERRORS),
    ("response", ANSWERS),
    ("span_ms", SERVERS),
    ("counters", None),
    ("reason", None),
)
_WRITER = "such as 'nxcast-consume tail --format json' writes"


def recorded(chunks: Iterable[bytes], name: str) -> Iterator[list[tuple[str, Any]]]:
    """The records of a file that comes in pieces, with the channel of each; a list for each piece."""
    number = 0
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > LINE_MAX:
            lines.append(rest)
        found: list[tuple[str, Any]] = []
        for line in lines:
            number += 1
            try:
                record = record_of(line)
            except ValueError as error:
                yield found
                raise CommandError(f"{name}:{number}: {error}") from None
            if record is not None:
                found.append(record)
        yield found
    try:
        last = record_of(rest)
    except ValueError:
        say(f"{name}:{number + 1}: the last line is cut off, passed over", level=WARNING)
    else:
        yield [last] if last is not None else []


def record_of(line: bytes) -> tuple[str, Any] | None:
    """The channel and the validated record of a line; None for other channels' and for an empty line."""
    if len(line) > LINE_MAX:
        raise ValueError(f"a line of more than {LINE_MAX:,} octets")
    if not line or line.isspace():
        return None
    if line.startswith(GZIP):
        raise ValueError("gzip: unpack it first, as in zcat FILE | nxcast-consume ... --from -")
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise ValueError(f"no JSON object, {_WRITER}")
    for field, channel in _KNOWN_BY:
        if field in told:
            return None if channel is None else (channel, _validated(channel, told))
    raise ValueError(f"no record, {_WRITER}")


def _validated(channel: str, told: dict[str, Any]) -> Any:
    record = {}
    for key, value in told.items():
        try:
            if key == "time":
                record["time_ns"] = _time_ns(value)
            else:
                read = _READ.get(key)
                record[key] = value if read is None or value is None else read(value)
                if value is None and key in _UNKNOWN:
                    record[key] = _UNKNOWN[key]
        except (LookupError, TypeError, ValueError):
            raise ValueError(f"{key} can't be {_excerpt(value)}") from None
    try:
        return RECORDS[channel].validate_python([record])[0]
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"][1:]))
        raise ValueError(f"{field}: {first['msg'].lower()}") from None


def _numbers(mnemonics: dict[int, str], unknown: str, end: int) -> Callable[[str], int]:
    """Reads a mnemonic, or the number after `unknown`, as `codes` writes them."""
    known = {mnemonic: number for number, mnemonic in mnemonics.items()}

    def read(text: str) -> int:
        number = known.get(text)
        if number is not None:
            return number
        prefix, digits = text[: len(unknown)], text[len(unknown) :]
        if not unknown or prefix != unknown or not (digits.isascii() and digits.isdigit()):
            raise ValueError
        number = int(digits[:6])
        if number >= end:
            raise ValueError
        return number

    return read


def _octets(text: str) -> bytes:
    return b64decode(text, validate=True)


@lru_cache(ADDRESSES_KEPT)
def _address(text: str) -> str:
    """The address as records have it; as it is where it is none."""
    try:
        return str(host(text))
    except ValueError:
        return text


def _name(text: str) -> str:
    """The name in the contract's form; as it is where it is none."""
    if "\\" not in text and text.endswith(".") and text.isascii() and text.isprintable():
        return text
    try:
        return name_text(labels_of(text))
    except ValueError:
        return text


_READ: dict[str, Callable[[str], Any]] = {
    "type": _numbers(OBSERVATIONS, "", 0),
    "proto": _numbers(PROTOCOLS, "", 0),
    "opcode": _numbers(OPCODES, "OPCODE", 16),
    "qclass": _numbers(CLASSES, "CLASS", 0x10000),
    "qtype": _numbers(TYPES, "TYPE", 0x10000),
    "rcode": _numbers(RCODES, "RCODE", 0x1000),
    "query": _octets,
    "response": _octets,
    "query_ip": _address,
    "response_ip": _address,
    "qname": _name,
    "soa_rrname": _name,
    "query_zone": _name,
    "denied": _name,
}
# As records say that the source did not tell it, where they have no nil.
_UNKNOWN: dict[str, Any] = {"response_port": 0, "response_ip": UNKNOWN}


def _time_ns(text: str) -> int:
    told = _TIME.fullmatch(text) if isinstance(text, str) else None
    if told is None:
        raise ValueError
    day, second, fraction, zone = told.groups()
    zone = "+00:00" if zone is None or zone in "Zz" else zone
    return _second(f"{day}T{second}{zone}") * SECOND_NS + int((fraction or "").ljust(9, "0"))


@lru_cache(1024)
def _second(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _excerpt(value: object) -> str:
    text = repr(value)
    return text if len(text) <= EXCERPT_MAX else f"{text[:EXCERPT_MAX]}..."
