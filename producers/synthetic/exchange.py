"""From a case to the octets on the wire: a query and its response, as resolvers and servers write them. Pure.

Decided here is what has nothing to do with the cause: capitals (0x20), EDNS, UDP or TCP, which of the zone's
servers. Resolvers ask authorities with RD=0. They do not ask for DNSSEC, so there are no RRSIG and NSEC.
"""

from __future__ import annotations

from random import Random
from typing import Literal, NamedTuple

from nxcast.producers.synthetic.causes import NXDOMAIN, Case
from nxcast.producers.synthetic.habits import Habits, asked, zone_asked
from nxcast.producers.synthetic.messages import AA, NS, QR, TC, encode, opt, soa
from nxcast.producers.synthetic.world import World
from nxcast.schemas.codes import OVER_TCP, TCP, UDP, UDP_QUERY_RESPONSE
from nxcast.schemas.frames import MINIMISED
from nxcast.schemas.names import name_wire

__all__ = ["NEGATIVE_TTL", "Asked", "Exchange", "exchange", "lookup"]

EDNS_SHARE = 0.85  # of the resolvers that ask with EDNS
LOWERING_SHARE = 0.02  # of the servers that lower the case of the question that they repeat
TCP_SHARE = 0.01  # of the exchanges that run over TCP
UDP_SIZE = 1232  # octets, the size that DNS software announces since 2020's DNS flag day
NEGATIVE_TTL = 900  # seconds
SERVERS_TRIED = 2  # of a zone where all fail


class Exchange(NamedTuple):
    """A query and its response, both without their first two octets, the ID."""

    cause: str
    server: bytes
    kind: Literal[1, 4]  # dnsqr's observation type
    proto: Literal[6, 17]
    query: bytes
    response: bytes
    zone: bytes | None = None  # whose server was asked, wire form, where the resolver tells it
    marks: int = 0


class Asked(NamedTuple):
    """What a client was denied; names in wire form."""

    cause: str
    qname: bytes
    qtype: int
    server: bytes
    zone: bytes
    denied: bytes


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


def lookup(
    habits: Habits, questions: bool, cause: str, case: Case, world: World, rng: Random, day: int
) -> tuple[Exchange | Asked, ...]:
    """What a resolver with these habits exchanges for a case, and with `questions` what its client asked."""
    made: list[Exchange | Asked] = []
    steps = asked(habits, case)
    first: dict[tuple[Case, int], Exchange] = {}
    for number, step in enumerate(steps):
        # Tries again differ in nothing but the ID: there are as many exchanges as servers that fail.
        which = (step, number % SERVERS_TRIED)
        if which not in first:
            # As the dnstap producer marks it: clients don't ask for NS of what is not there.
            marks = MINIMISED if step.qtype == NS != case.qtype and step.rcode == NXDOMAIN else 0
            told = exchange(cause, step, world, rng, day)
            first[which] = told._replace(zone=_wire(zone_asked(step)), marks=marks)
        made.append(first[which])
    if questions and case.rcode == NXDOMAIN and case.soa is not None:
        denial = next(number for number, step in enumerate(steps) if step.rcode == NXDOMAIN)
        denied = _wire(steps[denial].qname)
        made.append(Asked(cause, _wire(case.qname), case.qtype, made[denial].server, _wire(case.soa), denied))
    return tuple(made)


def _wire(name: str) -> bytes:
    return name_wire(f"{name}.")


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
