"""RDATA as zone files write it, and back: dnspython's forms, and RFC 3597's for what it can't read. Pure."""

from __future__ import annotations

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
from dns.rdatatype import RdataType

from nxcast.consumers.store.sections import canonical
from nxcast.schemas.names import name_wire

__all__ = ["name_from", "rdata_from", "rdata_text"]

RDATA_TEXT_MAX = 400_000  # characters; 65,535 octets, each as \DDD and in quotes


def rdata_text(rrtype: int, rdata: bytes) -> str:
    r"""Canonical RDATA as text; `\# 4 c0000201` where it is not known how (RFC 3597 section 5)."""
    try:
        found = dns.rdata.from_wire(dns.rdataclass.IN, RdataType.make(rrtype), rdata, 0, len(rdata))
        text = found.to_text()
    except (dns.exception.DNSException, ValueError):
        text = f"\\# {len(rdata)} {rdata.hex()}"
    return text.rstrip()  # `\# 0` has nothing behind it


def rdata_from(rrtype: int, text: str) -> bytes:
    """The canonical RDATA that a text stands for; raises ValueError."""
    if len(text) > RDATA_TEXT_MAX:
        raise ValueError("RDATA is too long")
    try:
        found = dns.rdata.from_text(
            dns.rdataclass.IN, RdataType.make(rrtype), text, dns.name.root, relativize=False
        )
        wire = found.to_wire() or b""
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"RDATA {text[:60]!r}: {error}") from error
    rdata = canonical(wire, rrtype, 0, len(wire))
    if rdata is None:
        raise ValueError(f"RDATA {text[:60]!r} breaks its type")
    return rdata


def name_from(text: str) -> bytes:
    """The wire form, in lower case, of a name's text; raises ValueError."""
    return name_wire(text).lower()
