"""Records as rows of a table: the columns that CSV and Parquet have.

They are those of the JSON lines (`json_lines`): `time` first, then the fields of the contract in its order,
codes as mnemonics, and what its response says of the reason last. A status has maps in it and is no row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nxcast.schemas.codes import (
    class_text,
    observation_text,
    opcode_text,
    proto_text,
    rcode_text,
    type_text,
)
from nxcast.schemas.edns import extended_errors
from nxcast.schemas.ip_addresses import UNKNOWN
from nxcast.schemas.records import Answer, DnsError, Malformed, Nxdomain, ServerAnswers
from nxcast.schemas.topics import ANSWERS, CHANNELS, DNS_ERRORS, MALFORMED, NXDOMAIN, SERVERS, channel_of

__all__ = ["CODES", "COLUMNS", "EDE", "TIME", "ede_text", "known", "table_of"]

TIME = "time"
"""The column that stands for the field time_ns."""

EDE = "ede"
"""The column of the Extended DNS Errors (RFC 8914) that a response has."""

CODES: dict[str, Callable[[int], str]] = {
    "type": observation_text,
    "proto": proto_text,
    "opcode": opcode_text,
    "qclass": class_text,
    "qtype": type_text,
    "rcode": rcode_text,
}
"""Fields that are numbers in a record and mnemonics in a table, by what tells the mnemonic."""

COLUMNS: dict[str, tuple[str, ...]] = {
    channel: (
        TIME,
        *[field for field in record.__annotations__ if field != "time_ns"],
        *([EDE] if "response" in record.__annotations__ else []),
    )
    for channel, record in (
        (DNS_ERRORS, DnsError),
        (NXDOMAIN, Nxdomain),
        (ANSWERS, Answer),
        (MALFORMED, Malformed),
        (SERVERS, ServerAnswers),
    )
}
"""By channel, the columns of its table."""


_UNKNOWN = {"response_port": (0,), "query_port": (0,), "response_ip": (UNKNOWN, "0.0.0.0")}  # noqa: S104


def known(field: str, value: Any) -> Any:
    """The value of a field; None where it stands for what the source did not tell."""
    return None if value in _UNKNOWN.get(field, ()) else value


def ede_text(record: Mapping[str, Any]) -> str | None:
    """The Extended DNS Errors of a record with a response in one cell, parted by '; '; None without any."""
    return "; ".join([error.text for error in extended_errors(record["response"])]) or None


def table_of(topics: Sequence[str]) -> str:
    """The one channel whose table holds the records of these topics; ValueError if there is none."""
    channels = sorted({channel_of(topic) or "" for topic in topics}, key=CHANNELS.index)
    if len(channels) > 1:
        raise ValueError(f"one table has one channel's columns, not those of {' and '.join(channels)}")
    if channels[0] not in COLUMNS:
        raise ValueError(f"the records of {channels[0]} have maps in them and fit no table: take JSON")
    return channels[0]
