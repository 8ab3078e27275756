"""Asks a resolver what the world asks: names that exist, and all the ways in which look-ups fail.

The names and their causes are those of `nxcast.producers.synthetic`, and where these can't be had from real
servers, those of `testbed.questions`. What is asked when is the same for the same seed and rate. Answers are
counted and thrown away: what matters happens between the resolver and the authoritative servers.

    python -m testbed.traffic --resolver 127.0.0.1:5353 --rate 20
"""

from __future__ import annotations

import argparse
import logging
import select
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from random import Random
from typing import NamedTuple

from dnslib import DNSHeader, DNSQuestion, DNSRecord

from nxcast.producers.synthetic.causes import CAUSES, Case, beacon
from nxcast.producers.synthetic.world import BEACONS, DNSBL_DOMAIN_ZONES, DNSBL_IP_ZONES, World
from nxcast.schemas.codes import rcode_number, rcode_text, type_number
from nxcast.telemetry.logs import log_lines
from testbed.questions import FAILURES, SUCCESSES, Question

__all__ = ["RATE", "Lookup", "lookups", "main"]

RATE = 20.0  # questions a second: some nine failures a second, which one can still read along
REPORT_S = 60.0  # between two log lines
LATE_S = 1.0  # further behind than this, what was not asked in time is asked later, not all at once
DAY = 0  # of the DGAs: the same names whenever it runs
BEACON_S = 30.0  # seconds between two questions of one beacon
A = 1  # the type
ANSWER_MAX = 65_535  # octets

SHARES = {
    "answer": 50,
    "listed": 3,  # in a blocklist, so the answer is no failure
    "lab": 10,  # what only real servers do: FORMERR and others, aliases into nothing, truncation
    "typing-error": 8,
    "dead-mail": 4,  # two questions each
    "dnsbl-ip4": 6,
    "dnsbl-ip6": 1,
    "dnsbl-domain": 3,
    "dnsbl-key": 1,
    "dga-letters": 2,
    "dga-hex": 1,
    "dga-words": 1,
    "service": 2,
    "autoconfig": 2,
    "leaked": 1,
    "browser-probe": 1,
    "reverse": 1,
    "hash-lookup": 1,
    "lame": 1,
    "broken": 1,
}
"""In 100 turns; the beacons come on top, by the clock."""

_SERVER_CAUSES = (
    "odd octets in a name",
    "alias into nothing, elsewhere",
    "alias into nothing, same zone",
    "subtree moved into nothing",
    "server without data",
    "lame delegation",
    "fixed answer",
    "NXDOMAIN without SOA",
    "nobody answers",
    "large",
)
_EXISTING = frozenset(question.qname for question in SUCCESSES)

_log = logging.getLogger("nxcast.testbed")


class Lookup(NamedTuple):
    """One question to the resolver, and what the authoritative server will say to it."""

    cause: str
    qname: str  # text, fully qualified, in lower case
    qtype: int
    rcode: int | None  # the full one; None: nobody answers
    soa: str | None = None  # owner of the first SOA in the authority section
    ipv6: bool = False  # the lab asks this server over IPv6
    tcp: bool = False  # this is about the response over TCP; one over UDP comes before, cut short
    needs: str = ""  # the optional program without which the lab can't do this


def lookups(seed: int, rate: float = RATE) -> Iterator[tuple[float, Lookup]]:
    """What is asked, without end, each with its moment in seconds after the start."""
    world = World(seed)
    rng = Random(f"{seed}/traffic")
    turns = _turns(world, rng)
    beats = 0
    count = 0
    while True:
        for lookup in next(turns):
            at = count / rate
            while beats * BEACON_S / BEACONS <= at:
                yield beats * BEACON_S / BEACONS, _of_case("beacon", beacon(world, beats % BEACONS))
                beats += 1
            yield at, lookup
            count += 1


def _turns(world: World, rng: Random) -> Iterator[list[Lookup]]:
    names, shares = list(SHARES), list(SHARES.values())
    lab = cycle([_of_question(question) for question in FAILURES if question.cause in _SERVER_CAUSES])
    while True:
        cause = rng.choices(names, shares)[0]
        if cause == "lab":
            yield [next(lab)]
        elif cause == "listed":
            zone = rng.choice(DNSBL_IP_ZONES + DNSBL_DOMAIN_ZONES)
            yield [Lookup(cause, f"2.0.0.127.{zone}.", A, 0)]
        else:
            lookup = _of_case(cause, CAUSES[cause].make(world, rng, DAY))
            if lookup.qname not in _EXISTING:
                # A mail server that finds no exchanger tries the address (RFC 5321, section 5.1).
                yield [lookup, lookup._replace(qtype=A)] if cause == "dead-mail" else [lookup]


def _of_case(cause: str, case: Case) -> Lookup:
    soa = None if case.soa is None else f"{case.soa}."
    return Lookup(cause, f"{case.qname}.", case.qtype, case.rcode, soa)


def _of_question(question: Question) -> Lookup:
    rcode = None if question.rcode is None else rcode_number(question.rcode)
    qtype = type_number(question.qtype)
    assert qtype is not None, question
    return Lookup(
        question.cause,
        question.qname,
        qtype,
        rcode,
        question.soa,
        question.ipv6,
        question.tcp,
        question.needs,
    )


class Client:
    """Sends questions to a resolver and counts what comes back; never waits for an answer."""

    def __init__(self, resolver: tuple[str, int]) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(resolver)
        self._socket.setblocking(False)
        self._number = 0
        self.answers: Counter[str] = Counter()  # by the RCODE that the client is told

    def ask(self, lookup: Lookup) -> bool:
        """Send it; whether it went out."""
        self._number = (self._number + 1) & 0xFFFF
        header = DNSHeader(id=self._number, rd=1)
        wire = DNSRecord(header, q=DNSQuestion(lookup.qname, lookup.qtype)).pack()
        try:
            self._socket.send(wire)
        except OSError:  # the resolver is away
            return False
        return True

    def listen(self, seconds: float) -> None:
        """Take in what comes for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                self._take()

    def close(self) -> None:
        """Ask no more."""
        self._socket.close()

    def _take(self) -> None:
        try:
            answer = self._socket.recv(ANSWER_MAX)
        except OSError:
            return
        self.answers[rcode_text(answer[3] & 0x0F)] += 1


def main(argv: Sequence[str] | None = None) -> int:
    """Ask until SIGTERM or Ctrl-C, or so many questions; 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--resolver", type=_address, required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--rate", type=float, default=RATE, help="questions a second (default: %(default)g)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another world (default: 1)")
    parser.add_argument("--count", type=int, help="stop after so many (default: never)")
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    client = Client(args.resolver)
    with log_lines("traffic"):
        try:
            _run(client, args)
        except KeyboardInterrupt:
            pass
        finally:
            client.close()
    return 0


def _run(client: Client, args: argparse.Namespace) -> None:
    host, port = args.resolver
    _log.info("asking %s port %d, %g questions a second, seed %d", host, port, args.rate, args.seed)
    start = time.monotonic()
    report = start + REPORT_S
    asked = failed = 0
    for at, lookup in lookups(args.seed, args.rate):
        if asked + failed == args.count:
            break
        late = time.monotonic() - (start + at)
        if late > LATE_S:
            start += late
        client.listen(-late)
        if client.ask(lookup):
            asked += 1
        else:
            failed += 1
        if time.monotonic() >= report:
            _tell(client, asked, failed)
            report += REPORT_S
    client.listen(1.0)
    _tell(client, asked, failed)


def _tell(client: Client, asked: int, failed: int) -> None:
    answers = ", ".join(f"{rcode} {count:,}" for rcode, count in client.answers.most_common())
    _log.info("asked %s, not sent %s, answered: %s", f"{asked:,}", f"{failed:,}", answers or "nothing")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


if __name__ == "__main__":
    sys.exit(main())
