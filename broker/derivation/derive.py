"""Derivation: frames in, records out. Pure functions: no socket, clock, environment or log.

Each frame ends in one place: noerror, errors, questions, unsolicited, mismatched, forwarder or malformed. The
rules for a response, in their order: no response (QR=0) is malformed; an unsolicited one is dropped unless
accepted, since spoofed answers must not reach a channel; RCODE 0 is dropped (the hot path, four in five), but
for what has records where answers are wanted; the answer of a resolver (RD=1) is dropped unless marked or
accepted, since it tells nothing of an authority; an answer to something else than was asked is dropped, since
whoever sends it could put any name on a channel. All else is an Answer where RCODE is 0, which is noerror
still, and a DnsError elsewhere; and an Nxdomain too where RCODE is 3, the opcode QUERY, there is a question,
and the sensor sends no questions that tell better. A question is an Nxdomain alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from nxcast.schemas.codes import OPCODE_QUERY, RCODE_NXDOMAIN, TYPE_A, TYPE_NS, UDP_UNSOLICITED_RESPONSE
from nxcast.schemas.frames import (
    FORWARDER,
    MINIMISED,
    QUERY,
    QUERY_ZONE,
    RESPONSE,
    TYPE,
    Frame,
    Frame1,
)
from nxcast.schemas.ip_addresses import UNKNOWN, address_text
from nxcast.schemas.message import (
    OPT_RCODE,
    QR,
    RD,
    Question,
    has_records,
    name_of,
    question,
    same_question,
    soa_rrname,
)
from nxcast.schemas.message import (
    rcode as full_rcode,
)
from nxcast.schemas.names import is_within
from nxcast.schemas.question_frame import QuestionFrame
from nxcast.schemas.records import Answer, DnsError, Nxdomain

__all__ = ["NOT_A_NAME", "NOT_A_RESPONSE", "Derived", "derive"]

NOT_A_RESPONSE = "not_a_response"  # reason of a frame whose response has QR=0 (RFC 1035 section 4.1.1)
NOT_A_NAME = "not_a_name"  # reason of a frame with a name that is not in uncompressed wire form

ADDRESSES_KEPT = 8192  # texts of addresses; at about 200 octets each, 1.6 MB
NAMES_KEPT = 8192  # texts of zones and of names denied, which come again; at most 1,400 octets each, 11 MiB

_STEP_TYPES = (TYPE_A, TYPE_NS)  # by which resolvers take their steps (RFC 9156 section 2.1)

Malformation = tuple[str, bytes]
"""Reason of a frame that is malformed, and what is wrong."""

_Told = tuple[str | None, int]
"""Zone and marks of a response."""


@dataclass(slots=True)
class Derived:
    """What one batch gives: records, what is malformed, and how many frames were dropped as what."""

    errors: list[DnsError] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    nxdomains: list[Nxdomain] = field(default_factory=list)
    malformed: list[Malformation] = field(default_factory=list)
    # Frames, those of `noerror` and those of errors with RCODE 3; what is derived of them is above.
    good: list[Frame1 | Frame] = field(default_factory=list, compare=False)
    denied: list[Frame1 | Frame] = field(default_factory=list, compare=False)
    noerror: int = 0
    questions: int = 0
    unsolicited: int = 0
    mismatched: int = 0
    forwarder: int = 0
    top_denials: int = 0
    top_denials_cut: int = 0


def derive(
    frames: Sequence[Frame1] | Sequence[Frame],
    sensor: str,
    questions: Iterable[QuestionFrame] = (),
    *,
    accept_unsolicited: bool = False,
    accept_forwarders: bool = False,
    asks: bool = False,
    answers: bool = False,
) -> Derived:
    """Records of valid responses of one form and of questions, all of one sensor, each in their order.

    `asks`: it sends questions, so that they and not its responses tell what does not exist. `answers`: those
    without an error are wanted too.
    """
    derived = Derived()
    errors = derived.errors
    may_extend = OPT_RCODE.search
    has_zones = bool(frames) and len(frames[0]) > QUERY_ZONE
    good, denied = derived.good, derived.denied
    for frame in frames:
        response = frame[RESPONSE]
        flags = response[2]
        if flags < QR:
            derived.malformed.append((NOT_A_RESPONSE, response))
        elif frame[TYPE] == UDP_UNSOLICITED_RESPONSE and not accept_unsolicited:
            derived.unsolicited += 1
        elif rcode := response[3] & 0x0F if may_extend(response) is None else full_rcode(response):
            asked, end = question(response)
            told = None
            if has_zones or flags & RD or frame[QUERY] is not None:
                found = _look(frame, asked, end, derived, accept_forwarders=accept_forwarders)
                if found is None:
                    continue
                asked, told = found
            error = _dns_error(frame, rcode, asked, sensor)
            errors.append(error)
            if told is not None:
                _tell(error, told)
            if rcode == RCODE_NXDOMAIN:
                denied.append(frame)
                _take_nxdomain(error, None if asks else asked, end, told, derived)
        elif not answers or _take_answer(frame, sensor, derived, forwarders=accept_forwarders):
            good.append(frame)
    derived.noerror = len(good)
    _ask(questions, sensor, derived)
    return derived


def _take_nxdomain(
    error: DnsError, asked: Question | None, end: int, told: _Told | None, derived: Derived
) -> None:
    if error["opcode"] != OPCODE_QUERY or asked is None:
        return
    nxdomain = _nxdomain(error, asked, soa_rrname(error["response"], asked[0], end))
    derived.nxdomains.append(nxdomain)
    if told is not None:
        _tell(nxdomain, told)
        _note_cut(nxdomain, derived)


def _take_answer(frame: Frame1 | Frame, sensor: str, derived: Derived, *, forwarders: bool) -> bool:
    """Take a response without an error as an Answer if it has records; False for one dropped, and counted."""
    if not has_records(frame[RESPONSE]):
        return True
    asked, end = question(frame[RESPONSE])
    found = _look(frame, asked, end, derived, accept_forwarders=forwarders)
    if found is None:
        return False
    asked, told = found
    record: dict[str, Any] = {**_dns_error(frame, 0, asked, sensor)}
    del record["rcode"]  # always 0
    answer = cast("Answer", record)
    _tell(answer, told)
    derived.answers.append(answer)
    return True


def _ask(questions: Iterable[QuestionFrame], sensor: str, derived: Derived) -> None:
    for time_ns, _, qname_wire, qtype, qclass, response_ip, zone_wire, denied_wire, by in questions:
        qname, zone, denied = _name_text(qname_wire), _name_text(zone_wire), _name_text(denied_wire or b"\0")
        if qname is None or zone is None or denied is None:
            wrong = qname_wire if qname is None else zone_wire if zone is None else denied_wire
            derived.malformed.append((NOT_A_NAME, wrong or b""))
            continue
        record: Nxdomain = {
            "qname": qname,
            "qclass": qclass,
            "qtype": qtype,
            "response_ip": UNKNOWN if response_ip is None else _address_text(response_ip),
            "soa_rrname": zone,
            "time_ns": time_ns,
            "sensor": sensor,
            "query_zone": zone,
        }
        if denied_wire is not None:
            record["denied"] = denied
        record["by"] = by
        derived.nxdomains.append(record)
        derived.questions += 1


def _look(
    frame: Frame1 | Frame, asked: Question | None, end: int, derived: Derived, *, accept_forwarders: bool
) -> tuple[Question | None, _Told] | None:
    """What was asked, and what is told of a response; None for one that is dropped, which is counted."""
    response, query = frame[RESPONSE], frame[QUERY]
    older = len(frame) == QUERY_ZONE  # frames/1, which has no marks: what it sends is wanted
    wire, marks = frame[QUERY_ZONE:] or (None, 0)
    if response[2] & RD:
        if not (marks & FORWARDER or accept_forwarders or older):
            derived.forwarder += 1
            return None
        marks |= FORWARDER
    zone = None if wire is None else _name_text(wire)
    if wire is not None and zone is None:
        derived.malformed.append((NOT_A_NAME, wire))
        return None
    matches = True
    if query is not None:
        if asked is None:
            # A bare FORMERR, NOTIMP, REFUSED or SERVFAIL repeats no question: the query has it.
            asked, _ = question(query)
        else:
            matches = same_question(query, response, end)
    if not matches or (zone is not None and asked is not None and not is_within(asked[0], zone)):
        derived.mismatched += 1
        return None
    return asked, (zone, marks)


def _tell(record: DnsError | Nxdomain | Answer, told: _Told) -> None:
    """Add the keys that are left out where there is nothing to say."""
    zone, marks = told
    if zone is not None:
        record["query_zone"] = zone
    if marks & MINIMISED:
        record["minimised"] = True
    if marks & FORWARDER:
        record["forwarder"] = True


def _note_cut(nxdomain: Nxdomain, derived: Derived) -> None:
    """Count a denial by a top-level domain, and whether it may be of a step of minimisation.

    Not by the root, which is asked for single labels anyway. A dot within a label, which is rare, makes a
    name look longer.
    """
    zone = nxdomain.get("query_zone")
    if zone is not None and zone.count(".") == 1 and zone != ".":
        derived.top_denials += 1
        derived.top_denials_cut += nxdomain["qtype"] in _STEP_TYPES and nxdomain["qname"].count(".") == 2


def _dns_error(frame: Frame1 | Frame, rcode: int, asked: Question | None, sensor: str) -> DnsError:
    time_ns, kind, server, response_port, proto, resolver, query_port, query, response = frame[:QUERY_ZONE]
    qname, qtype, qclass = asked or (None, None, None)
    return {
        "time_ns": time_ns,
        "sensor": sensor,
        "type": kind,
        "response_ip": _address_text(server),
        "response_port": response_port,
        "proto": proto,
        "query_ip": None if resolver in _UNKNOWN else _address_text(resolver),
        "query_port": query_port or None,
        "id": response[0] << 8 | response[1],
        "opcode": response[2] >> 3 & 0x0F,
        "qname": qname,
        "qclass": qclass,
        "qtype": qtype,
        "rcode": rcode,
        "query": query,
        "response": response,
    }


def _nxdomain(error: DnsError, asked: Question, soa: str | None) -> Nxdomain:
    qname, qtype, qclass = asked
    return {
        "qname": qname,
        "qclass": qclass,
        "qtype": qtype,
        "response_ip": error["response_ip"],
        "soa_rrname": soa,
        "time_ns": error["time_ns"],
        "sensor": error["sensor"],
    }


# What a source says where it does not know, or does not tell, the resolver's address.
_UNKNOWN = (None, bytes(4), bytes(16))

_address_text = lru_cache(ADDRESSES_KEPT)(address_text)


@lru_cache(NAMES_KEPT)
def _name_text(wire: bytes) -> str | None:
    """Text of a name in uncompressed wire form; None where it is none."""
    try:
        return name_of(wire)
    except ValueError:
        return None
