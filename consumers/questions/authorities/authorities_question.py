"""Which name servers and zones fail, and how. Pure.

NXDOMAIN is an answer and no failure. What is not a look-up of a resolver (UPDATE, NOTIFY, a zone transfer,
ANY, a class other than IN), was answered by a resolver, or goes on after the error (BADCOOKIE), is counted
apart, by RCODE only. Resolvers ask a broken zone again at once, one 2 times and another 30: so a server's
failure for one name and type counts once in `AGAIN_NS`. Zones, servers and what is kept of each are
bounded; those that failed once give way to those that fail again.

Where the broker tells what servers answer well (servers/), that is counted for who has failed, from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from sys import intern
from typing import Any

from nxcast.consumers.names.fold import fold
from nxcast.consumers.questions.authorities.failure_tables import (
    RESOLVING,
    ROWS_MAX,
    rcodes_section,
    responses_section,
    servers_section,
    watched_section,
    worst,
    zones_section,
)
from nxcast.consumers.questions.authorities.failures import (
    NOT_NAMED,
    OTHER_RCODE,
    UNKNOWN,
    Failures,
    Latest,
    distinct_bit,
    info_codes,
    zone_of,
)
from nxcast.consumers.questions.authorities.repeats import Repeats
from nxcast.consumers.questions.authorities.spells import Spells
from nxcast.consumers.questions.loop.findings import Alert, Section
from nxcast.consumers.questions.loop.lists import Entry, Watched
from nxcast.consumers.questions.loop.look_ups import IN, META, QUERY, is_look_up, server_of
from nxcast.consumers.questions.loop.sightings import Sightings
from nxcast.schemas.codes import CLASSES, RCODES, class_text, opcode_text, type_text
from nxcast.schemas.ip_addresses import host
from nxcast.schemas.records import DnsError, ServerAnswers

__all__ = ["Authorities"]

# One takes about 1 KB, 1.6 KB with eight others: 49,152 zones and 20,480 servers are 70 to 110 MB. In a flood
# of a million zones an hour a real one is known by failing again within 24,576 of them, a minute and a half.
ZONES_ONCE, ZONES_AGAIN = 24_576, 24_576
SERVERS_ONCE, SERVERS_AGAIN = 8_192, 12_288
NETWORKS_CACHED = 8_192  # addresses with the entry of each; 2 MB
RESPONSE_MAX = 512  # octets of a response that is kept to be shown; a failure is a header, a question, an OPT
QNAME_MAX = 255  # characters of a qname kept with it; with escapes it may have 1,004

SET_BACK_NS = 86_400_000_000_000  # a time so far behind the latest comes from a clock that was set back

NXDOMAIN = 3
RA = 0x80  # of a header's fourth octet (RFC 1035 section 4.1.1): it resolves for who asks
AT_A_RESOLVER = "QUERY at a resolver"
BADCOOKIE = 23  # tells the resolver to come back with a cookie (RFC 7873 section 5.2.3)


class Authorities:
    """Counts failures by server and by zone.

    `shown` is how many of the worst of each table have their latest response shown; 0 keeps no response.
    A table has so many `rows` at most.
    """

    def __init__(self, watched: Iterable[Entry] = (), *, shown: int = 0, rows: int = ROWS_MAX) -> None:
        self._watched = Watched(watched)
        self._is_watching = len(self._watched) > 0
        self._network = lru_cache(NETWORKS_CACHED)(self._network_of)
        self._shown = shown
        self._rows = rows
        self._now_ns = 0
        self._servers: Sightings[str, Failures] = Sightings(SERVERS_ONCE, SERVERS_AGAIN, Failures)
        self._zones: Sightings[str, Failures] = Sightings(ZONES_ONCE, ZONES_AGAIN, Failures)
        self._repeats = Repeats()
        self._spells = Spells(show=shown > 0)
        self._rcodes: dict[tuple[str, int], Failures] = {}
        self._told = 0  # records of servers/

    @property
    def forgotten(self) -> int:
        """Servers, zones and entries that failed more than once and had to go."""
        return self._servers.forgotten + self._zones.forgotten + self._spells.forgotten

    def take(self, records: Sequence[Any]) -> list[Alert]:
        """Take records of dns-errors/ and servers/ in; alerts about what is watched."""
        alerts: list[Alert] = []
        for record in records:
            if "span_ms" in record:
                self._answered(record)
                continue
            rcode = record["rcode"]
            if rcode == NXDOMAIN:
                continue
            if rcode not in RCODES:
                rcode = OTHER_RCODE
            time_ns = record["time_ns"]
            if time_ns > self._now_ns or self._now_ns - time_ns > SET_BACK_NS:
                self._now_ns = time_ns
            if not is_look_up(record) or rcode == BADCOOKIE or _at_a_resolver(record):
                self._count(_apart(record), rcode, time_ns, distinct_bit(server_of(record)))
            elif not self._repeats.is_one(record, rcode):
                self._failed(record, time_ns, rcode, alerts)
        return alerts

    def sections(self) -> list[Section]:
        """By RCODE, what is watched, by server, by zone, and the latest responses; worst first."""
        now_ns = self._now_ns
        kept = (self._spells, self._servers, self._zones)
        watched, servers, zones = (worst(each.items(), self._rows) for each in kept)
        sections = [rcodes_section(self._rcodes, self._repeats.count, now_ns)]
        if self._is_watching:
            sections.append(watched_section(watched, len(self._watched), now_ns))
        told = self._told > 0
        sections.append(servers_section(servers, len(self._servers), now_ns, told=told))
        sections.append(zones_section(zones, len(self._zones), self._servers.get, now_ns, told=told))
        if self._shown:
            rows = [row for found in (watched, servers, zones) for row in found[: self._shown]]
            sections.append(responses_section([failures.latest for _, failures in rows]))
        return sections

    def _failed(self, record: DnsError, time_ns: int, rcode: int, alerts: list[Alert]) -> None:
        address = intern(server_of(record))
        server = self._servers.see(address)
        server.bit = server.bit or distinct_bit(address)
        codes = info_codes(record["response"])
        qname = fold(record["qname"]) if record["qname"] else None
        if qname is None:
            zone, name = None, UNKNOWN
            server.add(time_ns, rcode, UNKNOWN, 0, codes)
        else:
            name = zone_of(qname, record.get("query_zone"))
            zone = self._zones.see(name)
            zone.bit = zone.bit or distinct_bit(name)
            zone.add(time_ns, rcode, address, distinct_bit(qname), codes)
            server.add(time_ns, rcode, name, zone.bit, codes)
        self._count(RESOLVING, rcode, time_ns, server.bit)
        if self._shown:
            server.latest = _latest(record, rcode, name)
            if zone is not None:
                zone.latest = server.latest
        if self._is_watching:
            for entry, other, bit in (
                (self._network(address), name, 0 if zone is None else zone.bit),
                (None if qname is None else self._watched.name(qname), address, server.bit),
            ):
                if entry is not None:
                    latest = _latest(record, rcode, name)
                    alert = self._spells.fail(entry.text, latest, other, bit, codes)
                    if alert is not None:
                        alerts.append(alert)

    def _answered(self, record: ServerAnswers) -> None:
        """What a server answered well, since it or the zone first failed."""
        address, zone = record["response_ip"], record["query_zone"]
        count = record["noerror"] + record["nxdomain"]
        self._told += 1
        for failures, other in ((self._servers.get(address), zone), (self._zones.get(zone), address)):
            if failures is not None:
                failures.answer(other, count)

    def _count(self, kind: str, rcode: int, time_ns: int, bit: int) -> None:
        # At most 27 kinds (see `_apart`) of 25 RCODEs.
        failures = self._rcodes.get((kind, rcode))
        if failures is None:
            failures = self._rcodes[kind, rcode] = Failures()
        failures.add(time_ns, rcode, NOT_NAMED, bit, None)

    def _network_of(self, address: str) -> Entry | None:
        try:
            return self._watched.address(host(address))
        except ValueError:
            return None


def _apart(record: DnsError) -> str:
    """What was asked that is no look-up of a resolver: UPDATE, AXFR, another class; or RESOLVING."""
    opcode, qclass, qtype = record["opcode"], record["qclass"], record["qtype"]
    if opcode != QUERY:
        return opcode_text(opcode)
    if qclass not in (IN, None):
        return f"QUERY in {class_text(qclass)}" if qclass in CLASSES else "QUERY in another class"
    if qtype in META:
        return type_text(qtype)
    return AT_A_RESOLVER if _at_a_resolver(record) else RESOLVING


def _at_a_resolver(record: DnsError) -> bool:
    """Whether a resolver answered: what it fails at is no name server's failure that can be told."""
    return bool(record.get("forwarder") or record["response"][3] & RA)


def _latest(record: DnsError, rcode: int, zone: str) -> Latest:
    qname, response = record["qname"], record["response"]
    return Latest(
        time_ns=record["time_ns"],
        server=server_of(record),
        zone=zone,
        qname=qname if qname is not None and len(qname) <= QNAME_MAX else None,
        qtype=record["qtype"],
        rcode=rcode,
        octets=len(response),
        response=response if len(response) <= RESPONSE_MAX else b"",
    )
