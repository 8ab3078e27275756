"""RDATA as zone files write it, and back: dnspython's forms, and RFC 3597's for what it can't read. Pure."""

from __future__ import annotations

from contextlib import suppress

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
from dns.rdatatype import RdataType

from nxcast.consumers.store.sections import canonical
from nxcast.schemas.names import name_wire

__all__ = ["name_from", "rdata_from", "rdata_text"]

RDATA_MAX = 65_535  # octets, RFC 1035 section 3.2.1
RDATA_TEXT_MAX = 400_000  # characters; 65,535 octets, each as \DDD and in quotes


def rdata_text(rrtype: int, rdata: bytes) -> str:
    r"""Canonical RDATA as text; `\# 4 c0000201` where it is not known how (RFC 3597 section 5)."""
    text = ""
    with suppress(dns.exception.DNSException, ValueError):
        found = dns.rdata.from_wire(dns.rdataclass.IN, RdataType.make(rrtype), rdata, 0, len(rdata))
        text = found.to_text()
    if not text or text.endswith(" "):  # one whose last field is empty nobody can read again
        return f"\\# {len(rdata)} {rdata.hex()}".rstrip()
    return text


def rdata_from(rrtype: int, text: str) -> bytes:
    """The canonical RDATA that a text stands for; raises ValueError."""
    wire = b""
    if len(text) <= RDATA_TEXT_MAX:
        wire = _generic(text) if text.startswith("\\#") else _by_its_type(rrtype, text)
    if len(text) > RDATA_TEXT_MAX or len(wire) > RDATA_MAX:
        raise ValueError("RDATA is too long")
    rdata = canonical(wire, rrtype, 0, len(wire))
    if rdata is None:
        raise ValueError(f"RDATA {text[:60]!r} breaks its type")
    return rdata


def _by_its_type(rrtype: int, text: str) -> bytes:
    try:
        found = dns.rdata.from_text(
            dns.rdataclass.IN, RdataType.make(rrtype), text, dns.name.root, relativize=False
        )
        return found.to_wire() or b""
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"RDATA {text[:60]!r}: {error}") from error


def _generic(text: str) -> bytes:
    r"""RDATA as `rdata_text` writes what dnspython can't read, and then can't read in this form either."""
    words = text.split()
    try:
        wire = bytes.fromhex("".join(words[2:]))
    except ValueError as error:
        raise ValueError(f"RDATA {text[:60]!r}: {error}") from error
    if words[:2] != ["\\#", str(len(wire))]:
        raise ValueError(f"RDATA {text[:60]!r} does not have as many octets as it says")
    return wire


def name_from(text: str) -> bytes:
    """The wire form, in lower case, of a name's text; raises ValueError."""
    return name_wire(text).lower()
