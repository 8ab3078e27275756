"""A record as one line for people: what failed, or was answered, as it goes by on a terminal.

    14:39:15.074 NXDOMAIN MX gdsrr.com. from 192.33.14.30 soa com. ns1

Time (UTC, with its day where that is not today's), RCODE, what was asked, which server said so, the zone that
denied it, what the response gives as its reason (RFC 8914), and the sensor. What a response on dns-errors/
has beside that (its size, TCP) tells it from the same one on nxdomain/. Takes validated records, and any
octets in them: the line is printable ASCII, but for the colour of its RCODE where that is asked for. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nxcast.consumers.names.fold import fold
from nxcast.consumers.show.columns import known
from nxcast.schemas.codes import (
    CLASS_IN,
    OPCODE_QUERY,
    RCODE_NOERROR,
    RCODE_NXDOMAIN,
    TCP,
    class_text,
    opcode_text,
    rcode_text,
    type_text,
)
from nxcast.schemas.edns import extended_errors
from nxcast.schemas.message import soa_rrname
from nxcast.schemas.records import Answer, DnsError, Malformed, Nxdomain, ServerAnswers, Status
from nxcast.schemas.topics import ANSWERS, DNS_ERRORS, MALFORMED, NXDOMAIN, SERVERS, STATUS, channel_of
from nxcast.telemetry.printable import printable, second_text

__all__ = ["record_line"]

EDE_MAX = 200  # characters of a reason; --format full and json have all of it
_DAY = len("2026-01-01 ")
_MILLISECOND_NS = 1_000_000
# By RCODE, SGR parameters (ECMA-48 section 8.3.117) of the eight colours that every terminal has.
_COLOURS = {RCODE_NOERROR: "32", RCODE_NXDOMAIN: "33", 2: "31", 5: "35", 1: "36", 4: "36"}
_OTHER_COLOUR = "35"
_RCODES = {NXDOMAIN: RCODE_NXDOMAIN, ANSWERS: RCODE_NOERROR}  # of channels whose records have no such field


def record_line(topic: str, record: Any, today: str, *, colour: bool = False) -> str:
    """The line of a validated record of a topic, without its end; `today` is a date, 2026-01-01."""
    rcode, *words = [printable(word) for word in _WORDS[channel_of(topic) or ""](record)]
    if colour:
        number = record.get("rcode", _RCODES.get(channel_of(topic) or ""))
        rcode = f"\x1b[{_COLOURS.get(number, _OTHER_COLOUR)}m{rcode}\x1b[0m"
    return " ".join([_time(record["time_ns"], today), rcode, *words])


def _time(time_ns: int, today: str) -> str:
    second = second_text(time_ns)
    milliseconds = time_ns // _MILLISECOND_NS % 1000
    return f"{second[_DAY:] if second.startswith(today) else second}.{milliseconds:03}"


def _nxdomain(record: Nxdomain) -> Iterator[str]:
    yield rcode_text(RCODE_NXDOMAIN)
    yield from _question(record["qname"], record["qclass"], record["qtype"])
    if known("response_ip", record["response_ip"]) is not None:
        yield f"from {record['response_ip']}"
    if record["soa_rrname"] is not None:
        yield f"soa {record['soa_rrname']}"
    yield from _about(record, record["soa_rrname"])
    yield record["sensor"]


def _dns_error(record: DnsError) -> Iterator[str]:
    yield rcode_text(record["rcode"])
    yield from _raw(record)


def _answer(record: Answer) -> Iterator[str]:
    yield rcode_text(RCODE_NOERROR)
    yield from _raw(record)


def _raw(record: DnsError | Answer) -> Iterator[str]:
    """What records with a response have in common."""
    response = record["response"]
    if record["opcode"] != OPCODE_QUERY:
        yield opcode_text(record["opcode"])
    yield from _question(record["qname"], record["qclass"], record["qtype"])
    if known("response_ip", record["response_ip"]) is not None:
        yield f"from {record['response_ip']}"
    if record["query_ip"] is not None:
        yield f"to {record['query_ip']}"
    if (zone := soa_rrname(response)) is not None:
        yield f"soa {zone}"
    yield from _about(record, zone)
    for error in extended_errors(response):
        yield f"ede {error.text}"[:EDE_MAX]
    yield f"{len(response)} octets" + " by TCP" * (record["proto"] == TCP)
    yield record["sensor"]


def _about(record: Mapping[str, Any], soa: str | None) -> Iterator[str]:
    """What a record has where there is something to say; a zone and a denied name where they are news."""
    zone, denied = record.get("query_zone"), record.get("denied")
    if zone is not None and (soa is None or fold(zone) != fold(soa)):
        yield f"zone {zone}"
    if denied is not None and fold(denied) != fold(record["qname"]):
        yield f"denied {denied}"
    if record.get("by") is not None:
        yield f"by {record['by']}"
    yield from (mark for mark in ("minimised", "forwarder") if record.get(mark))


def _malformed(record: Malformed) -> Iterator[str]:
    yield "malformed"
    yield record["reason"]
    yield f"{len(record['data'])} octets"
    if record["sensor"] is not None:
        yield record["sensor"]


def _server(record: ServerAnswers) -> Iterator[str]:
    yield "answered"
    yield record["query_zone"]
    yield f"from {record['response_ip']}"
    yield f"{record['noerror']:,} NOERROR, {record['nxdomain']:,} NXDOMAIN"
    yield f"in {record['span_ms'] / 1000:.0f} s"


def _status(record: Status) -> Iterator[str]:
    counters = record["counters"]
    yield "status"
    yield record["software"]
    yield f"{counters['frames_received']:,} frames, {counters['errors']:,} errors,"
    yield f"{counters['nxdomain']:,} nxdomain,"
    yield f"{len(record['sensors']):,} sensors"


def _question(qname: str | None, qclass: int | None, qtype: int | None) -> Iterator[str]:
    if qname is None or qtype is None:
        yield "(no question)"
        return
    if qclass is not None and qclass != CLASS_IN:
        yield class_text(qclass)
    yield type_text(qtype)
    yield qname


_WORDS: dict[str, Callable[[Any], Iterator[str]]] = {
    NXDOMAIN: _nxdomain,
    DNS_ERRORS: _dns_error,
    ANSWERS: _answer,
    MALFORMED: _malformed,
    SERVERS: _server,
    STATUS: _status,
}
