"""Addresses: octets to text, so that one host is one text. Pure.

IPv6 is written as RFC 5952 has it. An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is how a socket of
both families shows an IPv4 host, so it is written, and compared, as that host.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["UNKNOWN", "Address", "Network", "address_text", "host", "network"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "::"
"""Stands for an address that nobody told, where a record must have one."""

_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96
_MAPPED_BITS = 96


def address_text(octets: bytes) -> str:
    """The text of an address of 4 or 16 octets."""
    if len(octets) == 16 and octets.startswith(_MAPPED):
        octets = octets[12:]
    return socket.inet_ntop(socket.AF_INET if len(octets) == 4 else socket.AF_INET6, octets)


def host(text: str) -> Address:
    """The address of a text in any legal form; raises ValueError."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def network(text: str, *, strict: bool = True) -> Network:
    """The network, or one address, of a text in any legal form; raises ValueError.

    Bits of a host beside the network are an error, or with `strict` off, left out.
    """
    found = ip_network(text, strict=strict)
    if found.version == 6 and found.prefixlen >= _MAPPED_BITS and found.network_address.ipv4_mapped:
        return ip_network((found.network_address.ipv4_mapped, found.prefixlen - _MAPPED_BITS))
    return found
