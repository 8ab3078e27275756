"""Derivation: frames in, records out. A pure function: no socket, clock, environment or log.

Each frame ends in exactly one place: noerror, errors, unsolicited or malformed. The rules, in their order:
no response (QR=0) is malformed; an unsolicited one is dropped unless accepted, since spoofed answers must not
reach a channel; RCODE 0 is dropped (the hot path, four in five); everything else is a DnsError, and an
Nxdomain too where RCODE is 3, the opcode QUERY and there is a question.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from nxcast.schemas import message
from nxcast.schemas.codes import OPCODE_QUERY, RCODE_NXDOMAIN, UDP_UNSOLICITED_RESPONSE
from nxcast.schemas.frames import QUERY, RESPONSE, TYPE, Frame
from nxcast.schemas.ip_addresses import address_text
from nxcast.schemas.records import DnsError, Nxdomain

__all__ = ["NOT_A_RESPONSE", "Derived", "derive"]

NOT_A_RESPONSE = "not_a_response"  # reason of a frame whose response has QR=0 (RFC 1035 section 4.1.1)

ADDRESSES_KEPT = 8192  # texts of addresses; at about 200 octets each, 1.6 MB


class Derived(NamedTuple):
    """What one batch of frames gives: records, frames set aside, and how many were dropped as what."""

    errors: list[DnsError]
    nxdomains: list[Nxdomain]
    not_responses: list[Frame]
    noerror: int
    unsolicited: int


def derive(frames: Iterable[Frame], sensor: str, *, accept_unsolicited: bool = False) -> Derived:
    """Records of valid frames of one sensor, in their order."""
    errors: list[DnsError] = []
    nxdomains: list[Nxdomain] = []
    not_responses: list[Frame] = []
    noerror = unsolicited = 0
    may_extend = message.OPT_RCODE.search
    for frame in frames:
        response = frame[RESPONSE]
        if response[2] < 0x80:
            not_responses.append(frame)
        elif frame[TYPE] == UDP_UNSOLICITED_RESPONSE and not accept_unsolicited:
            unsolicited += 1
        elif rcode := response[3] & 0x0F if may_extend(response) is None else message.rcode(response):
            question, answers = message.question(response)
            if question is None and frame[QUERY] is not None:
                # A bare FORMERR, NOTIMP, REFUSED or SERVFAIL repeats no question: the query has it.
                question, _ = message.question(frame[QUERY])
            error = _dns_error(frame, rcode, question, sensor)
            errors.append(error)
            if rcode == RCODE_NXDOMAIN and error["opcode"] == OPCODE_QUERY and question is not None:
                soa_rrname = message.soa_rrname(response, question[0], answers)
                nxdomains.append(_nxdomain(error, question, soa_rrname))
        else:
            noerror += 1
    return Derived(errors, nxdomains, not_responses, noerror, unsolicited)


def _dns_error(frame: Frame, rcode: int, question: message.Question | None, sensor: str) -> DnsError:
    time_ns, kind, response_ip, response_port, proto, query_ip, query_port, query, response = frame
    qname, qtype, qclass = question or (None, None, None)
    return {
        "time_ns": time_ns,
        "sensor": sensor,
        "type": kind,
        "response_ip": _address_text(response_ip),
        "response_port": response_port,
        "proto": proto,
        "query_ip": None if query_ip in _UNKNOWN else _address_text(query_ip),
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


def _nxdomain(error: DnsError, question: message.Question, soa_rrname: str | None) -> Nxdomain:
    qname, qtype, qclass = question
    return {
        "qname": qname,
        "qclass": qclass,
        "qtype": qtype,
        "response_ip": error["response_ip"],
        "soa_rrname": soa_rrname,
        "time_ns": error["time_ns"],
        "sensor": error["sensor"],
    }


# What a source says where it does not know, or does not tell, the resolver's address.
_UNKNOWN = (None, bytes(4), bytes(16))

_address_text = lru_cache(ADDRESSES_KEPT)(address_text)
