"""Records of answers/ and dns-errors/ with sections of one's own."""

from __future__ import annotations

import struct

import pytest

from nxcast.schemas.names import name_wire
from tests.messages import message, question, record

TIME_S = 1_700_000_000
TIME_NS = TIME_S * 10**9
A, NS, CNAME, SOA, MX, TXT, AAAA, SRV, DS = 1, 2, 5, 6, 15, 16, 28, 33, 43


def wire(text):
    return name_wire(text)


def rr(owner, rrtype, rdata, **more):
    return record(owner, rrtype, rdata, **more)


def soa(owner):
    return record(owner, SOA, wire("ns." + owner) + wire("host." + owner) + struct.pack("!5I", 1, 2, 3, 4, 5))


class Seen:
    """Records of the channels about a question; `zone` is what the server was asked as an authority of."""

    @staticmethod
    def answer(qname, qtype, zone, *, answers=(), authorities=(), additionals=(), rcode=0, **more):
        """Of answers/; with `rcode` of dns-errors/."""
        truncated, qclass = more.pop("truncated", False), more.get("qclass", 1)
        response = message(
            rcode,
            questions=[question(qname, qtype, qclass)],
            answers=answers,
            authorities=authorities,
            additionals=additionals,
            truncated=truncated,
        )
        record = {
            "time_ns": TIME_NS,
            "sensor": "ns1",
            "type": 1,
            "response_ip": "192.0.2.53",
            "response_port": 53,
            "proto": 17,
            "query_ip": None,
            "query_port": None,
            "id": 1,
            "opcode": 0,
            "qname": qname,
            "qclass": 1,
            "qtype": qtype,
            "query": None,
            "response": response,
        }
        if zone is not None:
            record["query_zone"] = zone
        if rcode:
            record["rcode"] = rcode
        return {**record, **more}


@pytest.fixture(scope="session")
def seen():
    return Seen
