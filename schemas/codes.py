"""Codes of DNS and of IP, and of dnsqr's observation types: their mnemonics, and names for those in the code.

The tables are dnslib's, topped up with what IANA's 'Domain Name System (DNS) Parameters' lists and
dnslib lacks, complete as of January 2026. Unknown codes read as RFC 3597 section 5 writes them:
TYPE65400, CLASS65279. Codes are numbers on the wire and mnemonics wherever a person reads.
"""

from __future__ import annotations

import re
from typing import Final

import dnslib

__all__ = [
    "CLASSES",
    "CLASS_IN",
    "DNS_PORT",
    "OBSERVATIONS",
    "OPCODES",
    "OPCODE_QUERY",
    "OVER_TCP",
    "PROTOCOLS",
    "RCODES",
    "RCODE_MAX",
    "RCODE_NOERROR",
    "RCODE_NXDOMAIN",
    "TCP",
    "TYPES",
    "TYPE_A",
    "TYPE_CNAME",
    "TYPE_NS",
    "TYPE_OPT",
    "TYPE_SOA",
    "UDP",
    "UDP_QUERY_RESPONSE",
    "UDP_RESPONSE_ONLY",
    "UDP_UNSOLICITED_RESPONSE",
    "class_text",
    "observation_text",
    "opcode_text",
    "proto_text",
    "rcode_number",
    "rcode_text",
    "type_number",
    "type_text",
]

# IANA's RCODEs beyond RFC 2136's: RFC 8490, 6891, 8945, 2930, 4635, 7873.
# 16 is BADSIG only inside a TSIG record; in a response's RCODE it is BADVERS (RFC 6891 section 9).
_MORE_RCODES = {
    11: "DSOTYPENI",
    16: "BADVERS",
    17: "BADKEY",
    18: "BADTIME",
    19: "BADMODE",
    20: "BADNAME",
    21: "BADALG",
    22: "BADTRUNC",
    23: "BADCOOKIE",
}

# dnslib 0.9.26 lists 55 as HIP and also 53, which is SMIMEA (RFC 8162); the rest it does not list.
_MORE_TYPES = {
    3: "MD",
    4: "MF",
    7: "MB",
    8: "MG",
    9: "MR",
    11: "WKS",
    14: "MINFO",
    19: "X25",
    20: "ISDN",
    21: "RT",
    22: "NSAP",
    23: "NSAP-PTR",
    26: "PX",
    27: "GPOS",
    30: "NXT",
    31: "EID",
    32: "NIMLOC",
    34: "ATMA",
    40: "SINK",
    53: "SMIMEA",
    56: "NINFO",
    57: "RKEY",
    58: "TALINK",
    66: "DSYNC",
    67: "HHIT",
    68: "BRID",
    100: "UINFO",
    101: "UID",
    102: "GID",
    103: "UNSPEC",
    104: "NID",
    105: "L32",
    106: "L64",
    107: "LP",
    128: "NXNAME",
    253: "MAILB",
    254: "MAILA",
    258: "AVC",
    259: "DOA",
    260: "AMTRELAY",
    261: "RESINFO",
    262: "WALLET",
    263: "CLA",
    264: "IPN",
}

# dnslib writes Hesiod, None and * where zone files write HS, NONE and ANY (RFC 2136, RFC 6895).
_MORE_CLASSES = {4: "HS", 254: "NONE", 255: "ANY"}

RCODES: dict[int, str] = dict(sorted({**dnslib.RCODE.forward, **_MORE_RCODES}.items()))
TYPES: dict[int, str] = dict(sorted({**dnslib.QTYPE.forward, **_MORE_TYPES}.items()))
CLASSES: dict[int, str] = dict(sorted({**dnslib.CLASS.forward, **_MORE_CLASSES}.items()))
OPCODES: dict[int, str] = {**dnslib.OPCODE.forward, 6: "DSO"}  # DSO: RFC 8490

RCODE_MAX = 0xFFF  # 12 bits, RFC 6891 section 6.1.3

RCODE_NOERROR: Final = 0  # RFC 1035 section 4.1.1, named by RFC 2136
RCODE_NXDOMAIN: Final = 3  # RFC 1035 section 4.1.1, named by RFC 2308
OPCODE_QUERY: Final = 0  # RFC 1035 section 4.1.1
TYPE_A: Final = 1  # RFC 1035 section 3.2.2
TYPE_NS: Final = 2  # RFC 1035 section 3.2.2
TYPE_CNAME: Final = 5  # RFC 1035 section 3.2.2
TYPE_SOA: Final = 6  # RFC 1035 section 3.2.2
TYPE_OPT: Final = 41  # RFC 6891 section 6.1.1
CLASS_IN: Final = 1  # RFC 1035 section 3.2.4
DNS_PORT: Final = 53  # RFC 1035 section 4.2

TCP: Final = 6  # IANA's protocol numbers
UDP: Final = 17
PROTOCOLS: dict[int, str] = {TCP: "TCP", UDP: "UDP"}

# The observation types of NMSG's base:dnsqr that carry a response.
UDP_QUERY_RESPONSE: Final = 1  # the response has been matched with its query
UDP_UNSOLICITED_RESPONSE: Final = 3  # queries were looked for, and its was not there: it may be forged
OVER_TCP: Final = 4
UDP_RESPONSE_ONLY: Final = 7  # nobody has looked for queries
OBSERVATIONS: dict[int, str] = {
    UDP_QUERY_RESPONSE: "UDP_QUERY_RESPONSE",
    UDP_UNSOLICITED_RESPONSE: "UDP_UNSOLICITED_RESPONSE",
    OVER_TCP: "TCP",
    UDP_RESPONSE_ONLY: "UDP_RESPONSE_ONLY",
}

_UNKNOWN_RCODE = re.compile(r"RCODE([0-9]{1,4})")
_RCODE_NUMBERS = {mnemonic: number for number, mnemonic in RCODES.items()}
_UNKNOWN_TYPE = re.compile(r"TYPE([0-9]{1,5})")
_TYPE_NUMBERS = {mnemonic: number for number, mnemonic in TYPES.items()}


def rcode_text(rcode: int) -> str:
    """Mnemonic of a full RCODE (0 to 4095), or RCODE12 for one that IANA does not list."""
    return RCODES.get(rcode) or f"RCODE{rcode}"


def rcode_number(text: str) -> int | None:
    """Number of a full RCODE's mnemonic in any case, or of RCODE12; None if it is neither."""
    return _number(text, _RCODE_NUMBERS, _UNKNOWN_RCODE, RCODE_MAX)


def type_text(qtype: int) -> str:
    """Mnemonic of a type, or TYPE65400 (RFC 3597 section 5)."""
    return TYPES.get(qtype) or f"TYPE{qtype}"


def type_number(text: str) -> int | None:
    """Number of a type's mnemonic in any case, or of TYPE65400; None if it is neither."""
    return _number(text, _TYPE_NUMBERS, _UNKNOWN_TYPE, 0xFFFF)


def class_text(qclass: int) -> str:
    """Mnemonic of a class, or CLASS65279 (RFC 3597 section 5)."""
    return CLASSES.get(qclass) or f"CLASS{qclass}"


def opcode_text(opcode: int) -> str:
    """Mnemonic of an opcode (0 to 15), or OPCODE7."""
    return OPCODES.get(opcode) or f"OPCODE{opcode}"


def observation_text(number: int) -> str:
    """dnsqr's name of an observation type."""
    return OBSERVATIONS[number]


def proto_text(proto: int) -> str:
    """UDP or TCP."""
    return PROTOCOLS[proto]


def _number(text: str, numbers: dict[str, int], unknown: re.Pattern[str], largest: int) -> int | None:
    if not text.isascii():  # some letters beyond ASCII have an upper case within it
        return None
    text = text.upper()
    match = unknown.fullmatch(text)
    if match and int(match[1]) <= largest:
        return int(match[1])
    return numbers.get(text)
