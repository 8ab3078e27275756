"""From a case to the octets on the wire: a query and its response, as resolvers and servers write them. Pure.

Decided here is what has nothing to do with the cause: capitals (0x20), EDNS, UDP or TCP, which of the zone's
servers. Resolvers ask authorities with RD=0. They do not ask for DNSSEC, so there are no RRSIG and NSEC.
"""

from __future__ import annotations

from random import Random
from typing import Literal, NamedTuple

from nxcast.producers.synthetic.causes import Case
from nxcast.producers.synthetic.messages import AA, QR, TC, encode, opt, soa
from nxcast.producers.synthetic.world import World
from nxcast.schemas.codes import OVER_TCP, TCP, UDP, UDP_QUERY_RESPONSE

__all__ = ["Exchange", "exchange"]

EDNS_SHARE = 0.85  # of the resolvers that ask with EDNS
LOWERING_SHARE = 0.02  # of the servers that lower the case of the question that they repeat
TCP_SHARE = 0.01  # of the exchanges that run over TCP
UDP_SIZE = 1232  # octets, the size that DNS software announces since 2020's DNS flag day
NEGATIVE_TTL = 900  # seconds


class Exchange(NamedTuple):
    """A query and its response, both without their first two octets, the ID."""

    cause: str
    server: bytes
    kind: Literal[1, 4]  # dnsqr's observation type
    proto: Literal[6, 17]
    query: bytes
    response: bytes


def exchange(cause: str, case: Case, world: World, rng: Random, day: int) -> Exchange:
    """One of the exchanges that a case can give; `day` is the day since the epoch, UTC."""
    # Errors of EDNS itself come to those who ask with it.
    edns = not case.edns or case.rcode > 0x0F or rng.random() < EDNS_SHARE
    qname = _capitals(case.qname, rng) if rng.random() < case.capitals else case.qname
    query = encode(
        case.opcode << 11, (qname, case.qtype), opt=opt(UDP_SIZE, options=case.query_options) if edns else b""
    )
    if rng.random() < LOWERING_SHARE:
        qname = qname.lower()
    response = _response(case, qname, edns and case.edns, day)
    server = world.server(case.zone, rng)
    if rng.random() < TCP_SHARE and not case.truncated:
        return Exchange(cause, server, OVER_TCP, TCP, query[2:], response[2:])
    return Exchange(cause, server, UDP_QUERY_RESPONSE, UDP, query[2:], response[2:])


def _response(case: Case, qname: str, edns: bool, day: int) -> bytes:
    flags = QR | case.opcode << 11 | case.rcode & 0x0F
    flags |= (AA if case.authoritative else 0) | (TC if case.truncated else 0)
    if case.bare:
        return encode(flags, None)
    negative = () if case.soa is None else (soa(case.soa, day * 100 + 1, NEGATIVE_TTL),)
    return encode(
        flags,
        (qname, case.qtype),
        case.answers,
        case.authorities + negative,
        case.additionals,
        opt(UDP_SIZE, case.rcode >> 4, case.options) if edns else b"",
    )


def _capitals(name: str, rng: Random) -> str:
    """Each letter in either case, as resolvers do that make spoofing harder so (0x20)."""
    bits = rng.getrandbits(len(name))
    return "".join([letter.upper() if bits >> at & 1 else letter for at, letter in enumerate(name)])
