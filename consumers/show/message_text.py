r"""A DNS message as text in the manner of dig, exact: what is shown, read back, is the message.

Names are in the contract's text form (`schemas.names`) and codes its mnemonics, so that a record's fields and
its message agree. RDATA of known types is dnspython's text. Where it can't read one, or would lose octets,
that RDATA alone has the form of RFC 3597 section 5 (\# length hexadecimal), and so has an owner that can't be
read. Where the walk itself must end, what is left is one line of hexadecimal. Pure.

Takes any octets. Every walk ends (see `schemas.message`), at most `RECORDS_MAX` records are decoded, and all
lines are printable ASCII.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Iterator

import dns.name
import dns.rdata
import dns.wire
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from nxcast.schemas.codes import (
    CLASS_IN,
    TYPE_OPT,
    TYPES,
    class_text,
    opcode_text,
    rcode_text,
    type_text,
)
from nxcast.schemas.edns import OPTION_NAMES, extended_error, options_of
from nxcast.schemas.message import HEADER_SIZE, UNREADABLE, name_at, name_of, rcode, skip_name
from nxcast.schemas.names import name_text
from nxcast.telemetry.printable import hex_text, printable

__all__ = ["RECORDS_MAX", "message_lines"]

# Records of one message decoded, at 30 us each: 8 ms. Their text is four characters an octet of RDATA, and
# 1,004 a name, of which an RDATA has few: 1 MB at most, of 64 KiB. Responses have up to some dozens.
RECORDS_MAX = 256

_QUESTIONS = ("QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL")
_UPDATES = ("ZONE", "PREREQUISITE", "UPDATE", "ADDITIONAL")  # RFC 2136 section 2
_UPDATE = 5  # opcode, RFC 2136 section 1.3
_FLAGS = (
    (0x8000, "qr"),
    (0x0400, "aa"),
    (0x0200, "tc"),
    (0x0100, "rd"),
    (0x0080, "ra"),
    (0x0020, "ad"),
    (0x0010, "cd"),
)
_Z = 0x0040  # must be zero, RFC 1035 section 4.1.1
_DO = 0x8000  # in the OPT's TTL, RFC 6891 section 6.1.4
_WKS = 11  # dnspython's text leaves out the zeros that end its map
_NONE = 254  # class, RFC 2136 section 1.3
# Classes asked for by themselves. The others share what HS has, the types that no class has for its own:
# dnspython keeps each pair of class and type that it was asked for. Once asked for a type of ANY that only
# IN has, such as A, dnspython 2.9.2 takes that type for unknown in all classes.
_CLASSES = (CLASS_IN, 3)
_HS = 4

_header = struct.Struct("!6H").unpack_from
_type_class = struct.Struct("!2H").unpack_from
_type_class_ttl_length = struct.Struct("!HHIH").unpack_from


def message_lines(octets: bytes) -> list[str]:
    """Printable lines of a DNS message; one in hexadecimal of what is shorter than a header."""
    if len(octets) < HEADER_SIZE:
        return _hex(octets)
    return [printable(line) for line in _lines(octets)]


def _lines(message: bytes) -> Iterator[str]:
    number, flags, *counts = _header(message)
    opcode = flags >> 11 & 0x0F
    titles = _UPDATES if opcode == _UPDATE else _QUESTIONS
    shown = " ".join([text for bit, text in _FLAGS if flags & bit] + ["z"] * bool(flags & _Z))
    yield f";; ->>HEADER<<- opcode: {opcode_text(opcode)}, status: {rcode_text(rcode(message))}, id: {number}"
    counted = ("QUERY", *titles[1:]) if titles is _QUESTIONS else titles  # as dig has it
    yield f";; flags: {shown}; " + ", ".join(
        f"{title}: {count}" for title, count in zip(counted, counts, strict=True)
    )
    at = HEADER_SIZE
    budget = RECORDS_MAX
    for title, count in zip(titles, counts, strict=True):
        if count:
            yield f";; {title} SECTION:"
        show = _question if title is titles[0] else _record
        for place in range(count):
            if not budget:
                yield f";; {RECORDS_MAX} records shown, the other {len(message) - at} octets are not"
                return
            budget -= 1
            try:
                lines, at = show(message, at)
            except UNREADABLE:
                left = len(message) - at
                yield f";; can't be read from octet {at} on ({title} {place + 1} of {count}): {left} octets"
                yield from _hex(message[at:])
                return
            yield from lines
    if at < len(message):
        yield f";; after its end: {len(message) - at} octets"
        yield from _hex(message[at:])


def _question(message: bytes, at: int) -> tuple[list[str], int]:
    end = skip_name(message, at)
    qtype, qclass = _type_class(message, end)
    return [f";{_owner(message, at, end):<30} {class_text(qclass):<7} {type_text(qtype)}"], end + 4


def _record(message: bytes, at: int) -> tuple[list[str], int]:
    fixed = skip_name(message, at)
    rrtype, rrclass, ttl, length = _type_class_ttl_length(message, fixed)
    start = fixed + 10
    end = start + length
    if end > len(message):
        raise IndexError("RDLENGTH")
    owner = _owner(message, at, fixed)
    if rrtype == TYPE_OPT and owner == ".":
        return list(_opt(rrclass, ttl, message[start:end])), end
    rdata = _rdata(message, rrclass, rrtype, start, length)
    line = f"{owner:<23} {ttl:<7} {class_text(rrclass):<7} {type_text(rrtype):<7} {rdata}"
    return [line], end


def _owner(message: bytes, at: int, end: int) -> str:
    try:
        return name_at(message, at)
    except UNREADABLE:
        return _generic(message[at:end])


class _Name(dns.name.Name):
    """A name in RDATA whose text is the contract's."""

    def to_styled_text(self, _style: dns.name.NameStyle) -> str:
        return name_text(self.labels[:-1])


class _Parser(dns.wire.Parser):
    def get_name(self, origin: dns.name.Name | None = None, decompress: bool = False) -> dns.name.Name:
        return _Name(super().get_name(origin, decompress).labels)


def _rdata(message: bytes, rrclass: int, rrtype: int, start: int, length: int) -> str:
    octets = message[start : start + length]
    if rrclass == _NONE:  # what an UPDATE deletes has the RDATA of the zone's class (RFC 2136 section 2.5.4)
        rrclass = CLASS_IN
    if rrclass not in _CLASSES:
        rrclass = _HS
    if rrtype == _WKS or rrtype not in TYPES:
        return _generic(octets)
    parser = _Parser(message, start)
    try:
        with parser.restrict_to(length):
            rdata = dns.rdata.from_wire_parser(RdataClass.make(rrclass), RdataType.make(rrtype), parser)
        wire, text = rdata.to_wire() or b"", rdata.to_text()
    except Exception:  # its own, and whatever else RDATA that nobody foresaw makes it raise
        return _generic(octets)
    # Longer is what had compressed names. A field that is empty has no text that could be read back.
    whole = wire == octets or len(wire) > length
    return text if whole and text and not text.endswith(" ") else _generic(octets)


def _generic(octets: bytes) -> str:
    return rf"\# {len(octets)} {octets.hex()}".rstrip()


def _opt(size: int, ttl: int, rdata: bytes) -> Iterator[str]:
    """Lines of an OPT record (RFC 6891 section 6.1.3)."""
    flags, version = ttl & 0xFFFF, ttl >> 16 & 0xFF
    shown = " do" * bool(flags & _DO) + (f" 0x{flags & ~_DO:04x}" if flags & ~_DO else "")
    yield ";; OPT PSEUDOSECTION"
    yield f"; EDNS: version: {version}, flags:{shown}; udp: {size}"
    at = 0
    for code, data in options_of(rdata):
        yield f"; {OPTION_NAMES.get(code, f'OPTION{code}')}: {_option(code, data)}"
        at += 4 + len(data)
    if at < len(rdata):
        yield f"; can't be read: {_generic(rdata[at:])}"


def _option(code: int, data: bytes) -> str:
    read = _OPTIONS.get(code)
    text = None if read is None else read(data)
    return _generic(data) if text is None else text


def _nsid(data: bytes) -> str:
    text = data.decode("ascii", "replace")
    return f'{data.hex()} ("{text}")' if data and text.isascii() and text.isprintable() else data.hex()


def _cookie(data: bytes) -> str | None:
    """RFC 7873 section 4: 8 octets of the client, and none or 8 to 32 of the server."""
    return data.hex() if len(data) == 8 or 16 <= len(data) <= 40 else None


def _client_subnet(data: bytes) -> str | None:
    """ADDRESS/SOURCE PREFIX-LENGTH/SCOPE PREFIX-LENGTH (RFC 7871 section 6)."""
    bits = {b"\0\1": 32, b"\0\2": 128}.get(data[:2])
    if bits is None or len(data) < 4:
        return None
    source, scope, address = data[2], data[3], data[4:]
    whole = int.from_bytes(address.ljust(bits // 8, b"\0"))
    if source > bits or scope > bits or len(address) != (source + 7) // 8 or whole % (1 << (bits - source)):
        return None
    return f"{ipaddress.IPv4Address(whole) if bits == 32 else ipaddress.IPv6Address(whole)}/{source}/{scope}"


def _extended_error(data: bytes) -> str | None:
    error = extended_error(data)
    return None if error is None else error.text


def _agent_domain(data: bytes) -> str | None:
    """RFC 9567 section 6.1: the domain that errors are reported below."""
    try:
        return name_of(data)
    except ValueError:
        return None


def _expire(data: bytes) -> str | None:
    return f"{int.from_bytes(data)} s" if len(data) == 4 else None  # RFC 7314 section 2


def _keepalive(data: bytes) -> str | None:
    return f"{int.from_bytes(data) / 10} s" if len(data) == 2 else None  # RFC 7828 section 3.1


def _padding(data: bytes) -> str | None:
    return None if any(data) else f"{len(data)} octets"  # RFC 7830 section 3


_OPTIONS: dict[int, Callable[[bytes], str | None]] = {
    3: _nsid,
    8: _client_subnet,
    9: _expire,
    10: _cookie,
    11: _keepalive,
    12: _padding,
    15: _extended_error,
    18: _agent_domain,
}


def _hex(octets: bytes) -> list[str]:
    return [hex_text(octets)] if octets else []
