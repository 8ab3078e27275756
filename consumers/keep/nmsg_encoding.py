"""Records as NMSG: a payload of each, and containers full of payloads. Pure.

Nxdomain records become SIE:dnsnx, DnsError records base:dnsqr, as Farsight's channels 221 and 220 carry them.
Of a sensor's name there is room for a number only (`source_of`). A record that has no form in NMSG gives no
payload and is counted, for one of `FAULTS`; whatever a record holds, nothing raises.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from nxcast.schemas.codes import OVER_TCP, TCP
from nxcast.schemas.frames import make_frame
from nxcast.schemas.names import name_wire
from nxcast.schemas.nmsg.container import HEADER_SIZE, encode_container
from nxcast.schemas.nmsg.dnsqr import encode_dnsqr
from nxcast.schemas.nmsg.nmsg_pb2 import NmsgPayload
from nxcast.schemas.nmsg.payloads import DNSNX, DNSQR, encode_dnsnx, make_payload, sensor_of, source_of
from nxcast.schemas.nmsg.reassembly import split
from nxcast.schemas.records import DnsError, Nxdomain
from nxcast.schemas.topics import DNS_ERRORS, NXDOMAIN

__all__ = ["CONTAINER_MAX", "FAULTS", "SENSORS_MAX", "Containers", "Payloads", "in_fragments"]

FAULTS = {
    "response_address": "address of a server that is none",
    "query_address": "address of a resolver that is none",
    "bad_name": "name that is none, or over 255 octets",
    "type_and_proto": "observation type TCP and a protocol that is not, or the other way round",
    "message_too_large": "DNS message that, with the headers of a datagram, is over 65,535 octets",
}
"""Reasons of a record that has no form in NMSG; complete."""

CONTAINER_MAX = 65_536  # octets; libnmsg's NMSG_WBUFSZ_MAX, beyond which its readers want fragments
# A payload's octets beside its own: the fields of NmsgPayload (2 + 2 + 11 + 5 + 4 + 6), its tag and length in
# the container (4), its CRC (6).
PAYLOAD_OVERHEAD = 40
CONTAINER_OVERHEAD = HEADER_SIZE + 18  # octets; the sequence (6) and its id (11) come after the header
SENSORS_MAX = 4096  # sensors remembered, as many as the broker accounts for; 1 MB
ADDRESSES_KEPT = 8192  # addresses read; at about 200 octets each, 1.6 MB


class Payloads:
    """Makes the payloads of one channel's records; `records`, `payloads` and `faults` count them."""

    def __init__(self, channel: str) -> None:
        self._kind, self._encode = _FORMS[channel]
        self._sources: dict[str, int] = {}
        self._untold: list[tuple[str, int]] = []
        self.records = 0
        self.payloads = 0
        self.faults: Counter[str] = Counter()

    def of(self, records: Sequence[Any]) -> list[NmsgPayload]:
        """The payloads of validated records, in their order."""
        payloads = []
        for record in records:
            try:
                octets = self._encode(record)
            except ValueError:
                self.faults[_fault(record)] += 1
                continue
            sensor = record["sensor"]
            source = self._sources.get(sensor)
            if source is None:
                source = self._meet(sensor)
            payloads.append(make_payload(self._kind, record["time_ns"], octets, source))
        self.records += len(records)
        self.payloads += len(payloads)
        return payloads

    def new_sources(self) -> list[tuple[str, int]]:
        """Sensors met since the last call that their source does not name, with it."""
        untold, self._untold = self._untold, []
        return untold

    def _meet(self, sensor: str) -> int:
        source = source_of(sensor)
        if len(self._sources) < SENSORS_MAX:
            self._sources[sensor] = source
            if sensor_of(source) != sensor:
                self._untold.append((sensor, source))
        return source


class Containers:
    """Fills containers with payloads. Those of a `numbered` output count from 0, which shows a loss."""

    def __init__(self, *, compress: bool, numbered: bool) -> None:
        self._compress = compress
        self._id = secrets.randbits(64) if numbered else None
        self._payloads: list[NmsgPayload] = []
        self._octets = CONTAINER_OVERHEAD
        self.made = 0

    @property
    def waiting(self) -> int:
        """Payloads in the container that is being filled."""
        return len(self._payloads)

    def add(self, payload: NmsgPayload) -> bytes | None:
        """Add a payload; the container before it, if it has no room there.

        A container is larger than `CONTAINER_MAX` only where a single payload is.
        """
        octets = len(payload.payload) + PAYLOAD_OVERHEAD
        full = self.flush() if self._octets + octets > CONTAINER_MAX else None
        self._payloads.append(payload)
        self._octets += octets
        return full

    def flush(self) -> bytes | None:
        """The container that is being filled; None for an empty one."""
        if not self._payloads:
            return None
        payloads, self._payloads, self._octets = self._payloads, [], CONTAINER_OVERHEAD
        number = None if self._id is None else self.made & 0xFFFF_FFFF
        self.made += 1
        return encode_container(payloads, sequence=number, sequence_id=self._id, compress=self._compress)


def in_fragments(container: bytes) -> bytes:
    """A container for a file: as it is, or where it is too large its fragments, one after another."""
    return b"".join(split(container, CONTAINER_MAX, secrets.randbits(32)))


def _dnsqr(record: DnsError) -> bytes:
    """Raises ValueError for what has no form in NMSG."""
    proto, kind, qname, query_ip = record["proto"], record["type"], record["qname"], record["query_ip"]
    if (kind == OVER_TCP) != (proto == TCP):
        raise ValueError("type and protocol contradict each other")
    frame = make_frame(
        record["time_ns"],
        kind,
        _packed(record["response_ip"]),
        record["response_port"],
        proto,
        None if query_ip is None else _packed(query_ip),
        record["query_port"],
        record["query"],
        record["response"],
    )
    qtype, qclass = record["qtype"], record["qclass"]
    if qname is None or qtype is None or qclass is None:
        return encode_dnsqr(frame)
    return encode_dnsqr(frame, (name_wire(qname), qtype, qclass))


_FORMS: dict[str, tuple[tuple[int, int], Callable[[Any], bytes]]] = {
    NXDOMAIN: (DNSNX, encode_dnsnx),
    DNS_ERRORS: (DNSQR, _dnsqr),
}


def _fault(record: Nxdomain | DnsError) -> str:
    """Why a record has no form in NMSG, one of FAULTS."""
    for field, fault, check in (
        ("response_ip", "response_address", _packed),
        ("query_ip", "query_address", _packed),
        ("qname", "bad_name", name_wire),
        ("soa_rrname", "bad_name", name_wire),
    ):
        value = record.get(field)
        try:
            if isinstance(value, str):
                check(value)
        except ValueError:
            return fault
    agree = (record.get("type") == OVER_TCP) == (record.get("proto") == TCP)
    return "message_too_large" if agree else "type_and_proto"


@lru_cache(ADDRESSES_KEPT)
def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed
