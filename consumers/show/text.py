"""Records as text for people: a line a field, as NMSG's tools print them.

An Nxdomain is the five lines of SIE's channel 221, a DnsError or an Answer those of dnsqr with its DNS
messages decoded below (`message_text`), fields that are nil left out. Takes validated records, and any octets
in them: every line is printable ASCII.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from nxcast.consumers.show.columns import known
from nxcast.consumers.show.message_text import message_lines
from nxcast.schemas.codes import (
    RCODE_NOERROR,
    class_text,
    observation_text,
    proto_text,
    rcode_text,
    type_text,
)
from nxcast.schemas.records import Answer, DnsError, Malformed, Nxdomain, ServerAnswers, Status
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, MALFORMED, NXDOMAIN, SERVERS, STATUS, channel_of
from nxcast.telemetry.printable import hex_text, printable, time_text

__all__ = ["record_text"]


def record_text(topic: str, record: Any) -> str:
    """Text of a validated record of a topic, lines parted by newlines, none at the end."""
    lines = _LINES[channel_of(topic) or ""](record)
    return "\n".join([printable(line) for line in lines])


def _nxdomain(record: Nxdomain) -> list[str]:
    lines = _question(record["qname"], record["qclass"], record["qtype"])
    lines += _told("response_ip", record)
    lines += _told("soa_rrname", record)
    return [*lines, *[line for field in _OPTIONAL for line in _told(field, record)]]


def _raw(record: DnsError | Answer) -> list[str]:
    rcode: int = cast("Mapping[str, Any]", record).get("rcode", RCODE_NOERROR)
    return [
        f"type: {observation_text(record['type'])}",
        *_told("query_ip", record),
        *_told("response_ip", record),
        f"proto: {proto_text(record['proto'])} ({record['proto']})",
        *_told("query_port", record),
        *_told("response_port", record),
        f"id: {record['id']}",
        *_question(record["qname"], record["qclass"], record["qtype"]),
        f"rcode: {rcode_text(rcode)} ({rcode})",
        *[line for field in _OPTIONAL for line in _told(field, record)],
        *_dns_message("query", record["query"]),
        *_dns_message("response", record["response"]),
    ]


def _malformed(record: Malformed) -> list[str]:
    return [
        f"time: {time_text(record['time_ns'])}",
        *_told("sensor", record),
        f"reason: {record['reason']}",
        f"data: [{len(record['data'])} octets]",
        *_hex_lines(record["data"]),
    ]


def _server(record: ServerAnswers) -> list[str]:
    return [
        f"time: {time_text(record['time_ns'])}",
        *[f"{key}: {value}" for key, value in record.items() if key != "time_ns"],
    ]


def _status(record: Status) -> list[str]:
    lines = [
        f"time: {time_text(record['time_ns'])}",
        f"epoch: {record['epoch']}",
        f"software: {record['software']}",
    ]
    for counter, value in record["counters"].items():
        lines.append(f"{counter}: {_pairs(value) if isinstance(value, dict) else value}")
    for name, sensor in record["sensors"].items():
        shown = {**sensor, "time_ns": time_text(sensor["time_ns"])}
        lines.append(f"sensor {name}: {_pairs(shown).replace('time_ns', 'time', 1)}")
    lines.append(f"sensors_forgotten: {record['sensors_forgotten']}")
    lines += [f"topic {name}: {_pairs(topic)}" for name, topic in record["topics"].items()]
    return lines


_LINES: dict[str, Callable[[Any], list[str]]] = {
    NXDOMAIN: _nxdomain,
    DNS_ERRORS: _raw,
    ANSWERS: _raw,
    MALFORMED: _malformed,
    SERVERS: _server,
    STATUS: _status,
}


# Fields that records have where there is something to say.
_OPTIONAL = ("query_zone", "denied", "by", "minimised", "forwarder")


def _told(field: str, record: Mapping[str, Any]) -> list[str]:
    value = known(field, record.get(field))
    if value is None:
        return []
    return [f"{field}: {str(value).lower() if isinstance(value, bool) else value}"]


def _question(qname: str | None, qclass: int | None, qtype: int | None) -> list[str]:
    lines = [] if qname is None else [f"qname: {qname}"]
    if qclass is not None:
        lines.append(f"qclass: {class_text(qclass)} ({qclass})")
    if qtype is not None:
        lines.append(f"qtype: {type_text(qtype)} ({qtype})")
    return lines


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items()) or "none"


def _dns_message(field: str, octets: bytes | None) -> list[str]:
    if octets is None:
        return []
    return [f"{field}: [{len(octets)} octets]", *message_lines(octets), "---"]


def _hex_lines(octets: bytes) -> list[str]:
    return [hex_text(octets)] if octets else []
