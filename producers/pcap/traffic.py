"""What else there was in a capture, and the one line that says why it gave little. Pure.

Counts are kept of what a capture's owner can act on: link types, EtherTypes, protocols, tunnels, ports with
traffic that looks like DNS, addresses that responses went to. All are bounded: the first are sixteen bits at
most, and of addresses the first `ADDRESSES_MAX` are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_address

from nxcast.producers.pcap.ethertypes import ethertype_name
from nxcast.producers.pcap.links import LinkTypeError
from nxcast.schemas.fields import DNS_MESSAGE_MIN

__all__ = ["ADDRESSES_MAX", "Traffic", "why_so_little"]

ADDRESSES_MAX = 1024  # of 16 octets; the most seen of the first so many, at 150 octets each 0.2 MB
LITTLE = 0.05  # of the responses, or what looks like some: fewer sent are little
NAMED = 3  # addresses named in the line
# mDNS, LLMNR and NetBIOS look like DNS and are none: they have no servers.
_OTHERS = frozenset({5353, 5355, 137})
_PROTOCOLS = {
    1: "ICMP",
    2: "IGMP",
    17: "UDP",
    6: "TCP",
    50: "ESP",
    58: "ICMPv6",
    89: "OSPF",
    103: "PIM",
    132: "SCTP",
}


class Traffic:
    """What was seen beside what was sent."""

    def __init__(self) -> None:
        self.link_types: Counter[int] = Counter()
        self.ethertypes: Counter[int] = Counter()
        self.protocols: Counter[int] = Counter()  # of IP, that are neither UDP nor TCP
        self.tunnels: Counter[str] = Counter()
        self.ports: Counter[int] = Counter()  # with what looks like a response
        self.addresses: Counter[bytes] = Counter()  # that responses went to which were not taken

    def other_port(self, sport: int, dport: int, payload: bytes) -> None:
        """A UDP datagram between ports that are not DNS's."""
        if (
            len(payload) > DNS_MESSAGE_MIN
            and payload[2] & 0xF8 == 0x80  # a response to a query of opcode 0
            and payload[3] & 0x40 == 0
            and payload[4:6] == b"\0\1"
            and sport not in _OTHERS
            and dport not in _OTHERS
        ):
            self.ports[sport] += 1

    def not_taken(self, address: bytes) -> None:
        """A response to this address, which was not wanted."""
        if address in self.addresses or len(self.addresses) < ADDRESSES_MAX:
            self.addresses[address] += 1


def why_so_little(
    frames: int, skipped: Mapping[str, int], traffic: Traffic, reasons: Mapping[str, str]
) -> str | None:
    """The biggest reason and its mend, in one line, where a capture gave little for what was in it.

    `reasons` has a text for each key of `skipped`, for those that no option changes.
    """
    found = _reasons(skipped, traffic) or [
        (count, f"{count:,} {reason}: {reasons[reason]}") for reason, count in skipped.items()
    ]
    count, text = max(found, default=(0, ""))
    if not count or frames >= LITTLE * (frames + count):
        return None
    return f"{'nothing' if not frames else 'little'} to send: {text}"


def _reasons(skipped: Mapping[str, int], traffic: Traffic) -> list[tuple[int, str]]:
    """How many packets or messages each is about; the text has the same number in it."""
    cut = skipped.get("ip_cut", 0)
    found = [
        (count, f"{count:,} {text}")
        for count, text in (
            (skipped.get("client_side", 0), _client_side(traffic)),
            (skipped.get("other_address", 0), _other_address(traffic)),
            (traffic.ports.total(), _other_port(traffic)),
            (cut, "packets are cut by the snap length; capture whole ones, as with tcpdump -s 0"),
            (skipped.get("link_type", 0), f"frames: {_link_type(traffic)}"),
            (
                skipped.get("tunnel", 0),
                f"packets are in tunnels, most of {_most(traffic.tunnels)}; leave out --no-tunnels",
            ),
        )
        if count
    ]
    if not found:  # nothing that an option would change
        found = [
            (count, f"{count:,} {text}")
            for count, text in (
                (skipped.get("query", 0), "queries, and no responses to them; capture both directions"),
                (skipped.get("not_ip", 0), f"frames hold no IP, most of {_ethertype(traffic)}"),
                (
                    skipped.get("no_transport", 0),
                    f"packets are neither UDP nor TCP, most of {_protocol(traffic)}",
                ),
                (
                    skipped.get("other_port", 0),
                    "packets are between other ports; servers' ports are told with --port",
                ),
            )
            if count
        ]
    return found


def _client_side(traffic: Traffic) -> str:
    return (
        f"responses are to queries with RD=1, as clients send them, most to {_addresses(traffic)}; "
        f"take those to a resolver that forwards with --resolver {_most_seen(traffic)} --forwarders, "
        "or all with --any"
    )


def _other_address(traffic: Traffic) -> str:
    return (
        f"responses are to addresses that --resolver does not name, most to {_addresses(traffic)}; "
        f"add --resolver {_most_seen(traffic)}, or take all with --any"
    )


def _other_port(traffic: Traffic) -> str:
    port = _most(traffic.ports)
    return f"datagrams from other ports look like DNS responses, most from port {port}; add --port {port}"


def _link_type(traffic: Traffic) -> str:
    return str(LinkTypeError(int(_most(traffic.link_types))))


def _ethertype(traffic: Traffic) -> str:
    number = int(_most(traffic.ethertypes))
    return ethertype_name(number) if number else "a kind that can't be told, or cut"


def _protocol(traffic: Traffic) -> str:
    number = int(_most(traffic.protocols))
    name = _PROTOCOLS.get(number)
    return f"protocol {number}{f' ({name})' if name else ''}"


def _addresses(traffic: Traffic) -> str:
    return ", ".join(str(ip_address(address)) for address, _ in traffic.addresses.most_common(NAMED))


def _most_seen(traffic: Traffic) -> str:
    return _addresses(traffic).partition(",")[0]


def _most(counter: Counter[int] | Counter[str]) -> str:
    return str(counter.most_common(1)[0][0]) if counter else "0"
